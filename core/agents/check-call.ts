import type { ToolCall } from '../providers/ports';
import { storableJson } from '../text';
import { judgeCall } from './policy/call-rules';
import { WRONG_ARGUMENTS } from './policy/context';
import type { PolicyContext } from './policy/types';
import { checkArguments, readArguments } from '../tools/arguments';
import { toolNamed } from '../tools/registry';
import type { ToolCaller } from '../tools/types';
import type { CheckedCall, ModelOutput } from './steps';

/** What an agent may call, and what the rules of calls know of its turn. */
interface CallBounds {
  offered: readonly string[];
  context: PolicyContext;
}

/** A model's answer as it is kept, with each of its calls checked. */
export function checkAnswer(
  { text, toolCalls, finishReason }: ModelOutput,
  caller: ToolCaller,
  bounds: CallBounds,
): { output: ModelOutput; calls: CheckedCall[] } {
  const output: ModelOutput = storableJson({ text, toolCalls: withUniqueIds(toolCalls), finishReason });
  return { output, calls: output.toolCalls.map((call) => checkCall(call, caller, bounds)) };
}

/** Two calls of one answer must not share an id: the id is the key of the step. */
function withUniqueIds(calls: readonly ToolCall[]): ToolCall[] {
  const seen = new Set<string>();
  return calls.map((call, index) => {
    const id = call.id && !seen.has(call.id) ? call.id : `${call.id}-${index}`;
    seen.add(id);
    return { ...call, id };
  });
}

/**
 * Checks a call as the model wrote it: a tool it was offered, by its name or an alias, arguments of its form, and nothing
 * that a rule forbids. Nothing runs. What is refused goes back to the model in words.
 */
function checkCall(call: ToolCall, caller: ToolCaller, { offered, context }: CallBounds): CheckedCall {
  const refuse = (refusal: string, name = call.name): CheckedCall => ({
    call: { ...call, name },
    input: {},
    refusal,
    verdict: null,
  });
  const tool = toolNamed(call.name);
  if (!tool || !offered.includes(tool.name))
    return refuse(`There is no tool ${call.name}. Use one of: ${offered.join(', ')}.`);
  const failed = context.wrongCalls.filter((name) => name === tool.name).length;
  /** One attempt to repair the arguments, and no third one. */
  const closed = (): CheckedCall => {
    const reason = `The arguments of ${tool.name} were wrong twice; it is called no more in this turn. Go on without it.`;
    const verdict = { decision: 'refused', rule: WRONG_ARGUMENTS, reason } as const;
    return { ...refuse(reason, tool.name), verdict };
  };
  const wrong = (refusal: string) => (failed > 0 ? closed() : refuse(refusal, tool.name));
  if (failed > 1) return closed();
  const read = readArguments(call.argumentsJson);
  if (read.refusal !== null) return wrong(read.refusal);
  const checked = checkArguments(tool, caller, read.written);
  if (checked.refusal !== null) return wrong(checked.refusal);
  const verdict = judgeCall(tool, checked.input, context);
  return { call: { ...call, name: tool.name }, input: checked.input, refusal: verdict?.reason ?? null, verdict };
}
