import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { isAppError } from '../../core/errors';
import { newId } from '../../core/ids';
import { WORKFLOW_EVENTS } from '../../core/outbox/events';
import type { ClaimedEvent } from '../../core/outbox/repository';
import { createDelivery } from '../../workers/relay';
import { requireSearchAttributes } from '../../workers/require-search-attributes';
import { eventually } from '../support/eventually';
import { testNamespace, testTemporalAddress } from '../support/temporal';

const DAY_MS = 24 * 3600 * 1000;

describe('events that cannot be delivered are given up, others never', () => {
  let connection: Connection;
  before(async () => {
    connection = await Connection.connect({ address: testTemporalAddress() });
  });
  after(() => connection.close());

  const event = (eventType: string, data: unknown): ClaimedEvent => ({
    sequence: '1',
    eventId: newId(),
    tenantId: newId(),
    aggregateId: newId(),
    eventType,
    data,
    retryCount: 0,
    correlationId: null,
  });
  const conversation = { tenantId: newId(), channelId: newId(), contactId: newId() };

  for (const [what, eventType, data] of [
    ['no data', WORKFLOW_EVENTS.messageCreated, null],
    ['a message without its ids', WORKFLOW_EVENTS.messageCreated, { conversation, message: { fromMe: true } }],
    ['an unknown handler', WORKFLOW_EVENTS.handlerChanged, { conversation, handler: 'a parrot' }],
    ['no message', WORKFLOW_EVENTS.sendRequested, {}],
    ['an id that is none', WORKFLOW_EVENTS.enrichmentRequested, { enrichmentId: 7, subjectId: newId() }],
  ] as const) {
    it(`${eventType} with ${what} counts as a try, and says which field it was`, async () => {
      const deliver = createDelivery(new Client({ connection, namespace: testNamespace() }));
      const error: unknown = await deliver(event(eventType, data)).catch((thrown: unknown) => thrown);
      assert.ok(isAppError(error, 'VALIDATION_ERROR'), String(error));
      assert.equal(error.retryClass, 'permanent');
      assert.doesNotMatch(error.message, /parrot/);
    });
  }

  it('a server that is away is no try', async () => {
    const nowhere = Connection.lazy({ address: '127.0.0.1:9' });
    try {
      const deliver = createDelivery(new Client({ connection: nowhere, namespace: testNamespace() }));
      const data = { messageId: newId(), contactId: newId() };
      const error: unknown = await deliver(event(WORKFLOW_EVENTS.sendRequested, data)).catch(
        (thrown: unknown) => thrown,
      );
      assert.ok(isAppError(error, 'WORKFLOWS_UNAVAILABLE'));
      assert.equal(error.retryClass, 'transient');
    } finally {
      await nowhere.close();
    }
  });

  describe('a namespace', () => {
    it('with the search attributes is fine', () => requireSearchAttributes(connection, testNamespace()));

    it('without them is refused at the start, with the commands that add them', async () => {
      const namespace = `bare-${randomUUID()}`;
      await connection.workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: msToTs(DAY_MS),
      });
      try {
        const isThere = () => connection.operatorService.listSearchAttributes({ namespace }).catch(() => null);
        await eventually('the namespace', isThere);
        await assert.rejects(requireSearchAttributes(connection, namespace), (error: Error) => {
          for (const name of ['VentrosTenantId', 'VentrosContactId', 'VentrosKind']) {
            const command = `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type Keyword`;
            assert.ok(error.message.includes(command), error.message);
          }
          return true;
        });
      } finally {
        await connection.operatorService.deleteNamespace({ namespace });
      }
    });
  });
});
