import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { newPhone } from '../../../test/support/webhook';
import { hostileFiles, type HostileFile } from '../hostile-files';
import type { Shop, Stage, WorkersProcess } from '../stage';
import { outcome, type FaultCase } from '../types';

/** quality.md, I6. */
const MAX_RSS_MB = 512;
const MAX_STALL_MS = 200;

/** The longest that anything may take: reading a document here. */
const SETTLE_LIMIT_MS = 120_000;
const POLL_MS = 100;
/** A process that does nothing stalls too while the machine is busy with others: what a file causes, it causes each time. */
const TRIES_OF_A_STALL = 3;

export const i6: FaultCase = {
  id: 'I6',
  title: 'Files made to exhaust memory, time or patience, or that lie about what they are',
  promise:
    'A hostile file is refused with its own code or read in part, within its time; its message is kept, and nobody else waits.',
  runsAlone: true,
  async run(context, { full }) {
    // What we read here ourselves is what a file can hurt; a provider is somebody else's process.
    const stage = await context.stage({ settings: { DOCUMENT_CHAIN: 'pdf_text', MEDIA_WAIT_MS: '1000' } });
    await stage.startApi();
    const workers = await stage.startWorkers();
    const files = await hostileFiles();
    const shop = await stage.newShop({ aiAgentsEnabled: false });
    const ended: Record<string, string> = {};
    let worstStallMs = 0;
    for (const file of files) {
      context.say(file.name);
      const { end, stallMs } = await endure({ stage, shop, workers }, file);
      ended[file.name] = end;
      worstStallMs = Math.max(worstStallMs, stallMs);
      if (stallMs > MAX_STALL_MS) ended[file.name] += ` after a stall of ${stallMs} ms`;
    }
    if (full) await Promise.all(files.map((file) => read({ stage, shop }, { ...file, bytes: varied(file.bytes) })));
    const unexpected = files.filter((file) => !isAsExpected(file, ended[file.name] ?? ''));
    const kept = await stage.db.withTenant(shop.tenantId, (tx) =>
      tx.message.count({ where: { tenantId: shop.tenantId, fromMe: false } }),
    );
    const figures = {
      files: files.length,
      messagesKept: kept,
      peakRssMb: peakRssMb(workers.pid),
      worstStallMs,
      unexpected: unexpected.map(({ name }) => `${name}: ${ended[name]}`).join('; ') || null,
    };
    return outcome(figures, {
      'each is refused with its code, or read in part': unexpected.length === 0,
      'every message is kept': kept >= files.length,
      [`the workers take less than ${MAX_RSS_MB} MB`]: figures.peakRssMb < MAX_RSS_MB,
      [`and never stall for ${MAX_STALL_MS} ms`]: worstStallMs < MAX_STALL_MS,
      'nor die': workers.isAlive(),
    });
  },
};

function isAsExpected({ ends }: HostileFile, end: string): boolean {
  return ends.some((expected) => end === expected);
}

interface Stand {
  stage: Stage;
  shop: Shop;
  workers: WorkersProcess;
}

/** How the file ended, and the longest that the workers' event loop stood still: the best of three where it did. */
async function endure({ stage, shop, workers }: Stand, file: HostileFile): Promise<{ end: string; stallMs: number }> {
  const first = await endureOnce({ stage, shop, workers }, file);
  let { stallMs } = first;
  for (let tries = 1; tries < TRIES_OF_A_STALL && stallMs > MAX_STALL_MS; tries++) {
    // Other bytes each time: what was read once is not read again.
    const again = await endureOnce({ stage, shop, workers }, { ...file, bytes: varied(file.bytes) });
    stallMs = Math.min(stallMs, again.stallMs);
  }
  return { end: first.end, stallMs };
}

async function endureOnce(
  { stage, shop, workers }: Stand,
  file: HostileFile,
): Promise<{ end: string; stallMs: number }> {
  await stallMsSince(workers);
  const end = await read({ stage, shop }, file);
  return { end, stallMs: await stallMsSince(workers) };
}

/** Another file that does the same: bytes after the end of a file are ignored by whoever reads it. */
function varied(bytes: Buffer): Buffer {
  return bytes.length === 0 ? bytes : Buffer.concat([bytes, Buffer.from(newPhone(), 'latin1')]);
}

/** Lets a customer send the file. Answers `partial` when something was read of it, else the code; `waits` when neither. */
async function read({ stage, shop }: Pick<Stand, 'stage' | 'shop'>, file: HostileFile): Promise<string> {
  const { tenantId, channel } = shop;
  const { type, mimetype, filename, bytes } = file;
  const { messageId } = await stage.simulator.waha.receive({
    session: channel.externalId,
    from: `${newPhone()}@c.us`,
    type,
    file: { bytes, mimetype, ...(filename ? { filename } : {}) },
  });
  // `false_<chat>_<HEX>`, which is kept as its last part.
  const spellings = [messageId, messageId.split('_')[2] ?? messageId];
  for (const deadline = Date.now() + SETTLE_LIMIT_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    const row = await stage.db.withTenant(tenantId, async (tx) => {
      const message = await tx.message.findFirst({ where: { tenantId, channelMessageId: { in: spellings } } });
      return message && tx.messageEnrichment.findFirst({ where: { tenantId, messageId: message.id } });
    });
    if (row?.status === 'completed') return 'partial';
    if (row?.status === 'failed') return row.errorCode ?? 'no code';
    if (row?.deferredUntil) return `waits for ${row.errorCode}`;
  }
  return 'nothing in time';
}

/** The longest stall since the last time this was asked: the process starts anew each time it is. */
async function stallMsSince({ url }: WorkersProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const seconds = /^nodejs_eventloop_lag_max_seconds ([\d.e+-]+)$/m.exec(text)?.[1];
  return Math.round(Number(seconds ?? 0) * 1000);
}

function peakRssMb(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}
