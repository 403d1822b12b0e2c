/** Where a JSON Schema keeps schemas of its own. */
const NESTED_LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const NESTED_MAPS = ['properties', '$defs', 'definitions'];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nestedSchemas(schema: Record<string, unknown>): unknown[] {
  const lists = NESTED_LISTS.flatMap((key) => (Array.isArray(schema[key]) ? schema[key] : []));
  const maps = NESTED_MAPS.flatMap((key) => (isObject(schema[key]) ? Object.values(schema[key]) : []));
  return [...lists, ...maps, ...(schema['items'] === undefined ? [] : [schema['items']])];
}

/**
 * Whether OpenAI accepts a schema with `strict: true`: every object closed (`additionalProperties: false`) and every
 * property required (OpenAI, "Structured outputs, supported schemas"). A schema with an optional property would be
 * refused as a whole, so it is better sent without `strict`.
 */
export function isStrictSchema(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const isClosed =
    (schema['type'] !== 'object' && schema['properties'] === undefined) ||
    (schema['additionalProperties'] === false &&
      Object.keys(isObject(schema['properties']) ? schema['properties'] : {}).every(
        (name) => Array.isArray(schema['required']) && schema['required'].includes(name),
      ));
  return isClosed && nestedSchemas(schema).every(isStrictSchema);
}
