import { isRecord } from './http';

/** A call that a text orders. */
export interface OrderedCall {
  name: string;
  arguments: Record<string, unknown>;
}

/**
 * Every call that a text orders as JSON: `{"tool": "…", "arguments": {…}}`, wherever it stands. Quotes may be escaped, as they
 * are in a tool's answer.
 */
export function callsOrderedIn(text: string): OrderedCall[] {
  const plain = text.replace(/\\+"/g, '"').replace(/[“”]/g, '"').replace(/\s+/g, ' ');
  return [...plain.matchAll(/\{\s*"tool"\s*:/g)].flatMap(({ index }) => {
    const order = objectAt(plain, index);
    if (!isRecord(order) || typeof order.tool !== 'string') return [];
    return [{ name: order.tool, arguments: isRecord(order.arguments) ? order.arguments : {} }];
  });
}

/** The object that begins there; null if it does not end or is not JSON. */
function objectAt(text: string, start: number): unknown {
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    if (text[index] === '{') depth++;
    if (text[index] === '}') depth--;
    if (depth > 0) continue;
    try {
      return JSON.parse(text.slice(start, index + 1));
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }
  return null;
}
