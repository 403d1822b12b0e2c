import type { Database } from '../../core/database';
import { withinDeadline, type Deadline } from '../../core/memory';

/** The database for one call: whatever runs in it ends with the call's deadline, also on the server. */
export function databaseWithin(db: Database, deadline: Deadline): Database {
  return { ...db, withTenant: (tenantId, work) => withinDeadline(db, tenantId, deadline, work) };
}
