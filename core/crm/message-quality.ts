import { sentimentOf } from './sentiment/score';

export interface QualityScore {
  name: 'grammar' | 'tone' | 'brevity' | 'clarity';
  /** 0 to 100. */
  score: number;
  because: string;
}

/** Characters that still read as one message on a phone. */
const SHORT_CHARACTERS = 300;
const MOST_QUESTIONS = 1;
const POLITE =
  /\b(ol[aá]|oi|bom dia|boa tarde|boa noite|obrigad[oa]|por favor|desculp|prazer|hello|thank|please|sorry)/i;

/** Scores what can be measured in messages without a model: form, tone by words, length, one question at a time. */
export function qualityOf(messages: string[]): QualityScore[] {
  const texts = messages.map((text) => text.trim()).filter((text) => text !== '');
  const share = (test: (text: string) => boolean) =>
    texts.length === 0 ? 0 : texts.filter(test).length / texts.length;
  const wellFormed = share(
    (text) => /^[^\p{Ll}]/u.test(text) && /[.!?…)\p{Extended_Pictographic}]$/u.test(text) && !/ {2,}/.test(text),
  );
  const friendly = share((text) => POLITE.test(text) || sentimentOf(text).score > 0);
  const harsh = share((text) => sentimentOf(text).score <= -0.5);
  const short = share((text) => text.length <= SHORT_CHARACTERS);
  const clear = share((text) => (text.match(/\?/g) ?? []).length <= MOST_QUESTIONS);
  return [
    { name: 'grammar', score: percent(wellFormed), because: `${percent(wellFormed)} % begin and end as sentences` },
    {
      name: 'tone',
      score: percent(Math.max(0, 0.4 + 0.6 * friendly - harsh)),
      because: `${percent(friendly)} % are friendly, ${percent(harsh)} % harsh`,
    },
    {
      name: 'brevity',
      score: percent(short),
      because: `${percent(short)} % have at most ${SHORT_CHARACTERS} characters`,
    },
    { name: 'clarity', score: percent(clear), because: `${percent(clear)} % ask at most one question` },
  ];
}

export function meanScore(scores: QualityScore[]): number {
  return Math.round(scores.reduce((sum, { score }) => sum + score, 0) / Math.max(1, scores.length));
}

function percent(share: number): number {
  return Math.round(Math.min(1, share) * 100);
}
