import type { z } from 'zod';
import type { Prisma } from '../database';
import { CALLS_PER_MINUTE } from './rules';
import type { ContactOf, Tool, ToolAbout, ToolContext, ToolSpec } from './types';

/** The one way to make a tool: types are checked here and erased for the registry. */
export function defineTool<
  Input extends z.ZodObject,
  Output extends z.ZodObject,
  About extends ToolAbout,
  Found = never,
>(spec: ToolSpec<Input, Output, About, Found>): Tool {
  const { fetch, run, look, ...shape } = spec;
  const inputOf = (input: unknown) => input as z.output<Input>;
  const contextOf = <Context extends ToolContext>(context: Context) =>
    context as Context & ToolContext<ContactOf<About>>;
  const answer = (output: z.input<Output>) => spec.output.parse(output) as Prisma.InputJsonObject;
  return {
    ...shape,
    aliases: spec.aliases ?? [],
    approval: spec.approval ?? [],
    callsPerMinute: spec.callsPerMinute ?? CALLS_PER_MINUTE[spec.cost === 'paid' ? 'paid' : spec.access],
    lane: look || fetch ? 'search' : 'database',
    fetch: fetch ? (deps, input, context) => fetch(deps, inputOf(input), contextOf(context)) : null,
    run: run
      ? async (tx, input, context, found) => answer(await run(tx, inputOf(input), contextOf(context), found as Found))
      : null,
    look: look ? async (deps, input, context) => answer(await look(deps, inputOf(input), contextOf(context))) : null,
  };
}
