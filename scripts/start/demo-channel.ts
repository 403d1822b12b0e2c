import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { randomBytes } from 'node:crypto';

/** The tenant that `npm start` makes once, with its one channel, and remembers in a file only its owner can read. */
export interface DemoTenant {
  email: string;
  apiKey: string;
  tenantId: string;
  channelId: string;
  webhookPath: string;
  webhookSecret: string;
  wahaUrl: string;
}

/** WAHA's name for the simulated number. */
export const DEMO_SESSION = 'default';

/** Shorter than a real channel's 15 s: whoever tries it waits for the answer. */
const DEMO_DEBOUNCE_MS = 3_000;

interface DemoChannelOptions {
  dataDir: string;
  apiUrl: string;
  wahaUrl: string;
}

/** The simulated WAHA takes any key, but not none. */
const WAHA_API_KEY = 'simulated';

/**
 * Signs up the demo tenant and gives it a WhatsApp channel at the simulator, all through the public API. On later starts
 * only the address is corrected, if the simulator had to take another port.
 */
export async function ensureDemoTenant({ dataDir, apiUrl, wahaUrl }: DemoChannelOptions): Promise<DemoTenant> {
  const file = path.join(dataDir, 'demo.json');
  const known: DemoTenant | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const tenant = known ? await moveChannel(known, apiUrl, wahaUrl) : await createTenant(apiUrl, wahaUrl);
  writeFileSync(file, JSON.stringify(tenant, null, 2), { mode: 0o600 });
  await call(`${apiUrl}/api/v1/channels/${tenant.channelId}/activate`, { method: 'POST', apiKey: tenant.apiKey });
  return tenant;
}

async function moveChannel(tenant: DemoTenant, apiUrl: string, wahaUrl: string): Promise<DemoTenant> {
  if (tenant.wahaUrl === wahaUrl) return tenant;
  const body = { waha_config: { base_url: wahaUrl, api_key: WAHA_API_KEY } };
  await call(`${apiUrl}/api/v1/channels/${tenant.channelId}`, { method: 'PATCH', apiKey: tenant.apiKey, body });
  return { ...tenant, wahaUrl };
}

async function createTenant(apiUrl: string, wahaUrl: string): Promise<DemoTenant> {
  const email = `demo-${randomBytes(4).toString('hex')}@example.com`;
  const account = await call<{ api_key: string; project_id: string }>(`${apiUrl}/api/v1/auth/register`, {
    method: 'POST',
    body: { name: 'Demonstração', email, password: randomBytes(18).toString('base64url'), project_name: 'Loja Demo' },
  });
  const webhookSecret = randomBytes(32).toString('base64url');
  const channel = await call<{ id: string; webhook_id: string }>(`${apiUrl}/api/v1/channels`, {
    method: 'POST',
    apiKey: account.api_key,
    body: {
      name: 'WhatsApp',
      debounce_timeout_ms: DEMO_DEBOUNCE_MS,
      waha_config: {
        base_url: wahaUrl,
        api_key: WAHA_API_KEY,
        session_id: DEMO_SESSION,
        webhook_secret: webhookSecret,
      },
    },
  });
  return {
    email,
    apiKey: account.api_key,
    tenantId: account.project_id,
    channelId: channel.id,
    webhookPath: `/api/v1/webhooks/${channel.webhook_id}`,
    webhookSecret,
    wahaUrl,
  };
}

/** Tells the simulated WAHA where to send its events. It forgets that when it is restarted. */
export async function connectSimulatedWaha(controlUrl: string, apiUrl: string, tenant: DemoTenant): Promise<void> {
  await call(`${controlUrl}/waha/webhook`, {
    method: 'POST',
    body: {
      session: DEMO_SESSION,
      url: `${apiUrl}${tenant.webhookPath}`,
      hmacKey: tenant.webhookSecret,
    },
  });
}

async function call<T>(url: string, request: { method: string; apiKey?: string; body?: unknown }): Promise<T> {
  const response = await fetch(url, {
    method: request.method,
    headers: {
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(request.apiKey ? { authorization: `Bearer ${request.apiKey}` } : {}),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${request.method} ${url} answered ${response.status}: ${text}`);
  return JSON.parse(text || 'null');
}
