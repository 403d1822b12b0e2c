/** 48 kbit/s: what a recording of unknown format is taken for. */
const ASSUMED_BYTES_PER_SECOND = 6_000;
const OPUS_SAMPLES_PER_SECOND = 48_000;

/** Seconds of a WAV or OGG recording from its headers, of any other one estimated from its size. */
export function audioDurationSeconds(bytes: Buffer): number {
  const seconds = wavSeconds(bytes) ?? oggSeconds(bytes) ?? bytes.length / ASSUMED_BYTES_PER_SECOND;
  return Math.max(0.01, Math.round(seconds * 100) / 100);
}

function wavSeconds(bytes: Buffer): number | null {
  if (bytes.length < 44 || bytes.toString('latin1', 0, 4) !== 'RIFF') return null;
  let bytesPerSecond = 0;
  for (let offset = 12; offset + 8 <= bytes.length;) {
    const chunk = bytes.toString('latin1', offset, offset + 4);
    const sizeBytes = bytes.readUInt32LE(offset + 4);
    if (chunk === 'fmt ') bytesPerSecond = bytes.readUInt32LE(offset + 16);
    if (chunk === 'data') {
      // A streamed WAV leaves the size open as 0 or 0xffffffff.
      const available = bytes.length - offset - 8;
      return bytesPerSecond > 0 ? Math.min(sizeBytes || available, available) / bytesPerSecond : null;
    }
    offset += 8 + sizeBytes + (sizeBytes % 2);
  }
  return null;
}

function oggSeconds(bytes: Buffer): number | null {
  if (bytes.toString('latin1', 0, 4) !== 'OggS') return null;
  const lastPage = bytes.lastIndexOf('OggS');
  if (lastPage + 14 > bytes.length) return null;
  const granule = bytes.readBigUInt64LE(lastPage + 6);
  if (granule === 0xffffffffffffffffn) return null;
  const vorbis = bytes.subarray(0, 64).indexOf('\x01vorbis', 0, 'latin1');
  const samplesPerSecond = vorbis < 0 ? OPUS_SAMPLES_PER_SECOND : bytes.readUInt32LE(vorbis + 12);
  return samplesPerSecond > 0 ? Number(granule) / samplesPerSecond : null;
}
