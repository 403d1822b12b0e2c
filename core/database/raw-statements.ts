import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Statement, Tx } from './client';
import { Prisma } from './generated/client';

/**
 * The first line of a statement that gains by being planned once a connection, not at every execution: it runs often,
 * and the best plan is the same for all its parameters. It must then return the same columns for as long as a
 * connection lives.
 */
export const PREPARED = '-- Prepared: planned once a connection.\n';

/** The raw methods of a transaction, straight on its connection. */
export function createRawStatements({ preparedStatements }: { preparedStatements: boolean }) {
  const nameOf = preparedStatements ? statementNames() : () => undefined;
  const query = (client: PoolClient, { text, values }: Statement) =>
    client.query<Record<string, unknown>>({ name: nameOf(text), text, values: [...values] });
  return {
    query,
    /** `tx` with its raw methods replaced. `connection` throws when the transaction is over. */
    over(tx: Tx, connection: () => PoolClient): Tx {
      const run = async (statement: Statement) => query(connection(), statement);
      const raw = {
        $queryRawUnsafe: async (text: string, ...values: unknown[]) => (await run({ text, values })).rows,
        $executeRawUnsafe: async (text: string, ...values: unknown[]) => (await run({ text, values })).rowCount ?? 0,
        $queryRaw: async (...parts: Parameters<typeof Prisma.sql>) => (await run(statement(parts))).rows,
        $executeRaw: async (...parts: Parameters<typeof Prisma.sql>) => (await run(statement(parts))).rowCount ?? 0,
      };
      return new Proxy(tx, {
        get: (target, name) => (Object.hasOwn(raw, name) ? raw[name as keyof typeof raw] : Reflect.get(target, name)),
      });
    },
  };
}

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

/** Called as a template tag, or with a statement made by `Prisma.sql`. */
function statement([strings, ...values]: Parameters<typeof Prisma.sql>): Prisma.Sql {
  return strings instanceof Prisma.Sql ? strings : Prisma.sql(strings, ...values);
}
