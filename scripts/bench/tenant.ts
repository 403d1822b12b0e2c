import { signUp, type SignedUp } from '../../core/accounts/sign-up';
import type { Database } from '../../core/database';
import { newId } from '../../core/ids';

/** A tenant for one measurement, made by the real sign-up. */
export function newBenchTenant(db: Database): Promise<SignedUp> {
  const id = newId();
  return signUp(db, { name: 'Bench', email: `bench-${id}@example.com`, password: id, projectName: 'Bench' });
}
