import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { credentials, loadPackageDefinition, Metadata, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const TIMEOUT_MS = 10_000;
const IMPORT_MS = 90_000;
const HISTORY = [
  ['HISTORY_ROLE_CUSTOMER', 'Oi, quero uma cozinha planejada com ilha'],
  ['HISTORY_ROLE_COMPANY', 'Que ótimo! Quanto quer investir?'],
  ['HISTORY_ROLE_CUSTOMER', 'Meu orçamento é de R$ 45.000'],
  ['HISTORY_ROLE_CUSTOMER', 'Moro em Campinas e prefiro madeira clara'],
];

const { VENTROS_GRPC, VENTROS_API_KEY, VENTROS_CA, VENTROS_CERT, VENTROS_KEY } = process.env;
if (!VENTROS_GRPC || !VENTROS_API_KEY) throw new Error('Set VENTROS_GRPC and VENTROS_API_KEY: npm start prints both');

const proto = loadSync('ventros/memory/v1/memory.proto', {
  includeDirs: [fileURLToPath(new URL('../../proto', import.meta.url))],
  keepCase: true,
  enums: String,
  defaults: true,
});
const { MemoryService } = loadPackageDefinition(proto).ventros.memory.v1;
const read = (path) => (path ? readFileSync(path) : null);
const client = new MemoryService(
  VENTROS_GRPC,
  VENTROS_CA
    ? credentials.createSsl(read(VENTROS_CA), read(VENTROS_KEY), read(VENTROS_CERT))
    : credentials.createInsecure(),
);
const metadata = new Metadata();
metadata.set('authorization', `Bearer ${VENTROS_API_KEY}`);

/** One call with a deadline, as every call should have. */
function ask(method, request) {
  return new Promise((resolve, reject) => {
    client[method](request, metadata, { deadline: Date.now() + TIMEOUT_MS }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

function importHistory() {
  return new Promise((resolve, reject) => {
    const stream = client.ImportMessages(metadata, { deadline: Date.now() + TIMEOUT_MS }, (error, answer) =>
      error ? reject(error) : resolve(answer.import),
    );
    HISTORY.forEach(([role, text], number) => {
      const message = {
        contact: { ref: 'example-node', name: 'Helena' },
        role,
        text,
        at: { seconds: Date.UTC(2026, 2, 1, 12, number) / 1000 },
        external_id: String(number),
      };
      stream.write({ message, ...(number === 0 ? { options: { fact_messages: 100 } } : {}) });
    });
    stream.end();
  });
}

async function imported({ import_id }) {
  const until = Date.now() + IMPORT_MS;
  for (;;) {
    const { import: state } = await ask('GetImport', { import_id });
    if (state.finished_at) return state;
    if (Date.now() > until) throw new Error(`The import is still ${state.status}; GetImport tells when it has ended`);
    await sleep(500);
  }
}

async function main() {
  const state = await imported(await importHistory());
  console.log(`Import ${state.status}: ${state.messages_stored} messages, ${state.facts_found} facts`);

  const { results, metadata: about } = await ask('SearchMemory', { query: 'qual é o orçamento?', top_k: 3 });
  const [best] = results;
  if (!best) throw new Error(`Found nothing: ${about.empty_reason || about.degraded_reasons.join('; ')}`);
  const legs = best.legs.map(({ leg }) => leg).join(', ');
  console.log(`Found: ${best.content} (relevance ${best.relevance.toFixed(2)}, by ${legs})`);

  const { contact_id } = best;
  const context = await ask('GetContactContext', { contact_id, query: 'cozinha', max_messages: 2 });
  const { messages, facts, memories } = context;
  console.log(`Context: ${messages.length} messages, ${facts.length} facts, ${memories.length} memories`);

  await ask('AddFact', { contact_id, fact_type: 'preference', fact_text: 'Prefere ser chamada à tarde' });
  const known = await ask('GetContactFacts', { contact_id });
  for (const fact of known.facts) {
    console.log(`Fact: ${fact.fact_type}: ${fact.fact_text} (${fact.confidence.toFixed(2)})`);
  }
}

try {
  await main();
} catch (error) {
  // A status of gRPC says what was wrong; everything else is thrown as it is.
  if (typeof error.code !== 'number') throw error;
  console.error(`${status[error.code]}: ${error.details}`);
  process.exitCode = 1;
} finally {
  client.close();
}
