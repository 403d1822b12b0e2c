import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { AppError, errorMessage } from '../errors';
import { INVOICE_UNITS, type InvoiceLine } from './invoice';

/** Without them no line can be read. */
const NEEDED_COLUMNS = ['provider', 'model', 'unit', 'quantity', 'date'];
/** So many mistakes are named; whoever has more has the wrong file. */
const MOST_PROBLEMS = 20;
const MICROS_PER_USD = 1_000_000;

const EMPTY = z.literal(['', null]).transform(() => undefined);
const amount = (what: string) =>
  z
    .union([EMPTY, z.coerce.number(`must be a number of ${what}`).min(0, 'must not be negative')], {
      error: `must be a number of ${what}, not negative`,
    })
    .optional();

const lineSchema = z
  .object({
    provider: z.string('is missing').trim().min(1, 'is missing'),
    model: z.string('is missing').trim().min(1, 'is missing'),
    unit: z.enum(INVOICE_UNITS, `must be one of ${INVOICE_UNITS.join(', ')}`),
    quantity: z
      .union([z.number(), z.string().trim().min(1).transform(Number)], 'is missing')
      .refine((value) => Number.isFinite(value) && value >= 0, 'must be a number, not negative'),
    amount_micros: amount('micro-dollars'),
    amount_usd: amount('US dollars'),
    // Amounts are held against a ledger of dollars: those of another currency would agree by chance.
    currency: z
      .union([EMPTY, z.string().trim().toUpperCase().pipe(z.literal('USD'))], {
        error: 'must be USD: convert the amounts, the ledger is in dollars',
      })
      .optional(),
    request_id: z.union([EMPTY, z.string().trim()]).optional(),
    date: z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'must be a day such as 2026-11-22, or a time such as 2026-11-22T14:05:00Z',
    }),
  })
  .refine(({ amount_micros, amount_usd }) => (amount_micros === undefined) !== (amount_usd === undefined), {
    path: ['amount_micros or amount_usd'],
    message: 'must be given, one of the two',
  });

interface Entry {
  /** Of the file, from 1; of a JSON file the place in its list. */
  line: number;
  value: unknown;
}

/**
 * Reads the invoice of a provider: CSV with a header, or JSON, a list or `{"lines": [...]}`. A line has `provider`, `model`,
 * `unit`, `quantity`, `amount_micros` or `amount_usd`, `date`, and `request_id` if the provider names its calls; `currency`, if
 * it is there, must be USD; other columns are passed over.
 *
 * @throws AppError VALIDATION_ERROR that names every line and column that is wrong
 */
export function readInvoiceFile(file: string): InvoiceLine[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw unusable(file, [errorMessage(error)]);
  }
  return parseInvoice(content, file);
}

/** @param file its name says whether it is JSON. @throws AppError VALIDATION_ERROR, see `readInvoiceFile` */
export function parseInvoice(content: string, file: string): InvoiceLine[] {
  const isJson = path.extname(file).toLowerCase() === '.json';
  const entries = isJson ? jsonEntries(content, file) : csvEntries(content, file);
  if (entries.length === 0) throw unusable(file, ['it has no lines']);
  const problems: string[] = isJson ? [] : missingColumns(entries[0]);
  const lines: InvoiceLine[] = [];
  for (const { line, value } of entries) {
    const parsed = lineSchema.safeParse(value);
    if (parsed.success) {
      const { amount_micros, amount_usd = 0, currency: _usd, request_id, date, ...rest } = parsed.data;
      const amountMicros = amount_micros ?? amount_usd * MICROS_PER_USD;
      lines.push({ ...rest, line, amountMicros, requestId: request_id ?? null, at: new Date(date) });
    } else {
      const place = `${isJson ? 'entry' : 'line'} ${line}`;
      problems.push(...parsed.error.issues.map((issue) => `${place}: ${issue.path.join('.')} ${issue.message}`));
    }
  }
  if (problems.length > 0) throw unusable(file, problems);
  return lines;
}

function csvEntries(content: string, file: string): Entry[] {
  try {
    const rows = parse<{ record: unknown; info: { lines: number } }>(content, {
      columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
      info: true,
      bom: true,
      skip_empty_lines: true,
    });
    return rows.map(({ record, info }) => ({ line: info.lines, value: record }));
  } catch (error) {
    if (error instanceof CsvError) throw unusable(file, [error.message]);
    throw error;
  }
}

/** Said once, before what every line lacks for it: a file of semicolons has none of them. */
function missingColumns(first: Entry | undefined): string[] {
  const columns = Object.keys(z.record(z.string(), z.unknown()).parse(first?.value));
  const missing = NEEDED_COLUMNS.filter((name) => !columns.includes(name));
  if (missing.length === 0) return [];
  return [
    `line 1: there is no column ${missing.join(', ')} (columns are separated by commas); found: ${columns.join(', ')}`,
  ];
}

function jsonEntries(content: string, file: string): Entry[] {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (error) {
    throw unusable(file, [errorMessage(error)]);
  }
  const list = z.union([z.array(z.unknown()), z.object({ lines: z.array(z.unknown()) })]).safeParse(json);
  if (!list.success) throw unusable(file, ['it must be a list of lines, or an object with "lines"']);
  const values = Array.isArray(list.data) ? list.data : list.data.lines;
  return values.map((value, index) => ({ line: index + 1, value }));
}

function unusable(file: string, problems: string[]): AppError {
  const named = problems.slice(0, MOST_PROBLEMS);
  const rest = problems.length - named.length;
  const more = rest > 0 ? [`and ${rest} more`] : [];
  return new AppError('VALIDATION_ERROR', `The invoice ${file} is not usable:\n  ${[...named, ...more].join('\n  ')}`, {
    fields: named.map((message) => ({ field: 'invoice', message })),
  });
}
