import { z } from 'zod';
import { requestEnrichment } from '../../crm/enrichments';
import type { Tx } from '../../database';
import type { VisionContext } from '../../enrichment/contexts';
import { AppError } from '../../errors';
import { requestDocument } from '../../knowledge/documents';
import { assertFits } from '../../knowledge/limits';
import { DOCUMENT_TYPES, type DocumentType } from '../../knowledge/types';
import { downloadMedia } from '../../media/download';
import { queueFile, type StoredFile } from '../../media/media-files';
import { identifyMedia, type IdentifiedMedia } from '../../media/sniff';
import { defineTool } from '../define-tool';
import type { ToolAttempt, ToolDeps } from '../types';

/** A tool has thirty seconds in all. */
const DOWNLOAD_TIMEOUT_MS = 20_000;

/** What a picture of a document is asked for. */
const CONTEXTS: Readonly<Partial<Record<DocumentType, VisionContext>>> = {
  contract: 'pipeline_contract',
  receipt: 'chat_receipt',
  identity: 'automation_id',
};

interface FetchedFile extends StoredFile {
  media: IdentifiedMedia;
  /** Puts the bytes once more: they may have been on their way out. */
  putAgain: () => Promise<unknown>;
}

export const uploadDocument = defineTool({
  name: 'upload_document',
  description:
    'Guarda um documento e manda ler: sem contato, na base de conhecimento da empresa; com contato, entre os documentos dele. O arquivo é um endereço https ou o id de uma mídia já recebida.',
  input: z.strictObject({
    file: z.union([z.guid(), z.url().max(2000)]).describe('Id de uma mídia, ou endereço https do arquivo'),
    title: z.string().trim().min(1).max(300),
    type: z.enum(DOCUMENT_TYPES).default('other'),
  }),
  output: z.object({
    document_id: z.string().describe('Para search_documents, get_document, summarize_document'),
    owner: z.enum(['company', 'contact']),
    status: z.string(),
    mime_type: z.string(),
    size_bytes: z.number(),
  }),
  about: 'any_contact',
  // What the company's documents say is what its agents answer: no customer's conversation writes into them.
  audience: 'staff',
  access: 'write',
  scope: 'memory.manage',
  cost: 'paid',
  examples: [
    {
      says: 'Guarda a nova tabela de preços',
      arguments: { file: '01a20630-35d0-7562-8948-23743a1a6e08', title: 'Tabela de preços', type: 'price_list' },
    },
  ],
  async fetch(deps, { file }, { tenantId, contactId, attempt }): Promise<FetchedFile> {
    const { bytes, declaredMimeType } = await bytesOf(deps, { tenantId, file }, attempt);
    const media = await identifyMedia(bytes, declaredMimeType, fileNameOf(file));
    if (contactId === null) await assertFits(bytes, media);
    else if (media.kind === 'unsupported') {
      throw new AppError('MEDIA_UNSUPPORTED', `Files of type ${media.mimeType} cannot be read`);
    }
    const stored = await deps.mediaStore.put(tenantId, bytes);
    // After a dry run no row names it.
    if (isAddress(file)) await deps.db.withTenant(tenantId, (tx) => queueFile(tx, tenantId, stored));
    return { ...stored, media, putAgain: () => deps.mediaStore.put(tenantId, bytes, stored) };
  },
  async run(tx, { file, title, type }, { tenantId, contactId }, { putAgain, media, ...stored }) {
    const { id, status } = contactId
      ? await requestEnrichment(tx, tenantId, {
          source: { kind: 'file', ...stored, media, fileName: title },
          context: CONTEXTS[type] ?? 'chat_document',
          contactId,
        })
      : await requestDocument(tx, tenantId, {
          ...{ ...stored, media, title, documentType: type },
          fileName: fileNameOf(file),
        });
    // Its row is there, so that nobody deletes the file from here on.
    await putAgain();
    return {
      document_id: id,
      owner: contactId ? ('contact' as const) : ('company' as const),
      status,
      mime_type: media.mimeType,
      size_bytes: stored.sizeBytes,
    };
  },
});

/** @throws AppError NOT_FOUND (medium), and as downloadMedia */
async function bytesOf(
  { db, mediaStore, guardedFetch, config }: ToolDeps,
  { tenantId, file }: { tenantId: string; file: string },
  { signal }: ToolAttempt,
): Promise<{ bytes: Buffer; declaredMimeType: string | null }> {
  if (isAddress(file)) {
    const maxBytes = config.MEDIA_MAX_BYTES;
    return downloadMedia({ url: file, maxBytes, timeoutMs: DOWNLOAD_TIMEOUT_MS, signal }, guardedFetch);
  }
  const { sha256, mimeType } = await db.withTenant(tenantId, (tx) => requireMedia(tx, tenantId, file));
  return { bytes: await mediaStore.read(tenantId, sha256), declaredMimeType: mimeType };
}

async function requireMedia(tx: Tx, tenantId: string, id: string): Promise<{ sha256: string; mimeType: string }> {
  const found = await tx.mediaFile.findFirst({ where: { tenantId, id }, select: { sha256: true, mimeType: true } });
  if (!found) throw new AppError('NOT_FOUND', 'There is no medium with this id');
  return found;
}

const isAddress = (file: string) => file.includes('://');

/** The last part of an address; a medium has none. */
function fileNameOf(file: string): string | null {
  if (!isAddress(file)) return null;
  const last = new URL(file).pathname.split('/').at(-1) ?? '';
  return last === '' ? null : last.slice(0, 200);
}
