import { AppError } from '../../errors';
import type { VisionProvider } from '../ports';
import { readPicture, TESSERACT, TESSERACT_MODEL } from './programs';

/**
 * The words in an image, read on this machine, free and without a key. It sees letters and nothing else: no description,
 * no facts in a form.
 *
 * `describe` throws AppError PROVIDER_REJECTED for an image without words, or those of `readPicture`.
 */
export function createTesseractVision({ languages }: { languages: readonly string[] }): VisionProvider {
  return {
    name: TESSERACT,
    model: TESSERACT_MODEL,
    readsWordsOnly: true,
    async describe({ image }, { signal, timeoutMs }) {
      const text = await readPicture(image, { languages, signal, timeoutMs });
      if (text === '') throw new AppError('PROVIDER_REJECTED', 'tesseract finds no words in the image');
      return { text, isCut: false, model: TESSERACT_MODEL, usage: { images: 1 } };
    },
  };
}
