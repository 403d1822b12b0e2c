import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../project-root';

export interface VisionPrompt {
  text: string;
  maxOutputTokens: number;
}

function read(name: string): string {
  return readFileSync(path.join(projectRoot(), 'core/enrichment/prompts', `${name}.md`), 'utf8').trim();
}

/** Output limits: domain reference, section 3. */
export const VISION_PROMPTS: { chatMessage: VisionPrompt; videoFrame: VisionPrompt } = {
  chatMessage: { text: read('chat_message'), maxOutputTokens: 300 },
  videoFrame: { text: read('video_frame'), maxOutputTokens: 120 },
};
