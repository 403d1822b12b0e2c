import { z } from 'zod';
import type { VisionContext } from './contexts';

interface Field {
  name: string;
  /** In the readable text, which is in Portuguese. */
  label: string;
  /** `private`: the readable text shows the last characters only. */
  type: 'text' | 'number' | 'private' | Field[];
}

const text = (name: string, label: string): Field => ({ name, label, type: 'text' });
const number = (name: string, label: string): Field => ({ name, label, type: 'number' });
const list = (name: string, label: string, fields: Field[]): Field => ({ name, label, type: fields });

const ITEMS = list('items', 'Itens', [
  text('description', 'item'),
  number('quantity', 'quantidade'),
  number('total', 'valor'),
]);

/** The contexts that are answered with facts, not prose. Each fact may be null: not everything can be read. */
const FIELDS: Partial<Record<VisionContext, Field[]>> = {
  chat_product: [
    text('product', 'Produto'),
    text('brand', 'Marca'),
    text('condition', 'Estado'),
    number('price', 'Preço'),
    text('note', 'Observação'),
  ],
  chat_receipt: [
    text('company', 'Empresa'),
    text('cnpj', 'CNPJ'),
    text('date', 'Data'),
    number('total', 'Total'),
    text('number', 'Número'),
    ITEMS,
  ],
  profile_business: [text('name', 'Empresa'), text('sector', 'Setor')],
  pipeline_product: [
    text('product', 'Produto'),
    text('brand', 'Marca'),
    text('model', 'Modelo'),
    text('condition', 'Estado'),
    number('price', 'Preço'),
    text('details', 'Detalhes'),
  ],
  pipeline_catalog: [
    list('products', 'Produtos', [text('name', 'produto'), number('price', 'preço'), text('details', 'detalhes')]),
  ],
  pipeline_contract: [
    text('title', 'Título'),
    list('parties', 'Partes', [text('name', 'nome'), text('role', 'papel')]),
    text('date', 'Data'),
    number('value', 'Valor'),
    text('term', 'Prazo'),
    text('obligations', 'Obrigações'),
  ],
  automation_form: [
    text('title', 'Formulário'),
    list('fields', 'Campos', [text('label', 'campo'), text('value', 'resposta')]),
  ],
  automation_id: [
    text('document_type', 'Documento'),
    text('name', 'Nome'),
    { name: 'number', label: 'Número', type: 'private' },
    { name: 'birth_date', label: 'Nascimento', type: 'private' },
    text('issued_at', 'Emissão'),
    text('valid_until', 'Validade'),
  ],
  automation_invoice: [
    text('company', 'Emitente'),
    text('cnpj', 'CNPJ'),
    text('customer', 'Cliente'),
    text('number', 'Número'),
    text('issue_date', 'Emissão'),
    text('due_date', 'Vencimento'),
    number('total', 'Total'),
    ITEMS,
  ],
};

export type Facts = Record<string, unknown>;

export interface FactsForm {
  /** As Vertex takes it: an OpenAPI schema with its types in capitals. */
  responseSchema: Record<string, unknown>;
  /** @returns what was understood, or what is wrong, without a word of the content */
  read(answer: string): { facts: Facts } | { problem: string };
  /** For people and prompts, in Portuguese, a line each; what is null is left out. */
  describe(facts: Facts): string;
}

/** The form in which the facts of a context are asked for; null for a context that is answered in prose. */
export function factsForm(context: VisionContext): FactsForm | null {
  const fields = FIELDS[context];
  if (!fields) return null;
  const schema = shapeOf(fields);
  return {
    responseSchema: vertexSchema(fields),
    read(answer) {
      const json = parseJson(answer);
      if (json === undefined) return { problem: 'não é JSON' };
      const result = schema.safeParse(json);
      if (result.success) return { facts: result.data };
      const places = result.error.issues.slice(0, 5).map(({ path, code }) => `${path.join('.') || 'raiz'} (${code})`);
      return { problem: `campos errados: ${places.join(', ')}` };
    },
    describe: (facts) => describe(fields, facts),
  };
}

function shapeOf(fields: Field[]): z.ZodType<Facts> {
  return z.object(
    Object.fromEntries(
      fields.map(({ name, type }) => {
        if (Array.isArray(type)) return [name, z.array(shapeOf(type)).max(200).nullable()];
        return [name, type === 'number' ? z.number().nullable() : z.string().max(2000).nullable()];
      }),
    ),
  );
}

function vertexSchema(fields: Field[]): Record<string, unknown> {
  const properties = fields.map(({ name, type }) => {
    if (Array.isArray(type)) return [name, { type: 'ARRAY', items: vertexSchema(type), nullable: true }];
    return [name, { type: type === 'number' ? 'NUMBER' : 'STRING', nullable: true }];
  });
  const names = fields.map(({ name }) => name);
  return { type: 'OBJECT', properties: Object.fromEntries(properties), required: names, propertyOrdering: names };
}

/** A model may wrap its JSON in a fence all the same. */
function parseJson(answer: string): unknown {
  try {
    return JSON.parse(answer.replace(/^\s*```(?:json)?\s*|\s*```\s*$/g, ''));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function describe(fields: Field[], facts: Facts): string {
  const lines = fields.flatMap(({ name, label, type }) => {
    const value = facts[name];
    if (value === null || value === undefined) return [];
    if (!Array.isArray(type)) return [`${label}: ${shown(type, value)}`];
    const rows = (value as Facts[]).map((row) => `- ${describe(type, row).replaceAll('\n', ', ')}`);
    return rows.length > 0 ? [`${label}:`, ...rows] : [];
  });
  return lines.join('\n');
}

const SHOWN_CHARACTERS = 3;

function shown(type: 'text' | 'number' | 'private', value: unknown): string {
  const words = String(value).trim();
  return type === 'private' ? `•••${words.slice(-SHOWN_CHARACTERS)}` : words;
}
