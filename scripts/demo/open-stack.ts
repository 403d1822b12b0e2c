import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../core/project-root';
import { simulatorBanner } from '../embedded/simulated-providers';
import { startStack, type Stack } from '../embedded/stack';
import { seconds, type Printer } from './printer';

export interface OpenStack {
  stack: Stack;
  close(): Promise<void>;
}

/** What the simulated providers answer: what the fixtures really contain. */
const SCRIPT = path.join(projectRoot(), 'simulator/scripts/demo.json');
/** For a stack that is told to stop while it comes up. What is left then ends with this process. */
const STOP_LIMIT_MS = 20_000;

/** Starts a throw-away stack and says how it comes along. @throws the signal's reason when that comes first */
export async function openStack(out: Printer, signal: AbortSignal, useEnvironment: boolean): Promise<OpenStack> {
  out.line(`Starting the ${useEnvironment ? '' : 'embedded '}stack (a first start takes a little longer) …`);
  const starting = startStack({
    dataDir: null,
    servers: useEnvironment ? 'environment' : 'embedded',
    signal,
    simulator: true,
    simulatorArgs: ['--script', SCRIPT],
    events: {
      onStarted: (name, tookMs) => out.line(`  ${out.styled('✓', 'green')} ${name} (${seconds(tookMs)})`),
      onExit: (name, how) => out.line(out.styled(`  ! ${name} ended with ${how} and is started again`, 'yellow')),
    },
  });
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    const stack = await Promise.race([starting, aborted]);
    if (stack.providers) out.line(`\n${out.styled(simulatorBanner(stack.providers), 'yellow')}\n`);
    // From now on whoever waits looks at the signal itself.
    aborted.catch(() => {});
    return { stack, close: () => stack.stop() };
  } catch (error) {
    // A stack that fails to start while it is being stopped has ended what it had started, which is all that is wanted.
    const ended = starting.then(
      (stack) => stack.stop(),
      () => undefined,
    );
    await Promise.race([ended, sleep(STOP_LIMIT_MS)]);
    throw error;
  }
}
