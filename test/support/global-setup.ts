import { writeSync } from 'node:fs';

/** Loaded by `npm test` before the tests. */
const LEAK_AFTER_MS = 30_000;

/**
 * mocha ends by itself once nothing is open any more. If that does not happen soon after the last test, some test left a
 * worker, a connection, a timer or a server open: the run fails and says what is still there.
 */
export function mochaGlobalTeardown(): void {
  setTimeout(() => {
    const resources = process.getActiveResourcesInfo().filter((name) => name !== 'Timeout' || hasTimers());
    writeSync(
      2,
      `\nA test leaked. Still open ${LEAK_AFTER_MS / 1000} s after the last test:\n${describe(resources)}\n`,
    );
    process.exit(1);
  }, LEAK_AFTER_MS).unref();
}

const hasTimers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length > 1;

function describe(resources: string[]): string {
  const counts = new Map<string, number>();
  for (const name of resources) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `  ${count} × ${name}`).join('\n');
}
