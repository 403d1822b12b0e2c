import assert from 'node:assert/strict';
import path from 'node:path';
import { ESLint } from 'eslint';
import { projectRoot } from '../../core/project-root';

/** Existing files stand for their folder: only their text is replaced. */
const FORBIDDEN = [
  { file: 'core/ids.ts', line: `import { createApp } from '../api/http/app'; createApp();` },
  { file: 'core/ids.ts', line: `import { QUEUES } from '../workflows/shared/queues'; console.log(QUEUES);` },
  { file: 'core/ids.ts', line: `import { Client } from '@temporalio/client'; new Client();` },
  { file: 'core/ids.ts', line: `import express from 'express'; express();` },
  { file: 'core/ids.ts', line: `const simulator = await import('../simulator/main'); simulator.run();` },
  { file: 'workflows/shared/queues.ts', line: `import { readFileSync } from 'node:fs'; readFileSync('x');` },
  { file: 'workflows/shared/queues.ts', line: `import { z } from 'zod'; z.string();` },
  {
    file: 'workflows/shared/queues.ts',
    line: `import { createDatabase } from '../../core/database'; createDatabase();`,
  },
  { file: 'workflows/shared/queues.ts', line: `import { acts } from '../../activities/enrichment'; acts();` },
  { file: 'workflows/shared/queues.ts', line: `export * from '../../core/database/client';` },
  { file: 'api/deps.ts', line: `import { acts } from '../activities/enrichment'; acts();` },
  { file: 'api/deps.ts', line: `import { w } from '../workflows/conversation/workflow'; w();` },
  { file: 'api/deps.ts', line: `import { start } from '../simulator/main'; start();` },
];

const ALLOWED = [
  {
    file: 'workflows/shared/queues.ts',
    line: `import type { Acts } from '../../activities/enrichment'; export type A = Acts;`,
  },
  {
    file: 'workflows/shared/queues.ts',
    line: `import { sleep } from '@temporalio/workflow'; export const nap = sleep;`,
  },
  { file: 'api/deps.ts', line: `import { QUEUES } from '../workflows/shared/queues'; export const q = QUEUES;` },
  { file: 'core/ids.ts', line: `import { AppError } from './errors'; export const e = AppError;` },
];

describe('forbidden imports fail the lint', () => {
  const eslint = new ESLint({ cwd: projectRoot() });

  async function directionProblems({ file, line }: { file: string; line: string }): Promise<string[]> {
    const results = await eslint.lintText(line, { filePath: path.join(projectRoot(), file) });
    const messages = results.flatMap((result) => result.messages);
    assert.deepEqual(
      messages.filter((message) => message.fatal),
      [],
    );
    return messages.filter((message) => message.ruleId === 'ventros/import-direction').map(({ message }) => message);
  }

  for (const example of FORBIDDEN) {
    it(`refuses in ${example.file}: ${example.line.split(';')[0]}`, async () => {
      assert.equal((await directionProblems(example)).length, 1);
    });
  }

  for (const example of ALLOWED) {
    it(`accepts in ${example.file}: ${example.line.split(';')[0]}`, async () => {
      assert.deepEqual(await directionProblems(example), []);
    });
  }
});
