import type { ApiDeps } from '../deps';
import type { EventStreams } from './event-stream';
import type { Paging } from './paging';

/** What the files of routes are given. */
export type EdgeDeps = ApiDeps & { paging: Paging; streams: EventStreams };
