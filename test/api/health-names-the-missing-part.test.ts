import assert from 'node:assert/strict';
import { missingPollers } from '../../api/http/worker-pollers';
import { CLOSED_PORT, startTestApi } from '../support/http';
import { newTenant } from '../support/tenant';
import { newThread } from './fixtures';

describe('health names the missing part', () => {
  it('the database, and other requests answer 503 instead of hanging', async () => {
    const api = await startTestApi({ DATABASE_URL: `postgresql://postgres@${CLOSED_PORT}/none` });
    try {
      assert.equal((await api.request('GET', '/health/live')).status, 200);
      const ready = await api.request('GET', '/health/ready');
      assert.equal(ready.status, 503);
      assert.ok(ready.body.missing.includes('database'));
      const { status, body } = await api.request('GET', '/api/v1/contacts', { key: `vk_${'a'.repeat(64)}` });
      assert.deepEqual([status, body.code], [503, 'DATABASE_ERROR']);
    } finally {
      await api.close();
    }
  });

  it('Temporal, and conversations still answer with what the database knows', async () => {
    const api = await startTestApi();
    try {
      const ready = await api.request('GET', '/health/ready');
      assert.deepEqual([ready.status, ready.body.status], [503, 'not_ready']);
      assert.deepEqual(ready.body.missing, ['temporal', 'workers']);
      assert.equal(ready.body.checks.database.ok, true);

      const { tenantId, apiKey } = await newTenant(api.deps.db);
      const { conversationId } = await newThread(api.deps.db, tenantId);
      const conversation = await api.request('GET', `/api/v1/conversations/${conversationId}`, { key: apiKey });
      assert.equal(conversation.status, 200);
      assert.deepEqual([conversation.body.workflow, conversation.body.degraded], [null, ['workflow']]);
    } finally {
      await api.close();
    }
  });

  it('the queues that nobody polls, each once, and not those polled a moment ago', () => {
    const nowMs = 1_000_000;
    const missing = missingPollers(
      [
        { name: 'workflows-v1', lastSeen: [] },
        { name: 'workflows-v1', lastSeen: [nowMs - 100] },
        { name: 'vision-v1', lastSeen: [nowMs - 200_000] },
        { name: 'media-v1', lastSeen: [nowMs - 200_000, nowMs - 30_000] },
      ],
      nowMs,
    );
    assert.deepEqual(missing, ['workflows-v1', 'vision-v1']);
  });

  it('serves metrics whose labels no tenant can multiply', async () => {
    const api = await startTestApi();
    try {
      const { apiKey } = await newTenant(api.deps.db);
      for (const path of ['/api/v1/contacts?tag=a', '/api/v1/contacts?tag=b', '/nothing/1', '/nothing/2']) {
        await api.request('GET', path, { key: apiKey });
      }
      const { text } = await api.request('GET', '/metrics');
      const counts = text.split('\n').filter((line) => line.startsWith('http_request_duration_seconds_count'));
      assert.deepEqual(counts.map((line) => [/route="([^"]*)"/.exec(line)?.[1], line.split(' ')[1]]).sort(), [
        ['/api/v1/contacts', '2'],
        ['unmatched', '2'],
      ]);
    } finally {
      await api.close();
    }
  });
});
