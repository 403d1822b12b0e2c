import { Histogram, Registry } from 'prom-client';
import { renderMetrics } from '../../core/observability/metrics';

export interface HttpMetrics {
  observe(request: { method: string; route: string; status: number; durationSeconds: number }): void;
  /** The Prometheus text format. */
  render(): Promise<{ contentType: string; body: string }>;
}

/** Metrics of the process and of its routes. Labels are bounded: no tenant, no id, no path a caller made up. */
export function createHttpMetrics(): HttpMetrics {
  const registry = new Registry();
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its answer',
    labelNames: ['method', 'route', 'status'] as const,
    // From a cached read to the 10 s limit of a database call.
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    observe: ({ method, route, status, durationSeconds }) =>
      duration.observe({ method, route, status: String(status) }, durationSeconds),
    render: () => renderMetrics(registry),
  };
}
