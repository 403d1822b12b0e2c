import { mkdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { unaccent } from '@electric-sql/pglite/contrib/unaccent';
import { age } from '@electric-sql/pglite-age';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketHandler, PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { Command } from 'commander';
import { lockForServer } from './folder-lock';

const MAX_CONNECTIONS = 200;

interface Options {
  port: number;
  dataDir?: string;
}

/** Postgres in WebAssembly behind the ordinary wire protocol, as a process of its own. */
async function main({ port, dataDir }: Options): Promise<void> {
  let unlock = () => {};
  if (dataDir) {
    mkdirSync(dataDir, { recursive: true });
    unlock = await lockForServer(path.join(dataDir, 'database.lock'), dataDir, port);
  }
  const db = await PGlite.create({
    ...(dataDir ? { dataDir: path.join(dataDir, 'data') } : {}),
    extensions: { age, vector, pg_trgm, unaccent },
  });
  endWhenBroken(db);
  answerInOnePiece();
  const server = new PGLiteSocketServer({ db, port, host: '127.0.0.1', maxConnections: MAX_CONNECTIONS });
  await server.start();

  let closing = false;
  const close = async () => {
    if (closing) return;
    closing = true;
    await server.stop();
    await db.close();
    unlock();
    process.exit(0);
  };
  process.on('SIGTERM', () => void close());
  process.on('SIGINT', () => void close());
  console.log(
    JSON.stringify({ event: 'ready', url: `postgresql://postgres@127.0.0.1:${port}/postgres`, pid: process.pid }),
  );
}

/**
 * A failed statement is an answer of the protocol, so an exception here means that the database itself broke. The socket
 * server would then answer nobody any more: end instead, and be started again.
 */
function endWhenBroken(db: PGlite): void {
  const execute = db.execProtocolRawStream.bind(db);
  db.execProtocolRawStream = async (...args) => {
    try {
      await execute(...args);
    } catch (error) {
      console.error('the embedded database broke', error);
      process.exit(1);
    }
  };
}

/**
 * The socket server writes each message of an answer by itself: five for a statement with parameters, and half of its CPU
 * time. Here what belongs together leaves in one piece, once the statement is done.
 */
function answerInOnePiece(): void {
  const attach = PGLiteSocketHandler.prototype.attach;
  PGLiteSocketHandler.prototype.attach = function (this: PGLiteSocketHandler, socket: Socket) {
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    Object.assign(socket, {
      write: (...args: unknown[]) => {
        if (socket.writableCorked === 0) {
          socket.cork();
          setImmediate(() => socket.uncork());
        }
        return write(...args);
      },
    });
    return attach.call(this, socket);
  };
}

const program = new Command('database')
  .description('The embedded database: Postgres in WebAssembly with vector, pg_trgm and unaccent.')
  .requiredOption('--port <number>', 'port on 127.0.0.1', Number)
  .option('--data-dir <folder>', 'where it keeps its data; without it everything is lost at the end')
  .action(main);

void program.parseAsync();
