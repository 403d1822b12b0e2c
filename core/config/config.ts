import { isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { INTENT_ROUTINGS, ROUTER_NAMES } from '../agents/intents/types';
import { projectRoot } from '../project-root';
import { DEFAULT_DIMENSIONS } from '../providers/stored-model';

const list = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((value) =>
      value
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    );
const flag = (fallback: 'true' | 'false') =>
  z
    .enum(['true', 'false'])
    .default(fallback)
    .transform((value) => value === 'true');
const count = (fallback: number, min = 1) => z.coerce.number().int().min(min).default(fallback);
const optional = z
  .string()
  .optional()
  .transform((value) => value || undefined);

/** A row of memory_embeddings with its vector must fit into a page of the database, 8 kB; pgvector's indexes take a little more. */
const MAX_DIMENSIONS = { full: 1_900, half: 3_800 };

function isNetwork(entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (bits < 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
}

/** Every environment variable the product reads. docs/configuration.md lists them for people. */
const schema = z.object({
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  DATABASE_URL: z.string().min(1),
  DATABASE_MAX_CONNECTIONS: count(10),
  DATABASE_PREPARED_STATEMENTS: flag('true'),
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  API_HOST: z.string().default('127.0.0.1'),
  API_PORT: count(8080),
  GRPC_HOST: z.string().default('127.0.0.1'),
  GRPC_PORT: count(50051),
  GRPC_TLS_CERT_FILE: optional,
  GRPC_TLS_KEY_FILE: optional,
  GRPC_TLS_CLIENT_CA_FILE: optional,
  GRPC_CALLS_PER_SECOND: count(200),
  WORKERS_HEALTH_PORT: count(8081),
  PUBLIC_URL: optional,
  MEDIA_DIR: z.string().default(path.join(projectRoot(), '.ventros/media')),
  MEDIA_MAX_BYTES: count(64 * 1024 * 1024),
  ENCRYPTION_KEY: z
    .string()
    .refine(
      (value) => Buffer.from(value, 'base64').length === 32,
      'must be 32 bytes in base64 (openssl rand -base64 32)',
    ),
  ALLOWED_PRIVATE_HOSTS: list(''),
  TRUSTED_PROXIES: list('').refine(
    (entries) => entries.every(isNetwork),
    'must be IP addresses or networks (10.0.0.0/8), separated by commas',
  ),
  WEBHOOK_MAX_BYTES: count(1024 * 1024),
  IMPORT_MAX_BYTES: count(128 * 1024 * 1024),

  VISION_CHAIN: list('vertex'),
  SPEECH_CHAIN: list('groq,openai'),
  DOCUMENT_CHAIN: list('llamaparse,pdf_text,office_text,tesseract'),
  LANGUAGE_CHAIN: list('openai'),
  EMBEDDINGS_PROVIDER: z.enum(['vertex', 'openai', 'local']).default('local'),
  EMBEDDINGS_PRECISION: z.enum(['full', 'half']).default('full'),
  EMBEDDINGS_DIMENSIONS: z.coerce.number().int().min(64).max(MAX_DIMENSIONS.half).default(DEFAULT_DIMENSIONS),
  EMBEDDINGS_QUERY_PREFIX: optional,
  EMBEDDINGS_DOCUMENT_PREFIX: optional,
  RERANKER: z.enum(['none', 'jina']).default('none'),

  VERTEX_PROJECT: optional,
  VERTEX_LOCATION: z.string().default('global'),
  VERTEX_BASE_URL: optional,
  VERTEX_ACCESS_TOKEN: optional,
  VERTEX_VISION_MODEL: z.string().default('gemini-3.5-flash-lite'),
  VERTEX_VISION_CHEAPER_MODEL: z
    .string()
    .default('gemini-3.1-flash-lite')
    .transform((value) => value || undefined),
  VERTEX_EMBEDDING_MODEL: z.string().default('text-embedding-005'),
  GROQ_API_KEY: optional,
  GROQ_BASE_URL: optional,
  GROQ_SPEECH_MODEL: z.string().default('whisper-large-v3-turbo'),
  OPENAI_API_KEY: optional,
  OPENAI_BASE_URL: optional,
  OPENAI_SPEECH_MODEL: z.string().default('gpt-transcribe'),
  OPENAI_LANGUAGE_MODEL: z.string().default('gpt-6-luna'),
  OPENAI_LANGUAGE_CHEAPER_MODEL: optional,
  OPENAI_EMBEDDING_MODEL: z.string().default('text-embedding-3-small'),
  LLAMA_CLOUD_API_KEY: optional,
  LLAMA_CLOUD_BASE_URL: optional,
  LLAMAPARSE_TIER: z.enum(['fast', 'cost_effective', 'agentic', 'agentic_plus']).default('cost_effective'),
  LLAMAPARSE_VERSION: z.string().default('2026-08-19'),
  DOCUMENT_WEBHOOK_WAIT_MS: count(120_000, 0),
  JINA_API_KEY: optional,
  JINA_BASE_URL: optional,
  JINA_RERANK_MODEL: z.string().default('jina-reranker-v2-base-multilingual'),
  FFMPEG_PATH: optional,
  TESSERACT_LANGUAGES: list('por,eng'),

  PRICES_FILE: optional,
  INTENT_ROUTERS: list('local').pipe(
    z
      .array(z.enum(ROUTER_NAMES))
      .min(1)
      .refine((names) => new Set(names).size === names.length, 'names one twice'),
  ),
  INTENT_ROUTING: z.enum(INTENT_ROUTINGS).default('in_order'),

  MEDIA_WAIT_MS: count(30_000, 0),
  LANGUAGE_RETRY_MS: count(35_000, 0),
  ENRICHMENT_DEFERRAL_MS: list('30000,120000,600000,3600000').transform((values) => values.map(Number)),
  ENRICHMENT_GIVE_UP_MS: count(24 * 3600 * 1000),
  SEND_CONFIRMATION_WAIT_MS: count(120_000, 0),
  OUTBOX_POLL_MS: count(200),
  OUTBOX_RETRY_MS: count(30_000),
  OUTBOX_KEEP_DAYS: count(7),
  METRICS_ENABLED: flag('true'),
});

const wholeSchema = schema.check(({ value, issues }) => {
  const wrong = (name: keyof Config, message: string) => {
    issues.push({ code: 'custom', input: value[name], path: [name], message });
  };
  // Half a configuration of TLS must not become plain text.
  const needs = (name: keyof Config, other: keyof Config) => {
    if (!value[name] || value[other]) return;
    wrong(other, `must be set when ${name} is`);
  };
  needs('GRPC_TLS_CERT_FILE', 'GRPC_TLS_KEY_FILE');
  needs('GRPC_TLS_KEY_FILE', 'GRPC_TLS_CERT_FILE');
  needs('GRPC_TLS_CLIENT_CA_FILE', 'GRPC_TLS_CERT_FILE');
  const { EMBEDDINGS_DIMENSIONS: dimensions, EMBEDDINGS_PRECISION: precision, EMBEDDINGS_PROVIDER: provider } = value;
  if (dimensions > MAX_DIMENSIONS[precision]) {
    wrong('EMBEDDINGS_DIMENSIONS', `must be ${MAX_DIMENSIONS[precision]} or less, unless EMBEDDINGS_PRECISION is half`);
  }
  if (provider === 'local' && dimensions !== DEFAULT_DIMENSIONS) {
    wrong('EMBEDDINGS_DIMENSIONS', `must be ${DEFAULT_DIMENSIONS} when EMBEDDINGS_PROVIDER is local`);
  }
});

export type Config = z.output<typeof schema>;

/**
 * Reads the environment once. A missing or malformed value stops the process with a message that names the variable.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  return readWith(wholeSchema, environment);
}

const vectorSchema = schema.pick({ EMBEDDINGS_DIMENSIONS: true, EMBEDDINGS_PRECISION: true });

/** Of that, what a migration must know, which has no other settings. @throws Error as `loadConfig` */
export function vectorConfig(environment: NodeJS.ProcessEnv = process.env): z.output<typeof vectorSchema> {
  return readWith(vectorSchema, environment);
}

function readWith<Output>(given: z.ZodType<Output>, environment: NodeJS.ProcessEnv): Output {
  const result = given.safeParse(environment);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The configuration is not usable (docs/configuration.md lists every variable):\n${lines.join('\n')}`);
}
