import type { z } from 'zod';
import type { Prisma, Tx } from '../../database';
import type { AgentDeps } from '../deps';
import type { TurnHead } from '../turn-context';
import type { ToolCallRef, ToolName } from '../types';

/** What a tool knows of its call: who it is for comes from the turn, never from the model. */
export interface ToolContext {
  deps: AgentDeps;
  ref: ToolCallRef;
  head: TurnHead;
  attempt: { activityKey: string; signal: AbortSignal };
  /** Stores the result in the same transaction as the tool's own writes. */
  finish: (tx: Tx, output: Prisma.InputJsonObject) => Promise<void>;
}

export interface Tool<Schema extends z.ZodType = z.ZodType> {
  name: ToolName;
  /** For the model, in the language it answers in. */
  description: string;
  input: Schema;
  access: 'read' | 'write';
  run(input: z.output<Schema>, context: ToolContext): Promise<void>;
}
