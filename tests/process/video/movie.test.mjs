/* A film among the room's files: seen and heard, at the same place after a pause, a seek and its end; and what is none. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { decode, isColour, meanColour } from '../../support/picture.mjs';
import { startServer } from '../../support/server.mjs';
import { makeVideoRoom, VideoPhones } from '../../support/video_phones.mjs';
import { until } from '../../support/wait.mjs';

const [RED, GREEN, BLUE] = [[230, 20, 20], [20, 220, 20], [20, 20, 230]];
const PART_S = 12; /* of each colour: nobody gets through it while something is looked at */
const HZ = { RED: 500, GREEN: 900, BLUE: 1500 };

function ffmpeg(...args) {
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', ...args], { encoding: 'utf8', timeout: 60000 });
  assert.equal(status, 0, stderr);
}

/** Three colours with a tone for each. */
function makeFilm(file, ...codecs) {
  const inputs = [['0xe61414', HZ.RED], ['0x14dc14', HZ.GREEN], ['0x1414e6', HZ.BLUE]].flatMap(([colour, hz]) => [
    '-f', 'lavfi', '-i', `color=${colour}:s=320x180:r=5:d=${PART_S}`, '-f', 'lavfi', '-i', `sine=f=${hz}:r=48000:d=${PART_S}`]);
  ffmpeg(...inputs, '-filter_complex',
    '[0:v][1:a][2:v][3:a][4:v][5:a]concat=n=3:v=1:a=1[v][a]', '-map', '[v]', '-map', '[a]', ...codecs, '-pix_fmt', 'yuv420p', '-y', file);
  return fs.readFileSync(file);
}

async function begin(t) {
  const server = await startServer({ t, set: { 'media.video_when_full': 'admit', 'rooms.join_tone': 'none', 'rooms.announcements': 'false' } });
  await makeVideoRoom(server, 'blue', { layout: 'auto', fps: 10 });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-movie-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const { api } = server;
  const share = async (name, bytes) => (await api.request('POST', `/rooms/blue/files?name=${name}`, bytes, { headers: { 'content-type': 'application/octet-stream' } })).expect(201).body;
  const colour = async () => {
    const response = await fetch(`${server.apiUrl}/api/v1/rooms/blue/snapshot.jpg`, { headers: { Authorization: `Bearer ${server.token}` } });
    if (response.status !== 200) return [0, 0, 0];
    const file = path.join(folder, 'snapshot.jpg');
    fs.writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    const picture = await decode(file);
    return meanColour(picture, picture.frames[0], { x: picture.width * 0.3, y: picture.height * 0.45, width: 16, height: 16 });
  };
  const sees = (wanted, what) => until(async () => isColour(await colour(), wanted, 40), { timeout: 30000, every: 200, what });
  return { server, api, share, sees, colour, folder, film: (name, ...codecs) => makeFilm(path.join(folder, name), ...codecs) };
}

test('a film is seen and heard, paused, moved, stopped', async (t) => {
  const { server, api, share, sees, colour, film } = await begin(t);
  const file = await share('clip.webm', film('clip.webm', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus', '-g', '50'));
  assert.equal(file.type, 'video/webm');
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice' });
  await alice.participant({ fits: (p) => p.state === 'connected' });
  const { body: play } = (await api.post('/rooms/blue/plays', { room_file: file.id })).expect(201);
  const one = `/rooms/blue/plays/${play.id}`;
  const go = async (change) => (await api.patch(one, change)).expect(200).body;
  await VideoPhones.start({ t, server, room: 'blue', senders: 1 }); // the room has pictures only now

  await sees(RED, 'the first part is seen');
  assert.equal((await api.get(one)).body.pictures, true);
  await waitToHear(alice.rtp, { present: [HZ.RED], absent: [HZ.GREEN, HZ.BLUE] });
  await go({ position_ms: PART_S * 1000 + 5000 });
  await sees(GREEN, 'the second part is seen');
  await waitToHear(alice.rtp, { present: [HZ.GREEN], absent: [HZ.RED, HZ.BLUE] });
  await go({ paused: true, position_ms: 2 * PART_S * 1000 + 1000 });
  await sees(BLUE, 'where it stands still is seen');
  await go({ position_ms: 1000 });
  await sees(RED, 'it is moved while it stands still');
  await go({ position_ms: 3 * PART_S * 1000 - 1500, paused: false });
  const events = await api.events('/rooms/blue/events');
  await events.waitFor(({ type, data }) => type === 'play_ended' && data.play.id === play.id && data.reason === 'finished', { timeout: 30000 });
  await until(async () => !isColour(await colour(), BLUE, 40), { timeout: 20000, every: 200, what: 'the caller is seen again' });
});

test('MP4 with H.264 is taken, without sound or without pictures, too; what is broken is told', async (t) => {
  const { server, api, share, sees, film, folder } = await begin(t);
  const events = await api.events('/rooms/blue/events');
  const failed = (id) => events.waitFor(({ type, data }) => type === 'play_ended' && data.play.id === id && data.reason === 'failed');
  await VideoPhones.start({ t, server, room: 'blue', senders: 1 });
  const play = async (file) => (await api.post('/rooms/blue/plays', { room_file: file.id })).expect(201).body.id;
  const mp4 = film('a.mp4', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac');
  const good = await play(await share('a.mp4', mp4));
  await sees(RED, 'it is seen');
  (await api.delete(`/rooms/blue/plays/${good}`)).expect(204);
  const silent = path.join(folder, 'silent.mp4');
  ffmpeg('-ss', String(2.5 * PART_S), '-i', path.join(folder, 'a.mp4'), '-an', '-c:v', 'libx264', '-preset', 'ultrafast', silent);
  const mute = await play(await share('silent.mp4', fs.readFileSync(silent)));
  await sees(BLUE, 'one without sound, too');
  await events.waitFor(({ type, data }) => type === 'play_ended' && data.play.id === mute && data.reason === 'finished', { timeout: 20000 });

  const { data } = await failed(await play(await share('cut.mp4', mp4.subarray(0, 3000))));
  assert.match(data.detail, /cannot be read/);
  const odd = await failed(await play(await share('odd.mp4', film('odd.mp4', '-c:v', 'mpeg2video', '-c:a', 'aac'))));
  assert.match(odd.data.detail, /pictures in a code that is not known/);
  const bare = path.join(folder, 'sound.webm');
  ffmpeg('-i', path.join(folder, 'a.mp4'), '-vn', '-c:a', 'libopus', bare);
  const deaf = await play(await share('sound.webm', fs.readFileSync(bare)));
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice' });
  await waitToHear(alice.rtp, { present: [HZ.RED] });
  assert.equal((await api.get(`/rooms/blue/plays/${deaf}`)).expect(200).body.pictures, false);
});
