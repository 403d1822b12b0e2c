import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CountingServer {
  port: number;
  connections(): number;
  close(): Promise<void>;
}

/** A local web server that counts who connects to it. `host` may be `::`, which takes IPv4 too. */
export async function startServer(handler: RequestListener, host = '127.0.0.1', port = 0): Promise<CountingServer> {
  let connections = 0;
  const server: Server = createServer(handler);
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
