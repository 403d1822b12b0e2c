import type { Stage } from './stage';

/** What Temporal keeps of one run of a workflow. */
export interface RunRecord {
  type: string;
  /** Id and search attributes, as the Temporal Web UI shows and finds them. */
  listed: string;
  /** Each payload of its history, decoded from the wire. */
  payloads: Uint8Array[];
  /** The history as text: payloads, failure messages, headers. */
  text: string;
}

/** Every run of a tenant's workflows, running or over. */
export async function runsOf({ client }: Stage, tenantId: string): Promise<RunRecord[]> {
  const runs: RunRecord[] = [];
  for await (const run of client.workflow.list({ query: `VentrosTenantId = '${tenantId}'` })) {
    const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const payloads: Uint8Array[] = [];
    const words: string[] = [];
    collect(history, payloads, words);
    runs.push({
      type: run.type,
      listed: JSON.stringify([run.workflowId, run.searchAttributes, run.memo]),
      payloads,
      text: [...words, ...payloads.map((bytes) => Buffer.from(bytes).toString('utf8'))].join('\n'),
    });
  }
  return runs;
}

/** By hand: the JSON of protobuf messages has its bytes in base64. */
function collect(value: unknown, payloads: Uint8Array[], words: string[]): void {
  if (typeof value === 'string') words.push(value);
  else if (value instanceof Uint8Array) payloads.push(value);
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) collect(inner, payloads, words);
}
