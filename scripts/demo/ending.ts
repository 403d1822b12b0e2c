import path from 'node:path';
import { simulatorBanner, type ProviderChoice } from '../embedded/simulated-providers';
import { logTail } from '../embedded/supervisor';
import type { CostSummary } from './api';
import { dollars, type Printer } from './printer';
import type { DemoReport } from './report';

/** Enough to see why, for a run whose logs are about to be removed. */
const LOG_LINES = 200;
const LINES_SHOWN = 8;
/** pino writes requests and starts as level 30; what went wrong is above. */
const ORDINARY = /"level":[1-3]0,|"event":"ready"/;
const LINE_CHARS = 400;
/** Where `npm start` puts it unless the port is taken. */
const TEMPORAL_UI = 'http://127.0.0.1:8233';

/** What the logs say of a broken run. */
export function tellLogs(out: Printer, logDir: string): void {
  for (const name of ['api', 'workers']) {
    const lines = logTail(path.join(logDir, `${name}.log`), LOG_LINES).split('\n');
    const notable = lines.filter((line) => line && !ORDINARY.test(line)).slice(-LINES_SHOWN);
    if (notable.length === 0) continue;
    out.heading(`Warnings of ${name}.log`);
    for (const line of notable) out.line(line.slice(0, LINE_CHARS));
  }
}

/** The table of workflows, the sums, and what is missing or that nothing is. */
export function tellTheEnd(
  out: Printer,
  of: {
    report: DemoReport;
    costs: CostSummary[];
    problems: string[];
    providers: ProviderChoice | undefined;
    json: string | undefined;
  },
): void {
  const { report, problems, providers, json } = of;
  const [byProvider] = of.costs;
  if (report.workflows.length > 0) {
    out.heading('Workflows');
    out.table(['type', 'status', 'count'], countByTypeAndStatus(report.workflows));
  }
  if (byProvider) {
    out.heading('Cost');
    const rows = byProvider.data.map(({ key, calls, settled_micros }) => [
      key ?? 'other',
      String(calls),
      dollars(settled_micros),
    ]);
    out.table(
      ['provider', 'calls', 'cost'],
      [...rows, ['total', String(byProvider.total.calls), dollars(byProvider.total.settled_micros)]],
    );
  }
  out.line();
  if (providers && providers.simulated.length > 0) {
    out.line(out.styled(simulatorBanner(providers), 'yellow'));
    out.line();
  }
  out.line(`To look around in the same product: npm start, then the Temporal Web UI at ${TEMPORAL_UI}.`);
  if (json) out.line(`The report is in ${json}.`);
  for (const problem of problems) out.line(out.styled(`✗ ${problem}`, 'red'));
  out.line(
    report.ok
      ? out.styled(`✓ Every part really happened, in ${report.tookSeconds} s.`, 'green')
      : out.styled(`✗ Not every part happened (after ${report.tookSeconds} s).`, 'red'),
  );
}

function countByTypeAndStatus(workflows: DemoReport['workflows']): string[][] {
  const counts = new Map<string, number>();
  for (const { type, status } of workflows) {
    const key = `${type} ${status}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => [...key.split(' '), String(count)]);
}
