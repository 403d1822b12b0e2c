import type { Page, PageRequest } from '../../core/crm/page';
import { AppError } from '../../core/errors';
import { createCursors, type CursorScope } from '../http/cursor';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../http/zod';

/** What a request for a page says: AIP-158. */
export interface WirePage {
  /** 0: the usual size. */
  pageSize: number;
  /** Empty: the first page. */
  pageToken: string;
}

export interface GrpcPaging {
  /**
   * Loads the page a request asks for. A token is the cursor of the same list over REST.
   *
   * @throws AppError VALIDATION_ERROR (page_size), CURSOR_INVALID
   */
  load<T>(
    scope: CursorScope,
    request: WirePage,
    load: (page: PageRequest) => Promise<Page<T>>,
  ): Promise<{ items: T[]; nextPageToken: string }>;
}

/** @param secretBase64 see `createCursors` */
export function createGrpcPaging(secretBase64: string): GrpcPaging {
  const cursors = createCursors(secretBase64);
  return {
    async load(scope, { pageSize, pageToken }, load) {
      const limit = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
      if (limit < 1 || limit > MAX_PAGE_SIZE) {
        const field = { field: 'page_size', message: `must be 1 to ${MAX_PAGE_SIZE}, or 0 for ${DEFAULT_PAGE_SIZE}` };
        throw new AppError('VALIDATION_ERROR', `${field.field} ${field.message}`, { fields: [field] });
      }
      const { items, nextAfter } = await load({ limit, after: pageToken ? cursors.decode(scope, pageToken) : null });
      return { items, nextPageToken: nextAfter ? cursors.encode(scope, nextAfter) : '' };
    },
  };
}
