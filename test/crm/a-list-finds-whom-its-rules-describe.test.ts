import assert from 'node:assert/strict';
import { createContact } from '../../core/crm/contacts';
import { changeStage } from '../../core/crm/contact-stages';
import { addContactEvent } from '../../core/crm/contact-events';
import { addStatus, createPipeline } from '../../core/crm/pipelines';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

interface Rule {
  type: string;
  field?: string;
  operator: string;
  value?: unknown;
}

describe('a list finds whom its rules describe', () => {
  let api: TestApi;
  let tenantId: string;
  let key: string;
  let statusId: string;
  let pipelineId: string;
  before(async () => {
    api = await startTestApi();
    ({ tenantId, apiKey: key } = await newTenant(api.deps.db));
    await api.deps.db.withTenant(tenantId, async (tx) => {
      ({ id: pipelineId } = await createPipeline(tx, tenantId, { name: 'Vendas' }));
      ({ id: statusId } = await addStatus(tx, tenantId, { pipelineId, name: 'Novo', type: 'open' }));
      const ana = await createContact(tx, tenantId, {
        name: 'Ána Souza',
        email: 'ana@loja.com',
        tags: ['vip', 'sp'],
        customFields: { renda: 5000, cidade: 'São Paulo' },
      });
      await createContact(tx, tenantId, {
        name: 'Bruno 100%',
        language: 'en',
        tags: ['rj'],
        customFields: { renda: 900 },
      });
      await createContact(tx, tenantId, { name: 'Carla', customFields: { renda: 'não informou' } });
      const actor = { by: 'system' } as const;
      await changeStage(tx, tenantId, { contactId: ana.id, pipelineId, statusId, reason: null, notes: null, actor });
      for (let visit = 0; visit < 2; visit++) {
        await addContactEvent(tx, tenantId, {
          contactId: ana.id,
          category: 'engagement',
          eventType: 'visited',
          title: 'Visitou a loja',
          source: 'system',
        });
      }
    });
  });
  after(() => api.close());

  let made = 0;
  async function found(rules: Rule[], operator = 'AND'): Promise<string[]> {
    const created = await api.request('POST', '/api/v1/contact-lists', {
      key,
      json: { name: `Lista ${++made}`, operator, rules },
    });
    assert.equal(created.status, 201, created.text);
    const { body } = await api.request('GET', `/api/v1/contact-lists/${created.body.id}/contacts`, { key });
    const names = body.data.map(({ name }: { name: string }) => name.split(' ')[0]).sort();
    assert.equal(created.body.contact_count, names.length, 'the count is that of the members');
    return names;
  }

  const CASES: [string, Rule, string[]][] = [
    ['an attribute', { type: 'attribute', field: 'language', operator: 'eq', value: 'en' }, ['Bruno']],
    ['an attribute that is not', { type: 'attribute', field: 'email', operator: 'is_null' }, ['Bruno', 'Carla']],
    [
      'ne, with those who have none',
      { type: 'attribute', field: 'email', operator: 'ne', value: 'ana@loja.com' },
      ['Bruno', 'Carla'],
    ],
    ['a part, without accents', { type: 'attribute', field: 'name', operator: 'contains', value: 'ANA' }, ['Ána']],
    ['a beginning', { type: 'attribute', field: 'name', operator: 'starts_with', value: 'car' }, ['Carla']],
    ['an end with signs of LIKE', { type: 'attribute', field: 'name', operator: 'ends_with', value: '0%' }, ['Bruno']],
    ['a list of values', { type: 'attribute', field: 'name', operator: 'in', value: ['Carla', 'Ninguém'] }, ['Carla']],
    [
      'a time',
      { type: 'attribute', field: 'created_at', operator: 'gt', value: '2020-01-01T00:00:00Z' },
      ['Bruno', 'Carla', 'Ána'],
    ],
    ['a custom number', { type: 'custom_field', field: 'renda', operator: 'gte', value: 1000 }, ['Ána']],
    ['a custom text', { type: 'custom_field', field: 'cidade', operator: 'contains', value: 'sao' }, ['Ána']],
    ['a tag', { type: 'tag', operator: 'contains', value: 'vip' }, ['Ána']],
    ['one of several tags', { type: 'tag', operator: 'in', value: ['sp', 'rj'] }, ['Bruno', 'Ána']],
    ['no such tag', { type: 'tag', operator: 'not_in', value: ['sp', 'rj'] }, ['Carla']],
    ['an event that happened twice', { type: 'event', field: 'visited', operator: 'gte', value: 2 }, ['Ána']],
    ['an event that never happened', { type: 'event', field: 'visited', operator: 'is_null' }, ['Bruno', 'Carla']],
    [
      'a number of messages',
      { type: 'interaction', field: 'message_count', operator: 'eq', value: 0 },
      ['Bruno', 'Carla', 'Ána'],
    ],
  ];
  for (const [what, rule, names] of CASES) {
    it(`by ${what}`, async () => assert.deepEqual(await found([rule]), names));
  }

  it('by the status in a pipeline', async () => {
    assert.deepEqual(await found([{ type: 'pipeline_status', operator: 'eq', value: statusId }]), ['Ána']);
    assert.deepEqual(await found([{ type: 'pipeline_status', field: pipelineId, operator: 'is_null' }]), [
      'Bruno',
      'Carla',
    ]);
  });

  it('by all rules or by any', async () => {
    const rules = [
      { type: 'tag', operator: 'contains', value: 'vip' },
      { type: 'attribute', field: 'language', operator: 'eq', value: 'en' },
    ];
    assert.deepEqual(await found(rules), []);
    assert.deepEqual(await found(rules, 'OR'), ['Bruno', 'Ána']);
  });

  it('is nobody without rules, and takes every text as a value and never as SQL', async () => {
    assert.deepEqual(await found([]), []);
    for (const evil of ["') or true --", "'; drop table contacts; --", '%', '_', '\\']) {
      assert.deepEqual(await found([{ type: 'attribute', field: 'email', operator: 'eq', value: evil }]), []);
      assert.deepEqual(await found([{ type: 'custom_field', field: evil, operator: 'is_not_null' }]), []);
      assert.deepEqual(await found([{ type: 'event', field: evil, operator: 'is_not_null' }]), []);
    }
  });

  it('refuses rules it cannot understand, naming the field', async () => {
    const wrong: Rule[] = [
      { type: 'attribute', field: 'password_hash', operator: 'eq', value: 'x' },
      { type: 'attribute', field: 'constructor', operator: 'eq', value: 'x' },
      { type: 'attribute', field: 'created_at', operator: 'contains', value: '2026' },
      { type: 'attribute', field: 'created_at', operator: 'gt', value: 'ontem' },
      { type: 'attribute', field: 'name', operator: 'in', value: 'Carla' },
      { type: 'pipeline_status', operator: 'eq', value: 'Novo' },
      { type: 'tag', operator: 'gt', value: 'vip' },
    ];
    for (const rule of wrong) {
      const json = { name: `Errada ${++made}`, rules: [rule] };
      const { status, body } = await api.request('POST', '/api/v1/contact-lists', { key, json });
      assert.deepEqual([status, body.code], [422, 'VALIDATION_ERROR'], JSON.stringify(rule));
      assert.match(body.errors[0].field, /^rules\.0\./);
    }
  });

  it('keeps a static list by hand, once each, and refuses to mix the two kinds', async () => {
    const json = { name: 'Convidados', is_static: true };
    const { body: list } = await api.request('POST', '/api/v1/contact-lists', { key, json });
    const contacts = await api.request('GET', '/api/v1/contacts', { key });
    const contact_id = contacts.body.data[0].id;
    const path = `/api/v1/contact-lists/${list.id}/contacts`;
    await api.request('POST', path, { key, json: { contact_id } });
    const twice = await api.request('POST', path, { key, json: { contact_id } });
    assert.equal(twice.body.contact_count, 1);
    const gone = await api.request('DELETE', `${path}/${contact_id}`, { key });
    assert.equal(gone.body.contact_count, 0);
    const ruled = await api.request('PATCH', `/api/v1/contact-lists/${list.id}`, {
      key,
      json: { version: 1, rules: [{ type: 'tag', operator: 'is_null' }] },
    });
    assert.deepEqual([ruled.status, ruled.body.code], [409, 'INVARIANT_VIOLATION']);
  });
});
