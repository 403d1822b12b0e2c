import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import express from 'express';
import { readForm, readRaw } from '../../api/http/upload';
import { isAppError } from '../../core/errors';

const READERS = { 'multipart/form-data; boundary=b': readForm, 'image/png': readRaw };

describe('an upload that breaks off ends', () => {
  for (const [type, read] of Object.entries(READERS)) {
    it(`also when it broke off before it was read: ${type}`, async () => {
      const app = express();
      const ended = new Promise<unknown>((resolve) => {
        app.post('/', (request) => {
          // As while a key is being checked.
          request.once('close', () => {
            setImmediate(() => {
              Promise.resolve()
                .then(() => read(request, 1000))
                .then(resolve, resolve);
            });
          });
        });
      });
      const server = createServer(app).listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
        server.once('request', () => socket.destroy());
        socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: 900\r\n\r\n--b\r\n`);
        assert.ok(isAppError(await ended, 'BAD_REQUEST'));
      } finally {
        server.close();
      }
    });
  }
});
