import type { WriteStream } from 'node:tty';

export interface Printer {
  /** Characters that fit on one line of a row. */
  textWidth: number;
  line(text?: string): void;
  /** A name and what belongs to it, in columns; long text goes on below itself. */
  row(name: string, text: string, style?: Style): void;
  heading(text: string): void;
  table(header: string[], rows: string[][]): void;
  styled(text: string, style: Style): string;
}

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

const CODES: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };
const NAME_WIDTH = 11;
const MAX_WIDTH = 110;
const LEAST_WIDTH = 60;

/** Colours only where a person looks, and not where they said they want none (no-color.org). */
export function createPrinter(stream: WriteStream | NodeJS.WriteStream): Printer {
  const isColoured = stream.isTTY === true && !process.env['NO_COLOR'];
  const width = Math.max(LEAST_WIDTH, Math.min(MAX_WIDTH, stream.columns ?? MAX_WIDTH));
  const styled = (text: string, style: Style) => (isColoured ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);
  const line = (text = '') => void stream.write(`${text}\n`);
  const textWidth = width - NAME_WIDTH - 3;
  return {
    textWidth,
    styled,
    line,
    row(name, text, style) {
      const [first = '', ...rest] = wrap(text, textWidth);
      const show = (part: string) => (style ? styled(part, style) : part);
      line(`  ${styled(name.padEnd(NAME_WIDTH), 'bold')} ${show(first)}`);
      for (const part of rest) line(`  ${' '.repeat(NAME_WIDTH)} ${show(part)}`);
    },
    heading(text) {
      line();
      line(styled(`── ${text} ${'─'.repeat(Math.max(0, width - text.length - 4))}`, 'cyan'));
    },
    table(header, rows) {
      const widths = header.map((name, column) =>
        Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)),
      );
      const join = (row: string[]) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`;
      line(styled(join(header).trimEnd(), 'bold'));
      for (const row of rows) line(join(row).trimEnd());
    },
  };
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    if (paragraph.length <= width) {
      lines.push(paragraph);
      continue;
    }
    let current = '';
    for (const word of paragraph.split(' ')) {
      if (current && current.length + word.length + 1 > width) {
        lines.push(current);
        current = word;
      } else {
        current = current ? `${current} ${word}` : word;
      }
    }
    lines.push(current);
  }
  return lines;
}

/** On one line, cut to `maxChars`. */
export function shorten(text: string, maxChars: number): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length > maxChars ? `${flat.slice(0, maxChars - 1).trimEnd()}…` : flat;
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
export const dollars = (micros: number): string => `$${(micros / 1_000_000).toFixed(6)}`;
