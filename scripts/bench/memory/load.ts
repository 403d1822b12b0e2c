import { Client } from 'pg';
import { sqlFile } from '../../../core/database';
import { newId, SYSTEM_AGENT_IDS } from '../../../core/ids';
import { vectorLiteral } from '../../../core/memory';
import { below, MODEL, NOISES, TOPICS, type Random, type World } from './world';

export const MESSAGES_OF_A_CONTACT = 200;
const MESSAGES_OF_A_SESSION = 20;
const MINUTES_BETWEEN_MESSAGES = 90;
const BATCH = 2_000;

export interface LoadedMessage {
  contactId: string;
  text: string;
  topic: number;
}

export interface LoadedTenant {
  tenantId: string;
  vectors: number;
  messages: LoadedMessage[];
}

/**
 * Fills the database as its owner, without triggers and with the vector index built at the end: the same rows in a fraction
 * of the time. `say` is told how far it is.
 */
export async function loadTenants(
  url: string,
  { sizes, world, random, say }: { sizes: ReadonlyMap<string, number>; world: World; random: Random; say: Say },
): Promise<LoadedTenant[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`set session_replication_role = replica`);
    const index = await client.query<{ indexdef: string }>(
      `select indexdef from pg_indexes where indexname = 'memory_embeddings_vector_768_idx'`,
    );
    const makeIndex = index.rows[0]?.indexdef;
    if (!makeIndex) throw new Error('There is no vector index to build');
    await client.query('drop index memory_embeddings_vector_768_idx');
    await storeVectors(client, world);
    const tenants: LoadedTenant[] = [];
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    let loaded = 0;
    for (const [tenantId, size] of sizes) {
      tenants.push(await loadTenant(client, { tenantId, size, world, random }));
      loaded += size;
      say(`${loaded} of ${total} messages with their vectors`);
    }
    await client.query(sqlFile('scripts/bench/memory/sql/load_words.sql'));
    say('building the vector index');
    await client.query(`set maintenance_work_mem = '1GB'`);
    await client.query(makeIndex);
    await client.query('vacuum analyze');
    // Now, or it would be written to disk beside the first searches.
    await client.query('checkpoint');
    return tenants;
  } finally {
    await client.end();
  }
}

export type Say = (line: string) => void;

async function storeVectors(client: Client, { topics, noises }: World): Promise<void> {
  await client.query(
    'create temporary table bench_vectors (kind text, no int, vector vector(768), primary key (kind, no))',
  );
  const kinds = { topic: topics, noise: noises };
  for (const [kind, vectors] of Object.entries(kinds)) {
    await client.query(
      'insert into bench_vectors select $1, place - 1, vector::vector from unnest($2::text[]) with ordinality as v(vector, place)',
      [kind, vectors.map(vectorLiteral)],
    );
  }
}

async function loadTenant(
  client: Client,
  { tenantId, size, world, random }: { tenantId: string; size: number; world: World; random: Random },
): Promise<LoadedTenant> {
  const channelId = newId();
  const contactCount = Math.ceil(size / MESSAGES_OF_A_CONTACT);
  const contactIds = Array.from({ length: contactCount }, newId);
  const conversationIds = contactIds.map(newId);
  const sessionCount = Math.ceil(size / MESSAGES_OF_A_SESSION);
  const sessionIds = Array.from({ length: sessionCount }, newId);
  const sessionsOfAContact = MESSAGES_OF_A_CONTACT / MESSAGES_OF_A_SESSION;
  await client.query(
    `insert into channels (id, tenant_id, name, type, external_id, webhook_id, webhook_secret_encrypted, base_url,
       api_key_encrypted) values ($1, $2, 'WhatsApp', 'waha', 'default', gen_random_uuid(), 'x', 'http://127.0.0.1:1', 'x')`,
    [channelId, tenantId],
  );
  await client.query(sqlFile('scripts/bench/memory/sql/load_conversations.sql'), [
    tenantId,
    channelId,
    contactIds,
    conversationIds,
    sessionIds,
    sessionIds.map((_, session) => Math.floor(session / sessionsOfAContact) + 1),
  ]);

  const messages: LoadedMessage[] = [];
  let topic = 0;
  while (messages.length < size) {
    const first = messages.length;
    const rows = Array.from({ length: Math.min(BATCH, size - first) }, (_, offset) => {
      const place = first + offset;
      if (place % MESSAGES_OF_A_SESSION === 0) topic = below(random, TOPICS);
      const contact = Math.floor(place / MESSAGES_OF_A_CONTACT);
      return {
        contactId: contactIds[contact] ?? '',
        conversationId: conversationIds[contact],
        sessionId: sessionIds[Math.floor(place / MESSAGES_OF_A_SESSION)],
        text: world.sentence(topic),
        topic,
        fromMe: random() < 0.5,
        minutesAgo: (MESSAGES_OF_A_CONTACT - (place % MESSAGES_OF_A_CONTACT)) * MINUTES_BETWEEN_MESSAGES,
        noise: below(random, NOISES),
        otherNoise: below(random, NOISES),
      };
    });
    await client.query(sqlFile('scripts/bench/memory/sql/load_messages.sql'), [
      tenantId,
      channelId,
      MODEL,
      SYSTEM_AGENT_IDS.default,
      rows.map(newId),
      ...columns(rows, [
        'contactId',
        'conversationId',
        'sessionId',
        'text',
        'fromMe',
        'minutesAgo',
        'topic',
        'noise',
        'otherNoise',
      ]),
    ]);
    messages.push(...rows.map(({ contactId, text, topic: about }) => ({ contactId, text, topic: about })));
  }
  return { tenantId, vectors: size, messages };
}

function columns<Row>(rows: readonly Row[], names: readonly (keyof Row)[]): unknown[][] {
  return names.map((name) => rows.map((row) => row[name]));
}
