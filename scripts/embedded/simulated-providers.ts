/** Which providers are real, and the environment that sends the product to the simulator for the others. */
export interface ProviderChoice {
  real: string[];
  simulated: string[];
  env: NodeJS.ProcessEnv;
}

interface SimulatedProvider {
  name: string;
  /** Any of these in the environment means that the operator has the real one, or a server of their own. */
  variables: string[];
  env: (portBase: number) => NodeJS.ProcessEnv;
}

const at = (portBase: number, offset: number) => `http://127.0.0.1:${portBase + offset}`;

/** The ports follow the control port in the order in which the simulator opens them. */
const PROVIDERS: SimulatedProvider[] = [
  {
    name: 'Vertex AI',
    variables: ['VERTEX_PROJECT'],
    env: (base) => ({
      VERTEX_PROJECT: 'simulated',
      VERTEX_BASE_URL: at(base, 1),
      VERTEX_ACCESS_TOKEN: 'simulated',
    }),
  },
  {
    name: 'Groq',
    variables: ['GROQ_API_KEY', 'GROQ_BASE_URL'],
    env: (base) => ({ GROQ_API_KEY: 'simulated', GROQ_BASE_URL: at(base, 2) }),
  },
  {
    name: 'OpenAI',
    variables: ['OPENAI_API_KEY', 'OPENAI_BASE_URL'],
    env: (base) => ({ OPENAI_API_KEY: 'simulated', OPENAI_BASE_URL: `${at(base, 3)}/v1` }),
  },
  {
    name: 'LlamaParse',
    variables: ['LLAMA_CLOUD_API_KEY', 'LLAMA_CLOUD_BASE_URL'],
    env: (base) => ({ LLAMA_CLOUD_API_KEY: 'simulated', LLAMA_CLOUD_BASE_URL: at(base, 4) }),
  },
  {
    name: 'Jina',
    variables: ['JINA_API_KEY', 'JINA_BASE_URL'],
    env: (base) => ({ JINA_API_KEY: 'simulated', JINA_BASE_URL: at(base, 6) }),
  },
];

/** The address of the simulated WAHA. */
export const simulatedWahaUrl = (portBase: number) => at(portBase, 5);

/** A provider with a key or an address in the environment is real; the simulator stands in for the rest, and for WAHA. */
export function chooseProviders(portBase: number, environment: NodeJS.ProcessEnv): ProviderChoice {
  const isReal = ({ variables }: SimulatedProvider) => variables.some((name) => Boolean(environment[name]));
  const simulated = PROVIDERS.filter((provider) => !isReal(provider));
  const privateHosts = [environment['ALLOWED_PRIVATE_HOSTS'], new URL(simulatedWahaUrl(portBase)).host]
    .filter(Boolean)
    .join(',');
  return {
    real: PROVIDERS.filter(isReal).map(({ name }) => name),
    simulated: simulated.map(({ name }) => name),
    env: Object.assign({ ALLOWED_PRIVATE_HOSTS: privateHosts }, ...simulated.map(({ env }) => env(portBase))),
  };
}

/** Said loudly, so that nobody takes a made-up answer for a real one. */
export function simulatorBanner({ real, simulated }: ProviderChoice): string {
  const lines = [
    'SIMULATED: no message, picture or voice note leaves this machine.',
    `WhatsApp (WAHA)${simulated.map((name) => `, ${name}`).join('')} are played by the simulator.`,
    real.length > 0 ? `REAL, and billed: ${real.join(', ')}.` : 'Set OPENAI_API_KEY, GROQ_API_KEY, … to use real ones.',
  ];
  const width = Math.max(...lines.map((line) => line.length));
  const bar = '━'.repeat(width + 2);
  return [`┏${bar}┓`, ...lines.map((line) => `┃ ${line.padEnd(width)} ┃`), `┗${bar}┛`].join('\n');
}
