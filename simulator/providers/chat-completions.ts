import { randomUUID } from 'node:crypto';
import { isRecord, recordsOf, textOf } from '../http';
import { answerLanguage, type ChatTurn, type LanguageReply, type LanguageRequest } from '../language-rules';
import type { ScriptBook } from '../script';
import type { Answer, Call } from '../types';
import { refusalOf } from './chat-rules';
import { failure, tokensIn } from './shared';

/** `POST chat/completions` as OpenAI and Groq answer it. */
export function chatCompletion(call: Call, script: ScriptBook): Answer {
  const body = isRecord(call.body) ? call.body : {};
  const model = textOf(body.model);
  if (!model) return failure(call.provider, 400, 'you must provide a model parameter');
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    return failure(call.provider, 400, "Missing required parameter: 'messages'.", 'missing_required_parameter');
  }
  if (body.stream === true) return failure(call.provider, 400, 'The simulator does not stream.', 'unsupported_value');

  const refusal = refusalOf(body);
  if (refusal) return failure(call.provider, 400, refusal.message, refusal.code);

  const request = languageRequest(body);
  const inputTokens = tokensIn(JSON.stringify(body.messages) + JSON.stringify(body.tools ?? ''));
  if (call.outcome !== 'normal') return withheld(call, model, inputTokens);
  const reply = answerLanguage(request, script);
  if (reply === 'exhausted') {
    return failure(
      call.provider,
      500,
      'The simulator script is exhausted: no scripted language reply is left.',
      'script_exhausted',
    );
  }
  const usage = {
    inputTokens: reply.usage?.inputTokens ?? inputTokens,
    cachedInputTokens: reply.usage?.cachedInputTokens ?? 0,
    outputTokens:
      reply.usage?.outputTokens ??
      tokensIn(reply.text + reply.toolCalls.map((toolCall) => toolCall.name + toolCall.argumentsJson).join('')),
  };
  return completion(call, { model, message: messageOf(reply), finishReason: reply.finishReason, usage });
}

export function languageRequest(body: Record<string, unknown>): LanguageRequest {
  const toolsAllowed = body.tool_choice !== 'none';
  const tools = toolsAllowed ? recordsOf(body.tools) : [];
  const format = isRecord(body.response_format) ? body.response_format : {};
  const schema = isRecord(format.json_schema) ? format.json_schema : null;
  return {
    turns: recordsOf(body.messages).map(turnOf),
    tools: tools.flatMap((tool) =>
      isRecord(tool.function) ? [{ name: textOf(tool.function.name), parameters: tool.function.parameters }] : [],
    ),
    responseSchema: schema ? { name: textOf(schema.name), schema: schema.schema } : null,
  };
}

function turnOf(message: Record<string, unknown>): ChatTurn {
  const role = message.role === 'developer' ? 'system' : message.role;
  return {
    role: role === 'system' || role === 'assistant' || role === 'tool' ? role : 'user',
    text: Array.isArray(message.content)
      ? recordsOf(message.content)
          .map((part) => textOf(part.text))
          .join('\n')
      : textOf(message.content),
    calledTools: recordsOf(message.tool_calls).flatMap((toolCall) =>
      isRecord(toolCall.function) ? [textOf(toolCall.function.name)] : [],
    ),
  };
}

function messageOf(reply: LanguageReply): Record<string, unknown> {
  const toolCalls = reply.toolCalls.map((toolCall) => ({
    id: `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    type: 'function',
    function: { name: toolCall.name, arguments: toolCall.argumentsJson },
  }));
  return {
    role: 'assistant',
    content: reply.text || (toolCalls.length > 0 ? null : ''),
    refusal: null,
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
  };
}

/** What a content filter or a declining model answers, with HTTP 200. */
function withheld(call: Call, model: string, inputTokens: number): Answer {
  const isRefusal = call.outcome === 'refusal';
  return completion(call, {
    model,
    message: {
      role: 'assistant',
      content: isRefusal ? null : '',
      refusal: isRefusal ? 'Não posso ajudar com esse pedido.' : null,
    },
    finishReason: isRefusal ? 'stop' : 'content_filter',
    usage: { inputTokens, cachedInputTokens: 0, outputTokens: isRefusal ? 9 : 0 },
  });
}

interface Completion {
  model: string;
  message: Record<string, unknown>;
  finishReason: LanguageReply['finishReason'];
  usage: { inputTokens: number; cachedInputTokens: number; outputTokens: number };
}

function completion(call: Call, { model, message, finishReason, usage }: Completion): Answer {
  const requestId = `req_${randomUUID().replaceAll('-', '')}`;
  const isGroq = call.provider === 'groq';
  return {
    status: 200,
    headers: { 'x-request-id': requestId },
    operation: 'language',
    billed: { model, requestId, ...usage },
    body: {
      id: `chatcmpl-${randomUUID()}`,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1000),
      model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
      usage: {
        prompt_tokens: usage.inputTokens,
        completion_tokens: usage.outputTokens,
        total_tokens: usage.inputTokens + usage.outputTokens,
        prompt_tokens_details: { cached_tokens: usage.cachedInputTokens },
        completion_tokens_details: { reasoning_tokens: 0 },
        ...(isGroq ? { queue_time: 0.01, prompt_time: 0.01, completion_time: 0.05, total_time: 0.06 } : {}),
      },
      ...(isGroq ? { x_groq: { id: requestId }, service_tier: 'on_demand' } : { service_tier: 'default' }),
    },
  };
}
