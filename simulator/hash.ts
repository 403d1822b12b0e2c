import { createHash } from 'node:crypto';

/** Hex SHA-256. */
export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
