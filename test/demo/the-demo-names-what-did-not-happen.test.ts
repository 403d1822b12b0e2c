import assert from 'node:assert/strict';
import { missingParts } from '../../scripts/demo/checks';
import { makeReport } from '../../scripts/demo/make-report';
import type { Seen } from '../../scripts/demo/seen';
import { EXPECTED, wholeDemo } from './seen-demo';

function missingAfter(change: (seen: Seen) => void): string {
  const seen = wholeDemo();
  change(seen);
  return missingParts(seen, makeReport(seen, { ok: false, tookSeconds: 1 }), EXPECTED).join('\n');
}

const photoOf = (seen: Seen) => seen.customer[1]!.enrichment!;

describe('the demo', () => {
  it('finds nothing missing when everything happened', () => {
    assert.equal(
      missingAfter(() => {}),
      '',
    );
  });

  const cases: [string, (seen: Seen) => void, RegExp][] = [
    ['a medium that failed', (seen) => (photoOf(seen).status = 'failed'), /image: its workflow is failed/],
    ['a medium without text', (seen) => (photoOf(seen).extracted_text = ' '), /image: there is no text/],
    ['a medium read by a stranger', (seen) => (photoOf(seen).provider = 'groq+vertex'), /image: read by groq\+vertex/],
    ['a message that was not sent', (seen) => seen.customer.pop(), /messages: sent text instead of text, image/],
    ['facts of nobody', (seen) => (seen.facts[0]!.source_message_id = 'm9'), /facts: none from this conversation/],
    ['a search without hits', (seen) => (seen.searches[0]!.found.results = []), /memory: a search found nothing/],
    [
      'no hit of a medium',
      (seen) => (seen.searches[0]!.found.results[0]!.source_id = 'm1'),
      /memory: no hit is the text of a medium/,
    ],
    ['a second reply', (seen) => seen.messages.push({ ...seen.messages[2]!, id: 'm4' }), /2 replies instead of one/],
    ['a reply that was lost', (seen) => (seen.delivered = []), /its reply reached WhatsApp 0 times/],
    ['a turn without a model', (seen) => (seen.decisions[0]!.model = null), /turn 1: no language model answered/],
    ['a turn without record', (seen) => (seen.decisions = []), /0 decision records for 1 turns/],
    [
      'an answer without what memory holds',
      (seen) => (seen.messages[2]!.text = '(não encontrei o número)'),
      /the last answer does not have the order number/,
    ],
    ['a failed workflow', (seen) => (seen.workflows[1]!.status = 'FAILED'), /is FAILED instead of COMPLETED/],
    ['a workflow that never was', (seen) => seen.workflows.pop(), /0 of type sendingWorkflow instead of 1/],
    ['an ended conversation', (seen) => (seen.workflows[0]!.status = 'COMPLETED'), /is COMPLETED instead of RUNNING/],
    [
      'a ledger that does not add up',
      (seen) => (seen.costs[1]!.data[0]!.settled_micros += 1),
      /the parts add up to 661, the total is 660/,
    ],
    [
      'money still reserved',
      (seen) => (seen.costs[0]!.total.reserved_micros = 5),
      /5 micro-dollars are still reserved/,
    ],
  ];
  for (const [what, change, expected] of cases) {
    it(`names ${what}`, () => assert.match(missingAfter(change), expected));
  }
});
