/** A session that is there already, or is to be made. */
export interface Window {
  id: string;
  startedAt: number;
  endedAt: number;
  isNew: boolean;
}

export interface Placed<M> {
  message: M;
  sessionId: string;
}

/**
 * Puts messages of one contact into sessions: into one that is there if it was written within its gap, else into a new one
 * as long as the gap between two messages is not reached. The order in which a history arrives does not matter.
 */
export function placeInSessions<M extends { sentAt: Date }>(
  messages: readonly M[],
  { windows, gapMs, newId }: { windows: Window[]; gapMs: number; newId: () => string },
): { placed: Placed<M>[]; windows: Window[] } {
  const all = [...windows];
  const placed = messages
    .toSorted((a, b) => a.sentAt.getTime() - b.sentAt.getTime())
    .map((message) => {
      const at = message.sentAt.getTime();
      const window = nearest(all, at, gapMs) ?? open(all, { id: newId(), startedAt: at, endedAt: at, isNew: true });
      window.startedAt = Math.min(window.startedAt, at);
      window.endedAt = Math.max(window.endedAt, at);
      return { message, sessionId: window.id };
    });
  return { placed, windows: all };
}

function nearest(windows: readonly Window[], at: number, gapMs: number): Window | undefined {
  let best: Window | undefined;
  let bestDistance = gapMs;
  for (const window of windows) {
    const distance = Math.max(window.startedAt - at, at - window.endedAt, 0);
    if (distance < bestDistance || (distance === 0 && best === undefined)) {
      best = window;
      bestDistance = distance;
    }
  }
  return best;
}

function open(windows: Window[], window: Window): Window {
  windows.push(window);
  return window;
}
