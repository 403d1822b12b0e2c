import { readFileSync } from 'node:fs';
import { ServerCredentials } from '@grpc/grpc-js';

/** Paths of PEM files. */
export interface GrpcTls {
  certFile: string;
  keyFile: string;
  /** Whose certificates clients must show (mTLS). Without it TLS asks none of them. */
  clientCaFile?: string;
}

/** Plain text without `tls`. The files are read here, once: a file that cannot be read stops the process. */
export function serverCredentials(tls: GrpcTls | null): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const { certFile, keyFile, clientCaFile } = tls;
  return ServerCredentials.createSsl(
    clientCaFile ? readFileSync(clientCaFile) : null,
    [{ cert_chain: readFileSync(certFile), private_key: readFileSync(keyFile) }],
    clientCaFile !== undefined,
  );
}
