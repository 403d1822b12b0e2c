import type { Page, PageRequest } from '../../core/crm/page';
import { createCursors, type CursorScope } from './cursor';
import { present, type PresentedRow } from './present';

export interface Paging {
  /** Loads the page a query asks for and answers it as `{data, next_cursor}`. @throws AppError CURSOR_INVALID */
  answer<T extends object>(
    scope: CursorScope,
    query: { limit: number; cursor?: string | undefined },
    load: (page: PageRequest) => Promise<Page<T>>,
  ): Promise<{ data: PresentedRow<T>[]; next_cursor: string | null }>;
}

export function createPaging(secretBase64: string): Paging {
  const cursors = createCursors(secretBase64);
  return {
    async answer(scope, query, load) {
      const after = query.cursor ? cursors.decode(scope, query.cursor) : null;
      const page = await load({ limit: query.limit, after });
      return {
        data: page.items.map(present),
        next_cursor: page.nextAfter ? cursors.encode(scope, page.nextAfter) : null,
      };
    },
  };
}
