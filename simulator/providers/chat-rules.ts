import { isRecord, recordsOf, textOf } from '../http';

export interface Refusal {
  message: string;
  code: string | null;
}

/** What OpenAI refuses in a request that has the right shape; null if it takes it. */
export function refusalOf(body: Record<string, unknown>): Refusal | null {
  return unansweredCall(recordsOf(body.messages)) ?? looseSchema(body);
}

/** Every tool call is answered at once, and nothing else is answered. */
function unansweredCall(messages: Record<string, unknown>[]): Refusal | null {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (open.delete(textOf(message.tool_call_id))) continue;
      return {
        message: `Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'. (messages.[${index}].role)`,
        code: null,
      };
    }
    if (open.size > 0) return unanswered(open);
    open = new Set(recordsOf(message.tool_calls).map((call) => textOf(call.id)));
  }
  return open.size > 0 ? unanswered(open) : null;
}

function unanswered(callIds: Set<string>): Refusal {
  return {
    message:
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
      `The following tool_call_ids did not have response messages: ${[...callIds].join(', ')}`,
    code: null,
  };
}

function looseSchema(body: Record<string, unknown>): Refusal | null {
  for (const tool of recordsOf(body.tools)) {
    const definition = isRecord(tool.function) ? tool.function : {};
    const fault = definition.strict === true ? faultOf(definition.parameters, []) : null;
    if (fault) return invalidSchema('function', textOf(definition.name), fault);
  }
  const format = isRecord(body.response_format) ? body.response_format.json_schema : null;
  const wanted = isRecord(format) ? format : {};
  const fault = wanted.strict === true ? faultOf(wanted.schema, []) : null;
  return fault ? invalidSchema('response_format', textOf(wanted.name), fault) : null;
}

function invalidSchema(what: string, name: string, fault: string): Refusal {
  const code = what === 'function' ? 'invalid_function_parameters' : null;
  return { message: `Invalid schema for ${what} '${name}': ${fault}`, code };
}

/** Source: OpenAI, "Structured outputs", supported schemas. */
function faultOf(schema: unknown, path: string[]): string | null {
  if (!isRecord(schema)) return null;
  const place = `In context=(${path.map((part) => `'${part}'`).join(', ')})`;
  const properties = isRecord(schema.properties) ? schema.properties : {};
  if (schema.type === 'object' || schema.properties !== undefined) {
    if (schema.additionalProperties !== false) {
      return `${place}, 'additionalProperties' is required to be supplied and to be false.`;
    }
    const required = Array.isArray(schema.required) ? schema.required : [];
    const missing = Object.keys(properties).find((name) => !required.includes(name));
    if (missing !== undefined) {
      return `${place}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`;
    }
  }
  const inner: [string, unknown][] = [
    ...Object.entries(properties),
    ...Object.entries(isRecord(schema.$defs) ? schema.$defs : {}),
    ['items', schema.items],
    ...recordsOf(schema.anyOf).map((option, index): [string, unknown] => [`anyOf.${index}`, option]),
  ];
  for (const [name, nested] of inner) {
    const fault = faultOf(nested, [...path, name]);
    if (fault) return fault;
  }
  return null;
}
