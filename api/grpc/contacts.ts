import { createContact, getContact, listContacts, updateContact, type Contact as Row } from '../../core/crm/contacts';
import { withinDeadline } from '../../core/memory';
import { z } from 'zod';
import { contactChangeBody, newContactBody, toContactChanges } from '../http/contacts';
import type { CrmServiceDeps } from './crm-service';
import type { Contact, ContactFields, CrmServiceServer } from './generated/ventros/crm/v1/crm';
import { id, readRequest } from './requests';
import { DATABASE_LIMIT_MS } from './serve';
import { unary } from './unary';
import { maskedFields } from './update-mask';
import { given, struct } from './wire-values';

type ContactMethods = Pick<
  CrmServiceServer,
  'createContact' | 'getContact' | 'listContacts' | 'searchContacts' | 'updateContact'
>;

const getRequest = z.object({ contact_id: id });
const listRequest = z.object({ tag: z.string().max(100) });
const createRequest = z.object({ fields: newContactBody });
const updateRequest = z.object({
  contact_id: id,
  version: z.int().min(1),
  fields: contactChangeBody.omit({ version: true }),
});
const searchRequest = z.object({ query: z.string().trim().min(1).max(200) });

/** The methods of CrmService about contacts: the fields and limits of the REST routes. */
export function contactMethods(deps: CrmServiceDeps): ContactMethods {
  const { db, paging } = deps;
  return {
    createContact: unary(deps, {
      scope: 'contacts.manage',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle({ fields }, { tenantId, deadline }) {
        const all = Object.entries(fields ? nullable(fields) : {});
        const written = Object.fromEntries(all.filter(([, value]) => value !== null && value !== ''));
        const input = readRequest(createRequest, { fields: written });
        const contact = await withinDeadline(db, tenantId, deadline, (tx) =>
          createContact(tx, tenantId, { ...toContactChanges(input.fields), name: input.fields.name }),
        );
        return { contact: presentContact(contact) };
      },
    }),

    getContact: unary(deps, {
      scope: 'contacts.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle({ contactId }, { tenantId, deadline }) {
        const input = readRequest(getRequest, { contact_id: contactId });
        const contact = await withinDeadline(db, tenantId, deadline, (tx) =>
          getContact(tx, tenantId, input.contact_id),
        );
        return { contact: presentContact(contact) };
      },
    }),

    listContacts: unary(deps, {
      scope: 'contacts.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const { tag } = readRequest(listRequest, { tag: request.tag });
        const { items, nextPageToken } = await paging.load({ tenantId, list: 'contacts' }, request, (page) =>
          withinDeadline(db, tenantId, deadline, (tx) => listContacts(tx, tenantId, { ...page, tag: given(tag) })),
        );
        return { contacts: items.map(presentContact), nextPageToken };
      },
    }),

    searchContacts: unary(deps, {
      scope: 'contacts.view',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle(request, { tenantId, deadline }) {
        const { query: search } = readRequest(searchRequest, { query: request.query });
        const { items, nextPageToken } = await paging.load({ tenantId, list: 'contacts/search' }, request, (page) =>
          withinDeadline(db, tenantId, deadline, (tx) => listContacts(tx, tenantId, { ...page, search })),
        );
        return { contacts: items.map(presentContact), nextPageToken };
      },
    }),

    updateContact: unary(deps, {
      scope: 'contacts.manage',
      maxDurationMs: DATABASE_LIMIT_MS,
      async handle({ contactId, version, fields = NO_FIELDS, updateMask }, { tenantId, deadline }) {
        const input = readRequest(updateRequest, {
          contact_id: contactId,
          version,
          fields: maskedFields(updateMask, nullable(fields)),
        });
        const change = { contactId: input.contact_id, version, changes: toContactChanges(input.fields) };
        const contact = await withinDeadline(db, tenantId, deadline, (tx) => updateContact(tx, tenantId, change));
        return { contact: presentContact(contact) };
      },
    }),
  };
}

const NO_FIELDS: ContactFields = {
  name: '',
  email: '',
  phone: '',
  externalId: '',
  sourceChannel: '',
  language: '',
  timezone: '',
  tags: [],
  customFields: undefined,
  profilePictureUrl: '',
};

/** By the names of the wire, with null where a text that may be missing is empty. */
function nullable(fields: ContactFields): Record<string, unknown> {
  return {
    name: fields.name,
    email: fields.email || null,
    phone: fields.phone || null,
    external_id: fields.externalId || null,
    source_channel: fields.sourceChannel || null,
    language: fields.language,
    timezone: fields.timezone || null,
    tags: fields.tags,
    custom_fields: fields.customFields ?? {},
    profile_picture_url: fields.profilePictureUrl || null,
  };
}

function presentContact(row: Row): Contact {
  return {
    contactId: row.id,
    fields: {
      name: row.name,
      email: row.email ?? '',
      phone: row.phone ?? '',
      externalId: row.externalId ?? '',
      sourceChannel: row.sourceChannel ?? '',
      language: row.language,
      timezone: row.timezone ?? '',
      tags: row.tags,
      customFields: struct(row.customFields),
      profilePictureUrl: row.profilePictureUrl ?? '',
    },
    firstInteractionAt: row.firstInteractionAt ?? undefined,
    lastInteractionAt: row.lastInteractionAt ?? undefined,
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
