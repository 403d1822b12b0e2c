import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Position } from '../../core/crm/page';
import { AppError } from '../../core/errors';

/** Turns the position of a page's last row into an opaque text and back. */
export interface Cursors {
  encode(scope: CursorScope, position: Position): string;
  /** @throws AppError CURSOR_INVALID if it was changed, or made for another list or tenant. */
  decode(scope: CursorScope, cursor: string): Position;
}

/** What a cursor is good for: one list of one tenant. */
export interface CursorScope {
  tenantId: string;
  list: string;
}

const MAC_BYTES = 16;
const payloadSchema = z.array(z.string()).min(1).max(4);

/** @param secretBase64 the installation's encryption key; cursors are signed with a key derived from it. */
export function createCursors(secretBase64: string): Cursors {
  const key = Buffer.from(hkdfSync('sha256', Buffer.from(secretBase64, 'base64'), '', 'ventros cursor v1', 32));

  const mac = (scope: CursorScope, payload: string) =>
    createHmac('sha256', key).update(`${scope.tenantId}\n${scope.list}\n${payload}`).digest().subarray(0, MAC_BYTES);

  return {
    encode(scope, position) {
      const payload = Buffer.from(JSON.stringify(position)).toString('base64url');
      return `${payload}.${mac(scope, payload).toString('base64url')}`;
    },
    decode(scope, cursor) {
      const [payload, signature] = cursor.split('.');
      const given = Buffer.from(signature ?? '', 'base64url');
      if (!payload || given.length !== MAC_BYTES || !timingSafeEqual(given, mac(scope, payload))) {
        throw new AppError('CURSOR_INVALID', 'Use the next_cursor of a page of this list, unchanged');
      }
      return payloadSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    },
  };
}
