import type { ToolCall } from '../providers/ports';
import { judgeCall } from './policy/call-rules';
import { WRONG_ARGUMENTS } from './policy/context';
import type { PolicyContext } from './policy/types';
import { checkArguments } from '../tools/arguments';
import { toolNamed } from '../tools/registry';
import type { ToolCaller } from '../tools/types';
import type { CheckedCall } from './steps';

/**
 * Checks a call as the model wrote it: a tool it was offered, by its name or an alias, arguments of its form, and nothing
 * that a rule forbids. Nothing runs. What is refused goes back to the model in words.
 */
export function checkCall(
  call: ToolCall,
  caller: ToolCaller,
  { offered, context }: { offered: readonly string[]; context: PolicyContext },
): CheckedCall {
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
  let written: unknown;
  try {
    written = JSON.parse(call.argumentsJson || '{}');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return wrong('The arguments are not JSON. Call the tool again with a JSON object.');
  }
  const checked = checkArguments(tool, caller, written);
  if (checked.refusal !== null) return wrong(checked.refusal);
  const verdict = judgeCall(tool, checked.input, context);
  return { call: { ...call, name: tool.name }, input: checked.input, refusal: verdict?.reason ?? null, verdict };
}
