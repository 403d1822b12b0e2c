import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { loadConfig, type Config } from '../../core/config';
import { projectRoot } from '../../core/project-root';
import { readTexts, tableRows } from './documents';

const REQUIRED = { DATABASE_URL: 'postgresql://host/name', ENCRYPTION_KEY: randomBytes(32).toString('base64') };
const DEFAULTS_AS_TEXT = /^`(.+)`$/;
const SCRIPTS = /\.(ts|mjs)$/;
/** Every program has these. */
const OF_THE_SYSTEM = new Set(['PATH', 'HOME', 'TMPDIR', 'CI']);
/** How the parts of `npm test` talk to each other. */
const WITHIN_THE_TESTS = /^VENTROS_TEST_/;

const [page = ''] = readTexts(['docs/configuration.md']);
const documented = new Map(
  tableRows(page)
    .map(([name = '', fallback = '']) => [name.replaceAll('`', ''), fallback] as const)
    .filter(([name]) => /^[A-Z][A-Z0-9_]+$/.test(name)),
);

/** The variables the product asks its environment for, whatever the schema is made of. */
function variablesOfTheProduct(): string[] {
  const asked = new Set<string>();
  const environment: NodeJS.ProcessEnv = new Proxy(
    { ...REQUIRED },
    {
      get(target, name, receiver) {
        if (typeof name === 'string') asked.add(name);
        return Reflect.get(target, name, receiver);
      },
    },
  );
  loadConfig(environment);
  return [...asked].filter((name) => /^[A-Z][A-Z0-9_]+$/.test(name)).sort();
}

describe('docs/configuration.md', () => {
  it('lists every variable that the product reads', () => {
    const variables = variablesOfTheProduct();
    assert.ok(variables.length > 40, `only ${variables.length} variables were seen`);
    assert.deepEqual(
      variables.filter((name) => !documented.has(name)),
      [],
    );
  });

  it('states the defaults that are used', () => {
    const defaults = loadConfig(REQUIRED);
    for (const name of variablesOfTheProduct()) {
      const fallback = DEFAULTS_AS_TEXT.exec(documented.get(name) ?? '')?.[1];
      const used = comparable(defaults[name as keyof Config]);
      if (name in REQUIRED) assert.equal(documented.get(name), '_required_', name);
      else if (fallback === undefined) assert.equal(used, undefined, `${name} has a default`);
      else
        assert.deepEqual(comparable(loadConfig({ ...REQUIRED, [name]: fallback })[name as keyof Config]), used, name);
    }
  });

  it('lists every variable that scripts, tests and compose read', () => {
    const read = [
      ...readTexts(['scripts', 'test/support'], SCRIPTS).flatMap((text) =>
        [...text.matchAll(/env(?:ironment)?(?:\.|\[')([A-Z][A-Z0-9_]+)/g)].map(([, name = '']) => name),
      ),
      ...readTexts(['docker-compose.yml', '.ci/run']).flatMap((text) =>
        [...text.matchAll(/\$\{([A-Z][A-Z0-9_]+):[-?]/g)].map(([, name = '']) => name),
      ),
    ];
    assert.ok(read.includes('TEMPORAL_CLI_PATH') && read.includes('POSTGRES_PASSWORD'));
    const isForPeople = (name: string) => !OF_THE_SYSTEM.has(name) && !WITHIN_THE_TESTS.test(name);
    assert.deepEqual(
      [...new Set(read)].filter((name) => isForPeople(name) && !documented.has(name)),
      [],
    );
  });

  it('lists nothing that nobody reads', () => {
    const product = new Set(variablesOfTheProduct());
    const others = [
      ...readTexts(['scripts', 'test/support'], SCRIPTS),
      ...readTexts(['docker-compose.yml', 'Dockerfile', '.ci/run']),
    ].join('\n');
    const isRead = (name: string) => product.has(name) || new RegExp(`\\b${name}\\b`).test(others);
    assert.deepEqual(
      [...documented.keys()].filter((name) => !isRead(name)),
      [],
    );
  });
});

function comparable(value: unknown): unknown {
  if (Array.isArray(value) && value.length === 0) return undefined;
  return typeof value === 'string' && path.isAbsolute(value) ? path.relative(projectRoot(), value) : value;
}
