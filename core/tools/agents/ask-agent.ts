import { z } from 'zod';
import type { Scope } from '../../accounts/scopes';
import { requestRun } from '../../agents/runs/request';
import { AGENT_OF_TOOL } from '../../agents/runs/staff-agents';
import { AppError } from '../../errors';
import { defineTool } from '../define-tool';
import type { Tool } from '../types';

/**
 * A tool that asks one of the agents for staff. It answers with the run, which goes on by itself: read it with
 * `get_agent_run`. Within a run of another agent the answer itself comes back.
 */
export function askAgentTool({
  name,
  description,
  about,
  scope,
  says,
}: {
  name: string;
  description: string;
  about: 'contact' | 'any_contact';
  scope: Scope;
  says: string;
}): Tool {
  return defineTool({
    name,
    description,
    input: z.strictObject({ question: z.string().trim().min(1).max(4000) }),
    output: z.object({ run_id: z.string(), agent: z.string(), status: z.string() }),
    about,
    audience: 'staff',
    access: 'write',
    scope,
    cost: 'paid',
    examples: [{ says, arguments: { question: says } }],
    async run(tx, { question }, { tenantId, contactId, callId, authority }) {
      const key = AGENT_OF_TOOL[name];
      // Only in a turn, which offers no tool for staff.
      if (!authority || !key) throw new AppError('FORBIDDEN', `${name} is for operators`);
      const { runId, agent } = await requestRun(tx, {
        tenantId,
        agent: { key },
        question,
        contactId,
        authority,
        runId: callId,
      });
      return { run_id: runId, agent, status: 'queued' };
    },
  });
}
