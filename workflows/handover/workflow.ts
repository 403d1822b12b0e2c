import { proxyActivities, sleep } from '@temporalio/workflow';
import type { PeopleActivities } from '../../activities/people';
import { DATABASE_ACTIVITY } from '../shared/queues';
import type { HandoverInput } from './types';

const database = proxyActivities<PeopleActivities>(DATABASE_ACTIVITY);

/**
 * The wait for a person: asks one to come, and escalates each time that nobody answered within the project's time. Whether
 * somebody did, the database says when the time is up. It ends when somebody came or nobody is left to be asked.
 */
export async function handoverWorkflow(input: HandoverInput): Promise<void> {
  let { waitMs } = await database.openHandover(input);
  for (let round = 1; waitMs !== null; round++) {
    await sleep(waitMs);
    ({ waitMs } = await database.escalateHandover({ ...input, round }));
  }
}
