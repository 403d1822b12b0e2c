import { z } from 'zod';
import { entitiesIn } from '../../crm/entities';
import { defineTool } from '../define-tool';

export const extractEntities = defineTool({
  name: 'extract_entities',
  description:
    'Encontra em um texto e-mails, telefones, CPF, CNPJ, valores, datas, endereços da web, CEP e números de pedido.',
  input: z.strictObject({ text: z.string().min(1).max(20_000) }),
  output: z.object({ entities: z.array(z.object({ type: z.string(), text: z.string(), value: z.string() })) }),
  about: 'nothing',
  audience: 'customer',
  access: 'read',
  scope: 'memory.view',
  cost: 'free',
  examples: [{ says: 'Pedido 4512, e-mail ana@loja.com', arguments: { text: 'Pedido 4512, e-mail ana@loja.com' } }],
  run: (_tx, { text }) => Promise.resolve({ entities: entitiesIn(text) }),
});
