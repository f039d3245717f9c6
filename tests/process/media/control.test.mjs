/* What a phone and the API do to a running call, measured on what is heard: hold, move, kick, mute,
 * deafen, volume, lock, limit. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { assertKeepsHearing, waitForLevel, waitToHear } from '../../support/ears.mjs';
import { is, story } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const ALICE = 440;
const BOB = 700;
const CAROL = 1000;
const TONE_DBFS = -17;

const quiet = { 'rooms.join_tone': 'none' };

/** alice, a real phone, and bob, in one room; both hear each other. */
async function pair(t, options = {}) {
  const server = await startServer({ t, set: quiet });
  const events = await server.api.events('/events');
  const alice = await Baresip.start({ t, name: 'alice', hz: ALICE, ...options });
  await alice.dial(server.uri('red'));
  const bob = await Caller.join({ t, server, room: 'red', name: 'bob', hz: BOB });
  await server.api.waitForParticipants('red', 2);
  await Promise.all([waitToHear(alice, { present: [BOB], absent: [ALICE] }), waitToHear(bob.rtp, { present: [ALICE], absent: [BOB] })]);
  const aliceId = (await events.waitFor(is('participant_joined', { who: 'alice' }))).data.participant.id;
  return { server, events, api: server.api, alice, bob, aliceId, path: `/rooms/red/participants/${aliceId}` };
}

/* baresip 1.0.0 no longer records after a re-INVITE (nor does it with another baresip): what it
 * hears after it resumed is seen by what is sent; the tests below listen. */
test('a real phone holds and resumes', async (t) => {
  const { events, api, alice, bob, path, aliceId } = await pair(t);
  await alice.hold();
  await events.waitFor(is('participant_changed', { id: aliceId, on_hold: true }));
  const held = (await api.get(path)).expect(200).body;
  assert.equal(held.on_hold, true);
  assert.equal(held.media.sends, false, 'nothing is sent to who holds');
  await alice.resume();
  await events.waitFor(is('participant_changed', { id: aliceId, on_hold: false }));
  await waitToHear(bob.rtp, { present: [ALICE] });
  const sent = async () => (await api.get(path)).body.media.packets_sent;
  assert.ok((await sent()) >= held.media.packets_sent);
  await until(async () => (await sent()) > held.media.packets_sent + 50, { what: 'audio is sent to it again' });
});

for (const [how, changes] of [
  ['sendonly', { direction: 'sendonly' }], ['inactive', { direction: 'inactive' }],
  ['0.0.0.0', { ip: '0.0.0.0' }],
]) {
  for (const method of ['INVITE', 'UPDATE']) {
    test(`held by ${how} in ${method}: no packet comes, afterwards the same stream goes on`, async (t) => {
      const { events, alice, bob } = await pair(t);
      const before = bob.rtp.packets.at(-1);
      await bob.renegotiate(changes, { method });
      await events.waitFor(is('participant_changed', { who: 'bob', on_hold: true }));
      const count = await settled(bob.rtp);
      if (how === 'inactive') await waitToHear(alice, { silent: true });
      assert.equal(bob.rtp.packets.length, count, 'packets came while on hold');
      await bob.renegotiate({}, { method });
      await events.waitFor(is('participant_changed', { who: 'bob', on_hold: false }));
      await Promise.all([waitToHear(bob.rtp, { present: [ALICE] }), waitToHear(alice, { present: [BOB] })]);
      assert.equal(bob.rtp.packets.at(-1).ssrc, before.ssrc, 'the server changed its SSRC');
    });
  }
}

/** Waits until what was under way has come: no packet for a while; gives their number. */
async function settled(rtp) {
  let last = -1;
  await until(() => {
    const still = rtp.packets.length === last;
    last = rtp.packets.length;
    return still;
  }, { every: 300, what: 'packets cease' });
  return last;
}

test('a participant moved to another room is heard there and no longer here', async (t) => {
  const { server, events, api, alice, bob, path, aliceId } = await pair(t);
  const carol = await Caller.join({ t, server, room: 'blue', name: 'carol', hz: CAROL });
  await api.waitForParticipants('blue', 1);
  (await api.patch(path, { room: 'blue' })).expect(200);
  await events.waitFor(is('participant_left', { id: aliceId, reason: 'moved' }));
  await events.waitFor(({ type, data }) =>
    type === 'participant_joined' && data.participant.id === aliceId && data.participant.room === 'blue');
  await Promise.all([
    waitToHear(alice, { present: [CAROL], absent: [BOB, ALICE] }),
    waitToHear(carol.rtp, { present: [ALICE], absent: [BOB, CAROL] }),
    waitToHear(bob.rtp, { silent: true }),
  ]);
  await assertKeepsHearing(alice, { present: [CAROL], absent: [BOB] }, 2);
  assert.equal((await api.participants('red')).length, 1);
  (await api.get(path)).expect(404);
  (await api.get(`/rooms/blue/participants/${aliceId}`)).expect(200);
});

test('a kicked phone is told, the others go on', async (t) => {
  const { server, events, api, alice, bob, path, aliceId } = await pair(t);
  const carol = await Caller.join({ t, server, room: 'red', name: 'carol', hz: CAROL });
  await waitToHear(bob.rtp, { present: [ALICE, CAROL] });
  const from = alice.events.length;
  (await api.delete(path)).expect(204);
  await alice.closed({ from });
  await events.waitFor(is('participant_left', { id: aliceId, reason: 'kicked' }));
  await Promise.all([
    waitToHear(bob.rtp, { present: [CAROL], absent: [ALICE] }),
    waitToHear(carol.rtp, { present: [BOB], absent: [ALICE] }),
  ]);
  assert.ok(story(events, aliceId).at(-1).startsWith('participant_left'));
});

for (const codec of ['PCMU', 'opus']) {
  test(`mute, deafen and volume both ways are measured (${codec})`, async (t) => {
    const { events, api, alice, bob, path, aliceId } = await pair(t, { codec });
    const change = async (fields) => {
      (await api.patch(path, fields)).expect(200);
      await events.waitFor(is('participant_changed', { id: aliceId, ...fields }));
    };
    await change({ muted: true });
    await waitToHear(bob.rtp, { silent: true });
    await waitToHear(alice, { present: [BOB] });
    await change({ muted: false, deafened: true });
    await waitToHear(bob.rtp, { present: [ALICE] });
    await waitToHear(alice, { silent: true });
    await change({ deafened: false, volume_in_db: -20 });
    await waitToHear(alice, { present: [BOB] });
    await waitForLevel(bob.rtp, ALICE, TONE_DBFS - 20, 1.5);
    await change({ volume_in_db: 6, volume_out_db: -20 });
    await waitForLevel(bob.rtp, ALICE, TONE_DBFS + 6, 1.5);
    await waitForLevel(alice, BOB, TONE_DBFS - 20, 1.5);
    await change({ volume_in_db: 0, volume_out_db: 0 });
    await waitForLevel(bob.rtp, ALICE, TONE_DBFS, 1.5);
    await waitForLevel(alice, BOB, TONE_DBFS, 1.5);
  });
}

test('a locked room and a full room refuse a phone, and say so', async (t) => {
  const { server, api, bob } = await pair(t);
  const carol = await Baresip.start({ t, name: 'carol', hz: CAROL });
  const refused = async (pattern) => {
    const from = carol.events.length;
    await carol.invite(server.uri('red'));
    assert.match(await carol.closed({ from }), pattern);
  };
  (await api.patch('/rooms/red', { locked: true })).expect(200);
  await refused(/^403/);
  (await api.patch('/rooms/red', { locked: false, max_participants: 2 })).expect(200);
  await refused(/^48[06]/);
  (await api.patch('/rooms/red', { max_participants: 3 })).expect(200);
  await carol.dial(server.uri('red'));
  await waitToHear(bob.rtp, { present: [ALICE, CAROL] });
});
