import assert from 'node:assert/strict';
import { EXPORT_SECTIONS } from '../../core/memory/forgetting/export-contact';
import { testDatabase } from '../support/database';

/**
 * Every table that says something about a contact, and what forgetting does with it. A new table belongs here, and into
 * the steps of core/memory/forgetting/erase-contact.ts and the sections of export-contact.ts, or a reason why not.
 */
const TABLES: Record<string, 'memory' | 'everything' | { kept: string }> = {
  agent_runs: 'memory',
  ai_costs: { kept: 'amounts and no content' },
  contact_events: 'everything',
  contact_identities: { kept: 'goes when the contact is deleted' },
  contact_list_members: { kept: 'business data of the tenant' },
  contact_stages: { kept: 'business data of the tenant' },
  conversations: 'memory',
  follow_ups: 'everything',
  graph_edges: 'memory',
  memory_contacts: { kept: 'says until when the contact is forgotten' },
  memory_embeddings: 'memory',
  memory_erasures: { kept: 'the proof that it was forgotten' },
  memory_fact_changes: 'memory',
  memory_facts: 'memory',
  memory_index: 'memory',
  message_enrichments: 'memory',
  messages: 'everything',
  notes: 'everything',
  outbox_events: { kept: 'ids, which go some days after they are delivered' },
  retention_offers: 'everything',
  session_summaries: 'memory',
  sessions: { kept: 'ids, times and counts' },
  tickets: 'everything',
  tool_calls: 'memory',
};

/** Made of other tables, so they say nothing more. */
const NOT_EXPORTED = new Set(['graph_edges', 'memory_contacts', 'memory_index', 'outbox_events']);

describe('forgetting and export know every table', () => {
  const db = testDatabase();
  after(() => db.close());

  it('that names a contact', async () => {
    const rows = await db.withSystem(
      (tx) => tx.$queryRaw<{ name: string }[]>`
        select c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
        where a.attname = 'contact_id' and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`,
    );
    const names = rows.map(({ name }) => name).sort();
    assert.deepEqual(names, Object.keys(TABLES).sort());
    const missing = names.filter((name) => !NOT_EXPORTED.has(name) && !(name in EXPORT_SECTIONS));
    assert.deepEqual(missing, []);
  });
});
