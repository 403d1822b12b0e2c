import { randomBytes } from 'node:crypto';
import type { Database } from '../../core/database';
import { newId } from '../../core/ids';
import { createSecretBox, type SecretBox } from '../../core/security/secret-box';

/** The secret box of the tests: sealed with a key of this process. */
export const testSecretBox: SecretBox = createSecretBox(randomBytes(32).toString('base64'));

export interface TestChannel {
  tenantId: string;
  channelId: string;
  webhookId: string;
  webhookSecret: string;
  /** The WAHA session. */
  externalId: string;
}

export interface ChannelSettings {
  type?: string;
  aiEnabled?: boolean;
  aiAgentsEnabled?: boolean;
  allowGroups?: boolean;
  debounceTimeoutMs?: number;
  sessionTimeoutMinutes?: number;
  pipelineId?: string;
  baseUrl?: string;
  /** The WAHA session. */
  externalId?: string;
  /** Of its WAHA. */
  channelKey?: string;
  /** Seals the channel's secrets; the process under test must have the same key. */
  secretBox?: SecretBox;
}

/** Adds an active channel to a tenant, with a webhook secret of its own. */
export async function newChannel(
  db: Database,
  tenantId: string,
  {
    secretBox = testSecretBox,
    type = 'waha',
    baseUrl = 'http://127.0.0.1:9',
    externalId = 'loja',
    channelKey = 'waha-key',
    ...settings
  }: ChannelSettings = {},
): Promise<TestChannel> {
  const webhookSecret = `secret-${newId()}`;
  const channel = { tenantId, channelId: newId(), webhookId: newId(), webhookSecret, externalId };
  await db.withTenant(tenantId, (tx) =>
    tx.channel.create({
      data: {
        id: channel.channelId,
        tenantId,
        name: 'WhatsApp da loja',
        type,
        status: 'active',
        externalId: channel.externalId,
        webhookId: channel.webhookId,
        webhookSecretEncrypted: secretBox.seal(webhookSecret),
        baseUrl,
        apiKeyEncrypted: secretBox.seal(channelKey),
        ...settings,
      },
    }),
  );
  return channel;
}
