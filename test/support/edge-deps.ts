import pino from 'pino';
import type { ApiDeps } from '../../api/deps';
import { createApiDeps } from '../../api/http/create-deps';
import { loadConfig } from '../../core/config';
import type { Database } from '../../core/database';
import { CLOSED_PORT, TEST_ENCRYPTION_KEY } from './http';

/** What the edge is made of, on a database that is open already: without keys, Temporal and log. */
export function edgeDeps(db: Database): ApiDeps {
  const config = loadConfig({
    DATABASE_URL: `postgresql://nobody@${CLOSED_PORT}/nothing`,
    TEMPORAL_ADDRESS: CLOSED_PORT,
    ENCRYPTION_KEY: TEST_ENCRYPTION_KEY,
    EMBEDDINGS_PROVIDER: 'local',
  });
  const deps = createApiDeps(config, pino({ level: 'silent' }), { isDraining: () => false });
  return { ...deps, db, tools: { ...deps.tools, db } };
}
