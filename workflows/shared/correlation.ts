/** Temporal header that carries the id of the request a piece of work began with, from relay to provider call. */
export const CORRELATION_HEADER = 'ventros-correlation-id';
