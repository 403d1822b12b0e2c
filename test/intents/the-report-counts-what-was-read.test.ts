import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { INTENTS } from '../../core/agents/intents/types';
import { evaluateIntents, readLabelled, tableOf } from '../../scripts/eval/intents';
import { readSplit } from './labelled';

describe('the report on intents counts what was read', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'ventros-intents-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('has accuracy, scores of each intent, confusion, calibration and time', async () => {
    const report = await evaluateIntents([
      { text: 'quero cancelar meu plano', intent: 'retention_churn' },
      { text: 'quero cancelar minha assinatura', intent: 'general' },
      { text: 'preciso da segunda via do boleto', intent: 'support_billing' },
      { text: 'bom dia', intent: 'general' },
    ]);
    assert.equal(report.messages, 4);
    assert.equal(report.accuracy, 0.75);
    assert.deepEqual(report.perClass.retention_churn, { precision: 0.5, recall: 1, f1: 2 / 3 });
    assert.deepEqual(report.perClass.general, { precision: 1, recall: 0.5, f1: 2 / 3 });
    assert.deepEqual(report.perClass.sales_prospecting, { precision: 0, recall: 0, f1: 0 });
    assert.equal(report.confusion.general.retention_churn, 1);
    assert.ok(report.expectedCalibrationError > 0 && report.expectedCalibrationError < 1);
    assert.ok(report.p95Ms > 0);
    for (const intent of INTENTS) assert.match(tableOf(report), new RegExp(intent));
  });

  it('names the line that is not a labelled message', () => {
    const file = path.join(folder, 'bad.jsonl');
    writeFileSync(file, '{"text":"oi","intent":"general"}\n\n{"text":"oi","intent":"hello"}\n');
    assert.throws(() => readLabelled(file), /bad\.jsonl:3: .*intent/s);
    writeFileSync(file, '{"text":');
    assert.throws(() => readLabelled(file), /bad\.jsonl:1/);
  });

  it('reads the messages nobody trained on well, and knows how well', async () => {
    const { accuracy, perClass, expectedCalibrationError: error } = await evaluateIntents(readSplit('heldout'));
    assert.ok(accuracy >= 0.92, `accuracy ${accuracy}`);
    assert.ok(error <= 0.02, `calibration error ${error}`);
    for (const intent of INTENTS) assert.ok(perClass[intent].f1 >= 0.88, `${intent} ${perClass[intent].f1}`);
  });
});
