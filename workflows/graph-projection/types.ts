export interface GraphProjectionInput {
  tenantId: string;
  projectionId: string;
  /** What earlier runs came to. */
  progress?: GraphProjectionProgress;
}

export interface GraphProjectionProgress {
  /** `sweep`: what is not in the graph any more is removed. */
  phase: 'vertices' | 'edges' | 'sweep' | 'done';
  verticesDone: number;
  edgesDone: number;
  removed: number;
}
