/* Calls of browsers as HTTP sees them: the door, what they may see and do, how they end; and the
 * port that they share, against those who have no business there. (Their media: tests/web.) */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import net from 'node:net';
import { once } from 'node:events';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { startServer } from '../../support/server.mjs';
import { bindingRequest, readStun } from '../../support/stun.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { problem } from './problem.mjs';

const GUEST = { token: null };

async function begin(t, set = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'api.rate_per_source': 0, ...set } });
  const open = (room, body, options = GUEST) => server.api.post(`/rooms/${room}/calls`, { offer: webOffer(), ...body }, options);
  return { server, api: server.api, open };
}

/** A browser that is in, and its path. */
async function join({ open }, room, body) {
  const answer = (await open(room, body)).expect(201);
  assert.equal(answer.headers.location, `/api/v1/rooms/${room}/calls/${answer.body.id}`);
  return { ...answer.body, path: `/rooms/${room}/calls/${answer.body.id}` };
}

test('a browser is a participant like any other', async (t) => {
  const scene = await begin(t);
  const { server, api } = scene;
  const ann = await join(scene, 'blue', { display_name: 'Ann <b>' });
  assert.match(ann.answer, /^a=group:BUNDLE 0 1\r$/m);
  assert.match(ann.answer, new RegExp(`^a=candidate:\\d+ 1 udp \\d+ \\S+ ${server.set['media.browser_port']} typ host\\r$`, 'm'));
  const [shown] = await api.participants('blue');
  assert.equal(shown.id, ann.participant);
  assert.equal(shown.display_name, 'Ann <b>');
  assert.match(shown.uri, /^web:guest@127\.0\.0\.1$/);
  assert.equal(shown.direction, 'in');

  await Caller.join({ t, server, room: 'blue', name: '4930123456' });
  const view = await until(async () => {
    const { body } = await api.get(ann.path, GUEST);
    return body.participants.length === 2 && body;
  });
  const other = view.participants.find(({ id }) => id !== ann.participant);
  assert.deepEqual(Object.keys(other).sort(), ['display_name', 'hand_raised', 'id', 'muted', 'presents', 'role', 'talking', 'typing', 'video']);
  assert.equal(other.display_name, '4930123456');
  assert.equal(view.state, 'connected');
  assert.deepEqual(view.room, { name: 'blue', display_name: '', locked: false, recording_now: 'none', who_may_chat: 'all', count: 2, waiting: 0, ends_at: null, files_revision: 0, presentation: null });
});

test('the door is that of all: PIN, lock, limit', async (t) => {
  const scene = await begin(t);
  const { api, open } = scene;
  (await api.post('/rooms', { name: 'blue', pin: '4711', moderator_pin: '0815', max_participants: 2 })).expect(201);
  problem(await open('blue'), 403, 'pin_required');
  problem(await open('blue', { pin: '' }), 403, 'pin_required');
  problem(await open('blue', { pin: '471' }), 403, 'wrong_pin');
  problem(await open('blue', { pin: '47111' }), 403, 'wrong_pin');
  assert.equal((await api.participants('blue')).length, 0);
  assert.equal((await join(scene, 'blue', { pin: '4711' })).role, 'participant');
  const host = await join(scene, 'blue', { pin: '0815' });
  assert.equal(host.role, 'moderator');
  problem(await open('blue', { pin: '4711' }), 409, 'room_full');
  (await api.patch('/rooms/blue', { max_participants: 9, locked: true })).expect(200);
  problem(await open('blue', { pin: '4711' }), 403, 'room_locked');
  (await api.patch('/rooms/blue', { locked: false })).expect(200);
  for (let i = 0; i < 8; i++) problem(await open('blue', { pin: '1234' }), 403, 'wrong_pin');
  problem(await open('blue', { pin: '4711' }), 429, 'too_many_pins');
  problem(await open('.no'), 404, 'no_such_room');
  (await api.post('/rooms', { name: 'plain', srtp: 'off' })).expect(201);
  assert.match(problem(await open('plain'), 422, 'not_acceptable').detail, /room/);
});

test('wrong offers are refused with words, and leave nothing behind', async (t) => {
  const { api, open } = await begin(t);
  const candidates = Array.from({ length: 200 }, (_, i) => `a=candidate:${i} 1 udp ${i + 1} 192.0.2.${i} 4000 typ host\r\n`).join('');
  for (const [offer, says] of [['hello', /./], [webOffer({ bundle: false }), /BUNDLE/], [webOffer({ dtls: false }), /encrypted/], [webOffer().replaceAll('a=rtcp-mux\r\n', ''), /rtcp-mux/],
    [webOffer().replaceAll(/a=ice-pwd:.*\r\n/g, 'a=ice-pwd:short\r\n'), /ice-pwd/], [webOffer().replaceAll(/a=fingerprint:.*\r\n/g, 'a=fingerprint:md5 00:11\r\n'), /fingerprint/]])
    assert.match(problem(await open('blue', { offer }), 422, 'not_acceptable').detail, says);
  problem(await open('blue', { offer: 'x'.repeat(70000) }), 422, 'invalid_body');
  problem(await open('blue', { display_name: 'a\nb' }), 422, 'invalid_body');
  await until(async () => (await api.get('/rooms')).body.items.length === 0, { what: 'no room is left of it' });
  (await open('blue', { offer: webOffer() + candidates })).expect(201);
});

test('guests may be kept out, or browsers as a whole', async (t) => {
  const { server, open } = await begin(t, { 'api.guests': false });
  problem(await open('blue'), 403, 'guests_off');
  (await open('blue', {}, {})).expect(201);
  const off = await begin(t, { 'media.browser_port': 0 });
  problem(await off.open('blue', {}, {}), 403, 'browsers_off');
  const few = await begin(t, { 'api.max_calls': 1 });
  (await few.open('blue')).expect(201);
  problem(await few.open('blue'), 503, 'too_many_calls');
  assert.ok(server);
});

test('a flood of one address is turned away; whoever has a token is not counted', async (t) => {
  const { open, api } = await begin(t, { 'api.rate_per_source': 2, 'api.proxies': ['127.0.0.0/8'] });
  const from = (address) => ({ token: null, headers: { 'x-forwarded-for': address } });
  await until(async () => (await api.get('/rooms/a/calls/x', from('192.0.2.1'))).status === 429, { every: 0 });
  assert.ok(problem(await open('blue', {}, from('192.0.2.1')), 429, 'too_many_requests'));
  (await open('blue', {}, from('192.0.2.2'))).expect(201);
  assert.equal((await api.participants('blue'))[0].uri, 'web:guest@192.0.2.2');
  (await open('blue', {}, { headers: { 'x-forwarded-for': '192.0.2.1' } })).expect(201);
});

test('what it may change, and what others are told', async (t) => {
  const scene = await begin(t);
  const { api } = scene;
  const ann = await join(scene, 'blue', { display_name: 'Ann' });
  const ben = await join(scene, 'blue', { display_name: 'Ben' });
  const events = await api.events(`${ben.path}/events`);
  const change = { muted: true, hand_raised: true, presents: true, display_name: 'Anna' };
  const { body } = (await api.patch(ann.path, change, GUEST)).expect(200);
  for (const [name, value] of Object.entries(change)) assert.equal(body[name], value, name);
  const { data } = await events.waitFor(({ type, data }) => type === 'room' && data.participants.some((one) => one.display_name === 'Anna'));
  assert.deepEqual(Object.keys(data), ['room', 'participants']);
  assert.ok(!JSON.stringify(data).includes('web:'), 'no addresses');
  for (const wrong of [{ role: 'moderator' }, { locked: false }, { volume_in_db: 3 }])
    problem(await api.patch(ann.path, wrong, GUEST), 422, 'invalid_body');

  (await api.patch('/rooms/blue', { who_may_present: 'moderators' })).expect(200);
  (await api.patch(ann.path, { presents: false }, GUEST)).expect(200);
  problem(await api.patch(ann.path, { presents: true }, GUEST), 403, 'may_not_present');
  const { id } = (await api.participants('blue')).find((one) => one.display_name === 'Anna');
  (await api.patch(`/rooms/blue/participants/${id}`, { role: 'moderator' })).expect(200);
  assert.equal((await api.patch(ann.path, { presents: true }, GUEST)).expect(200).body.presents, true);

  const again = webOffer();
  assert.match((await api.patch(ann.path, { offer: again }, GUEST)).expect(200).body.answer, /a=ice-ufrag:/);
  assert.match(problem(await api.patch(ann.path, { offer: webOffer({ bundle: false }) }, GUEST), 422, 'not_acceptable').detail, /BUNDLE/);
  problem(await api.get('/rooms/blue/calls/none', GUEST), 404, 'no_such_call');
});

test('how calls end, and what their browsers are told', async (t) => {
  const scene = await begin(t);
  const { api } = scene;
  (await api.post('/rooms', { name: 'red' })).expect(201);
  const [ann, ben, cleo, dan] = [await join(scene, 'blue'), await join(scene, 'blue'), await join(scene, 'red'), await join(scene, 'blue')];
  const streams = await Promise.all([ann, ben, cleo, dan].map(({ path }) => api.events(`${path}/events`)));
  const ended = (stream) => until(() => stream.isEnded, { what: 'the stream ends' });

  (await api.delete(ann.path, GUEST)).expect(204);
  (await api.delete(`/rooms/blue/participants/${ben.participant}`)).expect(204);
  (await api.delete('/rooms/red')).expect(204);
  await Promise.all(streams.slice(0, 3).map(ended));
  for (const [call, reason] of [[ann, 'hung_up'], [ben, 'kicked'], [cleo, 'room_deleted']]) {
    assert.deepEqual((await api.get(call.path, GUEST)).expect(200).body, { id: call.id, state: 'ended', reason });
    problem(await api.get(`${call.path}/events`, GUEST), 404, 'no_such_call');
    problem(await api.patch(call.path, { muted: true }, GUEST), 409, 'call_over');
    (await api.delete(call.path, GUEST)).expect(204);
  }

  (await api.post('/rooms', { name: 'green' })).expect(201);
  (await api.patch(`/rooms/blue/participants/${dan.participant}`, { room: 'green' })).expect(200);
  await ended(streams[3]); /* the room that it told of is another one's */
  await until(async () => (await api.get(dan.path, GUEST)).body.room.name === 'green');
  const anew = await api.events(`${dan.path}/events`);
  (await api.patch('/rooms/green', { display_name: 'G' })).expect(200);
  await anew.waitFor(({ data }) => data?.room?.display_name === 'G');
});

test('a browser that never comes is missed: soon if its checks do not come, else when nothing is heard', async (t) => {
  const never = await begin(t, { 'media.ice_timeout_s': 1 });
  const events = await never.api.events('/events');
  const ann = await join(never, 'blue');
  const { data } = await events.waitFor(({ type }) => type === 'participant_left', { timeout: 15000 });
  events.close();
  assert.equal(data.participant.reason ?? data.reason, 'no_media');
  assert.match(data.participant.detail ?? data.detail, /no check of ICE/);
  assert.equal((await never.api.get(ann.path, GUEST)).body.reason, 'no_media');
  assert.equal(await metric(never.api, 'raduno_browser_calls'), 0);

  const silent = await begin(t, { 'media.no_media_timeout_s': 1 });
  const ben = await join(silent, 'blue');
  await until(async () => (await silent.api.get(ben.path, GUEST)).body.state === 'ended', { timeout: 15000 });
  assert.equal((await silent.api.get(ben.path, GUEST)).body.reason, 'no_media');
});

/* ---- the shared port ---- */

async function socketTo(t, port) {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  const heard = [];
  socket.on('message', (bytes) => heard.push(bytes));
  return { heard, send: (bytes) => socket.send(bytes, port, '127.0.0.1') };
}

const waysOf = (offer, answer) => {
  const of = (sdp, name) => new RegExp(`a=${name}:(\\S+)`).exec(sdp)[1];
  return { username: `${of(answer, 'ice-ufrag')}:${of(offer, 'ice-ufrag')}`, password: of(answer, 'ice-pwd') };
};

const metric = async (api, name) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec((await api.get('/metrics', { root: true })).body)[1]);

test('checks are answered on the shared port, those of strangers are not', async (t) => {
  const { server, api, open } = await begin(t);
  const offer = webOffer();
  const { answer, path } = await (async () => {
    const { body } = (await open('blue', { offer })).expect(201);
    return { ...body, path: `/rooms/blue/calls/${body.id}` };
  })();
  const { username, password } = waysOf(offer, answer);
  const ann = await socketTo(t, server.set['media.browser_port']);
  const eve = await socketTo(t, server.set['media.browser_port']);
  eve.send(bindingRequest({ username: 'nobody:x', password }));
  eve.send(bindingRequest({ username, password: 'wrong' }));
  eve.send(bindingRequest({ username: `${username.split(':')[0]}:${'x'.repeat(300)}`, password }));
  eve.send(Buffer.from([0, 1]));
  for (let i = 0; i < 256; i++) eve.send(Buffer.from([i, ...Array.from({ length: 40 }, (_, k) => (i * k) & 255)]));
  ann.send(bindingRequest({ username, password, nominate: true }));
  const reply = await until(() => ann.heard.map(readStun).find((one) => one?.kind === 'success'));
  assert.ok(reply.isAuthentic(password));
  assert.ok(eve.heard.every((bytes) => readStun(bytes)?.kind === 'error'), 'she hears refusals only');
  await until(async () => (await metric(api, 'raduno_browser_datagrams_unknown_total')) > 100);
  assert.equal(await metric(api, 'raduno_browser_calls'), 1);

  const restart = webOffer();
  const { body: changed } = (await api.patch(path, { offer: restart }, GUEST)).expect(200);
  const now = waysOf(restart, changed.answer);
  assert.notEqual(now.password, password);
  const elsewhere = await socketTo(t, server.set['media.browser_port']);
  elsewhere.send(bindingRequest({ ...now, nominate: true }));
  await until(() => elsewhere.heard.map(readStun).some((one) => one?.kind === 'success'));
  (await api.delete(path, GUEST)).expect(204);
  await until(async () => (await metric(api, 'raduno_browser_calls')) === 0);
});

/** Frames of RFC 4571. */
async function connectTo(t, port) {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  const state = { socket, heard: [], isOver: false };
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      state.heard.push(rest.subarray(2, 2 + rest.readUInt16BE(0)));
      rest = rest.subarray(2 + rest.readUInt16BE(0));
    }
  });
  socket.on('close', () => { state.isOver = true; });
  state.send = (bytes) => socket.write(Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]));
  return state;
}

test('who has no UDP is answered by TCP, on the same port', async (t) => {
  const { server, open } = await begin(t);
  const offer = webOffer();
  const { answer } = (await open('blue', { offer })).expect(201).body;
  const port = server.set['media.browser_port'];
  assert.match(answer, new RegExp(`^a=candidate:\\d+ 1 tcp \\d+ \\S+ ${port} typ host tcptype passive\\r$`, 'm'));
  const { username, password } = waysOf(offer, answer);
  const ann = await connectTo(t, port);
  const eve = await connectTo(t, port);
  eve.socket.write(Buffer.alloc(4000, 0xff)); /* no frame is so long */
  await until(() => eve.isOver, { what: 'she is hung up' });
  ann.send(bindingRequest({ username, password, nominate: true }));
  const reply = await until(() => ann.heard.map(readStun).find((one) => one?.kind === 'success'));
  assert.ok(reply.isAuthentic(password));

  const off = await begin(t, { 'media.browser_tcp': false });
  assert.doesNotMatch((await off.open('blue')).expect(201).body.answer, / tcp /);
});
