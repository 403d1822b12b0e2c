import { hundredths } from './hundredths';

interface Scene {
  startSeconds: number;
  endSeconds: number;
  frames: number;
}

/**
 * When to take `count` pictures of a video, in order. Each stands for an equal part of its scene and is taken from the
 * middle of that part; the scenes that last longest for one picture get the next one. Of more scenes than pictures the
 * longest are shown. Without a cut the whole is one scene: even distances.
 */
export function frameTimes(durationSeconds: number, cuts: readonly number[], count: number): number[] {
  const inside = cuts.filter((at) => at > 0 && at < durationSeconds).sort((a, b) => a - b);
  const starts = [0, ...inside];
  const scenes: Scene[] = starts.map((startSeconds, index) => {
    return { startSeconds, endSeconds: starts[index + 1] ?? durationSeconds, frames: 0 };
  });
  for (let given = 0; given < count; given++) {
    const next = scenes.reduce((best, scene) => (secondsPerFrame(scene) > secondsPerFrame(best) ? scene : best));
    next.frames += 1;
  }
  return scenes.flatMap(({ startSeconds, endSeconds, frames }) => {
    const step = (endSeconds - startSeconds) / frames;
    return Array.from({ length: frames }, (_, index) => hundredths(startSeconds + (index + 0.5) * step));
  });
}

/** A scene that is not shown at all goes before every one that is. */
function secondsPerFrame({ startSeconds, endSeconds, frames }: Scene): number {
  const seconds = endSeconds - startSeconds;
  return frames === 0 ? seconds * 1e6 : seconds / frames;
}
