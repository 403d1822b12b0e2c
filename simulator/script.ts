import { z } from 'zod';
import { sha256 } from './hash';

const usage = z
  .strictObject({
    inputTokens: z.number(),
    cachedInputTokens: z.number(),
    outputTokens: z.number(),
  })
  .partial();

/** A {{blank}} of a reply's text: the first group of `pattern` in what the model was given, or `otherwise`. */
const blank = z.strictObject({
  /** `tools`: the texts that tools returned in this turn. `user`: the last user text. */
  from: z.enum(['tools', 'user']),
  /** Regular expression, case-insensitive; the whole match counts if it has no group. */
  pattern: z.string(),
  /** What stands there when nothing matches. A reply must not know what its tools did not return. */
  otherwise: z.string(),
});

const reply = z.strictObject({
  text: z.string().optional(),
  /** The blanks of `text` by name. */
  fill: z.record(z.string(), blank).optional(),
  /** Arguments may be a string, sent as it is: a model may write arguments that are not JSON. */
  toolCalls: z
    .array(z.strictObject({ name: z.string(), arguments: z.union([z.record(z.string(), z.unknown()), z.string()]) }))
    .optional(),
  /** Becomes the text, as JSON. */
  json: z.unknown().optional(),
  finishReason: z.enum(['stop', 'length', 'tool_calls', 'content_filter']).optional(),
  usage: usage.optional(),
});

const rule = reply.extend({
  match: z.strictObject({
    /** Regular expression, case-insensitive, on the last user text. */
    lastUserMatches: z.string().optional(),
    /** Name of the requested JSON schema. */
    schemaName: z.string().optional(),
    /** Whether a tool result follows the last user message. */
    hasToolResult: z.boolean().optional(),
    /** Regular expression, case-insensitive, on the system prompt. */
    systemMatches: z.string().optional(),
  }),
  /** Leave the answer to the built-in rules, so that a scripted conversation need not script its fact extraction. */
  builtIn: z.boolean().optional(),
});

const page = z.union([z.string(), z.strictObject({ error: z.string() })]);

/**
 * What the providers answer. Every list is searched in order, the first entry whose conditions all hold wins, and an
 * empty match always holds. Without one, the answer is derived from a hash of the input.
 */
export const simulatorScriptSchema = z.strictObject({
  vision: z
    .array(
      z.strictObject({
        match: z.strictObject({ sha256: z.string().optional(), promptIncludes: z.string().optional() }),
        text: z.string(),
        usage: usage.optional(),
      }),
    )
    .optional(),
  speech: z
    .array(
      z.strictObject({
        match: z.strictObject({ sha256: z.string().optional(), fileNameIncludes: z.string().optional() }),
        text: z.string(),
        /** ISO 639-1, `pt` unless given. */
        language: z.string().optional(),
        durationSeconds: z.number().optional(),
      }),
    )
    .optional(),
  documents: z
    .array(
      z.strictObject({
        match: z.strictObject({ sha256: z.string().optional(), fileNameIncludes: z.string().optional() }),
        /** Markdown per page, or a page that could not be read. */
        pages: z.array(page),
        /** Ends the job as FAILED with this message. */
        failsWith: z.string().optional(),
        /** Polls that see RUNNING before it completes. */
        runningPolls: z.number().optional(),
        /** Milliseconds it stays RUNNING. */
        runningMs: z.number().optional(),
        /** Its webhook is never sent. */
        losesWebhook: z.boolean().optional(),
      }),
    )
    .optional(),
  language: z
    .strictObject({
      /** The model does whatever any text before it orders (see obedient-rules.ts), and nothing else of this script. */
      isObedient: z.boolean().optional(),
      /** Asked before `replies`. */
      rules: z.array(rule).optional(),
      /** Used up in order; a request after the last one fails with HTTP 500. */
      replies: z.array(reply).optional(),
    })
    .optional(),
});

export type SimulatorScript = z.output<typeof simulatorScriptSchema>;
export type ScriptedBlank = z.output<typeof blank>;
export type ScriptedReply = z.output<typeof reply>;
export type ScriptedRule = z.output<typeof rule>;
export type ScriptedPage = z.output<typeof page>;

/** The script in force, shared by the providers. */
export class ScriptBook {
  private script: SimulatorScript = {};
  private usedReplies = 0;

  /** Replaces the whole script and starts its replies from the first one. */
  set(script: SimulatorScript): void {
    this.script = simulatorScriptSchema.parse(script);
    this.usedReplies = 0;
  }

  vision(hashes: string[], prompt: string) {
    return this.script.vision?.find(
      ({ match }) =>
        (match.sha256 === undefined || hashes.includes(match.sha256)) &&
        (match.promptIncludes === undefined || prompt.includes(match.promptIncludes)),
    );
  }

  speech(file: { sha256: string; fileName: string }) {
    return this.script.speech?.find((entry) => matchesFile(entry.match, file));
  }

  document(file: { sha256: string; fileName: string }) {
    return this.script.documents?.find((entry) => matchesFile(entry.match, file));
  }

  isObedient(): boolean {
    return this.script.language?.isObedient ?? false;
  }

  languageRules(): ScriptedRule[] {
    return this.script.language?.rules ?? [];
  }

  /** The next scripted reply; `exhausted` after the last; undefined when replies are not scripted. */
  nextReply(): ScriptedReply | 'exhausted' | undefined {
    const replies = this.script.language?.replies;
    if (!replies) return undefined;
    const next = replies[this.usedReplies];
    if (!next) return 'exhausted';
    this.usedReplies += 1;
    return next;
  }
}

function matchesFile(
  match: { sha256?: string | undefined; fileNameIncludes?: string | undefined },
  file: { sha256: string; fileName: string },
): boolean {
  return (
    (match.sha256 === undefined || match.sha256 === file.sha256) &&
    (match.fileNameIncludes === undefined || file.fileName.includes(match.fileNameIncludes))
  );
}

const pick = (hash: string, position: number, choices: string[]): string =>
  choices[parseInt(hash.slice(position * 2, position * 2 + 2), 16) % choices.length] ?? '';

const PRODUCTS = [
  'um tênis',
  'uma geladeira',
  'um notebook',
  'um sofá',
  'uma bicicleta',
  'um celular',
  'uma máquina de lavar',
];
const COLOURS = ['preto', 'branco', 'azul', 'vermelho', 'cinza', 'verde'];
const STATES = ['novo, na embalagem', 'com marcas de uso', 'com uma peça solta', 'com a etiqueta de preço visível'];
const QUESTIONS = [
  'queria saber o preço e o prazo de entrega',
  'queria saber se ainda tem em estoque',
  'o produto chegou com defeito e preciso de ajuda',
  'queria trocar por outro modelo',
  'queria saber se parcela no cartão',
];

/** Always the same text for the same image. */
export function derivedImageText(hash: string): string {
  return `Imagem ${hash.slice(0, 8)}: foto de ${pick(hash, 0, PRODUCTS)}, cor predominante ${pick(hash, 1, COLOURS)}, ${pick(hash, 2, STATES)}.`;
}

/** Always the same text for the same recording. */
export function derivedSpeechText(hash: string): string {
  return `Áudio ${hash.slice(0, 8)}: oi, é sobre ${pick(hash, 0, PRODUCTS)}, ${pick(hash, 1, QUESTIONS)}.`;
}

/** Always the same markdown for the same file; `pageCount` pages. */
export function derivedPages(hash: string, pageCount: number): string[] {
  return Array.from({ length: pageCount }, (_, index) => {
    const own = sha256(`${hash}:${index}`);
    const price = (parseInt(own.slice(10, 14), 16) % 4000) + 100;
    return [
      `# Documento ${hash.slice(0, 8)}, página ${index + 1}`,
      `Proposta para ${pick(own, 0, PRODUCTS)}, cor ${pick(own, 1, COLOURS)}.`,
      `| Item | Valor |\n| --- | --- |\n| ${pick(own, 0, PRODUCTS)} | R$ ${price},00 |`,
    ].join('\n\n');
  });
}
