import { INTENTS } from '../../core/agents/intents/types';
import {
  createAgent,
  createPerson,
  deleteAgent,
  findPersonOf,
  getAgent,
  listAgents,
  updateAgent,
  type AgentChanges,
} from '../../core/agents/team/agents';
import { LANGUAGES, type AgentProfile } from '../../core/agents/team/types';
import {
  activateVersion,
  createVersion,
  deactivateVersions,
  deleteVersion,
  listVersions,
  profileInForce,
  requireVersion,
  type AgentVersion,
} from '../../core/agents/team/versions';
import { placeFaults } from '../../core/enrichment/check-chain';
import { AppError, isAppError } from '../../core/errors';
import { FACT_TYPES, SEARCH_STRATEGIES } from '../../core/memory';
import { PERSON_ROLES, PERSON_STATUSES } from '../../core/people/types';
import type { EdgeDeps } from './edge';
import { given } from './given';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const TYPES = ['human', 'ai', 'bot', 'channel', 'virtual', 'system'] as const;
const MAX_INSTRUCTIONS = 20_000;
const MAX_CHAIN_PLACES = 5;
const MAX_TOOLS = 60;

export const agentSchema = z
  .object({
    id: uuid(),
    key: z.string().nullable().openapi({ description: 'Names an agent of AI in records and rules' }),
    name: z.string(),
    type: z.enum(TYPES),
    role: z.string(),
    status: z.string(),
    is_active: z.boolean(),
    email: z.string().nullable(),
    skills: z.array(z.string()),
    languages: z.array(z.string()),
    priority: z.number().int(),
    max_sessions: z.number().int(),
    represents_person_name: z.string().nullable().openapi({ description: 'Of a virtual agent, as the three below' }),
    period_start: timestamp().nullable(),
    period_end: timestamp().nullable(),
    virtual_reason: z.string().nullable(),
    version: z.number().int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('Agent');

const scopeSchema = z.strictObject({
  days_back: z.number().int().min(1).max(3650),
  messages: z.number().int().min(1).max(100),
  top_k: z.number().int().min(1).max(50),
  fact_types: z.array(z.enum(FACT_TYPES)).openapi({ description: 'These come first; empty: no order' }),
});

const profileFields = {
  instructions: z.string().trim().min(1).max(MAX_INSTRUCTIONS),
  model_chain: z
    .array(z.string().min(1).max(200))
    .max(MAX_CHAIN_PLACES)
    .openapi({ description: 'Language models in order, `openai` or `openai/gpt-…`; empty: those of the project' }),
  temperature: z.number().min(0).max(2),
  max_output_tokens: z.number().int().min(64).max(16_384),
  tools: z.array(z.string().max(64)).max(MAX_TOOLS),
  memory_scope: scopeSchema,
  memory_strategy: z.enum(SEARCH_STRATEGIES).exclude(['custom']),
  priority: z.number().int().min(0).max(100),
  intents: z.array(z.enum(INTENTS)).openapi({ description: 'Whose messages it answers' }),
  languages: z.array(z.enum(LANGUAGES)).min(1),
  audience: z.enum(['customer', 'staff']),
};
const profileSchema = z.object(profileFields).openapi('AgentProfile');
const versionSchema = z
  .object({
    id: uuid().openapi({ description: 'Names it on decision records, and in a replay' }),
    number: z.number().int().openapi({ description: '0 is the profile that comes with the product' }),
    note: z.string().nullable(),
    is_active: z.boolean(),
    created_by: uuid().nullable(),
    created_at: timestamp(),
    profile: profileSchema,
  })
  .openapi('AgentVersion');
const wholeSchema = agentSchema
  .extend({
    active_version: z.number().int().nullable().openapi({ description: 'Null: it has no profile and answers nobody' }),
    profile: profileSchema.nullable(),
  })
  .openapi('WholeAgent');

const key = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,49}$/)
  .openapi({ description: 'Lower case letters, digits and _' });
const MAX_SKILLS = 50;
const personFields = {
  email: z.email().max(320),
  role: z.enum(PERSON_ROLES).exclude(['admin']),
  status: z.enum(PERSON_STATUSES).openapi({ description: 'Only who is available is chosen for a conversation' }),
  skills: z
    .array(z.string().trim().min(1).max(64))
    .max(MAX_SKILLS)
    .openapi({ description: 'The names of intents count when somebody is chosen, for example `support_billing`' }),
  languages: z.array(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/)).max(MAX_SKILLS),
  priority: z.number().int().min(0).max(100),
  max_sessions: z.number().int().min(1).max(10).openapi({ description: 'Conversations at once' }),
};
const personChanges = z.object(personFields).partial().shape;
const name = z.string().trim().min(1).max(200);
const createBody = z
  .strictObject({
    type: z.enum(['ai', 'human']).default('ai'),
    name,
    key: key.optional().openapi({ description: 'Of an agent of AI: lower case letters, digits and _' }),
    ...personChanges,
  })
  .superRefine((body, context) => {
    const needed = body.type === 'ai' ? 'key' : 'email';
    if (body[needed] === undefined)
      context.addIssue({ code: 'custom', path: [needed], message: `is needed for type ${body.type}` });
    const foreign = body.type === 'ai' ? Object.keys(personFields) : ['key'];
    for (const field of foreign.filter((one) => one in body))
      context.addIssue({ code: 'custom', path: [field], message: `does not belong to type ${body.type}` });
  })
  .openapi('NewAgent');
const updateBody = z
  .strictObject({
    name: name.optional(),
    is_active: z.boolean().optional(),
    ...personChanges,
    version: z.number().int().min(1),
  })
  .openapi('AgentChange');
const versionBody = z
  .strictObject({
    ...z.object(profileFields).partial().shape,
    note: z.string().trim().max(500).optional(),
    activate: z.boolean().default(false).openapi({ description: 'Turns that begin from now on have it' }),
  })
  .openapi('NewAgentVersion');
const versionParams = z.object({ id: uuid(), number: z.coerce.number().int().min(0) });

type VersionBody = z.output<typeof versionBody>;
type ProfileBody = z.output<typeof profileSchema>;

export function agentRoutes({ db, paging, config, prices }: EdgeDeps): Route[] {
  function refuseChain(chain: readonly string[] | undefined): void {
    const fields = placeFaults({ config, prices }, { kind: 'language', field: 'model_chain', chain: chain ?? [] });
    const [first] = fields;
    if (first) throw new AppError('VALIDATION_ERROR', `${first.field}: ${first.message}`, { fields });
  }

  const whole = (tenantId: string, agentId: string) =>
    db.withTenant(tenantId, async (tx) => {
      const agent = await getAgent(tx, tenantId, agentId);
      if (agent.type !== 'ai' || agent.key === null) return { ...present(agent), active_version: null, profile: null };
      try {
        const { number, profile } = await profileInForce(tx, tenantId, agentId);
        return { ...present(agent), active_version: number, profile: toBody(profile) };
      } catch (error) {
        if (!isAppError(error, 'NOT_FOUND')) throw error;
        return { ...present(agent), active_version: null, profile: null };
      }
    });

  return [
    route({
      method: 'get',
      path: '/api/v1/agents',
      tag: 'agents',
      summary: 'List people and agents, newest first',
      scope: 'members.view',
      query: pageQuery.extend({ type: z.enum(TYPES).optional(), status: z.enum(PERSON_STATUSES).optional() }),
      response: { status: 200, description: 'A page of agents', body: pageOf(agentSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'agents' }, query, (page) =>
          db.withTenant(tenantId, (tx) =>
            listAgents(tx, tenantId, { ...page, type: query.type, status: query.status }),
          ),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/agents',
      tag: 'agents',
      summary: 'Add a person or an agent of AI',
      description:
        'An agent of AI answers nobody before a version of it is active and names the intents it serves. A person is ' +
        'available from now on.',
      scope: 'members.manage',
      body: createBody,
      response: { status: 201, description: 'The agent', body: agentSchema },
      handler: async ({ caller: { tenantId }, body: { type, key, email, ...rest } }) =>
        present(
          await db.withTenant(tenantId, (tx) =>
            type === 'ai'
              ? createAgent(tx, tenantId, { key: key ?? '', name: rest.name })
              : createPerson(tx, tenantId, { ...toAgentChanges(rest), name: rest.name, email: email ?? '' }),
          ),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/agents/me',
      tag: 'agents',
      summary: 'The person whose key it is',
      description: 'NOT_FOUND when the user of the key is none of the people.',
      scope: 'members.view',
      response: { status: 200, description: 'The person', body: agentSchema },
      handler: async ({ caller: { tenantId, userId } }) => {
        const person = await db.withTenant(tenantId, (tx) => findPersonOf(tx, tenantId, userId));
        if (!person) throw new AppError('NOT_FOUND', 'The user of this key is none of the people');
        return present(person);
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/agents/{id}',
      tag: 'agents',
      summary: 'Read an agent with the profile that is in force',
      scope: 'members.view',
      params: idParams,
      response: { status: 200, description: 'The agent', body: wholeSchema },
      handler: ({ caller: { tenantId }, params }) => whole(tenantId, params.id),
    }),
    route({
      method: 'patch',
      path: '/api/v1/agents/{id}',
      tag: 'agents',
      summary: 'Change a person, rename an agent, or switch it on or off',
      description:
        'Switched off, it gets no more turns and ends the one it is in. Status, skills and the like are of people only.',
      scope: 'members.manage',
      params: idParams,
      body: updateBody,
      response: { status: 200, description: 'The agent', body: agentSchema },
      handler: async ({ caller: { tenantId }, params, body: { version, ...body } }) => {
        const change = { agentId: params.id, version, changes: toAgentChanges(body) };
        return present(await db.withTenant(tenantId, (tx) => updateAgent(tx, tenantId, change)));
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/agents/{id}',
      tag: 'agents',
      summary: 'Delete a person, or an agent of AI that you added',
      scope: 'members.manage',
      params: idParams,
      response: { status: 204, description: 'Deleted', body: null },
      handler: ({ caller: { tenantId }, params }) =>
        db.withTenant(tenantId, (tx) => deleteAgent(tx, tenantId, params.id)),
    }),
    route({
      method: 'get',
      path: '/api/v1/agents/{id}/versions',
      tag: 'agents',
      summary: 'List the versions of an agent, newest first',
      scope: 'members.view',
      params: idParams,
      query: pageQuery,
      response: { status: 200, description: 'A page of versions', body: pageOf(versionSchema) },
      handler: ({ caller: { tenantId }, params, query }) =>
        paging.answer({ tenantId, list: `agent-versions:${params.id}` }, query, async (page) => {
          const found = await db.withTenant(tenantId, (tx) =>
            listVersions(tx, tenantId, { ...page, agentId: params.id }),
          );
          return { ...found, items: found.items.map(withBody) };
        }),
    }),
    route({
      method: 'post',
      path: '/api/v1/agents/{id}/versions',
      tag: 'agents',
      summary: 'Add a version of an agent',
      description:
        'A version never changes. What is not given is as it is now. Unknown tools, tools that show a customer too much, ' +
        'and models without credentials or price are refused.',
      scope: 'members.manage',
      params: idParams,
      body: versionBody,
      response: { status: 201, description: 'The version', body: versionSchema },
      handler: async ({ caller: { tenantId, userId }, params, body }) => {
        refuseChain(body.model_chain);
        return presentVersion(
          await db.withTenant(tenantId, (tx) =>
            createVersion(tx, tenantId, {
              agentId: params.id,
              changes: toChanges(body),
              note: body.note ?? null,
              createdBy: userId,
              isActive: body.activate,
            }),
          ),
        );
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/agents/{id}/versions/{number}',
      tag: 'agents',
      summary: 'Read a version of an agent',
      scope: 'members.view',
      params: versionParams,
      response: { status: 200, description: 'The version', body: versionSchema },
      handler: async ({ caller: { tenantId }, params: { id: agentId, number } }) =>
        presentVersion(await db.withTenant(tenantId, (tx) => requireVersion(tx, tenantId, { agentId, number }))),
    }),
    route({
      method: 'post',
      path: '/api/v1/agents/{id}/versions/{number}/activate',
      tag: 'agents',
      summary: 'Make a version the one in force',
      description: 'Turns under way keep the one they began with. Number 0 goes back to the profile of the product.',
      scope: 'members.manage',
      params: versionParams,
      response: { status: 200, description: 'The agent', body: wholeSchema },
      handler: async ({ caller: { tenantId }, params: { id: agentId, number } }) => {
        await db.withTenant(tenantId, async (tx) => {
          if (number === 0) await deactivateVersions(tx, tenantId, agentId);
          else await activateVersion(tx, tenantId, { agentId, number });
        });
        return whole(tenantId, agentId);
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/agents/{id}/versions/{number}',
      tag: 'agents',
      summary: 'Delete a version of an agent',
      description: 'Turns that began with it end with it. Without an active version the profile of the product holds.',
      scope: 'members.manage',
      params: versionParams,
      response: { status: 204, description: 'Deleted', body: null },
      handler: ({ caller: { tenantId }, params: { id: agentId, number } }) =>
        db.withTenant(tenantId, (tx) => deleteVersion(tx, tenantId, { agentId, number })),
    }),
  ];
}

function toAgentChanges(body: Omit<z.output<typeof updateBody>, 'version'>): AgentChanges {
  const { is_active: isActive, max_sessions: maxSessions, email, ...same } = body;
  return given({ ...same, email: email?.toLowerCase(), isActive, maxSessions });
}

const presentVersion = (version: AgentVersion) => present(withBody(version));

function withBody({ id, number, note, isActive, createdBy, createdAt, profile }: AgentVersion) {
  return { id, number, note, isActive, createdBy, createdAt, profile: toBody(profile) };
}

function toBody(profile: AgentProfile): ProfileBody {
  const { daysBack, topK, factTypes, messages } = profile.memoryScope;
  return {
    instructions: profile.instructions,
    model_chain: [...profile.modelChain],
    temperature: profile.temperature,
    max_output_tokens: profile.maxOutputTokens,
    tools: [...profile.tools],
    memory_scope: { days_back: daysBack, messages, top_k: topK, fact_types: [...factTypes] },
    memory_strategy: profileFields.memory_strategy.parse(profile.memoryStrategy),
    priority: profile.priority,
    intents: [...profile.intents],
    languages: [...profile.languages],
    audience: profile.audience,
  };
}

function toChanges(body: VersionBody): Partial<AgentProfile> {
  const scope = body.memory_scope;
  const changes: { [K in keyof AgentProfile]: AgentProfile[K] | undefined } = {
    instructions: body.instructions,
    modelChain: body.model_chain,
    temperature: body.temperature,
    maxOutputTokens: body.max_output_tokens,
    tools: body.tools,
    memoryScope: scope && {
      daysBack: scope.days_back,
      messages: scope.messages,
      topK: scope.top_k,
      factTypes: scope.fact_types,
    },
    memoryStrategy: body.memory_strategy,
    priority: body.priority,
    intents: body.intents,
    languages: body.languages,
    audience: body.audience,
  };
  return given(changes);
}
