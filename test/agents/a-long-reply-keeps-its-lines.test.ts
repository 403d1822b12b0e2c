import assert from 'node:assert/strict';
import { splitReply } from '../../core/agents/split-reply';

const item = (index: number) => `${index}. Produto ${index}: garantia de um ano, entrega em três dias úteis`;
const list = (count: number) => Array.from({ length: count }, (_, index) => item(index + 1)).join('\n');

describe('a long reply keeps its lines', () => {
  it('a list of one paragraph is cut between lines, and every line stays one', () => {
    const text = `Temos:\n${list(20)}`;
    const parts = splitReply(text);
    assert.ok(parts.length > 1 && parts.length <= 4, String(parts.length));
    assert.equal(parts.join('\n'), text);
  });

  it('an address within a long text keeps its lines, and paragraphs stay apart', () => {
    const address = 'Rua das Flores, 10\nCentro\nRecife';
    const text = `${'Nossa loja fica aqui. '.repeat(40).trim()}\n\n${address}\n\n${'Até logo! '.repeat(5).trim()}`;
    const parts = splitReply(text);
    assert.ok(
      parts.some((part) => part.includes(address)),
      JSON.stringify(parts),
    );
    assert.equal(parts.join('').replace(/\s/g, ''), text.replace(/\s/g, ''));
  });

  it('a word without an end is cut and put together without a space', () => {
    const url = `https://loja.example.com/${'a'.repeat(3_000)}`;
    assert.equal(splitReply(url).join(''), url);
  });

  it('an emoji is never cut in two', () => {
    for (const part of splitReply('👩‍🔧'.repeat(600))) assert.doesNotThrow(() => encodeURIComponent(part));
  });

  it('a short one leaves as it is', () => {
    assert.deepEqual(splitReply(' Oi!\n\nTudo bem? '), ['Oi!\n\nTudo bem?']);
    assert.deepEqual(splitReply('  '), []);
  });
});
