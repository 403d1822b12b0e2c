import type { Config } from '../../core/config';
import type { GrpcTls } from './tls';

export interface GrpcSettings {
  /** Of one API key in this process. */
  callsPerSecond: number;
  /** Null: plain text. */
  tls: GrpcTls | null;
}

export function grpcSettings(config: Config): GrpcSettings {
  const { GRPC_TLS_CERT_FILE: certFile, GRPC_TLS_KEY_FILE: keyFile, GRPC_TLS_CLIENT_CA_FILE: clientCaFile } = config;
  return {
    callsPerSecond: config.GRPC_CALLS_PER_SECOND,
    // The configuration refuses one without the other.
    tls: certFile && keyFile ? { certFile, keyFile, ...(clientCaFile ? { clientCaFile } : {}) } : null,
  };
}
