import { z } from 'zod';
import type { Tx } from '../../database';
import { AppError } from '../../errors';
import { appendEvents } from '../../outbox/events';
import { defineTool } from '../define-tool';

export const updateContact = defineTool({
  name: 'update_contact',
  description:
    'Atualiza o cadastro deste cliente com o que ele acabou de informar: nome, e-mail, idioma ou fuso horário.',
  input: z
    .strictObject({
      name: z.string().trim().min(1).max(120).optional(),
      email: z.email().max(254).toLowerCase().optional(),
      language: z
        .string()
        .regex(/^[a-z]{2}(-[A-Z]{2})?$/)
        .optional(),
      timezone: z.string().max(64).refine(isTimezone, 'must be an IANA time zone').optional(),
    })
    .refine((fields) => Object.values(fields).some((value) => value !== undefined), 'names no field to change'),
  output: z.object({ updated: z.boolean(), fields: z.array(z.string()).optional(), reason: z.string().optional() }),
  about: 'contact',
  audience: 'customer',
  access: 'write',
  scope: 'contacts.manage',
  cost: 'free',
  isIdempotent: true,
  examples: [{ says: 'Meu e-mail é ana@exemplo.com', arguments: { email: 'ana@exemplo.com' } }],
  async run(tx, fields, { tenantId, contactId, by }) {
    if (fields.email && (await isEmailTaken(tx, { tenantId, contactId, email: fields.email }))) {
      return { updated: false, reason: 'another contact has this e-mail; ask a person to merge them' };
    }
    const { count } = await tx.contact.updateMany({
      where: { tenantId, id: contactId, deletedAt: null },
      data: { ...fields, version: { increment: 1 }, updatedAt: new Date() },
    });
    if (count === 0) throw new AppError('NOT_FOUND', 'There is no contact with this id');
    const changed = Object.keys(fields);
    await appendEvents(tx, [
      {
        tenantId,
        aggregateType: 'contact',
        aggregateId: contactId,
        eventType: 'contact.updated',
        data: { fields: changed, ...by },
      },
    ]);
    return { updated: true, fields: changed };
  },
});

async function isEmailTaken(
  tx: Tx,
  { tenantId, contactId, email }: { tenantId: string; contactId: string; email: string },
): Promise<boolean> {
  const where = {
    tenantId,
    email: { equals: email, mode: 'insensitive' as const },
    deletedAt: null,
    id: { not: contactId },
  };
  return (await tx.contact.count({ where })) > 0;
}

function isTimezone(value: string): boolean {
  return Intl.supportedValuesOf('timeZone').includes(value);
}
