import { z } from 'zod';
import type { Prisma } from '../database';
import type { FieldError } from '../errors';
import { storableJson } from '../text';
import type { Tool, ToolCaller } from './types';
import { argumentErrors, wrongArguments } from './wrong-arguments';

/** Why a call will not run: each wrong argument by its name, and the same in words that a model or a person can act on. */
interface WrongArguments {
  refusal: string;
  fields: FieldError[];
}

/** Arguments that are checked, or what is wrong with them. */
export type CheckedArguments =
  { input: Prisma.InputJsonObject; contactId: string | null; refusal: null } | WrongArguments;

const contactId = z.guid().describe('O contato de quem se trata');

/** The arguments of a tool as a caller of this kind writes them: only operators name a contact. */
export function inputFor(tool: Tool, kind: ToolCaller['kind']): z.ZodObject {
  if (kind === 'agent') return tool.input;
  if (tool.about === 'contact') return tool.input.safeExtend({ contact_id: contactId });
  if (tool.about === 'any_contact') return tool.input.safeExtend({ contact_id: contactId.optional() });
  return tool.input;
}

/** The form of the arguments as JSON Schema. */
export function inputJsonSchema(tool: Tool, kind: ToolCaller['kind']): Record<string, unknown> {
  const known = inputSchemas[kind].get(tool);
  if (known) return known;
  const schema = z.toJSONSchema(inputFor(tool, kind), { io: 'input', unrepresentable: 'any' });
  inputSchemas[kind].set(tool, schema);
  return schema;
}

/** Made once a tool: every question to a model shows those of all tools on offer. */
const inputSchemas: Record<ToolCaller['kind'], WeakMap<Tool, Record<string, unknown>>> = {
  agent: new WeakMap(),
  operator: new WeakMap(),
};

export function outputJsonSchema(tool: Tool): Record<string, unknown> {
  return z.toJSONSchema(tool.output, { io: 'output', unrepresentable: 'any' });
}

/** The arguments of a call as a model wrote them. */
export function readArguments(argumentsJson: string): { written: unknown; refusal: null } | WrongArguments {
  try {
    return { written: JSON.parse(argumentsJson || '{}'), refusal: null };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return wrong([{ field: 'arguments', message: 'not JSON; call the tool again with a JSON object' }]);
  }
}

/** Checks the tool's own arguments as a model wrote them, without the contact. */
export function checkOwnArguments(
  tool: Tool,
  argumentsJson: string,
): { input: Prisma.InputJsonObject; refusal: null } | WrongArguments {
  const read = readArguments(argumentsJson);
  if (read.refusal !== null) return read;
  const parsed = tool.input.safeParse(storableJson(read.written ?? {}));
  if (!parsed.success) return wrong(argumentErrors(parsed.error.issues));
  return { input: parsed.data as Prisma.InputJsonObject, refusal: null };
}

/** Checks what a caller wrote. The contact of an agent is that of its turn, whatever it wrote. */
export function checkArguments(tool: Tool, caller: ToolCaller, written: unknown): CheckedArguments {
  const { about } = tool;
  const takesContact = about === 'contact' || about === 'any_contact';
  const args = storableJson(written ?? {});
  if (caller.kind === 'agent' || !takesContact) {
    const parsed = tool.input.safeParse(args);
    if (!parsed.success) return wrong(argumentErrors(parsed.error.issues));
    return {
      input: parsed.data as Prisma.InputJsonObject,
      contactId: caller.kind === 'agent' && takesContact ? caller.turn.contactId : null,
      refusal: null,
    };
  }
  // Apart from the tool's own arguments, so that a rule over all of those does not see the contact.
  const named = namedContact[about].safeParse(args);
  const parsed = tool.input.safeParse(withoutContact(args));
  if (named.success && parsed.success)
    return { input: parsed.data as Prisma.InputJsonObject, contactId: named.data.contact_id ?? null, refusal: null };
  // Each of the two says it of a value that is no object.
  const isObject = typeof args === 'object' && args !== null && !Array.isArray(args);
  const issues = [...(named.error?.issues ?? []), ...(isObject ? (parsed.error?.issues ?? []) : [])];
  return wrong(argumentErrors(issues));
}

const namedContact = {
  contact: z.looseObject({ contact_id: contactId }),
  any_contact: z.looseObject({ contact_id: contactId.optional() }),
};

function withoutContact(args: unknown): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(Object.entries(args).filter(([name]) => name !== 'contact_id'));
}

function wrong(fields: FieldError[]): WrongArguments {
  return { refusal: wrongArguments(fields), fields };
}
