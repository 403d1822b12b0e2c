import { AppError } from '../errors';
import type { Database, Tx } from './client';

/**
 * The database as it is within an open transaction: `withTenant` runs in a savepoint of it, so that work which makes a
 * transaction of its own becomes part of a larger one. Only for the tenant the transaction is of.
 */
export function nestedIn(tx: Tx, tenantId: string): Pick<Database, 'withTenant'> {
  return {
    async withTenant(ofTenant, work) {
      if (ofTenant !== tenantId) throw new AppError('INTERNAL_ERROR', 'A transaction belongs to one tenant');
      await tx.$executeRawUnsafe('savepoint nested');
      try {
        const result = await work(tx);
        await tx.$executeRawUnsafe('release savepoint nested');
        return result;
      } catch (error) {
        await tx.$executeRawUnsafe('rollback to savepoint nested');
        throw error;
      }
    },
  };
}
