import type { ApiDeps } from '../deps';
import { isAppError } from '../../core/errors';
import { route, type Route } from './route';
import { z } from './zod';

/** A probe that takes longer counts as failed; orchestrators give up after a few seconds too. */
const CHECK_TIMEOUT_MS = 2000;
/** Probes come often and from many places; the workers' state does not change faster. */
const WORKERS_CACHE_MS = 2000;

const checkSchema = z.object({ ok: z.boolean(), detail: z.string().optional() });

type Check = z.input<typeof checkSchema>;

export function healthRoutes(deps: ApiDeps): Route[] {
  const workers = cached(WORKERS_CACHE_MS, () => checkWorkers(deps));
  return [
    route({
      method: 'get',
      path: '/health/live',
      tag: 'health',
      summary: 'The process answers',
      public: true,
      response: { status: 200, description: 'It does', body: z.object({ status: z.literal('ok') }) },
      handler: () => ({ status: 'ok' as const }),
    }),
    route({
      method: 'get',
      path: '/health/ready',
      tag: 'health',
      summary: 'The database answers, Temporal answers and workers poll',
      public: true,
      response: {
        status: 200,
        description: 'All parts are there',
        alsoStatuses: { 503: 'A part is missing; `missing` names it' },
        body: z.object({
          status: z.enum(['ready', 'not_ready']),
          missing: z.array(z.string()),
          checks: z.record(z.string(), checkSchema),
        }),
      },
      async handler({ response }) {
        const [database, workflows] = await Promise.all([checkDatabase(deps), workers()]);
        const checks: Record<string, Check> = { database, ...workflows };
        if (deps.isDraining()) checks['process'] = { ok: false, detail: 'it is shutting down' };
        const missing = Object.entries(checks)
          .filter(([, check]) => !check.ok)
          .map(([name]) => name);
        if (missing.length > 0) response.status(503);
        return { status: missing.length > 0 ? ('not_ready' as const) : ('ready' as const), missing, checks };
      },
    }),
  ];
}

async function checkDatabase({ db }: ApiDeps): Promise<Check> {
  return (await db.isHealthy(CHECK_TIMEOUT_MS)) ? { ok: true } : { ok: false, detail: 'the database does not answer' };
}

async function checkWorkers({ workflows }: ApiDeps): Promise<{ temporal: Check; workers: Check }> {
  try {
    const queues = await workflows.queuesWithoutWorkers(CHECK_TIMEOUT_MS);
    const workers = queues.length === 0 ? { ok: true } : { ok: false, detail: `nobody polls ${queues.join(', ')}` };
    return { temporal: { ok: true }, workers };
  } catch (error) {
    if (!isAppError(error, 'WORKFLOWS_UNAVAILABLE')) throw error;
    const detail = 'Temporal does not answer';
    return { temporal: { ok: false, detail }, workers: { ok: false, detail } };
  }
}

function cached<T>(ttlMs: number, load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | null = null;
  let loadedAtMs = 0;
  return () => {
    if (!loading || Date.now() - loadedAtMs > ttlMs) {
      loadedAtMs = Date.now();
      loading = load();
    }
    return loading;
  };
}
