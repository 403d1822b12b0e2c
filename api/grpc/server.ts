import { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import type { Config } from '../../core/config';
import { agentService, type AgentServiceDeps } from './agent-service';
import { analyticsService } from './analytics-service';
import { crmService, type CrmServiceDeps } from './crm-service';
import { AgentServiceService } from './generated/ventros/agent/v1/agent';
import { AnalyticsServiceService } from './generated/ventros/analytics/v1/analytics';
import { CrmServiceService } from './generated/ventros/crm/v1/crm';
import { MemoryServiceService } from './generated/ventros/memory/v1/memory';
import { interceptors } from './interceptors';
import { memoryService, type MemoryServiceDeps } from './memory-service';
import { createGrpcPaging } from './paging';
import { reflectedTypes } from './reflection';
import type { GrpcSettings } from './settings';
import { serverCredentials } from './tls';

export interface GrpcServer {
  /** Listens and answers SERVING. Port 0 takes a free one. Returns the port. */
  start(host: string, port: number): Promise<number>;
  /** Answers NOT_SERVING, lets running calls finish for a while, then stops. Safe to call twice. */
  drain(): Promise<void>;
}

export type GrpcServerDeps = MemoryServiceDeps &
  Omit<AgentServiceDeps & CrmServiceDeps, 'paging'> & { config: Pick<Config, 'ENCRYPTION_KEY'> };

/** By the domain's reference; vectors and transcripts are far below it. */
const MAX_MESSAGE_BYTES = 50 * 1024 * 1024;
const DRAIN_LIMIT_MS = 10_000;
const SERVICES = [
  '',
  'ventros.agent.v1.AgentService',
  'ventros.analytics.v1.AnalyticsService',
  'ventros.crm.v1.CrmService',
  'ventros.memory.v1.MemoryService',
];

/** The gRPC edge: the four services of ventros, grpc.health.v1.Health and server reflection, in plain text or with TLS. */
export function createGrpcServer(deps: GrpcServerDeps, { tls, ...limits }: GrpcSettings): GrpcServer {
  const credentials = serverCredentials(tls);
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    interceptors: interceptors(deps, limits),
  });
  const paged = { ...deps, paging: createGrpcPaging(deps.config.ENCRYPTION_KEY) };
  server.addService(AgentServiceService, agentService(paged));
  server.addService(AnalyticsServiceService, analyticsService(paged));
  server.addService(CrmServiceService, crmService(paged));
  server.addService(MemoryServiceService, memoryService(deps));

  const health = new HealthImplementation(
    Object.fromEntries(SERVICES.map((service) => [service, 'NOT_SERVING' as const])),
  );
  health.addToServer(server);
  const setHealth = (status: 'SERVING' | 'NOT_SERVING') => {
    SERVICES.forEach((service) => health.setStatus(service, status));
  };

  new ReflectionService(reflectedTypes()).addToServer(server);

  return {
    start: (host, port) =>
      new Promise((resolve, reject) => {
        server.bindAsync(`${host}:${port}`, credentials, (error, boundPort) => {
          if (error) {
            reject(error);
            return;
          }
          setHealth('SERVING');
          resolve(boundPort);
        });
      }),
    drain: () =>
      new Promise((resolve) => {
        setHealth('NOT_SERVING');
        const force = setTimeout(() => server.forceShutdown(), DRAIN_LIMIT_MS);
        server.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      }),
  };
}
