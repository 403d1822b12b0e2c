import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { scheduleFollowUp } from '../../core/crm/follow-ups/follow-ups';
import { projectRoot } from '../../core/project-root';
import { codeBlocks } from '../docs/documents';
import { newCustomer, repliesTo, settled, turnsOf } from '../journeys/support';
import { startTestApi, type TestApi } from '../support/http';
import { startProduct, type Product } from '../support/product';

const read = (file: string) => readFileSync(path.join(projectRoot(), file), 'utf8');
const GUIDE = read('docs/agents.md');

describe('the worked example of the guide works', () => {
  let product: Product;
  let api: TestApi;
  after(async () => {
    await api.close();
    await product.stop();
  });

  it('its tool is the one of the product', () => {
    assert.ok(
      codeBlocks(GUIDE, 'ts').includes(read('core/tools/crm/get-follow-ups.ts')),
      'the guide prints another one',
    );
  });

  it('its agent, added as printed, answers the next message with the tool', async () => {
    const isNew = { systemMatches: 'cuida do pós-venda' };
    product = await startProduct({
      script: {
        language: {
          rules: [
            { match: { ...isNew, hasToolResult: false }, toolCalls: [{ name: 'get_follow_ups', arguments: {} }] },
            {
              match: { ...isNew, hasToolResult: true },
              text: 'Já está combinado: {{text}}',
              fill: { text: { from: 'tools', pattern: '.+', otherwise: 'nada' } },
            },
            { match: {}, builtIn: true },
          ],
        },
      },
    });
    api = await startTestApi(product.environment);
    const { tenantId, apiKey, channel } = await product.newShop();
    const example = codeBlocks(GUIDE, 'bash').find((block) => block.includes('after_sales'));
    assert.ok(example, 'the guide adds no agent');
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', example], {
      env: { ...process.env, API: api.url, KEY: apiKey },
    });
    assert.match(stdout, /"active_version":1/);

    const customer = newCustomer(product);
    await customer.says('Bom dia!');
    const [first] = await repliesTo(customer, 1);
    assert.equal(first?.text, 'Já está combinado: nada');
    await settled(product, tenantId);
    await product.db.withTenant(tenantId, async (tx) => {
      const { id: contactId } = await tx.contact.findFirstOrThrow({ where: { tenantId } });
      const scheduledAt = new Date(Date.now() + 3_600_000);
      const actor = { by: 'system' } as const;
      const later = { contactId, channelId: channel.channelId, text: 'Entrega na terça', scheduledAt, actor };
      await scheduleFollowUp(tx, tenantId, later);
    });
    await customer.says('Tudo bem por aí?');
    const [, second] = await repliesTo(customer, 2);
    assert.equal(second?.text, 'Já está combinado: Entrega na terça');
    await settled(product, tenantId);
    const turns = await turnsOf(product, tenantId);
    assert.deepEqual(
      turns.map(({ agent }) => agent),
      ['after_sales', 'after_sales'],
    );
    const calls = await product.db.withTenant(tenantId, (tx) =>
      tx.decisionStep.findMany({ where: { tenantId, kind: 'tool' }, select: { tool: true, status: true } }),
    );
    assert.deepEqual(calls, Array(2).fill({ tool: 'get_follow_ups', status: 'done' }));
  });
});
