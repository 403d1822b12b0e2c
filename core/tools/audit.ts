import type { Tx } from '../database';
import { toPage, type Page, type PageRequest } from '../crm/page';

/** A call by an operator or a program, without what was said in it. */
export interface ToolCallRow {
  id: string;
  tool: string;
  via: string;
  userId: string | null;
  contactId: string | null;
  status: string;
  errorCode: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

interface Filter {
  tool?: string | undefined;
  contactId?: string | undefined;
  via?: string | undefined;
  status?: string | undefined;
}

/** Newest first. */
export async function listToolCalls(
  tx: Tx,
  tenantId: string,
  { limit, after, ...filter }: PageRequest & Filter,
): Promise<Page<ToolCallRow>> {
  const rows = await tx.toolCall.findMany({
    where: { tenantId, ...filter, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: {
      id: true,
      tool: true,
      via: true,
      userId: true,
      contactId: true,
      status: true,
      errorCode: true,
      createdAt: true,
      finishedAt: true,
    },
  });
  return toPage(rows, limit, ({ id }) => [id]);
}
