import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { anyFreePort, freePortFrom, isPortFree } from './ports';

/** Every port of the stack, all on 127.0.0.1. */
export interface StackPorts {
  api: number;
  grpc: number;
  workersHealth: number;
  database: number;
  temporal: number;
  temporalUi: number;
  /** The simulator's control port; its providers follow on the next six. */
  simulator: number;
}

const REMEMBERED = 'ports.json';

/** Control, vertex, groq, openai, llamaparse, waha, jina. */
const SIMULATOR_PORTS = 7;

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

const NAMES = Object.keys(PREFERRED) as (keyof StackPorts)[];
const lengthOf = (name: keyof StackPorts) => (name === 'simulator' ? SIMULATOR_PORTS : 1);

/**
 * The ports of a stack. A stack that keeps its data keeps its ports too, as far as they are still free, because people
 * bookmark them; a throw-away one takes any. A port from `fixed` or from the environment is used as it is.
 *
 * @throws Error that names port and variable, if such a port is taken.
 */
export async function chooseStackPorts(
  dataDir: string | null,
  environment: NodeJS.ProcessEnv,
  fixed: Partial<StackPorts> = {},
): Promise<StackPorts> {
  const file = dataDir ? path.join(dataDir, REMEMBERED) : undefined;
  const remembered: Partial<StackPorts> = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const ports = { ...PREFERRED };
  // Chosen but not opened yet: the system still calls it free.
  const taken = new Set<number>();
  const take = (name: keyof StackPorts, port: number) => {
    for (let offset = 0; offset < lengthOf(name); offset += 1) taken.add(port + offset);
    ports[name] = port;
  };
  const given = (name: keyof StackPorts) => fixed[name] ?? Number(environment[VARIABLES[name] ?? ''] || 0);
  // First those that cannot give way.
  for (const name of NAMES) {
    const port = given(name);
    if (!port) continue;
    const variable = VARIABLES[name];
    if (taken.has(port) || !(await isPortFree(port)))
      throw new Error(`the port ${port} of ${name}${variable ? ` (${variable})` : ''} is taken by someone else`);
    take(name, port);
  }
  for (const name of NAMES.filter((one) => !given(one))) {
    const length = lengthOf(name);
    let port = await pick(file ? (remembered[name] ?? PREFERRED[name]) : undefined, length);
    while (Array.from({ length }, (_, offset) => port + offset).some((one) => taken.has(one)))
      port = await pick(file ? port + length : undefined, length);
    take(name, port);
  }
  return ports;
}

/** Where the stack of this folder was last seen, for people; empty if it never came up. */
export function lastAddresses(dataDir: string): string {
  const file = path.join(dataDir, REMEMBERED);
  if (!existsSync(file)) return '';
  const { api, temporalUi }: StackPorts = JSON.parse(readFileSync(file, 'utf8'));
  return `API http://127.0.0.1:${api}, Temporal UI http://127.0.0.1:${temporalUi}`;
}

/** Called once the stack is up with them: the ports of a start that failed must not replace those people know. */
export function rememberStackPorts(dataDir: string, ports: StackPorts): void {
  writeFileSync(path.join(dataDir, REMEMBERED), JSON.stringify(ports, null, 2));
}

async function pick(preferred: number | undefined, length: number): Promise<number> {
  if (preferred) return freePortFrom(preferred, length);
  return length === 1 ? anyFreePort() : freePortFrom(await anyFreePort(), length);
}
