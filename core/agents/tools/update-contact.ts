import { z } from 'zod';
import { appendEvents } from '../../outbox/events';
import type { Tool } from './types';

const input = z
  .strictObject({
    name: z.string().trim().min(1).max(120).optional(),
    email: z.email().max(254).toLowerCase().optional(),
    language: z
      .string()
      .regex(/^[a-z]{2}(-[A-Z]{2})?$/)
      .optional(),
    timezone: z.string().max(64).refine(isTimezone, 'must be an IANA time zone').optional(),
  })
  .refine((fields) => Object.keys(fields).length > 0, 'names no field to change');

export const updateContactTool: Tool<typeof input> = {
  name: 'update_contact',
  description:
    'Atualiza o cadastro deste cliente com o que ele acabou de informar: nome, e-mail, idioma ou fuso horário.',
  input,
  access: 'write',
  async run(fields, { deps, ref: { tenantId, turnId }, head: { contactId }, finish }) {
    await deps.db.withTenant(tenantId, async (tx) => {
      if (fields.email && (await isEmailTaken(fields.email))) {
        return finish(tx, { updated: false, reason: 'another contact has this e-mail; ask a person to merge them' });
      }
      await tx.contact.update({
        where: { tenantId_id: { tenantId, id: contactId } },
        data: { ...fields, version: { increment: 1 }, updatedAt: new Date() },
      });
      const changed = Object.keys(fields);
      await appendEvents(tx, [
        {
          tenantId,
          aggregateType: 'contact',
          aggregateId: contactId,
          eventType: 'contact.updated',
          data: { fields: changed, by: 'agent', turn_id: turnId },
        },
      ]);
      return finish(tx, { updated: true, fields: changed });

      async function isEmailTaken(email: string): Promise<boolean> {
        const where = {
          tenantId,
          email: { equals: email, mode: 'insensitive' as const },
          deletedAt: null,
          id: { not: contactId },
        };
        return (await tx.contact.count({ where })) > 0;
      }
    });
  },
};

function isTimezone(value: string): boolean {
  return Intl.supportedValuesOf('timeZone').includes(value);
}
