import {
  ServerInterceptingCall,
  status as grpcStatus,
  type Metadata,
  type ServerInterceptingCallInterface,
} from '@grpc/grpc-js';

export interface CallObserver {
  onMetadata?(metadata: Metadata): void;
  /** Once. `code` is the name of the status that the client got, or would have got if it had waited. */
  onEnd(end: { code: string; durationSeconds: number }): void;
}

/** Tells when a call began and how it ended, and changes nothing. */
export function observeCall(call: ServerInterceptingCallInterface, observer: CallObserver): ServerInterceptingCall {
  const startedAt = performance.now();
  let hasEnded = false;
  const end = (code: number) => {
    if (hasEnded) return;
    hasEnded = true;
    observer.onEnd({
      code: grpcStatus[code] ?? 'UNKNOWN',
      durationSeconds: (performance.now() - startedAt) / 1000,
    });
  };
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata: (metadata, pass) => {
          observer.onMetadata?.(metadata);
          pass(metadata);
        },
        // The status of a passed deadline is sent by grpc-js itself, beneath every interceptor.
        onCancel: () => end(hasPassed(call.getDeadline()) ? grpcStatus.DEADLINE_EXCEEDED : grpcStatus.CANCELLED),
      }),
    sendStatus: (status, pass) => {
      pass(status);
      end(status.code ?? grpcStatus.UNKNOWN);
    },
  });
}

function hasPassed(deadline: Date | number): boolean {
  return Number(deadline) <= Date.now();
}
