import { z } from 'zod';
import type { Page, PageRequest } from '../crm/page';
import { AppError } from '../errors';

/** How many rows a tool gives: domain reference, section 5. */
export const LIST_LIMIT = 50;
export const MESSAGE_LIMIT = 100;
export const DOCUMENT_LIMIT = 10;

/** Arguments of a list: `limit` and the `cursor` of the page before. */
export function listInput(limit: number) {
  return {
    limit: z.int().min(1).max(limit).default(Math.min(limit, 20)),
    cursor: z.string().max(200).optional().describe('O next_cursor da página anterior'),
  };
}

export const nextCursor = () => z.string().nullable();

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const CURSORS = {
  id: new RegExp(`^${UUID}$`, 'i'),
  time_and_id: new RegExp(`^\\d{4}-\\d\\d-\\d\\d[ T][0-9:.]{5,15}(?:Z|[+-]\\d\\d(?::?\\d\\d)?)?\\|${UUID}$`, 'i'),
};

/**
 * The cursor holds the position in the clear: a tool's caller sees only rows of its own scope either way.
 *
 * @throws AppError CURSOR_INVALID
 */
export function pageRequest(
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  position: keyof typeof CURSORS = 'id',
): PageRequest {
  if (cursor === undefined) return { limit, after: null };
  if (!CURSORS[position].test(cursor))
    throw new AppError('CURSOR_INVALID', 'Use the next_cursor of a page of this tool');
  return { limit, after: cursor.split('|') };
}

export function cursorOf({ nextAfter }: Page<unknown>): string | null {
  return nextAfter?.join('|') ?? null;
}
