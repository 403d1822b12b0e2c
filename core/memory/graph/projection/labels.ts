/** Labels of the projection by the types of the graph's nodes, in the order they are written. Made by sql/prepare.sql. */
export const VERTEX_LABELS = {
  contact: 'Contact',
  session: 'Session',
  message: 'Message',
  fact: 'Fact',
  document: 'Document',
  entity: 'Entity',
  topic: 'Topic',
  tag: 'Tag',
  list: 'List',
  status: 'Status',
  agent: 'Agent',
  offer: 'Offer',
  ad: 'Ad',
  campaign: 'Campaign',
} as const;

export type VertexType = keyof typeof VERTEX_LABELS;

export const VERTEX_TYPES = Object.keys(VERTEX_LABELS) as VertexType[];

export function isVertexType(type: string): type is VertexType {
  return type in VERTEX_LABELS;
}
