/** A model that keeps calling tools is stopped: design, section 7. */
export const MAX_TOOL_CALLS = 20;
export const MAX_IDENTICAL_CALLS = 3;
/** Model calls of one turn. More of them than tool calls are allowed would only repeat refusals. */
export const MAX_STEPS = 25;

/** A tool call that the model asked for, by its place in the turn's steps; what it asked for stays in the database. */
export interface RequestedCall {
  callId: string;
  tool: string;
  /** Equal for two calls of one tool with the same arguments. */
  fingerprint: string;
  /** Where it runs. Absent in runs that began before tools said so themselves. */
  lane?: 'database' | 'search';
  /** It changes nothing. Absent in runs that began before calls said so, and in those that change something. */
  isRead?: true;
}

/** Calls in their order, those that follow each other and only read together. */
export function sideBySide(calls: readonly RequestedCall[]): RequestedCall[][] {
  const groups: RequestedCall[][] = [];
  for (const call of calls) {
    const last = groups.at(-1);
    if (call.isRead && last?.[0]?.isRead) last.push(call);
    else groups.push([call]);
  }
  return groups;
}

/** Counts the calls of one turn. */
export interface ToolCount {
  total: number;
  byFingerprint: Record<string, number>;
}

/** Whether `call` may still run after the calls in `count`; if not, why. */
export function refusalOf(call: RequestedCall, count: ToolCount): 'too_many_calls' | 'repeated_call' | null {
  if (count.total >= MAX_TOOL_CALLS) return 'too_many_calls';
  if ((count.byFingerprint[call.fingerprint] ?? 0) >= MAX_IDENTICAL_CALLS) return 'repeated_call';
  return null;
}

export function countCall(call: RequestedCall, count: ToolCount): ToolCount {
  const times = (count.byFingerprint[call.fingerprint] ?? 0) + 1;
  return { total: count.total + 1, byFingerprint: { ...count.byFingerprint, [call.fingerprint]: times } };
}
