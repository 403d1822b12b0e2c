/** The sort values of a page's last row, as exact text: a timestamp in milliseconds would lose rows at page edges. */
export type Position = string[];

export interface PageRequest {
  /** 1 to 100. */
  limit: number;
  after: Position | null;
}

export interface Page<T> {
  items: T[];
  /** Where the next page starts; null at the end. */
  nextAfter: Position | null;
}

/** Makes a page of `limit` rows from a query that asked for one more, to know whether there is a next page. */
export function toPage<T>(rows: T[], limit: number, positionOf: (row: T) => Position): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextAfter: rows.length > limit && last !== undefined ? positionOf(last) : null };
}
