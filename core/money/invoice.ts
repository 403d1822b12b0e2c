import type { Usage } from '../providers/ports';

/** What providers bill, named as on an invoice file. `input_tokens` are those that no cache served. */
export const INVOICE_UNITS = [
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'audio_seconds',
  'pages',
  'images',
  'messages',
] as const;
export type InvoiceUnit = (typeof INVOICE_UNITS)[number];
export type Quantities = Partial<Record<InvoiceUnit, number>>;

/** One line: one unit of one call (`requestId`), or of all calls of a time that the provider adds up. */
export interface InvoiceLine {
  /** Where it stands in its file. */
  line: number;
  provider: string;
  model: string;
  unit: InvoiceUnit;
  quantity: number;
  /** May be a fraction: providers bill tokens exactly. */
  amountMicros: number;
  requestId: string | null;
  at: Date;
}

/** What the ledger holds of one paid call with all its tries. */
export interface LedgerCost {
  tenantId: string;
  id: string;
  provider: string;
  model: string;
  createdAt: Date;
  costMicros: number;
  /** What tries whose answer was lost may have cost at most. */
  uncertainMicros: number;
  /** What tries whose process died may have cost at most. */
  abandonedMicros: number;
  usage: Usage & { estimated?: boolean };
  requestIds: string[];
  isUnderWay: boolean;
  /** False for one from the eve of the period: it may be on the invoice and need not. */
  isInPeriod: boolean;
}

/** `usage` in the units of an invoice. */
export function quantitiesOf(usage: Usage): Required<Quantities> {
  const cached = usage.cachedInputTokens ?? 0;
  return {
    input_tokens: Math.max(0, (usage.inputTokens ?? 0) - cached),
    cached_input_tokens: cached,
    output_tokens: usage.outputTokens ?? 0,
    audio_seconds: usage.audioSeconds ?? 0,
    pages: usage.pages ?? 0,
    images: usage.images ?? 0,
    messages: usage.messages ?? 0,
  };
}

/** The units of an invoice as usage, without those that were not used. */
export function usageOf(quantities: Quantities): Usage {
  const { cached_input_tokens: cached = 0 } = quantities;
  const usage: Usage = {
    inputTokens: (quantities.input_tokens ?? 0) + cached,
    cachedInputTokens: cached,
    outputTokens: quantities.output_tokens ?? 0,
    audioSeconds: quantities.audio_seconds ?? 0,
    pages: quantities.pages ?? 0,
    images: quantities.images ?? 0,
    messages: quantities.messages ?? 0,
  };
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => count > 0));
}

export function addQuantities(into: Quantities, quantities: Quantities): Quantities {
  const sum = { ...into };
  for (const unit of INVOICE_UNITS) {
    const more = quantities[unit];
    if (more !== undefined) sum[unit] = (sum[unit] ?? 0) + more;
  }
  return sum;
}

/** Sums of seconds carry errors far below what anybody bills. */
export const isSameQuantity = (one: number, other: number): boolean => Math.abs(one - other) < 1e-6;
