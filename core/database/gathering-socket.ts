import { Socket } from 'node:net';

/**
 * Sends what is written in one turn of the event loop in one piece: a system call, and a packet that wakes the other side,
 * cost more than most of the statements that are in it.
 */
export class GatheringSocket extends Socket {
  #isGathering = false;

  override write(chunk: string | Uint8Array, ...rest: unknown[]): boolean {
    if (!this.#isGathering) {
      this.#isGathering = true;
      this.cork();
      process.nextTick(() => {
        this.#isGathering = false;
        this.uncork();
      });
    }
    return super.write(chunk, ...(rest as []));
  }
}
