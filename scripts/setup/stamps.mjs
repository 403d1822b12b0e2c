import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Paths of all files below `folder` for which `wanted(path)` holds, sorted; none if the folder does not exist. */
export function filesBelow(folder, wanted = () => true) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter(wanted)
    .sort();
}

/** One hash over names and contents. */
export function hashContents(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** One hash over names, sizes and times of change: cheap enough to look at hundreds of files on every start. */
export function hashTimes(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex');
}

/** Runs `work` unless it was already done for this `value`, as the stamp file `file` remembers. */
export async function unlessStamped(file, value, work) {
  if (existsSync(file) && readFileSync(file, 'utf8') === value) return;
  await work();
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, value);
}
