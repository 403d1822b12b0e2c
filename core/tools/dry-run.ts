import type { Prisma, Tx } from '../database';
import { AppError } from '../errors';
import { callTool, type ToolCallRequest } from './call';
import type { ToolDeps } from './types';

/** Carries the answer out of a transaction that is rolled back. */
class DryRun extends Error {
  constructor(readonly output: Prisma.InputJsonObject) {
    super('a dry run is never committed');
  }
}

/**
 * Everything happens but the commit, so the answer is what would have come.
 *
 * @param prepare changes what the call finds, and is undone with it
 * @throws AppError as `callTool`
 */
export async function dryRun(
  deps: ToolDeps,
  request: ToolCallRequest,
  prepare: (tx: Tx) => Promise<unknown> = () => Promise.resolve(),
): Promise<Prisma.JsonObject> {
  try {
    await callTool(deps, request, {
      claim: async (tx) => {
        await prepare(tx);
        return true;
      },
      finish: (_tx, output) => Promise.reject(new DryRun(output)),
    });
  } catch (error) {
    if (error instanceof DryRun) return error.output as Prisma.JsonObject;
    throw error;
  }
  throw new AppError('INTERNAL_ERROR', 'A dry run was committed');
}
