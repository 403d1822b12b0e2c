import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { decideIntent } from '../../core/agents/intents/decide';
import { localClassifier } from '../../core/agents/intents/local-classifier';
import { INTENTS, type Intent } from '../../core/agents/intents/types';

const labelledSchema = z.object({ text: z.string(), intent: z.enum(INTENTS) });
export type Labelled = z.output<typeof labelledSchema>;

export interface IntentReport {
  messages: number;
  /** Version of the weights. */
  classifier: string;
  /** Share of messages whose decision, with everything below the floor of 0.7 as general, is the label. */
  accuracy: number;
  perClass: Record<Intent, { precision: number; recall: number; f1: number }>;
  /** Label → decision → messages. */
  confusion: Record<Intent, Record<Intent, number>>;
  /** Mean distance between how sure the router says it is and how often it is right, in ten steps of certainty. */
  expectedCalibrationError: number;
  p95Ms: number;
}

/** @throws Error that names the line which is not `{"text": …, "intent": …}` */
export function readLabelled(file: string): Labelled[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      if (!line.trim()) return [];
      const parsed = labelledSchema.safeParse(jsonOf(line));
      if (!parsed.success) throw new Error(`${file}:${index + 1}: ${z.prettifyError(parsed.error)}`);
      return [parsed.data];
    });
}

/** Runs the local classifier over messages without a conversation before them. */
export async function evaluateIntents(messages: Labelled[]): Promise<IntentReport> {
  const classifier = localClassifier();
  await classifier.load();
  const confusion = matrix(() => 0);
  const judged: { confidence: number; isRight: boolean }[] = [];
  const times: number[] = [];
  for (const { text, intent: label } of messages) {
    const startedAt = performance.now();
    const decision = decideIntent(text, await classifier.classify(text), { router: 'local', previous: null });
    times.push(performance.now() - startedAt);
    confusion[label][decision.intent]++;
    judged.push({ confidence: decision.confidence, isRight: decision.intent === label });
  }
  return {
    messages: messages.length,
    classifier: classifier.version,
    accuracy: share(judged.filter(({ isRight }) => isRight).length, messages.length),
    perClass: perIntent((intent) => scoresOf(confusion, intent)),
    confusion,
    expectedCalibrationError: calibrationError(judged),
    p95Ms: times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0,
  };
}

/** The report for people. */
export function tableOf(report: IntentReport): string {
  const width = Math.max(...INTENTS.map((intent) => intent.length)) + 2;
  const cell = (value: string | number) => String(value).padStart(9);
  const percent = (value: number) => cell(`${(value * 100).toFixed(1)} %`);
  const rows = INTENTS.map((intent) => {
    const { precision, recall, f1 } = report.perClass[intent];
    const decisions = INTENTS.map((decision) => cell(report.confusion[intent][decision])).join('');
    return intent.padEnd(width) + percent(precision) + percent(recall) + percent(f1) + decisions;
  });
  const head = ['precision', 'recall', 'F1', ...INTENTS.map((intent) => `→ ${intent.slice(-7)}`)].map(cell).join('');
  return [
    `${report.messages} messages, ${report.classifier}`,
    `accuracy ${(report.accuracy * 100).toFixed(1)} %, calibration error ${report.expectedCalibrationError.toFixed(3)}, ` +
      `p95 ${report.p95Ms.toFixed(2)} ms`,
    '',
    ' '.repeat(width) + head,
    ...rows,
  ].join('\n');
}

function scoresOf(confusion: IntentReport['confusion'], intent: Intent) {
  const right = confusion[intent][intent];
  const said = INTENTS.reduce((sum, label) => sum + confusion[label][intent], 0);
  const labelled = INTENTS.reduce((sum, decision) => sum + confusion[intent][decision], 0);
  const precision = share(right, said);
  const recall = share(right, labelled);
  return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

const CALIBRATION_STEPS = 10;

function calibrationError(judged: { confidence: number; isRight: boolean }[]): number {
  let error = 0;
  for (let step = 0; step < CALIBRATION_STEPS; step++) {
    const own = judged.filter(
      ({ confidence }) => Math.min(CALIBRATION_STEPS - 1, Math.floor(confidence * CALIBRATION_STEPS)) === step,
    );
    const right = own.filter(({ isRight }) => isRight).length;
    const sure = own.reduce((sum, { confidence }) => sum + confidence, 0);
    error += Math.abs(right - sure);
  }
  return share(error, judged.length);
}

function perIntent<Value>(of: (intent: Intent) => Value): Record<Intent, Value> {
  return Object.fromEntries(INTENTS.map((intent) => [intent, of(intent)])) as Record<Intent, Value>;
}

function matrix(of: () => number): IntentReport['confusion'] {
  return perIntent(() => perIntent(of));
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
