import { LANGUAGES, type Language } from './types';

/**
 * Words that tell the three languages apart, as people type them (without accents too, and shortened). One of two languages is
 * in both lists: “me cobraram 2x” and “to sem internet” are Portuguese.
 */
const MARKS: Record<Language, ReadonlySet<string>> = {
  pt: words(`não nao você voce vocês voces vc vcs pra obrigado obrigada oi olá ola bom boa dia tarde noite quero queria
    preciso meu minha quanto custa isso muito tudo bem estou tá ta também tambem ainda já ja é são sao uma um do da dos das no na
    com mais pelo pela por que favor o os e aqui boleto pedido quando onde qual tem fazer posso consigo gostaria me to on eu sim foi
    agora hoje tava eh ne né td blz vlw obg hj qto tb tbm vcs cadê cade alguém alguem ninguém ninguem dinheiro`),
  en: words(`the is are i you my your please thanks thank hi hello hey want need how much does do not don't can could would
    this that it what where when which have has with and for of to in on at me was order price help`),
  es: words(`el los las una y es está esta estoy hola buenos buenas días dias gracias quiero quisiera necesito usted ustedes
    mi me cuánto cuanto cuesta muy también tambien dónde donde cuándo cuando cuál cual tiene tengo puedo hacer con pero por
    favor precio pedido factura no qué que del al lo les ya voy veces hoy ahora nuestro nuestra contigo alguien puede puedes`),
};

const NAMES: Record<Language, string> = { pt: 'português do Brasil', en: 'inglês', es: 'espanhol' };

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

/**
 * The language a customer writes, by the little words in it. What is ahead by one word only (“help”, “ok thanks”) counts when
 * nothing before it says more; without a winner what was written before counts, and the language of the house (Portuguese) when
 * that is none either.
 *
 * @param texts what the customer wrote, newest first
 */
export function customerLanguage(texts: readonly string[], spoken: readonly Language[] = LANGUAGES): Language {
  const house = spoken[0] ?? LANGUAGES[0];
  let likely: Language | null = null;
  for (const text of texts) {
    const counts = countMarks(text);
    const [first, second] = spoken.toSorted((a, b) => counts[b] - counts[a]);
    const lead = first ? counts[first] - (second ? counts[second] : 0) : 0;
    if (first && lead > 1) return first;
    if (first && lead === 1) likely ??= first;
  }
  return likely ?? house;
}

/** As the prompt names it. */
export function languageName(language: Language): string {
  return NAMES[language];
}

function countMarks(text: string): Record<Language, number> {
  const found = (text.toLowerCase().match(/[\p{L}']+/gu) ?? []).slice(0, 200);
  const count = (language: Language) => found.filter((word) => MARKS[language].has(word)).length;
  return { pt: count('pt'), en: count('en'), es: count('es') };
}
