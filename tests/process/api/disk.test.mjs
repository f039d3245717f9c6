/* A disk that is full: 507, nothing half done, and it goes on when there is room again. The disk is
 * a small tmpfs in a mount namespace of the server alone; where that is not allowed, it is skipped. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after } from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { download, look, record, soundOf } from '../../support/recording.mjs';
import { until } from '../../support/wait.mjs';
import { problem } from './problem.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-disk-'));
const disk = path.join(folder, 'disk');
const wrapper = path.join(folder, 'on-small-disk');
const MOUNT = 'mount -t tmpfs -o size=1m,mode=700 tmpfs "$SMALL_DISK"';
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** May we mount, and look into the namespace of who did? */
function isAllowed() {
  fs.mkdirSync(disk, { recursive: true });
  const { status } = spawnSync('unshare', ['-m', 'sh', '-c', MOUNT], { env: { ...process.env, SMALL_DISK: disk }, timeout: 10000 });
  return status === 0;
}

/** The harness reads RADUNO_BIN when it is loaded, hence after it names the wrapper. Each exec keeps
 *  the process id, so that the server is ended as ever. */
async function begin(t) {
  const { BINARY } = await import('../../support/server.mjs');
  fs.writeFileSync(wrapper, `#!/bin/sh\nexec unshare -m sh -c '${MOUNT} && exec "$SERVER" "$@"' sh "$@"\n`, { mode: 0o755 });
  process.env.RADUNO_BIN = wrapper;
  const { startServer } = await import('../../support/server.mjs?small-disk');
  const server = await startServer({ t, set: { 'data.directory': disk }, env: { SMALL_DISK: disk, SERVER: BINARY } });
  return { server, api: server.api, fill: `/proc/${server.pid}/root${disk}/fill` };
}

/** Writes until not one byte more goes in. */
function fillUp(file) {
  const out = fs.openSync(file, 'w');
  let bytes = 65536;
  while (bytes) {
    try {
      fs.writeSync(out, Buffer.alloc(bytes));
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
      bytes >>= 1;
    }
  }
  fs.closeSync(out);
}

test('a full disk is 507 and changes nothing; later it goes on', { skip: !isAllowed() && 'no mount namespace here' }, async (t) => {
  const { server, api, fill } = await begin(t);
  assert.ok(fs.existsSync(`/proc/${server.pid}/root${disk}`) && !fs.readdirSync(disk).length, 'the data is on the small disk');
  (await api.post('/rooms', { name: 'kept' })).expect(201);
  fillUp(fill);
  const made = [];
  let answer;
  for (let i = 0; i < 500 && answer?.status !== 507; i++) { // what is allocated already may take some
    answer = await api.post('/rooms', { name: `r${i}` });
    if (answer.status === 201) made.push(`r${i}`);
  }
  problem(answer, 507, 'disk_full');
  problem(await api.get(`/rooms/r${made.length}`), 404, 'no_such_room');
  problem(await api.patch('/rooms/kept', { locked: true }), 507, 'disk_full');
  problem(await api.delete('/rooms/kept'), 507, 'disk_full');
  assert.equal((await api.get('/rooms/kept')).expect(200).body.locked, false);
  (await api.get('/ready', { root: true })).expect(200);
  const share = (body) => api.request('POST', '/rooms/kept/files?name=a', body, { headers: { 'content-type': 'text/plain' } });
  for (const how of [{}, { 'transfer-encoding': 'chunked' }])
    problem(await api.request('POST', '/rooms/kept/files?name=a', Buffer.alloc(300000), { headers: { 'content-type': 'text/plain', ...how } }), 507, 'disk_full');
  const room = () => fs.readdirSync(`/proc/${server.pid}/root${disk}/files`);
  await until(() => room().length === 0, { what: 'nothing of the file is left' });
  fs.unlinkSync(fill);
  (await share('bytes')).expect(201);
  assert.equal(room().length, 1);
  (await api.post('/rooms', { name: 'later' })).expect(201);
  (await api.patch('/rooms/kept', { locked: true })).expect(200);
  const names = (await api.get('/rooms?limit=200')).expect(200).body.items.map(({ name }) => name);
  for (const name of ['kept', 'later', ...made.slice(0, 100)]) assert.ok(names.includes(name), name);
});

test('a recording ends with what it has; the room goes on', { skip: !isAllowed() && 'no mount namespace here' }, async (t) => {
  const { server, api, fill } = await begin(t);
  const events = await api.events('/events');
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice', hz: 440 });
  await alice.participant({ fits: ({ state }) => state === 'connected' });
  const recording = await record(api, 'blue');
  await until(async () => (await api.get(`/rooms/blue/recordings/${recording.id}`)).body.length_ms > 3000, { timeout: 30000, what: 'something is written' });
  fillUp(fill);
  const { data } = await events.waitFor(({ type }) => type === 'recording_ended', { timeout: 30000 });
  assert.equal(data.recording.reason, 'failed');
  await alice.participant({ fits: ({ state }) => state === 'connected' });
  const ready = (await events.waitFor(({ type }) => type === 'recording_ready', { timeout: 30000 })).data.recording;
  assert.equal(ready.state, 'ready');
  fs.unlinkSync(fill);
  const file = await download(server, ready);
  assert.ok(Math.abs((await look(file)).seconds - ready.length_ms / 1000) < 0.1, 'it says how long it is');
  const sound = await soundOf(file);
  assert.ok(sound.seconds > 2, `${sound.seconds} s can be heard`);
  (await api.post('/rooms/blue/recordings', {})).expect(201);
});
