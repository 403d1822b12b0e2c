import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { createFfmpegTools } from '../../core/media/ffmpeg';

const tools = createFfmpegTools();

/** A file that ffmpeg makes of its own sources, with these options before the output. */
export async function generated(folder: string, name: string, options: readonly string[]): Promise<string> {
  const file = path.join(folder, name);
  execFileSync(await tools.locate(), ['-hide_banner', '-loglevel', 'error', '-y', ...options, file]);
  return file;
}

/** A WAV of a tone with silences in it, as telephones sound: 8 kHz, mono. */
export function recording(
  folder: string,
  { seconds, silences }: { seconds: number; silences: readonly (readonly [from: number, to: number])[] },
): Promise<string> {
  const quiet = silences.map(([from, to]) => `between(t,${from},${to})`).join('+') || '0';
  const tone = `aevalsrc='0.3*sin(440*2*PI*t)*not(${quiet})':s=8000:d=${seconds}`;
  return generated(folder, `recording-${seconds}.wav`, ['-f', 'lavfi', '-i', tone]);
}

/** A recording as old phones make them: AMR at 12.2 kbit/s, one frame of 32 bytes each 20 ms. Layout: RFC 4867, 5. */
export function amrRecording(seconds: number): Buffer {
  const frame = Buffer.alloc(32, 0x5a);
  frame.writeUInt8(0x3c, 0);
  return Buffer.concat([Buffer.from('#!AMR\n', 'latin1'), ...Array<Buffer>(seconds * 50).fill(frame)]);
}
