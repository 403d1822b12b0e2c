import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { TelemetryOptions } from '@temporalio/worker';

const FETCH_TIMEOUT_MS = 2_000;

export interface TemporalMetrics {
  telemetry: TelemetryOptions;
  /** What Temporal's SDK measures, in the Prometheus text format. */
  render(): Promise<string>;
}

/**
 * Temporal's SDK only serves its metrics at an address of its own. It gets one that nobody else sees, and `/metrics` of the
 * workers has them too: one address to scrape.
 */
export async function temporalMetrics(): Promise<TemporalMetrics> {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  return {
    telemetry: {
      metrics: {
        prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
      },
    },
    async render() {
      const response = await fetch(`http://${bindAddress}/metrics`, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
      return response.text();
    },
  };
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
