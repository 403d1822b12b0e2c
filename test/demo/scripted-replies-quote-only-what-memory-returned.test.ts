import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../core/project-root';
import { CONVERSATION } from '../../scripts/demo/conversation';
import { answerLanguage, type ChatTurn } from '../../simulator/language-rules';
import { ScriptBook, simulatorScriptSchema } from '../../simulator/script';

const scriptFile = path.join(projectRoot(), 'simulator/scripts/demo.json');
const script = simulatorScriptSchema.parse(JSON.parse(readFileSync(scriptFile, 'utf8')));
const question = CONVERSATION.at(-1)?.[0]?.text ?? '';

function answer(toolResults: unknown[]) {
  const book = new ScriptBook();
  book.set(script);
  const turns: ChatTurn[] = [
    // What was said before is context of the prompt, and must not be where the answer comes from.
    { role: 'user', text: 'Segue o pedido [documento] Loja Aurora - Pedido 1042', calledTools: [] },
    { role: 'user', text: question, calledTools: [] },
    ...toolResults.map((result) => ({ role: 'tool' as const, text: JSON.stringify(result), calledTools: [] })),
  ];
  const reply = answerLanguage({ turns, tools: [], responseSchema: null }, book);
  assert.notEqual(reply, 'exhausted');
  return reply as Exclude<typeof reply, 'exhausted'>;
}

describe('the scripted model of the demo', () => {
  it('searches the memory before it answers the question', () => {
    const { toolCalls } = answer([]);
    assert.deepEqual([...new Set(toolCalls.map(({ name }) => name))], ['search_memory', 'get_contact_facts']);
    assert.doesNotMatch(JSON.stringify(toolCalls), /1042|sexta/);
  });

  it('quotes what the tools returned', () => {
    const results = [
      { content: 'Loja Aurora - Pedido 7731\nData do pedido: 02/04/2026' },
      { content: 'Então fica combinado assim: troca até sábado. Até mais' },
    ];
    const { text } = answer([{ results, degraded: [] }, { facts: [] }]);
    assert.match(text, /número do seu pedido é 7731, com data de 02\/04\/2026/);
    assert.match(text, /o combinado foi: troca até sábado\./);
  });

  it('visibly lacks what the tools did not return', () => {
    const { text } = answer([{ results: [], degraded: [] }, { facts: [] }]);
    assert.match(text, /não encontrei o número/);
    assert.match(text, /não encontrei nada combinado/);
    assert.doesNotMatch(text, /1042|sexta/);
  });

  it('reads the media that the demo sends', () => {
    const hashes = ['photo.jpg', 'voice.ogg', 'order.pdf'].map((name) =>
      createHash('sha256')
        .update(readFileSync(path.join(projectRoot(), 'test/fixtures/media', name)))
        .digest('hex'),
    );
    const known = [...(script.vision ?? []), ...(script.speech ?? []), ...(script.documents ?? [])].map(
      ({ match }) => match.sha256,
    );
    for (const hash of hashes) assert.ok(known.includes(hash), `${hash} is not in the script`);
  });
});
