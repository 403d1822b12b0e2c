import { sqlFile, type Tx } from '../../../database';
import { errorMessage } from '../../../errors';
import { isDatabaseTimeout } from '../../database-timeout';
import type { Deadline } from '../../deadline';
import type { LegHit } from '../../types';
import type { QueryTerm } from '../query-terms';
import { scopedStatement, scopeParameters, type SearchScope } from '../scope';

/** Of the edges from what the query names: to a message, on to what else it names, and to where that is said. */
const DEPTH = 3;
/** A walk that is not over by then has long left what was asked about. */
const WALKED_ROWS = 4_000;
/** Of the time that is left: the other legs must still answer when the graph does not. */
const TIME_SHARE = 0.5;

export type GraphAnswer = { hits: LegHit[]; reason?: never } | { hits: null; reason: string };

/**
 * Messages, facts and summaries connected with what the query names (codes, people, topics, offers, agents), best first: near
 * counts more than far, and what few are connected with more than what many are. Empty if the query names nothing of the
 * scope. When the walk fails or takes half of the remaining time, the reason, and the transaction goes on.
 *
 * @throws AppError TIMEOUT when the whole search is out of time
 */
export async function graphLeg(
  tx: Tx,
  scope: SearchScope,
  { text, terms, limit, deadline }: { text: string; terms: readonly QueryTerm[]; limit: number; deadline: Deadline },
): Promise<GraphAnswer> {
  const parameters = scopeParameters(scope);
  await tx.$executeRawUnsafe('savepoint graph_leg');
  await limitStatement(tx, deadline.remainingMs() * TIME_SHARE);
  try {
    const hits = await tx.$queryRawUnsafe<LegHit[]>(
      scopedStatement('graph_search', parameters),
      ...parameters,
      terms.flatMap(({ variants }) => variants),
      text,
      limit,
      DEPTH,
      WALKED_ROWS,
    );
    await limitStatement(tx, deadline.remainingMs());
    return { hits };
  } catch (error) {
    deadline.remainingMs();
    // Also undoes the limit.
    await tx.$executeRawUnsafe('rollback to savepoint graph_leg');
    const reason = isDatabaseTimeout(error) ? 'it took too long' : errorMessage(error);
    return { hits: null, reason: `the graph could not be walked: ${reason}` };
  }
}

async function limitStatement(tx: Tx, remainingMs: number): Promise<void> {
  await tx.$queryRawUnsafe(sqlFile('core/memory/sql/statement_timeout.sql'), String(Math.ceil(remainingMs)));
}
