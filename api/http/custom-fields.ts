import { CUSTOM_FIELD_TYPES } from '../../core/crm/custom-field-rules';
import {
  createCustomField,
  deleteCustomField,
  getCustomField,
  listCustomFields,
  updateCustomField,
} from '../../core/crm/custom-fields';
import { setCustomField } from '../../core/crm/contacts';
import { contactSchema } from './contacts';
import type { EdgeDeps } from './edge';
import { given } from './given';
import { present } from './present';
import { route, type Route } from './route';
import { idParams, pageOf, pageQuery, timestamp, uuid, z } from './zod';

const key = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

const fieldSchema = z
  .object({
    id: uuid(),
    key: z.string(),
    label: z.string(),
    type: z.enum(CUSTOM_FIELD_TYPES),
    options: z.array(z.string()),
    default_value: z.unknown().openapi({ description: 'Null: none' }),
    is_required: z.boolean(),
    is_fixed: z.boolean(),
    version: z.number().int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  })
  .openapi('CustomField');

const settings = {
  label: z.string().trim().min(1).max(100),
  options: z
    .array(z.string().trim().min(1).max(100))
    .min(1)
    .max(200)
    .openapi({ description: 'Of select and multi_select' }),
  default_value: z.json().openapi({
    description: 'What contacts have that have no value of their own; null: nothing',
    type: ['string', 'number', 'boolean', 'object', 'array', 'null'],
  }),
  is_required: z
    .boolean()
    .openapi({ description: 'A contact made through the API has it, and it is never taken away' }),
  is_fixed: z.boolean().openapi({ description: 'Set once, a value stays as it is' }),
};

const createBody = z
  .strictObject({ key, type: z.enum(CUSTOM_FIELD_TYPES), ...z.object(settings).partial().shape })
  .superRefine((body, context) => {
    const takesOptions = body.type === 'select' || body.type === 'multi_select';
    if (takesOptions !== (body.options !== undefined)) {
      const message = takesOptions ? `are needed for type ${body.type}` : `do not belong to type ${body.type}`;
      context.addIssue({ code: 'custom', path: ['options'], message });
    }
  })
  .openapi('NewCustomField');
const changeBody = z
  .strictObject({ ...z.object(settings).partial().shape, version: z.number().int().min(1) })
  .openapi('CustomFieldChange');
const valueBody = z
  .strictObject({ value: z.unknown().refine((value) => value !== undefined, 'is needed') })
  .openapi('CustomFieldValue');
const valueParams = z.object({ id: uuid(), key });

export function customFieldRoutes({ db, paging }: EdgeDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/custom-fields',
      tag: 'custom fields',
      summary: 'List what the project keeps with its contacts, newest first',
      scope: 'contacts.view',
      query: pageQuery,
      response: { status: 200, description: 'A page of fields', body: pageOf(fieldSchema) },
      handler: ({ caller: { tenantId }, query }) =>
        paging.answer({ tenantId, list: 'custom-fields' }, query, (page) =>
          db.withTenant(tenantId, (tx) => listCustomFields(tx, tenantId, page)),
        ),
    }),
    route({
      method: 'post',
      path: '/api/v1/custom-fields',
      tag: 'custom fields',
      summary: 'Add a field that contacts have',
      description: 'Key and type never change. Values that are there already under this key stay as they are.',
      scope: 'settings.manage',
      body: createBody,
      response: { status: 201, description: 'The field', body: fieldSchema },
      handler: async ({ caller: { tenantId }, body }) => {
        const field = {
          key: body.key,
          type: body.type,
          label: body.label ?? body.key,
          options: body.options ?? [],
          defaultValue: body.default_value ?? null,
          isRequired: body.is_required ?? false,
          isFixed: body.is_fixed ?? false,
        };
        return present(await db.withTenant(tenantId, (tx) => createCustomField(tx, tenantId, field)));
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/custom-fields/{id}',
      tag: 'custom fields',
      summary: 'Read a field',
      scope: 'contacts.view',
      params: idParams,
      response: { status: 200, description: 'The field', body: fieldSchema },
      handler: async ({ caller: { tenantId }, params }) =>
        present(await db.withTenant(tenantId, (tx) => getCustomField(tx, tenantId, params.id))),
    }),
    route({
      method: 'patch',
      path: '/api/v1/custom-fields/{id}',
      tag: 'custom fields',
      summary: 'Change label, options and rules of a field',
      description: 'Values that are there already stay, also those that are no option any more.',
      scope: 'settings.manage',
      params: idParams,
      body: changeBody,
      response: { status: 200, description: 'The field', body: fieldSchema },
      handler: async ({ caller: { tenantId }, params, body: { version, ...body } }) => {
        const { is_required: isRequired, is_fixed: isFixed, default_value: defaultValue, ...same } = body;
        const change = { fieldId: params.id, version, changes: given({ ...same, defaultValue, isRequired, isFixed }) };
        return present(await db.withTenant(tenantId, (tx) => updateCustomField(tx, tenantId, change)));
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/custom-fields/{id}',
      tag: 'custom fields',
      summary: 'Delete a field; its values stay with the contacts, unchecked',
      scope: 'settings.manage',
      params: idParams,
      response: { status: 204, description: 'Deleted', body: null },
      handler: ({ caller: { tenantId }, params }) =>
        db.withTenant(tenantId, (tx) => deleteCustomField(tx, tenantId, params.id)),
    }),
    route({
      method: 'put',
      path: '/api/v1/contacts/{id}/custom-fields/{key}',
      tag: 'custom fields',
      summary: 'Set one value of a contact',
      description: 'Checked against its field. The other values stay.',
      scope: 'contacts.manage',
      params: valueParams,
      body: valueBody,
      response: { status: 200, description: 'The contact', body: contactSchema },
      handler: async ({ caller: { tenantId }, params, body }) => {
        // Nothing is what a value is that was taken away.
        const value = body.value ?? undefined;
        const change = { contactId: params.id, key: params.key, value };
        return present(await db.withTenant(tenantId, (tx) => setCustomField(tx, tenantId, change)));
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/contacts/{id}/custom-fields/{key}',
      tag: 'custom fields',
      summary: 'Take one value of a contact away',
      scope: 'contacts.manage',
      params: valueParams,
      response: { status: 200, description: 'The contact', body: contactSchema },
      handler: async ({ caller: { tenantId }, params }) => {
        const change = { contactId: params.id, key: params.key, value: undefined };
        return present(await db.withTenant(tenantId, (tx) => setCustomField(tx, tenantId, change)));
      },
    }),
  ];
}
