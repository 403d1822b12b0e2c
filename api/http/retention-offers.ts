import {
  answerOffer,
  createOffer,
  listOffers,
  OFFER_STATUSES,
  type OfferAnswer,
} from '../../core/crm/retention-offers';
import { AppError } from '../../core/errors';
import { MAX_DISCOUNT_PERCENT_ALONE, SUPERVISOR_SCOPE } from '../../core/tools/rules';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const offerSchema = z
  .object({
    id: uuid(),
    contact_id: uuid(),
    conversation_id: uuid().nullable(),
    discount_percent: z.number().int(),
    duration_months: z.number().int(),
    reason: z.string(),
    status: z.enum(OFFER_STATUSES).openapi({ description: '`withdrawn`: a newer one took its place' }),
    created_at: timestamp(),
    answered_at: timestamp().nullable(),
  })
  .openapi('RetentionOffer');

const createBody = z
  .object({
    discount_percent: z.number().int().min(1).max(100),
    duration_months: z.number().int().min(1).max(36).default(1),
    reason: z.string().trim().min(1).max(500),
    replaces_open: z.boolean().default(false).openapi({ description: 'Withdraws the offer that is open' }),
  })
  .strict()
  .openapi('NewRetentionOffer');

export function retentionOfferRoutes({ db, paging }: EdgeDeps): Route[] {
  const answering = (path: string, answer: OfferAnswer): Route =>
    route({
      method: 'post',
      path,
      tag: 'retention offers',
      summary: answer === 'accepted' ? 'The contact takes the offer' : 'The contact does not want the offer',
      description: 'The same answer again changes nothing; of one that is closed otherwise CONFLICT.',
      scope: 'contacts.manage',
      params: idParams,
      response: { status: 200, description: 'The offer', body: offerSchema },
      handler: async ({ caller: { tenantId, userId }, params }) => {
        const actor = { by: 'user', user_id: userId } as const;
        const given = { offerId: params.id, answer, actor };
        return present(await db.withTenant(tenantId, (tx) => answerOffer(tx, tenantId, given)));
      },
    });

  return [
    route({
      method: 'get',
      path: '/api/v1/contacts/{id}/retention-offers',
      tag: 'retention offers',
      summary: 'List what a contact was offered so that it stays, newest first',
      scope: 'contacts.view',
      params: idParams,
      query: pageQuery,
      response: { status: 200, description: 'A page of offers', body: pageOf(offerSchema) },
      handler: ({ caller: { tenantId }, params, query }) =>
        paging.answer({ tenantId, list: `retention-offers:${params.id}` }, query, (page) =>
          db.withTenant(tenantId, (tx) => listOffers(tx, tenantId, { ...page, contactId: params.id })),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/contacts/{id}/retention-offers',
      tag: 'retention offers',
      summary: 'Offer a contact a discount so that it stays',
      description:
        `One is open at a time (CONFLICT), three in 90 days are the most (INVARIANT_VIOLATION), and above ` +
        `${MAX_DISCOUNT_PERCENT_ALONE} % it takes a key with ${SUPERVISOR_SCOPE} (FORBIDDEN).`,
      scope: 'contacts.manage',
      params: idParams,
      body: createBody,
      response: { status: 201, description: 'The offer', body: offerSchema },
      handler: async ({ caller: { tenantId, userId, scopes }, params, body }) => {
        if (body.discount_percent > MAX_DISCOUNT_PERCENT_ALONE && !scopes.includes(SUPERVISOR_SCOPE)) {
          throw new AppError(
            'FORBIDDEN',
            `More than ${MAX_DISCOUNT_PERCENT_ALONE} % is for a supervisor: a key with the scope ${SUPERVISOR_SCOPE}`,
          );
        }
        const offer = {
          contactId: params.id,
          discountPercent: body.discount_percent,
          durationMonths: body.duration_months,
          reason: body.reason,
          replacesOpen: body.replaces_open,
          actor: { by: 'user', user_id: userId } as const,
        };
        return present(await db.withTenant(tenantId, (tx) => createOffer(tx, tenantId, offer)));
      },
    }),
    answering('/api/v1/retention-offers/{id}/accept', 'accepted'),
    answering('/api/v1/retention-offers/{id}/decline', 'refused'),
  ];
}
