import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, isAppError } from '../../errors';
import { runLimitedProgram } from '../../media/child/run';
import { withWorkspace } from '../../media/ffmpeg/workspace';
import type { CallOptions, DocumentPage, DocumentProvider } from '../ports';
import { readPicture, requireOcrPrograms, TESSERACT, TESSERACT_MODEL } from './programs';

/** A page takes seconds of a processor, and nobody pays for it: what is longer needs a provider that is paid. */
const MAX_PAGES = 20;
const MAX_READING_MS = 5 * 60_000;
/** 200 dpi of a page of A4, whatever size the page says it has. */
const LONGER_EDGE_PIXELS = 2_400;
const PROGRAM_LIMITS = { timeoutMs: 30_000, maxRssMb: 450, maxOutputBytes: 64 * 1024 };

interface Source {
  file: string;
  folder: string;
}

/**
 * The words on the pages of a scanned PDF: each page becomes a picture (pdftoppm) and is read by tesseract, on this machine,
 * free and without a key. At most 20 pages; pages after them and pages that could not be read are `failedPages`.
 *
 * `parse` throws AppError PROVIDER_REJECTED for other files, files that cannot be opened and pages without a word,
 * DOCUMENT_ENCRYPTED, PROVIDER_NOT_CONFIGURED; when `signal` aborts, its reason.
 */
export function createTesseractDocuments({ languages }: { languages: readonly string[] }): DocumentProvider {
  return {
    name: TESSERACT,
    model: TESSERACT_MODEL,
    async parse({ file, mimeType, maxPages = MAX_PAGES }, options) {
      if (mimeType !== 'application/pdf') {
        throw new AppError('PROVIDER_REJECTED', `${TESSERACT} reads only pages of application/pdf, not ${mimeType}`);
      }
      return withWorkspace(async (folder) => {
        const source = { folder, file: path.join(folder, 'document.pdf') };
        await writeFile(source.file, file);
        const pageCount = await countPages(source, options.signal);
        const deadlineMs = Date.now() + Math.min(options.timeoutMs, MAX_READING_MS);
        const pages: DocumentPage[] = [];
        const failedPages: number[] = [];
        for (let page = 1; page <= pageCount; page++) {
          const leftMs = deadlineMs - Date.now();
          const isRead = page <= Math.min(maxPages, MAX_PAGES) && leftMs > 0;
          const text = isRead ? await readPage(source, page, { languages, ...options, timeoutMs: leftMs }) : null;
          if (text === null) failedPages.push(page);
          else if (text !== '') pages.push({ page, text });
        }
        if (pages.length === 0) throw new AppError('PROVIDER_REJECTED', 'tesseract finds no words on the pages');
        return { pages, failedPages, model: TESSERACT_MODEL, usage: { pages: pages.length } };
      });
    },
  };
}

async function countPages({ file }: Source, signal: AbortSignal): Promise<number> {
  const command = requireOcrPrograms().pdfinfo;
  const { status, stdout, stderr } = await runLimitedProgram({ command, args: [file] }, Buffer.alloc(0), {
    ...PROGRAM_LIMITS,
    signal,
  });
  const pages = /^Pages:\s+(\d+)$/m.exec(stdout.toString('latin1'))?.[1];
  if (status === 0 && pages !== undefined) return Number(pages);
  if (/password/i.test(stderr)) {
    throw new AppError('DOCUMENT_ENCRYPTED', 'The document is protected by a password. Ask for a copy without one.');
  }
  throw new AppError('PROVIDER_REJECTED', 'The pages of the document cannot be shown, so they cannot be read either');
}

/** Null when this page cannot be read, whatever the reason: the others may be. */
async function readPage(
  { file, folder }: Source,
  page: number,
  options: CallOptions & { languages: readonly string[] },
): Promise<string | null> {
  const picture = path.join(folder, 'page');
  const size = ['-scale-to', String(LONGER_EDGE_PIXELS), '-gray', '-png'];
  const range = ['-f', String(page), '-l', String(page), '-singlefile'];
  try {
    const { status } = await runLimitedProgram(
      { command: requireOcrPrograms().pdftoppm, args: [...range, ...size, file, picture] },
      Buffer.alloc(0),
      { ...PROGRAM_LIMITS, signal: options.signal },
    );
    if (status !== 0) return null;
    return await readPicture(await readFile(`${picture}.png`), options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (!isAppError(error) || error.code === 'PROVIDER_NOT_CONFIGURED') throw error;
    return null;
  } finally {
    await rm(`${picture}.png`, { force: true });
  }
}
