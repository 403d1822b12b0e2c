import { createHash, randomBytes } from 'node:crypto';
import { sqlFile, type Database, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { scopesOfRole, type MemberRole } from './roles';
import { isScope, type Scope } from './scopes';

const KEY_FORM = /^vk_[0-9a-f]{64}$/;
/** `vk_` and eight digits: enough for a person to tell keys apart, useless to guess the other 56. */
const PREFIX_LENGTH = 11;

export interface ApiKeyIdentity {
  tenantId: string;
  keyId: string;
  userId: string;
  scopes: Scope[];
}

/** An API key as people see it. The key itself is shown once, at creation. */
export interface ApiKeyView {
  id: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  createdAt: Date;
}

function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/**
 * Writes a new key in the caller's transaction (tenant or system).
 *
 * @returns the key itself, which exists nowhere else afterwards, and its view.
 */
export async function createApiKey(
  tx: Tx,
  input: { tenantId: string; userId: string; name: string; scopes: readonly Scope[] },
): Promise<{ key: string; view: ApiKeyView }> {
  const key = `vk_${randomBytes(32).toString('hex')}`;
  const row = await tx.apiKey.create({
    data: {
      id: newId(),
      tenantId: input.tenantId,
      userId: input.userId,
      name: input.name,
      prefix: key.slice(0, PREFIX_LENGTH),
      keyHash: hashKey(key),
      scopes: [...input.scopes],
    },
  });
  return { key, view: toView(row) };
}

interface AuthenticatedRow {
  keyId: string;
  tenantId: string;
  userId: string;
  scopes: string[];
  role: MemberRole;
  lastUseIsOld: boolean;
}

/**
 * Whose key this is, or null if it is no key of ours, is revoked, its project is switched off, or its user works there no more.
 * It may do what it was made for and the role of its user allows.
 *
 * `last_used_at` is written at most once a minute and after the answer: a failure to write it is told to
 * `onLastUsedError` and never fails the request.
 */
export async function authenticateApiKey(
  db: Database,
  key: string,
  onLastUsedError: (error: unknown) => void = () => undefined,
): Promise<ApiKeyIdentity | null> {
  if (!KEY_FORM.test(key)) return null;
  const [row] = await db.withSystem(
    (tx) => tx.$queryRawUnsafe<AuthenticatedRow[]>(sqlFile('core/accounts/sql/authenticate_api_key.sql'), hashKey(key)),
    { isReadOnly: true },
  );
  if (!row) return null;
  if (row.lastUseIsOld) {
    db.withSystem((tx) => tx.$executeRawUnsafe(sqlFile('core/accounts/sql/touch_api_key.sql'), row.keyId)).catch(
      onLastUsedError,
    );
  }
  const { tenantId, keyId, userId, role } = row;
  return { tenantId, keyId, userId, scopes: bounded(row.scopes, role) };
}

function bounded(scopes: string[], role: MemberRole): Scope[] {
  const allowed = scopesOfRole(role);
  return scopes.filter(isScope).filter((scope) => allowed.includes(scope));
}

/** Whether a key that was accepted before still is, for this scope. */
export async function isKeyInForce(
  tx: Tx,
  { tenantId, keyId, scope }: { tenantId: string; keyId: string; scope: Scope },
): Promise<boolean> {
  const sql = sqlFile('core/accounts/sql/key_in_force.sql');
  const [key] = await tx.$queryRawUnsafe<Pick<AuthenticatedRow, 'scopes' | 'role'>[]>(sql, tenantId, keyId);
  return key !== undefined && bounded(key.scopes, key.role).includes(scope);
}

/**
 * Switches a key off at once. Revoking twice is the same as once.
 *
 * @throws AppError NOT_FOUND
 */
export async function revokeApiKey(tx: Tx, input: { tenantId: string; keyId: string }): Promise<ApiKeyView> {
  await tx.apiKey.updateMany({
    where: { id: input.keyId, tenantId: input.tenantId, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  const row = await tx.apiKey.findFirst({ where: { id: input.keyId, tenantId: input.tenantId } });
  if (!row) throw new AppError('NOT_FOUND', 'There is no API key with this id');
  return toView(row);
}

/** One page of the keys of a tenant, newest first. `after` is the id of the last key of the page before. */
export async function listApiKeys(
  tx: Tx,
  input: { tenantId: string; limit: number; after?: string },
): Promise<ApiKeyView[]> {
  const rows = await tx.apiKey.findMany({
    where: { tenantId: input.tenantId, ...(input.after ? { id: { lt: input.after } } : {}) },
    // Ids are ordered by time.
    orderBy: { id: 'desc' },
    take: input.limit,
  });
  return rows.map(toView);
}

type ApiKeyRow = Awaited<ReturnType<Tx['apiKey']['create']>>;

function toView(row: ApiKeyRow): ApiKeyView {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes.filter(isScope),
    lastUsedAt: row.lastUsedAt,
    revokedAt: row.revokedAt,
    createdAt: row.createdAt,
  };
}
