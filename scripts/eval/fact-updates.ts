import { writeFileSync } from 'node:fs';
import type { Database } from '../../core/database';
import {
  buildFactRequest,
  factsToEmbed,
  FACT_TYPES,
  getContactFacts,
  knownFacts,
  parseFacts,
  searchMemory,
  storeFacts,
  customerMessages,
  type FactType,
} from '../../core/memory';
import { createLocalEmbeddings } from '../../core/providers/local/embeddings';
import { loadCorpus } from './corpus';
import { embedAndStore } from './embed';
import { BYSTANDERS, readCases, type UpdateCase } from './fact-updates-data';
import { withEmptyDatabase } from './with-database';

/** Within the thirty days that the shortest-lived type is used. */
const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3_600_000);
const BEFORE = daysAgo(25).toISOString();
const OLD = daysAgo(20).toISOString();
const AS_OF = daysAgo(12);
const NEW = daysAgo(5).toISOString();
const TIMEZONE = 'America/Sao_Paulo';
const EMBEDDING_TIMEOUT_MS = 60_000;

interface Statement {
  externalId: string;
  at: string;
  message: string;
  type: FactType;
  fact: string;
}

interface Outcome {
  ref: string;
  kind: UpdateCase['kind'];
  isCurrentFirst: boolean;
  isOldAsOf: boolean;
  bystanders: number;
  lost: string[];
}

/**
 * Facts that change over time, through the product's import, prompt, reading of the answer, comparison, storage and search. A
 * script plays the language model: it answers what the case says the model reads, so the figures are those of the life cycle
 * and not of any model.
 */
export async function evaluateFactUpdates({ jsonFile }: { jsonFile?: string }): Promise<object> {
  const cases = readCases();
  const embeddings = createLocalEmbeddings();
  const report = await withEmptyDatabase(async (db, database) => {
    console.error('importing the messages …');
    const corpus = await loadCorpus(db, embeddings, cases.flatMap(linesOf));
    const ids = new Map([...corpus.sources].map(([id, { externalId }]) => [externalId, id]));
    console.error(`changing ${cases.length} facts …`);
    const outcomes: Outcome[] = [];
    for (const each of cases) {
      const contactId = corpus.contactIds.get(each.ref) ?? '';
      outcomes.push(await runCase(db, { tenantId: corpus.tenantId, contactId, messageIds: ids, embeddings, each }));
    }
    return { dataset: 'fact-updates', model: 'a script', embedder: embeddings.model, database, ...figures(outcomes) };
  });
  if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

function statementsOf({ ref, language, type, old, new: changed }: UpdateCase) {
  const bystanders = BYSTANDERS[language].map(([message, kind, fact], index): Statement => ({
    externalId: `${ref}-b${index}`,
    at: BEFORE,
    message,
    type: kind,
    fact,
  }));
  return {
    bystanders,
    before: { externalId: `${ref}-old`, at: OLD, ...old, type },
    after: { externalId: `${ref}-new`, at: NEW, ...changed, type },
  };
}

function linesOf(each: UpdateCase): string[] {
  const { bystanders, before, after } = statementsOf(each);
  return [...bystanders, before, after].map(({ externalId, at, message }) =>
    JSON.stringify({
      contact: { ref: each.ref, name: each.ref },
      role: 'customer',
      text: message,
      at,
      external_id: externalId,
    }),
  );
}

interface CaseDeps {
  tenantId: string;
  contactId: string;
  messageIds: ReadonlyMap<string, string>;
  embeddings: ReturnType<typeof createLocalEmbeddings>;
  each: UpdateCase;
}

async function runCase(db: Database, deps: CaseDeps): Promise<Outcome> {
  const { tenantId, contactId, embeddings, each } = deps;
  const { bystanders, before, after } = statementsOf(each);
  for (const statement of bystanders) await learn(db, deps, statement);
  const inOrder = each.kind === 'late' ? [after, before] : [before, after];
  for (const statement of inOrder) await learn(db, deps, statement);
  await embedFacts(db, deps);
  const holding = async (asOf?: Date) =>
    (
      await db.withTenant(tenantId, (tx) => getContactFacts(tx, tenantId, { contactId, ...(asOf ? { asOf } : {}) }))
    ).map(({ text }) => text);
  const now = await holding();
  const then = await holding(AS_OF);
  const { results } = await searchMemory(db, {
    ...{ tenantId, contactId, query: each.question, topK: 5, strategy: 'hybrid', sources: ['fact'] },
    queryVector: async () => {
      const { vectors } = await embeddings.embed(
        { texts: [each.question], task: 'query' },
        { signal: AbortSignal.timeout(EMBEDDING_TIMEOUT_MS), timeoutMs: EMBEDDING_TIMEOUT_MS },
      );
      return { vector: vectors[0] ?? [], model: embeddings.model };
    },
  });
  return {
    ref: each.ref,
    kind: each.kind,
    isCurrentFirst: results[0]?.content === after.fact && now.includes(after.fact) && !now.includes(before.fact),
    isOldAsOf: then.includes(before.fact) && !then.includes(after.fact),
    bystanders: bystanders.length,
    lost: bystanders.map(({ fact }) => fact).filter((fact) => !now.includes(fact)),
  };
}

/** One message is read and its fact stored, as the activity does it with the answer of a model. */
async function learn(
  db: Database,
  { tenantId, contactId, messageIds, each }: CaseDeps,
  said: Statement,
): Promise<void> {
  const id = messageIds.get(said.externalId) ?? '';
  await db.withTenant(tenantId, async (tx) => {
    const messages = await customerMessages(tx, tenantId, { messageIds: [id] });
    const known = await knownFacts(tx, tenantId, { contactId, types: FACT_TYPES, limit: 30 });
    const open = known.filter(({ supersededBy }) => supersededBy === null);
    buildFactRequest(messages, { timezone: TIMEZONE, known: open });
    const isChange = said.externalId.endsWith('-new');
    const answer = {
      facts: [{ ...plainAnswer(said, id), ...(isChange ? proposal(each, open) : {}), ...named(each, said) }],
    };
    const parsed = parseFacts(JSON.stringify(answer), messages, { timezone: TIMEZONE, known: open });
    if (!parsed.ok || parsed.facts.length !== 1) throw new Error(`${said.externalId}: the answer was refused`);
    await storeFacts(tx, tenantId, { contactId, model: 'script', language: each.language, facts: parsed.facts });
  });
}

function plainAnswer({ type, fact, message }: Statement, messageId: string) {
  return {
    type,
    text: fact,
    confidence: 0.9,
    source_message_id: messageId,
    quote: message,
    starts_at: null,
    ends_at: null,
  };
}

function named({ kind, attribute }: UpdateCase, { externalId }: Statement) {
  const isBystander = /-b\d+$/.test(externalId);
  return kind === 'named' && !isBystander ? { attribute } : {};
}

/** `proposed`: against the fact that changed. `stray`: against the first other fact of the type, which is wrong. */
function proposal({ kind, type, old }: UpdateCase, open: readonly { type: string; text: string }[]) {
  const isTarget = ({ text }: { text: string }) => (kind === 'proposed' ? text === old.fact : text !== old.fact);
  if (kind !== 'proposed' && kind !== 'stray') return {};
  const index = open.findIndex((fact) => fact.type === type && isTarget(fact));
  return { decision: 'keep_new', known_id: index + 1 };
}

async function embedFacts(db: Database, { tenantId, contactId, embeddings }: CaseDeps): Promise<void> {
  const texts = await db.withTenant(tenantId, async (tx) => {
    const facts = await tx.memoryFact.findMany({ where: { tenantId, contactId }, select: { id: true } });
    return factsToEmbed(
      tx,
      tenantId,
      facts.map(({ id }) => id),
    );
  });
  await embedAndStore(db, embeddings, { tenantId, texts });
}

function figures(outcomes: readonly Outcome[]) {
  const share = (of: readonly Outcome[], isGood: (outcome: Outcome) => boolean) =>
    of.length === 0 ? 0 : Math.round((of.filter(isGood).length / of.length) * 10_000) / 10_000;
  const bystanders = outcomes.reduce((sum, outcome) => sum + outcome.bystanders, 0);
  const lost = outcomes.reduce((sum, outcome) => sum + outcome.lost.length, 0);
  const kinds = [...new Set(outcomes.map(({ kind }) => kind))];
  return {
    cases: outcomes.length,
    currentFirst: share(outcomes, ({ isCurrentFirst }) => isCurrentFirst),
    oldAsOf: share(outcomes, ({ isOldAsOf }) => isOldAsOf),
    bystanders,
    collateral: Math.round((lost / bystanders) * 10_000) / 10_000,
    byKind: Object.fromEntries(
      kinds.map((kind) => {
        const own = outcomes.filter((outcome) => outcome.kind === kind);
        return [
          kind,
          {
            cases: own.length,
            currentFirst: share(own, ({ isCurrentFirst }) => isCurrentFirst),
            oldAsOf: share(own, ({ isOldAsOf }) => isOldAsOf),
          },
        ];
      }),
    ),
    missed: outcomes
      .filter((o) => !o.isCurrentFirst || !o.isOldAsOf || o.lost.length > 0)
      .map(({ ref, isCurrentFirst, isOldAsOf, lost: gone }) => ({ ref, isCurrentFirst, isOldAsOf, lost: gone })),
  };
}
