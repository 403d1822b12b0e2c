import { getContact } from '../../core/crm/contacts';
import {
  addFact,
  assertCustomerMessage,
  confirmFact,
  editFact,
  FACT_TYPES,
  factChanges,
  factEvidence,
  getContactFacts,
  getFact,
  getFactsById,
  invalidateFact,
  restoreFact,
  type FactAction,
  type StoredFact,
} from '../../core/memory';
import type { Tx } from '../../core/database';
import { closedSignal } from './closed-signal';
import { dateOf } from './date-of';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, timestamp, uuid, z } from './zod';

const MOST_FACTS = 100;
/** Longer ones end behind the answer. */
const EXTRACTION_WAIT_MS = 60_000;

export const factSchema = z
  .object({
    id: uuid(),
    contact_id: uuid(),
    type: z.string(),
    text: z.string(),
    confidence: z
      .number()
      .openapi({ description: 'From evidence: claimed .4, said once .7, repeated .95, a person’s word .99' }),
    subject: z.string().openapi({ description: '`contact`, or who or what else the fact is about' }),
    attribute: z
      .string()
      .nullable()
      .openapi({ description: 'What it gives the one value of, such as address or budget' }),
    is_claimed: z.boolean().openapi({ description: 'A right the customer claims to have: never act on it' }),
    claimed_by: z.enum(['customer', 'company']),
    confirmed_at: timestamp().nullable(),
    source_message_id: uuid().nullable(),
    evidence_message_ids: z.array(uuid()),
    said_at: timestamp().openapi({ description: 'Since when it is known' }),
    valid_from: timestamp(),
    valid_to: timestamp()
      .nullable()
      .openapi({ description: 'End of what it speaks of; of a replaced fact, where its successor begins' }),
    recorded_at: timestamp(),
    expires_at: timestamp().nullable(),
    superseded_by: uuid().nullable(),
    invalidated_at: timestamp().nullable(),
  })
  .openapi('Fact');

const evidenceSchema = z
  .object({
    message_id: uuid(),
    conversation_id: uuid(),
    session_id: uuid().nullable(),
    sent_at: timestamp(),
    text: z.string().nullable(),
    quote: z.string().nullable().openapi({ description: 'The words that say it' }),
  })
  .openapi('FactEvidence');

const changeSchema = z
  .object({
    id: uuid(),
    change: z.enum(['added', 'edited', 'merged', 'superseded', 'confirmed', 'invalidated', 'restored']),
    other_fact_id: uuid().nullable(),
    actor: z.enum(['user', 'agent', 'system']),
    user_id: uuid().nullable(),
    reason: z.string().nullable(),
    created_at: timestamp(),
  })
  .openapi('FactChange');

const factTypeSchema = z.enum(FACT_TYPES);
const moment = timestamp().transform((value) => new Date(value));
const factsQuery = z.strictObject({
  types: z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(factTypeSchema))
    .optional()
    .openapi({ type: 'string', description: `Comma-separated: ${FACT_TYPES.join(', ')}` }),
  as_of: moment
    .refine((value) => value <= new Date(), 'must not lie in the future')
    .optional()
    .openapi({ type: 'string', format: 'date-time', description: 'What was known and held at this moment' }),
  limit: z.coerce.number().int().min(1).max(MOST_FACTS).default(MOST_FACTS),
});

const reason = z.string().trim().min(1).max(500).optional();
const newFactBody = z
  .object({
    type: factTypeSchema,
    text: z.string().trim().min(1).max(1_000),
    subject: z.string().trim().min(1).max(80).optional(),
    valid_from: timestamp().optional().openapi({
      description: 'Default now. In the future only for timeline, event, goal and constraint',
    }),
    valid_to: timestamp().optional(),
    reason,
  })
  .strict()
  .openapi('NewFact');
const editBody = z
  .object({
    text: z.string().trim().min(1).max(1_000),
    valid_from: timestamp().optional(),
    valid_to: timestamp().optional(),
    reason,
  })
  .strict()
  .openapi('FactEdit');
const actionBody = z.object({ reason }).strict().openapi('FactAction');

/** What a person says of a fact, new or edited. */
function wordOf(userId: string, body: z.output<typeof editBody>) {
  return {
    text: body.text,
    validFrom: dateOf(body.valid_from),
    validTo: dateOf(body.valid_to) ?? null,
    reason: body.reason ?? null,
    actor: { by: 'user', user_id: userId } as const,
  };
}

const extractionBody = z
  .object({
    message_content: z.string().min(1).optional().openapi({
      description: 'The text of the message as the caller knows it; another than the stored one is refused',
    }),
  })
  .strict()
  .openapi('FactExtraction');

export function factRoutes({ db, extractFacts }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/facts',
      tag: 'memory',
      summary: 'What is known about a contact, the surest first',
      scope: 'memory.view',
      params: idParams,
      query: factsQuery,
      response: { status: 200, description: 'The facts', body: z.object({ data: z.array(factSchema) }) },
      async handler({ caller: { tenantId }, params, query }) {
        const facts = await db.withTenant(tenantId, async (tx) => {
          await getContact(tx, tenantId, params.id);
          return getContactFacts(tx, tenantId, {
            contactId: params.id,
            limit: query.limit,
            ...(query.types ? { types: query.types } : {}),
            ...(query.as_of ? { asOf: query.as_of } : {}),
          });
        });
        return { data: facts.map(present) };
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/contacts/{id}/facts',
      tag: 'memory',
      summary: 'Add a fact on the word of the company',
      description:
        'Ends the value before of what holds one value at a time; an open fact of the same words is confirmed instead.',
      scope: 'memory.manage',
      params: idParams,
      body: newFactBody,
      response: { status: 201, description: 'The fact', body: factSchema },
      handler: async ({ caller: { tenantId, userId }, params, body }) =>
        present(
          await db.withTenant(tenantId, (tx) =>
            addFact(tx, tenantId, {
              ...wordOf(userId, body),
              contactId: params.id,
              type: body.type,
              subject: body.subject,
            }),
          ),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/messages/{id}/facts',
      tag: 'memory',
      summary: 'Read a message of a customer for facts, and wait for them',
      description:
        'After a minute the answer is `TIMEOUT`; the work goes on, and the facts of the contact show its result.',
      scope: 'memory.manage',
      params: idParams,
      body: extractionBody,
      response: { status: 200, description: 'The facts', body: z.object({ data: z.array(factSchema) }) },
      async handler({ caller: { tenantId }, params: { id: messageId }, body, response }) {
        await db.withTenant(tenantId, (tx) => assertCustomerMessage(tx, tenantId, messageId));
        const factIds = await extractFacts({
          ...{ tenantId, messageId, content: body.message_content ?? null },
          ...{ timeoutMs: EXTRACTION_WAIT_MS, signal: closedSignal(response) },
        });
        const facts = await db.withTenant(tenantId, (tx) => getFactsById(tx, tenantId, factIds));
        return { data: facts.map(present) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/memory/facts/{id}',
      tag: 'memory',
      summary: 'Read a fact, whether or not it still holds',
      scope: 'memory.view',
      params: idParams,
      response: { status: 200, description: 'The fact', body: factSchema },
      handler: async ({ caller: { tenantId }, params }) =>
        present(await db.withTenant(tenantId, (tx) => getFact(tx, tenantId, params.id))),
    }),
    route({
      method: 'get',
      path: '/api/v1/memory/facts/{id}/evidence',
      tag: 'memory',
      summary: 'Why a fact is known: the messages that say it',
      scope: 'memory.view',
      params: idParams,
      response: { status: 200, description: 'The messages', body: z.object({ data: z.array(evidenceSchema) }) },
      async handler({ caller: { tenantId }, params }) {
        const evidence = await db.withTenant(tenantId, (tx) => factEvidence(tx, tenantId, params.id));
        return { data: evidence.map(present) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/memory/facts/{id}/changes',
      tag: 'memory',
      summary: 'The history of a fact: who changed it, when and why; the latest first',
      scope: 'memory.view',
      params: idParams,
      response: { status: 200, description: 'The changes', body: z.object({ data: z.array(changeSchema) }) },
      async handler({ caller: { tenantId }, params }) {
        const changes = await db.withTenant(tenantId, async (tx) => {
          await getFact(tx, tenantId, params.id);
          return factChanges(tx, tenantId, params.id);
        });
        return { data: changes.map(present) };
      },
    }),
    route({
      method: 'patch',
      path: '/api/v1/memory/facts/{id}',
      tag: 'memory',
      summary: 'Edit a fact: a new version replaces it',
      description:
        'Answers the new version, which has an id of its own. The old one stays readable and ends where it begins.',
      scope: 'memory.manage',
      params: idParams,
      body: editBody,
      response: { status: 200, description: 'The new version', body: factSchema },
      handler: async ({ caller: { tenantId, userId }, params, body }) =>
        present(
          await db.withTenant(tenantId, (tx) => editFact(tx, tenantId, { ...wordOf(userId, body), factId: params.id })),
        ),
    }),
    ...(
      [
        ['confirm', 'Vouch for a fact: it is no claim any more', confirmFact],
        ['invalidate', 'Stop using a fact; it is kept', invalidateFact],
        ['restore', 'Make an invalidated or replaced fact hold again', restoreFact],
      ] as const
    ).map(([verb, summary, act]) => actionRoute(db, { verb, summary, act })),
  ];
}

function actionRoute(
  db: EdgeDeps['db'],
  {
    verb,
    summary,
    act,
  }: { verb: string; summary: string; act: (tx: Tx, tenantId: string, action: FactAction) => Promise<StoredFact> },
): Route {
  return route({
    method: 'post',
    path: `/api/v1/memory/facts/{id}/${verb}`,
    tag: 'memory',
    summary,
    scope: 'memory.manage',
    params: idParams,
    body: actionBody,
    response: { status: 200, description: 'The fact', body: factSchema },
    handler: async ({ caller: { tenantId, userId }, params, body }) => {
      const action = {
        factId: params.id,
        reason: body.reason ?? null,
        actor: { by: 'user', user_id: userId } as const,
      };
      return present(await db.withTenant(tenantId, (tx) => act(tx, tenantId, action)));
    },
  });
}
