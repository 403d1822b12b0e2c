import { loadConfig } from '../../core/config';
import { createProviders } from '../../core/providers/create-providers';
import type { Providers } from '../../core/providers/registry';
import type { Simulator } from '../../simulator/index';
import { environmentOf } from './stage';

/** The adapters of the product, in this process, in front of the simulator. */
export function simulatedProviders(simulator: Simulator): Providers {
  // They need no database, but the configuration does.
  const DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/none';
  return createProviders(loadConfig(environmentOf(simulator, { DATABASE_URL })));
}

export const VOICE = { audio: Buffer.from('voice'), mimeType: 'audio/ogg; codecs=opus', fileName: 'voz.ogg' };
export const PHOTO = { image: Buffer.from('photo'), mimeType: 'image/jpeg', prompt: 'Descreva', maxOutputTokens: 300 };
