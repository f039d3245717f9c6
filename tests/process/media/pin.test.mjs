/* The PIN of a room, entered with the keys of a telephone: who comes in, who is hung up, and that the
 * PIN is told to nobody. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { digitsOf, is, story } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const ALICE = 440;
const BOB = 700;
const PIN = '471147';
const MODERATOR_PIN = '81508150';

async function begin(t, room = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const events = await server.api.events('/events');
  (await server.api.post('/rooms', { name: 'safe', pin: PIN, moderator_pin: MODERATOR_PIN, announcements: false, ...room })).expect(201);
  return { server, api: server.api, events };
}

/** A caller at the door, who was asked. */
async function caller({ t, server, events, name, hz }) {
  const one = await Caller.join({ t, server, room: 'safe', name, hz });
  await events.waitFor(is('participant_state', { who: name, state: 'pin' }));
  const { id } = await one.participant();
  return { one, id, path: `/rooms/safe/participants/${id}`, left: (reason) => events.waitFor(is('participant_left', { id, reason })) };
}

test('who enters the PIN comes in and is heard; before that nobody hears him, nor he anybody', async (t) => {
  const { server, api, events } = await begin(t);
  const alice = await caller({ t, server, events, name: 'alice', hz: ALICE });
  await alice.one.rtp.sendDigits(PIN);
  await events.waitFor(is('participant_joined', { id: alice.id }));
  const bob = await caller({ t, server, events, name: 'bob', hz: BOB });
  assert.equal((await api.get(bob.path)).expect(200).body.state, 'pin');
  assert.equal((await api.get('/rooms/safe')).body.participants, 2);
  await waitToHear(alice.one.rtp, { silent: true });
  await bob.one.rtp.sendDigits(`12*${PIN}`);
  await events.waitFor(is('participant_joined', { id: bob.id }));
  await Promise.all([waitToHear(alice.one.rtp, { present: [BOB] }), waitToHear(bob.one.rtp, { present: [ALICE] })]);
  assert.deepEqual(story(events, bob.id),
    ['participant_added connecting', 'participant_state pin', 'participant_state moving', 'participant_joined connected']);
  assert.equal((await api.get(bob.path)).body.role, 'participant');
  assert.equal(digitsOf(events, 'bob'), '', 'digits of a PIN are no events');
  await bob.one.rtp.sendDigits('5');
  await events.waitFor(is('participant_digit', { id: bob.id, digit: '5' }));
});

test('a real phone enters the PIN of moderators', async (t) => {
  const { server, api, events } = await begin(t);
  const alice = await Baresip.start({ t, name: 'alice', hz: ALICE });
  await alice.dial(server.uri('safe'));
  await events.waitFor(is('participant_state', { who: 'alice', state: 'pin' }));
  for (const digit of MODERATOR_PIN) {
    await alice.digits(digit);
    await new Promise((resolve) => setTimeout(resolve, 250)); // a phone sends one after the other
  }
  const { data } = await events.waitFor(is('participant_joined', { who: 'alice' }));
  assert.equal(data.participant.role, 'moderator');
  assert.equal((await api.participants('safe'))[0].role, 'moderator');
});

test('wrong PINs: again, and again, and goodbye', async (t) => {
  const { server, events } = await begin(t, { pin_tries: 2 });
  const eve = await caller({ t, server, events, name: 'eve' });
  await eve.one.rtp.sendDigits('1234#');
  await until(() => server.log.some((line) => /wrong PIN from <sip:eve@/.test(line)), { what: 'it is in the log' });
  assert.ok(!eve.one.call.isOver);
  await eve.one.rtp.sendDigits('999999#');
  await eve.left('wrong_pin');
  await until(() => eve.one.call.isOver, { what: 'BYE' });
  const told = server.log.join('\n') + JSON.stringify(events.all.map(({ data }) => data));
  for (const secret of [PIN, MODERATOR_PIN, '999999']) assert.ok(!told.includes(secret), secret);
});

test('who enters nothing is hung up', async (t) => {
  const { server, events } = await begin(t, { pin_timeout_s: 3 });
  const eve = await caller({ t, server, events, name: 'eve' });
  await eve.left('pin_timeout');
  await until(() => eve.one.call.isOver, { what: 'BYE' });
});

test('guessing over many calls ends before the tries of the calls do', async (t) => {
  const { server, events } = await begin(t, { pin_tries: 10 });
  const eve = await caller({ t, server, events, name: 'eve' });
  for (let i = 0; i < 9; i++) await eve.one.rtp.sendDigits('00#');
  await eve.one.leave();
  const again = await caller({ t, server, events, name: 'eve2' });
  await again.one.rtp.sendDigits('00#');
  await again.left('wrong_pin'); // ten are enough, of one source
  const last = await caller({ t, server, events, name: 'eve3' });
  await last.one.rtp.sendDigits(PIN); // not looked at
  await last.left('wrong_pin');
});

test('a door that was closed meanwhile stays closed; the limit counts who stands there', async (t) => {
  const { server, api, events } = await begin(t, { max_participants: 1 });
  const eve = await caller({ t, server, events, name: 'eve' });
  await assert.rejects(Caller.join({ t, server, room: 'safe', name: 'bob' }), /48[06]/);
  (await api.patch('/rooms/safe', { locked: true })).expect(200);
  await eve.one.rtp.sendDigits(PIN);
  const { data } = await eve.left('refused');
  assert.equal(data.detail, 'room_locked');
});

test('who is moved in or called by the API needs no PIN', async (t) => {
  const { server, api, events } = await begin(t);
  const alice = await Caller.join({ t, server, room: 'lobby', name: 'alice', hz: ALICE });
  const { id } = await alice.participant({ fits: (p) => p.state === 'connected' });
  (await api.patch(`/rooms/lobby/participants/${id}`, { room: 'safe' })).expect(200);
  await events.waitFor(({ type, data }) => type === 'participant_joined' && data.room === 'safe');
  const bob = await Caller.wait({ t, name: 'bob', hz: BOB });
  (await api.post('/rooms/safe/participants', { uri: bob.uri })).expect(201);
  await events.waitFor(is('participant_joined', { who: 'bob' }));
  const carol = await caller({ t, server, events, name: 'carol' });
  (await api.post('/rooms', { name: 'other' })).expect(201);
  (await api.patch(carol.path, { room: 'other' })).expect(200); // out of the door
  await events.waitFor(is('participant_joined', { id: carol.id }));
});
