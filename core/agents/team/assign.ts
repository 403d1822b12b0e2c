import { sqlFile, type Prisma, type Tx } from '../../database';
import { AppError } from '../../errors';
import { toolNamed } from '../../tools/registry';
import type { IntentDecision } from '../intents/types';
import { BOT_TO_BOT, isBotToBot, MAX_BOT_ANSWERS, type Line } from '../policy/bot-to-bot';
import { readSignals } from '../policy/signals';
import { turnEscalations } from '../policy/turn-rules';
import type { AppliedRule, TurnSignals } from '../policy/types';
import { BASE_PROMPT_VERSION } from '../prompts';
import { turnLanguage, type TurnBefore, type TurnHead } from '../turn-context';
import type { TurnRef } from '../types';
import { dependsOnLanguage, routeTurn } from './route';
import type { AgentProfile, TeamAgent } from './types';

/** Answers may come as several messages. */
const LINES_LOOKED_AT = 40;

/** Columns of a decision record that say who answers, and why. */
export interface Assignment {
  agent: string;
  agentId: string;
  agentVersionId: string | null;
  voiceVersionId: string | null;
  routeReason: string;
  toolsOffered: string[];
  promptVersion: string;
  signals: TurnSignals & Prisma.InputJsonObject;
  /** Those that want a person before the agent says a word. */
  rules: (AppliedRule & Prisma.InputJsonObject)[];
}

/**
 * The coordinator's part of a turn: chooses the agent by intent and thread, with the versions that are active now. The
 * turn keeps both, whatever becomes of them meanwhile. Rules may want a person instead.
 *
 * @param about.text what the customer writes now
 *
 * @throws AppError PRECONDITION_FAILED when the tenant switched every agent off that could answer
 */
export async function assignAgent(
  tx: Tx,
  turn: TurnRef,
  head: TurnHead,
  about: { decision: IntentDecision; text: string; before: TurnBefore | null; team: ReadonlyMap<string, TeamAgent> },
): Promise<{ assignment: Assignment; agent: TeamAgent }> {
  const { decision, text, before, team } = about;
  const language = dependsOnLanguage(team) ? await turnLanguage(tx, turn) : null;
  const route = routeTurn(team, decision, before, language);
  if (!route) throw new AppError('PRECONDITION_FAILED', 'Every agent that could answer is switched off');
  const { agent, reason } = route;
  const [signals, ofBots] = await Promise.all([
    readSignals(tx, turn.tenantId, { contactId: head.contactId, text }),
    botRules(tx, turn.tenantId, head),
  ]);
  const rules = [...ofBots, ...turnEscalations(agent.profile, signals)];
  const assignment: Assignment = {
    agent: agent.key,
    agentId: agent.agentId,
    agentVersionId: agent.versionId,
    voiceVersionId: team.get('coordinator')?.versionId ?? null,
    routeReason: reason,
    toolsOffered: offeredTools(agent.profile),
    signals: { ...signals },
    rules: rules.map((rule) => ({ ...rule })),
    promptVersion: `${BASE_PROMPT_VERSION}/${agent.key}-${agent.versionNumber}`,
  };
  return { assignment, agent };
}

/** Nobody knows a machine by one message, so it is not part of the signals of a turn. */
async function botRules(tx: Tx, tenantId: string, { conversationId }: TurnHead): Promise<AppliedRule[]> {
  const newestFirst = await tx.$queryRawUnsafe<Line[]>(
    sqlFile('core/agents/sql/exchanges.sql'),
    tenantId,
    conversationId,
    LINES_LOOKED_AT,
  );
  if (!isBotToBot(newestFirst.reverse())) return [];
  const reason = `the last ${MAX_BOT_ANSWERS} answers came from a machine`;
  return [{ rule: BOT_TO_BOT, decision: 'escalated', reason }];
}

/** What policy leaves of an agent's tools: those that exist, and for a customer's agent only what a customer may see. */
export function offeredTools({ tools, audience }: Pick<AgentProfile, 'tools' | 'audience'>): string[] {
  const offered = tools.flatMap((name) => {
    const tool = toolNamed(name);
    return tool && (audience === 'staff' || tool.audience === 'customer') ? [tool.name] : [];
  });
  return [...new Set(offered)];
}
