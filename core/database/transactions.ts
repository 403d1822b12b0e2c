import { escapeLiteral, Pool, types, type PoolClient, type PoolConfig } from 'pg';
import { AppError } from '../errors';
import type { Statement, Tx } from './client';
import { TransactionTimeout } from './failures';
import { GatheringSocket } from './gathering-socket';
import { createModels } from './models';
import { createRawStatements } from './raw-statements';

/** Who a transaction is. */
export interface TransactionScope {
  /** Empty for the system role. */
  tenantId: string;
  role: string;
}

export interface TransactionLimits {
  /** From its first statement to its end; also of each statement, on the server. */
  timeoutMs: number;
  /** For a connection. */
  waitMs: number;
  /** Prepared statements keep one plan for all parameters, instead of comparing its cost with that of a plan for these. */
  genericPlans: boolean;
  /** Nothing can be written, so nobody waits for the end of the transaction. */
  isReadOnly: boolean;
}

export type TransactionsOptions = PoolConfig & {
  /** Statements that ask for it (see `PREPARED`) are parsed and planned once a connection. */
  preparedStatements: boolean;
};

type Rows = Record<string, unknown>[];

/**
 * The commit itself does not wait for the disk, so that others get the rows that the transaction locked before it is written.
 * Whoever changes them is behind it in the log, so nothing outlives it that was made of it. The caller hears of it when it is safe: a
 * message in the log, that changes nothing, is committed as the server is set to, and takes with it all that was logged before.
 */
const COMMIT_THEN_FLUSH = "commit; select pg_logical_emit_message(true, 'ventros', '')";

const INT8 = 20;
const DATE = 1082;

/** As Prisma reads them: eight-byte integers as bigint, days as midnight in UTC. */
const typeParsers = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8) return (value: string) => BigInt(value);
    if (oid === DATE) return (value: string) => new Date(`${value}T00:00:00Z`);
    return types.getTypeParser(oid, format);
  },
};

/**
 * Transactions of our own on pooled connections. Raw statements go straight to the connection, which costs half of what they
 * cost through Prisma's engine; Prisma joins a transaction when a model is used in it.
 */
export function createTransactions({ preparedStatements, ...config }: TransactionsOptions) {
  // Pipelined: BEGIN leaves together with the first statement.
  const pool = new Pool({ ...config, pipeline: true, types: typeParsers, stream: () => new GatheringSocket() });
  const models = createModels();
  const rawStatements = createRawStatements({ preparedStatements });
  // A connection that breaks fails the statement under way, or the next one; nobody else has to hear of it.
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));

  /**
   * Runs `work`, and then the statements that `lastOf` makes of its result, which leave in one piece with the COMMIT.
   *
   * @returns the result of `work`, and the rows of each of those statements
   */
  async function run<T>(
    scope: TransactionScope,
    limits: TransactionLimits,
    work: (tx: Tx) => Promise<T>,
    lastOf?: (result: T) => Statement[],
  ): Promise<[T, Rows[]]> {
    const client = await connect(pool, limits.waitMs);
    let isOver = false;
    // Not for the embedded database: in its one session nobody waits for a lock.
    const freesLocksFirst = preparedStatements && lastOf !== undefined;
    const begun = client.query(beginAs(scope, limits, { freesLocksFirst }));
    // Told below, and by the first statement, which fails with it.
    begun.catch(ignore);
    const connection = () => {
      if (isOver) throw new AppError('TIMEOUT', 'The transaction is over, because it took longer than it may');
      return client;
    };
    const end = async (statement: string) => {
      // From here on nobody has the connection: whoever gets it next may be another tenant.
      isOver = true;
      try {
        const ended = await client.query(statement);
        client.release();
        return [ended].flat()[0]?.command;
      } catch (error) {
        client.release(true);
        throw error;
      }
    };
    const joined = models.join(connection, limits.timeoutMs);
    let result: T;
    let last: Statement[];
    try {
      result = await within(limits.timeoutMs, work(rawStatements.over(joined.tx, connection)), () => {
        return new TransactionTimeout('TIMEOUT', `The transaction took longer than ${limits.timeoutMs} ms`);
      });
      await joined.leave();
      if (!lastOf) await begun;
      last = lastOf?.(result) ?? [];
    } catch (error) {
      const rolledBack = joined
        .leave()
        .then(() => end('rollback'))
        .catch(ignore);
      if (error instanceof TransactionTimeout) {
        // A statement that still runs ends by its own limit: who is late already does not wait for that.
        isOver = true;
        throw error;
      }
      await rolledBack;
      throw await begun.then(
        () => error,
        (first: unknown) => first,
      );
    }
    const done = last.map((statement) => rawStatements.query(client, statement));
    const committed = end(freesLocksFirst ? COMMIT_THEN_FLUSH : 'commit');
    if (limits.isReadOnly) {
      committed.catch(ignore);
      return [result, []];
    }
    const outcomes = await Promise.allSettled([begun, ...done, committed]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    if ((await committed) !== 'COMMIT')
      throw new AppError('DATABASE_ERROR', 'The transaction was rolled back, because one of its statements had failed');
    return [result, (await Promise.all(done)).map(({ rows }) => rows)];
  }

  return {
    run,
    ping: async (): Promise<void> => void (await pool.query('select 1')),
    async close(): Promise<void> {
      await models.close();
      await pool.end();
    },
  };
}

/**
 * Opens a transaction as somebody, in one round trip. All is local to the transaction: the next user of the connection
 * starts as nobody. If any of it fails, so does each statement that follows.
 */
function beginAs(
  { tenantId, role }: TransactionScope,
  { timeoutMs, genericPlans, isReadOnly }: TransactionLimits,
  { freesLocksFirst }: { freesLocksFirst: boolean },
): string {
  const settings = {
    'app.tenant_id': tenantId,
    role,
    statement_timeout: String(timeoutMs),
    ...(freesLocksFirst ? { synchronous_commit: 'off' } : {}),
    ...(genericPlans ? { plan_cache_mode: 'force_generic_plan' } : {}),
  };
  // Half of what `select set_config(…)` costs: nothing is planned, and no row is answered.
  const set = Object.entries(settings).map(([name, value]) => `set local ${name} = ${escapeLiteral(value)}`);
  return [`begin${isReadOnly ? ' read only' : ''}`, ...set].join('; ');
}

async function connect(pool: Pool, waitMs: number): Promise<PoolClient> {
  const connecting = pool.connect();
  try {
    return await within(waitMs, connecting, () => {
      return new TransactionTimeout(
        'DATABASE_ERROR',
        `No connection to the database became free within ${waitMs} ms; try again`,
      );
    });
  } catch (error) {
    // The connection that comes too late goes back.
    connecting.then((client) => client.release(), ignore);
    throw error;
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>, late: () => TransactionTimeout): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function ignore(): void {}
