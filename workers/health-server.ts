import { createServer, type Server, type ServerResponse } from 'node:http';
import { errorMessage } from '../core/errors';

interface Metrics {
  contentType: string;
  body: string;
}

interface HealthServerOptions {
  port: number;
  host: string;
  isReady: () => boolean;
  /** Null leaves `/metrics` out. */
  metrics: (() => Promise<Metrics>) | null;
}

/** `/health/live` while the process runs, `/health/ready` while `isReady`, `/metrics`, for whoever supervises it. */
export function startHealthServer({ port, host, isReady, metrics }: HealthServerOptions): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/metrics' && metrics) return void sendMetrics(response, metrics);
    const isOk = request.url === '/health/live' || (request.url === '/health/ready' && isReady());
    response.writeHead(isOk ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: isOk ? 'ok' : 'not ready' }));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

async function sendMetrics(response: ServerResponse, metrics: () => Promise<Metrics>): Promise<void> {
  try {
    const { contentType, body } = await metrics();
    response.writeHead(200, { 'content-type': contentType }).end(body);
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(errorMessage(error));
  }
}
