import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Config } from '../config';
import { cheaperModel } from '../money/cheaper-models';
import { projectRoot } from '../project-root';
import { modelOf, namedProviders, type NamedProvider } from './requirements';

/** A model that this configuration may call. */
export interface ConfiguredModel extends NamedProvider {
  model: string;
  /** The variable that names it; null where there is nothing to choose, or a chain of a project or an agent names it. */
  variable: keyof Config | null;
  /** `cheaper`: instead of the usual one while a budget is short; `chain`: where media settings name it; `agent`: where an agent does. */
  use: 'usual' | 'cheaper' | 'chain' | 'agent';
}

const CHEAPER_VARIABLES = {
  vision: 'VERTEX_VISION_CHEAPER_MODEL',
  language: 'OPENAI_LANGUAGE_CHEAPER_MODEL',
} as const;

/** Every model that the chains of the process name, each followed by its cheaper one. */
export function configuredModels(config: Config): ConfiguredModel[] {
  return namedProviders(config).flatMap((provider) => {
    const usual: ConfiguredModel = {
      ...provider,
      model: modelOf(config, provider),
      variable: modelVariable(provider),
      use: 'usual',
    };
    if (provider.kind !== 'vision' && provider.kind !== 'language') return [usual];
    const model = cheaperModel(config, provider.kind, provider.name);
    if (model === undefined || model === usual.model) return [usual];
    return [usual, { ...provider, model, variable: CHEAPER_VARIABLES[provider.kind], use: 'cheaper' }];
  });
}

/** The variable that names the model of a provider for a kind of work; null where there is nothing to choose. */
function modelVariable({ kind, name }: NamedProvider): keyof Config | null {
  switch (name) {
    case 'vertex':
      return kind === 'vision' ? 'VERTEX_VISION_MODEL' : 'VERTEX_EMBEDDING_MODEL';
    case 'groq':
      return 'GROQ_SPEECH_MODEL';
    case 'openai':
      if (kind === 'speech') return 'OPENAI_SPEECH_MODEL';
      return kind === 'language' ? 'OPENAI_LANGUAGE_MODEL' : 'OPENAI_EMBEDDING_MODEL';
    case 'llamaparse':
      return 'LLAMAPARSE_TIER';
    case 'jina':
      return 'JINA_RERANK_MODEL';
    case 'pdf_text':
    case 'office_text':
    case 'tesseract':
    case 'local':
      return null;
  }
}

const fileSchema = z.object({
  asOf: z.iso.date(),
  comment: z.string(),
  retirements: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      shutdown: z.iso.date(),
      successor: z.string(),
      source: z.string(),
    }),
  ),
});

export interface Retirement {
  /** The day, `2027-02-26`. */
  shutdown: string;
  successor: string;
}

type Known = Retirement & { provider: string; model: string };

/** Reads config/models.json: which models are withdrawn when, and what takes their place. */
export function loadRetirements(file = path.join(projectRoot(), 'config/models.json')): Known[] {
  return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).retirements;
}

/** The most exact row that names the model; null when no end of it is known. */
export function retirementOf(retirements: readonly Known[], provider: string, model: string): Retirement | null {
  const names = ({ model: pattern }: Known) =>
    pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern;
  const [best] = retirements
    .filter((row) => row.provider === provider && names(row))
    .sort((a, b) => b.model.length - a.model.length);
  return best ? { shutdown: best.shutdown, successor: best.successor } : null;
}

/** Why a call of the model fails, and what to configure instead where that is known. `said`: how the provider answered. */
export function retiredModelMessage(said: string, { provider, model }: { provider: string; model: string }): string {
  const successor = retirementOf(loadRetirements(), provider, model)?.successor;
  return `${said}: it does not serve ${model} (any more); configure ${successor ?? 'another model'} instead`;
}
