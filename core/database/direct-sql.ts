import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { escapeLiteral, Pool, types, type PoolClient, type PoolConfig } from 'pg';
import { AppError, isAppError } from '../errors';
import { Prisma } from './generated/client';

type Tx = Prisma.TransactionClient;
/** A transaction of statements alone. */
export type SqlTx = Pick<Tx, '$queryRawUnsafe' | '$executeRawUnsafe' | '$queryRaw' | '$executeRaw'>;

/** The connection of one transaction, for as long as the transaction has it. */
interface Lease {
  client: PoolClient | null;
  /** Null once the transaction is open as somebody. */
  scope: TransactionScope | null;
}

/** Who a transaction is. */
export interface TransactionScope {
  /** Empty for the system role. */
  tenantId: string;
  role: string;
  statementTimeoutMs: number;
  /** Prepared statements keep one plan for all parameters, instead of comparing its cost with that of a plan for these. */
  genericPlans?: boolean;
  /** Nothing can be written, so nobody waits for the end of the transaction. */
  isReadOnly?: boolean;
}

/**
 * Opens a transaction as somebody, in the round trip that BEGIN takes anyway. All is local to the transaction: the next
 * user of the connection starts as nobody.
 */
function beginAs({ tenantId, role, statementTimeoutMs, genericPlans, isReadOnly }: TransactionScope): string {
  const settings = {
    'app.tenant_id': tenantId,
    role,
    statement_timeout: String(statementTimeoutMs),
    ...(genericPlans ? { plan_cache_mode: 'force_generic_plan' } : {}),
  };
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config(${escapeLiteral(name)}, ${escapeLiteral(value)}, true)`,
  );
  return `begin${isReadOnly ? ' read only' : ''}; select ${calls.join(', ')}`;
}

function isBegin(statement: unknown): statement is { text: string } {
  return typeof statement === 'object' && statement !== null && 'text' in statement && statement.text === 'BEGIN';
}

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

export type LeasingPoolOptions = PoolConfig & {
  /** Statements that ask for it (see `PREPARED`) are parsed and planned once a connection. */
  preparedStatements: boolean;
};

/**
 * The first line of a statement that gains by being planned once a connection, not at every execution: it runs often,
 * and the best plan is the same for all its parameters. It must then return the same columns for as long as a
 * connection lives.
 */
export const PREPARED = '-- Prepared: planned once a connection.\n';

/** The name a statement is prepared under, undefined for one that does not ask for it. */
function statementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    if (!text.startsWith(PREPARED)) return undefined;
    let name = names.get(text);
    if (name === undefined) {
      name = createHash('sha256').update(text).digest('hex').slice(0, 32);
      names.set(text, name);
    }
    return name;
  };
}

/**
 * Lets the raw statements of a Prisma transaction go straight to its connection: through Prisma's own engine each costs
 * more CPU than the rest of a short transaction (2.3 against 1.1 ms for three statements). Models still go through Prisma,
 * in the same transaction.
 */
export function createLeasingPool({ preparedStatements, ...config }: LeasingPoolOptions) {
  const nameOf = preparedStatements ? statementNames() : () => undefined;
  const leases = new AsyncLocalStorage<Lease>();
  const leaseOf = new WeakMap<PoolClient, Lease>();

  class LeasingPool extends Pool {
    override connect(): Promise<PoolClient>;
    override connect(callback: ConnectCallback): void;
    override connect(callback?: ConnectCallback): Promise<PoolClient> | void {
      if (callback) return super.connect(callback);
      return super.connect().then((client) => {
        const lease = leases.getStore();
        if (lease) {
          lease.client = client;
          leaseOf.set(client, lease);
        }
        return client;
      });
    }
  }

  const pool = new LeasingPool({ ...config, types: typeParsers });
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    Object.assign(client, {
      query(statement: unknown, ...rest: unknown[]) {
        const lease = leaseOf.get(client);
        if (!lease?.scope || !isBegin(statement)) return query(statement, ...rest);
        const text = beginAs(lease.scope);
        lease.scope = null;
        return query({ ...statement, text }, ...rest);
      },
    });
  });
  // A transaction that ran into its time limit has lost the connection, even if its code still runs: whoever gets the
  // connection next may be another tenant.
  pool.on('release', (_error, client) => {
    const lease = leaseOf.get(client);
    if (lease) lease.client = null;
    leaseOf.delete(client);
  });

  return {
    pool,
    /** Runs a Prisma transaction that is `scope` from its first statement on, and whose raw statements take the short way. */
    run<T>(scope: TransactionScope, transaction: (direct: (tx: Tx) => Tx) => Promise<T>): Promise<T> {
      const lease: Lease = { client: null, scope };
      return leases.run(lease, () =>
        transaction((tx) => {
          // Rather no rows than another tenant's, should Prisma ever begin in other words.
          if (lease.scope) throw new AppError('INTERNAL_ERROR', 'The transaction was not opened as its tenant');
          return withDirectSql(tx, { lease, nameOf });
        }),
      );
    },
    /**
     * The same without Prisma, for work that uses no models: its engine takes twice the CPU time of everything else in a short
     * transaction. What is not over within `timeoutMs` is rolled back.
     */
    async runSql<T>(
      scope: TransactionScope,
      work: (tx: SqlTx) => Promise<T>,
      { timeoutMs, maxWaitMs }: { timeoutMs: number; maxWaitMs: number },
    ): Promise<T> {
      const endsAt = performance.now() + timeoutMs;
      const client = await connectWithin(pool, maxWaitMs);
      const lease: Lease = { client, scope: null };
      leaseOf.set(client, lease);
      // Without a listener a connection that breaks ends the process. Its statement rejects by itself.
      let broken: Error | undefined;
      const onError = (error: Error) => void (broken = error);
      client.on('error', onError);
      const end = (how: 'commit' | 'rollback') =>
        client
          .query(how)
          .catch((lost: Error) => {
            broken = lost;
            if (how === 'commit' && !scope.isReadOnly) throw lost;
          })
          .finally(() => {
            client.off('error', onError);
            client.release(broken);
          });
      let result: T;
      try {
        await client.query(beginAs(scope));
        result = await within(Math.max(1, endsAt - performance.now()), work(directSql(lease, nameOf) as SqlTx));
      } catch (error) {
        lease.client = null;
        const rolledBack = end('rollback');
        // A statement that is still running ends by its own limit: whoever is late already does not wait for that.
        if (!isAppError(error, 'TIMEOUT')) await rolledBack;
        throw error;
      }
      lease.client = null;
      const committed = end('commit');
      if (!scope.isReadOnly) await committed;
      return result;
    },
  };
}

/** @throws AppError TIMEOUT when no connection is free in time; the one that comes later goes back. */
async function connectWithin(pool: Pool, maxWaitMs: number): Promise<PoolClient> {
  const connecting = pool.connect();
  try {
    return await within(maxWaitMs, connecting);
  } catch (error) {
    connecting.then(
      (client) => client.release(),
      () => undefined,
    );
    throw error;
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError('TIMEOUT', 'The database took longer than it may')), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

type ConnectCallback = Parameters<Pool['connect']>[0];

function withDirectSql(tx: Tx, { lease, nameOf }: { lease: Lease; nameOf: (text: string) => string | undefined }): Tx {
  const direct = directSql(lease, nameOf);
  return new Proxy(tx, {
    get: (target, name) =>
      Object.hasOwn(direct, name) ? direct[name as keyof typeof direct] : Reflect.get(target, name),
  });
}

function directSql(lease: Lease, nameOf: (text: string) => string | undefined) {
  async function query(text: string, values: readonly unknown[]) {
    if (!lease.client) throw new AppError('TIMEOUT', 'The transaction is over, because it took longer than it may');
    return lease.client.query<Record<string, unknown>>({ name: nameOf(text), text, values: [...values] });
  }
  return {
    $queryRawUnsafe: async (text: string, ...values: unknown[]) => (await query(text, values)).rows,
    $executeRawUnsafe: async (text: string, ...values: unknown[]) => (await query(text, values)).rowCount ?? 0,
    $queryRaw: async (...parts: Parameters<typeof Prisma.sql>) => {
      const { text, values } = statement(parts);
      return (await query(text, values)).rows;
    },
    $executeRaw: async (...parts: Parameters<typeof Prisma.sql>) => {
      const { text, values } = statement(parts);
      return (await query(text, values)).rowCount ?? 0;
    },
  };
}

/** Called as a template tag, or with a statement made by `Prisma.sql`. */
function statement([strings, ...values]: Parameters<typeof Prisma.sql>): Prisma.Sql {
  return strings instanceof Prisma.Sql ? strings : Prisma.sql(strings, ...values);
}
