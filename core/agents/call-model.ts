import type { Tx } from '../database';
import { AppError } from '../errors';
import { requireProvider } from '../enrichment/subject';
import { cheaperModel } from '../money/cheaper-models';
import { paidCallFor, type Purchase } from '../money/paid-call';
import { languagePurchase, type LanguageAnswer } from '../money/paid-language-call';
import type { ChatMessage, LanguageModel } from '../providers/ports';
import { toolDefinitions } from '../tools/registry';
import { checkAnswer } from './check-call';
import type { AgentDeps } from './deps';
import type { RecalledContext } from './recall-memory';
import { loadPolicyContext, MEMORY_DEGRADED } from './policy/context';
import type { PolicyContext } from './policy/types';
import { BASE_PROMPT, CHECK_PROMPT, fillPrompt } from './prompts';
import { customerLanguage, languageName } from './team/language';
import type { TeamAgent } from './team/types';
import { loadSteps, modelStepOf, storedModelStep, storingModelStep, type ModelOutput, type StepRow } from './steps';
import {
  clock,
  shorten,
  dateAndClock,
  joinMessages,
  messageText,
  TEXT_LIMITS,
  type TranscriptMessage,
} from './transcript';
import { loadTurn, requirePrepared } from './turn';
import { loadRecentMessages, loadTurnMessages, turnCaller, writtenByCustomer, type TurnHead } from './turn-context';
import type { ModelStep, TurnRef } from './types';

/** Instead of memories, so that nobody takes a memory that did not answer for one that holds nothing. */
const MEMORY_OUT = '(a memória não respondeu agora: não suponha que não há nada; se precisar, use search_memory)';

/** Read before it is known how many the agent sees: its own number of them is in a row of the same round trip. */
const MESSAGES_AT_ONCE = 50;

interface Prompt {
  head: TurnHead;
  system: string;
  messages: ChatMessage[];
  /** Names of the tools on offer. */
  offered: string[];
  agent: TeamAgent;
  policy: PolicyContext;
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
  const { tenantId } = turn;
  const model = requireProvider(deps.providers.language, provider);
  const bought = await paidCallFor(deps, {
    tenantId,
    read: async (tx) => {
      const prompt = await promptFor(tx, turn, step);
      return prompt && purchaseOf(deps, turn, { step, model, prompt, attempt });
    },
  });
  return bought ?? storedStep(deps, turn, step);
}

function purchaseOf(
  deps: AgentDeps,
  turn: TurnRef,
  of: { step: number; model: LanguageModel; prompt: Prompt; attempt: { activityKey: string; signal: AbortSignal } },
): Purchase<LanguageAnswer, ModelStep> {
  const { step, model, attempt } = of;
  const { head, system, messages, offered, agent, policy } = of.prompt;
  const { temperature, maxOutputTokens } = agent.profile;
  const caller = turnCaller(turn, head);
  return languagePurchase(
    deps,
    {
      tenantId: turn.tenantId,
      activityKey: attempt.activityKey,
      model,
      cheaperModel: cheaperModel(deps.config, 'language', model.name),
      subject: {
        contactId: head.contactId,
        conversationId: head.conversationId,
        groupId: turn.turnId,
        agentId: agent.agentId,
      },
      input: { system, messages, tools: toolDefinitions(offered), temperature, maxOutputTokens },
      signal: attempt.signal,
    },
    {
      keep: (answer) => {
        const checked = checkAnswer(answer, caller, { offered, context: policy });
        return {
          statement: storingModelStep(turn, step, { ...checked, provider: model.name, model: answer.model }),
          storedAs: (rows) => (rows.length > 0 ? modelStepOf(checked) : storedStep(deps, turn, step)),
        };
      },
    },
  );
}

/** What the model is asked; null when an attempt before this one stored the answer. */
async function promptFor(tx: Tx, turn: TurnRef, step: number): Promise<Prompt | null> {
  const [loaded, steps, own, latest] = await Promise.all([
    loadTurn(tx, turn),
    loadSteps(tx, turn),
    loadTurnMessages(tx, turn),
    loadRecentMessages(tx, turn, { limit: MESSAGES_AT_ONCE }),
  ]);
  if (storedModelStep(steps, step)) return null;
  const { head, record, agent, voice, toolPolicies } = requirePrepared(loaded);
  const calls = steps.filter(({ kind }) => kind === 'tool');
  const { messages: limit } = agent.profile.memoryScope;
  const about = { tenantId: turn.tenantId, contactId: head.contactId };
  const [recent, policy] = await Promise.all([
    limit > MESSAGES_AT_ONCE
      ? loadRecentMessages(tx, turn, { limit })
      : latest.slice(Math.max(0, latest.length - limit)),
    loadPolicyContext(tx, about, { record, calls, toolPolicies }),
  ]);
  const context = record.context as Partial<RecalledContext>;
  const prompt = buildPrompt({ head, agent, voice, context, recent, own, steps });
  return { ...prompt, offered: record.toolsOffered, agent, policy };
}

async function storedStep({ db }: AgentDeps, turn: TurnRef, step: number): Promise<ModelStep> {
  const steps = await db.withTenant(turn.tenantId, (tx) => loadSteps(tx, turn), { isReadOnly: true });
  const stored = storedModelStep(steps, step);
  if (!stored) throw new AppError('INTERNAL_ERROR', 'An answer that was stored is gone');
  return stored;
}

/** @param of.now when the turn is answered, if not now */
export function buildPrompt(of: {
  head: TurnHead;
  agent: TeamAgent;
  voice: string;
  context: Partial<RecalledContext>;
  recent: TranscriptMessage[];
  own: TranscriptMessage[];
  steps: StepRow[];
  now?: Date;
}): Omit<Prompt, 'offered' | 'agent' | 'policy'> {
  const { head, agent, voice, context, recent, own, steps, now = new Date() } = of;
  const language = customerLanguage(writtenByCustomer([...recent, ...own]), agent.profile.languages);
  const system = fillPrompt(BASE_PROMPT, {
    voice,
    instructions: agent.profile.instructions,
    language: languageName(language),
    company: head.company,
    contact: head.contactName,
    now: dateAndClock(now, head.timezone),
    timezone: head.timezone,
    facts: bullets(
      (context.facts ?? []).map(({ type, text, isClaimed }) => `${text} (${type}${isClaimed ? ', claimed' : ''})`),
    ),
    memories: context.degraded?.includes(MEMORY_DEGRADED)
      ? MEMORY_OUT
      : bullets((context.memories ?? []).map(({ content }) => content)),
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
  if (kind === 'check') return [{ role: 'user', content: fillPrompt(CHECK_PROMPT, { problem: problemOf(output) }) }];
  if (kind === 'tool') return [{ role: 'tool', callId, content: JSON.stringify(output ?? { error: 'not run' }) }];
  const { text, toolCalls } = output as unknown as ModelOutput;
  return [{ role: 'assistant', content: text, toolCalls }];
}

function problemOf(output: StepRow['output']): string {
  return typeof output === 'object' && output !== null && 'problem' in output ? String(output['problem']) : '';
}
