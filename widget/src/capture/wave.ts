const HEADER_BYTES = 44;

/** A recorded clip as a WAV file that every program can read: 16-bit PCM, mono, at `rate` samples a second. */
export async function asWave(clip: Blob, rate: number): Promise<Blob> {
  const context = new OfflineAudioContext(1, 1, rate);
  const sound = await context.decodeAudioData(await clip.arrayBuffer());
  return wave(mono(sound), rate);
}

function mono(sound: AudioBuffer): Float32Array {
  const channels = Array.from({ length: sound.numberOfChannels }, (_, number) => sound.getChannelData(number));
  const [first = new Float32Array()] = channels;
  if (channels.length === 1) return first;
  return first.map((_, at) => channels.reduce((sum, channel) => sum + (channel[at] ?? 0), 0) / channels.length);
}

/** Samples between -1 and 1 as a WAV file. */
export function wave(samples: Float32Array, rate: number): Blob {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + samples.length * 2));
  const text = (at: number, word: string): void => new TextEncoder().encode(word).forEach((byte, index) => view.setUint8(at + index, byte));
  text(0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of the format that follows
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true); // bytes a second
  view.setUint16(32, 2, true); // bytes a sample
  view.setUint16(34, 16, true); // bits a sample
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, index) => {
    const clamped = Math.max(-1, Math.min(1, sample));
    view.setInt16(HEADER_BYTES + index * 2, Math.round(clamped * 32_767), true);
  });
  return new Blob([view.buffer], { type: "audio/wav" });
}
