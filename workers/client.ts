import { Client, type Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { currentContext } from '../core/observability/context';
import { CORRELATION_HEADER } from '../workflows/shared/correlation';

function carry<Input extends { headers: Headers }>(input: Input): Input {
  const { correlationId } = currentContext();
  if (correlationId === undefined) return input;
  const payload = defaultPayloadConverter.toPayload(correlationId);
  return { ...input, headers: { ...input.headers, [CORRELATION_HEADER]: payload } };
}

const correlate: WorkflowClientInterceptor = {
  start: (input, next) => next(carry(input)),
  signal: (input, next) => next(carry(input)),
  signalWithStart: (input, next) => next(carry(input)),
};

/** A client that gives what it starts and signals the correlation id of the work it is called in. */
export function createTemporalClient(connection: Connection, namespace: string): Client {
  return new Client({ connection, namespace, interceptors: { workflow: [correlate] } });
}
