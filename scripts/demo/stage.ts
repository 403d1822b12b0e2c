import { createChannel, signUp } from './api';
import type { JsonClient } from './json-client';
import { createSimulatedWhatsapp, SESSION, type SimulatedWhatsapp } from './simulated-whatsapp';
import { connectWorkflowList, type WorkflowList } from './workflow-list';
import type { Stack } from '../embedded/stack';

/** Long enough to take a burst of messages as one, short enough to watch. */
const DEBOUNCE_MS = 1500;

/** Where the conversation is played: a tenant of its own with one WhatsApp channel. */
export interface Stage {
  tenantId: string;
  api: JsonClient;
  whatsapp: SimulatedWhatsapp;
  workflows: WorkflowList;
  webhookUrl: string;
}

/** Signs up a tenant, gives it a channel, and tells the simulated WAHA its webhook; all over HTTP. */
export async function setUpStage({ urls, env }: Stack, signal: AbortSignal): Promise<Stage> {
  if (!urls.simulatorControl || !urls.waha) throw new Error('the demo needs the simulator for WhatsApp');
  const { tenantId, api } = await signUp(urls.api, signal);
  const channel = await createChannel(api, { wahaUrl: urls.waha, session: SESSION, debounceMs: DEBOUNCE_MS });
  const whatsapp = createSimulatedWhatsapp(urls.simulatorControl, signal);
  await whatsapp.connect({ url: channel.webhookUrl, secret: channel.webhookSecret });
  const workflows = connectWorkflowList(urls.temporal, env['TEMPORAL_NAMESPACE'] ?? 'default');
  return { tenantId, api, whatsapp, workflows, webhookUrl: channel.webhookUrl };
}
