/* Whom a room calls by itself: when it opens, or when its first moderator comes; what comes of it is told. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { is } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { fieldsOf, problem } from './problem.mjs';

const NOT_ALLOWED = 'sip:carol@127.0.0.2';

async function begin(t, settings) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'sip.dial_allow': '127.0.0.1' } });
  const bob = await Caller.wait({ t, name: 'bob', hz: 700 });
  const { api } = server;
  const events = await api.events('/events');
  (await api.post('/rooms', { name: 'board', dial_at_start: [bob.uri, NOT_ALLOWED], ...settings })).expect(201);
  return { server, api, events, bob, dialled: (uri) => events.waitFor(({ type, data }) => type === 'room_dialled' && data.uri === uri) };
}

/** One is called, and comes; the other may not be called, and that is told. */
async function comes({ events, bob, dialled }) {
  const { data } = await dialled(bob.uri);
  assert.deepEqual([data.room, data.problem, data.participant.state], ['board', null, 'calling']);
  const refused = await dialled(NOT_ALLOWED);
  assert.deepEqual([refused.data.problem.code, refused.data.participant], ['dial_not_allowed', undefined]);
  await events.waitFor(is('participant_joined', { id: data.participant.id }));
}

test('the first moderator who comes in begins it, once', async (t) => {
  const scene = await begin(t, { moderator_pin: '8150', pin: '4711' });
  const { server, api, events } = scene;
  const guest = await Caller.join({ t, server, room: 'board', name: 'guest' });
  await guest.rtp.sendDigits('4711');
  const { data: { participant } } = await events.waitFor(is('participant_joined', { who: 'guest' }));
  const one = `/rooms/board/participants/${participant.id}`;
  assert.ok(!events.all.some(({ type }) => type === 'room_dialled'));
  (await api.patch(one, { role: 'moderator' })).expect(200);
  await comes(scene);
  const chair = await Caller.join({ t, server, room: 'board', name: 'chair' });
  await chair.rtp.sendDigits('8150');
  await events.waitFor(is('participant_joined', { who: 'chair' }));
  assert.equal(events.all.filter(({ type }) => type === 'room_dialled').length, 2);
});

test('a room that opens calls then, though nobody is there, and after a restart, too', async (t) => {
  const scene = await begin(t, { opens_at: new Date(Date.now() + 3600000).toISOString() });
  const { server, api } = scene;
  await server.restart();
  scene.events = await api.events('/events');
  scene.dialled = (uri) => scene.events.waitFor(({ type, data }) => type === 'room_dialled' && data.uri === uri);
  assert.deepEqual((await api.get('/rooms/board')).expect(200).body.dial_at_start, [scene.bob.uri, NOT_ALLOWED]);
  (await api.patch('/rooms/board', { opens_at: new Date(Date.now() + 2000).toISOString() })).expect(200);
  await comes(scene);
});

test('what the list may have', async (t) => {
  const { api } = await begin(t, {});
  const { body } = (await api.patch('/rooms/board', { dial_at_start: ['sip:bob@example.com', '+49 30 123'] })).expect(200);
  assert.deepEqual(body.dial_at_start, ['sip:bob@example.com', 'tel:+4930123']);
  for (const [list, at] of [[['bob'], 0], [['sip:a@x', 'sip:a@x'], 1], [['sip:a@x', 'sip:<b>'], 1], [['https://x'], 0]])
    assert.deepEqual(fieldsOf(problem(await api.patch('/rooms/board', { dial_at_start: list }), 422, 'invalid_body')), [`/dial_at_start/${at}`]);
  assert.deepEqual(fieldsOf(problem(await api.patch('/rooms/board', { dial_at_start: [5] }), 422, 'invalid_body')), ['/dial_at_start']);
  const many = Array.from({ length: 17 }, (_, i) => `sip:${i}@x`);
  assert.deepEqual(fieldsOf(problem(await api.patch('/rooms/board', { dial_at_start: many }), 422, 'invalid_body')), ['/dial_at_start']);
  assert.deepEqual((await api.patch('/rooms/board', { dial_at_start: null })).expect(200).body.dial_at_start, []);
});
