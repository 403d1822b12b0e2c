import { randomUUID } from 'node:crypto';
import { isRecord, recordsOf, textOf } from '../http';
import { answerLanguage, type ChatTurn, type LanguageReply, type LanguageRequest } from '../language-rules';
import { sampleFromSchema } from '../schema-sample';
import { derivedImageText, type ScriptBook } from '../script';
import type { Answer, BilledUsage, Call, ProviderHandler } from '../types';
import { wordVector } from '../word-vectors';
import { bearerFailure, failure, notFound, tokensIn } from './shared';

/** A default sized image under Gemini 3. */
const TOKENS_PER_IMAGE = 1120;
/** As `tokensIn` counts. */
const CHARACTERS_PER_TOKEN = 4;
const MAX_EMBEDDING_INPUTS = 250;
const DEFAULT_DIMENSIONS = 768;
const RETIRED = /^gemini-(1\.|2\.)/;
const MODEL_PATH = /\/publishers\/google\/models\/([^/:]+)(?::(\w+))?$/;

/** Vertex AI: generateContent, text embeddings by :predict, and the look-up of a model, under any path prefix. */
export function vertexHandler(script: ScriptBook, accessToken: string | undefined): ProviderHandler {
  return (call) => {
    const refused = bearerFailure(call, accessToken);
    if (refused) return refused;
    const [, model, action] = call.path.match(MODEL_PATH) ?? [];
    if (!model) return notFound(call);
    if (RETIRED.test(model)) {
      return failure(
        'vertex',
        404,
        `Publisher Model \`${model}\` was not found or your project does not have access to it.`,
      );
    }
    if (call.method === 'GET' && !action) {
      return {
        status: 200,
        body: { name: `publishers/google/models/${model}`, versionId: 'default', launchStage: 'GA' },
      };
    }
    if (call.method === 'POST' && action === 'generateContent') return generateContent(call, model, script);
    if (call.method === 'POST' && action === 'predict') return predict(call, model);
    return notFound(call);
  };
}

interface Prompt {
  body: Record<string, unknown>;
  text: string;
  imageHashes: string[];
}

function generateContent(call: Call, model: string, script: ScriptBook): Answer {
  const body = isRecord(call.body) ? call.body : {};
  const contents = recordsOf(body.contents);
  if (contents.length === 0) return failure('vertex', 400, 'contents is not specified');
  if (contents.at(-1)?.role === 'model') {
    return failure('vertex', 400, 'Please ensure that the last turn is not of role model.');
  }
  const instruction = isRecord(body.systemInstruction) ? [body.systemInstruction] : [];
  const parts = [...instruction, ...contents].flatMap((content) => recordsOf(content.parts));
  const prompt: Prompt = {
    body,
    text: parts
      .map((part) => textOf(part.text))
      .filter(Boolean)
      .join('\n'),
    imageHashes: parts.flatMap((part) => {
      const data = isRecord(part.inlineData) ? part.inlineData.data : undefined;
      return isRecord(data) ? [textOf(data.sha256)] : [];
    }),
  };
  if (call.outcome !== 'normal') return withheld(call, model, prompt);
  const reply =
    prompt.imageHashes.length > 0 ? visionReply(prompt, script) : answerLanguage(languageRequest(body), script);
  if (reply === 'exhausted') {
    return failure('vertex', 500, 'The simulator script is exhausted: no scripted language reply is left.');
  }
  return candidate(model, prompt, reply);
}

function visionReply({ body, text, imageHashes }: Prompt, script: ScriptBook): LanguageReply {
  const scripted = script.vision(imageHashes, text);
  const derived = imageHashes.map(derivedImageText).join('\n');
  const schema = responseSchemaOf(body);
  const answer = scripted?.text ?? (schema ? JSON.stringify(sampleFromSchema(schema, derived)) : derived);
  const limit = Number(configOf(body).maxOutputTokens ?? Number.POSITIVE_INFINITY);
  const isCut = tokensIn(answer) > limit;
  return {
    text: isCut ? answer.slice(0, limit * CHARACTERS_PER_TOKEN) : answer,
    toolCalls: [],
    finishReason: isCut ? 'length' : 'stop',
    usage: scripted?.usage,
  };
}

const FINISH_REASONS = { stop: 'STOP', tool_calls: 'STOP', length: 'MAX_TOKENS', content_filter: 'SAFETY' } as const;

function candidate(model: string, prompt: Prompt, reply: LanguageReply): Answer {
  const callParts = reply.toolCalls.map((toolCall) => ({
    functionCall: { name: toolCall.name, args: JSON.parse(toolCall.argumentsJson) as unknown },
  }));
  const parts = reply.text || callParts.length === 0 ? [{ text: reply.text }, ...callParts] : callParts;
  const outputTokens = reply.usage?.outputTokens ?? tokensIn(reply.text + JSON.stringify(callParts).slice(2));
  return generated(model, prompt, {
    candidates: [
      {
        content: { role: 'model', parts },
        finishReason: FINISH_REASONS[reply.finishReason],
        avgLogprobs: -0.1,
        safetyRatings: [],
      },
    ],
    usage: { ...reply.usage, outputTokens },
  });
}

/** A blocked prompt has no candidates; a blocked answer has one without content. Both are HTTP 200. */
function withheld(call: Call, model: string, prompt: Prompt): Answer {
  return call.outcome === 'block'
    ? generated(model, prompt, { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usage: { outputTokens: 0 } })
    : generated(model, prompt, {
        candidates: [{ finishReason: 'SAFETY', safetyRatings: [] }],
        usage: { outputTokens: 0 },
      });
}

function generated(
  model: string,
  prompt: Prompt,
  {
    usage,
    ...answer
  }: { candidates?: unknown[]; promptFeedback?: unknown; usage: Partial<BilledUsage> & { outputTokens: number } },
): Answer {
  const imageTokens = prompt.imageHashes.length * TOKENS_PER_IMAGE;
  const textTokens = tokensIn(prompt.text);
  const inputTokens = usage.inputTokens ?? imageTokens + textTokens;
  const cachedInputTokens = usage.cachedInputTokens ?? 0;
  const images = prompt.imageHashes.length;
  const requestId = randomUUID();
  return {
    status: 200,
    operation: images > 0 ? 'vision' : 'language',
    billed: { model, requestId, inputTokens, cachedInputTokens, outputTokens: usage.outputTokens, images },
    body: {
      ...answer,
      usageMetadata: {
        promptTokenCount: inputTokens,
        ...(usage.outputTokens > 0 ? { candidatesTokenCount: usage.outputTokens } : {}),
        ...(cachedInputTokens > 0 ? { cachedContentTokenCount: cachedInputTokens } : {}),
        thoughtsTokenCount: 0,
        totalTokenCount: inputTokens + usage.outputTokens,
        trafficType: 'ON_DEMAND',
        promptTokensDetails: [
          ...(images > 0 ? [{ modality: 'IMAGE', tokenCount: imageTokens }] : []),
          { modality: 'TEXT', tokenCount: textTokens },
        ],
      },
      modelVersion: model,
      createTime: new Date().toISOString(),
      responseId: requestId,
    },
  };
}

const configOf = (body: Record<string, unknown>): Record<string, unknown> =>
  isRecord(body.generationConfig) ? body.generationConfig : {};

const responseSchemaOf = (body: Record<string, unknown>): unknown =>
  configOf(body).responseJsonSchema ?? configOf(body).responseSchema;

/** Vertex schemas have no name of their own: `title` stands for it, so that the same rules apply as elsewhere. */
function languageRequest(body: Record<string, unknown>): LanguageRequest {
  const schema = responseSchemaOf(body);
  const instruction = isRecord(body.systemInstruction) ? [{ ...body.systemInstruction, role: 'system' }] : [];
  return {
    turns: [...instruction, ...recordsOf(body.contents)].flatMap(turnsOf),
    tools: recordsOf(body.tools)
      .flatMap((tool) => recordsOf(tool.functionDeclarations))
      .map((tool) => ({ name: textOf(tool.name), parameters: parametersOf(tool) })),
    responseSchema: schema ? { name: isRecord(schema) ? textOf(schema.title) : '', schema } : null,
  };
}

/** The JSON of protobuf takes either spelling; Google's Python SDK writes this one with underscores. */
const parametersOf = (tool: Record<string, unknown>): unknown =>
  tool.parametersJsonSchema ?? tool.parameters_json_schema ?? tool.parameters;

function turnsOf(content: Record<string, unknown>): ChatTurn[] {
  const parts = recordsOf(content.parts);
  const results = parts.filter((part) => isRecord(part.functionResponse));
  if (results.length > 0) {
    return results.map((part) => ({
      role: 'tool' as const,
      text: JSON.stringify((part.functionResponse as Record<string, unknown>).response ?? {}),
      calledTools: [],
    }));
  }
  const role = content.role === 'model' ? 'assistant' : content.role === 'system' ? 'system' : 'user';
  const calledTools = parts.flatMap((part) => (isRecord(part.functionCall) ? [textOf(part.functionCall.name)] : []));
  return [{ role, text: parts.map((part) => textOf(part.text)).join('\n'), calledTools }];
}

function predict(call: Call, model: string): Answer {
  const body = isRecord(call.body) ? call.body : {};
  const instances = recordsOf(body.instances);
  const parameters = isRecord(body.parameters) ? body.parameters : {};
  if (instances.length === 0 || instances.length > MAX_EMBEDDING_INPUTS) {
    return failure(
      'vertex',
      400,
      `${instances.length} instances given, between 1 and ${MAX_EMBEDDING_INPUTS} are allowed.`,
    );
  }
  const dimensions = Number(parameters.outputDimensionality ?? DEFAULT_DIMENSIONS);
  const texts = instances.map((instance) => textOf(instance.content));
  const tokenCounts = texts.map(tokensIn);
  const inputTokens = tokenCounts.reduce((sum, count) => sum + count, 0);
  return {
    status: 200,
    operation: 'embeddings',
    billed: { model, inputTokens },
    body: {
      predictions: texts.map((text, index) => ({
        embeddings: {
          values: wordVector(text, dimensions),
          statistics: { token_count: tokenCounts[index], truncated: false },
        },
      })),
      metadata: { billableCharacterCount: texts.reduce((sum, text) => sum + text.replace(/\s/g, '').length, 0) },
    },
  };
}
