import { shorten } from './shorten';

/** A session's summary as the model answers it under the schema `session_summary`. */
export interface SummaryAnswer {
  summary: string;
  topics: string[];
  sentiment: 'positive' | 'neutral' | 'negative' | 'mixed';
  sentiment_score: number;
  outcome: string;
  resolved: boolean;
  escalated: boolean;
  converted: boolean;
  next_steps: string[];
  key_entities: { type: string; name: string }[];
}

const MESSAGE = /<message by="(customer|company)" time="[^"]*">([\s\S]*?)<\/message>/g;

const TOPICS: [string, RegExp][] = [
  ['preço', /pre[çc]o|quanto custa|or[çc]amento|R\$|\bprice\b/i],
  ['entrega', /entrega|frete|chega|delivery/i],
  ['pagamento', /pagamento|boleto|\bpix\b|cart[ãa]o|payment/i],
  ['agendamento', /agend|marcar|hor[áa]rio|\bvisita\b|amanh[ãa]|semana que vem|schedule/i],
  ['problema técnico', /n[ãa]o funciona|quebr|defeito|vazando|broken/i],
  ['cancelamento', /cancel/i],
];
const POSITIVE = /obrigad|[óo]tim|perfeit|adorei|excelente|maravilh|thank|great/i;
const NEGATIVE = /p[ée]ssim|absurdo|reclam|n[ãa]o funciona|quebr|decepcion|terr[íi]vel|awful|broken/i;
const WANTS_A_PERSON = /humano|atendente|pessoa de verdade|gerente|speak to a person/i;
const BOUGHT = /\b(?:comprei|paguei|fechado|pode fechar|fechei)\b/i;
const PROMISE = /\b(?:vou|vamos|iremos|retorno|retornamos|envio|enviaremos)\b/i;
const AMOUNT = /R\$\s*\d[\d.]*(?:,\d{2})?/g;

/** A summary by small rules, from lines `<message by="customer" time="ISO 8601">text</message>`. */
export function summaryOf(transcript: string): SummaryAnswer {
  const said = [...transcript.matchAll(MESSAGE)].map(([, by, text = '']) => ({ by, text: unescapeXml(text) }));
  const customer = said.filter(({ by }) => by === 'customer').map(({ text }) => text);
  const company = said.filter(({ by }) => by === 'company').map(({ text }) => text);
  const all = said.map(({ text }) => text).join('\n');
  const asked = customer.join('\n');
  const isGlad = POSITIVE.test(asked);
  const isAngry = NEGATIVE.test(asked);
  const escalated = WANTS_A_PERSON.test(asked);
  const converted = BOUGHT.test(asked);
  const resolved = !escalated && isGlad;
  return {
    summary: `O cliente escreveu: "${shorten(customer[0] ?? '', 200)}". A empresa respondeu: "${shorten(company.at(-1) ?? '', 200)}".`,
    topics: TOPICS.filter(([, pattern]) => pattern.test(all)).map(([topic]) => topic),
    sentiment: isGlad && isAngry ? 'mixed' : isGlad ? 'positive' : isAngry ? 'negative' : 'neutral',
    sentiment_score: (isGlad ? 0.6 : 0) - (isAngry ? 0.6 : 0),
    outcome: escalated
      ? 'O cliente pediu uma pessoa.'
      : converted
        ? 'O cliente comprou.'
        : resolved
          ? 'O cliente agradeceu e a conversa terminou.'
          : 'A conversa terminou sem conclusão.',
    resolved,
    escalated,
    converted,
    next_steps: company
      .filter((text) => PROMISE.test(text))
      .map((text) => shorten(text, 200))
      .slice(0, 5),
    key_entities: [...new Set(all.match(AMOUNT) ?? [])].slice(0, 10).map((name) => ({ type: 'amount', name })),
  };
}

const unescapeXml = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const PART = /<part number="\d+"(?: of="\d+")?>([\s\S]*?)<\/part>/g;

/** The first sentence of each part, as the model answers under the schema `document_summary`. */
export function documentSummaryOf(text: string): { summary: string; key_points: string[] } {
  const points = [...text.matchAll(PART)].map(([, part = '']) =>
    shorten(unescapeXml(part).split(/(?<=[.!?])\s/)[0] ?? '', 200),
  );
  return { summary: points.join(' '), key_points: points };
}
