import { Metadata, status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import { ERROR_TABLE, type AppError } from '../../core/errors';
import { type Any } from './generated/google/protobuf/any';
import { BadRequest, ErrorInfo, RetryInfo } from './generated/google/rpc/error_details';
import { Status } from './generated/google/rpc/status';

/** AIP-193: the reason is unique within this domain. */
const ERROR_DOMAIN = 'ventros';

/**
 * An error of the table as gRPC knows it: its status, and google.rpc.Status with ErrorInfo (the code as reason), BadRequest
 * (the wrong fields) and RetryInfo in `grpc-status-details-bin`.
 */
export function toServiceError(error: AppError): ServiceError {
  const code = grpcStatus[ERROR_TABLE[error.code].grpc];
  // What broke on our side is in the log, not in the answer.
  const message = error.code === 'INTERNAL_ERROR' ? 'The log has the reason' : error.message;
  const metadata = new Metadata();
  const details = Status.encode({ code, message, details: detailsOf(error) }).finish();
  metadata.set('grpc-status-details-bin', Buffer.from(details));
  return Object.assign(new Error(message), { code, details: message, metadata });
}

function detailsOf(error: AppError): Any[] {
  const details = [
    pack(
      'google.rpc.ErrorInfo',
      ErrorInfo.encode({ reason: error.code, domain: ERROR_DOMAIN, metadata: factsOf(error) }),
    ),
  ];
  if (error.fields.length > 0) {
    const fieldViolations = error.fields.map(({ field, message }) => ({ field, description: message }));
    details.push(pack('google.rpc.BadRequest', BadRequest.encode({ fieldViolations })));
  }
  if (error.retryAfterMs !== undefined) {
    const seconds = Math.floor(error.retryAfterMs / 1000);
    const nanos = Math.round((error.retryAfterMs % 1000) * 1_000_000);
    details.push(pack('google.rpc.RetryInfo', RetryInfo.encode({ retryDelay: { seconds, nanos } })));
  }
  return details;
}

function factsOf(error: AppError): Record<string, string> {
  if (error.code === 'INTERNAL_ERROR') return {};
  return Object.fromEntries(Object.entries(error.details).map(([key, value]) => [key, String(value)]));
}

function pack(name: string, message: { finish(): Uint8Array }): Any {
  return { typeUrl: `type.googleapis.com/${name}`, value: message.finish() };
}
