/*
 * tone.mjs - tones: made, found, and measured.
 *
 *   writeTone('/tmp/a.wav', { hz: 440, rate: 8000, seconds: 60 });      16-bit PCM, mono
 *   const { rate, samples } = readWav(file);                            also one still being written
 *   const report = analyse(samples, rate, [440, 700, 1000]);
 *   assertHears(samples, rate, { present: [700, 1000], absent: [440], who: 'alice' });
 *   levelOf(samples, rate, 700)           dBFS of a sine: comparable between recordings
 *   rms(samples)                          dBFS of everything
 *   loudest(samples, rate, 523)           { level, at }: a short sound, and when it came
 *   longestGap(samples, rate)             ms: the longest silence between two sounds
 *   toneMs(samples, rate, 2000)           ms: how long a tone, however short, is heard
 *
 * A tone is measured by Goertzel's algorithm in windows of 100 ms (Hann), so that a jump of phase
 * costs one window only. "share" is its power relative to all power [dB]: present from -12 (several
 * tones share), absent below -30 or when it is quieter than -60 dBFS.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';

const FULL = 32768;
const WINDOW_S = 0.1;
const PRESENT_DB = -12;
const ABSENT_DB = -30;
const SILENT_DBFS = -60;

const decibel = (power) => 10 * Math.log10(Math.max(power, 1e-12));

/** Samples of a sine; `amplitude` of 1 is full scale. */
export function sine({ hz, rate, seconds, amplitude = 0.2 }) {
  const samples = new Int16Array(Math.round(rate * seconds));
  const step = (2 * Math.PI * hz) / rate;
  for (let i = 0; i < samples.length; i++) samples[i] = Math.round(Math.sin(step * i) * amplitude * (FULL - 1));
  return samples;
}

function wavHeader(rate, bytes) {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + bytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(bytes, 40);
  return header;
}

const asBytes = (samples) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

export function writeWav(file, samples, rate) {
  fs.writeFileSync(file, Buffer.concat([wavHeader(rate, samples.byteLength), asBytes(samples)]));
}

/** A sine without a seam: `hz` whole, second after second. */
export function writeTone(file, { hz, rate, seconds = 60, amplitude }) {
  const second = asBytes(sine({ hz, rate, seconds: 1, amplitude }));
  const all = Array.from({ length: seconds }, () => second);
  fs.writeFileSync(file, Buffer.concat([wavHeader(rate, second.length * seconds), ...all]));
}

/** The samples of a 16-bit PCM file (channel 0). The header's length is not believed: the file may
 *  still grow. */
export function readWav(file) {
  const bytes = fs.readFileSync(file);
  if (bytes.length < 44) return { rate: 8000, channels: 1, samples: new Int16Array(0) };
  assert.equal(bytes.toString('latin1', 0, 4), 'RIFF', `${file} is no wav`);
  let at = 12;
  let format = { channels: 1, rate: 8000 };
  while (at + 8 <= bytes.length && bytes.toString('latin1', at, at + 4) !== 'data') {
    if (bytes.toString('latin1', at, at + 4) === 'fmt ')
      format = { channels: bytes.readUInt16LE(at + 10), rate: bytes.readUInt32LE(at + 12) };
    at += 8 + bytes.readUInt32LE(at + 4);
  }
  const frame = 2 * format.channels;
  const count = Math.max(0, Math.floor((bytes.length - at - 8) / frame));
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i++) samples[i] = bytes.readInt16LE(at + 8 + i * frame);
  return { ...format, samples };
}

/** Mean power of the samples, 1 being a full-scale square. */
function power(samples, from = 0, to = samples.length) {
  let sum = 0;
  for (let i = from; i < to; i++) sum += samples[i] * samples[i];
  return to > from ? sum / (to - from) / (FULL * FULL) : 0;
}

export const rms = (samples) => decibel(power(samples));

/** Power of one frequency in a window, 0.5 being a full-scale sine. */
function goertzel(samples, from, length, rate, hz) {
  const k = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let one = 0;
  let two = 0;
  for (let i = 0; i < length; i++) {
    const hann = 1 - Math.cos((2 * Math.PI * i) / length);
    const next = samples[from + i] * hann + k * one - two;
    two = one;
    one = next;
  }
  return (2 * (one * one + two * two - k * one * two)) / (length * length) / (FULL * FULL);
}

function windowPowers(samples, rate, hz) {
  const length = Math.round(rate * WINDOW_S);
  const powers = [];
  for (let from = 0; from + length <= samples.length; from += length)
    powers.push(goertzel(samples, from, length, rate, hz));
  return powers;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** dBFS of one frequency, over all windows: a full-scale sine is -3. */
export const levelOf = (samples, rate, hz) => decibel(mean(windowPowers(samples, rate, hz)));

/** Where a short sound of `hz` is loudest: { level [dBFS], at [s] }, in steps of 20 ms. */
export function loudest(samples, rate, hz) {
  const length = Math.round(rate * WINDOW_S);
  let best = { level: -120, at: 0 };
  for (let from = 0; from + length <= samples.length; from += rate / 50) {
    const level = decibel(goertzel(samples, from, length, rate, hz));
    if (level > best.level) best = { level, at: from / rate };
  }
  return best;
}

/** For each frequency: level [dBFS], share of all power [dB], and a verdict. */
export function analyse(samples, rate, frequencies) {
  const total = power(samples);
  return frequencies.map((hz) => {
    const tone = mean(windowPowers(samples, rate, hz));
    const level = decibel(tone);
    const share = decibel(tone / Math.max(total, 1e-12));
    return {
      hz, level, share,
      present: share > PRESENT_DB && level > SILENT_DBFS,
      absent: share < ABSENT_DB || level < SILENT_DBFS,
    };
  });
}

export function describe(samples, rate, frequencies) {
  const tones = analyse(samples, rate, frequencies)
    .map(({ hz, level, share }) => `${hz} Hz ${level.toFixed(1)} dBFS (share ${share.toFixed(1)} dB)`);
  return `${(samples.length / rate).toFixed(2)} s at ${rate} Hz, ${rms(samples).toFixed(1)} dBFS: ${tones.join(', ')}`;
}

/** True if all of `present` and none of `absent` are in the samples. */
export function hears(samples, rate, { present = [], absent = [] }) {
  return analyse(samples, rate, present).every((tone) => tone.present) &&
    analyse(samples, rate, absent).every((tone) => tone.absent);
}

export function assertHears(samples, rate, { present = [], absent = [], who = 'somebody', least = 1 }) {
  assert.ok(samples.length >= rate * least, `${who} heard only ${samples.length / rate} s`);
  assert.ok(hears(samples, rate, { present, absent }),
    `${who} should hear [${present}] and not [${absent}], but: ${describe(samples, rate, [...present, ...absent])}`);
}

/** Where sound begins and ends, and the longest silence in between [ms]. Sound: 10 ms above
 *  `threshold` dBFS. Nothing but silence: Infinity. */
export function longestGap(samples, rate, { threshold = -45 } = {}) {
  const length = rate / 100;
  const loud = [];
  for (let at = 0; at + length <= samples.length; at += length)
    loud.push(decibel(power(samples, at, at + length)) > threshold);
  const first = loud.indexOf(true);
  if (first < 0) return Infinity;
  let longest = 0;
  let run = 0;
  for (const isLoud of loud.slice(first, loud.lastIndexOf(true) + 1)) {
    run = isLoud ? 0 : run + 10;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** How long `hz` is louder than `threshold` dBFS [ms], in windows of 10 ms: for sounds as short as a
 *  packet. Tones nearer than 300 Hz are not told apart. */
export function toneMs(samples, rate, hz, { threshold = -30 } = {}) {
  const length = rate / 100;
  const step = rate / 1000;
  let ms = 0;
  for (let from = 0; from + length <= samples.length; from += step)
    if (decibel(goertzel(samples, from, length, rate, hz)) > threshold) ms += 1;
  return ms;
}
