/* Recordings over REST: begun, paused, stopped, listed, had, removed, each refusal with its reason; what is in
 * them, as ffmpeg decodes it; and what is left of one when the server is killed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { download, finished, look, placeOf, record, soundOf } from '../../support/recording.mjs';
import { startServer } from '../../support/server.mjs';
import { assertHears, levelOf } from '../../support/tone.mjs';
import { sleep, until } from '../../support/wait.mjs';
import { fieldsOf, problem } from './problem.mjs';

const QUIET = { 'rooms.join_tone': 'none', 'rooms.announcements': false };

async function begin(t, set = {}) {
  const server = await startServer({ t, set: { ...QUIET, ...set } });
  return { server, api: server.api, events: await server.api.events('/events') };
}

const event = (type, id) => (e) => e.type === type && e.data.recording.id === id;

describe('recordings', { concurrency: true }, () => {
  test('what two say is in it, as long as it was said, without the pause', async (t) => {
    const { server, api, events } = await begin(t);
    problem(await api.post('/rooms/blue/recordings', {}), 404, 'no_such_room');
    (await api.post('/rooms', { name: 'blue' })).expect(201);
    problem(await api.post('/rooms/blue/recordings', {}), 409, 'not_connected');
    const alice = await Caller.join({ t, server, room: 'blue', name: 'alice', hz: 440, codec: 'PCMU' });
    const bob = await Caller.join({ t, server, room: 'blue', name: 'bob', hz: 700, codec: 'PCMA' });
    await waitToHear(alice.rtp, { present: [700] });
    assert.equal((await api.get('/rooms/blue')).body.recording_now, 'none');

    const answer = (await api.post('/rooms/blue/recordings', { name: 'the board: 1/2' })).expect(201);
    const { id } = answer.body, place = `/rooms/blue/recordings/${id}`;
    assert.equal(answer.headers.location, `/api/v1${place}`);
    assert.deepEqual([answer.body.state, answer.body.video, answer.body.reason, answer.body.content, answer.body.started_by], ['recording', false, null, null, null]);
    await events.waitFor(event('recording_started', id));
    problem(await api.post('/rooms/blue/recordings', {}), 409, 'already_recorded');
    problem(await api.get(`${place}/content`), 409, 'not_ready');
    assert.equal((await api.get('/rooms/blue')).body.recording_now, 'recording');
    await until(async () => (await api.get(place)).body.length_ms >= 2000, { timeout: 20000, what: 'some seconds are written' });
    await alice.participant(); // they are still in
    (await api.patch(place, { state: 'paused' })).expect(200);
    await events.waitFor(event('recording_changed', id));
    assert.equal((await api.get('/rooms/blue')).body.recording_now, 'paused');
    const me = await bob.participant();
    (await api.patch(`/rooms/blue/participants/${me.id}`, { muted: true })).expect(200);
    await sleep(1000); // of the pause: it must not be in the length
    assert.equal((await api.patch(place, { state: 'recording' })).expect(200).body.state, 'recording');
    const paused = (await api.get(place)).body.length_ms;
    await until(async () => (await api.get(place)).body.length_ms >= paused + 2500, { timeout: 20000, what: 'it goes on' });
    (await api.patch(place, { state: 'stopped' })).expect(200);
    assert.equal((await events.waitFor(event('recording_ended', id))).data.recording.reason, 'stopped');
    const ready = (await events.waitFor(event('recording_ready', id))).data.recording;
    problem(await api.patch(place, { state: 'paused' }), 409, 'recording_ended');

    const file = await download(server, ready);
    const bytes = fs.readFileSync(file);
    assert.deepEqual([ready.state, ready.bytes, ready.sha256, ready.dropped_ms], ['ready', bytes.length, createHash('sha256').update(bytes).digest('hex'), 0]);
    const { streams, seconds, title } = await look(file);
    assert.deepEqual(streams.map((stream) => stream.codec_name), ['opus']);
    assert.equal(title, 'the board: 1/2');
    assert.ok(Math.abs(seconds * 1000 - ready.length_ms) < 60, `${seconds} s, said to be ${ready.length_ms} ms`);
    const sound = await soundOf(file);
    assert.ok(Math.abs(sound.seconds - seconds) < 0.06, `${sound.seconds} s of sound in ${seconds}`);
    assertHears(sound.part(0.7, 1.7), sound.rate, { present: [440, 700], who: 'before the pause' });
    assertHears(sound.part(sound.seconds - 1.4, sound.seconds - 0.2), sound.rate, { present: [440], absent: [700], who: 'after the pause' });
  });

  test('it is listed, had in parts, renamed and removed', async (t) => {
    const { server, api, events } = await begin(t);
    const alice = await Caller.join({ t, server, room: 'blue', name: 'alice', hz: 440 });
    await alice.participant({ fits: (p) => p.state === 'connected' });
    const first = await record(api, 'blue');
    assert.match(first.name, /^blue \d{4}-\d\d-\d\d \d\d:\d\d$/);
    await until(async () => (await api.get(placeOf(first))).body.length_ms >= 1000, { what: 'it grows' });
    await alice.leave(); // the last: it ends, and its room with it
    const ended = await events.waitFor(event('recording_ready', first.id));
    assert.equal(ended.data.recording.reason, 'empty');
    await until(async () => (await api.get('/rooms/blue')).status === 404, { what: 'the room is gone' });
    const place = placeOf(first);
    const { body: ready } = (await api.get(place)).expect(200);
    assert.deepEqual((await api.get('/rooms/blue/recordings')).expect(200).body, { items: [ready], next: null });
    assert.deepEqual((await api.get('/recordings?limit=1')).expect(200).body.items.map(({ id }) => id), [first.id]);
    problem(await api.get('/rooms/green/recordings'), 404, 'no_such_room');
    problem(await api.get('/rooms/green/recordings/x'), 404, 'no_such_recording');

    const part = await fetch(`${server.apiUrl}${ready.content}`, { headers: { range: 'bytes=0-3' } });
    assert.deepEqual([part.status, part.headers.get('content-range'), part.headers.get('etag'), part.headers.get('content-type')],
      [206, `bytes 0-3/${ready.bytes}`, `"${ready.sha256}"`, 'audio/webm']);
    assert.equal(Buffer.from(await part.arrayBuffer()).toString('hex'), '1a45dfa3'); // EBML
    assert.match(part.headers.get('content-disposition'), /^attachment; filename="blue \d{4}-\d\d-\d\d \d\d-\d\d\.webm"/);

    assert.equal((await api.patch(place, { name: 'kept' })).expect(200).body.name, 'kept');
    for (const [body, ...fields] of [[{ name: '' }, '/name'], [{ name: 'a\nb' }, '/name'], [{ state: 'gone' }, '/state'], [{ nam: 'x' }, '/nam']])
      assert.deepEqual(fieldsOf(problem(await api.patch(place, body), 422, 'invalid_body')), fields, JSON.stringify(body));
    await server.kill9();
    await server.restart();
    assert.deepEqual((await api.get(place)).expect(200).body, { ...ready, name: 'kept' });
    const bytes = path.join(server.dataDir, 'recordings', first.id);
    assert.ok(fs.existsSync(bytes));
    (await api.delete(place)).expect(204);
    problem(await api.get(place), 404, 'no_such_recording');
    await until(() => !fs.existsSync(bytes), { what: 'its bytes are gone' });
  });

  test('who may, and in which rooms', async (t) => {
    const { server, api } = await begin(t);
    (await api.post('/rooms', { name: 'blue', recording: 'off' })).expect(201);
    await Caller.join({ t, server, room: 'blue', name: 'alice', hz: 440 });
    await until(async () => (await api.get('/rooms/blue/participants')).body.items[0]?.state === 'connected', { what: 'she is in' });
    problem(await api.post('/rooms/blue/recordings', {}), 409, 'not_recorded');
    (await api.patch('/rooms/blue', { recording: 'on_request' })).expect(200);
    const token = async (role) => ({ token: (await api.post('/tokens', { name: role, role, rooms: ['blue'] })).expect(201).body.token });
    const moderator = await token('moderator'), participant = await token('participant');
    problem(await api.post('/rooms/blue/recordings', {}, participant), 403, 'may_not_record');
    const { body: made } = (await api.post('/rooms/blue/recordings', {}, moderator)).expect(201);
    const place = placeOf(made);
    problem(await api.patch(place, { state: 'stopped' }, participant), 403, 'may_not_record');
    assert.equal((await api.get(place, participant)).status, 403);
    assert.equal((await api.get('/recordings', moderator)).status, 403);
    (await api.patch(place, { state: 'stopped' }, moderator)).expect(200);
    (await api.patch('/rooms/blue', { recording: 'always' })).expect(200);
    const { body: { items } } = (await api.get('/rooms/blue/recordings', moderator)).expect(200);
    const always = items.at(-1);
    assert.equal(always.state, 'recording');
    problem(await api.patch(placeOf(always), { state: 'paused' }), 409, 'always_recorded');
    problem(await api.delete(placeOf(always)), 409, 'always_recorded');
    (await api.patch('/rooms/blue', { recording: 'off' })).expect(200);
    assert.equal((await finished(api, always)).reason, 'stopped');
    (await api.delete(place, moderator)).expect(204);
  });

  test('those who are in, and those who come, are told; and it is in the recording', async (t) => {
    const { server, api } = await begin(t);
    const alice = await Caller.join({ t, server, room: 'blue', name: 'alice', codec: 'PCMU' });
    await alice.participant({ fits: (p) => p.state === 'connected' });
    const mark = alice.rtp.mark();
    const recording = await record(api, 'blue');
    const spoken = ({ rate, samples }) => samples.length > rate && samples.some((sample) => Math.abs(sample) > 1000);
    await until(() => spoken(alice.rtp.heardAfter(mark)), { what: 'alice hears that it is recorded' });
    await until(async () => (await api.get(placeOf(recording))).body.length_ms >= 2500, { what: 'it was said' });
    const bob = await Caller.join({ t, server, room: 'blue', name: 'bob', codec: 'PCMU' });
    await until(() => spoken(bob.rtp.heardAfter(0)), { what: 'bob hears it, though announcements are off' });
    (await api.patch(placeOf(recording), { state: 'stopped' })).expect(200);
    const sound = await soundOf(await download(server, await finished(api, recording)));
    assert.ok(sound.part(0, 2.5).some((sample) => Math.abs(sample) > 1000), 'the announcement is in the recording');
  });

  test('one that was cut off by kill -9 can be played, and is mended at the start', async (t) => {
    const { server, api } = await begin(t);
    await Caller.join({ t, server, room: 'blue', name: 'alice', hz: 440 });
    await until(async () => (await api.get('/rooms/blue/participants')).body.items[0]?.state === 'connected', { what: 'she is in' });
    const recording = await record(api, 'blue');
    await until(async () => (await api.get(placeOf(recording))).body.length_ms >= 3000, { timeout: 20000, what: 'some seconds are written' });
    await server.kill9();
    const raw = path.join(server.dataDir, 'recordings', recording.id);
    const cut = await soundOf(raw); // as it lies there
    assert.ok(cut.seconds > 1.9, `${cut.seconds} s are left`);
    await server.restart();
    const mended = await finished(api, recording);
    assert.deepEqual([mended.state, mended.reason], ['ready', 'crashed']);
    const file = await download(server, mended);
    const { seconds } = await look(file); // it knows its length now
    assert.ok(Math.abs(seconds * 1000 - mended.length_ms) < 60 && seconds > 1.9, `${seconds} s, said to be ${mended.length_ms} ms`);
    const sound = await soundOf(file);
    assert.ok(levelOf(sound.part(1, 1.8), sound.rate, 440) > -30);
  });

  test('quotas end it; what is too old is removed', async (t) => {
    const { server, api, events } = await begin(t, { 'recordings.keep_s': 1, 'recordings.most': 1 });
    for (const room of ['blue', 'green']) {
      const caller = await Caller.join({ t, server, room, name: room, hz: 440 });
      await caller.participant({ fits: (p) => p.state === 'connected' });
    }
    const recording = await record(api, 'blue');
    problem(await api.post('/rooms/green/recordings', {}), 503, 'too_many_recordings');
    (await api.patch(placeOf(recording), { state: 'stopped' })).expect(200);
    const ready = (await events.waitFor(event('recording_ready', recording.id))).data.recording;
    assert.ok(Date.parse(ready.expires_at) - Date.parse(ready.ended_at) === 1000);
    await events.waitFor(event('recording_removed', recording.id));
    problem(await api.get(placeOf(recording)), 404, 'no_such_recording');
    const metrics = (await api.get('/metrics', { root: true })).body;
    for (const line of ['raduno_recordings_active 0', 'raduno_recordings 0', 'raduno_recordings_failed_total 0', 'raduno_recordings_dropped_ticks_total 0'])
      assert.ok(metrics.includes(`\n${line}\n`), line);
  });
});
