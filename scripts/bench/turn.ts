import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { openTurn } from '../../core/conversation/turns';
import type { Database } from '../../core/database';
import { newId, SYSTEM_AGENT_IDS } from '../../core/ids';
import { createSecretBox } from '../../core/security/secret-box';
import { newChannel } from '../../test/support/channel';
import { newPhone } from '../../test/support/webhook';
import { turnWorkflowId } from '../../workflows/turn/ids';
import type { TurnInput, TurnOutcome } from '../../workflows/turn/types';
import { QUEUES } from '../../workflows/shared/queues';
import { searchAttributes } from '../../workflows/shared/search-attributes';
import { executeBareTurn } from './bare-workflows';
import { besideBare, type BesideBare } from './beside-bare';
import { readBackendCpu, usedMs } from './postgres-cpu';
import { cpuPerPiece } from './process-cpu';
import { percentilesOf, timed, type Percentiles } from './timing';

export interface TurnBenchOptions {
  turns: number;
  conversationsAtOnce: number;
  /** `vertex` is the simulated one: asked over HTTP, and paid. */
  embedder: 'local' | 'vertex';
  jsonFile?: string;
}

interface Crowd extends Percentiles {
  perSecond: number;
  /** CPU time of one turn by the process that used it, steadier than the rate when something else runs. */
  cpuMsPerTurn: Record<string, number>;
}

export interface TurnBenchReport {
  name: 'turn';
  settings: Record<string, unknown>;
  /** Start to finish of the bare workflow with an activity for each of the same steps: what Temporal takes. */
  baseline: Percentiles;
  /** With its short steps where the product has them: inside the workflow task, and no activity of a queue. */
  baselineAtOnce: Percentiles;
  /** Start to finish of a text turn: prepared, memory searched, model, two tools, model, reply written. */
  product: Percentiles;
  /** Bare by product: 1 is no overhead. */
  ratio: { p50: number; p95: number };
  /** The same with `baselineAtOnce`. */
  ratioAtOnce: { p50: number; p95: number };
  /** As many turns at once, each of a conversation of its own. */
  crowd: { baseline: Crowd; baselineAtOnce: Crowd; product: Crowd; ratio: number; ratioAtOnce: number };
}

/** Warm caches, connections and just-in-time code; not counted. */
const WARM_UP = 15;

/** A model that calls two tools, one of the database and one that searches, and then answers; all at once. */
const SCRIPT = {
  language: {
    rules: [
      { match: { schemaName: 'facts' }, json: { facts: [] } },
      {
        match: { hasToolResult: false },
        toolCalls: [
          { name: 'get_contact_facts', arguments: {} },
          { name: 'search_memory', arguments: { query: 'entrega no sábado' } },
        ],
      },
      { match: {}, text: 'Sim, entregamos no sábado até as 18h. Posso ajudar em mais alguma coisa?' },
    ],
  },
};

/**
 * What a turn takes beyond its model when that answers at once: one at a time, in turns with a bare workflow of the same
 * steps; then many at once.
 */
export async function runTurnBench(options: TurnBenchOptions): Promise<TurnBenchReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ventros-bench-'));
  const scriptFile = path.join(folder, 'script.json');
  writeFileSync(scriptFile, JSON.stringify(SCRIPT));
  try {
    const simulatorArgs = ['--script', scriptFile];
    const report = await besideBare({ simulatorArgs, env: { EMBEDDINGS_PROVIDER: options.embedder } }, (stage) =>
      measureTurns(stage, options),
    );
    if (options.jsonFile) writeFileSync(options.jsonFile, JSON.stringify(report, null, 2));
    return report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureTurns(
  stage: BesideBare,
  { turns, conversationsAtOnce, embedder }: TurnBenchOptions,
): Promise<TurnBenchReport> {
  const { stack, client, db, tenantId, queues, machine } = stage;
  const secretBox = createSecretBox(String(stack.env['ENCRYPTION_KEY']));
  const { channelId } = await newChannel(db, tenantId, { secretBox, baseUrl: String(stack.urls.waha) });
  const prepare = () => newTurn(db, { tenantId, channelId });
  const bare = (atOnce: boolean) => () => executeBareTurn(client, { id: randomUUID(), queues, atOnce });
  const run = (turn: TurnInput) => executeTurn(client, turn);

  const baselineMs: number[] = [];
  const atOnceMs: number[] = [];
  const productMs: number[] = [];
  for (let index = 0; index < WARM_UP + turns; index++) {
    const turn = await prepare();
    const bareMs = await timed(bare(false));
    const bareAtOnceMs = await timed(bare(true));
    const tookMs = await timed(() => run(turn));
    await untilSent(db, tenantId);
    if (index < WARM_UP) continue;
    baselineMs.push(bareMs);
    atOnceMs.push(bareAtOnceMs);
    productMs.push(tookMs);
  }
  const crowdOf = (atOnce: boolean) =>
    crowd(
      stage,
      Array.from({ length: conversationsAtOnce }, () => bare(atOnce)),
    );
  const bareCrowd = await crowdOf(false);
  const bareCrowdAtOnce = await crowdOf(true);
  const waiting: TurnInput[] = [];
  for (let index = 0; index < conversationsAtOnce; index++) waiting.push(await prepare());
  const crowded = await crowd(
    stage,
    waiting.map((turn) => () => run(turn)),
  );
  await untilSent(db, tenantId);
  await assertAllAnswered(db, tenantId, WARM_UP + turns + conversationsAtOnce);

  const [baseline, baselineAtOnce] = [percentilesOf(baselineMs), percentilesOf(atOnceMs)];
  const product = percentilesOf(productMs);
  const over = (of: Percentiles) => ({ p50: of.p50Ms / product.p50Ms, p95: of.p95Ms / product.p95Ms });
  return {
    name: 'turn',
    settings: { turns, conversationsAtOnce, embedder, ...machine },
    baseline,
    baselineAtOnce,
    product,
    ratio: over(baseline),
    ratioAtOnce: over(baselineAtOnce),
    crowd: {
      baseline: bareCrowd,
      baselineAtOnce: bareCrowdAtOnce,
      product: crowded,
      ratio: crowded.perSecond / bareCrowd.perSecond,
      ratioAtOnce: crowded.perSecond / bareCrowdAtOnce.perSecond,
    },
  };
}

function executeTurn(client: Client, turn: TurnInput): Promise<TurnOutcome> {
  const { tenantId, contactId } = turn;
  return client.workflow.execute<(input: TurnInput) => Promise<TurnOutcome>>('turnWorkflow', {
    workflowId: turnWorkflowId(turn),
    taskQueue: QUEUES.workflows,
    args: [turn],
    typedSearchAttributes: searchAttributes({ tenantId, kind: 'turn', contactId }),
  });
}

async function crowd({ stack, cpu }: BesideBare, runs: (() => Promise<unknown>)[]): Promise<Crowd> {
  const backends = () => readBackendCpu(stack.urls.database);
  const before = { cpu: cpu(), backends: await backends() };
  const startedAt = performance.now();
  const tookMs = await Promise.all(runs.map(timed));
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuMsPerTurn = cpuPerPiece(before.cpu, cpu(), runs.length);
  const ofPostgres = usedMs(before.backends, await backends());
  if (ofPostgres !== null) cpuMsPerTurn['postgres'] = Math.round(ofPostgres / runs.length);
  return { ...percentilesOf(tookMs), perSecond: runs.length / seconds, cpuMsPerTurn };
}

/** A conversation with one message, and its turn as the conversation workflow opens it. */
async function newTurn(db: Database, of: { tenantId: string; channelId: string }): Promise<TurnInput> {
  const { tenantId, channelId } = of;
  const [contactId, conversationId, sessionId, messageId] = [newId(), newId(), newId(), newId()];
  const phone = newPhone();
  const now = new Date();
  await db.withTenant(tenantId, async (tx) => {
    await tx.contact.create({ data: { id: contactId, tenantId, name: 'Marina', phone: `+${phone}` } });
    const thread = { tenantId, channelId, contactId };
    await tx.conversation.create({ data: { ...thread, id: conversationId, externalChatId: `${phone}@c.us` } });
    const session = { ...thread, conversationId, timeoutMinutes: 30, startedAt: now, lastActivityAt: now };
    await tx.session.create({ data: { ...session, id: sessionId } });
    const said = { contentType: 'text', text: 'Bom dia, vocês entregam no sábado?', status: 'delivered' };
    await tx.message.create({
      data: {
        ...thread,
        ...said,
        id: messageId,
        conversationId,
        sessionId,
        fromMe: false,
        source: 'manual',
        agentId: SYSTEM_AGENT_IDS.default,
        sentAt: now,
      },
    });
  });
  const opened = await openTurn(db, {
    tenantId,
    conversationId,
    messageIds: [messageId],
    kind: 'messages',
    asksForReply: true,
  });
  if (!opened) throw new Error('the turn of a new message was not opened');
  return { tenantId, turnId: opened.turnId, contactId, atOnce: true };
}

/** The next measurement has the machine for itself. */
async function untilSent(db: Database, tenantId: string): Promise<void> {
  const where = { tenantId, fromMe: true, status: { in: ['queued', 'sending'] } };
  while ((await db.withTenant(tenantId, (tx) => tx.message.count({ where }))) > 0) await sleep(20);
}

/** @throws Error when a turn did less than it was measured for */
async function assertAllAnswered(db: Database, tenantId: string, turns: number): Promise<void> {
  const seen = await db.withTenant(tenantId, async (tx) => ({
    replied: await tx.decisionRecord.count({ where: { tenantId, outcome: 'replied' } }),
    tools: await tx.decisionStep.count({ where: { tenantId, kind: 'tool', status: 'done' } }),
  }));
  if (seen.replied === turns && seen.tools === 2 * turns) return;
  throw new Error(`of ${turns} turns ${seen.replied} were answered, with ${seen.tools} tools`);
}
