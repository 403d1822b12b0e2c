import { foldWord } from './fold-word';

/** Who a question is about: one side of the conversation, or one of those who spoke by name. */
export interface PersonAsked {
  /** Null when only the name tells. */
  fromMe: boolean | null;
  speaker: string | null;
}

export interface KnownPeople {
  contactName: string | null;
  speakers: readonly string[];
}

/** What we did or said: "o que prometemos", "what did we offer", and a customer's "vocês prometeram". */
const COMPANY =
  /\b(?:nos (?:\w+ )?\w+mos|a gente (?:prometeu|ofereceu|mandou|enviou|respondeu|disse|falou|cobrou|passou|informou|sugeriu|indicou)|(?:prometemos|oferecemos|mandamos|enviamos|respondemos|dissemos|falamos|cobramos|passamos|informamos|sugerimos|indicamos|explicamos|orientamos|pedimos|propusemos|garantimos|avisamos|confirmamos|entregamos)|(?:a empresa|a loja|a clinica|a oficina|a equipe|o vendedor|a vendedora|o atendente|a atendente|o suporte|voces|vcs|voce|vc) (?:ja |me |nos |lhe )*(?:prometeu|prometeram|ofereceu|ofereceram|mandou|mandaram|enviou|enviaram|respondeu|responderam|disse|disseram|falou|falaram|cobrou|cobraram|passou|passaram|informou|informaram|sugeriu|sugeriram|indicou|indicaram|explicou|explicaram|orientou|garantiu|garantiram|avisou|avisaram|confirmou|propos|recomendou|recomendaram)|(?:did|have|had) we|we (?:promised|offered|said|told|sent|quoted|charged|suggested|answered)|did you (?:guys )?(?:promise|offer|say|tell|send|quote|charge|suggest))\b/;
/** What the customer said: "o que ele pediu", "what did he ask for", and the customer's own "eu pedi". */
const CUSTOMER =
  /\b(?:(?:o cliente|a cliente|cliente|ele|ela|o paciente|a paciente|o aluno|a aluna|o comprador|a compradora) (?:ja |nao |nos |me )*(?:pediu|disse|falou|perguntou|reclamou|quer|queria|quis|mandou|enviou|informou|contou|comentou|escolheu|prefere|preferiu|comprou|pagou|confirmou|recusou|aceitou|marcou|desistiu|achou|gostou|tem|mora|trabalha|precisa|precisava|usa)|(?:eu|ja) (?:pedi|disse|falei|perguntei|reclamei|mandei|enviei|informei|contei|paguei|comprei|escolhi|marquei)|(?:did|has|does) (?:he|she|the customer|the client)|the (?:customer|client) (?:asked|said|told|wanted|complained|chose|paid))\b/;

/**
 * Whom a question asks about, and which of its words are names of those who speak: a name says whose words to prefer and
 * is no word to look for, because people rarely say their own.
 */
export function readPeople(
  query: string,
  { contactName, speakers }: KnownPeople,
): { asked: PersonAsked[]; nameWords: ReadonlySet<string> } {
  const folded = foldWord(query);
  const words = new Set(folded.match(/[\p{L}\p{N}]+/gu) ?? []);
  const asked: PersonAsked[] = [];
  const nameWords = new Set<string>();
  const names = [
    ...speakers.map((name) => ({ name, person: { fromMe: null, speaker: name } })),
    ...(contactName && !speakers.includes(contactName)
      ? [{ name: contactName, person: { fromMe: false, speaker: null } }]
      : []),
  ];
  for (const { name, person } of names) {
    const mentioned = nameParts(name).filter((part) => words.has(part));
    if (mentioned.length === 0) continue;
    asked.push(person);
    mentioned.forEach((part) => nameWords.add(part));
  }
  const isCompany = COMPANY.test(folded);
  const isCustomer = CUSTOMER.test(folded);
  // A question about both sides prefers neither.
  if (isCompany !== isCustomer && asked.length === 0) asked.push({ fromMe: isCompany, speaker: null });
  return { asked, nameWords };
}

/** Particles such as "da" are in every second name, and shorter parts are initials. */
function nameParts(name: string): string[] {
  return foldWord(name)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part.length >= 3 && !['dos', 'das'].includes(part));
}

export function isBy(person: PersonAsked, hit: { fromMe: boolean | null; speaker: string | null }): boolean {
  if (person.speaker !== null) return hit.speaker === person.speaker;
  return hit.fromMe === person.fromMe;
}
