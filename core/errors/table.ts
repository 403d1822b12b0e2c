/**
 * Everything that can go wrong, in one table. HTTP problems, gRPC statuses and Temporal failures are derived from it.
 *
 * `retry` says what a caller that owns retries does:
 * - `transient`: try again later, the same request may succeed;
 * - `permanent`: the same request will fail again;
 * - `expected`: part of the business, neither retried nor counted as a failure.
 *
 * `grpc` holds the names of google.rpc.Code.
 */
export type RetryClass = 'transient' | 'permanent' | 'expected';

interface ErrorRow {
  http: number;
  grpc:
    | 'INVALID_ARGUMENT'
    | 'NOT_FOUND'
    | 'ALREADY_EXISTS'
    | 'ABORTED'
    | 'PERMISSION_DENIED'
    | 'UNAUTHENTICATED'
    | 'FAILED_PRECONDITION'
    | 'RESOURCE_EXHAUSTED'
    | 'DEADLINE_EXCEEDED'
    | 'UNAVAILABLE'
    | 'INTERNAL';
  retry: RetryClass;
  title: string;
}

export const ERROR_TABLE = {
  // the request
  VALIDATION_ERROR: { http: 422, grpc: 'INVALID_ARGUMENT', retry: 'permanent', title: 'A field is missing or wrong' },
  BAD_REQUEST: { http: 400, grpc: 'INVALID_ARGUMENT', retry: 'permanent', title: 'The request cannot be read' },
  CURSOR_INVALID: { http: 400, grpc: 'INVALID_ARGUMENT', retry: 'permanent', title: 'The cursor is not one of ours' },
  PAYLOAD_TOO_LARGE: { http: 413, grpc: 'INVALID_ARGUMENT', retry: 'permanent', title: 'The body is too large' },
  UNAUTHORIZED: { http: 401, grpc: 'UNAUTHENTICATED', retry: 'permanent', title: 'The credential is missing or wrong' },
  SIGNATURE_INVALID: { http: 401, grpc: 'UNAUTHENTICATED', retry: 'permanent', title: 'The signature does not match' },
  FORBIDDEN: { http: 403, grpc: 'PERMISSION_DENIED', retry: 'permanent', title: 'The credential does not allow this' },
  NOT_FOUND: { http: 404, grpc: 'NOT_FOUND', retry: 'permanent', title: 'There is no such thing' },
  ALREADY_EXISTS: { http: 409, grpc: 'ALREADY_EXISTS', retry: 'permanent', title: 'It exists already' },
  CONFLICT: { http: 409, grpc: 'ABORTED', retry: 'permanent', title: 'The request conflicts with the current state' },
  OPTIMISTIC_LOCK_CONFLICT: { http: 409, grpc: 'ABORTED', retry: 'permanent', title: 'Somebody else changed it first' },
  PRECONDITION_FAILED: {
    http: 412,
    grpc: 'FAILED_PRECONDITION',
    retry: 'permanent',
    title: 'A precondition does not hold',
  },
  GRAPH_EXTENSION_MISSING: {
    http: 412,
    grpc: 'FAILED_PRECONDITION',
    retry: 'permanent',
    title: 'The database has no Apache AGE',
  },
  INVARIANT_VIOLATION: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'permanent',
    title: 'A rule of the domain forbids this',
  },
  IDEMPOTENCY_KEY_REUSED: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retry: 'permanent',
    title: 'The Idempotency-Key was used for another body',
  },
  IDEMPOTENCY_IN_FLIGHT: {
    http: 409,
    grpc: 'ABORTED',
    retry: 'transient',
    title: 'The first request with this key is still running',
  },
  DEAD_LETTER_REPLAYED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'The dead letter was replayed before',
  },
  DEAD_LETTER_DISCARDED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'The dead letter was discarded before',
  },
  DEAD_LETTER_OVERTAKEN: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'Later events of the same thing were delivered already',
  },
  DEAD_LETTER_UNREADABLE: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retry: 'permanent',
    title: 'The dead letter still cannot be read',
  },
  APPROVAL_RESOLVED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'Somebody decided about this call before',
  },
  APPROVAL_EXPIRED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'Nobody decided about this call in time',
  },
  SESSION_CLOSED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'The session has ended',
  },
  TOOL_OUTPUT_TOO_LARGE: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retry: 'permanent',
    title: 'The answer of the tool is over the size limit',
  },
  RATE_LIMIT_EXCEEDED: { http: 429, grpc: 'RESOURCE_EXHAUSTED', retry: 'transient', title: 'Too many requests' },

  // media
  URL_FORBIDDEN: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retry: 'permanent',
    title: 'The URL points to an address that may not be called',
  },
  MEDIA_UNREACHABLE: { http: 502, grpc: 'UNAVAILABLE', retry: 'transient', title: 'The media could not be downloaded' },
  MEDIA_GONE: { http: 410, grpc: 'NOT_FOUND', retry: 'permanent', title: 'The media is no longer at its address' },
  MEDIA_EMPTY: { http: 422, grpc: 'INVALID_ARGUMENT', retry: 'permanent', title: 'The file has no bytes' },
  MEDIA_TOO_LARGE: {
    http: 413,
    grpc: 'INVALID_ARGUMENT',
    retry: 'permanent',
    title: 'The file is over the size limit',
  },
  MEDIA_TYPE_MISMATCH: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retry: 'permanent',
    title: 'The content is not of the declared type',
  },
  MEDIA_UNSUPPORTED: {
    http: 415,
    grpc: 'INVALID_ARGUMENT',
    retry: 'permanent',
    title: 'This type of file cannot be read',
  },
  MEDIA_SWITCHED_OFF: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'Media of this kind are not read here',
  },
  ENRICHMENT_NOT_WAITING: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'The enrichment is in no state that allows this',
  },
  ENRICHMENT_GIVEN_UP: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'An operator gave the medium up while no provider could read it',
  },
  ENRICHMENT_CANCELLED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'Somebody cancelled the workflow that read the medium',
  },
  ENRICHMENT_LOST: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'The workflow that read the medium was terminated or removed',
  },
  MEDIA_CORRUPT: { http: 422, grpc: 'INVALID_ARGUMENT', retry: 'permanent', title: 'The file is damaged or cut short' },
  IMAGE_TOO_MANY_PIXELS: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retry: 'permanent',
    title: 'The image has too many pixels',
  },
  DOCUMENT_ENCRYPTED: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retry: 'permanent',
    title: 'The document is protected by a password',
  },
  DOCUMENT_TOO_LONG: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retry: 'permanent',
    title: 'The document has too many pages or too much text',
  },

  // providers and models
  PROVIDER_RATE_LIMITED: {
    http: 503,
    grpc: 'UNAVAILABLE',
    retry: 'transient',
    title: 'The provider asks us to slow down',
  },
  PROVIDER_UNAVAILABLE: {
    http: 503,
    grpc: 'UNAVAILABLE',
    retry: 'transient',
    title: 'The provider does not answer properly',
  },
  PROVIDER_TIMEOUT: {
    http: 504,
    grpc: 'DEADLINE_EXCEEDED',
    retry: 'transient',
    title: 'The provider did not answer in time',
  },
  PROVIDER_REJECTED: {
    http: 502,
    grpc: 'FAILED_PRECONDITION',
    retry: 'permanent',
    title: 'The provider refused the request',
  },
  PROVIDER_AUTH: {
    http: 502,
    grpc: 'FAILED_PRECONDITION',
    retry: 'permanent',
    title: 'The provider refused our credential',
  },
  PROVIDER_QUOTA: {
    http: 502,
    grpc: 'RESOURCE_EXHAUSTED',
    retry: 'permanent',
    title: 'Our account with the provider has no credit left',
  },
  PROVIDER_NOT_CONFIGURED: {
    http: 501,
    grpc: 'FAILED_PRECONDITION',
    retry: 'permanent',
    title: 'The provider has no configuration',
  },
  MODEL_RETIRED: {
    http: 502,
    grpc: 'FAILED_PRECONDITION',
    retry: 'permanent',
    title: 'The provider does not know this model',
  },
  CONTENT_BLOCKED: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retry: 'permanent',
    title: 'The provider blocked the content',
  },
  MODEL_OUTPUT_INVALID: {
    http: 502,
    grpc: 'INTERNAL',
    retry: 'permanent',
    title: 'The model did not answer in the form asked for',
  },
  EMBEDDING_DIMENSION_MISMATCH: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retry: 'permanent',
    title: 'The vector has the wrong number of dimensions',
  },
  BREAKER_OPEN: {
    http: 503,
    grpc: 'UNAVAILABLE',
    retry: 'permanent',
    title: 'The provider is failing and is left alone for a while',
  },
  BULKHEAD_FULL: {
    http: 503,
    grpc: 'RESOURCE_EXHAUSTED',
    retry: 'transient',
    title: 'Too many calls to the provider are under way',
  },
  PRICE_UNKNOWN: {
    http: 501,
    grpc: 'FAILED_PRECONDITION',
    retry: 'permanent',
    title: 'There is no price for this model',
  },
  BUDGET_EXCEEDED: {
    http: 402,
    grpc: 'RESOURCE_EXHAUSTED',
    retry: 'expected',
    title: 'The budget does not cover this call',
  },
  BUDGET_DEFERRED: {
    http: 503,
    grpc: 'RESOURCE_EXHAUSTED',
    retry: 'expected',
    title: 'The budget lets this call wait',
  },
  CHANNEL_UNAVAILABLE: {
    http: 503,
    grpc: 'UNAVAILABLE',
    retry: 'transient',
    title: 'The channel cannot send right now',
  },
  CHANNEL_REJECTED: {
    http: 502,
    grpc: 'FAILED_PRECONDITION',
    retry: 'permanent',
    title: 'The channel refused the message',
  },
  CHANNEL_INACTIVE: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'permanent',
    title: 'The channel is switched off',
  },
  HANDLED_BY_HUMAN: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retry: 'expected',
    title: 'A person handles this conversation',
  },

  // us
  TIMEOUT: { http: 504, grpc: 'DEADLINE_EXCEEDED', retry: 'transient', title: 'It took too long' },
  DATABASE_ERROR: { http: 503, grpc: 'UNAVAILABLE', retry: 'transient', title: 'The database does not answer' },
  WORKFLOWS_UNAVAILABLE: { http: 503, grpc: 'UNAVAILABLE', retry: 'transient', title: 'Temporal does not answer' },
  INTERNAL_ERROR: { http: 500, grpc: 'INTERNAL', retry: 'permanent', title: 'Something broke on our side' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_TABLE;
