import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Command } from 'commander';
import { loadConfig } from '../core/config';
import { createLogger } from '../core/logging/logger';
import { exposeOperations } from '../core/observability/operations';
import { publishStates } from '../core/observability/provider-states';
import { createGrpcServer } from './grpc/server';
import { grpcSettings } from './grpc/settings';
import { createHttpApp } from './http/app';
import { createApiDeps } from './http/create-deps';

/** Load balancers look every second or two: they must have seen that we are not ready before we stop accepting. */
const UNREADY_NOTICE_MS = 1000;
/** Longer than the longest request (a take-over waits up to 10 s). */
const DRAIN_LIMIT_MS = 15_000;

async function run(): Promise<void> {
  const config = loadConfig();
  const logger = createLogger('api', config.LOG_LEVEL);
  const stopping = new AbortController();
  const deps = createApiDeps(config, logger, { isDraining: () => stopping.signal.aborted });
  exposeOperations(deps.db, logger);
  const publisher = publishStates({ db: deps.db, logger, role: 'api', states: deps.callPolicy.states });
  deps.callPolicy.onChange(publisher.changed);
  const http = createServer(createHttpApp(deps));
  const grpc = createGrpcServer(deps, grpcSettings(config));
  try {
    const httpPort = await listen(http, config.API_PORT, config.API_HOST);
    const grpcPort = await grpc.start(config.GRPC_HOST, config.GRPC_PORT);
    process.stdout.write(
      `${JSON.stringify({
        event: 'ready',
        http: `${config.API_HOST}:${httpPort}`,
        grpc: `${config.GRPC_HOST}:${grpcPort}`,
      })}\n`,
    );
    await signalled();
    stopping.abort();
    logger.info('shutting down');
    await sleep(UNREADY_NOTICE_MS);
  } finally {
    await Promise.all([close(http), grpc.drain()]);
    await publisher.stop();
    await deps.workflows.close();
    await deps.db.close();
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

/** Lets running requests end; connections that only wait are closed at once. */
function close(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), DRAIN_LIMIT_MS);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function fail(error: unknown): void {
  process.stderr.write(`${inspect(error)}\n`);
  process.exitCode = 1;
}

new Command('api')
  .description('Serves the REST and gRPC APIs. Settings come from the environment: docs/configuration.md.')
  .action(async () => {
    try {
      await run();
    } catch (error) {
      fail(error);
    }
  })
  .parseAsync()
  .catch(fail);
