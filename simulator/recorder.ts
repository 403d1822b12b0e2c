import type { BilledUsage, Call, InvoiceRow, InvoiceTotal, ProviderName, UploadedFile } from './types';

export interface RecordedRequest {
  provider: ProviderName;
  method: string;
  path: string;
  query: string;
  /** Credentials are redacted. */
  headers: Record<string, string>;
  /** JSON body, or `{fields, files}` of a multipart one; inlined files appear as `{sha256, sizeBytes}`. */
  body: unknown;
  /** ISO time of arrival. */
  at: string;
  /** HTTP status of the answer; null while there is none, or when a fault left the request without one. */
  status: number | null;
  /** Kind of the scripted fault that hit it. */
  fault: string | null;
}

const MAX_REQUESTS = 20_000;
/** Bodies are kept up to this many raw bytes in all: 20,000 large embedding requests would not fit into memory. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const CREDENTIAL_HEADERS = ['authorization', 'x-api-key', 'x-goog-api-key'];

interface Entry {
  request: RecordedRequest;
  bodySizeBytes: number;
}

/** What the providers were asked and what they would bill for it. Requests are bounded, invoices are not. */
export class Recorder {
  private entries: (Entry | undefined)[] = [];
  private first = 0;
  private bodyBytes = 0;
  private readonly counts = new Map<ProviderName, number>();
  private rows: InvoiceRow[] = [];

  record(call: Call, bodySizeBytes: number): RecordedRequest {
    const request: RecordedRequest = {
      provider: call.provider,
      method: call.method,
      path: call.path,
      query: call.query.toString(),
      headers: redact(call.headers),
      body: call.body ?? multipartBody(call),
      at: new Date().toISOString(),
      status: null,
      fault: null,
    };
    this.entries.push({ request, bodySizeBytes });
    this.bodyBytes += bodySizeBytes;
    this.counts.set(call.provider, (this.counts.get(call.provider) ?? 0) + 1);
    this.forgetOldest();
    return request;
  }

  /** The last requests, oldest first. */
  requests(provider?: ProviderName): RecordedRequest[] {
    const kept = this.entries.slice(this.first).flatMap((entry) => entry?.request ?? []);
    return provider ? kept.filter((request) => request.provider === provider) : kept;
  }

  /** How many requests arrived, including those no longer kept. */
  requestCount(provider?: ProviderName): number {
    if (provider) return this.counts.get(provider) ?? 0;
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  bill(provider: ProviderName, usage: BilledUsage): void {
    this.rows.push({
      provider,
      model: usage.model,
      inputTokens: usage.inputTokens ?? 0,
      cachedInputTokens: usage.cachedInputTokens ?? 0,
      outputTokens: usage.outputTokens ?? 0,
      audioSeconds: usage.audioSeconds ?? 0,
      pages: usage.pages ?? 0,
      images: usage.images ?? 0,
      requestId: usage.requestId ?? null,
      at: new Date().toISOString(),
    });
  }

  invoice(provider?: ProviderName): InvoiceRow[] {
    return this.rows.filter((row) => !provider || row.provider === provider);
  }

  invoiceTotals(provider?: ProviderName): InvoiceTotal[] {
    const totals = new Map<string, InvoiceTotal>();
    for (const { requestId: _requestId, at: _at, ...row } of this.invoice(provider)) {
      const key = `${row.provider} ${row.model}`;
      const total = totals.get(key);
      if (!total) {
        totals.set(key, { ...row, calls: 1 });
        continue;
      }
      total.calls += 1;
      total.inputTokens += row.inputTokens;
      total.cachedInputTokens += row.cachedInputTokens;
      total.outputTokens += row.outputTokens;
      total.audioSeconds += row.audioSeconds;
      total.pages += row.pages;
      total.images += row.images;
    }
    return [...totals.values()];
  }

  reset(): void {
    this.entries = [];
    this.first = 0;
    this.bodyBytes = 0;
    this.counts.clear();
    this.rows = [];
  }

  private forgetOldest(): void {
    while (this.entries.length - this.first > MAX_REQUESTS || this.bodyBytes > MAX_BODY_BYTES) {
      const oldest = this.entries[this.first];
      if (!oldest || this.first === this.entries.length - 1) break;
      this.bodyBytes -= oldest.bodySizeBytes;
      // Released here, removed in bulk below: shifting a long array on every request would cost more than the request.
      this.entries[this.first] = undefined;
      this.first += 1;
    }
    if (this.first > MAX_REQUESTS) {
      this.entries = this.entries.slice(this.first);
      this.first = 0;
    }
  }
}

function redact(headers: Record<string, string>): Record<string, string> {
  const redacted = { ...headers };
  for (const name of CREDENTIAL_HEADERS) if (name in redacted) redacted[name] = '[redacted]';
  return redacted;
}

function multipartBody(call: Call): unknown {
  if (call.files.length === 0 && Object.keys(call.fields).length === 0) return undefined;
  return {
    fields: Object.fromEntries(
      Object.entries(call.fields).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
    ),
    files: call.files.map(withoutBytes),
  };
}

const withoutBytes = ({ field, fileName, mimeType, sha256, sizeBytes }: UploadedFile) => ({
  field,
  fileName,
  mimeType,
  sha256,
  sizeBytes,
});
