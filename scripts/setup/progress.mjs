const QUIET_MS = 2_000;
const REPEAT_MS = 15_000;

const say = (text) => process.stderr.write(`${text}\n`);

/**
 * Runs one set-up step. Silent when it takes less than two seconds; otherwise says what is going on, repeats that it
 * still is, and says how long it took, so that nobody wonders whether it hangs.
 */
export async function step(title, work) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  let announced = false;
  const first = setTimeout(() => {
    announced = true;
    say(`· ${title} …`);
  }, QUIET_MS);
  const repeat = setInterval(() => say(`· ${title}: still working, ${seconds()} s`), REPEAT_MS);
  try {
    return await work();
  } finally {
    clearTimeout(first);
    clearInterval(repeat);
    if (announced) say(`· ${title}: ${seconds()} s`);
  }
}

/** A problem of the machine or of the code base that the user can act on: printed without a stack trace. */
export class SetupError extends Error {
  /** @param {string} output all that the command printed which failed, when it was one */
  constructor(message, output = '') {
    super(message);
    this.output = output;
  }
}

export { say };
