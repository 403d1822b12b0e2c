import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { z } from 'zod';
import { AppError } from '../../errors';
import { callProvider } from '../call';
import type { ChatMessage, LanguageModel, ToolDefinition, Usage } from '../ports';
import { count, unsaid } from '../reported-usage';
import { OPENAI, requestIdsOf, type OpenAiClient } from './client';
import { isStrictSchema } from './strict-schema';

const choiceSchema = z.object({
  message: z.object({
    content: z.string().nullish(),
    refusal: z.string().nullish(),
    tool_calls: z
      .array(z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) }))
      .nullish(),
  }),
  // Compatible servers know others; what is not named here is an ordinary end.
  finish_reason: z.enum(['stop', 'length', 'tool_calls', 'content_filter']).nullish().catch('stop'),
});

const replySchema = z.object({
  choices: z.tuple([choiceSchema], choiceSchema),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_tokens_details: z.object({ cached_tokens: count }).nullish(),
    })
    .nullish()
    .catch(unsaid),
});

type Reply = z.output<typeof replySchema>;

type Input = Parameters<LanguageModel['complete']>[0];

/** OpenAI's own models since the reasoning ones; `gpt-oss` runs on other people's servers. */
const OWN_MODEL = /^(gpt-(?!oss)|o\d|chatgpt-)/;
/** These refuse any temperature but their own. */
const REASONING_MODEL = /^(gpt-([5-9]|\d\d)|o\d)/;

function messageParam(message: ChatMessage): ChatCompletionMessageParam {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.content };
    case 'tool':
      return { role: 'tool', tool_call_id: message.callId, content: message.content };
    case 'assistant': {
      const calls = (message.toolCalls ?? []).map(({ id, name, argumentsJson }) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: argumentsJson },
      }));
      return { role: 'assistant', content: message.content, ...(calls.length > 0 ? { tool_calls: calls } : {}) };
    }
  }
}

function toolParam({ name, description, parameters }: ToolDefinition) {
  return {
    type: 'function' as const,
    function: { name, description, parameters, strict: isStrictSchema(parameters) },
  };
}

function requestOf(model: string, input: Input): ChatCompletionCreateParamsNonStreaming {
  const { system, messages, tools = [], responseSchema, temperature, maxOutputTokens } = input;
  return {
    model,
    messages: [{ role: 'system', content: system }, ...messages.map(messageParam)],
    // OpenAI withdrew max_tokens for its newer models; Ollama reads nothing else.
    ...(OWN_MODEL.test(model) ? { max_completion_tokens: maxOutputTokens } : { max_tokens: maxOutputTokens }),
    ...(tools.length > 0 ? { tools: tools.map(toolParam) } : {}),
    ...(responseSchema
      ? {
          response_format: {
            type: 'json_schema',
            json_schema: { ...responseSchema, strict: isStrictSchema(responseSchema.schema) },
          },
        }
      : {}),
    ...(temperature === undefined || REASONING_MODEL.test(model) ? {} : { temperature }),
  };
}

/** Not even an empty text. One whose tokens all went into thinking ends by `length`. */
function isEmpty({ content, refusal, tool_calls: calls }: Reply['choices'][0]['message']): boolean {
  return typeof content !== 'string' && !refusal && !calls?.length;
}

function usageOf({ usage }: Reply): Usage {
  return {
    inputTokens: usage?.prompt_tokens ?? 0,
    cachedInputTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage?.completion_tokens ?? 0,
  };
}

/**
 * Chat with tools and structured answers by OpenAI or any server that speaks its protocol (Ollama, vLLM).
 *
 * `complete` throws AppError CONTENT_BLOCKED when the model refuses, PROVIDER_UNAVAILABLE when its message holds nothing
 * (`details.usage` is what was billed all the same), or those of `callProvider`. An answer cut at the token limit or by the content filter is returned with that `finishReason`.
 */
export function createOpenAiLanguage({ client, model }: { client: OpenAiClient; model: string }): LanguageModel {
  return {
    name: OPENAI,
    model,
    withModel: (other) => createOpenAiLanguage({ client, model: other }),
    async complete(input, options) {
      const { reply, requestIds } = await callProvider(OPENAI, options, async (signal) => {
        const { client: openai } = await client();
        const request = requestOf(model, input);
        const answer = await openai.chat.completions.create(request, { signal, timeout: options.timeoutMs });
        return { reply: replySchema.parse(answer), requestIds: requestIdsOf(answer) };
      });
      const { message, finish_reason: finishReason } = reply.choices[0];
      const usage = usageOf(reply);
      const isCut = finishReason === 'length' || finishReason === 'content_filter';
      if (isEmpty(message) && !isCut) {
        throw new AppError('PROVIDER_UNAVAILABLE', 'openai answered with a message that says nothing', {
          details: { provider: OPENAI, model, usage, requestIds },
        });
      }
      if (message.refusal) {
        throw new AppError('CONTENT_BLOCKED', 'the model refused to answer', {
          details: { provider: OPENAI, model, usage, requestIds, reason: 'refusal' },
        });
      }
      return {
        text: message.content ?? '',
        toolCalls: (message.tool_calls ?? []).map(({ id, function: called }) => ({
          id,
          name: called.name,
          argumentsJson: called.arguments,
        })),
        finishReason: finishReason ?? 'stop',
        model,
        usage,
        requestIds,
      };
    },
  };
}
