import { createDatabase } from '../../../core/database';
import { migrate } from '../../../core/database/migrate';
import { isAppError } from '../../../core/errors';
import { newId } from '../../../core/ids';
import { createLedger } from '../../../core/money/ledger';
import { paidCall } from '../../../core/money/paid-call';
import { loadPrices } from '../../../core/money/price-table';
import type { PaidOperation } from '../../../core/money/types';
import type { Usage } from '../../../core/providers/ports';
import { newTenant } from '../../../test/support/tenant';
import { createFreshDatabase } from '../../embedded/fresh-database';
import { outcome, type FaultCase } from '../types';

const ASKED: readonly [provider: string, model: string, operation: PaidOperation, usage: Usage][] = [
  ['vertex', 'gemini-from-tomorrow', 'vision', { inputTokens: 1_200, outputTokens: 100, images: 1 }],
  ['groq', 'whisper-from-tomorrow', 'speech', { audioSeconds: 60 }],
  ['llamaparse', 'tier-from-tomorrow', 'document', { pages: 3 }],
  ['openai', 'gpt-from-tomorrow', 'language', { inputTokens: 1_000, outputTokens: 100 }],
  ['openai', 'embedding-from-tomorrow', 'embedding', { inputTokens: 1_000 }],
  ['jina', 'reranker-from-tomorrow', 'rerank', { inputTokens: 1_000 }],
  // Listed, but not with what this call would use.
  ['openai', 'text-embedding-3-small', 'language', { inputTokens: 1_000, outputTokens: 100 }],
];

export const m3: FaultCase = {
  id: 'M3',
  title: 'Models that the price table does not know',
  promise: 'A model without a price is refused before it is called, and never taken for free.',
  async run({ databaseServerUrl, atEnd }) {
    const database = await createFreshDatabase(databaseServerUrl);
    atEnd(() => database.drop());
    await migrate(database.url);
    const db = createDatabase({ url: database.url, maxConnections: 2 });
    atEnd(() => db.close());
    const ledger = createLedger(loadPrices());
    const { tenantId } = await newTenant(db);
    let called = 0;
    let refused = 0;
    for (const [provider, model, operation, upperBound] of ASKED) {
      const reservation = { tenantId, activityKey: newId(), provider, model, operation, subject: {}, upperBound };
      try {
        await paidCall({ db, ledger }, reservation, {
          call: async () => {
            called += 1;
            return { model, usage: upperBound };
          },
          store: async () => undefined,
        });
      } catch (error) {
        if (!isAppError(error, 'PRICE_UNKNOWN')) throw error;
        refused += 1;
      }
    }
    const rows = await db.withTenant(tenantId, (tx) => tx.aiCost.count({ where: { tenantId } }));
    return outcome(
      { asked: ASKED.length, refused, called, rows },
      { 'every one refused': refused === ASKED.length, 'none called': called === 0, 'no row for free': rows === 0 },
    );
  },
};
