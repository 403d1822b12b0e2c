import { findProgram } from '../../config/programs';
import { AppError } from '../../errors';
import { runLimitedProgram } from '../../media/child/run';

export const TESSERACT = 'tesseract';
export const TESSERACT_MODEL = 'tesseract-ocr';

/** What has to be installed, for advice. */
export const TESSERACT_ADVICE =
  'Install tesseract with the language data and poppler (apt install tesseract-ocr tesseract-ocr-por poppler-utils, brew install tesseract tesseract-lang poppler), or take tesseract out of its chain.';

/** Where the programs of local OCR are: tesseract reads pictures, poppler's two turn pages of a PDF into pictures. */
export interface OcrPrograms {
  tesseract: string;
  pdftoppm: string;
  pdfinfo: string;
}

let found: OcrPrograms | null = null;

/** The programs on PATH, null when one is missing. What was found is kept; what was not may be installed meanwhile. */
export function findOcrPrograms(): OcrPrograms | null {
  if (found !== null) return found;
  const tesseract = findProgram('tesseract');
  const pdftoppm = findProgram('pdftoppm');
  const pdfinfo = findProgram('pdfinfo');
  if (!tesseract || !pdftoppm || !pdfinfo) return null;
  return (found = { tesseract, pdftoppm, pdfinfo });
}

/** @throws AppError PROVIDER_NOT_CONFIGURED */
export function requireOcrPrograms(): OcrPrograms {
  const programs = findOcrPrograms();
  if (programs) return programs;
  throw new AppError('PROVIDER_NOT_CONFIGURED', `Local OCR is not installed here. ${TESSERACT_ADVICE}`);
}

const PICTURE_TIMEOUT_MS = 60_000;
const MAX_RSS_MB = 450;
/** A page of dense print has about 5,000 characters. */
const MAX_TEXT_BYTES = 1024 * 1024;

/**
 * The text in one picture, by tesseract in a process of its own, on one processor.
 *
 * @throws AppError PROVIDER_NOT_CONFIGURED (no such language data), PROVIDER_REJECTED, TIMEOUT, MEDIA_CORRUPT (too much
 * memory); when `signal` aborts, its reason
 */
export async function readPicture(
  picture: Buffer,
  { languages, signal, timeoutMs }: { languages: readonly string[]; signal: AbortSignal; timeoutMs: number },
): Promise<string> {
  const { tesseract } = requireOcrPrograms();
  const { status, stdout, stderr } = await runLimitedProgram(
    { command: tesseract, args: ['stdin', 'stdout', '-l', languages.join('+')], env: { OMP_THREAD_LIMIT: '1' } },
    picture,
    {
      signal,
      timeoutMs: Math.min(timeoutMs, PICTURE_TIMEOUT_MS),
      maxRssMb: MAX_RSS_MB,
      maxOutputBytes: MAX_TEXT_BYTES,
    },
  );
  if (status === 0) return stdout.toString('utf8').replaceAll('\f', '').trim();
  if (/load.*language|language.*load/i.test(stderr)) {
    throw new AppError(
      'PROVIDER_NOT_CONFIGURED',
      `tesseract has no data for all of ${languages.join(', ')}: install it (apt install tesseract-ocr-${languages[0]}) or change TESSERACT_LANGUAGES`,
    );
  }
  throw new AppError('PROVIDER_REJECTED', 'tesseract cannot read this picture');
}
