/* The lobby and who is muted how: phones and browsers wait, are let in, sent away, silenced; one by
 * one and many at once. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { is, story } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { fieldsOf, problem } from './problem.mjs';

const ALICE = 440;
const BOB = 700;
const GUEST = { token: null };

async function begin(t, room) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'api.rate_per_source': 0 } });
  const { api } = server;
  const events = await api.events('/events');
  if (room) (await api.post('/rooms', { name: 'blue', ...room })).expect(201);
  const act = async (action, more = {}) => (await api.post('/rooms/blue/actions', { action, ...more })).expect(200).body.results;
  return { t, server, api, events, act };
}

/** A phone, once it is in that state. */
async function phone({ t, server, events }, name, { state = 'connected', ...more } = {}) {
  const caller = await Caller.join({ t, server, room: 'blue', name, ...more });
  const { id } = await caller.participant({ fits: (p) => p.state === state });
  return { caller, id, path: `/rooms/blue/participants/${id}`, left: (reason) => events.waitFor(is('participant_left', { id, reason })) };
}

async function browser({ api }, body = {}, options = GUEST) {
  const call = (await api.post('/rooms/blue/calls', { offer: webOffer(), ...body }, options)).expect(201).body;
  return { ...call, path: `/rooms/blue/calls/${call.id}`, seat: `/rooms/blue/participants/${call.participant}` };
}

test('who waits in the lobby hears nobody and is heard by nobody until he is let in', async (t) => {
  const scene = await begin(t, { lobby: 'all', moderator_pin: '5050', pin: '4040' });
  const { api, events } = scene;
  const alice = await phone(scene, 'alice', { state: 'pin', hz: ALICE });
  await alice.caller.rtp.sendDigits('5050');
  await events.waitFor(is('participant_joined', { id: alice.id }));
  const bob = await phone(scene, 'bob', { state: 'pin', hz: BOB });
  await bob.caller.rtp.sendDigits('4040');
  await events.waitFor(is('participant_state', { id: bob.id, state: 'lobby' }));
  assert.equal((await api.get('/rooms/blue')).body.waiting, 1);
  assert.equal((await api.get(bob.path)).body.admitted, false);
  await waitToHear(alice.caller.rtp, { absent: [BOB] });
  (await api.patch('/rooms/blue', { locked: true })).expect(200);
  assert.equal((await api.patch(bob.path, { admitted: true })).expect(200).body.admitted, true);
  await events.waitFor(is('participant_joined', { id: bob.id }));
  await Promise.all([waitToHear(alice.caller.rtp, { present: [BOB] }), waitToHear(bob.caller.rtp, { present: [ALICE] })]);
  assert.deepEqual(story(events, bob.id), ['participant_added connecting', 'participant_state pin', 'participant_state lobby',
    'participant_state moving', 'participant_joined connected']);
  problem(await api.patch(bob.path, { admitted: false }), 409, 'not_waiting');
  assert.equal((await api.get('/rooms/blue')).body.waiting, 0);
});

test('a moderator lets in by keys; who is refused or waits too long is told so and hung up', async (t) => {
  const scene = await begin(t, { lobby: 'guests', lobby_timeout_s: 600, announcements: false });
  const { api, events, act } = scene;
  const alice = await phone(scene, 'alice', { state: 'lobby' });
  (await api.patch(alice.path, { role: 'moderator' })).expect(200); // need not wait any more
  await events.waitFor(is('participant_joined', { id: alice.id }));
  const bob = await phone(scene, 'bob', { state: 'lobby' });
  const carol = await phone(scene, 'carol', { state: 'lobby' });
  await alice.caller.rtp.sendDigits('*#');
  await events.waitFor(is('participant_joined', { id: bob.id }));
  assert.equal((await api.get(carol.path)).body.state, 'lobby');
  (await api.patch(carol.path, { admitted: false })).expect(200);
  await carol.left('not_admitted');
  await until(() => carol.caller.call.isOver, { what: 'BYE' });
  assert.deepEqual(await act('refuse'), []);
  (await api.patch('/rooms/blue', { lobby_timeout_s: 1 })).expect(200);
  const dave = await phone(scene, 'dave', { state: 'lobby' });
  await dave.left('lobby_timeout');
});

test('a browser waits, sees nobody, and is let in; many are, at once; the lobby has its limit', async (t) => {
  const scene = await begin(t, { lobby: 'guests', max_waiting: 2 });
  const { api, events, act } = scene;
  const boss = await browser(scene, { display_name: 'Boss' }, {}); // with a token: known
  assert.equal(boss.state, 'connected');
  const ann = await browser(scene, { display_name: 'Ann' });
  assert.equal(ann.state, 'lobby');
  assert.deepEqual([ann.participants, ann.room.count], [[], 0], 'it is not told who is in');
  const news = await api.events(`${ann.path}/events`, GUEST);
  const bob = await phone(scene, 'bob', { state: 'lobby' });
  problem(await api.post('/rooms/blue/calls', { offer: webOffer() }, GUEST), 409, 'lobby_full');
  await assert.rejects(Caller.join({ t, server: scene.server, room: 'blue', name: 'eve' }), /486/);
  assert.deepEqual(await act('admit', { but: [bob.id] }), [{ id: ann.participant, problem: null }]);
  await events.waitFor(is('participant_joined', { id: ann.participant }));
  await until(() => news.isEnded, { what: 'its stream ends, so that it looks again' });
  assert.deepEqual(news.types(), [], 'it heard nothing of the room meanwhile');
  const view = (await api.get(ann.path, GUEST)).expect(200).body;
  assert.deepEqual([view.state, view.room.count], ['connected', 2]);
  const [other, absent] = await act('admit', { only: [bob.id, 'pnobody'] }).then((all) => all.sort((a) => (a.problem ? 1 : -1)));
  assert.deepEqual([other.id, other.problem], [bob.id, null]);
  assert.equal(absent.problem.code, 'no_such_participant');
});

test('hard mute, mute on entry, and who may unmute himself', async (t) => {
  const scene = await begin(t, { mute_on_entry: true });
  const { api, events, act } = scene;
  const alice = await phone(scene, 'alice', { hz: ALICE });
  const bob = await phone(scene, 'bob', { hz: BOB });
  assert.equal((await api.get(alice.path)).body.muted, true);
  await alice.caller.rtp.sendDigits('*1');
  await events.waitFor(is('participant_changed', { id: alice.id, muted: false }));
  await waitToHear(bob.caller.rtp, { present: [ALICE] });
  assert.equal((await api.patch(alice.path, { hard_muted: true })).expect(200).body.muted, true);
  await waitToHear(bob.caller.rtp, { absent: [ALICE] });
  await alice.caller.rtp.sendDigits('*1*2'); // the hand shows that the keys have come
  await events.waitFor(is('participant_changed', { id: alice.id, hand_raised: true }));
  assert.equal((await api.get(alice.path)).body.muted, true);
  const { caller } = alice;
  await caller.renegotiate({ direction: 'sendrecv' });
  assert.equal((await api.get(alice.path)).body.muted, true);
  assert.deepEqual(fieldsOf(problem(await api.patch(alice.path, { muted: false }), 400, 'invalid_body')), ['/muted']);
  assert.deepEqual(await act('lower_hand'), [{ id: alice.id, problem: null }]);
  assert.deepEqual(await act('unmute', { only: [alice.id] }), [{ id: alice.id, problem: null }]);
  await waitToHear(bob.caller.rtp, { present: [ALICE] });

  (await api.patch('/rooms/blue', { allow_unmute: false })).expect(200);
  const ann = await browser(scene);
  assert.deepEqual([ann.muted, ann.may.unmute], [true, false]);
  problem(await api.patch(ann.path, { muted: false }, GUEST), 403, 'may_not_unmute');
  (await api.patch(ann.seat, { role: 'moderator' })).expect(200);
  assert.equal((await api.patch(ann.path, { muted: false }, GUEST)).expect(200).body.muted, false);
  await act('hard_mute', { but_moderators: true });
  const shown = Object.fromEntries((await api.participants('blue')).map(({ id, hard_muted: hard }) => [id, hard]));
  assert.deepEqual(shown, { [alice.id]: true, [bob.id]: true, [ann.participant]: false });
});

test('many are moved, kicked; what cannot be is said for each', async (t) => {
  const scene = await begin(t, {});
  const { api, events, act } = scene;
  const alice = await phone(scene, 'alice');
  const bob = await phone(scene, 'bob');
  (await api.post('/rooms', { name: 'small', max_participants: 1 })).expect(201);
  const results = await act('move', { room: 'small' });
  assert.deepEqual(results.map(({ problem: why }) => why?.code ?? null).sort(), ['room_full', null].sort());
  await events.waitFor(({ type, data }) => type === 'participant_joined' && data.room === 'small');
  assert.deepEqual(await act('kick'), [{ id: bob.id, problem: null }]);
  await until(() => bob.caller.call.isOver, { what: 'BYE' });
  assert.ok(!alice.caller.call.isOver);
  const actions = '/rooms/blue/actions';
  for (const [body, ...fields] of [[{ action: 'sing' }, '/action'], [{}, '/action'], [{ action: 'move' }, '/room'], [{ action: 'kick', room: 'small' }, '/room'],
    [{ action: 'mute', but: [1] }, '/but'], [{ action: 'mute', all: true }, '/all']])
    assert.deepEqual(fieldsOf(problem(await api.post(actions, body), 400, 'invalid_body')), fields, JSON.stringify(body));
  problem(await api.post('/rooms/none/actions', { action: 'mute' }), 404, 'no_such_room');
});
