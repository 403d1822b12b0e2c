import { changeRole, getMember, inviteMember, listMembers, removeMember, renewKey } from '../../core/accounts/members';
import { MEMBER_ROLES } from '../../core/accounts/roles';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const role = z.enum(MEMBER_ROLES).openapi({
  description:
    'What their keys may do at most: an admin everything, a supervisor all work with customers and its records, an agent answer ' +
    'customers, a viewer look.',
});

const memberSchema = z
  .object({
    id: uuid(),
    user_id: uuid(),
    agent_id: uuid().nullable().openapi({ description: 'As one of the people who answer' }),
    name: z.string(),
    email: z.string(),
    role,
    version: z.number().int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('ProjectMember');

const withKeySchema = memberSchema
  .extend({ key: z.string().openapi({ description: 'Shown this once; only its hash is stored' }) })
  .openapi('ProjectMemberWithKey');

const inviteBody = z
  .strictObject({ name: z.string().trim().min(1).max(200), email: z.email().max(320), role })
  .openapi('NewProjectMember');
const changeBody = z.strictObject({ role, version: z.number().int().min(1) }).openapi('ProjectMemberChange');

export function projectMemberRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/project-members',
      tag: 'project members',
      summary: 'List who works in the project, newest first',
      scope: 'members.view',
      query: pageQuery,
      response: { status: 200, description: 'A page of members', body: pageOf(memberSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'project-members' }, query, (page) =>
          db.withTenant(tenantId, (tx) => listMembers(tx, tenantId, page)),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/project-members',
      tag: 'project members',
      summary: 'Take somebody into the project',
      description:
        'Answers with a key of their own, for you to pass on. Your key must have all that the role has. Unless they only look, ' +
        'they are one of the people who answer from now on.',
      scope: 'members.manage',
      body: inviteBody,
      response: { status: 201, description: 'The member', body: withKeySchema },
      handler: async ({ caller, body }) => {
        const { member, key } = await inviteMember(db, caller.tenantId, { ...body, by: caller });
        return { ...present(member), key };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/project-members/{id}',
      tag: 'project members',
      summary: 'Read a member',
      scope: 'members.view',
      params: idParams,
      response: { status: 200, description: 'The member', body: memberSchema },
      handler: async ({ caller: { tenantId }, params }) =>
        present(await db.withTenant(tenantId, (tx) => getMember(tx, tenantId, params.id))),
    }),
    route({
      method: 'patch',
      path: '/api/v1/project-members/{id}',
      tag: 'project members',
      summary: 'Give a member another role',
      description:
        'Holds from the next request on. A key keeps at most what it was made with: renew it for a higher role. Your own role, ' +
        'and that of the first administrator, do not change.',
      scope: 'members.manage',
      params: idParams,
      body: changeBody,
      response: { status: 200, description: 'The member', body: memberSchema },
      handler: async ({ caller, params, body }) => {
        const { tenantId } = caller;
        const change = { ...body, memberId: params.id, by: caller };
        return present(await db.withTenant(tenantId, (tx) => changeRole(tx, tenantId, change)));
      },
    }),
    route({
      method: 'post',
      path: '/api/v1/project-members/{id}/key',
      tag: 'project members',
      summary: 'Give a member a new key instead of those they have',
      scope: 'members.manage',
      params: idParams,
      response: { status: 201, description: 'The member', body: withKeySchema },
      handler: async ({ caller, params }) => {
        const { tenantId } = caller;
        const { member, key } = await db.withTenant(tenantId, (tx) =>
          renewKey(tx, tenantId, { memberId: params.id, by: caller }),
        );
        return { ...present(member), key };
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/project-members/{id}',
      tag: 'project members',
      summary: 'Take somebody out of the project',
      description: 'Their keys are revoked at once. The conversations they have stay theirs until somebody takes them.',
      scope: 'members.manage',
      params: idParams,
      response: { status: 204, description: 'Removed', body: null },
      handler: ({ caller, params }) =>
        db.withTenant(caller.tenantId, (tx) => removeMember(tx, caller.tenantId, { memberId: params.id, by: caller })),
    }),
  ];
}
