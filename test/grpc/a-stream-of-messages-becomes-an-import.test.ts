import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  credentials,
  Server,
  ServerCredentials,
  status as grpcStatus,
  type ClientWritableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import { clientStream } from '../../api/grpc/client-stream';
import {
  HistoryRole,
  ImportMessagesRequest,
  MemoryServiceClient,
  MemoryServiceService,
  type HistoryMessage,
  type ImportMessagesResponse,
} from '../../api/grpc/generated/ventros/memory/v1/memory';
import { interceptors } from '../../api/grpc/interceptors';
import { newId } from '../../core/ids';
import { createLogger } from '../../core/logging/logger';
import { edgeDeps } from '../support/edge-deps';
import { eventually } from '../support/eventually';
import { testDatabase } from '../support/database';
import { newTenant } from '../support/tenant';
import { ask, errorDetails, startServer, withKey, type RunningServer } from './server';

interface SendOptions {
  key?: string;
  timeoutMs?: number;
  /** Without it the stream is left open. */
  ends?: boolean;
  onCall?: (call: ClientWritableStream<ImportMessagesRequest>) => void;
}

describe('a stream of messages becomes an import', () => {
  const db = testDatabase();
  let server: RunningServer;
  let apiKey: string;
  let tenantId: string;
  let strangersKey: string;
  before(async () => {
    ({ apiKey, tenantId } = await newTenant(db));
    strangersKey = (await newTenant(db)).apiKey;
    server = await startServer(db, { config: { ...edgeDeps(db).config, IMPORT_MAX_BYTES: 1_000_000 } });
  });
  after(async () => {
    await server.stop();
    await db.close();
  });

  const said = (number: number, changes: Partial<HistoryMessage> = {}): ImportMessagesRequest =>
    ImportMessagesRequest.fromPartial({
      message: {
        contact: { ref: 'c1', name: 'Ana' },
        role: HistoryRole.HISTORY_ROLE_CUSTOMER,
        text: `mensagem ${number}`,
        at: new Date(Date.UTC(2025, 0, 1, 12, number)),
        externalId: String(number),
        metadata: { page: number },
        ...changes,
      },
    });

  /** Sends, waiting whenever the server takes no more, and ends the stream unless it is to break off. */
  function send(
    requests: Iterable<ImportMessagesRequest>,
    { key = apiKey, timeoutMs = 60_000, ends = true, onCall }: SendOptions = {},
  ): Promise<ImportMessagesResponse> {
    return new Promise((resolve, reject) => {
      const call = server.client.importMessages(
        withKey(key),
        { deadline: Date.now() + timeoutMs },
        (error: ServiceError | null, response) => (error ? reject(error) : resolve(response)),
      );
      onCall?.(call);
      for (const request of requests) call.write(request);
      if (ends) call.end();
    });
  }
  const codeOf = (error: unknown) => error instanceof Error && 'code' in error && error.code;
  const imported = (importId: string, key = apiKey) =>
    ask(server.client.getImport, {
      client: server.client,
      metadata: withKey(key),
      request: { tenantId: '', importId },
    });
  const imports = () => db.withTenant(tenantId, (tx) => tx.memoryImport.findMany({ where: { tenantId } }));

  it('its lines are a file of the import, wrong ones are told at once, and the same stream is the same import', async () => {
    const stream = [
      { ...said(1), options: { gapMinutes: 60, factMessages: 50 } },
      said(2, { role: HistoryRole.HISTORY_ROLE_COMPANY }),
      said(3, { text: '' }),
      said(4, { at: undefined }),
      said(5, { role: HistoryRole.HISTORY_ROLE_UNSPECIFIED }),
    ];
    const first = await send(stream);
    assert.equal(first.messagesReceived, 5);
    assert.deepEqual(
      first.refusals.map(({ line, problem }) => [line, problem.split(':')[0]]),
      [
        [3, 'text'],
        [4, 'at'],
        [5, 'role'],
      ],
    );
    assert.equal(first.import?.status, 'queued');
    const again = await send(stream);
    assert.equal(again.import?.importId, first.import.importId);
    const rows = await imports();
    assert.deepEqual(
      rows.map(({ options }) => options),
      [{ gapMinutes: 60, factMessages: 50 }],
    );
    const events = await db.withSystem((tx) =>
      tx.outboxEvent.findMany({ where: { tenantId, aggregateType: 'memory_import' } }),
    );
    assert.equal(events.length, 1);
    const found = await imported(first.import.importId);
    assert.equal(found.import?.importId, first.import.importId);
  });

  it('a stream that breaks off, is too large, or holds nothing leaves no import', async () => {
    const before = (await imports()).length;
    await assert.rejects(send([said(1)], { ends: false, timeoutMs: 1_500 }), { code: grpcStatus.DEADLINE_EXCEEDED });
    const large = Array.from({ length: 30 }, (_, number) => said(number, { text: 'a'.repeat(60_000) }));
    await assert.rejects(send(large), (error) => errorDetails(error).reason === 'MEDIA_TOO_LARGE');
    await assert.rejects(send([]), (error) => errorDetails(error).fields[0] === 'message');
    const wrong = [{ ...said(1), options: { gapMinutes: 5_000, factMessages: 0 } }];
    await assert.rejects(send(wrong), (error) => errorDetails(error).fields[0] === 'gap_minutes');
    await assert.rejects(send([said(1), { ...said(2), tenantId: newId() }]), { code: grpcStatus.PERMISSION_DENIED });
    assert.equal((await imports()).length, before);
  });

  it('only so many streams are taken at once', async () => {
    const calls: ClientWritableStream<ImportMessagesRequest>[] = [];
    const onCall: SendOptions['onCall'] = (call) => calls.push(call);
    const codes: unknown[] = [];
    const open = Array.from({ length: 5 }, () =>
      send([said(1)], { ends: false, onCall }).catch((error: unknown) => codes.push(codeOf(error))),
    );
    await eventually('one to be turned away', () => codes.length > 0);
    for (const call of calls) call.cancel();
    await Promise.all(open);
    assert.deepEqual(codes, [grpcStatus.RESOURCE_EXHAUSTED, ...Array.from({ length: 4 }, () => grpcStatus.CANCELLED)]);
    // Their places are free again, once the server has heard of it.
    const next = await eventually('a free place', () =>
      send([said(7)]).catch((error: unknown) => {
        assert.equal(codeOf(error), grpcStatus.RESOURCE_EXHAUSTED);
        return null;
      }),
    );
    assert.equal(next.messagesReceived, 1);
  });

  it('another tenant sees nothing of an import', async () => {
    const { import: known } = await send([said(8)]);
    assert.ok(known);
    await assert.rejects(imported(known.importId, strangersKey), { code: grpcStatus.NOT_FOUND });
    assert.notEqual((await send([said(8)], { key: strangersKey })).import?.importId, known.importId);
  });

  it('a busy server keeps the client from sending on', async () => {
    const total = 200;
    const logger = createLogger('test', 'silent');
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let received = 0;
    const slow = new Server({ interceptors: interceptors({ db, logger }, { callsPerSecond: 100 }) });
    slow.addService(
      { importMessages: MemoryServiceService.importMessages },
      {
        importMessages: clientStream<ImportMessagesRequest, ImportMessagesResponse>(
          { logger },
          {
            scope: 'memory.manage',
            maxDurationMs: 60_000,
            async handle(requests) {
              for await (const _request of requests) {
                received += 1;
                await held;
              }
              return { messagesReceived: received, import: undefined, refusals: [] };
            },
          },
        ),
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      slow.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    const client = new MemoryServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
    let written = 0;
    const answer = new Promise<ImportMessagesResponse>((resolve, reject) => {
      const call = client.importMessages(withKey(apiKey), (error, response) =>
        error ? reject(error) : resolve(response),
      );
      for (let number = 0; number < total; number += 1) {
        call.write(said(number, { text: 'a'.repeat(60_000) }), () => (written += 1));
      }
      call.end();
    });
    await eventually('a first message', async () => received > 0);
    // As long as something still moves.
    for (let last = -1; last !== written; await sleep(300)) last = written;
    assert.ok(written < total, `${written} of ${total} were taken while the server was busy with the first`);
    assert.equal(received, 1);
    release();
    assert.equal((await answer).messagesReceived, total);
    client.close();
    slow.forceShutdown();
  });
});
