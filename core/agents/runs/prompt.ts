import type { Tx } from '../../database';
import { toolDefinitions } from '../../tools/registry';
import type { ChatMessage } from '../../providers/ports';
import { fillPrompt, PLAN_PROMPT, STAFF_PROMPT } from '../prompts';
import { customerLanguage, languageName } from '../team/language';
import type { TeamAgent } from '../team/types';
import { dateAndClock } from '../transcript';
import { MAX_PLANNED_CALLS } from './plan';
import type { LoadedRun } from './store';
import type { StoredCall } from './types';

/** `plan`: choose all queries. `act`: call tools or answer. `answer`: answer, no tool is offered any more. */
export type RunMode = 'plan' | 'act' | 'answer';

const NO_PLAN: ChatMessage = {
  role: 'user',
  content: 'Isso não é um plano na forma pedida. Escreva só o JSON do plano.',
};

/** What the model is given for the next step of a run. */
export async function runPrompt(
  tx: Tx,
  run: LoadedRun,
  { agent, mode }: { agent: TeamAgent; mode: RunMode },
): Promise<{ system: string; messages: ChatMessage[] }> {
  const { tenantId, id, contactId, question } = run;
  const { name: company, timezone } = await tx.project.findUniqueOrThrow({ where: { id: tenantId } });
  const contact = contactId
    ? await tx.contact.findFirst({ where: { tenantId, id: contactId }, select: { name: true } })
    : null;
  const base = fillPrompt(STAFF_PROMPT, {
    company,
    timezone,
    now: dateAndClock(new Date(), timezone),
    about: contact?.name ?? 'a empresa',
    instructions: agent.profile.instructions,
    language: languageName(customerLanguage([question], agent.profile.languages)),
  });
  const system = mode === 'plan' ? `${base}\n\n${planning(run.toolsOffered)}` : base;
  const children = await tx.agentRun.findMany({
    where: { tenantId, parentRunId: id },
    select: { id: true, status: true, answer: true, errorCode: true },
  });
  const resultOf = ({ callId, refusal, childRunId }: StoredCall): unknown => {
    if (refusal !== null) return { error: refusal };
    const child = children.find((one) => one.id === childRunId);
    if (child)
      return child.status === 'done'
        ? { answer: child.answer }
        : { error: 'it could not answer', code: child.errorCode };
    return run.results[callId] ?? { error: 'not run' };
  };
  const said = run.answers.flatMap(({ kind, text, calls }): ChatMessage[] => {
    if (kind === 'answer') return [{ role: 'assistant', content: text }];
    if (calls.length === 0) return [{ role: 'assistant', content: text }, ...(text ? [NO_PLAN] : [])];
    const toolCalls = calls.map(({ callId, tool, argumentsJson }) => ({ id: callId, name: tool, argumentsJson }));
    const results = calls.map((call): ChatMessage => {
      return { role: 'tool', callId: call.callId, content: JSON.stringify(resultOf(call)) };
    });
    return [{ role: 'assistant', content: text, toolCalls }, ...results];
  });
  return { system, messages: [{ role: 'user', content: question }, ...said] };
}

function planning(offered: readonly string[]): string {
  const tools = toolDefinitions(offered)
    .map(({ name, description, parameters }) => `- ${name}: ${description} ${JSON.stringify(parameters)}`)
    .join('\n');
  return fillPrompt(PLAN_PROMPT, { most: String(MAX_PLANNED_CALLS), tools });
}
