/* The keys of a telephone in the conference: what they do, whichever way they come, and for whom. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { digitsOf, is } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const ALICE = 440;
const BOB = 700;

/** alice and bob in a room; alice's keys are pressed. */
async function begin(t, room = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const { api } = server;
  const events = await api.events('/events');
  (await api.post('/rooms', { name: 'menu', announcements: false, ...room })).expect(201);
  const alice = await Caller.join({ t, server, room: 'menu', name: 'alice', hz: ALICE });
  const bob = await Caller.join({ t, server, room: 'menu', name: 'bob', hz: BOB });
  await api.waitForParticipants('menu', 2);
  const { id } = await alice.participant();
  const path = `/rooms/menu/participants/${id}`;
  const press = (digits) => alice.rtp.sendDigits(digits);
  const changed = (fields) => events.waitFor(is('participant_changed', { id, ...fields }));
  return { server, api, events, alice, bob, id, path, press, changed };
}

test('mute, hand and volumes, by the usual menu', async (t) => {
  const { events, bob, press, changed } = await begin(t);
  await waitToHear(bob.rtp, { present: [ALICE] });
  await press('*1');
  await changed({ muted: true });
  await waitToHear(bob.rtp, { absent: [ALICE] });
  await press('*1');
  await changed({ muted: false });
  await waitToHear(bob.rtp, { present: [ALICE] });
  await press('*2');
  await changed({ hand_raised: true });
  await press('*6*6*4');
  await changed({ volume_out_db: 3 });
  await press('*7');
  await changed({ volume_in_db: -3 });
  assert.equal(digitsOf(events, 'alice'), '*1*1*2*6*6*4*7', 'each is an event, too');
});

test('a menu of one\'s own, and none', async (t) => {
  const { api, press, changed, events, path } = await begin(t, { menu: { 5: 'mute', '#1': 'raise_hand' } });
  await press('5');
  await changed({ muted: true });
  await press('#1');
  await changed({ hand_raised: true });
  (await api.patch('/rooms/menu', { menu: null })).expect(200);
  await press('5*1A');
  await events.waitFor(is('participant_digit', { digit: 'A' }));
  assert.equal((await api.get(path)).body.muted, true);
});

test('moderators lock, mute all, and end; others do not', async (t) => {
  const { server, api, events, alice, bob, path, press } = await begin(t, { menu: { '*5': 'lock', '*8': 'mute_all', '*99': 'end', D: 'raise_hand' } });
  await press('*5*8*99D');
  await events.waitFor(is('participant_changed', { who: 'alice', hand_raised: true }));
  assert.equal((await api.get('/rooms/menu')).body.locked, false);
  assert.ok(!bob.call.isOver);
  (await api.patch(path, { role: 'moderator' })).expect(200);
  await press('*5');
  await events.waitFor(({ type, data }) => type === 'room_changed' && data.settings.locked);
  await assert.rejects(Caller.join({ t, server, room: 'menu', name: 'eve' }), /403/);
  await press('*8');
  await events.waitFor(is('participant_changed', { who: 'bob', muted: true }));
  assert.equal((await api.get(path)).body.muted, false, 'but for himself');
  await press('*99');
  await until(() => alice.call.isOver && bob.call.isOver, { what: 'all are hung up' });
});

test('who chooses to hang up is hung up, the other is not', async (t) => {
  const { events, bob, id, press } = await begin(t, { menu: { '##': 'hang_up' } });
  await press('##');
  await events.waitFor(is('participant_left', { id, reason: 'hung_up' }));
  assert.ok(!bob.call.isOver);
});

test('headcount and help change nothing', async (t) => {
  const { api, events, press, path } = await begin(t);
  const before = (await api.get(path)).body;
  await press('*3*0*3D');
  await events.waitFor(is('participant_digit', { digit: 'D' }));
  const { media, talking, ...after } = (await api.get(path)).body;
  assert.deepEqual({ ...after, media: before.media, talking: before.talking }, before);
});

test('a real phone mutes itself', async (t) => {
  const { server, events, bob } = await begin(t);
  const carol = await Baresip.start({ t, name: 'carol', hz: 1000 });
  await carol.dial(server.uri('menu'));
  await waitToHear(bob.rtp, { present: [1000] });
  for (const digit of '*1') {
    const count = digitsOf(events, 'carol').length;
    await carol.digits(digit);
    await until(() => digitsOf(events, 'carol').length > count, { what: `digit ${digit}` });
  }
  await events.waitFor(is('participant_changed', { who: 'carol', muted: true }));
  await waitToHear(bob.rtp, { absent: [1000] });
});
