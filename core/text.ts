/** Postgres stores neither NUL nor half of a surrogate pair, and customers, files and models can send both. */
const UNSTORABLE = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The text with a replacement character for whatever a text or jsonb column refuses. */
export function storable(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}

/** The same for every text inside a JSON value, keys included. */
export function storableJson<T>(value: T): T;
export function storableJson(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map((item: unknown) => storableJson(item));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), storableJson(inner)]));
}

/** What the text says as JSON; null where it is none. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** At most the first `maxCharacters` UTF-16 units, without half of a surrogate pair at the cut. */
export function cutText(text: string, maxCharacters: number): string {
  const isInsidePair = /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(maxCharacters - 1, maxCharacters + 1));
  return text.slice(0, isInsidePair ? maxCharacters - 1 : maxCharacters);
}
