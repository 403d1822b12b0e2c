import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { createJsonClient, type JsonClient } from './json-client';

/** Far more than the demo makes of anything, and the most that one page holds. */
const PAGE = 'limit=100';

const pageOf = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item) });

const messageSchema = z.object({
  id: z.string(),
  conversation_id: z.string(),
  contact_id: z.string(),
  channel_message_id: z.string().nullable(),
  from_me: z.boolean(),
  text: z.string().nullable(),
  status: z.string(),
  failure_reason: z.string().nullable(),
  group_id: z.string().nullable(),
});

const enrichmentSchema = z.object({
  id: z.string(),
  message_id: z.string().nullable(),
  workflow_id: z.string(),
  status: z.string(),
  provider: z.string().nullable(),
  extracted_text: z.string().nullable(),
  cost_micros: z.number(),
  processing_time_ms: z.number().nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
});

const factSchema = z.object({
  id: z.string(),
  type: z.string(),
  text: z.string(),
  confidence: z.number(),
  source_message_id: z.string(),
});

const legSchema = z.object({ leg: z.string(), rank: z.number(), score: z.number() });

const contextSchema = z.object({
  memories: z
    .array(
      z.object({
        content: z.string(),
        score: z.number(),
        source: z.string(),
        sourceId: z.string(),
        legs: z.array(legSchema),
      }),
    )
    .default([]),
  degraded: z.array(z.string()).default([]),
});

const recordSchema = z.object({
  id: z.string(),
  group_id: z.string(),
  agent: z.string(),
  intent: z.string(),
  intent_confidence: z.number(),
  memory_query: z.string().nullable(),
  context: contextSchema,
  provider: z.string().nullable(),
  model: z.string().nullable(),
  outcome: z.string().nullable(),
  outcome_reason: z.string().nullable(),
  workflow_id: z.string(),
  run_id: z.string(),
  finished_at: z.string().nullable(),
});

const wholeRecordSchema = recordSchema.extend({
  cost_micros: z.number(),
  steps: z.array(z.object({ kind: z.string(), tool: z.string().nullable(), input: z.unknown(), status: z.string() })),
});

const searchSchema = z.object({
  results: z.array(
    z.object({
      content: z.string(),
      score: z.number(),
      source: z.string(),
      source_id: z.string(),
      legs: z.array(legSchema),
    }),
  ),
  degraded: z.array(z.string()),
});

const costsSchema = z.object({
  total: z.object({ calls: z.number(), settled_micros: z.number(), reserved_micros: z.number() }),
  data: z.array(z.object({ key: z.string().nullable(), calls: z.number(), settled_micros: z.number() })),
});

const channelSchema = z.object({
  id: z.string(),
  webhook_url: z.string(),
  webhook_secret: z.string().optional(),
  status: z.string(),
});

export type Message = z.output<typeof messageSchema>;
export type Enrichment = z.output<typeof enrichmentSchema>;
export type Fact = z.output<typeof factSchema>;
export type DecisionRecord = z.output<typeof wholeRecordSchema>;
export type MemorySearch = z.output<typeof searchSchema>;
export type CostSummary = z.output<typeof costsSchema>;

/** Signs up a tenant of its own. */
export async function signUp(url: string, signal: AbortSignal): Promise<{ tenantId: string; api: JsonClient }> {
  const account = await createJsonClient(url, { signal }).post(
    '/api/v1/auth/register',
    {
      name: 'Ana Souza',
      email: `demo-${randomBytes(4).toString('hex')}@example.com`,
      password: randomBytes(18).toString('base64url'),
      project_name: 'Loja Aurora',
    },
    z.object({ project_id: z.string(), api_key: z.string() }),
  );
  return { tenantId: account.project_id, api: createJsonClient(url, { signal, apiKey: account.api_key }) };
}

/** Makes a WhatsApp channel and switches it on. */
export async function createChannel(
  api: JsonClient,
  { wahaUrl, session, debounceMs }: { wahaUrl: string; session: string; debounceMs: number },
): Promise<{ webhookUrl: string; webhookSecret: string }> {
  const made = await api.post(
    '/api/v1/channels',
    {
      name: 'WhatsApp da Loja Aurora',
      type: 'waha',
      debounce_timeout_ms: debounceMs,
      waha_config: { base_url: wahaUrl, api_key: 'simulated', session_id: session },
    },
    channelSchema,
  );
  const { webhook_url: webhookUrl } = await api.post(`/api/v1/channels/${made.id}/activate`, {}, channelSchema);
  return { webhookUrl, webhookSecret: made.webhook_secret ?? '' };
}

/** Oldest first. */
export async function listMessages(api: JsonClient): Promise<Message[]> {
  return (await api.get(`/api/v1/messages?${PAGE}`, pageOf(messageSchema))).data.reverse();
}

export async function listEnrichments(api: JsonClient): Promise<Enrichment[]> {
  return (await api.get(`/api/v1/enrichments?${PAGE}`, pageOf(enrichmentSchema))).data;
}

export async function listFacts(api: JsonClient, contactId: string): Promise<Fact[]> {
  return (await api.get(`/api/v1/contacts/${contactId}/facts?${PAGE}`, pageOf(factSchema))).data;
}

/** Records of finished turns with steps and costs, oldest first. */
export async function listDecisions(api: JsonClient, known: ReadonlySet<string>): Promise<DecisionRecord[]> {
  const { data } = await api.get(`/api/v1/decision-records?${PAGE}`, pageOf(recordSchema));
  const fresh = data.filter(({ id, finished_at }) => finished_at !== null && !known.has(id)).reverse();
  return Promise.all(fresh.map(({ id }) => api.get(`/api/v1/decision-records/${id}`, wholeRecordSchema)));
}

export function searchMemory(api: JsonClient, query: string, contactId: string): Promise<MemorySearch> {
  return api.post('/api/v1/memory/search', { query, contact_id: contactId, top_k: 5 }, searchSchema);
}

export function readCosts(api: JsonClient, groupBy: 'provider' | 'model' | 'day'): Promise<CostSummary> {
  return api.get(`/api/v1/costs/summary?group_by=${groupBy}&${PAGE}`, costsSchema);
}

/** Gives a conversation that an agent handed over back to the agents, as an operator would. */
export async function handBack(api: JsonClient, conversationId: string): Promise<void> {
  const body = { reason: 'The demo plays the person of the team' };
  await api.post(`/api/v1/conversations/${conversationId}/hand-back`, body, z.unknown());
}
