/* Who comes too early or too late, and who is banned. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { fieldsOf, problem } from './problem.mjs';
import { GUEST, begin, phone } from './seats.mjs';

const inSeconds = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();

test('a room that is not open yet, and one whose time is over', async (t) => {
  const scene = await begin(t, { opens_at: inSeconds(3600) });
  const { server, api, events } = scene;
  const sip = (await SipEndpoint.open({ t, ip: '127.0.0.1', transport: 'udp', user: 'alice' })).call(server.uri('blue'));
  const early = await sip.invite(buildSdp({ ip: '127.0.0.1', port: 9, codecs: ['PCMU'] }));
  assert.equal(early.status, 480);
  const after = Number(early.header('retry-after'));
  assert.ok(after > 3000 && after <= 3601, String(after));
  const { headers } = await api.post('/rooms/blue/calls', { offer: webOffer() }, GUEST);
  assert.ok(Number(headers['retry-after']) > 3000);
  problem(await api.post('/rooms/blue/calls', { offer: webOffer() }, GUEST), 403, 'not_begun');
  assert.deepEqual(fieldsOf(problem(await api.patch('/rooms/blue', { closes_at: inSeconds(1800) }), 422, 'invalid_body')), ['/closes_at']);
  assert.deepEqual(fieldsOf(problem(await api.patch('/rooms/blue', { closes_at: 'soon' }), 422, 'invalid_body')), ['/closes_at']);

  (await api.patch('/rooms/blue', { opens_at: null, closes_at: inSeconds(5), announcements: false })).expect(200);
  const bob = await phone(scene, 'bob');
  await events.waitFor(({ type }) => type === 'room_ending');
  await bob.left('time_over');
  await until(() => bob.caller.call.isOver, { what: 'BYE' });
  await assert.rejects(Caller.join({ t, server, room: 'blue', name: 'eve' }), /410/);
  problem(await api.post('/rooms/blue/calls', { offer: webOffer() }, GUEST), 403, 'is_over');
  problem(await api.post('/rooms/blue/participants', { uri: 'sip:x@127.0.0.1' }), 403, 'is_over');
});

test('who is banned stays out, over a restart, until the ban is lifted', async (t) => {
  const { server, api } = await begin(t);
  const events = await api.events('/events');
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const eve = await phone({ t, server, events }, 'eve');
  (await api.delete(`${eve.path}?ban=true`)).expect(204);
  await eve.left('banned');
  await events.waitFor(({ type }) => type === 'room_bans');
  const { items: [ban] } = (await api.get('/rooms/blue/bans')).expect(200).body;
  assert.equal(ban.uri, 'eve@127.0.0.1');

  await server.restart();
  await assert.rejects(Caller.join({ t, server, room: 'blue', name: 'eve' }), /403 Banned/);
  await phone({ t, server, events: null }, 'alice');
  const net = (await api.post('/rooms/blue/bans', { address: '127.0.0.0/8', note: 'all of us' })).expect(201);
  problem(await api.post('/rooms/blue/bans', { address: '127.0.0.0/8' }), 409, 'ban_exists');
  problem(await api.post('/rooms/blue/calls', { offer: webOffer() }, GUEST), 403, 'banned');
  await assert.rejects(Caller.join({ t, server, room: 'blue', name: 'bob' }), /403 Banned/);
  const first = (await api.get('/rooms/blue/bans?limit=1')).expect(200).body;
  assert.deepEqual([first.items[0].id, first.next], [ban.id, ban.id]);
  const second = (await api.get(`/rooms/blue/bans?after=${first.next}`)).body;
  assert.deepEqual([second.items.map(({ note }) => note), second.next], [['all of us'], null]);
  for (const body of [{}, { uri: 'eve@x', address: '1.2.3.4' }]) problem(await api.post('/rooms/blue/bans', body), 422, 'invalid_body');
  assert.deepEqual(fieldsOf(problem(await api.post('/rooms/blue/bans', { address: '1.2.3' }), 422, 'invalid_body')), ['/address']);
  for (const path of [`/rooms/blue/bans/${ban.id}`, net.headers.location.slice('/api/v1'.length)]) (await api.delete(path)).expect(204);
  problem(await api.delete(`/rooms/blue/bans/${ban.id}`), 404, 'no_such_ban');
  await phone({ t, server, events: null }, 'eve');
  const ann = (await api.post('/rooms/blue/calls', { offer: webOffer() }, GUEST)).expect(201).body;
  (await api.post('/rooms/blue/actions', { action: 'ban', only: [ann.participant] })).expect(200);
  assert.equal((await api.get('/rooms/blue/bans')).body.items[0].address, '127.0.0.1');
});
