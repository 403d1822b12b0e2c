import type { ApiDeps } from '../deps';
import type { Paging } from './paging';

/** What the files of routes are given. */
export type EdgeDeps = ApiDeps & { paging: Paging };
