import { z } from 'zod';
import type { Prisma } from '../database';
import { storableJson } from '../text';
import type { Tool, ToolCaller } from './types';

/** Arguments that are checked, or why the call will not run: words a model or a person can act on. */
export type CheckedArguments =
  { input: Prisma.InputJsonObject; contactId: string | null; refusal: null } | { refusal: string };

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
  return z.toJSONSchema(inputFor(tool, kind), { io: 'input', unrepresentable: 'any' });
}

export function outputJsonSchema(tool: Tool): Record<string, unknown> {
  return z.toJSONSchema(tool.output, { io: 'output', unrepresentable: 'any' });
}

/** Checks what a caller wrote. The contact of an agent is that of its turn, whatever it wrote. */
export function checkArguments(tool: Tool, caller: ToolCaller, written: unknown): CheckedArguments {
  const parsed = inputFor(tool, caller.kind).safeParse(storableJson(written ?? {}));
  if (!parsed.success) return { refusal: `The arguments are wrong: ${z.prettifyError(parsed.error)}` };
  if (caller.kind === 'agent') {
    const isAboutContact = tool.about === 'contact' || tool.about === 'any_contact';
    return {
      input: parsed.data as Prisma.InputJsonObject,
      contactId: isAboutContact ? caller.turn.contactId : null,
      refusal: null,
    };
  }
  const { contact_id: named, ...input } = parsed.data as { contact_id?: string } & Record<string, unknown>;
  return { input: input as Prisma.InputJsonObject, contactId: named ?? null, refusal: null };
}
