export interface BatchLimits {
  maxItems: number;
  maxBytes: number;
}

/**
 * Splits texts into consecutive batches within both limits. A text that is over `maxBytes` alone gets a batch of its own,
 * for the provider to judge.
 */
export function batchTexts(texts: readonly string[], { maxItems, maxBytes }: BatchLimits): string[][] {
  const batches: string[][] = [];
  let current: string[] = [];
  let currentBytes = 0;
  for (const text of texts) {
    const sizeBytes = Buffer.byteLength(text);
    if (current.length > 0 && (current.length === maxItems || currentBytes + sizeBytes > maxBytes)) {
      batches.push(current);
      current = [];
      currentBytes = 0;
    }
    current.push(text);
    currentBytes += sizeBytes;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}
