import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { appendEvents } from '../outbox/events';
import { addContactEvent } from './contact-events';
import { getContact } from './contacts';
import { toPage, type Page, type PageRequest } from './page';
import { sourceOf, type Actor, type NoteType, type Priority } from './types';

export interface NoteFields {
  content: string;
  type: NoteType;
  priority: Priority;
  visibleToClient: boolean;
  isPinned: boolean;
  tags: string[];
}

export interface Note {
  id: string;
  contactId: string;
  sessionId: string | null;
  type: string;
  content: string;
  priority: string;
  authorType: string;
  authorId: string | null;
  visibleToClient: boolean;
  isPinned: boolean;
  tags: string[];
  createdAt: Date;
  updatedAt: Date;
}

const SELECTED = {
  id: true,
  contactId: true,
  sessionId: true,
  type: true,
  content: true,
  priority: true,
  authorType: true,
  authorId: true,
  visibleToClient: true,
  isPinned: true,
  tags: true,
  createdAt: true,
  updatedAt: true,
} as const;

export interface NewNote extends Partial<Omit<NoteFields, 'content'>> {
  content: string;
  contactId: string;
  sessionId?: string | null;
  actor: Actor;
}

/** @throws AppError NOT_FOUND (contact) */
export async function addNote(tx: Tx, tenantId: string, { actor, ...fields }: NewNote): Promise<Note> {
  await getContact(tx, tenantId, fields.contactId);
  const note = await tx.note.create({
    data: {
      ...fields,
      id: newId(),
      tenantId,
      authorType: sourceOf(actor),
      authorId: actor.by === 'user' ? actor.user_id : null,
    },
    select: SELECTED,
  });
  await noteEvent(tx, { tenantId, note, eventType: 'note.added', actor });
  await addContactEvent(tx, tenantId, {
    contactId: note.contactId,
    sessionId: note.sessionId,
    category: 'note',
    eventType: 'note_added',
    title: note.type,
    payload: { note_id: note.id },
    source: sourceOf(actor),
  });
  return note;
}

export interface NoteFilter {
  contactId?: string | undefined;
  type?: NoteType | undefined;
  /** Words, in Portuguese without regard to accents and most endings. */
  search?: string | undefined;
}

/** Newest first. */
export async function listNotes(
  tx: Tx,
  tenantId: string,
  { limit, after, contactId, type, search }: PageRequest & NoteFilter,
): Promise<Page<Note>> {
  const rows = await tx.$queryRawUnsafe<Note[]>(
    sqlFile('core/crm/sql/list_notes.sql'),
    tenantId,
    contactId ?? null,
    type ?? null,
    search ?? null,
    after?.[0] ?? null,
    limit + 1,
  );
  return toPage(rows, limit, ({ id }) => [id]);
}

/** @throws AppError NOT_FOUND */
export async function getNote(tx: Tx, tenantId: string, noteId: string): Promise<Note> {
  const note = await tx.note.findFirst({ where: { tenantId, id: noteId, deletedAt: null }, select: SELECTED });
  if (!note) throw new AppError('NOT_FOUND', 'There is no note with this id');
  return note;
}

/** Notes have no version: the last change wins (domain reference, section 0). @throws AppError NOT_FOUND */
export async function updateNote(
  tx: Tx,
  tenantId: string,
  { noteId, changes, actor }: { noteId: string; changes: Partial<NoteFields>; actor: Actor },
): Promise<Note> {
  const before = await getNote(tx, tenantId, noteId);
  await tx.note.updateMany({ where: { tenantId, id: noteId }, data: { ...changes, updatedAt: new Date() } });
  const note = await getNote(tx, tenantId, noteId);
  const isPinnedNow = note.isPinned && !before.isPinned;
  await noteEvent(tx, { tenantId, note, eventType: isPinnedNow ? 'note.pinned' : 'note.updated', actor });
  return note;
}

/** @throws AppError NOT_FOUND */
export async function deleteNote(
  tx: Tx,
  tenantId: string,
  { noteId, actor }: { noteId: string; actor: Actor },
): Promise<void> {
  const note = await getNote(tx, tenantId, noteId);
  await tx.note.updateMany({ where: { tenantId, id: noteId }, data: { deletedAt: new Date() } });
  await noteEvent(tx, { tenantId, note, eventType: 'note.deleted', actor });
}

/** Events carry ids, never what was written. */
function noteEvent(
  tx: Tx,
  { tenantId, note, eventType, actor }: { tenantId: string; note: Note; eventType: string; actor: Actor },
): Promise<void> {
  const data = { noteId: note.id, contactId: note.contactId, type: note.type, ...actor };
  return appendEvents(tx, [{ tenantId, aggregateType: 'note', aggregateId: note.id, eventType, data }]);
}
