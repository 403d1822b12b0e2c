import { z } from 'zod';
import { getContact as load } from '../../crm/contacts';
import { stagesOf } from '../../crm/contact-stages';
import { present } from '../../present';
import { defineTool } from '../define-tool';
import { contactShape, stageShape } from '../shapes';

export const getContact = defineTool({
  name: 'get_contact',
  description: 'Mostra o cadastro deste contato: nome, e-mail, telefone, etiquetas, campos e etapas de funil.',
  input: z.strictObject({}),
  output: z.object({ contact: contactShape, stages: z.array(stageShape) }),
  about: 'contact',
  audience: 'customer',
  access: 'read',
  scope: 'contacts.view',
  cost: 'free',
  examples: [{ says: 'Qual e-mail vocês têm meu?', arguments: {} }],
  async run(tx, _input, { tenantId, contactId }) {
    const contact = await load(tx, tenantId, contactId);
    const stages = await stagesOf(tx, tenantId, contactId);
    return {
      contact: contactShape.parse(present(contact)),
      stages: stages.map((stage) => stageShape.parse(present(stage))),
    };
  },
});
