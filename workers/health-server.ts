import { createServer, type Server } from 'node:http';

/** `/health/live` while the process runs, `/health/ready` while `isReady`, for whoever supervises it. */
export function startHealthServer(port: number, host: string, isReady: () => boolean): Promise<Server> {
  const server = createServer((request, response) => {
    const isOk = request.url === '/health/live' || (request.url === '/health/ready' && isReady());
    response.writeHead(isOk ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: isOk ? 'ok' : 'not ready' }));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
