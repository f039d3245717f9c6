/*
 * recording.mjs - what is in a recording, as ffmpeg decodes it.
 *
 *   const recording = await record(api, 'blue', { name: 'a' });     POST; what it answers
 *   const ended = await finished(api, recording);                   its state is not to change any more
 *   const { rate, samples, seconds } = await soundOf(file);         tone.mjs measures them
 *   const { streams, seconds } = await look(file);                  ffprobe's words
 *   const file = await download(server, ended);
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { readWav } from './tone.mjs';
import { until } from './wait.mjs';

const run = promisify(execFile);
const SETTLED = ['ready', 'broken'];

export const record = async (api, room, body = {}) => (await api.post(`/rooms/${room}/recordings`, body)).expect(201).body;

export const placeOf = ({ room, id }) => `/rooms/${room}/recordings/${id}`;

export const finished = (api, recording) => until(async () => {
  const { body } = (await api.get(placeOf(recording))).expect(200);
  return SETTLED.includes(body.state) && body;
}, { timeout: 30000, what: 'the recording is finished' });

/** The bytes as they come by HTTP, in a file beside the server's data. */
export async function download(server, recording) {
  const response = await fetch(`${server.apiUrl}${recording.content}`);
  if (response.status !== 200) throw new Error(`${recording.content}: ${response.status}`);
  const file = path.join(server.dataDir, '..', `${recording.id}.webm`);
  fs.writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  return file;
}

export async function look(file) {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', '-show_format', file]);
  const { streams, format } = JSON.parse(stdout);
  return { streams, seconds: Number(format.duration), title: format.tags?.title };
}

/** When each picture is to be seen [s], in their order. */
export async function pictureTimes(file) {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file]);
  return stdout.trim().split('\n').map(Number);
}

export async function soundOf(file) {
  const wav = `${file}.wav`;
  await run('ffmpeg', ['-v', 'error', '-y', '-i', file, '-map', '0:a', '-ac', '1', '-ar', '48000', wav]);
  const { rate, samples } = readWav(wav);
  fs.rmSync(wav);
  return { rate, samples, seconds: samples.length / rate, part: (from, to) => samples.subarray(Math.round(from * rate), Math.round(to * rate)) };
}
