import { signUp, type SignedUp } from '../../core/accounts/sign-up';
import type { Database } from '../../core/database';
import { newId } from '../../core/ids';

/** A tenant of its own for a test, made by the real sign-up: `{tenantId, apiKey, userId}`. The key has every scope. */
export function newTenant(db: Database): Promise<SignedUp> {
  const id = newId();
  return signUp(db, {
    name: 'Ana Teste',
    email: `${id}@example.com`,
    password: `senha-${id}`,
    projectName: `Loja ${id.slice(-6)}`,
  });
}
