import { foldWord } from '../memory/search/fold-word';
import { sentimentOf } from './sentiment/score';

export interface Severity {
  /** 0 (no complaint) to 10 (a person, now). */
  severity: number;
  because: string[];
}

/** Signs of a serious complaint and what each adds. Weights are guesses that come with the answer; nothing was measured. */
const SIGNS: readonly { name: string; points: number; pattern: RegExp }[] = [
  {
    name: 'legal',
    points: 8,
    pattern:
      /\b(procon|advogad[oa]|processar|processo judicial|na justica|reclame ?aqui|consumidor\.gov|lawyer|attorney|sue you|legal action|abogad[oa]|demandar|demanda legal)\b/,
  },
  {
    name: 'danger',
    points: 8,
    pattern: /\b(pegou fogo|incendio|choque eletrico|explodiu|caught fire|exploded|incendio|me machuquei|injured)\b/,
  },
  { name: 'fraud', points: 8, pattern: /\b(fraude|golpe|fui enganad[oa]|roubad[oa]|fraud|scam|estafa)\b/ },
  {
    name: 'leaving',
    points: 3,
    pattern:
      /\b(cancel\w*|encerrar|sair do plano|rescindir|unsubscribe|darme de baja|trocar de empresa|concorrente|competitor|competencia)\b/,
  },
  {
    name: 'again',
    points: 2,
    pattern:
      /\b(de novo|outra vez|mais uma vez|terceira vez|segunda vez|ja (falei|reclamei|liguei)|ninguem resolve|nunca resolve|again|third time|nobody helps|otra vez|nadie resuelve)\b/,
  },
  {
    name: 'money',
    points: 2,
    pattern:
      /\b(cobrad[oa]s?|cobranca|dinheiro de volta|reembolso|estorno|prejuizo|caro|charged|refund|money back|expensive|cobraron|caro)\b/,
  },
  {
    name: 'waiting',
    points: 1,
    pattern: /\b(ha|faz) \w+ (dias|semanas|meses)\b|\bfor (days|weeks|months)\b|\bhace \w+ (dias|semanas|meses)\b/,
  },
];
const MAX = 10;
/** Up to so many points for how it is said: half a point for each tenth of bad feeling. */
const FEELING_POINTS = 4;

/** What a complaint is about, not how it feels: who asks to cancel because of the price may do so kindly. */
const TOPIC = /^(cancel\w*|encerr\w*|car[oa]s?|carissim\w*|expensive|baja)$/;
/** As in core/crm/sentiment/score.ts: the sum at which a feeling is half way to its end. */
const HALF_WAY = 3;

/** -1 to 1: how a text feels apart from the words of its topic. */
export function feelingOf(text: string): number {
  const sum = sentimentOf(text)
    .evidence.filter(({ word }) => !TOPIC.test(foldWord(word)))
    .reduce((total, { weight }) => total + weight, 0);
  return Math.round((sum / (Math.abs(sum) + HALF_WAY)) * 1000) / 1000;
}

/** How serious a complaint is, by the words in it. It needs no model and says what it saw. */
export function severityOf(text: string): Severity {
  const folded = foldWord(text);
  const seen = SIGNS.filter(({ pattern }) => pattern.test(folded));
  const feeling = Math.max(0, -feelingOf(text)) * FEELING_POINTS;
  const points = seen.reduce((sum, sign) => sum + sign.points, 0) + feeling;
  return {
    severity: Math.min(MAX, Math.round(points)),
    because: [...seen.map(({ name }) => name), ...(feeling >= 1 ? ['feeling'] : [])],
  };
}
