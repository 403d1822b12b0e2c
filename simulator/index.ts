import { startControlServer } from './control';
import { FaultQueue, type Fault, type FaultOptions } from './faults';
import { startProviderServer } from './provider-server';
import { invoiceLines, type InvoiceFileLine } from './invoice-file';
import { groqHandler } from './providers/groq';
import { jinaHandler } from './providers/jina';
import { LlamaParse } from './providers/llamaparse';
import { openaiHandler } from './providers/openai';
import { vertexHandler } from './providers/vertex';
import { Waha } from './providers/waha';
import { Recorder, type RecordedRequest } from './recorder';
import { ScriptBook, type SimulatorScript } from './script';
import {
  PROVIDER_NAMES,
  type InvoiceRow,
  type InvoiceTotal,
  type Latency,
  type Operation,
  type ProviderHandler,
  type ProviderName,
} from './types';

export * from './faults';
export type { RecordedRequest } from './recorder';
export type { ScriptedReply, ScriptedRule, SimulatorScript } from './script';
export type { InvoiceRow, InvoiceTotal, Latency, Operation, ProviderName } from './types';
export type { InboundMessage, SessionStatus, Waha } from './providers/waha';
export type { InboundFile } from './providers/waha-files';
export type { SentMessage } from './providers/waha-sent';
export type { WahaMessageType } from './providers/waha-messages';
export { signatureHeaders, type Delivery, type WebhookTarget } from './providers/waha-webhooks';
export { wordVector } from './word-vectors';

export interface SimulatorOptions {
  /** Fixed ports. A service without one takes a free one. */
  ports?: Partial<Record<ProviderName | 'control', number>>;
  script?: SimulatorScript;
  /**
   * Wait before each answer; an operation's own number wins over its provider's. For `documents` and `llamaparse` it is
   * the time a job stays RUNNING, its requests are answered at once.
   */
  latencyMs?: Partial<Record<ProviderName | Operation, Latency>>;
  /** The only credential accepted. A provider without one accepts any, but not none. */
  apiKeys?: Partial<Record<ProviderName, string>>;
}

export interface Simulator {
  urls: Record<ProviderName | 'control', string>;
  /** The last 20,000 requests at most, oldest first. */
  requests(provider?: ProviderName): RecordedRequest[];
  /** How many requests arrived, including those no longer kept. */
  requestCount(provider?: ProviderName): number;
  /** One row per billed call. */
  invoice(provider?: ProviderName): InvoiceRow[];
  /** The invoice added up per provider and model. */
  invoiceTotals(provider?: ProviderName): InvoiceTotal[];
  /** The invoice as a provider sends it, priced: one line for each unit of each call. */
  invoiceLines(provider?: ProviderName): InvoiceFileLine[];
  /** Queues a fault, until cleared unless `times` is given. Several queue up, first come, first served. */
  fault(provider: ProviderName, fault: Fault, options?: FaultOptions): void;
  clearFaults(provider?: ProviderName): void;
  /** Replaces the script. */
  script(script: SimulatorScript): void;
  /** Forgets requests, invoice, faults, script, jobs and messages. Webhooks and latencies stay. */
  reset(): Promise<void>;
  waha: Waha;
  stop(): Promise<void>;
}

/**
 * Starts every provider and the control interface, each on a port of its own on 127.0.0.1.
 *
 * @throws Error when a port is taken or the script does not fit its schema
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { apiKeys = {}, latencyMs = {}, ports = {} } = options;
  const recorder = new Recorder();
  const faults = new FaultQueue();
  const script = new ScriptBook();
  if (options.script) script.set(options.script);
  const jobMs = latencyMs.documents ?? latencyMs.llamaparse ?? 0;
  const llamaparse = new LlamaParse({
    script,
    recorder,
    apiKey: apiKeys.llamaparse,
    runningMs: () => (typeof jobMs === 'number' ? jobMs : jobMs[0] + Math.random() * (jobMs[1] - jobMs[0])),
  });
  const waha = new Waha({ apiKey: apiKeys.waha });
  const handlers: Record<ProviderName, ProviderHandler> = {
    vertex: vertexHandler(script, apiKeys.vertex),
    groq: groqHandler(script, apiKeys.groq),
    openai: openaiHandler(script, apiKeys.openai),
    llamaparse: llamaparse.handle,
    waha: waha.handle,
    jina: jinaHandler(apiKeys.jina),
  };
  const servers = await Promise.all(
    PROVIDER_NAMES.map(async (provider) => ({
      provider,
      server: await startProviderServer({
        provider,
        port: ports[provider] ?? 0,
        handler: handlers[provider],
        recorder,
        faults,
        latencyMs: (operation) =>
          (operation && latencyMs[operation]) ?? (provider === 'llamaparse' ? undefined : latencyMs[provider]),
      }),
    })),
  );
  const urls = Object.fromEntries(servers.map(({ provider, server }) => [provider, server.url])) as Simulator['urls'];
  waha.baseUrl = urls.waha;

  const simulator: Simulator = {
    urls,
    requests: (provider) => recorder.requests(provider),
    requestCount: (provider) => recorder.requestCount(provider),
    invoice: (provider) => {
      llamaparse.settle();
      return recorder.invoice(provider);
    },
    invoiceTotals: (provider) => {
      llamaparse.settle();
      return recorder.invoiceTotals(provider);
    },
    invoiceLines: (provider) => invoiceLines(simulator.invoice(provider)),
    fault: (provider, fault, faultOptions) => faults.add(provider, fault, faultOptions),
    clearFaults: (provider) => faults.clear(provider),
    script: (next) => script.set(next),
    reset: async () => {
      recorder.reset();
      faults.clear();
      script.set({});
      llamaparse.reset();
      await waha.reset();
    },
    waha,
    stop: async () => {
      llamaparse.reset();
      await Promise.all([...servers.map(({ server }) => server.stop()), control.stop()]);
      await waha.stop();
    },
  };
  const control = await startControlServer(simulator, ports.control ?? 0);
  urls.control = control.url;
  return simulator;
}
