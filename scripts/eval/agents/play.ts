import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Language } from '../../../core/agents/team/types';
import { newId } from '../../../core/ids';
import type { ScriptedRule } from '../../../simulator/index';
import { newPhone } from '../../../test/support/webhook';
import { ask as askApi } from '../../faults/ask';
import type { Shop, Stage } from '../../faults/stage';
import { until } from '../../faults/until';
import type { AgentCase, Conversation, StaffQuestion, Turn } from './cases';
import { runProblems, silence, turnProblems, type SeenRun, type SeenTurn } from './judge';

/** A turn that took longer is a fault of its own: nobody waits so long for an answer. */
const TURN_LIMIT_MS = 60_000;
/** For what must not come: several times what an answer takes here. */
const SILENCE_MS = 4_000;

/** As the product's prompt names the customer, so that rules of one case speak in no other. */
export function rulesOf(agentCase: AgentCase): ScriptedRule[] {
  if (!('turns' in agentCase)) return [];
  const isOfCase = `Você fala com ${nameOf(agentCase)}\\.`;
  return agentCase.model.map((rule) => {
    const also = rule.match.systemMatches;
    const systemMatches = also === undefined ? isOfCase : `(?=[\\s\\S]*${isOfCase})(?=[\\s\\S]*(?:${also}))`;
    return { ...rule, match: { ...rule.match, systemMatches } };
  });
}

const nameOf = ({ id }: AgentCase): string => `Cliente ${id}`;

/** Plays a case in this company. @returns what was not as expected */
export function play(stage: Stage, shop: Shop, agentCase: AgentCase): Promise<string[]> {
  return 'asks' in agentCase ? playQuestion(stage, shop, agentCase) : playConversation(stage, shop, agentCase);
}

interface Thread {
  stage: Stage;
  shop: Shop;
  phone: string;
  contactId: string;
  name: string;
  /** Turns that were judged. */
  turnsSeen: number;
}

async function newThread(stage: Stage, shop: Shop, agentCase: AgentCase, customFields = {}): Promise<Thread> {
  const phone = newPhone();
  const name = nameOf(agentCase);
  const created = await ask(stage, shop, 'POST', '/api/v1/contacts', { name, phone, custom_fields: customFields });
  return { stage, shop, phone, contactId: String(created['id']), name, turnsSeen: 0 };
}

async function playConversation(stage: Stage, shop: Shop, agentCase: Conversation): Promise<string[]> {
  const { given, turns, language } = agentCase;
  const thread = await newThread(stage, shop, agentCase, given.customFields);
  await prepare(thread, given);
  const problems: string[] = [];
  for (const [index, turn] of turns.entries()) {
    const found = await playTurn(thread, turn, language);
    const wrong = typeof found === 'string' ? [found] : found;
    problems.push(...wrong.map((problem) => (turns.length > 1 ? `turn ${index + 1}: ${problem}` : problem)));
    if (typeof found === 'string') break;
  }
  return problems;
}

async function prepare({ stage, shop, contactId }: Thread, given: Conversation['given']): Promise<void> {
  const { tenantId } = shop;
  if (given.doubleText) await ask(stage, shop, 'PATCH', '/api/v1/people-settings', { double_text: given.doubleText });
  if (given.memory === 'out') await takeMemoryOut(stage, shop);
  if (given.approvals) await ask(stage, shop, 'PATCH', '/api/v1/approval-settings', given.approvals);
  for (const [key, tools] of Object.entries(given.tools ?? {})) {
    const agent = await stage.db.withTenant(tenantId, (tx) => tx.agent.findFirstOrThrow({ where: { tenantId, key } }));
    await ask(stage, shop, 'POST', `/api/v1/agents/${agent.id}/versions`, { tools, activate: true });
  }
  const offers = (given.offers ?? []).map((status) => ({
    id: newId(),
    tenantId,
    contactId,
    discountPercent: 10,
    durationMonths: 3,
    reason: 'preço',
    status,
  }));
  await stage.db.withTenant(tenantId, (tx) => tx.retentionOffer.createMany({ data: offers }));
}

/** What was not as expected; words when there is nothing to go on from. */
async function playTurn(thread: Thread, turn: Turn, language: Language): Promise<string[] | string> {
  if (turn.before) await changeHands(thread, turn.before);
  if (!turn.expect) return silenceAfter(thread, turn);
  const seen = await answerTo(thread, turn);
  return typeof seen === 'string' ? seen : turnProblems(turn.expect, seen, language);
}

async function silenceAfter(thread: Thread, { says }: Turn): Promise<string[] | string> {
  const leftBefore = leftTo(thread);
  if (says !== undefined) await write(thread, says);
  await sleep(SILENCE_MS);
  const records = await recordsOf(thread);
  if (records.length > thread.turnsSeen) return 'a turn began that nobody wanted';
  return silence(leftTo(thread).slice(leftBefore.length));
}

/** The turn that what the customer says begins, once it is over; words when there is none. */
async function answerTo(
  thread: Thread,
  { says, meanwhile, resolves }: Pick<Turn, 'says' | 'meanwhile' | 'resolves'>,
): Promise<SeenTurn | string> {
  if (says !== undefined) await write(thread, says);
  if (meanwhile && !(await waitingApproval(thread))) return 'no call waits for a person';
  if (meanwhile === 'take_over') await changeHands(thread, 'take_over');
  else if (meanwhile) await write(thread, meanwhile.says);
  if (resolves) await resolve(thread, resolves);
  const index = thread.turnsSeen++;
  const isOver = await until(async () => Boolean((await recordsOf(thread))[index]?.finishedAt), TURN_LIMIT_MS);
  if (!isOver) return `no answer within ${TURN_LIMIT_MS / 1000} s`;
  return seenTurn(thread, index);
}

function write({ stage, shop, phone, name }: Thread, says: string): Promise<unknown> {
  return stage.simulator.waha.receive({
    session: shop.channel.externalId,
    from: `${phone}@c.us`,
    pushName: name,
    type: 'text',
    text: says,
  });
}

/** The texts that the customer was sent, oldest first. */
function leftTo({ stage, phone }: Thread): string[] {
  return stage.simulator.waha
    .sent()
    .filter(({ chatId }) => chatId === `${phone}@c.us`)
    .map(({ text }) => text ?? '');
}

async function seenTurn(thread: Thread, index: number): Promise<SeenTurn | string> {
  const { stage, shop } = thread;
  const { tenantId } = shop;
  const record = (await recordsOf(thread))[index];
  if (!record) return 'the turn has no record';
  const { groupId } = record;
  const { calls, reply } = await stage.db.withTenant(tenantId, async (tx) => ({
    calls: await tx.decisionStep.findMany({ where: { tenantId, groupId, kind: 'tool' }, orderBy: { id: 'asc' } }),
    reply: await tx.message.findMany({ where: { tenantId, groupId, source: 'bot' }, orderBy: { replyPart: 'asc' } }),
  }));
  const texts = reply.map(({ text }) => text ?? '');
  const hasLeft = await until(async () => texts.every((text) => leftTo(thread).includes(text)), TURN_LIMIT_MS);
  if (!hasLeft) return 'the reply was written and never left';
  const rules = Array.isArray(record.rules) ? (record.rules as { rule: string }[]) : [];
  return {
    intent: record.intent,
    agent: record.agent,
    outcome: record.outcome,
    reason: record.outcomeReason,
    calls: calls.map(({ tool, status, rule }) => ({ tool: tool ?? '', status, rule })),
    rules: rules.map(({ rule }) => rule),
    flags: record.flags,
    handler: await handlerOf(thread),
    reply: texts,
  };
}

async function playQuestion(stage: Stage, shop: Shop, agentCase: StaffQuestion): Promise<string[]> {
  const { asks, customerSaid } = agentCase;
  const { tenantId } = shop;
  const thread = await newThread(stage, shop, agentCase);
  for (const says of customerSaid) {
    const found = await answerTo(thread, { says });
    if (typeof found === 'string') return [found];
  }
  const agent = await stage.db.withTenant(tenantId, (tx) =>
    tx.agent.findFirstOrThrow({ where: { tenantId, key: asks.agent } }),
  );
  const contact = customerSaid.length > 0 ? { contact_id: thread.contactId } : {};
  const asked = { question: asks.question, ...contact };
  const { id } = await ask(stage, shop, 'POST', `/api/v1/agents/${agent.id}/runs`, asked);
  let run: Record<string, unknown> = {};
  const isOver = await until(async () => {
    run = await ask(stage, shop, 'GET', `/api/v1/agent-runs/${String(id)}`);
    return run['finished_at'] !== null;
  }, TURN_LIMIT_MS);
  if (!isOver) return [`no answer within ${TURN_LIMIT_MS / 1000} s`];
  const steps = run['steps'] as { calls: SeenRun['calls'] }[];
  const seen: SeenRun = {
    status: String(run['status']),
    calls: steps.flatMap(({ calls }) => calls),
    answer: String(run['answer'] ?? ''),
  };
  return runProblems(agentCase, seen);
}

async function changeHands(thread: Thread, how: 'take_over' | 'hand_back'): Promise<void> {
  const { stage, shop } = thread;
  const { id } = await conversationOf(thread);
  const [path, body] = how === 'take_over' ? ['take-over', { name: 'Bia' }] : ['hand-back', {}];
  await ask(stage, shop, 'POST', `/api/v1/conversations/${id}/${path}`, body);
}

async function resolve(thread: Thread, verb: 'approve' | 'reject'): Promise<void> {
  const { stage, shop } = thread;
  const approvalId = await waitingApproval(thread);
  if (approvalId) await ask(stage, shop, 'POST', `/api/v1/approvals/${approvalId}/resolve`, { verb });
}

/** The call that waits for a person, as soon as there is one; null when none came. */
async function waitingApproval({ stage, shop: { tenantId }, contactId }: Thread): Promise<string | null> {
  let found: string | null = null;
  await until(async () => {
    found = await stage.db.withTenant(tenantId, async (tx) => {
      const conversation = await tx.conversation.findFirst({ where: { tenantId, contactId } });
      if (!conversation) return null;
      const where = { tenantId, conversationId: conversation.id, status: 'pending' };
      return (await tx.approval.findFirst({ where }))?.id ?? null;
    });
    return found !== null;
  }, TURN_LIMIT_MS);
  return found;
}

/** From now on every search of the company's memory fails in the database, and nothing else does. */
async function takeMemoryOut({ databaseUrl }: Stage, { tenantId }: Shop): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // By the words of the statement that every search begins with (search_context.sql): a search may run in a transaction that
    // writes as well. A constant 1 / 0 would be computed for everybody, by the planner.
    await client.query(
      `create policy "out ${tenantId}" on memory_contacts as restrictive for select to ventros_app using (
        case when tenant_id = '${tenantId}' and current_query() like '%whether anything changed since a cached answer%'
          then 1 / (length(tenant_id::text) - 36) = 1 else true end)`,
    );
  } finally {
    await client.end();
  }
}

function conversationOf({ stage, shop: { tenantId }, contactId }: Thread) {
  return stage.db.withTenant(tenantId, (tx) => tx.conversation.findFirstOrThrow({ where: { tenantId, contactId } }));
}

async function handlerOf(thread: Thread): Promise<string> {
  return (await conversationOf(thread)).handler;
}

/** The turns with this customer, oldest first. */
function recordsOf({ stage, shop: { tenantId }, contactId }: Thread) {
  return stage.db.withTenant(tenantId, async (tx) => {
    const conversations = await tx.conversation.findMany({ where: { tenantId, contactId }, select: { id: true } });
    const conversationId = { in: conversations.map(({ id }) => id) };
    return tx.decisionRecord.findMany({ where: { tenantId, conversationId }, orderBy: { id: 'asc' } });
  });
}

/** @throws Error that says what the API answered when it refused */
async function ask(
  stage: Stage,
  shop: Shop,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const response = await askApi(stage, shop, path, { method, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}
