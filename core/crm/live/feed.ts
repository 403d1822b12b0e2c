import { sqlFile, type Tx } from '../../database';
import { AppError } from '../../errors';

/**
 * How far a feed is: what `base` sees was given out. Within a batch also what `upto` sees beyond that, up to the row with this
 * transaction and id. Snapshots are those of Postgres, as text.
 */
export interface FeedPosition {
  base: string;
  upto: string | null;
  writtenIn: string;
  id: string;
}

/** A row of a feed, by the transaction that wrote it. */
export interface FeedRow {
  id: string;
  writtenIn: bigint;
}

export interface FeedQuery extends FeedPosition {
  limit: number;
}

/** What a statement of a feed answers: rows that carry the snapshot they were seen in, or one that is only the snapshot. */
export type FeedAnswer<T extends FeedRow> = ({ snapshot: string } & (T | { [K in keyof T]: null }))[];

export interface FeedItem<T> {
  event: T;
  /** From where a feed goes on that breaks off after this item. */
  position: FeedPosition;
}

const BATCH_SIZE = 100;
const FIRST = { writtenIn: '0', id: '00000000-0000-0000-0000-000000000000' };

/**
 * Where a feed begins: at a position that another gave, or with what is committed from now on.
 *
 * @throws AppError CURSOR_INVALID for a position that is none of this server
 */
export async function feedStart(tx: Tx, given: FeedPosition | null): Promise<FeedPosition> {
  const sql = sqlFile('core/crm/live/sql/start.sql');
  const [row] = await tx.$queryRawUnsafe<{ now: string; isKnown: boolean }[]>(
    sql,
    given?.base ?? null,
    given?.upto ?? null,
  );
  if (!row?.isKnown) throw new AppError('CURSOR_INVALID', 'This is not the id of an event of this stream');
  return given ?? { base: row.now, upto: null, ...FIRST };
}

/**
 * Gives out rows as they are committed, none twice and none left out, however late their transaction ends: what one
 * snapshot sees and the one before did not.
 */
export class Feed<T extends FeedRow> {
  /** @param load the rows of a position, by transaction and id */
  constructor(
    private readonly load: (query: FeedQuery) => Promise<FeedAnswer<T>>,
    private position: FeedPosition,
  ) {}

  /** The next items; there may be more when `isFull`. */
  async next(): Promise<{ items: FeedItem<T>[]; isFull: boolean }> {
    const rows = await this.load({ ...this.position, limit: BATCH_SIZE });
    const [{ snapshot } = { snapshot: this.position.base }] = rows;
    const events = rows.filter((row): row is T & { snapshot: string } => row.id !== null);
    const isFull = events.length === BATCH_SIZE;
    const { base } = this.position;
    const items: FeedItem<T>[] = events.map((event) => ({
      event,
      position: { base, upto: snapshot, writtenIn: String(event.writtenIn), id: event.id },
    }));
    const last = items.at(-1);
    if (isFull && last) {
      this.position = last.position;
    } else {
      this.position = { base: snapshot, upto: null, ...FIRST };
      if (last) last.position = this.position;
    }
    return { items, isFull };
  }
}
