import assert from 'node:assert/strict';
import { localClassifier } from '../../core/agents/intents/local-classifier';
import { intentText } from '../../core/agents/intents/route-intent';
import type { IntentScores } from '../../core/agents/intents/types';
import type { TranscriptMessage } from '../../core/agents/transcript';

/** What a joined turn may hold. */
const LONGEST = 4_096;
const STORY =
  'Bom dia, tudo bem com vocês? Aqui na rua choveu a semana inteira e o meu neto veio passar uns dias comigo. ';
const WISH =
  'Preciso da segunda via do boleto de outubro: venceu ontem e não chegou, e a fatura veio com juros que eu não devo, já paguei a parcela.';

function storyOf(characters: number): string {
  return STORY.repeat(Math.ceil(characters / STORY.length)).slice(0, characters);
}

function message(text: string): TranscriptMessage {
  return { fromMe: false, text, enrichmentStatus: 'none', extractedText: null } as unknown as TranscriptMessage;
}

function surest(scores: IntentScores): string | undefined {
  return Object.entries(scores).toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

describe('a long message is read at both ends', () => {
  it('hears the wish that the last of many joined messages tells', async () => {
    const text = intentText([message(storyOf(LONGEST - WISH.length - 1)), message(WISH)]);
    assert.ok(text.endsWith(WISH));
    assert.equal(surest(await localClassifier().classify(text)), 'support_billing');
  });

  it('hears the wish at the beginning of a long story', async () => {
    assert.equal(surest(await localClassifier().classify(`${WISH} ${storyOf(LONGEST)}`)), 'support_billing');
  });

  it('reads no more of what lies between, so that it takes no longer', async () => {
    const [head, tail] = [storyOf(800), ` ${storyOf(800)}`];
    const long = await localClassifier().classify(head + ' x'.repeat(LONGEST) + tail);
    assert.deepEqual(long, await localClassifier().classify(head + ' o chuveiro não liga'.repeat(20) + tail));
  });
});
