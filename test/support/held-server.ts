import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A server in front of another one whose answers wait until the test lets them through. */
export interface HeldServer {
  url: string;
  passOnTo(target: string): void;
  /** From now on requests reach the other server, and its answers wait here. */
  hold(): void;
  /** Lets the waiting answers through, and every later one. */
  release(): void;
  stop(): Promise<void>;
}

export async function startHeldServer(): Promise<HeldServer> {
  let target = '';
  let released = Promise.resolve();
  let release = () => {};
  const server = createServer((request, response) => {
    const answer = async () => {
      const { method = 'GET', url = '/', headers } = request;
      const passedOn = await fetch(`${target}${url}`, {
        method,
        headers: { 'content-type': headers['content-type'] ?? '', authorization: headers.authorization ?? '' },
        ...(method === 'GET' ? {} : { body: await buffer(request) }),
      });
      const body = Buffer.from(await passedOn.arrayBuffer());
      await released;
      response.writeHead(passedOn.status, { 'content-type': passedOn.headers.get('content-type') ?? '' }).end(body);
    };
    // The caller sees a broken connection, as it would without this server between.
    answer().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passOnTo: (url) => void (target = url),
    hold: () => void (released = new Promise((resolve) => (release = resolve))),
    release: () => release(),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
