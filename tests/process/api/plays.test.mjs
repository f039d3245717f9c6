/* Plays over REST: begun, shown, paused, moved, stopped; each refusal with its reason. What is heard
 * of them is in tests/process/media. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { atEnd } from '../../support/cleanup.mjs';
import { is } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { writeTone } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';
import { fieldsOf, problem } from './problem.mjs';

/** A directory of sounds: short.wav of 1 s, long.wav of 30 s, and what is none. */
function makeSounds(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-sounds-'));
  atEnd(t, () => fs.rmSync(folder, { recursive: true }));
  writeTone(path.join(folder, 'short.wav'), { hz: 440, rate: 8000, seconds: 1 });
  writeTone(path.join(folder, 'long.wav'), { hz: 440, rate: 16000, seconds: 30 });
  fs.writeFileSync(path.join(folder, 'text.wav'), 'this is no sound, whatever its name says');
  fs.writeFileSync(path.join(folder, 'large.wav'), Buffer.alloc(600 * 1024, 'x'));
  fs.mkdirSync(path.join(folder, 'folder'));
  return folder;
}

async function begin(t, set = {}) {
  const sounds = makeSounds(t);
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'media.sounds_directory': sounds, ...set } });
  const events = await server.api.events('/events');
  return { server, api: server.api, events, sounds };
}

async function guest({ t, server, room, name }) {
  const caller = await Caller.join({ t, server, room, name });
  const { id } = await caller.participant({ fits: (p) => p.state === 'connected' });
  return { caller, id, path: `/rooms/${room}/participants/${id}` };
}

const ended = (id, reason) => ({ type, data }) => type === 'play_ended' && data.play.id === id && data.reason === reason;

test('a file that is shared in the room is played', async (t) => {
  const { server, api, events, sounds } = await begin(t);
  const alice = await guest({ t, server, room: 'blue', name: 'alice' });
  const share = async (name, bytes) => (await api.request('POST', `/rooms/blue/files?name=${name}`, bytes, { headers: { 'content-type': 'audio/wav' } })).expect(201).body.id;
  const file = await share('a.wav', fs.readFileSync(path.join(sounds, 'short.wav')));
  const { body: play } = (await api.post('/rooms/blue/plays', { room_file: file })).expect(201);
  assert.deepEqual([play.room_file, play.file, play.url], [file, null, null]);
  await events.waitFor(ended(play.id, 'finished'));
  const { body: text } = await api.post('/rooms/blue/plays', { room_file: await share('b.txt', 'no sound'), participant: alice.id });
  if (text.id) await events.waitFor(ended(text.id, 'failed'));
  assert.deepEqual(fieldsOf(problem(await api.post('/rooms/blue/plays', { room_file: 'none' }), 422, 'no_such_sound')), ['/room_file']);
});

test('a file is played to all, shown, paused, moved and stopped', async (t) => {
  const { server, api, events } = await begin(t);
  await guest({ t, server, room: 'blue', name: 'alice' });
  const made = (await api.post('/rooms/blue/plays', { file: 'long.wav', volume_db: -6 })).expect(201);
  const { id, created_at: createdAt, position_ms: position, length_ms: length, ...rest } = made.body;
  assert.equal(made.headers.location, `/api/v1/rooms/blue/plays/${id}`);
  assert.ok(Date.parse(createdAt) > 0 && position >= 0 && (length === null || length === 30000));
  assert.deepEqual(rest, { room: 'blue', file: 'long.wav', prompt: null, url: null, room_file: null, music: false, pictures: false, participant: null,
    loop: false, over_mix: false, volume_db: -6, state: 'playing' });
  const one = `/rooms/blue/plays/${id}`;
  const show = async () => (await api.get(one)).expect(200).body;
  await until(async () => (await show()).length_ms === 30000, { what: 'its length is known' });
  await until(async () => (await show()).position_ms > 0, { what: 'it goes on' });
  assert.deepEqual((await api.get('/rooms/blue/plays')).expect(200).body.items.map((play) => play.id), [id]);
  const paused = (await api.patch(one, { paused: true, position_ms: 20000 })).expect(200).body;
  assert.deepEqual([paused.state, paused.position_ms], ['paused', 20000]);
  assert.equal((await api.patch(one, { paused: false })).expect(200).body.state, 'playing');
  await until(async () => (await show()).position_ms >= 20000, { what: 'it goes on from there' });
  for (const [body, ...fields] of [
    [{ paused: 1 }, '/paused'], [{ paused: null }, '/paused'], [{ position_ms: -1 }, '/position_ms'], [{ position_ms: 1.5 }, '/position_ms'],
    [{ loop: true, id: 'x' }, '/loop', '/id'],
  ])
    assert.deepEqual(fieldsOf(problem(await api.patch(one, body), 422, 'invalid_body')), fields, JSON.stringify(body));
  (await api.delete(one)).expect(204);
  await events.waitFor(ended(id, 'stopped'));
  problem(await api.get(one), 404, 'no_such_play');
  problem(await api.delete(one), 404, 'no_such_play');
  assert.deepEqual((await api.get('/rooms/blue/plays')).body, { items: [], next: null });
});

test('a play ends by itself, with its participant, or with the last of the room', async (t) => {
  const { server, api, events } = await begin(t);
  const alice = await guest({ t, server, room: 'blue', name: 'alice' });
  const bob = await guest({ t, server, room: 'blue', name: 'bob' });
  const start = async (body) => (await api.post('/rooms/blue/plays', body)).expect(201).body;
  const short = await start({ file: 'short.wav' });
  assert.equal(short.length_ms, 1000);
  const moved = await start({ file: 'long.wav' });
  await until(async () => (await api.get(`/rooms/blue/plays/${moved.id}`)).body.length_ms > 0);
  (await api.patch(`/rooms/blue/plays/${moved.id}`, { position_ms: 29500 })).expect(200);
  await events.waitFor(ended(short.id, 'finished'));
  await events.waitFor(ended(moved.id, 'finished'));
  const first = await start({ prompt: 'waiting', participant: bob.id, loop: true, over_mix: true });
  assert.deepEqual([first.participant, first.over_mix, first.loop, first.prompt], [bob.id, true, true, 'waiting']);
  const second = await start({ file: 'long.wav', participant: bob.id });
  await events.waitFor(ended(first.id, 'replaced'));
  const all = await start({ file: 'long.wav', loop: true });
  (await api.delete(bob.path)).expect(204);
  await events.waitFor(ended(second.id, 'participant_left'));
  (await api.delete(alice.path)).expect(204);
  await events.waitFor(ended(all.id, 'room_empty'));
});

test('what cannot be played is told with its name, before anything is heard', async (t) => {
  const { server, api, events } = await begin(t);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const start = (body) => api.post('/rooms/blue/plays', body);
  problem(await start({ prompt: 'welcome' }), 409, 'not_connected');
  await guest({ t, server, room: 'blue', name: 'alice' });
  for (const [body, ...fields] of [
    [{}, ''], [{ file: 'short.wav', prompt: 'welcome' }, ''], [{ loop: true }, ''], [{ file: '' }, '/file'], [{ file: '../passwd' }, '/file'],
    [{ file: '.hidden' }, '/file'], [{ file: 'a/b' }, '/file'], [{ file: null }, '/file'], [{ prompt: 5 }, '/prompt'],
    [{ file: 'a', volume_db: 21 }, '/volume_db'], [{ file: 'a', loop: 'yes' }, '/loop'], [{ file: 'a', volume: 1 }, '/volume'],
    [{ url: 'ftp://example.com/a' }, '/url'], [{ url: 'file:///etc/passwd' }, '/url'], [{ url: 'http://' }, '/url'],
  ])
    assert.deepEqual(fieldsOf(problem(await start(body), 422, 'invalid_body')), fields, JSON.stringify(body));
  for (const [body, code, field] of [
    [{ file: 'none.wav' }, 'no_such_sound', '/file'], [{ prompt: 'sing' }, 'no_such_sound', '/prompt'],
    [{ file: 'text.wav' }, 'unplayable_sound', '/file'], [{ file: 'folder' }, 'unplayable_sound', '/file'],
    [{ file: 'short.wav', participant: 'pnobody' }, 'no_such_participant', '/participant'],
  ]) {
    const answer = problem(await start(body), 422, code);
    assert.deepEqual(fieldsOf(answer), [field]);
    if (body.file !== 'short.wav') assert.ok(answer.detail.includes(body.file ?? body.prompt), answer.detail);
  }
  const { id } = (await start({ file: 'large.wav' })).expect(201).body; // too large to be looked at first
  const { data } = await events.waitFor(ended(id, 'failed'));
  assert.match(data.detail, /large\.wav/);
  for (let i = 0; i < 16; i++) (await start({ prompt: 'waiting', loop: true })).expect(201);
  problem(await start({ prompt: 'waiting' }), 409, 'too_many_plays');
  problem(await api.post('/rooms/none/plays', { prompt: 'waiting' }), 404, 'no_such_room');
});

test('without a directory of sounds there are none', async (t) => {
  const { server, api } = await begin(t, { 'media.sounds_directory': 'null' });
  await guest({ t, server, room: 'blue', name: 'alice' });
  assert.match(problem(await api.post('/rooms/blue/plays', { file: 'short.wav' }), 422, 'no_such_sound').detail, /media\.sounds_directory/);
});

/** An HTTP server: /sound is one, /never does not answer, others are 404. */
async function startFiles(t, sound) {
  const asked = [];
  const files = http.createServer((request, response) => {
    asked.push(request.url);
    if (request.url === '/sound') response.end(fs.readFileSync(sound));
    else if (request.url !== '/never') response.writeHead(404).end();
  });
  await new Promise((resolve) => files.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => (files.closeAllConnections(), files.close()));
  return { asked, url: `http://127.0.0.1:${files.address().port}` };
}

test('a URL is fetched and played; a private address only if it is allowed', async (t) => {
  const { server, api, events, sounds } = await begin(t, { 'media.fetch_allow': '127.0.0.0/8' });
  const { url, asked } = await startFiles(t, path.join(sounds, 'short.wav'));
  await guest({ t, server, room: 'blue', name: 'alice' });
  const start = async (body) => (await api.post('/rooms/blue/plays', body)).expect(201).body;
  const play = await start({ url: `${url}/sound`, loop: true });
  assert.deepEqual([play.state, play.url], ['fetching', `${url}/sound`]);
  const one = `/rooms/blue/plays/${play.id}`;
  await until(async () => (await api.get(one)).expect(200).body.state === 'playing', { what: 'it is there' });
  await until(async () => (await api.get(one)).body.position_ms > 0, { what: 'it goes on' });
  (await api.delete(one)).expect(204);
  const missing = await start({ url: `${url}/missing` });
  assert.match((await events.waitFor(ended(missing.id, 'failed'))).data.detail, /404/);
  const never = await start({ url: `${url}/never` });
  await until(() => asked.includes('/never'));
  (await api.delete(`/rooms/blue/plays/${never.id}`)).expect(204);
  await events.waitFor(ended(never.id, 'stopped'));
  const other = await start({ url: 'http://169.254.169.254/latest/meta-data/' });
  await events.waitFor(ended(other.id, 'failed'));
  await until(() => !fs.readdirSync(server.dataDir).some((name) => name.startsWith('fetch-')), { what: 'no file is left' });
});

test('an Idempotency-Key has a play begun once', async (t) => {
  const { server, api } = await begin(t);
  await guest({ t, server, room: 'blue', name: 'alice' });
  const post = () => api.post('/rooms/blue/plays', { file: 'long.wav' }, { headers: { 'idempotency-key': 'one' } });
  const first = (await post()).expect(201).body;
  assert.equal((await post()).expect(201).body.id, first.id);
  assert.equal((await api.get('/rooms/blue/plays')).body.items.length, 1);
});

test('music is a play that is there for who is alone', async (t) => {
  const { server, api, events } = await begin(t, { 'rooms.alone': 'music', 'rooms.music': 'long.wav' });
  const plays = async () => (await api.get('/rooms/blue/plays')).expect(200).body.items;
  await guest({ t, server, room: 'blue', name: 'alice' });
  const [music] = await plays();
  assert.deepEqual([music.music, music.file, music.loop, music.participant], [true, 'long.wav', true, null]);
  const bob = await guest({ t, server, room: 'blue', name: 'bob' });
  await events.waitFor(ended(music.id, 'stopped'));
  assert.deepEqual(await plays(), []);
  (await api.delete(bob.path)).expect(204);
  await events.waitFor(is('participant_left', { id: bob.id }));
  const [again] = await plays();
  assert.equal(again.file, 'long.wav');
  (await api.patch('/rooms/blue', { music: '' })).expect(200);
  await events.waitFor(ended(again.id, 'stopped'));
});
