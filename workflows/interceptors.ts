import type { Headers, WorkflowInterceptors } from '@temporalio/workflow';
import { CORRELATION_HEADER } from './shared/correlation';

/**
 * Hands the correlation id on, from the start or the last signal of a workflow to its activities and children. Part of the
 * bundle, so that no workflow need think of it; headers are no part of what a replay compares.
 */
export function interceptors(): WorkflowInterceptors {
  let correlation: Headers[string] | undefined;
  const remember = (headers: Headers): void => {
    correlation = headers[CORRELATION_HEADER] ?? correlation;
  };
  const carry = <Input extends { headers: Headers }>(input: Input): Input =>
    correlation ? { ...input, headers: { ...input.headers, [CORRELATION_HEADER]: correlation } } : input;

  return {
    inbound: [
      {
        execute(input, next) {
          remember(input.headers);
          return next(input);
        },
        handleSignal(input, next) {
          remember(input.headers);
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(carry(input)),
        scheduleLocalActivity: (input, next) => next(carry(input)),
        startChildWorkflowExecution: (input, next) => next(carry(input)),
        signalWorkflow: (input, next) => next(carry(input)),
        continueAsNew: (input, next) => next(carry(input)),
      },
    ],
  };
}
