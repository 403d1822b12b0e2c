import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../core/project-root';
import { CASES } from '../../scripts/faults/cases';
import { promiseTable } from '../../scripts/faults/promise-table';

describe('every fault case is documented', () => {
  const document = readFileSync(path.join(projectRoot(), 'docs/reliability.md'), 'utf8');

  it('shows the promise of every case in docs/reliability.md, as its module says it', () => {
    assert.ok(
      document.includes(promiseTable(CASES)),
      'docs/reliability.md has another table of promises: run `npm run faults -- --document`',
    );
  });

  it('has no two cases with one id', () => {
    const ids = CASES.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
  });
});
