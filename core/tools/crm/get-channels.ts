import { z } from 'zod';
import { listChannels } from '../../crm/channels';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { LIST_LIMIT } from '../paging';

const channelShape = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  status: z.string(),
  ai_enabled: z.boolean(),
  ai_agents_enabled: z.boolean(),
});

export const getChannels = defineTool({
  name: 'get_channels',
  description: 'Lista os canais de atendimento da empresa e o estado de cada um.',
  input: z.strictObject({}),
  output: z.object({ channels: z.array(channelShape) }),
  about: 'tenant',
  audience: 'staff',
  access: 'read',
  scope: 'channels.view',
  cost: 'free',
  examples: [{ says: 'O WhatsApp está conectado?', arguments: {} }],
  async run(tx, _input, { tenantId }) {
    const { items } = await listChannels(tx, tenantId, { limit: LIST_LIMIT, after: null });
    return { channels: items.map((row) => channelShape.parse(present(row))) };
  },
});
