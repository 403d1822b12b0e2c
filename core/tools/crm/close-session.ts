import { z } from 'zod';
import { addNote } from '../../crm/notes';
import { sqlFile } from '../../database';
import { AppError } from '../../errors';
import { appendEvents } from '../../outbox/events';
import { defineTool } from '../define-tool';
import { requireSession } from '../scope';

export const closeSession = defineTool({
  name: 'close_session',
  description: 'Encerra a conversa deste contato e registra o resumo e o resultado.',
  input: z.strictObject({
    session_id: z.guid().optional().describe('A conversa aberta, quando ausente'),
    summary: z.string().trim().min(1).max(5000),
    sentiment: z.enum(['positive', 'neutral', 'negative', 'mixed']).optional(),
    resolution: z.enum(['resolved', 'escalated', 'unresolved']),
  }),
  output: z.object({ session_id: z.string(), status: z.string() }),
  about: 'any_contact',
  audience: 'customer',
  access: 'write',
  scope: 'sessions.manage',
  cost: 'free',
  isDestructive: true,
  examples: [
    {
      says: 'Era só isso, obrigado!',
      arguments: { summary: 'Dúvida sobre entrega respondida', resolution: 'resolved' },
    },
  ],
  async run(tx, { session_id, summary, sentiment, resolution }, { tenantId, contactId, turn, by }) {
    const sessionId = session_id ?? turn?.sessionId;
    if (!sessionId) throw new AppError('VALIDATION_ERROR', 'Name the session_id');
    const session = await requireSession(tx, tenantId, { sessionId, contactId });
    const closed = await tx.$queryRawUnsafe<{ endedAt: Date }[]>(
      sqlFile('core/crm/sql/close_session.sql'),
      tenantId,
      sessionId,
      turn ? 'agent_close' : 'manual_close',
    );
    if (closed.length === 0) throw new AppError('INVARIANT_VIOLATION', 'The session has ended already');
    await addNote(tx, tenantId, {
      contactId: session.contactId,
      sessionId,
      type: 'session_summary',
      content: summary,
      tags: [resolution, ...(sentiment ? [sentiment] : [])],
      actor: by,
    });
    const data = { sessionId, contactId: session.contactId, resolution, sentiment: sentiment ?? null, ...by };
    const event = (eventType: string) => ({
      tenantId,
      aggregateType: 'session' as const,
      aggregateId: sessionId,
      eventType,
      data: { ...data, endReason: turn ? 'agent_close' : 'manual_close' },
    });
    await appendEvents(tx, [
      event('session.ended'),
      ...(resolution === 'resolved' ? [event('session.resolved')] : []),
      ...(resolution === 'escalated' ? [event('session.escalated')] : []),
    ]);
    return { session_id: sessionId, status: 'manually_closed' };
  },
});
