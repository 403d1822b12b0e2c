import { AppError } from '../errors';
import { isUuid } from '../ids';
import { createDatabaseGuard } from './guard';
import type { Prisma } from './generated/client';
import { createTransactions, type TransactionLimits, type TransactionScope } from './transactions';

/** A transaction that sees the rows of one tenant (or, from `withSystem`, of the few tables the system role may read). */
export type Tx = Prisma.TransactionClient;

/** With parameters $1, $2, …, always passed beside the text. */
export interface Statement {
  text: string;
  values: readonly unknown[];
}

export interface Database {
  /**
   * Runs `work` in one transaction as the application role with row security set to this tenant.
   * Inside, use only `tx`: the embedded database has one connection underneath, and a second one would wait for ever.
   */
  withTenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>;
  /**
   * The same, and then the statement that `lastOf` makes of the result, which leaves in one piece with the COMMIT: for one
   * that locks what many wait for, so that it is not locked for a round trip, nor until the disk has it.
   *
   * @param lastOf null for none
   * @returns the result of `work`, and the rows of that statement. Throws what the server says, with its `code`.
   */
  endWith<T, Row>(
    tenantId: string,
    work: (tx: Tx) => Promise<T>,
    lastOf: (result: T) => Statement | null,
    options?: Pick<TxOptions, 'genericPlans'>,
  ): Promise<[T, Row[]]>;
  /** Runs one such statement in a transaction of its own, in one round trip. */
  atOnce<Row>(tenantId: string, statement: Statement): Promise<Row[]>;
  /** `endWith` for several statements, of which none needs what another answers. @returns also the rows of each */
  endWithAll<T>(
    tenantId: string,
    work: (tx: Tx) => Promise<T>,
    lastOf: (result: T) => Statement[],
    options?: Pick<TxOptions, 'genericPlans'>,
  ): Promise<[T, unknown[][]]>;
  /** Runs `work` as the system role: sign-up, API keys, channels by webhook id, the outbox. Nothing else is visible. */
  withSystem<T>(work: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>;
  /** True if a trivial query answers within `timeoutMs`. */
  isHealthy(timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface TxOptions {
  /** The transaction is rolled back after this time. Also the limit of each statement on the server. */
  timeoutMs?: number;
  /**
   * Every prepared statement of the transaction is planned once a connection, whatever its parameters. For large ones, where
   * planning takes as long as running; every one must have the same best plan for all parameters.
   */
  genericPlans?: boolean;
  /** The server refuses to write, and the answer does not wait for the end of the transaction. */
  isReadOnly?: boolean;
}

/** Every database call ends within this time (domain reference, section 12). */
const DEFAULT_TIMEOUT_MS = 10_000;

export interface DatabaseOptions {
  url: string;
  maxConnections?: number;
  /** How long a transaction waits for its place and a connection, both together. Default 10 s. */
  waitMs?: number;
  /**
   * Lets frequent statements be planned once a connection. Only for a server whose sessions belong to one client each:
   * not for the embedded database, not behind a proxy that pools transactions.
   */
  preparedStatements?: boolean;
}

export function createDatabase({
  url,
  maxConnections = 10,
  waitMs = DEFAULT_TIMEOUT_MS,
  preparedStatements = false,
}: DatabaseOptions): Database {
  const transactions = createTransactions({
    preparedStatements,
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: waitMs,
  });
  const guard = createDatabaseGuard();

  function guarded<T>(options: TxOptions, work: (limits: TransactionLimits) => Promise<T>): Promise<T> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const longestWaitMs = Math.min(timeoutMs, waitMs);
    const waitEndsAt = performance.now() + longestWaitMs;
    return guard(longestWaitMs, () =>
      work({
        timeoutMs,
        waitMs: Math.max(1, Math.ceil(waitEndsAt - performance.now())),
        // Without prepared statements a plan is used once.
        genericPlans: preparedStatements && options.genericPlans === true,
        isReadOnly: options.isReadOnly === true,
      }),
    );
  }

  function scopeOf(tenantId: string): TransactionScope {
    if (!isUuid(tenantId)) throw new AppError('INTERNAL_ERROR', 'a transaction needs the id of a tenant');
    return { tenantId, role: 'ventros_app' };
  }

  async function runAs<T>(scope: TransactionScope, work: (tx: Tx) => Promise<T>, options: TxOptions): Promise<T> {
    const [result] = await guarded(options, (limits) => transactions.run(scope, limits, work));
    return result;
  }

  async function endWith<T, Row>(
    tenantId: string,
    work: (tx: Tx) => Promise<T>,
    lastOf: (result: T) => Statement | null,
    options: Pick<TxOptions, 'genericPlans'> = {},
  ): Promise<[T, Row[]]> {
    const listOf = (made: T) => {
      const last = lastOf(made);
      return last ? [last] : [];
    };
    const [result, [rows = []]] = await endWithAll(tenantId, work, listOf, options);
    return [result, rows as Row[]];
  }

  async function endWithAll<T>(
    tenantId: string,
    work: (tx: Tx) => Promise<T>,
    lastOf: (result: T) => Statement[],
    options: Pick<TxOptions, 'genericPlans'> = {},
  ): Promise<[T, unknown[][]]> {
    const scope = scopeOf(tenantId);
    return guarded(options, (limits) => transactions.run(scope, limits, work, lastOf));
  }

  return {
    withTenant: async (tenantId, work, options = {}) => runAs(scopeOf(tenantId), work, options),
    endWith,
    endWithAll,
    async atOnce<Row>(tenantId: string, statement: Statement) {
      const [, rows] = await endWith<null, Row>(
        tenantId,
        () => Promise.resolve(null),
        () => statement,
      );
      return rows;
    },
    withSystem: (work, options = {}) => runAs({ tenantId: '', role: 'ventros_system' }, work, options),
    async isHealthy(timeoutMs) {
      const timer = new Promise<false>((resolve) => setTimeout(resolve, timeoutMs, false).unref());
      const query = transactions.ping().then(
        () => true,
        () => false,
      );
      return Promise.race([query, timer]);
    },
    close: () => transactions.close(),
  };
}
