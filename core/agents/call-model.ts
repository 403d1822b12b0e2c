import { requireProvider } from '../enrichment/subject';
import { cheaperModel } from '../money/cheaper-models';
import { paidCall } from '../money/paid-call';
import { tokenUpperBound } from '../money/token-bound';
import { ofModel } from '../providers/of-model';
import { callTarget } from '../providers/policy';
import type { ChatMessage, Usage } from '../providers/ports';
import { storableJson } from '../text';
import { toolDefinitions } from '../tools/registry';
import { checkCall } from './check-call';
import type { AgentDeps } from './deps';
import type { RecalledContext } from './prepare-turn';
import { fillPrompt, GENERAL_PROMPT } from './prompts';
import { loadSteps, storedModelStep, storeModelStep, type ModelOutput, type StepRow } from './steps';
import {
  clock,
  shorten,
  dateAndClock,
  joinMessages,
  messageText,
  TEXT_LIMITS,
  type TranscriptMessage,
} from './transcript';
import {
  answeringAgentId,
  loadRecentMessages,
  loadTurnHead,
  loadTurnMessages,
  turnCaller,
  type TurnHead,
} from './turn-context';
import type { ModelStep, TurnRef } from './types';

const TEMPERATURE = 0.7;
/** Domain reference, section 5: the balanced agent. */
const MAX_OUTPUT_TOKENS = 1024;

interface Prompt {
  head: TurnHead;
  system: string;
  messages: ChatMessage[];
  /** Names of the tools on offer. */
  offered: string[];
  agentId: string;
}

/**
 * One attempt to get the next step of a turn from one language model. The answer is stored under (turn, step) before this
 * returns, and an attempt that finds it there does not ask, or pay, again.
 *
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN, BUDGET_EXCEEDED, BUDGET_DEFERRED
 */
export async function callModel(
  deps: AgentDeps,
  { step, provider, ...turn }: TurnRef & { step: number; provider: string },
  attempt: { activityKey: string; signal: AbortSignal },
): Promise<ModelStep> {
  const { tenantId, turnId } = turn;
  const model = requireProvider(deps.providers.language, provider);
  const prepared = await deps.db.withTenant(tenantId, async (tx) => {
    const steps = await loadSteps(tx, turn);
    const stored = storedModelStep(steps, step);
    if (stored) return { stored };
    const head = await loadTurnHead(tx, turn);
    const record = await tx.decisionRecord.findUniqueOrThrow({
      where: { tenantId_groupId: { tenantId, groupId: turnId } },
    });
    const context = record.context as unknown as Partial<RecalledContext>;
    const recent = await loadRecentMessages(tx, turn, head);
    const own = await loadTurnMessages(tx, turn);
    const agentId = await answeringAgentId(tx, tenantId);
    return { prompt: { ...buildPrompt({ head, context, recent, own, steps }), offered: record.toolsOffered, agentId } };
  });
  if (prepared.stored) return prepared.stored;
  const { head, system, messages, offered, agentId } = prepared.prompt;
  const tools = toolDefinitions(offered);
  const caller = turnCaller(turn, head);
  return paidCall(
    deps,
    {
      tenantId,
      activityKey: attempt.activityKey,
      provider: model.name,
      model: model.model,
      cheaperModel: cheaperModel(deps.config, 'language', model.name),
      operation: 'language',
      subject: { contactId: head.contactId, conversationId: head.conversationId, groupId: turnId, agentId },
      upperBound: upperBound(system, messages, JSON.stringify(tools)),
    },
    {
      call: (chosen) =>
        deps.callPolicy.run(callTarget(model, 'language'), attempt.signal, (options) =>
          ofModel(model, chosen.model).complete(
            { system, messages, tools, temperature: TEMPERATURE, maxOutputTokens: MAX_OUTPUT_TOKENS },
            options,
          ),
        ),
      store: async (tx, { text, toolCalls, finishReason, model: answeredBy }) => {
        await tx.decisionRecord.update({
          where: { tenantId_groupId: { tenantId, groupId: turnId } },
          data: { provider: model.name, model: answeredBy },
        });
        const output: ModelOutput = storableJson({ text, toolCalls: withUniqueIds(toolCalls), finishReason });
        return storeModelStep(tx, turn, step, {
          output,
          calls: output.toolCalls.map((call) => checkCall(call, caller, offered)),
        });
      },
    },
  );
}

function buildPrompt(of: {
  head: TurnHead;
  context: Partial<RecalledContext>;
  recent: TranscriptMessage[];
  own: TranscriptMessage[];
  steps: StepRow[];
}): Omit<Prompt, 'offered' | 'agentId'> {
  const { head, context, recent, own, steps } = of;
  const system = fillPrompt(GENERAL_PROMPT, {
    company: head.company,
    contact: head.contactName,
    now: dateAndClock(new Date(), head.timezone),
    timezone: head.timezone,
    facts: bullets((context.facts ?? []).map(({ type, text }) => `${text} (${type})`)),
    memories: bullets((context.memories ?? []).map(({ content }) => content)),
  });
  const messages: ChatMessage[] = [
    ...recent.map((message) => pastMessage(message, head.timezone)),
    { role: 'user', content: joinMessages(own, head.timezone) },
    ...steps.flatMap(pastStep),
  ];
  return { head, system, messages };
}

function bullets(lines: string[]): string {
  return lines.length === 0
    ? '(nada ainda)'
    : lines.map((line) => `- ${shorten(line.replace(/\s+/g, ' '), TEXT_LIMITS.earlier)}`).join('\n');
}

function pastMessage(message: TranscriptMessage, timezone: string): ChatMessage {
  const content = messageText(message, TEXT_LIMITS.earlier) || `[${message.contentType}]`;
  if (message.fromMe) return { role: 'assistant', content };
  return { role: 'user', content: `(${clock(message.sentAt, timezone)}) ${content}` };
}

function pastStep({ kind, output, callId }: StepRow): ChatMessage[] {
  if (kind === 'tool') return [{ role: 'tool', callId, content: JSON.stringify(output ?? { error: 'not run' }) }];
  const { text, toolCalls } = output as unknown as ModelOutput;
  return [{ role: 'assistant', content: text, toolCalls }];
}

/** Two calls of one answer must not share an id: the id is the key of the step. */
function withUniqueIds(calls: ModelOutput['toolCalls']): ModelOutput['toolCalls'] {
  const seen = new Set<string>();
  return calls.map((call, index) => {
    const id = call.id && !seen.has(call.id) ? call.id : `${call.id}-${index}`;
    seen.add(id);
    return { ...call, id };
  });
}

function upperBound(system: string, messages: ChatMessage[], tools: string): Usage {
  return { inputTokens: tokenUpperBound(system + tools + JSON.stringify(messages)), outputTokens: MAX_OUTPUT_TOKENS };
}
