/* The lobby: phones and browsers wait, are let in, sent away, one by one and many at once. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { is, story } from '../../support/events.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { problem } from './problem.mjs';
import { ALICE, BOB, GUEST, begin, browser, phone } from './seats.mjs';

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
