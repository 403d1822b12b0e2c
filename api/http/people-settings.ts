import { faultyWindows } from '../../core/people/business-hours';
import { changePeopleSettings, readPeopleSettings } from '../../core/people/settings';
import { DOUBLE_TEXT_POLICIES, STRATEGIES, UNANSWERED_ACTIONS } from '../../core/people/types';
import type { EdgeDeps } from './edge';
import { given } from './given';
import { present } from './present';
import { route, type Route } from './route';
import { z } from './zod';

const MAX_WINDOWS = 21;
const windowSchema = z.strictObject({
  day: z.number().int().min(1).max(7).openapi({ description: '1 is Monday' }),
  from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  to: z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/),
});
const businessHours = z
  .array(windowSchema)
  .min(1)
  .max(MAX_WINDOWS)
  .superRefine((windows, context) => {
    for (const index of faultyWindows(windows))
      context.addIssue({ code: 'custom', path: [index], message: 'is shorter than 15 minutes, or overlaps another' });
  })
  .nullable()
  .openapi({
    description:
      'When people are there, in the time zone of the project; null: always. Hand-overs wait in this time only before they ' +
      'are escalated.',
  });

const settings = {
  strategy: z
    .enum(STRATEGIES)
    .openapi({ description: 'Who is asked to come when a person is needed; `manual`: nobody in particular' }),
  unanswered_minutes: z
    .number()
    .int()
    .min(1)
    .max(1440)
    .openapi({ description: 'How long a hand-over waits for an answer before it is escalated' }),
  unanswered_action: z
    .enum(UNANSWERED_ACTIONS)
    .openapi({ description: 'Another person, a supervisor, or only an event and a line on the timeline' }),
  max_reassignments: z.number().int().min(1).max(10).openapi({ description: 'After so many a supervisor is asked' }),
  double_text: z.enum(DOUBLE_TEXT_POLICIES).openapi({
    description:
      'What becomes of a message that comes while an agent answers: a turn of its own (enqueue), one turn with all that ' +
      'came (coalesce), the answer begins anew (interrupt), or it is stored and not answered (reject)',
  }),
  business_hours: businessHours,
  notify_previous: z
    .boolean()
    .openapi({ description: 'Whoever had a conversation is told when it goes to somebody else' }),
};
const settingsSchema = z.object(settings).openapi('PeopleSettings');
const changeBody = z.object(settings).partial().strict().openapi('PeopleSettingsChange');

export function peopleSettingsRoutes({ db }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/people-settings',
      tag: 'agents',
      summary: 'How conversations reach people',
      scope: 'settings.view',
      response: { status: 200, description: 'The settings', body: settingsSchema },
      handler: async ({ caller: { tenantId } }) =>
        present(await db.withTenant(tenantId, (tx) => readPeopleSettings(tx, tenantId))),
    }),
    route({
      method: 'patch',
      path: '/api/v1/people-settings',
      tag: 'agents',
      summary: 'Change how conversations reach people',
      description: 'What is not given stays. Hand-overs that wait already keep their time until it is over.',
      scope: 'settings.manage',
      body: changeBody,
      response: { status: 200, description: 'The settings', body: settingsSchema },
      handler: async ({ caller: { tenantId }, body }) => {
        const changes = given({
          strategy: body.strategy,
          unansweredMinutes: body.unanswered_minutes,
          unansweredAction: body.unanswered_action,
          maxReassignments: body.max_reassignments,
          doubleText: body.double_text,
          businessHours: body.business_hours,
          notifyPrevious: body.notify_previous,
        });
        return present(await db.withTenant(tenantId, (tx) => changePeopleSettings(tx, tenantId, changes)));
      },
    }),
  ];
}
