import { statSync } from 'node:fs';
import type { DecisionRecord, Enrichment, Fact, MemorySearch, Message } from './api';
import { CUSTOMER, type CustomerMessage } from './conversation';
import { dollars, seconds, shorten, type Printer } from './printer';
import { fixture } from './simulated-whatsapp';

/** Tells what happens while it happens. */
export type Narrator = ReturnType<typeof createNarrator>;

const TEXT_CHARS = 180;
const HITS_SHOWN = 4;

interface Hit {
  content: string;
  score: number;
  source: string;
  legs: { leg: string; rank: number; score: number }[];
}

export function createNarrator(out: Printer) {
  const workflow = (id: string) => out.row('', `workflow ${id}`, 'dim');

  const oneLine = (start: string, text: string) =>
    out.row('', `${start}${shorten(text, out.textWidth - start.length)}`);

  function hits(results: Hit[]) {
    for (const { content, score, source, legs } of results.slice(0, HITS_SHOWN)) {
      const why = legs.map(({ leg, rank, score: raw }) => `${leg} #${rank} ${raw.toFixed(2)}`).join(', ');
      oneLine(`${score.toFixed(2)}  ${source.padEnd(7)}  `, content);
      out.row('', `      found by ${why}`, 'dim');
    }
    if (results.length > HITS_SHOWN) out.row('', `… and ${results.length - HITS_SHOWN} more`, 'dim');
  }

  return {
    turnBegins(number: number, of: number) {
      out.heading(`Turn ${number} of ${of}`);
    },

    customerWrote({ kind, text, file }: CustomerMessage) {
      const attached = file ? `[${kind}: ${file.name}, ${Math.ceil(statSync(fixture(file.name)).size / 1024)} kB]` : '';
      out.row(CUSTOMER.name, [attached, text].filter(Boolean).join(' '));
    },

    mediumRead({ kind }: CustomerMessage, enrichment: Enrichment) {
      const { status, provider, processing_time_ms: tookMs, cost_micros, extracted_text: text } = enrichment;
      if (status === 'completed') {
        out.row(
          `> ${kind}`,
          `read by ${provider ?? 'nobody'} in ${seconds(tookMs ?? 0)} for ${dollars(cost_micros)}`,
          'green',
        );
        out.row('', `“${shorten(text ?? '', TEXT_CHARS)}”`);
      } else {
        out.row(`> ${kind}`, `not read: ${enrichment.error_code} ${enrichment.error_message ?? ''}`, 'red');
      }
      workflow(enrichment.workflow_id);
    },

    decided(decision: DecisionRecord) {
      const { memories, degraded } = decision.context;
      const none = decision.memory_query ? 'nothing from earlier turns' : 'nothing to search for';
      const dead = degraded.length > 0 ? `, without its ${degraded.join(' and ')} leg` : '';
      out.row('> memory', memories.length > 0 ? `${memories.length} hits behind this answer${dead}` : none + dead);
      hits(memories);
      for (const { tool, input, status } of decision.steps.filter(({ kind }) => kind === 'tool')) {
        out.row('> tool', `${tool} ${JSON.stringify(input)} → ${status}`);
      }
    },

    replied(decision: DecisionRecord, reply: Message | undefined) {
      const { agent, intent, intent_confidence: confidence, model, cost_micros, outcome, outcome_reason } = decision;
      out.row(
        'Loja Aurora',
        reply?.text ?? `(no answer: ${outcome}, ${outcome_reason ?? 'no reason given'})`,
        reply ? 'bold' : 'red',
      );
      const about = [
        `agent ${agent}`,
        `intent ${intent} (${confidence.toFixed(2)})`,
        model ?? 'no model',
        dollars(cost_micros),
      ];
      out.row('', `${about.join(' · ')} · ${reply?.status ?? 'not sent'}`);
      if (outcome === 'handed_over') out.row('', `handed over to a person: ${outcome_reason ?? 'asked for'}`, 'yellow');
      workflow(decision.workflow_id);
      out.row('', `run      ${decision.run_id}`, 'dim');
    },

    handedBack() {
      out.row('> operator', 'the agent asked for a person; the demo hands the conversation back to it');
    },

    remembered(workflowIds: string[], facts: Fact[]) {
      out.row('> facts', facts.length > 0 ? `${facts.length} new` : 'nothing new');
      for (const { type, text, confidence } of facts) {
        oneLine(`${confidence.toFixed(2)}  ${type.padEnd(16)} `, text);
      }
      for (const id of workflowIds) workflow(id);
    },

    searchesBegin() {
      out.heading('Searching the memory (POST /api/v1/memory/search)');
    },

    searched(query: string, { results, degraded }: MemorySearch) {
      const dead = degraded.length > 0 ? ` (without ${degraded.join(', ')})` : '';
      out.row('> search', `“${query}” → ${results.length} hits${dead}`);
      hits(results);
    },
  };
}
