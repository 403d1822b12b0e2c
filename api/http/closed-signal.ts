/** Aborts when the caller is gone before the answer; at once if that was before somebody asked. */
export function closedSignal(response: {
  destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
}): AbortSignal {
  const gone = new AbortController();
  if (response.destroyed) gone.abort();
  else response.once('close', () => gone.abort());
  return gone.signal;
}
