import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../core/project-root';
import type { FaultCase } from './types';

const BEGIN = '<!-- promises: npm run faults -- --document -->';
const END = '<!-- end of promises -->';

/** The table of docs/reliability.md, formatted as Prettier would: one row a case, in the order of the suite. */
export function promiseTable(cases: readonly FaultCase[]): string {
  const rows = [['Case', 'Fault', 'Promise'], ...cases.map(({ id, title, promise }) => [id, title, promise])];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [header = [], ...body] = rows;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

/** Puts the table between its marks in the document. */
export function writePromises(cases: readonly FaultCase[]): void {
  const file = path.join(projectRoot(), 'docs/reliability.md');
  const [before, rest] = readFileSync(file, 'utf8').split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${file} lacks the marks ${BEGIN} and ${END}`);
  writeFileSync(file, `${before}${BEGIN}\n\n${promiseTable(cases)}\n\n${END}${after}`);
}
