export interface Entity {
  type: 'email' | 'phone' | 'cpf' | 'cnpj' | 'money' | 'date' | 'url' | 'cep' | 'order';
  text: string;
  /** In one form, for comparing. */
  value: string;
}

const PATTERNS: [Entity['type'], RegExp][] = [
  ['url', /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;!?)]/gi],
  ['email', /[\p{L}0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+/giu],
  ['cnpj', /\b\d{2}\.?\d{3}\.?\d{3}\/\d{4}-?\d{2}\b/g],
  ['cpf', /\b\d{3}\.\d{3}\.\d{3}-\d{2}\b/g],
  ['money', /(?:R\$|US\$|\$|€)\s?\d+(?:[.,]\d+)*|\b\d+(?:[.,]\d+)*\s(?:reais|mil reais|dollars)\b/gi],
  ['date', /\b\d{1,2}\/\d{1,2}(?:\/\d{2,4})?\b|\b\d{4}-\d{2}-\d{2}\b/g],
  ['cep', /\b\d{5}-\d{3}\b/g],
  ['order', /\b(?:pedido|order|protocolo|nota fiscal|nf)\s*(?:n[º°o.]*)?\s*[#:]?\s*(?=[\w-]*\d)[\w-]{3,30}/gi],
  ['phone', /(?:\+\d{1,3}\s?)?\(?\b\d{2}\)?\s?9?\d{4}[-\s]?\d{4}\b/g],
];

/** What can be recognised by its form in a text, each piece of text once. */
export function entitiesIn(text: string): Entity[] {
  const found: (Entity & { at: number; end: number })[] = [];
  for (const [type, pattern] of PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      const at = match.index;
      const end = at + match[0].length;
      // What a stricter form took is not read again: a CNPJ holds digits like a phone.
      if (found.some((other) => at < other.end && end > other.at)) continue;
      found.push({ type, text: match[0].trim(), value: valueOf(type, match[0]), at, end });
    }
  }
  return found.toSorted((a, b) => a.at - b.at).map(({ type, text: words, value }) => ({ type, text: words, value }));
}

function valueOf(type: Entity['type'], text: string): string {
  if (type === 'email' || type === 'url') return text.toLowerCase();
  if (type === 'cpf' || type === 'cnpj' || type === 'phone' || type === 'cep') return text.replace(/\D/g, '');
  return text.replace(/\s+/g, ' ').trim();
}
