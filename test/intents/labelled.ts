import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Intent } from '../../core/agents/intents/types';
import { projectRoot } from '../../core/project-root';

export type Split = 'train' | 'dev' | 'heldout' | 'strangers' | 'newcomers';

export interface Row {
  text: string;
  intent: Intent;
  lang: 'pt' | 'en' | 'es';
  file: string;
}

/** The messages of a split, in the order of its files. */
export function readSplit(split: Split): Row[] {
  const folder = path.join(projectRoot(), 'data/intents', split);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) =>
      readFileSync(path.join(folder, name), 'utf8')
        .split('\n')
        .filter((line) => line.trim())
        .map((line) => ({ ...(JSON.parse(line) as Omit<Row, 'file'>), file: `${split}/${name}` })),
    );
}
