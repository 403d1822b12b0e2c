export type ProjectionStatus = 'queued' | 'running' | 'completed' | 'failed';

/** The graph of a tenant copied to Apache AGE. */
export interface Projection {
  id: string;
  status: ProjectionStatus;
  verticesDone: number;
  edgesDone: number;
  /** Of an earlier projection, and not in the graph any more. */
  removed: number;
  errorCode: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface ProjectionRef {
  tenantId: string;
  projectionId: string;
}

/** Where a projection is. Each step writes one batch and moves it, in one transaction. */
export type ProjectionPosition =
  | { phase: 'vertices'; type: string; after: string | null }
  | { phase: 'edges'; after: EdgePosition | null }
  | { phase: 'sweep' }
  | { phase: 'done' };

/** A type, not an interface, so that it is JSON. */
export type EdgePosition = { fromId: string; kind: string; toId: string; sourceId: string };

export interface ProjectionStep {
  phase: ProjectionPosition['phase'];
  verticesDone: number;
  edgesDone: number;
  removed: number;
}
