import type { Connection } from '@temporalio/client';
import { outcomeAttributes, searchAttributes } from '../workflows/shared/search-attributes';

/** INDEXED_VALUE_TYPE_KEYWORD of Temporal's API. */
const KEYWORD = 2;

const NAMES = [
  ...searchAttributes({ tenantId: '-', kind: 'conversation', contactId: '-' }),
  ...outcomeAttributes({ outcome: 'completed', mediaKind: '-', atStart: undefined }),
].map(({ key }) => key.name);

/**
 * Stops a process whose namespace lacks the search attributes: the server would refuse every workflow, and the relay give
 * up every event.
 *
 * @throws Error with the commands that add them
 */
export async function requireSearchAttributes(
  { operatorService }: Pick<Connection, 'operatorService'>,
  namespace: string,
): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const typeOf = (name: string) => customAttributes?.[name];
  const missing = NAMES.filter((name) => typeOf(name) !== KEYWORD);
  if (missing.length === 0) return;
  const ofAnotherType = missing.filter((name) => typeOf(name) !== undefined && typeOf(name) !== null);
  const lines = missing.flatMap((name) => [
    ...(ofAnotherType.includes(name)
      ? [`temporal operator search-attribute remove --namespace ${namespace} --name ${name}`]
      : []),
    `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type Keyword`,
  ]);
  throw new Error(
    `The Temporal namespace ${namespace} has no keyword search attributes ${missing.join(', ')}. Add them, then start again:\n  ${lines.join('\n  ')}`,
  );
}
