import { v7 } from 'uuid';

/** A new UUIDv7: ordered by time, so it indexes well and sorts as a cursor. */
export function newId(): string {
  return v7();
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(value: string): boolean {
  return UUID.test(value);
}

/** Ids of the system agents, the same in every tenant. `messages.agent_id` is always one of these or a real agent. */
export const SYSTEM_AGENT_IDS = {
  broadcast: '00000000-0000-0000-0000-000000000001',
  sequence: '00000000-0000-0000-0000-000000000002',
  trigger: '00000000-0000-0000-0000-000000000003',
  webhook: '00000000-0000-0000-0000-000000000004',
  scheduled: '00000000-0000-0000-0000-000000000005',
  test: '00000000-0000-0000-0000-000000000010',
  default: '00000000-0000-0000-0000-000000000099',
} as const;
