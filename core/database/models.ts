import { AsyncLocalStorage } from 'node:async_hooks';
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool, type PoolClient } from 'pg';
import { AppError } from '../errors';
import type { Tx } from './client';
import { PrismaClient } from './generated/client';

/** Ours ends first: the transaction that Prisma joins has its own limit. */
const BEYOND_OURS_MS = 60_000;

/**
 * Prisma's models within transactions that are not Prisma's: it believes that it begins and commits one, on a connection that
 * has one open. Nothing of Prisma runs for a transaction that uses no model.
 */
export function createModels() {
  const guests = new AsyncLocalStorage<() => PoolClient>();
  const prisma = new PrismaClient({ adapter: new PrismaPg(new GuestPool(guests)) });

  return {
    /** `leave` lets Prisma end its part; before that it holds nothing but the right to use the connection. */
    join(connection: () => PoolClient, timeoutMs: number): { tx: Tx; leave: () => Promise<void> } {
      let guest: { tx: Promise<Tx>; leave: () => Promise<unknown> } | null = null;
      const enter = () => {
        let finish: (() => void) | undefined;
        const finished = new Promise<void>((resolve) => (finish = resolve));
        let ended: Promise<unknown> = Promise.resolve();
        const tx = new Promise<Tx>((resolve, reject) => {
          ended = guests.run(connection, () =>
            prisma
              .$transaction(
                async (joined) => {
                  resolve(joined);
                  await finished;
                },
                { timeout: timeoutMs + BEYOND_OURS_MS, maxWait: timeoutMs },
              )
              .catch(reject),
          );
        });
        return {
          tx,
          leave: () => {
            finish?.();
            return ended;
          },
        };
      };
      const methodsOf = (model: string) =>
        new Proxy(
          {},
          {
            get: (_, method: string) => async (args: unknown) => {
              guest ??= enter();
              const delegate = (await guest.tx)[model as keyof Tx] as unknown as Record<
                string,
                (args: unknown) => unknown
              >;
              return delegate[method]?.(args);
            },
          },
        );
      return {
        tx: new Proxy({} as Tx, {
          get: (_, name) =>
            typeof name === 'string' && !name.startsWith('$') && name !== 'then' ? methodsOf(name) : undefined,
        }),
        leave: async () => void (await guest?.leave()),
      };
    },
    close: () => prisma.$disconnect(),
  };
}

const DONE = { rows: [], fields: [], rowCount: 0, command: '' };

/** A pool without connections of its own: it lends the one of the transaction that is under way. */
class GuestPool extends Pool {
  constructor(private readonly guests: AsyncLocalStorage<() => PoolClient>) {
    super({ max: 0 });
  }

  override connect(): Promise<PoolClient> {
    const connection = this.guests.getStore();
    if (!connection) throw new AppError('INTERNAL_ERROR', 'A model was used outside a transaction');
    const lent = {
      query: async (statement: { text: string }) =>
        /^(BEGIN|COMMIT|ROLLBACK)$/.test(statement.text) ? DONE : connection().query(statement),
      release: () => {},
      on: () => lent,
      removeListener: () => lent,
    };
    return Promise.resolve(lent as unknown as PoolClient);
  }
}
