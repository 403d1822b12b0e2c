import assert from 'node:assert/strict';
import { faultOf, type CustomFieldType } from '../../core/crm/custom-field-rules';
import { startTestApi, type Json, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('a custom field holds what it is for', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  it('by its type', () => {
    const options = ['básico', 'pro'];
    const cases: [CustomFieldType, unknown[], unknown[]][] = [
      ['text', ['oi'], ['', 1, null, 'a'.repeat(2001)]],
      ['label', ['vip'], ['a'.repeat(101)]],
      ['number', [0, -1.5], ['1', true]],
      ['boolean', [false], ['false', 0]],
      ['date', ['2026-02-28', '2026-02-28T12:00:00Z'], ['2026-02-30', '28/02/2026', 20260228]],
      ['json', [{ a: [1] }, 'oi', 1], []],
      ['url', ['https://example.com/a?b=c'], ['javascript:alert(1)', 'example.com', 'http://']],
      ['email', ['ana@example.com'], ['ana', 'ana@example', 'a b@example.com']],
      ['phone', ['+5511987654321', '11 98765-4321'], ['123', 11987654321]],
      ['select', ['pro'], ['outro', ['pro']]],
      ['multi_select', [[], ['pro', 'básico']], ['pro', ['pro', 'pro'], ['outro']]],
    ];
    for (const [type, good, bad] of cases) {
      for (const value of good)
        assert.equal(faultOf({ type, options }, value), null, `${type} ${JSON.stringify(value)}`);
      for (const value of bad) assert.ok(faultOf({ type, options }, value), `${type} ${JSON.stringify(value)}`);
    }
  });

  async function shop() {
    const { apiKey: key } = await newTenant(api.deps.db);
    const field = (json: object) => api.request('POST', '/api/v1/custom-fields', { key, json });
    const create = (custom_fields: object) =>
      api.request('POST', '/api/v1/contacts', { key, json: { name: 'Joana', custom_fields } });
    const of = (contact: Json) => {
      const path = `/api/v1/contacts/${contact.id}`;
      return {
        set: (name: string, value: unknown) =>
          api.request('PUT', `${path}/custom-fields/${name}`, { key, json: { value } }),
        clear: (name: string) => api.request('DELETE', `${path}/custom-fields/${name}`, { key }),
        patch: (json: object) => api.request('PATCH', path, { key, json }),
        timeline: async () => {
          const { body } = await api.request('GET', `${path}/events?category=custom_field`, { key });
          return body.data.map((event: Json) => [event.event_type, event.title]).reverse();
        },
      };
    };
    return { key, field, create, of };
  }

  it('however it is set, and every change is on the timeline without the value', async () => {
    const { key, field, create, of } = await shop();
    await field({ key: 'plano', type: 'select', options: ['básico', 'pro'] });
    await field({ key: 'pontos', type: 'number', label: 'Pontos' });
    const refused = await create({ plano: 'ouro', pontos: 'dez', livre: 'o que for' });
    assert.deepEqual(
      [refused.status, refused.body.errors.map(({ field: name }: Json) => name).sort()],
      [422, ['custom_fields.plano', 'custom_fields.pontos']],
    );
    const { body: contact } = await create({ plano: 'básico', livre: 'o que for' });
    const { set, clear, patch, timeline } = of(contact);
    assert.deepEqual((await set('pontos', 7)).body.custom_fields, { plano: 'básico', livre: 'o que for', pontos: 7 });
    assert.equal((await set('pontos', 7)).status, 200, 'the same again changes nothing');
    assert.equal((await set('pontos', '8')).status, 422);
    assert.equal((await set('livre', 'x')).status, 404, 'nobody defined it');
    assert.equal((await patch({ version: 99, custom_fields: { plano: 'pro' } })).status, 409);
    const { body: now } = await api.request('GET', `/api/v1/contacts/${contact.id}`, { key });
    assert.equal(
      (await patch({ version: now.version, custom_fields: { ...now.custom_fields, plano: 1 } })).status,
      422,
    );
    assert.deepEqual((await clear('plano')).body.custom_fields, { livre: 'o que for', pontos: 7 });
    const lines = await timeline();
    assert.deepEqual(lines.slice(2), [
      ['custom_field_set', 'pontos'],
      ['custom_field_cleared', 'plano'],
    ]);
    assert.deepEqual(lines.slice(0, 2).sort(), [
      ['custom_field_set', 'livre'],
      ['custom_field_set', 'plano'],
    ]);
    const rules = [{ type: 'custom_field', field: 'pontos', operator: 'gte', value: 7 }];
    const list = await api.request('POST', '/api/v1/contact-lists', { key, json: { name: 'Sete ou mais', rules } });
    assert.deepEqual([list.status, list.body.contact_count], [201, 1]);
  });

  it('by default, for whoever has no value of their own: shown, found by lists and told by tools', async () => {
    const { key, field, create, of } = await shop();
    const { body: before } = await create({ plano: null, livre: 1 });
    const options = ['básico', 'pro'];
    for (const json of [
      { key: 'nada', type: 'select', options, default_value: 'ouro' },
      { key: 'nada', type: 'number', default_value: '1' },
    ]) {
      const { status, body } = await field(json);
      assert.deepEqual([status, body.errors[0].field], [422, 'default_value']);
    }
    const { body: plan } = await field({
      key: 'plano',
      type: 'select',
      options,
      default_value: 'básico',
      is_required: true,
    });
    await field({ key: 'lifetime_value', type: 'number', default_value: 100 });
    assert.equal(plan.default_value, 'básico');
    const { body: own } = await create({ plano: 'pro', lifetime_value: 900 });
    const shown = async (contact: Json) =>
      (await api.request('GET', `/api/v1/contacts/${contact.id}`, { key })).body.custom_fields;
    assert.deepEqual(await shown(before), { plano: 'básico', livre: 1, lifetime_value: 100 });
    assert.deepEqual(await shown(own), { plano: 'pro', lifetime_value: 900 });
    const { body: created } = await create({});
    assert.deepEqual(created.custom_fields, { plano: 'básico', lifetime_value: 100 });
    const { body: page } = await api.request('GET', '/api/v1/contacts', { key });
    assert.deepEqual(
      page.data.map(({ custom_fields }: Json) => custom_fields.plano),
      ['básico', 'pro', 'básico'],
    );

    const countOf = async (operator: string, name: string, value: unknown) => {
      const json = {
        name: `${operator} ${name} ${value}`,
        rules: [{ type: 'custom_field', field: name, operator, value }],
      };
      return (await api.request('POST', '/api/v1/contact-lists', { key, json })).body.contact_count;
    };
    assert.deepEqual(
      [
        await countOf('eq', 'plano', 'básico'),
        await countOf('gt', 'lifetime_value', 100),
        await countOf('is_null', 'plano', null),
      ],
      [2, 1, 0],
    );
    const value = async (contact: Json) => {
      const json = { tool_name: 'check_customer_value', arguments: { contact_id: contact.id } };
      return (await api.request('POST', '/api/v1/mcp/execute', { key, json })).body.result.lifetime_value;
    };
    assert.deepEqual([await value(before), await value(own)], [100, 900]);

    // A value that is taken away leaves the default, another default holds at once, and none leaves nothing.
    const { set, clear } = of(before);
    assert.equal((await set('plano', 'pro')).body.custom_fields.plano, 'pro');
    assert.equal((await clear('plano')).body.custom_fields.plano, 'básico');
    const path = `/api/v1/custom-fields/${plan.id}`;
    const change = (version: number, json: object) => api.request('PATCH', path, { key, json: { ...json, version } });
    const gone = await change(1, { options: ['pro'] });
    assert.deepEqual([gone.status, gone.body.errors[0].field], [422, 'default_value']);
    assert.equal((await change(1, { default_value: 'pro' })).body.default_value, 'pro');
    assert.deepEqual(await shown(created), { plano: 'pro', lifetime_value: 100 });
    assert.equal((await change(2, { default_value: null, is_required: false })).body.default_value, null);
    assert.deepEqual(await shown(created), { lifetime_value: 100 });
  });

  it('with its rules: required, fixed, and no two of a key', async () => {
    const { key, field, create, of } = await shop();
    const { body: cpf } = await field({ key: 'cpf', type: 'text', is_required: true, is_fixed: true });
    assert.deepEqual([(await field({ key: 'cpf', type: 'number' })).status, (await create({})).status], [409, 422]);
    for (const json of [
      { key: 'a b', type: 'text' },
      { key: 'a', type: 'select' },
      { key: 'a', type: 'text', options: ['a'] },
    ])
      assert.equal((await field(json)).status, 422, JSON.stringify(json));
    const { body: contact } = await create({ cpf: '123' });
    const { set, clear, patch } = of(contact);
    for (const refused of [await set('cpf', '456'), await clear('cpf'), await patch({ version: 1, custom_fields: {} })])
      assert.deepEqual([refused.status, refused.body.code], [409, 'INVARIANT_VIOLATION']);
    const path = `/api/v1/custom-fields/${cpf.id}`;
    const looser = await api.request('PATCH', path, { key, json: { is_fixed: false, version: 1 } });
    assert.deepEqual([looser.body.is_fixed, looser.body.is_required], [false, true]);
    assert.equal((await set('cpf', '456')).body.custom_fields.cpf, '456');
    assert.equal((await clear('cpf')).status, 409);
    assert.equal((await api.request('DELETE', path, { key })).status, 204);
    assert.equal((await set('cpf', '789')).status, 404);
    assert.equal((await create({})).status, 201);
  });

  it('and a fixed one that was never set can be set', async () => {
    const { field, create, of } = await shop();
    await field({ key: 'cpf', type: 'text', is_fixed: true });
    const { body: contact } = await create({ cpf: null });
    const { set } = of(contact);
    assert.equal((await set('cpf', '123')).status, 200);
    assert.equal((await set('cpf', '456')).body.code, 'INVARIANT_VIOLATION');
  });
});
