import type { Tx } from '../database';
import { foldWord } from '../memory/search/fold-word';
import type { LeadInput } from './lead-score';

type Bant = LeadInput['bant'];
/** What the customer's own words speak of. */
export type BantEvidence = Readonly<Record<keyof Bant, boolean>>;

const DAY_MS = 24 * 3600_000;
const LOOK_BACK_DAYS = 30;
const MESSAGES_READ = 100;

/** On folded text, in Portuguese, English and Spanish. Words, no model: the same every time, and it misses what is implied. */
const SIGNS: Readonly<Record<keyof Bant, RegExp>> = {
  budget:
    /(r\$|us\$|usd|brl|€) ?\d|\d+ ?(mil|k)\b|\d+ ?(reais|dolares|euros|dollars|pesos)|\b(orcamento|verba|budget|presupuesto|investir|invest|invertir|pagar ate|ate uns|posso pagar|i can pay|can spend)\b/,
  authority:
    /\b(eu (mesm[oa] )?decido|decido eu|quem decide sou eu|sou (o|a|eu)? ?(don[oa]|soci[oa]|gerente|diretor[a]?|proprietari[oa]|responsavel|ceo|fundador[a]?)|minha (empresa|loja)|i decide|i am the (owner|ceo|manager|founder|director)|i'm the (owner|ceo|manager|founder|director)|my (company|shop|store|business)|yo decido|decido yo|soy (el|la) (duen[oa]|gerente|socio|director[a]?)|mi (empresa|tienda))\b/,
  need: /\b(preciso|precisamos|necessito|quero (comprar|contratar|um|uma|o|a)|queremos|procuro|procurando|estou (buscando|atras)|busco|tenho interesse|need|want to buy|looking for|interested in|necesito|quiero (comprar|contratar)|estoy buscando|me interesa)\b/,
  timeline:
    /\b(hoje|amanha|semana|quinzena|este mes|esse mes|neste mes|nesse mes|mes que vem|proximo mes|ate (o )?(dia|fim)|urgente|o quanto antes|logo|prazo|janeiro|fevereiro|marco|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro|today|tomorrow|week|this month|next month|asap|right away|deadline|hoy|manana|este mes|proximo mes|cuanto antes)\b/,
};

/** What a text speaks of. */
export function evidenceIn(text: string): BantEvidence {
  const folded = foldWord(text);
  return {
    budget: SIGNS.budget.test(folded),
    authority: SIGNS.authority.test(folded),
    need: SIGNS.need.test(folded),
    timeline: SIGNS.timeline.test(folded),
  };
}

/** What the contact wrote in the last 30 days, read for the four questions about a lead. */
export async function bantEvidence(tx: Tx, tenantId: string, contactId: string): Promise<BantEvidence> {
  const messages = await tx.message.findMany({
    where: {
      tenantId,
      contactId,
      fromMe: false,
      deletedAt: null,
      text: { not: null },
      sentAt: { gte: new Date(Date.now() - LOOK_BACK_DAYS * DAY_MS) },
    },
    orderBy: { sentAt: 'desc' },
    take: MESSAGES_READ,
    select: { text: true },
  });
  return evidenceIn(messages.map(({ text }) => text ?? '').join('\n'));
}
