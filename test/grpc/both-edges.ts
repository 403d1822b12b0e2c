import assert from 'node:assert/strict';
import { status as grpcStatus } from '@grpc/grpc-js';
import type { SignedUp } from '../../core/accounts/sign-up';
import { newEverything } from '../api/fixtures';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { errorDetails } from './server';
import { startServices, type RunningServices } from './services';

export interface BothEdges {
  api: TestApi;
  services: RunningServices;
  tenant: SignedUp;
  /** Of the tenant. */
  ids: Awaited<ReturnType<typeof newEverything>>;
  /** The body of REST's answer to the tenant. */
  rest: (method: string, path: string, json?: unknown) => Promise<Json>;
  stop(): Promise<void>;
}

/** REST and gRPC on the same database, and a tenant that has one of everything. */
export async function startBothEdges(): Promise<BothEdges> {
  const api = await startTestApi();
  const services = await startServices(api.deps);
  const tenant = await newTenant(api.deps.db);
  const ids = await newEverything(api.deps.db, tenant.tenantId);
  return {
    api,
    services,
    tenant,
    ids,
    rest: async (method, path, json) =>
      (await api.request(method, path, { key: tenant.apiKey, ...(json === undefined ? {} : { json }) })).body,
    async stop() {
      await services.stop();
      await api.close();
    },
  };
}

/** That a call is refused with this status, this code of the error table and, if one is named, this field. */
export const fails = (call: Promise<unknown>, code: keyof typeof grpcStatus, reason: string, field?: string) =>
  assert.rejects(call, (error) => {
    const details = errorDetails(error);
    assert.deepEqual([grpcStatus[details.code], details.reason], [code, reason]);
    if (field) assert.ok(details.fields.includes(field), `fields ${details.fields.join()}`);
    return true;
  });
