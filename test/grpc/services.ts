import { credentials, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { AgentServiceClient } from '../../api/grpc/generated/ventros/agent/v1/agent';
import { AnalyticsServiceClient } from '../../api/grpc/generated/ventros/analytics/v1/analytics';
import { CrmServiceClient } from '../../api/grpc/generated/ventros/crm/v1/crm';
import { createGrpcServer, type GrpcServerDeps } from '../../api/grpc/server';
import { createApiKey } from '../../core/accounts/api-keys';
import type { Scope } from '../../core/accounts/scopes';
import type { Database } from '../../core/database';
import { withKey } from './server';

export interface RunningServices {
  address: string;
  agent: AgentServiceClient;
  analytics: AnalyticsServiceClient;
  crm: CrmServiceClient;
  stop(): Promise<void>;
}

/** The real server on a free port, with clients of the services beside the memory's. */
export async function startServices(deps: GrpcServerDeps): Promise<RunningServices> {
  const server = createGrpcServer(deps, { callsPerSecond: 1_000, tls: null });
  const address = `127.0.0.1:${await server.start('127.0.0.1', 0)}`;
  const plain = credentials.createInsecure();
  const clients = {
    agent: new AgentServiceClient(address, plain),
    analytics: new AnalyticsServiceClient(address, plain),
    crm: new CrmServiceClient(address, plain),
  };
  return {
    address,
    ...clients,
    async stop() {
      Object.values(clients).forEach((client) => client.close());
      await server.drain();
    },
  };
}

type Method<Client, Request, Response> = (
  this: Client,
  request: Request,
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: ServiceError | null, response: Response) => void,
) => unknown;

/** Calls of one client with one key, as promises. */
export function callerOf<Client>(client: Client, key: string) {
  return <Request, Response>(method: Method<Client, Request, Response>, request: Request): Promise<Response> =>
    new Promise((resolve, reject) => {
      method.call(client, request, withKey(key), { deadline: Date.now() + 60_000 }, (error, response) => {
        if (error) reject(error);
        else resolve(response);
      });
    });
}

export async function keyWith(
  db: Database,
  { tenantId, userId }: { tenantId: string; userId: string },
  scopes: Scope[],
): Promise<string> {
  const { key } = await db.withTenant(tenantId, (tx) =>
    createApiKey(tx, { tenantId, userId, name: scopes.join(), scopes }),
  );
  return key;
}
