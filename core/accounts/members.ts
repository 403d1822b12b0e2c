import { agentEvent, createPerson } from '../agents/team/agents';
import { toPage, type Page, type PageRequest } from '../crm/page';
import { refuseDuplicates } from '../crm/unique';
import { lockConflict } from '../crm/versioned';
import { sqlFile, type Database, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { appendEvents, type OutboxEvent } from '../outbox/events';
import { createApiKey } from './api-keys';
import { scopesOfRole, type MemberRole } from './roles';
import type { Scope } from './scopes';
import { normalizeEmail } from './sign-up';

export interface Member {
  id: string;
  userId: string;
  /** As one of the people who answer; null for who only looks. */
  agentId: string | null;
  name: string;
  email: string;
  role: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** Who asks for a change of members: a key, and whose it is. */
export interface MemberChange {
  userId: string;
  scopes: readonly Scope[];
}

const SELECTED = {
  id: true,
  userId: true,
  agentId: true,
  name: true,
  email: true,
  role: true,
  version: true,
  createdAt: true,
  updatedAt: true,
} as const;

/** No password has this form, so nobody signs in with it. */
const NO_PASSWORD = 'none';

/** Newest first. */
export async function listMembers(tx: Tx, tenantId: string, { limit, after }: PageRequest): Promise<Page<Member>> {
  const rows = await tx.projectMember.findMany({
    where: { tenantId, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, ({ id }) => [id]);
}

/** @throws AppError NOT_FOUND */
export async function getMember(tx: Tx, tenantId: string, memberId: string): Promise<Member> {
  const member = await tx.projectMember.findFirst({ where: { tenantId, id: memberId }, select: SELECTED });
  if (!member) throw new AppError('NOT_FOUND', 'There is no member with this id');
  return member;
}

/**
 * Takes somebody into the project, with a key of their own and, unless they only look, as one of the people who answer. Whether
 * the e-mail has an account already is told to nobody, and nothing about it changes.
 *
 * @returns the member and the key, which exists nowhere else afterwards
 * @throws AppError ALREADY_EXISTS (a member, or a person of another user, has the e-mail), FORBIDDEN (the asking key does not
 * have all that the role has)
 */
export async function inviteMember(
  db: Database,
  tenantId: string,
  { by, ...given }: { name: string; email: string; role: MemberRole; by: MemberChange },
): Promise<{ member: Member; key: string }> {
  requireScopesOf(given.role, by);
  const { name, role } = given;
  const email = normalizeEmail(given.email);
  return db.withSystem(async (tx) => {
    const sql = sqlFile('core/accounts/sql/find_or_insert_user.sql');
    const [user] = await tx.$queryRawUnsafe<{ id: string }[]>(sql, newId(), name, email, NO_PASSWORD);
    if (!user) throw new AppError('CONFLICT', 'Somebody signed up with this e-mail at this moment; ask again');
    const userId = user.id;
    await tx.$queryRawUnsafe(sqlFile('core/accounts/sql/act_as_tenant.sql'), tenantId);
    const agentId = role === 'viewer' ? null : await personFor(tx, tenantId, { userId, name, email, role });
    const member = await refuseDuplicates('This e-mail is a member already', () =>
      tx.projectMember.create({
        data: { id: newId(), tenantId, userId, agentId, name, email, role },
        select: SELECTED,
      }),
    );
    await memberEvent(tx, tenantId, { member, eventType: 'project_member.invited', by, data: { role } });
    return { member, key: await issueKey(tx, tenantId, member) };
  });
}

/**
 * Another role, from the next request on. Keys keep at most what they were made with: one of a lower role needs to be renewed.
 * Who only looks is none of the people any more; the conversations they have stay with them until somebody else takes them.
 *
 * @throws AppError NOT_FOUND, OPTIMISTIC_LOCK_CONFLICT, FORBIDDEN (one's own role, or more than the asking key has),
 * INVARIANT_VIOLATION (the last administrator)
 */
export async function changeRole(
  tx: Tx,
  tenantId: string,
  { memberId, version, role, by }: { memberId: string; version: number; role: MemberRole; by: MemberChange },
): Promise<Member> {
  const before = await lockMember(tx, tenantId, memberId);
  if (before.userId === by.userId) throw new AppError('FORBIDDEN', 'Nobody changes their own role');
  requireScopesOf(role, by);
  requireScopesOf(before.role as MemberRole, by);
  if (before.version !== version) throw lockConflict('member', before.version);
  if (before.role === role) return before;
  if (role !== 'admin') await requireAnotherAdmin(tx, tenantId, before);
  if (role === 'viewer') await releasePerson(tx, tenantId, before);
  const agentId = role === 'viewer' ? null : (before.agentId ?? (await personFor(tx, tenantId, { ...before, role })));
  if (agentId !== null) await givePersonRole(tx, tenantId, { agentId, role });
  await tx.projectMember.updateMany({
    where: { tenantId, id: memberId },
    data: { role, agentId, version: { increment: 1 }, updatedAt: new Date() },
  });
  const member = await getMember(tx, tenantId, memberId);
  const data = { role, previousRole: before.role };
  await memberEvent(tx, tenantId, { member, eventType: 'project_member.role_changed', by, data });
  return member;
}

/**
 * A new key with all that the role has, instead of those the member had.
 *
 * @throws AppError NOT_FOUND, FORBIDDEN (the role has more than the asking key)
 */
export async function renewKey(
  tx: Tx,
  tenantId: string,
  { memberId, by }: { memberId: string; by: MemberChange },
): Promise<{ member: Member; key: string }> {
  const member = await lockMember(tx, tenantId, memberId);
  requireScopesOf(member.role as MemberRole, by);
  await revokeKeys(tx, tenantId, member);
  return { member, key: await issueKey(tx, tenantId, member) };
}

/**
 * Takes somebody out: their keys are revoked, and as one of the people they get no more conversations. Those they have stay
 * with them until somebody else takes them.
 *
 * @throws AppError NOT_FOUND, FORBIDDEN (oneself, or more than the asking key has), INVARIANT_VIOLATION (the last
 * administrator)
 */
export async function removeMember(
  tx: Tx,
  tenantId: string,
  { memberId, by }: { memberId: string; by: MemberChange },
): Promise<void> {
  const member = await lockMember(tx, tenantId, memberId);
  if (member.userId === by.userId) throw new AppError('FORBIDDEN', 'Nobody removes themselves');
  requireScopesOf(member.role as MemberRole, by);
  await requireAnotherAdmin(tx, tenantId, member);
  await revokeKeys(tx, tenantId, member);
  await tx.projectMember.deleteMany({ where: { tenantId, id: memberId } });
  await releasePerson(tx, tenantId, member);
  await memberEvent(tx, tenantId, { member, eventType: 'project_member.removed', by, data: { role: member.role } });
}

/** Nobody gives, or takes from, what they do not have. */
function requireScopesOf(role: MemberRole, { scopes }: MemberChange): void {
  const missing = scopesOfRole(role).filter((scope) => !scopes.includes(scope));
  if (missing.length > 0) throw new AppError('FORBIDDEN', `Your own key does not have ${missing.join(', ')}`);
}

/** The account's owner is one for ever: without anybody who may, nobody could be made one again. */
async function requireAnotherAdmin(tx: Tx, tenantId: string, member: Member): Promise<void> {
  if (member.role !== 'admin') return;
  const oldest = await tx.projectMember.findFirst({
    where: { tenantId, role: 'admin' },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select: { id: true },
  });
  if (oldest?.id === member.id)
    throw new AppError('INVARIANT_VIOLATION', 'The first administrator of the project, whose account it is, stays one');
}

/** Changes of members of one project happen one after the other. */
async function lockMember(tx: Tx, tenantId: string, memberId: string): Promise<Member> {
  await tx.$queryRaw`select id from projects where id = ${tenantId}::uuid for update`;
  return getMember(tx, tenantId, memberId);
}

/** The one who has the e-mail already and is nobody's, or a new one; on duty from now on. @throws AppError ALREADY_EXISTS */
async function personFor(
  tx: Tx,
  tenantId: string,
  { userId, name, email, role }: { userId: string; name: string; email: string; role: MemberRole },
): Promise<string> {
  const where = { tenantId, type: 'human', email, userId: null, deletedAt: null };
  const known = await tx.agent.findFirst({ where, select: { id: true, isActive: true } });
  const agentId = known?.id ?? (await createPerson(tx, tenantId, { name, email, role: personRoles(role)[0] })).id;
  await tx.agent.updateMany({ where: { tenantId, id: agentId }, data: { userId } });
  if (known) await givePersonRole(tx, tenantId, { agentId, role });
  if (known?.isActive === false) {
    await tx.agent.updateMany({
      where: { tenantId, id: agentId },
      data: { isActive: true, status: 'available', version: { increment: 1 }, updatedAt: new Date() },
    });
    await agentEvent(tx, { tenantId, agentId, eventType: 'agent.activated', data: {} });
  }
  return agentId;
}

/** What somebody of this role may be among the people, the usual one first: escalations go to supervisors. */
function personRoles(role: MemberRole): ['human_agent'] | ['supervisor', 'admin'] {
  return role === 'agent' ? ['human_agent'] : ['supervisor', 'admin'];
}

/** As one of the people, somebody is what they are as a member. */
async function givePersonRole(
  tx: Tx,
  tenantId: string,
  { agentId, role }: { agentId: string; role: MemberRole },
): Promise<void> {
  const fitting = personRoles(role);
  const { count } = await tx.agent.updateMany({
    where: { tenantId, id: agentId, role: { notIn: fitting } },
    data: { role: fitting[0], version: { increment: 1 }, updatedAt: new Date() },
  });
  if (count > 0) await agentEvent(tx, { tenantId, agentId, eventType: 'agent.updated', data: { fields: ['role'] } });
}

/** As one of the people, whoever this was gets no more conversations. */
async function releasePerson(tx: Tx, tenantId: string, { agentId }: Pick<Member, 'agentId'>): Promise<void> {
  if (agentId === null) return;
  await tx.agent.updateMany({
    where: { tenantId, id: agentId },
    data: { userId: null, isActive: false, status: 'offline', version: { increment: 1 }, updatedAt: new Date() },
  });
  await agentEvent(tx, { tenantId, agentId, eventType: 'agent.deactivated', data: {} });
}

async function issueKey(tx: Tx, tenantId: string, { userId, name, role }: Member): Promise<string> {
  const scopes = scopesOfRole(role as MemberRole);
  return (await createApiKey(tx, { tenantId, userId, name, scopes })).key;
}

async function revokeKeys(tx: Tx, tenantId: string, { userId }: Member): Promise<void> {
  await tx.apiKey.updateMany({ where: { tenantId, userId, revokedAt: null }, data: { revokedAt: new Date() } });
}

function memberEvent(
  tx: Tx,
  tenantId: string,
  of: { member: Member; eventType: string; by: MemberChange; data: OutboxEvent['data'] },
): Promise<void> {
  const { id: memberId, userId } = of.member;
  const data = { memberId, userId, ...of.data, by: 'user', user_id: of.by.userId };
  return appendEvents(tx, [
    { tenantId, aggregateType: 'project_member', aggregateId: memberId, eventType: of.eventType, data },
  ]);
}
