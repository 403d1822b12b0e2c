import { addNote, deleteNote, getNote, listNotes, updateNote } from '../../core/crm/notes';
import { NOTE_TYPES, PRIORITIES } from '../../core/crm/types';
import type { EdgeDeps } from './edge';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const noteSchema = z
  .object({
    id: uuid(),
    contact_id: uuid(),
    session_id: uuid().nullable(),
    type: z.string(),
    content: z.string(),
    priority: z.string(),
    author_type: z.string(),
    author_id: uuid().nullable(),
    visible_to_client: z.boolean(),
    is_pinned: z.boolean(),
    tags: z.array(z.string()),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('Note');

const fields = {
  content: z.string().trim().min(1).max(20_000),
  type: z.enum(NOTE_TYPES),
  priority: z.enum(PRIORITIES),
  visible_to_client: z.boolean(),
  is_pinned: z.boolean(),
  tags: z.array(z.string().trim().min(1).max(100)).max(50),
};
const changes = z.object(fields).partial().strict();
const createBody = changes.required({ content: true }).extend({ contact_id: uuid() }).openapi('NewNote');
const updateBody = changes.openapi('NoteChange');
const listQuery = pageQuery.extend({ contact_id: uuid().optional(), type: z.enum(NOTE_TYPES).optional() });
const searchQuery = listQuery.extend({ q: z.string().trim().min(1).max(200) });

export function noteRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/notes',
      tag: 'notes',
      summary: 'List notes, newest first',
      scope: 'contacts.view',
      query: listQuery,
      response: { status: 200, description: 'A page of notes', body: pageOf(noteSchema) },
      handler: ({ caller: { tenantId }, query: { contact_id: contactId, type, ...query } }) =>
        paging.answer({ tenantId, list: 'notes' }, query, (page) =>
          db.withTenant(tenantId, (tx) => listNotes(tx, tenantId, { ...page, contactId, type })),
        ),
    }),
    route({
      method: 'get',
      path: '/api/v1/notes/search',
      tag: 'notes',
      summary: 'Search what notes say, newest first',
      description: 'In Portuguese, without regard to accents and most endings.',
      scope: 'contacts.view',
      query: searchQuery,
      response: { status: 200, description: 'A page of notes', body: pageOf(noteSchema) },
      handler: ({ caller: { tenantId }, query: { contact_id: contactId, type, q: search, ...query } }) =>
        paging.answer({ tenantId, list: 'notes/search' }, query, (page) =>
          db.withTenant(tenantId, (tx) => listNotes(tx, tenantId, { ...page, contactId, type, search })),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/notes',
      tag: 'notes',
      summary: 'Write a note about a contact',
      scope: 'contacts.manage',
      body: createBody,
      response: { status: 201, description: 'The note', body: noteSchema },
      handler: async ({ caller: { tenantId, userId }, body: { contact_id: contactId, content, ...body } }) => {
        const note = { ...toFields(body), content, contactId, actor: { by: 'user', user_id: userId } as const };
        return present(await db.withTenant(tenantId, (tx) => addNote(tx, tenantId, note)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/notes/{id}',
      tag: 'notes',
      summary: 'Read a note',
      scope: 'contacts.view',
      params: idParams,
      response: { status: 200, description: 'The note', body: noteSchema },
      handler: async ({ caller: { tenantId }, params }) =>
        present(await db.withTenant(tenantId, (tx) => getNote(tx, tenantId, params.id))),
    }),
    route({
      method: 'patch',
      path: '/api/v1/notes/{id}',
      tag: 'notes',
      summary: 'Change a note',
      scope: 'contacts.manage',
      params: idParams,
      body: updateBody,
      response: { status: 200, description: 'The note', body: noteSchema },
      handler: async ({ caller: { tenantId, userId }, params, body }) => {
        const actor = { by: 'user', user_id: userId } as const;
        const change = { noteId: params.id, changes: toFields(body), actor };
        return present(await db.withTenant(tenantId, (tx) => updateNote(tx, tenantId, change)));
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/notes/{id}',
      tag: 'notes',
      summary: 'Delete a note',
      scope: 'contacts.manage',
      params: idParams,
      response: { status: 204, description: 'Deleted', body: null },
      handler: ({ caller: { tenantId, userId }, params }) => {
        const actor = { by: 'user', user_id: userId } as const;
        return db.withTenant(tenantId, (tx) => deleteNote(tx, tenantId, { noteId: params.id, actor }));
      },
    }),
  ];
}

function toFields({ visible_to_client, is_pinned, ...same }: z.output<typeof changes>) {
  return {
    ...same,
    ...(visible_to_client === undefined ? {} : { visibleToClient: visible_to_client }),
    ...(is_pinned === undefined ? {} : { isPinned: is_pinned }),
  };
}
