import { foldWord } from '../../memory/search/fold-word';

/** What the agents said in an earlier turn of the session, and to which words. */
export interface EarlierReply {
  text: string;
  customerText: string;
}

/** A shorter reply is a courtesy: “De nada!”, “Obrigado pela mensagem!” may well be said twice. */
const REPETITION_FROM = 25;

const AGAIN = '(?:de novo|novamente|outra vez|mais uma vez|again|once more|otra vez|de nuevo)';
/** Whoever asks for it, or did not get it, may be told the same again. Folded. */
const WANTS_IT_AGAIN = new RegExp(
  [
    String.raw`\b(?:repet\w+|repit\w+|repeat\w*|say that again|come again|pardon)\b`,
    String.raw`\b(?:manda|envia|fala|diz|diga|explica|escreve|pode|send|say|tell|explain|write|di|dime)\w*(?: \w+){0,3} ${AGAIN}\b`,
    String.raw`\bnao (?:entendi|peguei|li|vi|recebi|chegou|apareceu|consegui (?:ler|ver|abrir))\b`,
    String.raw`\b(?:did ?n.?t|could ?n.?t|do ?n.?t) (?:get|understand|catch|see|receive|read)\b`,
    String.raw`\bno (?:entendi|entiendo|vi|recibi|me llego|pude (?:leer|ver))\b`,
    String.raw`^\W*(?:como|oi|hein|h[ae]|q|que|o que|como assim|what|huh|sorry|que dijiste|como dices)\W*\?\W*$`,
  ].join('|'),
);
const THANKS = /\b(?:obrigad\w+|brigad\w+|valeu|vlw|agradec\w+|thanks?|thank you|thx|gracias)\b/;

/** Letters and digits only, without case and accents: what two texts are compared by. */
export function bareWords(text: string): string {
  return foldWord(text)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/**
 * Whether a reply says word for word what the agents said a moment ago, to a customer who did not ask for it: a model that goes
 * round in circles. Who wrote nothing readable, wrote the same again or says thanks may hear the same again.
 */
export function isRepetition(text: string, customerText: string, earlier: readonly EarlierReply[]): boolean {
  const own = bareWords(text);
  const said = bareWords(customerText);
  if (own.length < REPETITION_FROM || said === '' || WANTS_IT_AGAIN.test(foldWord(customerText))) return false;
  if (THANKS.test(said) && !text.includes('?')) return false;
  const same = earlier.filter((reply) => bareWords(reply.text) === own);
  return same.length > 0 && !same.some((reply) => bareWords(reply.customerText) === said);
}
