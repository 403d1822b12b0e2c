import { DEAD_LETTER_SOURCES, getDeadLetter, listDeadLetters } from '../../core/crm/dead-letters';
import { discardDeadLetter } from '../../core/crm/discard-dead-letter';
import { replayDeadLetter, replayDeadLetters } from '../../core/crm/replay-dead-letter';
import { createChannelCounters } from '../../core/ingest';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, queryFlag, timestamp, uuid, z } from './zod';

const sourceSchema = z
  .enum(DEAD_LETTER_SOURCES)
  .openapi({ description: 'A webhook that nobody could read, or an event that could not be delivered' });

const deadLetterSchema = z
  .object({
    id: uuid(),
    channel_id: uuid().nullable(),
    source: z.string(),
    event_id: uuid().nullable(),
    tries: z.number().int(),
    error_code: z.string(),
    reason: z.string(),
    created_at: timestamp(),
    replayed_at: timestamp().nullable(),
    replayed_by: uuid().nullable(),
    discarded_at: timestamp().nullable(),
    discarded_by: uuid().nullable(),
  })
  .openapi('DeadLetter');

const withBodySchema = deadLetterSchema
  .extend({ body: z.string().openapi({ description: 'As it came, NULs replaced; of an event, its type and data' }) })
  .openapi('WholeDeadLetter');

const replayBody = z
  .object({
    allow_out_of_order: z
      .boolean()
      .default(false)
      .openapi({ description: 'Deliver an event although later ones of the same thing were delivered before it' }),
  })
  .strict()
  .openapi('DeadLetterReplay');

const replayedSchema = deadLetterSchema
  .extend({
    result: z.enum(['requeued', 'stored', 'duplicate', 'applied', 'ignored']),
    result_reason: z.string().nullable(),
    later_events: z
      .number()
      .int()
      .openapi({ description: 'Events of the same thing that were written after it and delivered before it' }),
  })
  .openapi('ReplayedDeadLetter');

const MOST_REPLAYED_AT_ONCE = 100;
const replayManyBody = replayBody
  .extend({
    channel_id: uuid().optional(),
    source: sourceSchema.optional(),
    error_code: z.string().max(100).optional(),
    after_id: uuid().optional().openapi({ description: 'Go on behind this one: the `last_id` of the answer before' }),
    limit: z.number().int().min(1).max(MOST_REPLAYED_AT_ONCE).default(MOST_REPLAYED_AT_ONCE),
  })
  .openapi('DeadLettersReplay');
const replayedManySchema = z
  .object({
    replayed: z.number().int(),
    failed: z
      .array(z.object({ id: uuid(), code: z.string(), message: z.string() }))
      .openapi({ description: 'Those that stay as they were, and why' }),
    last_id: uuid().nullable(),
    has_more: z.boolean().openapi({ description: 'Others match behind `last_id`' }),
  })
  .openapi('ReplayedDeadLetters');

const listQuery = pageQuery.extend({
  channel_id: uuid().optional(),
  source: sourceSchema.optional(),
  error_code: z.string().max(100).optional(),
  replayed: queryFlag().optional().openapi({ description: '`false`: only those that nobody has replayed' }),
  discarded: queryFlag().optional().openapi({ description: '`false`: only those that nobody has discarded' }),
});

export function deadLetterRoutes({ db, paging, config, logger }: EdgeDeps): Route[] {
  const ingest = { db, logger, mediaWaitMs: config.MEDIA_WAIT_MS, counters: createChannelCounters(db) };
  return [
    route({
      method: 'get',
      path: '/api/v1/dead-letters',
      tag: 'dead letters',
      summary: 'List what nobody could read or deliver, newest first',
      scope: 'audit.view',
      query: listQuery,
      response: { status: 200, description: 'A page of dead letters', body: pageOf(deadLetterSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'dead-letters' }, query, (at) => {
          const {
            channel_id: channelId,
            source,
            error_code: errorCode,
            replayed: isReplayed,
            discarded: isDiscarded,
          } = query;
          return db.withTenant(tenantId, (tx) =>
            listDeadLetters(tx, tenantId, { ...at, channelId, source, errorCode, isReplayed, isDiscarded }),
          );
        }),
    }),
    route({
      method: 'get',
      path: '/api/v1/dead-letters/{id}',
      tag: 'dead letters',
      summary: 'Read a dead letter with its body',
      scope: 'audit.view',
      params: idParams,
      response: { status: 200, description: 'The dead letter', body: withBodySchema },
      async handler({ caller: { tenantId }, params }) {
        return present(await db.withTenant(tenantId, (tx) => getDeadLetter(tx, tenantId, params.id)));
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/dead-letters/{id}/replay',
      tag: 'dead letters',
      summary: 'Handle a dead letter again, once',
      description:
        'A webhook is read again as if it came now; its signature was checked before it was kept. An event goes back to ' +
        'its place in the outbox. A second replay is DEAD_LETTER_REPLAYED, one after a discard DEAD_LETTER_DISCARDED. What still cannot be read is ' +
        'DEAD_LETTER_UNREADABLE and can be replayed later; an event that later ones of the same thing have overtaken is ' +
        'DEAD_LETTER_OVERTAKEN unless `allow_out_of_order` is true.',
      scope: 'audit.manage',
      params: idParams,
      body: replayBody,
      response: { status: 200, description: 'It was replayed', body: replayedSchema },
      async handler({ caller: { tenantId, userId }, params, body }) {
        const { letter, result, reason, laterEvents } = await replayDeadLetter(ingest, {
          tenantId,
          userId,
          deadLetterId: params.id,
          allowOutOfOrder: body.allow_out_of_order,
        });
        return { ...present(letter), result, result_reason: reason, later_events: laterEvents };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/dead-letters/replay',
      tag: 'dead letters',
      summary: 'Handle all dead letters again that match, each once',
      description:
        'Those that nobody has replayed or discarded, oldest first, a hundred at most in one call; one that fails keeps no other ' +
        'from its replay. What was replayed is not found again, so a call may be repeated; while `has_more`, ask again with ' +
        '`after_id` to get past those that failed.',
      scope: 'audit.manage',
      body: replayManyBody,
      response: { status: 200, description: 'What became of them', body: replayedManySchema },
      async handler({ caller: { tenantId, userId }, body }) {
        const { failed, replayed, lastId, hasMore } = await replayDeadLetters(ingest, {
          tenantId,
          userId,
          channelId: body.channel_id,
          source: body.source,
          errorCode: body.error_code,
          allowOutOfOrder: body.allow_out_of_order,
          afterId: body.after_id,
          limit: body.limit,
        });
        return { replayed, failed, last_id: lastId, has_more: hasMore };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/dead-letters/{id}/discard',
      tag: 'dead letters',
      summary: 'Say that nothing more is to come of a dead letter',
      description:
        'It is kept and counts no more; an event is not delivered any more. What was replayed is DEAD_LETTER_REPLAYED, what ' +
        'was discarded is DEAD_LETTER_DISCARDED, and cannot be replayed either.',
      scope: 'audit.manage',
      params: idParams,
      response: { status: 200, description: 'It was discarded', body: deadLetterSchema },
      handler: async ({ caller: { tenantId, userId }, params }) =>
        present(await discardDeadLetter(db, { tenantId, userId, deadLetterId: params.id })),
    }),
  ];
}
