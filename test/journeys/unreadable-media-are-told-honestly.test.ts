import assert from 'node:assert/strict';
import { startProduct, type Product } from '../support/product';
import { wahaEvent } from '../support/webhook';
import {
  agentPrompts,
  ENCRYPTED_PDF,
  enrichmentsOf,
  newCustomer,
  repliesTo,
  settled,
  turnsOf,
  turnText,
  type Customer,
  type Medium,
} from './support';

const MAX_BYTES = 50_000;
const file = (bytes: Buffer, mimetype: string, filename?: string) => ({ bytes, mimetype, filename });
/** The first bytes of a Windows program. */
const PROGRAM = Buffer.concat([
  Buffer.from('4d5a90000300000004000000ffff0000b800000000000000', 'hex'),
  Buffer.alloc(2_000),
]);
const ARCHIVE = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');

const FILES: { what: string; medium: Medium; code: string; told: RegExp }[] = [
  {
    what: 'a PDF with a password',
    medium: ENCRYPTED_PDF,
    code: 'DOCUMENT_ENCRYPTED',
    told: /documento: não foi possível ler; o arquivo está protegido por senha/,
  },
  {
    what: 'a photo without bytes',
    medium: { type: 'image', file: file(Buffer.alloc(0), 'image/jpeg') },
    code: 'MEDIA_EMPTY',
    told: /imagem: não foi possível ler; o arquivo veio vazio/,
  },
  {
    what: 'a file over the size limit',
    medium: { type: 'image', file: file(Buffer.alloc(MAX_BYTES + 1, 1), 'image/jpeg') },
    code: 'MEDIA_TOO_LARGE',
    told: /imagem: não foi possível ler; o arquivo é grande demais/,
  },
  {
    what: 'a program that says it is a photo',
    medium: { type: 'image', file: file(PROGRAM, 'image/jpeg', 'foto.jpg') },
    code: 'MEDIA_TYPE_MISMATCH',
    told: /imagem: não foi possível ler; o arquivo não é do tipo que diz ser/,
  },
  {
    what: 'an archive',
    medium: { type: 'document', file: file(ARCHIVE, 'application/zip', 'fotos.zip') },
    code: 'MEDIA_UNSUPPORTED',
    told: /documento: não foi possível ler; o arquivo é de um tipo que não conseguimos ler/,
  },
];

describe('unreadable media are told honestly', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ settings: { MEDIA_MAX_BYTES: String(MAX_BYTES) } });
  });
  after(() => product.stop());

  for (const { what, medium, code, told } of FILES) {
    it(`answers about ${what}, keeps the message and says why it could not be read`, async () => {
      const { tenantId } = await product.newShop();
      const customer = newCustomer(product);
      await customer.sends(medium);
      await expectHonestAnswer(tenantId, customer, { code, told });
    });
  }

  const ADDRESSES: { what: string; url: () => string; code: string; told: RegExp }[] = [
    {
      what: 'points into the private network',
      url: () => 'http://169.254.169.254/latest/meta-data',
      code: 'URL_FORBIDDEN',
      told: /não foi possível ler/,
    },
    {
      what: 'leads into the private network by a redirect',
      url: () => `${product.simulator.urls.waha}/redirect`,
      code: 'URL_FORBIDDEN',
      told: /não foi possível ler/,
    },
    {
      what: 'has nothing any more',
      url: () => `${product.simulator.urls.waha}/api/files/gone.jpeg`,
      code: 'MEDIA_GONE',
      told: /não está mais disponível/,
    },
  ];

  for (const { what, url, code, told } of ADDRESSES) {
    it(`answers about a photo whose address ${what}`, async () => {
      const { tenantId, channel } = await product.newShop();
      const customer = newCustomer(product);
      if (what.includes('redirect')) {
        product.simulator.fault(
          'waha',
          { kind: 'status', status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data' } },
          { matchPath: '/redirect', times: 1 },
        );
      }
      const { payload } = wahaEvent(channel, {
        fixture: 'image',
        phone: customer.from.replace('@c.us', ''),
        payload: {
          timestamp: Math.floor(Date.now() / 1000),
          media: { url: url(), mimetype: 'image/jpeg', filename: null },
        },
      });
      await product.simulator.waha.emit('message', payload, { session: channel.externalId });
      await expectHonestAnswer(tenantId, { ...customer, name: '' }, { code, told });
    });
  }

  async function expectHonestAnswer(
    tenantId: string,
    customer: Customer,
    { code, told }: { code: string; told: RegExp },
  ): Promise<void> {
    await repliesTo(customer, 1);
    await settled(product, tenantId);
    const [enrichment, ...others] = await enrichmentsOf(product, tenantId);
    assert.deepEqual(others, []);
    assert.equal(enrichment?.status, 'failed');
    assert.equal(enrichment.errorCode, code);
    assert.match(turnText(agentPrompts(product, customer).at(-1) ?? []), told);
    const [turn] = await turnsOf(product, tenantId);
    assert.equal(turn?.outcome, 'replied');
    const kept = await product.db.withTenant(tenantId, (tx) =>
      tx.message.count({ where: { tenantId, fromMe: false } }),
    );
    assert.equal(kept, 1);
    const paid = await product.db.withTenant(tenantId, (tx) =>
      tx.aiCost.count({
        where: { tenantId, operation: { in: ['vision', 'speech', 'document'] }, costMicros: { gt: 0 } },
      }),
    );
    assert.equal(paid, 0);
  }
});
