import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorMessage } from '../../core/errors';
import { openStage, type Shop, type Stage } from '../faults/stage';
import { readCases, type AgentCase } from './agents/cases';
import { play, rulesOf } from './agents/play';

export interface AgentsReport {
  cases: number;
  passed: number;
  failed: { id: string; why: string }[];
}

/** More would wait for each other on two cores, and their answers for all of them. */
const AT_ONCE = 6;
/** The whole run: a hundred conversations take two or three minutes. */
const LIMIT_MS = 15 * 60_000;
const SETTINGS = { OUTBOX_POLL_MS: '50', LANGUAGE_RETRY_MS: '500' };
const DEBOUNCE_MS = 100;

/**
 * Plays written conversations against the whole product with a model that does the same every time: the simulator's rules, or
 * those beside a case. Each is judged by its decision record and by what left.
 *
 * @param of.only ids, or beginnings of ids; all without
 */
export async function evaluateAgents(of: { only: string[]; jsonFile?: string }): Promise<AgentsReport> {
  const cases = readCases().filter(({ id }) => of.only.length === 0 || of.only.some((part) => id.startsWith(part)));
  if (cases.length === 0) throw new Error(`there is no case ${of.only.join(', ')}`);
  const folder = mkdtempSync(path.join(tmpdir(), 'ventros-eval-'));
  const server = process.env['DATABASE_URL'];
  const rules = [{ match: { schemaName: 'facts' }, builtIn: true }, ...cases.flatMap(rulesOf)];
  const startedAt = Date.now();
  console.error(`${cases.length} conversations with the team; starting the product …`);
  const stage = await openStage(folder, server ?? '', {
    simulator: { script: { language: { rules } } },
    settings: SETTINGS,
    isDatabaseEmbedded: server === undefined,
  });
  try {
    await stage.startApi();
    await stage.startWorkers();
    const failed = await playAll(stage, cases, startedAt);
    const report: AgentsReport = { cases: cases.length, passed: cases.length - failed.length, failed };
    if (of.jsonFile) writeFileSync(of.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
    return report;
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function playAll(stage: Stage, cases: AgentCase[], startedAt: number): Promise<AgentsReport['failed']> {
  const shared = await stage.newShop({ debounceTimeoutMs: DEBOUNCE_MS });
  const failed: AgentsReport['failed'] = [];
  const left = [...cases];
  let done = 0;
  const playNext = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const isLate = Date.now() - startedAt > LIMIT_MS;
      const problems = isLate ? ['there was no time left for it'] : await playOne(stage, shared, next);
      if (problems.length > 0) failed.push({ id: next.id, why: problems.join('; ') });
      done++;
      const took = `${Math.round((Date.now() - startedAt) / 1000)} s`;
      const how = problems.length === 0 ? '✓' : `✗ ${problems.join('; ')}`;
      console.error(`${done}/${cases.length} (${took}) ${next.id} ${how}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, playNext));
  return failed.sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function playOne(stage: Stage, shared: Shop, agentCase: AgentCase): Promise<string[]> {
  try {
    const shop = needsOwnCompany(agentCase) ? await stage.newShop({ debounceTimeoutMs: DEBOUNCE_MS }) : shared;
    return await play(stage, shop, agentCase);
  } catch (error) {
    return [errorMessage(error)];
  }
}

/** What a case sets for the whole company would be found by the others. */
function needsOwnCompany(agentCase: AgentCase): boolean {
  if ('asks' in agentCase) return true;
  const { approvals, tools, doubleText, memory } = agentCase.given;
  return [approvals, tools, doubleText, memory].some((given) => given !== undefined);
}
