import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../project-root';

const cache = new Map<string, string>();

/**
 * The text of a statement that lives in a file of its own, for example `sqlFile('core/outbox/sql/claim.sql')`.
 * Parameters are $1, $2, … and always passed beside the text, never pasted into it.
 */
export function sqlFile(pathFromRoot: string): string {
  let text = cache.get(pathFromRoot);
  if (text === undefined) {
    text = readFileSync(path.join(projectRoot(), pathFromRoot), 'utf8');
    cache.set(pathFromRoot, text);
  }
  return text;
}
