import type { Database } from '../core/database';
import { endProjection, projectNext } from '../core/memory/graph/projection/project';
import type { ProjectionRef } from '../core/memory/graph/projection/types';
import { asActivities } from './support';

export function createGraphProjectionActivities({ db }: { db: Database }) {
  return asActivities({
    projectNext: (ref: ProjectionRef) => projectNext(db, ref),
    endProjection: (of: ProjectionRef & { errorCode?: string }) => endProjection(db, of),
  });
}

export type GraphProjectionActivities = ReturnType<typeof createGraphProjectionActivities>;
