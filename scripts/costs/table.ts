export type Cell = string | number | bigint | null;

/** Rows below their names, numbers to the right. */
export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const text = rows.map((row) => row.map((cell) => (cell === null ? '-' : String(cell))));
  const widths = columns.map((name, index) => Math.max(name.length, ...text.map((row) => row[index]?.length ?? 0)));
  const isNumber = columns.map((_, index) => rows.every((row) => typeof row[index] !== 'string'));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (isNumber[index] ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(columns), ...text.map(line)].join('\n');
}

/** Micro-dollars as dollars, to the last digit that matters. */
export function usd(micros: number | bigint): string {
  return `$${(Number(micros) / 1_000_000).toFixed(6)}`;
}
