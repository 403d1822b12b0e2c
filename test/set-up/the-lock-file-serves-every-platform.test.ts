import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../core/project-root';

interface LockedPackage {
  version?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

/** `npm ci` refuses a lock file that does not name the packages of other platforms, and npm sometimes leaves them out. */
describe('the lock file serves every platform', () => {
  const file = path.join(projectRoot(), 'package-lock.json');
  const { packages }: { packages: Record<string, LockedPackage> } = JSON.parse(readFileSync(file, 'utf8'));

  it('names every optional package', () => {
    const missing = Object.entries(packages).flatMap(([name, locked]) =>
      Object.keys(locked.optionalDependencies ?? {}).filter(
        (dependency) => !packages[`node_modules/${dependency}`] && !packages[`${name}/node_modules/${dependency}`],
      ),
    );
    assert.deepEqual(missing, []);
  });

  it('names a version for every package and no registry', () => {
    const entries = Object.entries(packages).filter(([name]) => name !== '');
    assert.deepEqual(
      entries.filter(([, { version }]) => !version).map(([name]) => name),
      [],
    );
    const elsewhere = entries.filter(
      ([, { resolved }]) => resolved && !resolved.startsWith('https://registry.npmjs.org/'),
    );
    assert.deepEqual(
      elsewhere.map(([name]) => name),
      [],
    );
  });
});
