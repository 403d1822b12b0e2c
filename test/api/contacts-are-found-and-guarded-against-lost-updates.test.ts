import assert from 'node:assert/strict';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

describe('contacts are found and guarded against lost updates', () => {
  let api: TestApi;
  let key: string;
  before(async () => {
    api = await startTestApi();
    key = (await newTenant(api.deps.db)).apiKey;
  });
  after(() => api.close());

  const create = (json: Record<string, unknown>) => api.request('POST', '/api/v1/contacts', { key, json });
  const names = async (query: string) => {
    const { body } = await api.request('GET', `/api/v1/contacts/search?q=${encodeURIComponent(query)}`, { key });
    return body.data.map(({ name }: { name: string }) => name).sort();
  };

  it('by name without accents, by part of a name, by e-mail and by digits of the phone', async () => {
    await create({ name: 'João Araújo', phone: '(11) 98765-4321', email: 'JOAO@loja.com.br' });
    await create({ name: 'Joana Conceição', phone: '+55 21 99876-5432' });
    assert.deepEqual(await names('joao araujo'), ['João Araújo']);
    assert.deepEqual(await names('CONCEICAO'), ['Joana Conceição']);
    assert.deepEqual(await names('joa'), ['Joana Conceição', 'João Araújo']);
    assert.deepEqual(await names('joao@loja.com.br'), ['João Araújo']);
    assert.deepEqual(await names('98765-4321'), ['João Araújo']);
    assert.deepEqual(await names('9876'), ['Joana Conceição', 'João Araújo']);
    assert.deepEqual(await names(`%' or 1=1 --`), []);
  });

  it('once per phone, however it is written', async () => {
    const first = await create({ name: 'Rui', phone: '+55 (31) 98888-7777' });
    assert.equal(first.body.phone, '+5531988887777');
    const second = await create({ name: 'Rui de novo', phone: '31988887777' });
    assert.deepEqual([second.status, second.body.code], [409, 'ALREADY_EXISTS']);
    assert.equal((await create({ name: 'Curto', phone: '123' })).body.errors[0].field, 'phone');
  });

  it('a change based on an old version is refused and changes nothing', async () => {
    const { body } = await create({ name: 'Lia', tags: ['vip'], custom_fields: { Cor: { 'meu Tom': [1] } } });
    const path = `/api/v1/contacts/${body.id}`;
    const change = (json: Record<string, unknown>) => api.request('PATCH', path, { key, json });
    const first = await change({ version: 1, name: 'Lia Prado' });
    assert.deepEqual([first.status, first.body.version, first.body.tags], [200, 2, ['vip']]);
    assert.deepEqual(first.body.custom_fields, { Cor: { 'meu Tom': [1] } });
    const late = await change({ version: 1, name: 'Lia Silva' });
    assert.deepEqual(
      [late.status, late.body.code, late.body.details],
      [409, 'OPTIMISTIC_LOCK_CONFLICT', { currentVersion: 2 }],
    );
    assert.equal((await api.request('GET', path, { key })).body.name, 'Lia Prado');
    assert.equal((await change({ version: 2, tenant_id: body.id })).status, 422);
  });

  it('a deleted one is gone from every way to it, and its phone is free again', async () => {
    const { body } = await create({ name: 'Zeca Apagado', phone: '+5511944443333' });
    const path = `/api/v1/contacts/${body.id}`;
    assert.equal((await api.request('DELETE', path, { key })).status, 204);
    assert.equal((await api.request('GET', path, { key })).status, 404);
    assert.equal((await api.request('DELETE', path, { key })).status, 404);
    assert.deepEqual(await names('zeca'), []);
    assert.equal((await create({ name: 'Zeca', phone: '+5511944443333' })).status, 201);
  });
});
