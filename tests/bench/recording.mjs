/* recording.mjs - what recordings cost: the mixing threads' time with and without, in turn under one load, and that
 * of the threads that write.
 *
 *   node tests/bench/recording.mjs [--legs 200] [--rooms 1] [--talkers 5] [--seconds 10] [--rounds 3] [--codec pcmu] [--video]
 *
 * RADUNO_BIN names the server. With --video each room is composed and encoded for its recording alone (nobody in it has
 * a camera), which is the most that this can cost beside the sound. Prints microseconds per room and tick.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Child } from '../support/process.mjs';
import { BINARY, startServer } from '../support/server.mjs';
import { sleep, until } from '../support/wait.mjs';

const { values } = parseArgs({
  options: {
    legs: { type: 'string', default: '200' }, rooms: { type: 'string', default: '1' }, talkers: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' }, rounds: { type: 'string', default: '3' }, codec: { type: 'string', default: 'pcmu' }, video: { type: 'boolean', default: false },
  },
});
const [legs, rooms, seconds, rounds] = [values.legs, values.rooms, values.seconds, values.rounds].map(Number);
const TICKS_PER_S = 50;
const TICKS = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'])); // a tick of the kernel's clock [us]

/** Processor time of the threads of that kind so far [us]. */
function timeOf(pid, name) {
  let ticks = 0;
  for (const task of fs.readdirSync(`/proc/${pid}/task`)) {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1');
      const [, comm, rest] = /\((.*)\) (.*)/s.exec(stat);
      const fields = rest.split(' ');
      if (comm.startsWith(name)) ticks += Number(fields[11]) + Number(fields[12]);
    } catch { /* it has just ended */ }
  }
  return ticks * TICKS;
}

const server = await startServer({ set: { 'rooms.join_tone': 'none', 'rooms.announcements': false, 'rooms.max_participants': legs, 'recordings.most': 1000, 'media.ports': '20000-23999', 'sip.max_calls': 10000 } });
const load = new Child(path.join(path.dirname(BINARY), 'bench-load'), ['--server', `127.0.0.1:${server.sipPort}`, '--legs', String(legs), '--rooms', String(rooms),
  '--talkers', values.talkers, '--codec', values.codec, '--rate', '200', '--seconds', '3600'], { name: 'load' });
try {
  const joined = async () => (await server.api.get('/metrics', { root: true })).body.match(/^raduno_participants (\d+)/m)?.[1];
  await until(async () => Number(await joined()) === legs, { timeout: 60000, every: 500, what: 'all are in' });
  const kinds = ['media-', 'recorder', 'video-'];
  const measure = async () => {
    const before = kinds.map((kind) => timeOf(server.pid, kind));
    await sleep(seconds * 1000);
    return kinds.map((kind, i) => (timeOf(server.pid, kind) - before[i]) / seconds / TICKS_PER_S / rooms);
  };
  const names = Array.from({ length: rooms }, (_, i) => `bench-${i + 1}`);
  for (let round = 0; round < rounds; round++) {
    const plain = await measure();
    const made = await Promise.all(names.map(async (room) => (await server.api.post(`/rooms/${room}/recordings`, { video: values.video })).expect(201).body));
    await sleep(2000);
    const recorded = await measure();
    await Promise.all(made.map(({ room, id }) => server.api.patch(`/rooms/${room}/recordings/${id}`, { state: 'stopped' })));
    await sleep(2000);
    const bytes = (await server.api.get(`/rooms/${names[0]}/recordings/${made[0].id}`)).body;
    console.log(`us per room and tick: mixing ${plain[0].toFixed(1)}, recorded ${recorded[0].toFixed(1)}; writing ${recorded[1].toFixed(1)}; pictures ${recorded[2].toFixed(1)}; ` +
      `${Math.round(bytes.bytes * 8 / bytes.length_ms)} kbit/s, ${bytes.dropped_ms} ms dropped`);
  }
} finally {
  await load.end({ signal: 'SIGKILL' });
  await server.stop();
}
