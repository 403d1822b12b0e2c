import { callModel } from '../../core/agents/call-model';
import { prepareTurn } from '../../core/agents/prepare-turn';
import { runTool } from '../../core/agents/run-tool';
import { newId } from '../../core/ids';
import type { ScriptedReply } from '../../simulator';
import { newMessage, newThread, type Thread } from '../api/fixtures';
import type { Product } from '../support/product';

export interface Call {
  name: string;
  arguments: Record<string, unknown> | string;
}

/** A prepared turn of a tenant, step by step and without workers: what a workflow would do, a test does. */
export interface SteppedTurn extends Thread {
  tenantId: string;
  turnId: string;
  /** The model asks for these calls, which are checked and stored as those of one step. */
  asks(...calls: Call[]): Promise<void>;
  /** The model answers with this, which is stored and not yet written. */
  answers(text: string): Promise<void>;
  /** Runs the stored calls of the last step, in order. */
  runs(): Promise<void>;
  steps(): ReturnType<typeof stepsOf>;
}

function stepsOf({ db }: Product, tenantId: string, groupId: string) {
  return db.withTenant(tenantId, (tx) =>
    tx.decisionStep.findMany({
      where: { tenantId, groupId, kind: 'tool' },
      orderBy: [{ step: 'asc' }, { id: 'asc' }],
    }),
  );
}

/** @param said what the customer writes; it decides the agent */
export async function newTurn(product: Product, said: string): Promise<SteppedTurn> {
  const { db, deps } = product;
  const { tenantId } = await product.newShop();
  const thread = await newThread(db, tenantId);
  const { conversationId, sessionId } = thread;
  const turnId = newId();
  const messageId = await newMessage(db, tenantId, thread, { text: said });
  await db.withTenant(tenantId, async (tx) => {
    const { handlerVersion } = await tx.conversation.findFirstOrThrow({ where: { tenantId } });
    await tx.messageGroup.create({ data: { id: turnId, tenantId, conversationId, sessionId, handlerVersion } });
    await tx.messageGroupMessage.create({ data: { tenantId, groupId: turnId, messageId, position: 0 } });
  });
  const turn = { tenantId, turnId };
  const { providers } = await prepareTurn(deps, turn, { workflowId: 'workflow', runId: 'run' });
  let step = 0;
  const ask = async (reply: ScriptedReply) => {
    step++;
    product.simulator.script({ language: { replies: [reply] } });
    await callModel(deps, { ...turn, step, provider: providers[0] ?? '' }, attempt(`model-${step}`));
  };
  const attempt = (what: string) => ({ activityKey: `${turnId}:${what}`, signal: new AbortController().signal });
  return {
    ...thread,
    ...turn,
    asks: (...toolCalls) => ask({ toolCalls }),
    answers: (text) => ask({ text }),
    async runs() {
      const requested = (await stepsOf(product, tenantId, turnId)).filter((row) => row.step === step);
      for (const { callId, tool, status } of requested)
        if (status === 'requested') await runTool(deps, tool ?? '', { ...turn, step, callId }, { ...attempt(callId) });
    },
    steps: () => stepsOf(product, tenantId, turnId),
  };
}
