import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { anyFreePort, freePortFrom } from './ports';

/** Every port of the stack, all on 127.0.0.1. */
export interface StackPorts {
  api: number;
  grpc: number;
  workersHealth: number;
  database: number;
  temporal: number;
  temporalUi: number;
  /** The simulator's control port; its providers follow on the next five. */
  simulator: number;
}

const REMEMBERED = 'ports.json';

/** Control, vertex, groq, openai, llamaparse, waha. */
const SIMULATOR_PORTS = 6;

const PREFERRED: StackPorts = {
  api: 8080,
  grpc: 50_051,
  workersHealth: 8081,
  database: 5439,
  temporal: 7233,
  temporalUi: 8233,
  simulator: 9100,
};

/** The variables of the product that fix a port. */
const VARIABLES: Partial<Record<keyof StackPorts, string>> = {
  api: 'API_PORT',
  grpc: 'GRPC_PORT',
  workersHealth: 'WORKERS_HEALTH_PORT',
};

/**
 * The ports of a stack. A stack that keeps its data keeps its ports too, as far as they are still free, because people
 * bookmark them; a throw-away one takes any. A port from the environment is used as it is.
 */
export async function chooseStackPorts(dataDir: string | null, environment: NodeJS.ProcessEnv): Promise<StackPorts> {
  const file = dataDir ? path.join(dataDir, REMEMBERED) : undefined;
  const remembered: Partial<StackPorts> = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const ports = { ...PREFERRED };
  const taken = new Set<number>();
  for (const name of Object.keys(PREFERRED) as (keyof StackPorts)[]) {
    const length = name === 'simulator' ? SIMULATOR_PORTS : 1;
    const fixed = Number(environment[VARIABLES[name] ?? ''] ?? 0);
    let port = fixed || (await pick(file ? (remembered[name] ?? PREFERRED[name]) : undefined, length));
    // Chosen but not opened yet: the system still calls it free.
    while (!fixed && taken.has(port)) port = await pick(file ? port + length : undefined, length);
    for (let offset = 0; offset < length; offset += 1) taken.add(port + offset);
    ports[name] = port;
  }
  return ports;
}

/** Called once the stack is up with them: the ports of a start that failed must not replace those people know. */
export function rememberStackPorts(dataDir: string, ports: StackPorts): void {
  writeFileSync(path.join(dataDir, REMEMBERED), JSON.stringify(ports, null, 2));
}

async function pick(preferred: number | undefined, length: number): Promise<number> {
  if (preferred) return freePortFrom(preferred, length);
  return length === 1 ? anyFreePort() : freePortFrom(await anyFreePort(), length);
}
