import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { tokenize } from '../../core/agents/intents/normalize';
import { INTENTS } from '../../core/agents/intents/types';
import { projectRoot } from '../../core/project-root';
import { readSplit, type Row, type Split } from './labelled';

const SPLITS: Split[] = ['train', 'dev', 'heldout', 'strangers', 'newcomers'];
/** From so many words on, two messages that differ in one word are a template filled in twice. */
const TEMPLATE_WORDS = 6;

/** Two messages with a key in common are alike: the same words in any order, or all but one of them. */
function keysOf(text: string): string[] {
  const words = [...new Set(tokenize(text).filter((token) => /[a-z0]/.test(token)))].sort();
  const all = words.length > 0 ? words.join(' ') : text.trim();
  if (words.length < TEMPLATE_WORDS) return [all];
  return [all, ...words.map((_word, left) => `${words.filter((_other, index) => index !== left).join(' ')} _`)];
}

function alike(rows: Row[]): string[] {
  const seen = new Map<string, Row>();
  const found = new Set<string>();
  for (const row of rows) {
    for (const key of keysOf(row.text)) {
      const other = seen.get(key);
      if (other && other !== row) found.add(`“${row.text}” (${row.file}) and “${other.text}” (${other.file})`);
      seen.set(key, row);
    }
  }
  return [...found];
}

describe('no two messages to tell intents by are alike', () => {
  const rows = SPLITS.flatMap(readSplit);

  it('neither within a split nor between two', () => {
    assert.deepEqual(alike(rows), []);
  });

  it('finds a repetition, another order of words and a template filled in twice', () => {
    const row = (text: string): Row => ({ text, intent: 'general', lang: 'pt', file: 'x' });
    assert.equal(alike([row('Bom dia!'), row('bom  DIA')]).length, 1);
    assert.equal(alike([row('qual o preço'), row('o preço qual?')]).length, 1);
    const template = ['sofá', 'rack'].map((thing) => row(`quanto custa aquele ${thing} azul da vitrine`));
    assert.equal(alike(template).length, 1);
    assert.equal(alike([row('quanto custa o sofá'), row('quanto custa o rack')]).length, 0);
  });

  it('has every intent in every language in the split to train on', () => {
    const train = readSplit('train');
    for (const intent of INTENTS) {
      for (const lang of ['pt', 'en', 'es']) {
        assert.ok(train.filter((row) => row.intent === intent && row.lang === lang).length >= 30, `${intent} ${lang}`);
      }
    }
  });

  it('has as many messages of each intent in the splits that were written as strangers write', () => {
    const splits = { strangers: 120, newcomers: 30 } as const;
    for (const [split, each] of Object.entries(splits)) {
      const own = readSplit(split as keyof typeof splits);
      for (const intent of INTENTS) {
        assert.equal(own.filter((row) => row.intent === intent).length, each, `${split} ${intent}`);
      }
    }
  });

  it('is what the weights were trained on', () => {
    const bytes = gunzipSync(readFileSync(path.join(projectRoot(), 'core/agents/intents/weights.bin.gz')));
    const header = JSON.parse(bytes.toString('utf8', 4, 4 + bytes.readUInt32LE(0))) as {
      trainedOn: { sha256: string };
    };
    const lines = readSplit('train').map(({ intent, text }) => `${intent}\t${text}`);
    const digest = createHash('sha256').update(lines.join('\n')).digest('hex');
    assert.equal(header.trainedOn.sha256, digest, 'the messages changed: npm run train:intents');
  });
});
