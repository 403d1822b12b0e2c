import { sha256 } from './hash';
import { isRecord } from './http';

/**
 * A value that fits a JSON Schema (or Vertex's variant with upper case types), the same one for the same text. Strings
 * are cut from the text, so that the answer visibly belongs to the question.
 */
export function sampleFromSchema(schema: unknown, text: string): unknown {
  return sample(schema, text, { name: '', root: schema });
}

function sample(schema: unknown, text: string, at: { name: string; root: unknown }): unknown {
  if (!isRecord(schema)) return null;
  if (typeof schema.$ref === 'string') return sample(resolve(schema.$ref, at.root), text, at);
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const union = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(union)) return sample(union[0], text, at);
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  switch (String(types[0] ?? 'object').toLowerCase()) {
    case 'object':
      return sampleObject(schema, text, at.root);
    case 'array':
      return Array.from({ length: Number(schema.minItems ?? 1) }, () => sample(schema.items, text, at));
    case 'string':
      return sampleString(schema, text);
    case 'integer':
      return Number(schema.minimum ?? 1);
    case 'number':
      return Number(schema.minimum ?? 0) + (/confidence|score|ratio|probab/i.test(at.name) ? 0.8 : 0);
    case 'boolean':
      return false;
    default:
      return null;
  }
}

function sampleObject(schema: Record<string, unknown>, text: string, root: unknown): Record<string, unknown> {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, sample(property, text, { name, root })]),
  );
}

function sampleString(schema: Record<string, unknown>, text: string): string {
  if (schema.format === 'date-time') return '2026-01-01T12:00:00.000Z';
  if (schema.format === 'date') return '2026-01-01';
  if (schema.format === 'uuid') {
    const hash = sha256(text);
    return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  }
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, Math.min(160, Number(schema.maxLength ?? 160)));
}

function resolve(reference: string, root: unknown): unknown {
  const steps = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  return steps.reduce<unknown>((value, step) => (isRecord(value) ? value[step] : undefined), root);
}
