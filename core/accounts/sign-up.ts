import { sqlFile, type Database, type Tx } from '../database';
import { AppError } from '../errors';
import { builtInAgentRows } from '../agents/team/load';
import { newId, SYSTEM_AGENT_IDS } from '../ids';
import { appendEvents, type OutboxEvent } from '../outbox/events';
import { createApiKey } from './api-keys';
import { hashPassword } from './password';
import { ALL_SCOPES } from './scopes';

export interface SignUpInput {
  name: string;
  email: string;
  password: string;
  projectName: string;
}

export interface SignedUp {
  userId: string;
  /** The id of the project, which is the tenant of everything in it. */
  tenantId: string;
  /** Shown this once: only its hash is stored. */
  apiKey: string;
}

/** The pipeline and the key of a new tenant, as people read them. */
const NAMES = { pipeline: 'Funil principal', apiKey: 'Chave inicial' } as const;
const PIPELINE_COLOR = '#3B82F6';

const SYSTEM_AGENT_NAMES: Record<keyof typeof SYSTEM_AGENT_IDS, string> = {
  broadcast: 'Sistema: transmissão',
  sequence: 'Sistema: sequência',
  trigger: 'Sistema: gatilho',
  webhook: 'Sistema: webhook',
  scheduled: 'Sistema: agendamento',
  test: 'Sistema: teste',
  default: 'Sistema',
};

/**
 * Creates a user and all a tenant needs to work, in one transaction: billing account, project, pipeline, API key with
 * every scope, the user's own agent, the team of AI agents and the system agents, with their events.
 *
 * @throws AppError ALREADY_EXISTS if the e-mail has an account. Nothing about that account is changed or told.
 */
export async function signUp(db: Database, input: SignUpInput): Promise<SignedUp> {
  // Outside the transaction: hashing takes a while on purpose, and must not hold a connection.
  const passwordHash = await hashPassword(input.password);

  return db.withSystem(async (tx) => {
    const userId = await insertUser(tx, { ...input, passwordHash });
    const billingAccountId = newId();
    await tx.billingAccount.create({ data: { id: billingAccountId, userId, name: input.name } });
    const tenantId = newId();
    await tx.project.create({ data: { id: tenantId, billingAccountId, name: input.projectName } });
    await tx.$queryRawUnsafe(sqlFile('core/accounts/sql/act_as_tenant.sql'), tenantId);

    const pipelineId = newId();
    await tx.pipeline.create({ data: { id: pipelineId, tenantId, name: NAMES.pipeline, color: PIPELINE_COLOR } });
    const agents = newTenantAgents({ tenantId, userId, userName: input.name });
    await tx.agent.createMany({ data: agents });
    await tx.projectMember.create({
      data: {
        id: newId(),
        tenantId,
        userId,
        agentId: agents.find(({ type }) => type === 'human')?.id ?? null,
        name: input.name,
        email: normalizeEmail(input.email),
        role: 'admin',
      },
    });
    const { key } = await createApiKey(tx, { tenantId, userId, name: NAMES.apiKey, scopes: ALL_SCOPES });

    const event = (eventType: string, data: OutboxEvent['data']): OutboxEvent => ({
      tenantId,
      aggregateType: 'project',
      aggregateId: tenantId,
      eventType,
      data,
    });
    await appendEvents(tx, [
      event('billing.account.created', { billingAccountId, userId }),
      event('project.created', { projectId: tenantId, billingAccountId }),
      event('pipeline.created', { pipelineId }),
      ...agents.map((agent) => event('agent.created', { agentId: agent.id, type: agent.type })),
    ]);
    return { userId, tenantId, apiKey: key };
  });
}

export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

async function insertUser(tx: Tx, input: { name: string; email: string; passwordHash: string }): Promise<string> {
  const [user] = await tx.$queryRawUnsafe<{ id: string }[]>(
    sqlFile('core/accounts/sql/insert_user.sql'),
    newId(),
    input.name,
    normalizeEmail(input.email),
    input.passwordHash,
  );
  if (!user) throw new AppError('ALREADY_EXISTS', 'There is an account with this e-mail already');
  return user.id;
}

function newTenantAgents({ tenantId, userId, userName }: { tenantId: string; userId: string; userName: string }) {
  const system = Object.entries(SYSTEM_AGENT_IDS).map(([kind, id]) => ({
    tenantId,
    id,
    userId: null,
    name: SYSTEM_AGENT_NAMES[kind as keyof typeof SYSTEM_AGENT_IDS],
    type: 'system',
    role: 'workflow_bot',
    config: {},
  }));
  return [
    { tenantId, id: newId(), userId, name: userName, type: 'human', role: 'admin', config: {} },
    ...builtInAgentRows(tenantId),
    ...system,
  ];
}
