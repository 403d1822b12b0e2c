import type { ConversationKey, ConversationMessage } from '../../../core/conversation/types';
import { recordedHistories, replay, type History } from '../../../test/support/histories';
import type { TestChannel } from '../../../test/support/channel';
import { newPhone } from '../../../test/support/webhook';
import { requireWorkflowBundle } from '../../../workers/bundle';
import { conversationWorkflowId } from '../../../workflows/conversation/ids';
import { messageReceived } from '../../../workflows/conversation/messages';
import type { ConversationInput } from '../../../workflows/conversation/types';
import { QUEUES } from '../../../workflows/shared/queues';
import { searchAttributes } from '../../../workflows/shared/search-attributes';
import { isNothing, untilDelivered, untilSettled } from '../settled';
import type { Stage } from '../stage';
import { outcome, type FaultCase } from '../types';

/** From here on the server warns, and every task of the workflow gets slower. */
const MAX_EVENTS = 10_240;
/** Written at once, as a customer who pastes a list, or a machine that talks to the shop. */
const BURST = 250;
const SETTLE_LIMIT_MS = 60_000;
/** Instead of the 4,096 events at which the server suggests it: so that few messages need several runs. */
const SHORT_HISTORY_EVENTS = 150;

export const f9: FaultCase = {
  id: 'F9',
  title: 'Workflows that began with older code, and one conversation of ten thousand messages',
  promise:
    'A new version goes on with every workflow that is under way, and a conversation never grows too long: it continues as a new run, with nothing lost.',
  async run(context, { full }) {
    const workflowBundle = { codePath: requireWorkflowBundle() };
    const recorded = recordedHistories();
    const old = await replay(workflowBundle, recorded);

    const stage = await context.stage();
    await stage.startApi();
    const { tenantId, channel } = await stage.newShop();
    const messages = full ? 10_000 : 600;
    const from = `${newPhone()}@c.us`;
    await write(stage, channel, { from, count: 1 });
    if (!full) await startWithShortHistory(stage, tenantId);
    await stage.startWorkers();
    for (let count = 1; count < messages; count += BURST) {
      context.say(`${count} messages written`);
      await write(stage, channel, { from, count: Math.min(BURST, messages - count) });
      await untilDelivered(stage);
      await untilSettled(stage, tenantId, { limitMs: SETTLE_LIMIT_MS });
    }
    const left = await untilSettled(stage, tenantId, { limitMs: SETTLE_LIMIT_MS });

    const rows = await stage.db.withTenant(tenantId, async (tx) => ({
      stored: await tx.message.count({ where: { tenantId, fromMe: false } }),
      answered: await tx.messageGroupMessage.count({ where: { tenantId, kind: 'messages' } }),
      turns: await tx.messageGroup.count({ where: { tenantId } }),
      replies: await tx.message.count({ where: { tenantId, fromMe: true } }),
    }));
    const sent = stage.simulator.waha.sent().filter(({ session }) => session === channel.externalId);
    const runs = await runsOf(stage, tenantId);
    const again = await replay(workflowBundle, runs);
    const figures = {
      recordedHistories: old.replayed,
      messages,
      turns: rows.turns,
      runs: runs.length,
      mostEventsInARun: Math.max(...runs.map(({ history }) => history.events?.length ?? 0)),
      lost: messages - rows.answered,
      duplicates:
        rows.stored - messages + sent.length - rows.turns + sent.filter(({ attempts }) => attempts > 1).length,
      notReplayed: [...old.failures, ...again.failures].join('; ') || 'none',
      unfinished: Object.values(left).reduce((sum, count) => sum + count, 0),
    };
    return outcome(figures, {
      'every recorded history replays': recorded.length > 0 && old.replayed === recorded.length,
      'the runs of this case replay too': again.replayed === runs.length,
      'nothing fails to replay': figures.notReplayed === 'none',
      'the conversation continued as new': runs.length > 1,
      'no run grew too long': figures.mostEventsInARun < MAX_EVENTS,
      'nothing is lost': figures.lost === 0,
      'nothing comes twice': figures.duplicates === 0,
      'nothing is left over': isNothing(left),
    });
  },
};

/** Lets one customer write `count` messages at once. */
async function write(
  { simulator }: Stage,
  { externalId: session }: TestChannel,
  { from, count }: { from: string; count: number },
): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () => simulator.waha.receive({ session, from, type: 'text', text: 'mais uma' })),
  );
}

/** Starts the workflow of the one conversation before the relay does. */
async function startWithShortHistory({ db, client }: Stage, tenantId: string): Promise<void> {
  const event = await db.withSystem((tx) =>
    tx.outboxEvent.findFirstOrThrow({ where: { tenantId, eventType: 'message.created' } }),
  );
  const { conversation, message } = event.eventData as unknown as {
    conversation: ConversationKey;
    message: ConversationMessage;
  };
  const input: ConversationInput = { ...conversation, historyEventLimit: SHORT_HISTORY_EVENTS };
  await client.workflow.signalWithStart('conversationWorkflow', {
    workflowId: conversationWorkflowId(conversation),
    taskQueue: QUEUES.workflows,
    args: [input],
    signal: messageReceived,
    signalArgs: [message],
    typedSearchAttributes: searchAttributes({ tenantId, kind: 'conversation', contactId: conversation.contactId }),
  });
}

/** Every run of the tenant's conversation, with its history. */
async function runsOf({ client }: Stage, tenantId: string): Promise<History[]> {
  const runs: History[] = [];
  const query = `VentrosTenantId = '${tenantId}' AND VentrosKind = 'conversation'`;
  for await (const { workflowId, runId, type } of client.workflow.list({ query })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.push({ workflowId, type, history });
  }
  return runs;
}
