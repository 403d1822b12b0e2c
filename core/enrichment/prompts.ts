import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../project-root';
import type { VisionContext } from './contexts';

export interface VisionPrompt {
  /** Name and version, kept with what was read: `chat_receipt-1`. */
  id: string;
  text: string;
  maxOutputTokens: number;
}

/** `animation` is said after another one, whose limit holds. */
type PromptName = VisionContext | 'video_frame' | 'animation';

const HEADER = /^---\nversion: (\d+)\nmax_output_tokens: (\d+)\n---\n/;

const prompts = new Map<PromptName, VisionPrompt>();

/** A prompt of `prompts/<name>.md`, whose head holds its version (raised with every change) and the limit of the answer. */
export function visionPrompt(name: PromptName): VisionPrompt {
  const known = prompts.get(name);
  if (known) return known;
  const file = readFileSync(path.join(projectRoot(), 'core/enrichment/prompts', `${name}.md`), 'utf8');
  const [head, version, maxOutputTokens] = HEADER.exec(file) ?? [];
  if (head === undefined) throw new Error(`the prompt ${name} has no head with version and max_output_tokens`);
  const prompt = {
    id: `${name}-${version}`,
    text: file.slice(head.length).trim(),
    maxOutputTokens: Number(maxOutputTokens),
  };
  prompts.set(name, prompt);
  return prompt;
}
