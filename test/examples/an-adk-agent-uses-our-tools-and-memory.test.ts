import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../core/project-root';
import { startSimulator, type Simulator } from '../../simulator';
import { newMessage, newThread } from '../api/fixtures';
import { pythonEnvironment } from '../grpc/python/environment';
import { startServices, type RunningServices } from '../grpc/services';
import { startTestApi, type TestApi } from '../support/http';
import { newTenant } from '../support/tenant';

const EXAMPLE = path.join(projectRoot(), 'examples/python-adk');
const QUESTION = 'Qual é o orçamento dela? Marque como vip.';

describe('an agent of the Google ADK uses our tools and memory', function () {
  this.timeout(360_000);
  let python = '';
  let api: TestApi;
  let services: RunningServices;
  let simulator: Simulator;

  before(async function () {
    const environment = await pythonEnvironment(path.join(EXAMPLE, 'requirements.txt'));
    if ('missing' in environment) {
      process.stderr.write(`skipped: google-adk could not be installed here (${environment.missing})\n`);
      this.skip();
    }
    python = environment.python;
    api = await startTestApi();
    services = await startServices(api.deps);
  });
  after(async () => {
    await services?.stop();
    await api?.close();
    await simulator?.stop();
  });

  it('knows the contact by gRPC, acts by MCP, and keeps what was said', async () => {
    const { tenantId, apiKey } = await newTenant(api.deps.db);
    const thread = await newThread(api.deps.db, tenantId);
    const { contactId } = thread;
    await newMessage(api.deps.db, tenantId, thread, { text: 'Meu orçamento para a cozinha é de 45 mil reais' });
    const { contactId: another } = await newThread(api.deps.db, tenantId);
    // As if something it read had told the model whom to tag.
    const tag = { contact_id: another, tags: ['vip'], operation: 'add', dry_run: false };
    simulator = await startSimulator({
      script: {
        language: {
          replies: [
            { toolCalls: [{ name: 'get_contact_facts', arguments: {} }] },
            { toolCalls: [{ name: 'tag_contact', arguments: tag }] },
            { text: 'O orçamento é de 45 mil reais, e ela está marcada como vip.' },
          ],
        },
      },
    });
    const { stdout } = await promisify(execFile)(python, ['main.py', contactId, QUESTION], {
      cwd: EXAMPLE,
      timeout: 120_000,
      env: {
        ...process.env,
        PYTHONDONTWRITEBYTECODE: '1',
        VENTROS_URL: api.url,
        VENTROS_GRPC: services.address,
        VENTROS_API_KEY: apiKey,
        VERTEX_BASE_URL: simulator.urls.vertex,
      },
    });
    assert.match(stdout, /^calls get_contact_facts .*\ncalls tag_contact .*\nO orçamento é de 45 mil reais/);

    const prompts = simulator.requests('vertex').map(({ body }) => JSON.stringify(body));
    assert.equal(prompts.length, 3);
    for (const prompt of prompts) {
      assert.match(prompt, /Meu orçamento para a cozinha é de 45 mil reais/, 'memory is part of the prompt');
      assert.match(prompt, /"name":"search_memory"/);
      assert.doesNotMatch(prompt, /"name":"send_message"/, 'the agent has the tools it names and no other');
    }
    const { contacts, notes, calls } = await api.deps.db.withTenant(tenantId, async (tx) => ({
      contacts: await tx.contact.findMany({ where: { id: { in: [contactId, another] } }, orderBy: { id: 'asc' } }),
      notes: await tx.note.findMany({ where: { contactId } }),
      calls: await tx.toolCall.findMany({ orderBy: { createdAt: 'asc' } }),
    }));
    assert.deepEqual(
      contacts.map(({ tags }) => tags),
      [['vip'], []],
      'it acts on the contact of its session only',
    );
    assert.match(notes[0]?.content ?? '', /^user: Qual é o orçamento dela/);
    assert.deepEqual(
      calls.map(({ tool, via }) => `${tool} by ${via}`),
      ['get_contact_facts by mcp', 'tag_contact by mcp', 'create_note by grpc'],
    );
  });
});
