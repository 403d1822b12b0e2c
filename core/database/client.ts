import { PrismaPg } from '@prisma/adapter-pg';
import { AppError } from '../errors';
import { isUuid } from '../ids';
import { createLeasingPool, type SqlTx } from './direct-sql';
import { createDatabaseGuard } from './guard';
import { PrismaClient, type Prisma } from './generated/client';

/** A transaction that sees the rows of one tenant (or, from `withSystem`, of the few tables the system role may read). */
export type Tx = Prisma.TransactionClient;

export interface Database {
  /**
   * Runs `work` in one transaction as the application role with row security set to this tenant.
   * Inside, use only `tx`: the embedded database has one connection underneath, and a second one would wait for ever.
   */
  withTenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>;
  /** The same for work that uses no models, only statements: it takes a third of the time, where statements are short. */
  withTenantSql<T>(tenantId: string, work: (tx: SqlTx) => Promise<T>, options?: SqlTxOptions): Promise<T>;
  /** Runs `work` as the system role: sign-up, API keys, channels by webhook id, the outbox. Nothing else is visible. */
  withSystem<T>(work: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>;
  withSystemSql<T>(work: (tx: SqlTx) => Promise<T>, options?: TxOptions): Promise<T>;
  /** True if a trivial query answers within `timeoutMs`. */
  isHealthy(timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface TxOptions {
  /** The transaction is rolled back after this time. Also the limit of each statement on the server. */
  timeoutMs?: number;
}

export interface SqlTxOptions extends TxOptions {
  /**
   * Every statement of the transaction is planned once a connection, whatever its parameters. For large prepared statements, where
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
  const leasing = createLeasingPool({
    preparedStatements,
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: waitMs,
  });
  const guard = createDatabaseGuard();
  const prisma = new PrismaClient({ adapter: new PrismaPg(leasing.pool, { disposeExternalPool: true }) });

  function run<T>(role: string, tenantId: string, work: (tx: Tx) => Promise<T>, options: TxOptions): Promise<T> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const longestWaitMs = Math.min(timeoutMs, waitMs);
    const waitEndsAt = performance.now() + longestWaitMs;
    return guard(longestWaitMs, () =>
      leasing.run({ tenantId, role, statementTimeoutMs: timeoutMs }, (direct) =>
        prisma.$transaction((prismaTx) => work(direct(prismaTx)), {
          timeout: timeoutMs,
          maxWait: Math.max(1, Math.ceil(waitEndsAt - performance.now())),
        }),
      ),
    );
  }

  function runSql<T>(
    role: string,
    tenantId: string,
    work: (tx: SqlTx) => Promise<T>,
    options: SqlTxOptions,
  ): Promise<T> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const longestWaitMs = Math.min(timeoutMs, waitMs);
    const waitEndsAt = performance.now() + longestWaitMs;
    // Without prepared statements a plan is used once.
    const genericPlans = preparedStatements && options.genericPlans === true;
    const { isReadOnly = false } = options;
    return guard(longestWaitMs, () =>
      leasing.runSql({ tenantId, role, statementTimeoutMs: timeoutMs, genericPlans, isReadOnly }, work, {
        timeoutMs,
        maxWaitMs: Math.max(1, waitEndsAt - performance.now()),
      }),
    );
  }

  return {
    withTenant(tenantId, work, options = {}) {
      return run('ventros_app', known(tenantId), work, options);
    },
    withTenantSql(tenantId, work, options = {}) {
      return runSql('ventros_app', known(tenantId), work, options);
    },
    withSystem: (work, options = {}) => run('ventros_system', '', work, options),
    withSystemSql: (work, options = {}) => runSql('ventros_system', '', work, options),
    async isHealthy(timeoutMs) {
      const timer = new Promise<false>((resolve) => setTimeout(resolve, timeoutMs, false).unref());
      const query = prisma.$queryRaw`select 1`.then(
        () => true,
        () => false,
      );
      return Promise.race([query, timer]);
    },
    close: () => prisma.$disconnect(),
  };
}

function known(tenantId: string): string {
  if (!isUuid(tenantId)) throw new AppError('INTERNAL_ERROR', 'withTenant needs the id of a tenant');
  return tenantId;
}
