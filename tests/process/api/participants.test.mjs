/* Participants over REST: shown, dialled, changed, moved, kicked; each refusal with its reason. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { is } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { fieldsOf, problem } from './problem.mjs';

const EVENTS = 101; // the payload type of telephone-event in our SDP

async function begin(t, set = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', ...set } });
  const events = await server.api.events('/events');
  return { server, api: server.api, events };
}

/** Somebody who is in the room, and his path. */
async function guest({ t, server, room, name, ...more }) {
  const caller = await Caller.join({ t, server, room, name, ...more });
  const { id } = await caller.participant({ fits: (p) => p.state === 'connected' });
  return { caller, id, path: `/rooms/${room}/participants/${id}` };
}

test('a caller is shown with live statistics', async (t) => {
  const { server, api } = await begin(t);
  const { path, id } = await guest({ t, server, room: 'blue', name: 'alice', hz: 440 });
  const shown = await until(async () => {
    const { body } = (await api.get(path)).expect(200);
    return body.media.packets_received > 20 && body.media.rtcp_received > 0 && body;
  });
  assert.equal(shown.id, id);
  assert.equal(shown.room, 'blue');
  assert.equal(shown.direction, 'in');
  assert.equal(shown.state, 'connected');
  assert.match(shown.uri, /^sip:alice@/);
  assert.ok(Date.parse(shown.joined_at) >= Date.parse(shown.created_at));
  assert.equal(shown.media.send_codec, 'PCMU');
  assert.ok(shown.media.level_dbov > -60, 'it speaks');
  assert.ok(shown.media.octets_received >= 160 * 20);
  assert.equal((await api.get('/rooms/blue')).body.participants, 1);
  assert.equal((await api.get('/rooms/blue')).body.persistent, false);
  problem(await api.get('/rooms/blue/participants/nobody'), 404, 'no_such_participant');
  problem(await api.get('/rooms/red/participants'), 404, 'no_such_room');
});

test('mute, deafen, volumes and name are changed; wrong ones are refused', async (t) => {
  const { server, api, events } = await begin(t);
  const { path, id } = await guest({ t, server, room: 'blue', name: 'alice' });
  const change = { muted: true, deafened: true, volume_in_db: -6.5, volume_out_db: 20, display_name: 'Ælice' };
  const changed = (await api.patch(path, change)).expect(200).body;
  for (const [name, value] of Object.entries(change)) assert.equal(changed[name], value, name);
  await events.waitFor(is('participant_changed', { id, muted: true, volume_in_db: -6.5, display_name: 'Ælice' }));
  const reset = (await api.patch(path, { muted: null, deafened: null, volume_in_db: null, volume_out_db: null })).expect(200).body;
  assert.deepEqual([reset.muted, reset.deafened, reset.volume_in_db, reset.volume_out_db], [false, false, 0, 0]);
  assert.equal(reset.display_name, 'Ælice');
  for (const [body, ...fields] of [
    [{ volume_in_db: -60.5 }, '/volume_in_db'], [{ volume_out_db: 21 }, '/volume_out_db'],
    [{ volume_in_db: 'loud' }, '/volume_in_db'], [{ muted: 1 }, '/muted'],
    [{ display_name: null }, '/display_name'], [{ room: null }, '/room'], [{ room: '' }, '/room'],
    [{ muted: true, state: 'ended', id: 'x', media: {}, role: 'admin' }, '/state', '/id', '/media', '/role'],
  ])
    assert.deepEqual(fieldsOf(problem(await api.patch(path, body), 422, 'invalid_body')), fields);
  assert.equal((await api.get(path)).body.muted, false);
});

test('voice, place, hand, role and circles are changed; wrong ones are refused', async (t) => {
  const { server, api, events } = await begin(t);
  const { path, id } = await guest({ t, server, room: 'blue', name: 'alice' });
  const usual = { level_voice: null, suppress_noise: null, place: 0, hand_raised: false, role: 'participant', says: ['main'], hears: ['main'] };
  const shown = async () => Object.fromEntries(Object.entries((await api.get(path)).expect(200).body).filter(([name]) => name in usual));
  assert.deepEqual(await shown(), usual);
  const change = { level_voice: true, suppress_noise: false, place: -100, hand_raised: true, role: 'moderator', says: ['whisper-bob'], hears: ['main', 'side'] };
  (await api.patch(path, change)).expect(200);
  assert.deepEqual(await shown(), change);
  await events.waitFor(is('participant_changed', { id, place: -100, role: 'moderator', hand_raised: true }));
  (await api.patch(path, { says: [] })).expect(200);
  assert.deepEqual(await shown(), { ...change, says: [] });
  for (const [body, ...fields] of [
    [{ place: 101 }, '/place'], [{ place: 0.5 }, '/place'], [{ level_voice: 'yes' }, '/level_voice'], [{ role: 'admin' }, '/role'],
    [{ says: 'main' }, '/says'], [{ says: ['Main'] }, '/says'], [{ hears: ['a b'] }, '/hears'], [{ hears: [''] }, '/hears'], [{ hears: [1] }, '/hears'],
    [{ hears: ['a'.repeat(33)] }, '/hears'], [{ says: Array.from({ length: 33 }, (_, i) => `c${i}`) }, '/says'],
  ])
    assert.deepEqual(fieldsOf(problem(await api.patch(path, body), 422, 'invalid_body')), fields, JSON.stringify(body));
  const many = Array.from({ length: 31 }, (_, i) => `c${i}`);
  (await api.patch(path, { says: many, hears: ['main', 'c0'] })).expect(200); // what was used before is free
  const bob = await guest({ t, server, room: 'blue', name: 'bob' });
  problem(await api.patch(bob.path, { muted: true, says: ['c1'], hears: ['one-more'] }), 422, 'too_many_circles');
  const { muted, says } = (await api.get(bob.path)).body;
  assert.deepEqual([muted, says], [false, ['main']], 'all or nothing');
  (await api.patch(path, Object.fromEntries(Object.keys(usual).map((name) => [name, null])))).expect(200);
  assert.deepEqual(await shown(), usual);
  (await api.patch(bob.path, { hears: ['one-more'] })).expect(200);
  (await api.post('/rooms', { name: 'red' })).expect(201);
  assert.deepEqual((await api.patch(bob.path, { room: 'red' })).expect(200).body.hears, []);
});

test('who talks now is told, and of whom', async (t) => {
  const { server, api, events } = await begin(t);
  const { path, id } = await guest({ t, server, room: 'blue', name: 'alice', hz: 440 });
  await events.waitFor(({ type, data }) => type === 'room_speaker' && data.speaker === id && data.participant.id === id);
  assert.equal((await api.get('/rooms/blue')).body.speaker, id);
  (await api.patch(path, { muted: true })).expect(200);
  await events.waitFor(({ type, data }) => type === 'room_speaker' && data.speaker === null);
  assert.equal((await api.get('/rooms/blue')).body.speaker, null);
});

test('who is moved goes through the door of the other room', async (t) => {
  const { server, api, events } = await begin(t);
  const { path, id } = await guest({ t, server, room: 'blue', name: 'alice' });
  assert.deepEqual(fieldsOf(problem(await api.patch(path, { room: 'red', muted: true }), 422, 'no_such_room')), ['/room']);
  assert.equal((await api.get(path)).expect(200).body.muted, false, 'all or nothing');
  (await api.post('/rooms', { name: 'red', locked: true })).expect(201);
  problem(await api.patch(path, { room: 'red', muted: true }), 403, 'room_locked');
  assert.equal((await api.get(path)).body.muted, false, 'all or nothing');
  (await api.patch('/rooms/red', { locked: false, max_participants: 1 })).expect(200);
  const other = await guest({ t, server, room: 'red', name: 'bob' });
  problem(await api.patch(path, { room: 'red' }), 409, 'room_full');
  (await api.delete(other.path)).expect(204);
  await events.waitFor(is('participant_left', { id: other.id, reason: 'kicked' }));
  const moved = (await api.patch(path, { room: 'red', muted: true })).expect(200).body;
  assert.equal(moved.room, 'red');
  assert.equal(moved.muted, true);
  await events.waitFor(is('participant_left', { id, reason: 'moved' }));
  await events.waitFor(({ type, data }) => type === 'participant_joined' && data.participant.id === id && data.room === 'red');
  problem(await api.get(path), 404, 'no_such_room'); // blue was made by the call
  assert.equal((await api.get(`/rooms/red/participants/${id}`)).expect(200).body.state, 'connected');
  (await api.patch(`/rooms/red/participants/${id}`, { room: 'red' })).expect(200);
});

test('who is kicked is hung up', async (t) => {
  const { server, api, events } = await begin(t);
  const { caller, path, id } = await guest({ t, server, room: 'blue', name: 'alice' });
  (await api.delete(path)).expect(204);
  await until(() => caller.call.isOver, { what: 'BYE' });
  await events.waitFor(is('participant_left', { id, reason: 'kicked' }));
  const again = await api.delete(path);
  assert.equal(again.status, 404);
});

test('somebody is called: calling, connected, and every refusal', async (t) => {
  const { server, api, events } = await begin(t, { 'sip.max_dial_outs': 2, 'sip.dial_allow': '127.0.0.1' });
  (await api.post('/rooms', { name: 'hall', max_participants: 3, locked: true })).expect(201);
  const bob = await Caller.wait({ t, name: 'bob', hz: 700 });
  let called = 0;
  bob.onInvite = (incoming) => { called++; bob.answer(incoming); };
  const headers = { 'idempotency-key': 'call-bob' };
  const dial = (body, options) => api.post('/rooms/hall/participants', body, options);
  const made = (await dial({ uri: bob.uri, display_name: 'Bob', muted: true, ring_timeout_s: 30 }, { headers })).expect(201);
  assert.equal(made.body.state, 'calling');
  assert.equal(made.body.direction, 'out');
  assert.equal(made.body.muted, true);
  assert.equal(made.headers.location, `/api/v1/rooms/hall/participants/${made.body.id}`);
  await events.waitFor(is('participant_joined', { id: made.body.id }));
  const again = (await dial({ uri: bob.uri, display_name: 'Bob', muted: true, ring_timeout_s: 30 }, { headers })).expect(201);
  assert.equal(again.body.id, made.body.id);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  assert.equal(called, 1);
  for (const [body, ...fields] of [
    [{}, ''], [{ uri: 'bob' }, '/uri'], [{ uri: 'sip:' }, '/uri'],
    [{ uri: 'sip:a@b\r\nVia: x' }, '/uri'], [{ uri: 'sip:a b@c' }, '/uri'], [{ uri: 'sip:<a>@c' }, '/uri'],
    [{ uri: `sip:${'a'.repeat(255)}@b` }, '/uri'], [{ uri: 'sip:ä@b' }, '/uri'], [{ uri: 'sip:a@127.0.0.1:99999' }, '/uri'],
    [{ uri: 'sip:a@b', ring_timeout_s: 0 }, '/ring_timeout_s'], [{ uri: 'sip:a@b', from: 'c' }, '/from'],
  ])
    assert.deepEqual(fieldsOf(problem(await dial(body), 422, 'invalid_body')), fields, JSON.stringify(body));
  problem(await dial({ uri: 'sip:bob@192.0.2.1' }), 403, 'dial_not_allowed');
  const mute = await Caller.wait({ t, name: 'mute' });
  mute.onInvite = (incoming) => incoming.ring();
  const ringing = (await dial({ uri: mute.uri })).expect(201).body;
  await events.waitFor(is('participant_state', { id: ringing.id, state: 'ringing' }));
  problem(await api.patch(`/rooms/hall/participants/${ringing.id}`, { room: 'hall2' }), 422, 'no_such_room');
  (await api.post('/rooms', { name: 'hall2' })).expect(201);
  problem(await api.patch(`/rooms/hall/participants/${ringing.id}`, { room: 'hall2' }), 409, 'not_connected');
  problem(await api.post(`/rooms/hall/participants/${ringing.id}/dtmf`, { digits: '1' }), 409, 'not_connected');
  problem(await dial({ uri: mute.uri }), 429, 'too_many_calls');
  (await api.patch('/rooms/hall', { max_participants: 2 })).expect(200);
  problem(await dial({ uri: mute.uri }), 409, 'room_full');
  (await api.delete(`/rooms/hall/participants/${ringing.id}`)).expect(204);
  await events.waitFor(is('participant_left', { id: ringing.id, reason: 'kicked' }));
});

test('dial-out that is off is refused', async (t) => {
  const { api } = await begin(t, { 'sip.dial_out': 'false' });
  (await api.post('/rooms', { name: 'hall' })).expect(201);
  problem(await api.post('/rooms/hall/participants', { uri: 'sip:a@127.0.0.1' }), 403, 'dial_out_off');
});

test('who cannot be called for want of a port can be called when one is given back', async (t) => {
  const server = await startServer({ t, rtpPorts: 2 });
  const { api } = server;
  const events = await api.events('/events');
  (await api.post('/rooms', { name: 'hall' })).expect(201);
  const bob = await Caller.wait({ t, name: 'bob' });
  bob.onInvite = (incoming) => incoming.ring();
  const dial = () => api.post('/rooms/hall/participants', { uri: bob.uri });
  const { id } = (await dial()).expect(201).body;
  await events.waitFor(is('participant_state', { id, state: 'ringing' }));
  const refused = await dial();
  problem(refused, 503, 'no_media_port');
  assert.match(refused.headers['retry-after'], /^[1-9][0-9]*$/);
  assert.deepEqual((await api.participants('hall')).map((one) => one.id), [id], 'nothing is left of it');
  (await api.delete(`/rooms/hall/participants/${id}`)).expect(204);
  await until(async () => (await dial()).status === 201, { what: 'a port again' });
});

test('an address to which no way leads is refused by name', async (t) => {
  for (const [uri, set] of [
    ['sip:a@255.255.255.255', { 'media.address': '0.0.0.0' }], // no address of ours is routed there
    ['sip:a@[::1]', { 'media.address': '127.0.0.1' }], // no ports of that family
  ]) {
    const { api } = await begin(t, set);
    (await api.post('/rooms', { name: 'hall' })).expect(201);
    assert.deepEqual(fieldsOf(problem(await api.post('/rooms/hall/participants', { uri }), 422, 'no_route')), ['/uri'], uri);
    assert.deepEqual(await api.participants('hall'), []);
  }
});

test('what was lost is counted as concealed, in milliseconds', async (t) => {
  const { server, api } = await begin(t);
  const { caller, path } = await guest({ t, server, room: 'blue', name: 'alice' });
  assert.equal((await api.get(path)).expect(200).body.media.concealed_ms, 0);
  caller.speak({ hz: 440, fate: (n) => (n % 10 === 5 ? [] : [0]) });
  await until(async () => (await api.get(path)).body.media.concealed_ms >= 40, { what: 'two lost packets of 20 ms' });
});

test('digits are sent one after the other', async (t) => {
  const { server, api } = await begin(t);
  const { caller, path } = await guest({ t, server, room: 'menu', name: 'eve', hz: 440 });
  const sent = (await api.post(`${path}/dtmf`, { digits: '12#' })).expect(202);
  assert.deepEqual(sent.body, { digits: '12#' });
  const busy = problem(await api.post(`${path}/dtmf`, { digits: '3' }), 409, 'dtmf_busy');
  assert.ok(busy);
  const presses = () => new Map(caller.rtp.packets.filter((p) => p.type === EVENTS).map((p) => [p.timestamp, p.payload[0]]));
  await until(() => presses().size === 3, { what: 'three presses' });
  assert.deepEqual([...presses().values()], [1, 2, 11]);
  await until(async () => (await api.post(`${path}/dtmf`, { digits: '9' })).status === 202, { what: 'free again' });
  for (const digits of ['', 'x', '1,2', '1'.repeat(65), 5])
    assert.deepEqual(fieldsOf(problem(await api.post(`${path}/dtmf`, { digits }), 422, 'invalid_body')), ['/digits']);
  const deaf = await guest({ t, server, room: 'menu', name: 'old', sdp: { events: 0 } });
  assert.equal((await api.get(deaf.path)).expect(200).body.media.dtmf, false);
  problem(await api.post(`${deaf.path}/dtmf`, { digits: '1' }), 409, 'no_telephone_event');
});

test('participants in pages, each once', async (t) => {
  const { server, api } = await begin(t);
  const all = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) all.push(await guest({ t, server, room: 'blue', name, reports: 0 }));
  const seen = [];
  for (let after = ''; after !== null;) {
    const { items, next } = (await api.get(`/rooms/blue/participants?limit=2&after=${after}`)).expect(200).body;
    seen.push(...items.map(({ id }) => id));
    if (seen.length === 2) { // who the page ended with leaves: the next page goes on behind him
      (await api.delete(`/rooms/blue/participants/${seen[1]}`)).expect(204);
    }
    after = next;
  }
  assert.deepEqual(seen, all.map(({ id }) => id).sort());
});

test('several are called at once: all come in, or the first who answers', async (t) => {
  const { api, events } = await begin(t);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const waiting = (name) => Caller.wait({ t, name });
  const [ann, bob, eve] = await Promise.all([waiting('ann'), waiting('bob'), waiting('eve')]);
  const dial = (body) => api.post('/rooms/blue/participants', body);
  const { results } = (await dial({ uris: [ann.uri, 'x', bob.uri] })).expect(200).body;
  assert.deepEqual(results.map(({ uri, participant, problem: why }) => [uri, participant?.state ?? null, why?.code ?? null]),
    [[ann.uri, 'calling', null], ['x', null, 'invalid_body'], [bob.uri, 'calling', null]]);
  await Promise.all(['ann', 'bob'].map((who) => events.waitFor(is('participant_joined', { who }))));
  await Promise.all([ann.leave(), bob.leave()]);

  bob.onInvite = (incoming) => incoming.ring();
  const from = events.all.length;
  const first = (await dial({ uris: [bob.uri, eve.uri], answer: 'first', muted: true })).expect(200).body.results;
  await events.waitFor(is('participant_joined', { who: 'eve', muted: true }), { from });
  await events.waitFor(is('participant_left', { id: first[0].participant.id, reason: 'answered_elsewhere' }), { from });
  const [only] = await api.participants('blue');
  assert.equal(only.id, first[1].participant.id);

  for (const [body, ...fields] of [[{}, ''], [{ uri: eve.uri, uris: [eve.uri] }, ''], [{ uris: [] }, '/uris'], [{ uris: [eve.uri], answer: 'none' }, '/answer'],
    [{ uris: Array.from({ length: 51 }, () => eve.uri) }, '/uris']])
    assert.deepEqual(fieldsOf(problem(await dial(body), 422, 'invalid_body')), fields, JSON.stringify(body));
});
