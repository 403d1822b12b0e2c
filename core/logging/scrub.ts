/** A mask, and what it takes the place of. The particular comes before the general. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  // Ours, OpenAI's, Groq's, LlamaCloud's, Jina's, Stripe's, webhook secrets, Google's, AWS's.
  [/\b(?:vk|gsk|llx|jina|whsec|rk|sk|pk)[-_][\w-]{8,}/g, '[key]'],
  [/\bya29\.[\w.-]+|\bAIza[\w-]{20,}|\bAKIA[A-Z0-9]{12,}/g, '[key]'],
  [/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, '$1 [key]'],
  // A WhatsApp address holds the number: 5511987654321@c.us.
  [/\d{8,20}(?:[:.]\d+)?@(?:c\.us|s\.whatsapp\.net|lid|g\.us)/g, '[phone]'],
  [/[\w.+%-]+@[\w-]+(?:\.[\w-]+)+/g, '[email]'],
  // 123.456.789-09
  [/(?<![\w.-])\d{3}\.\d{3}\.\d{3}-?\d{2}(?![\w-])/g, '[cpf]'],
  // (11) 98765-4321, +55 11 98765 4321, 11 3456-7890: with at least one separator, for digits alone come below.
  [/(?<![\w.-])(?:\+?\d{1,3}[ .-]?)?(?:\(\d{2}\) ?|\d{2}[ .-])9?\d{4}[ .-]?\d{4}(?![\w-])/g, '[phone]'],
  // Digits in a row: phone numbers, or a CPF without its dots. Not a number of JSON, nor a part of an id.
  [/(?<![\w.-]|":)\+?\d{10,15}(?![\w-])/g, '[number]'],
];

/**
 * A text without phone numbers, CPFs, e-mail addresses and API keys. The last line of defence for what comes from outside:
 * what is known to hold such things is not logged in the first place.
 */
export function scrub(text: string): string {
  return MASKS.reduce((scrubbed, [pattern, mask]) => scrubbed.replace(pattern, mask), text);
}

/** The same for every string within a value of JSON. */
export function scrubJson<T>(value: T): T {
  if (typeof value === 'string') return scrub(value) as T;
  if (Array.isArray(value)) return value.map(scrubJson) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, scrubJson(inner)])) as T;
}
