/** Aborts when the caller is gone before the answer. */
export function closedSignal(response: { once(event: 'close', listener: () => void): unknown }): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}
