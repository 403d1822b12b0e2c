/** A stretch without speech, in seconds from the start. */
export interface Silence {
  startSeconds: number;
  endSeconds: number;
}

export interface SoundPiece {
  startSeconds: number;
  lengthSeconds: number;
}

/** Domain reference, section 3: what is shorter holds no word. */
const SHORTEST_PIECE_SECONDS = 1;

/**
 * Cuts sound into pieces of at most `longestSeconds`, in the middle of the last silence that lies in the second half of a
 * piece, so that no word is cut and pieces do not become crumbs. Where nobody pauses for so long, it is cut at the limit.
 */
export function cutAtSilences(
  durationSeconds: number,
  silences: readonly Silence[],
  longestSeconds: number,
): SoundPiece[] {
  const pieces: SoundPiece[] = [];
  let start = 0;
  while (durationSeconds - start > longestSeconds) {
    const pauses = silences.map(({ startSeconds, endSeconds }) => (startSeconds + endSeconds) / 2);
    const from = start;
    const pause = pauses.findLast((at) => at > from + longestSeconds / 2 && at <= from + longestSeconds);
    const end = pause ?? start + longestSeconds;
    pieces.push({ startSeconds: start, lengthSeconds: end - start });
    start = end;
  }
  if (durationSeconds - start >= SHORTEST_PIECE_SECONDS) {
    pieces.push({ startSeconds: start, lengthSeconds: durationSeconds - start });
  }
  return pieces;
}
