import { factsIn } from './fact-rules';
import { fillBlanks } from './fill-blanks';
import { isRecord } from './http';
import { documentSummaryOf, summaryOf } from './summary-rules';
import { callsOrderedIn, type OrderedCall } from './obedient-rules';
import { sampleFromSchema } from './schema-sample';
import { shorten } from './shorten';
import { actForStaff, isForStaff, planFor } from './staff-rules';
import { actAsSpecialist, ANEW, ESCALATED, HONEST, languageOf, MAX_QUERY_CHARS } from './team-rules';
import type { ScriptBook, ScriptedReply, ScriptedRule } from './script';

export interface ChatTurn {
  role: 'system' | 'user' | 'assistant' | 'tool';
  text: string;
  /** Names of the tools an assistant turn called. */
  calledTools: string[];
}

export interface LanguageRequest {
  turns: ChatTurn[];
  tools: { name: string; parameters: unknown }[];
  responseSchema: { name: string; schema: unknown } | null;
}

export interface LanguageReply {
  text: string;
  toolCalls: { name: string; argumentsJson: string }[];
  finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter';
  usage: ScriptedReply['usage'];
}

const WANTS_A_PERSON = /humano|atendente|pessoa de verdade|gerente/i;
/** How the product sends an answer back that claimed too much. */
const CHECKED = /^\[Verificação interna/;

/** Scripted rules first, then scripted replies, then the built-in rules. `exhausted`: the replies ran out. */
export function answerLanguage(request: LanguageRequest, script: ScriptBook): LanguageReply | 'exhausted' {
  if (script.isObedient() && !request.responseSchema) return obey(request);
  const rule = script.languageRules().find(({ match }) => matches(match, request));
  if (rule?.builtIn) return notAgain(builtInReply(request), request);
  const scripted = rule ?? script.nextReply();
  if (scripted === 'exhausted') return 'exhausted';
  return scripted ? fromScript(scripted, request) : notAgain(builtInReply(request), request);
}

/** Tools that tell what strangers may have written. */
const READERS = ['get_contact_facts', 'search_knowledge_base'];

/** The model that always obeys the attacker: it calls whatever any text that it was given orders, then gives all it was told. */
function obey(request: LanguageRequest): LanguageReply {
  const ordered = request.turns.flatMap(({ role, text }) => (role === 'assistant' ? [] : callsOrderedIn(text)));
  const called = request.turns.flatMap(({ calledTools }) => calledTools);
  const wanted = ordered.filter(({ name }) => !called.includes(name));
  if (wanted.length > 0) return { ...reply(''), toolCalls: wanted.map(toCall), finishReason: 'tool_calls' };
  // Orders may be in what the tools know.
  const read = request.tools.find(({ name }) => READERS.includes(name) && !called.includes(name));
  if (read) return call(read, { query: lastUserText(request) });
  return reply(`Feito! ${shorten(toolResults(request).join(' '), 800)}`);
}

const toCall = ({ name, arguments: given }: OrderedCall) => ({ name, argumentsJson: JSON.stringify(given) });

function matches(match: ScriptedRule['match'], request: LanguageRequest): boolean {
  const matchesPattern = (pattern: string | undefined, text: string) =>
    pattern === undefined || new RegExp(pattern, 'i').test(text);
  const system = request.turns.filter((turn) => turn.role === 'system').map((turn) => turn.text);
  return (
    matchesPattern(match.lastUserMatches, lastUserText(request)) &&
    matchesPattern(match.systemMatches, system.join('\n')) &&
    (match.schemaName === undefined || match.schemaName === request.responseSchema?.name) &&
    (match.hasToolResult === undefined || match.hasToolResult === toolResults(request).length > 0)
  );
}

function fromScript(scripted: ScriptedReply, request: LanguageRequest): LanguageReply {
  const toolCalls = (scripted.toolCalls ?? []).map((call) => ({
    name: call.name,
    argumentsJson: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
  }));
  return {
    text: scripted.json === undefined ? textOf(scripted, request) : JSON.stringify(scripted.json),
    toolCalls,
    finishReason: scripted.finishReason ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop'),
    usage: scripted.usage,
  };
}

const textOf = ({ text = '', fill = {} }: ScriptedReply, request: LanguageRequest): string =>
  fillBlanks(text, fill, { said: lastUserText(request), toolResults: toolResults(request) });

function builtInReply(request: LanguageRequest): LanguageReply {
  const said = lastUserText(request);
  if (request.responseSchema?.name === 'facts') {
    const userText = request.turns.filter((turn) => turn.role === 'user').map((turn) => turn.text);
    return reply(JSON.stringify({ facts: factsIn(userText.join('\n')) }));
  }
  if (request.responseSchema?.name === 'agent_plan') return reply(JSON.stringify(planFor(said, systemText(request))));
  if (request.responseSchema?.name === 'session_summary') return reply(JSON.stringify(summaryOf(said)));
  if (request.responseSchema?.name === 'document_summary') return reply(JSON.stringify(documentSummaryOf(said)));
  if (request.responseSchema) return reply(JSON.stringify(sampleFromSchema(request.responseSchema.schema, said)));

  if (CHECKED.test(said)) return reply(HONEST[languageOf(systemText(request))]);
  const results = toolResults(request);
  const called = turnsAfterLastUser(request).flatMap((turn) => turn.calledTools);
  if (isForStaff(systemText(request))) {
    const tools = request.tools.map(({ name }) => name);
    const act = actForStaff({ system: systemText(request), said, tools, called, results });
    const wanted = 'tool' in act ? request.tools.find(({ name }) => name === act.tool) : undefined;
    return wanted && 'tool' in act ? call(wanted, act.arguments) : reply('text' in act ? act.text : '');
  }
  const escalate = request.tools.find((tool) => tool.name === 'escalate_to_human');
  if (WANTS_A_PERSON.test(said) && escalate && !called.includes('escalate_to_human')) {
    return call(escalate, { reason: `O cliente pediu uma pessoa: ${shorten(said, 120)}`, priority: 'high' });
  }
  if (called.includes('escalate_to_human')) return reply(ESCALATED[languageOf(systemText(request))]);
  const specialist = actAsSpecialist({
    system: systemText(request),
    said,
    thread: request.turns.flatMap(({ role, text }) => (role === 'user' ? [text] : [])).join('\n'),
    tools: request.tools.map(({ name }) => name),
    called,
    results,
  });
  if (specialist && 'text' in specialist) return reply(specialist.text);
  const wanted = specialist && request.tools.find((tool) => tool.name === specialist.tool);
  if (wanted) return call(wanted, specialist.arguments);
  const search = request.tools.find((tool) => tool.name === 'search_memory');
  if (search && results.length === 0) return call(search, { query: said.slice(0, MAX_QUERY_CHARS) });
  if (results.length > 0) return reply(quotingReply(said, results));
  if (/resum[aoi]|summar/i.test(systemText(request))) return reply(`Resumo da conversa: ${shorten(said, 300)}`);
  return reply(
    `Obrigado pela mensagem! Entendi que é sobre "${shorten(said, 80)}". Posso ajudar com mais algum detalhe?`,
  );
}

/** A model that reads what it said a moment ago says something else, unless somebody is called for. */
function notAgain(answer: LanguageReply, request: LanguageRequest): LanguageReply {
  const wasSaid = request.turns.some(({ role, text }) => role === 'assistant' && text === answer.text);
  const isNews = answer.text === '' || request.responseSchema !== null || isForStaff(systemText(request));
  const called = turnsAfterLastUser(request).flatMap((turn) => turn.calledTools);
  if (!wasSaid || isNews || called.includes('escalate_to_human')) return answer;
  const said = request.turns.findLast(({ role, text }) => role === 'user' && !CHECKED.test(text))?.text ?? '';
  const understood = ANEW[languageOf(systemText(request))].replace('{{said}}', () => shorten(said, 80));
  return reply(`${understood} ${answer.text}`);
}

function quotingReply(said: string, results: string[]): string {
  const found = results.map(firstContent).find((content) => content !== null);
  return found
    ? `Sobre "${shorten(said, 80)}": encontrei aqui que "${shorten(found, 160)}". Posso seguir com isso para você?`
    : `Sobre "${shorten(said, 80)}": não encontrei nada registrado ainda. Pode me contar um pouco mais?`;
}

/** The first readable text in a tool result: JSON with a list of results in it, or plain text. */
function firstContent(result: string): string | null {
  if (!/^\s*[[{]/.test(result)) return result.trim() || null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(result);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return result.trim();
  }
  return contentIn(parsed);
}

function contentIn(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() || null;
  if (Array.isArray(value)) return value.length > 0 ? contentIn(value[0]) : null;
  if (!isRecord(value)) return null;
  for (const name of ['content', 'text', 'fact_text', 'summary', 'results', 'items', 'facts', 'messages']) {
    const content = contentIn(value[name]);
    if (content) return content;
  }
  return null;
}

/** Calls the tool with what is known and with fitting values for the other arguments it requires. */
function call(tool: { name: string; parameters: unknown }, known: Record<string, unknown>): LanguageReply {
  const schema = isRecord(tool.parameters) ? tool.parameters : {};
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(known)) {
    const property = properties[name];
    const choices = isRecord(property) && Array.isArray(property.enum) ? property.enum : null;
    if (property) values[name] = choices && !choices.includes(value) ? choices[0] : value;
  }
  for (const name of required) values[name] ??= sampleFromSchema(properties[name], String(known.query ?? known.reason));
  return {
    text: '',
    toolCalls: [{ name: tool.name, argumentsJson: JSON.stringify(values) }],
    finishReason: 'tool_calls',
    usage: undefined,
  };
}

const reply = (text: string): LanguageReply => ({ text, toolCalls: [], finishReason: 'stop', usage: undefined });

const systemText = (request: LanguageRequest): string =>
  request.turns.find((turn) => turn.role === 'system')?.text ?? '';

const lastUserText = (request: LanguageRequest): string =>
  request.turns.findLast((turn) => turn.role === 'user')?.text ?? '';

const turnsAfterLastUser = (request: LanguageRequest): ChatTurn[] =>
  request.turns.slice(request.turns.findLastIndex((turn) => turn.role === 'user') + 1);

const toolResults = (request: LanguageRequest): string[] =>
  turnsAfterLastUser(request)
    .filter((turn) => turn.role === 'tool')
    .map((turn) => turn.text);
