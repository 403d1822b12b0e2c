import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';
import { generateCode } from './generate.mjs';
import { SetupError, say, step } from './progress.mjs';
import { filesBelow, hashContents, hashTimes, unlessStamped } from './stamps.mjs';

const SOURCE_FOLDERS = ['core', 'workflows', 'activities', 'workers', 'api', 'simulator', 'scripts', 'test'];
const isTypeScript = (file) => file.endsWith('.ts') && !file.endsWith('.d.ts');

/**
 * Compiles to dist/ unless nothing changed since the last time. A type error stops it; one in a test only whoever needs the
 * tests.
 */
export async function compile(root, { needsTests }) {
  const sources = SOURCE_FOLDERS.flatMap((folder) => filesBelow(path.join(root, folder), isTypeScript));
  const value = hashTimes([...sources, path.join(root, 'tsconfig.json'), path.join(root, 'package-lock.json')]);
  try {
    await unlessStamped(path.join(root, 'dist/.setup/compiled'), value, () =>
      step('Compiling', async () => {
        removeOrphans(root);
        await run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', root], {
          cwd: root,
          title: 'The TypeScript compiler',
        });
      }),
    );
  } catch (error) {
    if (needsTests || !(error instanceof SetupError) || !isAboutTestsOnly(error.output)) throw error;
    say('! There are type errors in test/, which do not matter here (npm run typecheck shows them).');
  }
}

/**
 * Whether the compiler complained about tests alone. Then all the rest was compiled, and the product can run: without a
 * stamp, so that it is compiled again, and the test runner still refuses.
 */
function isAboutTestsOnly(output) {
  const files = [...output.matchAll(/^(\S[^(\n]*)\(\d+,\d+\): error TS/gm)].map(([, file]) => file);
  return files.length > 0 && files.every((file) => file.startsWith('test/'));
}

/** Bundles the workflow code for Temporal's sandbox, so that no process has to do it when it starts. */
export async function bundleWorkflows(root) {
  const isScript = (file) => file.endsWith('.js');
  const sources = ['workflows', 'core'].flatMap((folder) => filesBelow(path.join(root, 'dist', folder), isScript));
  const stamp = path.join(root, 'dist/.setup/bundled');
  if (!existsSync(path.join(root, 'dist/workflow-bundle.js'))) rmSync(stamp, { force: true });
  await unlessStamped(stamp, hashContents([...sources, path.join(root, 'package-lock.json')]), () =>
    step('Bundling the workflows', () =>
      run(process.execPath, [path.join(root, 'dist/workers/bundle.js')], {
        cwd: root,
        title: 'Bundling the workflows',
      }),
    ),
  );
}

/** Removes output whose source is gone: a deleted test would go on running. */
function removeOrphans(root) {
  for (const folder of SOURCE_FOLDERS) {
    const output = path.join(root, 'dist', folder);
    for (const file of filesBelow(output, (name) => name.endsWith('.js'))) {
      const source = path.join(root, path.relative(path.join(root, 'dist'), file)).replace(/\.js$/, '.ts');
      if (!existsSync(source)) for (const stale of [file, `${file}.map`]) rmSync(stale, { force: true });
    }
  }
  // The incremental state can be older than dist/ itself, for example after someone deleted half of it.
  if (filesBelow(path.join(root, 'dist/core')).length === 0)
    rmSync(path.join(root, 'dist/.tsbuildinfo'), { force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
  try {
    await generateCode(root);
    await compile(root, { needsTests: true });
    await bundleWorkflows(root);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
