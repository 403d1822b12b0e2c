import { z } from 'zod';
import { addContactEvent } from '../../crm/contact-events';
import { bantEvidence } from '../../crm/bant-evidence';
import { claimedLeadScore, leadAction } from '../../crm/lead-score';
import { sourceOf } from '../../crm/types';
import { appendEvents } from '../../outbox/events';
import { defineTool } from '../define-tool';
import { askForPerson } from '../people/ask-for-person';

const points = () => z.int().min(0).max(10);
const bantInput = z.strictObject({ budget: points(), authority: points(), need: points(), timeline: points() });

/** Of 40 BANT points, from which on a lead counts as qualified: the "follow up" line of the lead score (60 of 100). */
const QUALIFIED_FROM = 60;

export const qualifyLead = defineTool({
  name: 'qualify_lead',
  description:
    'Registra a qualificação deste lead: nota de 0 a 100, ou BANT (orçamento, autoridade, necessidade, prazo, 0 a 10 cada). ' +
    'Só conta o que o próprio cliente disse.',
  input: z
    .strictObject({
      status: z.enum(['qualified', 'unqualified']).optional(),
      score: z.int().min(0).max(100).optional(),
      bant: bantInput.optional(),
      reason: z.string().trim().max(500).optional(),
    })
    .refine(({ status, score, bant }) => status !== undefined || score !== undefined || bant !== undefined, {
      message: 'give a status, a score or the four BANT points',
    }),
  output: z.object({
    status: z.string(),
    score: z.number().nullable(),
    action: z.string().nullable().describe('assign_now, follow_up, nurture ou decline'),
    handed_over: z.boolean().describe('Se um vendedor assume a conversa agora'),
    note: z.string().optional(),
  }),
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'contacts.manage',
  cost: 'free',
  isIdempotent: true,
  examples: [
    {
      says: 'Tenho R$ 5 mil, decido eu mesma e preciso este mês',
      arguments: { bant: { budget: 8, authority: 10, need: 8, timeline: 9 } },
    },
  ],
  async run(tx, { status: given, score: givenScore, bant, reason }, { tenantId, contactId, by, turn, isAgent }) {
    const isScored = givenScore !== undefined || bant !== undefined;
    const evidence = isAgent ? await bantEvidence(tx, tenantId, contactId) : null;
    const score = isScored ? claimedLeadScore({ score: givenScore, bant }, evidence) : null;
    const status = given ?? ((score ?? 0) >= QUALIFIED_FROM ? 'qualified' : 'unqualified');
    const now = new Date();
    await tx.contact.updateMany({
      where: { tenantId, id: contactId },
      data: {
        leadStatus: status,
        leadScore: score,
        leadDetails: {
          ...(bant ? { bant } : {}),
          ...(reason ? { reason } : {}),
          ...(score === null ? {} : { action: leadAction(score) }),
          ...by,
        },
        leadQualifiedAt: now,
        version: { increment: 1 },
        updatedAt: now,
      },
    });
    const data = { contactId, status, score, ...by };
    await appendEvents(tx, [
      { tenantId, aggregateType: 'contact', aggregateId: contactId, eventType: 'contact.lead_qualified', data },
    ]);
    await addContactEvent(tx, tenantId, {
      contactId,
      category: 'status',
      eventType: 'lead_qualified',
      title: status,
      payload: { score },
      source: sourceOf(by),
    });
    const action = score === null ? null : leadAction(score);
    // In a conversation, "now" means now: a seller takes over, and the agent only says goodbye.
    if (action !== 'assign_now' || !turn) return { status, score, action, handed_over: false };
    const points = `lead of ${score} points`;
    const asked = await askForPerson(tx, { tenantId, contactId, turn, priority: 'high', reason: points });
    const note = asked.escalated
      ? 'a seller takes the conversation over; say so and say goodbye'
      : 'nobody was asked for, because a person was here meanwhile; do not announce one';
    return { status, score, action, handed_over: asked.escalated, note };
  },
});
