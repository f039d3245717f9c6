/* Who is muted how, and what is done with many at once. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { waitToHear } from '../../support/ears.mjs';
import { is } from '../../support/events.mjs';
import { until } from '../../support/wait.mjs';
import { fieldsOf, problem } from './problem.mjs';
import { ALICE, BOB, GUEST, begin, browser, phone } from './seats.mjs';

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
  assert.deepEqual(fieldsOf(problem(await api.patch(alice.path, { muted: false }), 422, 'invalid_body')), ['/muted']);
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
    assert.deepEqual(fieldsOf(problem(await api.post(actions, body), 422, 'invalid_body')), fields, JSON.stringify(body));
  problem(await api.post('/rooms/none/actions', { action: 'mute' }), 404, 'no_such_room');
});
