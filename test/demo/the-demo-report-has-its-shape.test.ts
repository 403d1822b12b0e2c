import assert from 'node:assert/strict';
import { makeReport } from '../../scripts/demo/make-report';
import { demoReportSchema, emptyReport } from '../../scripts/demo/report';
import { nothingSeen } from '../../scripts/demo/seen';
import { wholeDemo } from './seen-demo';

describe('the report of the demo', () => {
  it('tells every message with who read it, every fact, search, reply and workflow, and the sum', () => {
    const report = makeReport(wholeDemo(), { ok: true, tookSeconds: 30.5 });
    assert.deepEqual(Object.keys(report), Object.keys(emptyReport()));
    assert.deepEqual(report.messages[1], {
      kind: 'image',
      messageId: 'm2',
      workflowId: 't:1:enrichment:m2',
      status: 'completed',
      provider: 'vertex',
      text: 'Texto visível na etiqueta: Cafeteira Aurora 127V R$ 349,90.',
      latencyMs: 900,
      costMicros: 460,
    });
    assert.equal(report.messages[0]?.workflowId, 't:1:turn:turn-1');
    assert.deepEqual(report.facts, [{ type: 'timeline', text: 'até sexta', confidence: 0.8, sourceMessageId: 'm1' }]);
    assert.deepEqual(
      report.memory.map(({ query, results }) => [query, results.map(({ sourceId }) => sourceId)]),
      [
        ['qual era o pedido?', []],
        ['etiqueta', ['m2']],
      ],
    );
    assert.deepEqual(report.replies, [
      {
        text: 'É o pedido 1042.',
        agent: 'general',
        intent: 'support_technical',
        costMicros: 200,
        workflowId: 't:1:turn:turn-1',
        runId: 'run-1',
      },
    ]);
    assert.deepEqual(report.totals, { costMicros: 660, workflows: 6 });
  });

  it('is written for a run that broke off before anything happened', () => {
    assert.deepEqual(makeReport(nothingSeen(), { ok: false, tookSeconds: 0 }), emptyReport());
  });

  it('has no other and no missing fields', () => {
    const report = makeReport(wholeDemo(), { ok: true, tookSeconds: 1 });
    assert.equal(demoReportSchema.safeParse({ ...report, extra: 1 }).success, false);
    const { facts: _facts, ...rest } = report;
    assert.equal(demoReportSchema.safeParse(rest).success, false);
  });
});
