/** A fact as the model answers it under the schema `facts`. */
export interface ExtractedFact {
  type: string;
  text: string;
  confidence: number;
  source_message_id: string;
  starts_at: string | null;
  ends_at: string | null;
}

const RULES: { type: string; pattern: RegExp; confidence: number }[] = [
  {
    type: 'budget',
    pattern: /or[çc]amento|at[ée]\s+(?:uns\s+)?R\$\s*[\d.,]+|R\$\s*[\d.,]+\s+no\s+m[áa]ximo/i,
    confidence: 0.9,
  },
  {
    type: 'technical_issue',
    pattern: /n[ãa]o (?:est[áa] )?funciona|quebrou|quebrad[oa]|vazando|defeito|parou de funcionar/i,
    confidence: 0.9,
  },
  { type: 'objection', pattern: /\bcar[oa]s?\b|\bcar[íi]ssim[oa]\b/i, confidence: 0.8 },
  {
    type: 'timeline',
    pattern:
      /semana que vem|pr[óo]xima semana|amanh[ãa]|\bsegunda\b|ter[çc]a|\bquarta\b|\bquinta\b|\bsexta\b|s[áa]bado|domingo/i,
    confidence: 0.8,
  },
  { type: 'attribute', pattern: /\bmudei\b|\bmoro\b|anivers[áa]rio|\btrabalho (?:com|na|no|em)\b/i, confidence: 0.85 },
  { type: 'preference', pattern: /prefiro|\bquero\b|\bqueria\b|gosto d[eao]/i, confidence: 0.8 },
];

const MESSAGE = /<message\s+id="([^"]+)"\s+time="([^"]+)"[^>]*>([\s\S]*?)<\/message>/g;

/** Facts by small rules, from text with lines `<message id="UUID" time="ISO 8601">text</message>`. */
export function factsIn(prompt: string): ExtractedFact[] {
  const facts: ExtractedFact[] = [];
  for (const [, id = '', time = '', text = ''] of prompt.matchAll(MESSAGE)) {
    for (const sentence of sentencesOf(unescapeXml(text))) {
      for (const { type, pattern, confidence } of RULES) {
        if (!pattern.test(sentence)) continue;
        const period = type === 'timeline' ? periodIn(sentence, new Date(time)) : { startsAt: null, endsAt: null };
        facts.push({
          type,
          text: sentence,
          confidence,
          source_message_id: id,
          starts_at: period.startsAt,
          ends_at: period.endsAt,
        });
      }
    }
  }
  return facts;
}

/** A full stop inside a number ("R$ 1.500") does not end a sentence. */
const sentencesOf = (text: string): string[] =>
  text
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter(Boolean);

const unescapeXml = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

const WEEKDAYS = [/domingo/i, /\bsegunda\b/i, /ter[çc]a/i, /\bquarta\b/i, /\bquinta\b/i, /\bsexta\b/i, /s[áa]bado/i];
const DAY_MS = 24 * 3600 * 1000;
/** Brazil has had no daylight saving time since 2019. */
const SAO_PAULO_OFFSET_MS = -3 * 3600 * 1000;

/** What a customer in São Paulo who wrote at `writtenAt` means: whole days, in UTC. */
function periodIn(sentence: string, writtenAt: Date): { startsAt: string | null; endsAt: string | null } {
  if (Number.isNaN(writtenAt.getTime())) return { startsAt: null, endsAt: null };
  const local = new Date(writtenAt.getTime() + SAO_PAULO_OFFSET_MS);
  const today = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate());
  const period = (daysAhead: number, lengthDays: number) => {
    const start = today + daysAhead * DAY_MS - SAO_PAULO_OFFSET_MS;
    return {
      startsAt: new Date(start).toISOString(),
      endsAt: new Date(start + lengthDays * DAY_MS - 1000).toISOString(),
    };
  };
  const weekday = local.getUTCDay();
  if (/amanh[ãa]/i.test(sentence)) return period(1, 1);
  const named = WEEKDAYS.findIndex((pattern) => pattern.test(sentence));
  if (named >= 0) return period((named - weekday + 7) % 7 || 7, 1);
  return period((8 - weekday) % 7 || 7, 7);
}
