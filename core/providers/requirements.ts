import type { Config } from '../config';
import { findOcrPrograms, TESSERACT_ADVICE, TESSERACT_MODEL } from './tesseract/programs';

export type ProviderKind = 'vision' | 'speech' | 'documents' | 'language' | 'embeddings' | 'rerank';
export type ProviderName =
  'vertex' | 'groq' | 'openai' | 'llamaparse' | 'jina' | 'pdf_text' | 'office_text' | 'tesseract' | 'local';

/** What can do what. */
const KINDS: Readonly<Record<ProviderKind, readonly ProviderName[]>> = {
  vision: ['vertex', 'tesseract'],
  speech: ['groq', 'openai'],
  documents: ['llamaparse', 'pdf_text', 'office_text', 'tesseract'],
  language: ['openai'],
  embeddings: ['vertex', 'openai', 'local'],
  rerank: ['jina'],
};

/** The names a chain of this kind may hold. */
export function providersOf(kind: ProviderKind): readonly ProviderName[] {
  return KINDS[kind];
}

/** The model that a provider uses for a kind unless a chain names another one. */
export function modelOf(config: Config, { kind, name }: NamedProvider): string {
  switch (name) {
    case 'vertex':
      return kind === 'vision' ? config.VERTEX_VISION_MODEL : config.VERTEX_EMBEDDING_MODEL;
    case 'groq':
      return config.GROQ_SPEECH_MODEL;
    case 'openai':
      if (kind === 'speech') return config.OPENAI_SPEECH_MODEL;
      return kind === 'language' ? config.OPENAI_LANGUAGE_MODEL : config.OPENAI_EMBEDDING_MODEL;
    case 'llamaparse':
      return config.LLAMAPARSE_TIER;
    case 'jina':
      return config.JINA_RERANK_MODEL;
    case 'pdf_text':
      return 'pdf-text-layer';
    case 'office_text':
      return 'office-xml';
    case 'tesseract':
      return TESSERACT_MODEL;
    case 'local':
      return 'local-hash-768-v1';
  }
}

/** One of these variables is enough; providers that run here need none. */
const VARIABLES: Readonly<Record<ProviderName, readonly (keyof Config)[]>> = {
  vertex: ['VERTEX_PROJECT'],
  groq: ['GROQ_API_KEY', 'GROQ_BASE_URL'],
  openai: ['OPENAI_API_KEY', 'OPENAI_BASE_URL'],
  llamaparse: ['LLAMA_CLOUD_API_KEY', 'LLAMA_CLOUD_BASE_URL'],
  jina: ['JINA_API_KEY', 'JINA_BASE_URL'],
  pdf_text: [],
  office_text: [],
  tesseract: [],
  local: [],
};

/** Where the credential of a provider comes from, for advice. */
export const KEY_VARIABLES: Readonly<Record<ProviderName, string>> = {
  vertex: 'VERTEX_ACCESS_TOKEN or the application default credentials (gcloud auth application-default login)',
  groq: 'GROQ_API_KEY',
  openai: 'OPENAI_API_KEY',
  llamaparse: 'LLAMA_CLOUD_API_KEY',
  jina: 'JINA_API_KEY',
  pdf_text: '',
  office_text: '',
  tesseract: '',
  local: '',
};

/**
 * Whether the configuration holds a credential or an address for the provider, or its programs are on PATH. Says nothing of
 * their being right.
 */
export function isConfigured(config: Config, name: ProviderName): boolean {
  if (name === 'tesseract') return findOcrPrograms() !== null;
  const variables = VARIABLES[name];
  return variables.length === 0 || variables.some((variable) => Boolean(config[variable]));
}

/** The names a chain of the configuration lists, in order. */
function chainsOf(config: Config): Readonly<Record<ProviderKind, readonly string[]>> {
  return {
    vision: config.VISION_CHAIN,
    speech: config.SPEECH_CHAIN,
    documents: config.DOCUMENT_CHAIN,
    language: config.LANGUAGE_CHAIN,
    embeddings: [config.EMBEDDINGS_PROVIDER],
    rerank: config.RERANKER === 'none' ? [] : [config.RERANKER],
  };
}

/** The chain of a process without the names that have no configuration. */
export function chainOf(config: Config, kind: ProviderKind): string[] {
  return namedProviders(config).flatMap((provider) => (provider.kind === kind ? [provider.name] : []));
}

export interface NamedProvider {
  kind: ProviderKind;
  name: ProviderName;
}

export interface Unconfigured {
  kind: ProviderKind;
  name: string;
  /** A credential or address, a program on PATH, or a provider of that name at all. */
  lacks: 'key' | 'program' | 'provider';
  /** What to do about it, one sentence. */
  advice: string;
}

function split(config: Config): { usable: NamedProvider[]; unconfigured: Unconfigured[] } {
  const usable: NamedProvider[] = [];
  const unconfigured: Unconfigured[] = [];
  const kinds = Object.keys(KINDS) as ProviderKind[];
  for (const kind of kinds) {
    for (const listed of chainsOf(config)[kind]) {
      const name = KINDS[kind].find((one) => one === listed);
      if (name === undefined) {
        unconfigured.push({
          kind,
          name: listed,
          lacks: 'provider',
          advice: `Nothing called ${listed} does ${kind}; use ${KINDS[kind].join(' or ')}.`,
        });
      } else if (isConfigured(config, name)) {
        usable.push({ kind, name });
      } else {
        const lacks = VARIABLES[name].length === 0 ? 'program' : 'key';
        const advice = lacks === 'program' ? TESSERACT_ADVICE : `Set ${VARIABLES[name].join(' or ')}.`;
        unconfigured.push({ kind, name, lacks, advice });
      }
    }
  }
  return { usable, unconfigured };
}

/** What a chain names although it has no configuration, or does not exist. For `doctor` and the start banner. */
export function unconfigured(config: Config): Unconfigured[] {
  return split(config).unconfigured;
}

/** What the chains name and the configuration has a credential or an address for. */
export function namedProviders(config: Config): NamedProvider[] {
  return split(config).usable;
}
