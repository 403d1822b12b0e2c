import type http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorBody, type Fault, type FaultQueue } from './faults';
import { flattenHeaders, listen, readBody, summariseInlineFiles, type RunningServer } from './http';
import { parseMultipart } from './multipart';
import type { RecordedRequest, Recorder } from './recorder';
import type { Answer, Call, Latency, Operation, ProviderHandler, ProviderName } from './types';

interface ProviderServerOptions {
  provider: ProviderName;
  port: number;
  handler: ProviderHandler;
  recorder: Recorder;
  faults: FaultQueue;
  latencyMs: (operation: Operation | undefined) => Latency | undefined;
}

/** One provider on its own port: records, applies the scripted fault, asks the handler, waits, answers. */
export function startProviderServer(options: ProviderServerOptions): Promise<RunningServer> {
  return listen(options.port, (request, response) => {
    serve(request, response, options).catch((error: unknown) => {
      // A fault of the simulator itself must be visible to the test that met it, not look like a hanging provider.
      if (response.headersSent || response.destroyed) return response.destroy();
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      writeAnswer(response, { status: 500, body: errorBody(options.provider, 500, `simulator failure: ${message}`) });
    });
  });
}

async function serve(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { provider, handler, recorder, faults, latencyMs }: ProviderServerOptions,
): Promise<void> {
  const raw = await readBody(request);
  const { call, problem, keptBytes } = parseCall(provider, request, raw);
  const recorded = recorder.record(call, keptBytes);
  const fault = faults.take(provider, call.path);
  recorded.fault = fault?.kind ?? null;
  if (fault && answersWithoutWork(fault, response, recorded)) return;
  if (fault?.kind === 'block' || fault?.kind === 'refusal') call.outcome = fault.kind;

  const answer = problem ? { status: 400, body: errorBody(provider, 400, problem) } : await handler(call);
  if (answer.billed) recorder.bill(provider, answer.billed);

  const waitMs = draw(latencyMs(answer.operation)) + (fault?.kind === 'delay' ? fault.ms : 0);
  if (waitMs > 0) await sleep(waitMs, undefined, { ref: false });
  if (response.destroyed) return;
  if (fault?.kind === 'accept_then_drop') return void response.destroy();
  recorded.status = fault?.kind === 'malformed' ? 200 : answer.status;
  if (fault?.kind === 'malformed') return writeMalformed(response, answer);
  if (fault?.kind === 'cut') return writeHalf(response, answer);
  writeAnswer(response, answer);
}

/** True when the fault answered, or decided that there will be no answer. */
function answersWithoutWork(fault: Fault, response: http.ServerResponse, recorded: RecordedRequest): boolean {
  if (fault.kind === 'hang') return true;
  if (fault.kind === 'reset') {
    response.destroy();
    return true;
  }
  if (fault.kind !== 'status') return false;
  recorded.status = fault.status;
  const body = fault.body ?? errorBody(recorded.provider, fault.status, 'Scripted failure');
  writeAnswer(response, { status: fault.status, body, headers: fault.headers ?? {} });
  return true;
}

/** `keptBytes`: what the parsed call takes without its files, roughly. */
function parseCall(
  provider: ProviderName,
  request: http.IncomingMessage,
  raw: Buffer,
): { call: Call; problem: string | null; keptBytes: number } {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const headers = flattenHeaders(request.headers);
  const call: Call = {
    provider,
    method: request.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers,
    body: undefined,
    fields: {},
    files: [],
    outcome: 'normal',
  };
  const contentType = headers['content-type'] ?? '';
  try {
    if (contentType.startsWith('multipart/form-data')) {
      Object.assign(call, parseMultipart(raw, contentType));
      return { call, problem: null, keptBytes: 0 };
    }
    if (raw.length > 0) {
      call.body = JSON.parse(raw.toString('utf8'));
      return { call, problem: null, keptBytes: raw.length - summariseInlineFiles(call.body) };
    }
  } catch (error) {
    // Both parsers report a malformed body this way; anything else is a fault of ours.
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    return { call, problem: `The body could not be parsed: ${error.message}`, keptBytes: 0 };
  }
  return { call, problem: null, keptBytes: 0 };
}

const draw = (latency: Latency | undefined): number => {
  if (latency === undefined) return 0;
  if (typeof latency === 'number') return latency;
  const [minMs, maxMs] = latency;
  return minMs + Math.random() * (maxMs - minMs);
};

function encode(answer: Answer): { bytes: Buffer; contentType: string } {
  if (Buffer.isBuffer(answer.body)) return { bytes: answer.body, contentType: 'application/octet-stream' };
  if (typeof answer.body === 'string') return { bytes: Buffer.from(answer.body), contentType: 'text/plain' };
  return {
    bytes: Buffer.from(answer.body === undefined ? '' : JSON.stringify(answer.body)),
    contentType: 'application/json',
  };
}

function writeAnswer(response: http.ServerResponse, answer: Answer): void {
  const { bytes, contentType } = encode(answer);
  response.writeHead(answer.status, {
    'content-type': contentType,
    'content-length': bytes.length,
    ...answer.headers,
  });
  response.end(bytes);
}

function writeMalformed(response: http.ServerResponse, answer: Answer): void {
  const { bytes } = encode(answer);
  // Ends inside the JSON, and never parses even when the body was empty.
  const broken = Buffer.concat([Buffer.from('{"'), bytes.subarray(1, Math.max(2, Math.floor(bytes.length / 2)))]);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': broken.length });
  response.end(broken);
}

function writeHalf(response: http.ServerResponse, answer: Answer): void {
  const { bytes, contentType } = encode(answer);
  response.writeHead(answer.status, { 'content-type': contentType, 'content-length': bytes.length, ...answer.headers });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}
