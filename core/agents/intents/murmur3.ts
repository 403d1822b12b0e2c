const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;
const LAST_ASCII = 0x7f;

/** Filled anew for each text that fits: most are a few letters, and there are thousands in a long message. */
const scratch = new Uint8Array(256);

/** MurmurHash3 (32 bits, seed 0) of a text's UTF-8 bytes: public domain by Austin Appleby; scikit-learn hashes with it. */
export function murmur3(text: string): number {
  if (text.length > scratch.length) return hashOf(Buffer.from(text, 'utf8'));
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > LAST_ASCII) return hashOf(Buffer.from(text, 'utf8'));
    scratch[at] = code;
  }
  return hashOf(scratch, text.length);
}

function hashOf(bytes: Uint8Array, length = bytes.length): number {
  const byte = (at: number) => bytes[at] ?? 0;
  let hash = 0;
  const blocks = length - (length % 4);
  for (let at = 0; at < blocks; at += 4) {
    hash ^= scramble(byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = length - 1; at >= blocks; at--) rest = (rest << 8) | byte(at);
  if (blocks < length) hash ^= scramble(rest);
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const mixed = Math.imul(block, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
}
