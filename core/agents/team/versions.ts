import type { Prisma, Tx } from '../../database';
import { AppError, type FieldError } from '../../errors';
import { newId } from '../../ids';
import { toPage, type Page, type PageRequest } from '../../crm/page';
import { toolNamed } from '../../tools/registry';
import { agentEvent, getAgent } from './agents';
import { builtInProfile } from './built-in';
import type { AgentProfile } from './types';

export interface AgentVersion {
  id: string;
  agentId: string;
  /** From 1; 0 is the profile that comes with the product. */
  number: number;
  profile: AgentProfile;
  note: string | null;
  isActive: boolean;
  createdBy: string | null;
  createdAt: Date;
}

const SELECTED = {
  id: true,
  agentId: true,
  number: true,
  profile: true,
  note: true,
  isActive: true,
  createdBy: true,
  createdAt: true,
} as const;

type Row = Omit<AgentVersion, 'profile'> & { profile: Prisma.JsonValue };

const shown = ({ profile, ...row }: Row): AgentVersion => ({ ...row, profile: profile as unknown as AgentProfile });

/** Newest first. @throws AppError NOT_FOUND */
export async function listVersions(
  tx: Tx,
  tenantId: string,
  { agentId, limit, after }: PageRequest & { agentId: string },
): Promise<Page<AgentVersion>> {
  await requireAi(tx, tenantId, agentId);
  const rows = await tx.agentVersion.findMany({
    where: { tenantId, agentId, deletedAt: null, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows.map(shown), limit, ({ id }) => [id]);
}

/**
 * The profile an agent works with now, and the number of its version. @throws AppError NOT_FOUND (also when a tenant's
 * own agent has no active version)
 */
export async function profileInForce(
  tx: Tx,
  tenantId: string,
  agentId: string,
): Promise<{ number: number; profile: AgentProfile }> {
  const { key } = await requireAi(tx, tenantId, agentId);
  const active = await tx.agentVersion.findFirst({ where: { tenantId, agentId, isActive: true }, select: SELECTED });
  if (active) return shown(active);
  const profile = builtInProfile(key);
  if (!profile) throw new AppError('NOT_FOUND', 'No version of this agent is active');
  return { number: 0, profile };
}

/**
 * Keeps a new version; it holds the whole profile, so that it stays what it is when the product's own changes. What is
 * not given is taken from the profile in force, and for an agent of the tenant's own from the general one.
 *
 * @throws AppError NOT_FOUND, VALIDATION_ERROR (a tool that does not exist, or that its audience may not have)
 */
export async function createVersion(
  tx: Tx,
  tenantId: string,
  of: {
    agentId: string;
    changes: Partial<AgentProfile>;
    note: string | null;
    createdBy: string | null;
    isActive: boolean;
  },
): Promise<AgentVersion> {
  const { agentId, note, createdBy } = of;
  const { key } = await requireAi(tx, tenantId, agentId);
  // One at a time for each agent, so that numbers do not collide.
  await tx.$queryRaw`select id from agents where tenant_id = ${tenantId}::uuid and id = ${agentId}::uuid for update`;
  const latest = await tx.agentVersion.findFirst({ where: { tenantId, agentId }, orderBy: { number: 'desc' } });
  const active = await tx.agentVersion.findFirst({ where: { tenantId, agentId, isActive: true } });
  const base = (active?.profile as unknown as AgentProfile | undefined) ?? builtInProfile(key) ?? newAgentProfile();
  const profile = { ...base, ...of.changes };
  refuseFaults(profileFaults(profile));
  const version = await tx.agentVersion.create({
    data: {
      id: newId(),
      tenantId,
      agentId,
      number: (latest?.number ?? 0) + 1,
      profile: JSON.parse(JSON.stringify(profile)),
      note,
      createdBy,
    },
    select: SELECTED,
  });
  await agentEvent(tx, {
    tenantId,
    agentId,
    eventType: 'agent.updated',
    data: { fields: Object.keys(of.changes), versionNumber: version.number },
  });
  return of.isActive ? activateVersion(tx, tenantId, { agentId, number: version.number }) : shown(version);
}

/**
 * Turns that begin from now on have this version; 0 is the profile that comes with the product.
 *
 * @throws AppError NOT_FOUND
 */
export async function activateVersion(
  tx: Tx,
  tenantId: string,
  { agentId, number }: { agentId: string; number: number },
): Promise<AgentVersion> {
  const version = await requireVersion(tx, tenantId, { agentId, number });
  await tx.agentVersion.updateMany({ where: { tenantId, agentId, isActive: true }, data: { isActive: false } });
  await tx.agentVersion.updateMany({ where: { tenantId, id: version.id }, data: { isActive: true } });
  await agentEvent(tx, { tenantId, agentId, eventType: 'agent.updated', data: { activeVersion: number } });
  return { ...version, isActive: true };
}

/** The agent has the product's profile again. One that the tenant made answers nobody then. @throws AppError NOT_FOUND */
export async function deactivateVersions(tx: Tx, tenantId: string, agentId: string): Promise<void> {
  await requireAi(tx, tenantId, agentId);
  await tx.agentVersion.updateMany({ where: { tenantId, agentId, isActive: true }, data: { isActive: false } });
  await agentEvent(tx, { tenantId, agentId, eventType: 'agent.updated', data: { activeVersion: 0 } });
}

/** Turns that began with it end with it. @throws AppError NOT_FOUND */
export async function deleteVersion(
  tx: Tx,
  tenantId: string,
  { agentId, number }: { agentId: string; number: number },
): Promise<void> {
  const { id } = await requireVersion(tx, tenantId, { agentId, number });
  await tx.agentVersion.updateMany({ where: { tenantId, id }, data: { isActive: false, deletedAt: new Date() } });
  await agentEvent(tx, { tenantId, agentId, eventType: 'agent.updated', data: { deletedVersion: number } });
}

/** @throws AppError NOT_FOUND */
export async function requireVersion(
  tx: Tx,
  tenantId: string,
  { agentId, number }: { agentId: string; number: number },
): Promise<AgentVersion> {
  await requireAi(tx, tenantId, agentId);
  const where = { tenantId, agentId, number, deletedAt: null };
  const version = await tx.agentVersion.findFirst({ where, select: SELECTED });
  if (!version) throw new AppError('NOT_FOUND', `This agent has no version ${number}`);
  return shown(version);
}

/** Only agents of AI have versions; a person's id is nothing here. @throws AppError NOT_FOUND */
async function requireAi(tx: Tx, tenantId: string, agentId: string): Promise<{ key: string }> {
  const { key, type } = await getAgent(tx, tenantId, agentId);
  if (type !== 'ai' || key === null) throw new AppError('NOT_FOUND', 'This agent is no agent of AI');
  return { key };
}

/** A new agent begins as the general one that nobody is routed to. */
function newAgentProfile(): AgentProfile {
  const general = builtInProfile('balanced');
  if (!general) throw new AppError('INTERNAL_ERROR', 'The general agent has no profile');
  return { ...general, intents: [] };
}

/** What is wrong with a profile beyond its form. */
function profileFaults({ tools, audience }: AgentProfile): FieldError[] {
  return tools.flatMap((name, index) => {
    const tool = toolNamed(name);
    const field = `tools.${index}`;
    if (!tool) return [{ field, message: `there is no tool ${name}` }];
    if (audience === 'customer' && tool.audience === 'staff')
      return [{ field, message: `${name} shows more than a customer may see` }];
    return [];
  });
}

function refuseFaults(fields: FieldError[]): void {
  const [first] = fields;
  if (first) throw new AppError('VALIDATION_ERROR', `${first.field}: ${first.message}`, { fields });
}
