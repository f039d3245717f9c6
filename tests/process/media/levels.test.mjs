/* Levels in header extensions: RFC 6464 (a caller tells how loud it is) and RFC 6465 (the server
 * tells whom one hears, and how loud). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const ALICE = 440;
const BOB = 700;
const EVE = 1000;
const OWN = 3;
const MIXED = 5;
const EXTMAP = [
  `a=extmap:${OWN} urn:ietf:params:rtp-hdrext:ssrc-audio-level`,
  `a=extmap:${MIXED} urn:ietf:params:rtp-hdrext:csrc-audio-level`,
];
const TONE_DBOV = 17; /* a sine of amplitude 0.2, below overload */

async function begin(t, { codec } = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const join = (name, options) => Caller.join({ t, server, room: 'levels', name, ...options });
  const alice = await join('alice', { hz: ALICE });
  const bob = await join('bob', { hz: BOB });
  const eve = await join('eve', { sdp: { extra: EXTMAP }, codec });
  for (const id of [OWN, MIXED]) assert.ok(eve.audio.attributes.some((a) => a.startsWith(`extmap:${id}`)), `${id} is agreed`);
  return { server, alice, bob, eve };
}

/** Speaks and says that it is so loud [-dBov]; `voice`: the V bit. */
function speak(eve, level, { voice = true, amplitude } = {}) {
  const data = Buffer.from([OWN << 4, (voice ? 0x80 : 0) | level, 0, 0]);
  eve.speak({ hz: EVE, amplitude, mutate: (fields) => ({ ...fields, extension: { data } }) });
}

test('what a caller says of its level decides whether it is heard', async (t) => {
  const { server, alice, bob, eve } = await begin(t);
  const talking = (count) => until(async () => (await server.api.metric('raduno_participants_talking')) === count);
  speak(eve, 20);
  await waitToHear(alice.rtp, { present: [BOB, EVE], absent: [ALICE] });
  await talking(3);
  speak(eve, 127, { voice: false });
  await waitToHear(alice.rtp, { present: [BOB], absent: [ALICE, EVE] });
  await talking(2);
  await assertKeepsHearing(bob.rtp, { present: [ALICE], absent: [BOB, EVE] }, 1);
  speak(eve, 20, { voice: false });
  await waitToHear(alice.rtp, { present: [BOB, EVE], absent: [ALICE] });
  eve.speak({ hz: EVE });
  await waitToHear(alice.rtp, { present: [BOB, EVE], absent: [ALICE] });
});

/** The mixed levels of a packet, by CSRC. */
function levelsOf({ csrc, extension }) {
  assert.equal(extension.profile, 0xbede);
  assert.equal(extension.data[0], (MIXED << 4) | (csrc.length - 1), 'one element, one level per CSRC');
  return new Map(csrc.map((ssrc, i) => [ssrc, extension.data[1 + i] & 0x7f]));
}

const named = (packet) => [...packet.csrc].sort();
const are = (packet, ...callers) => `${named(packet)}` === `${callers.map(({ rtp }) => rtp.ssrc).sort()}`;

test('who asked for it is told whom it hears, and how loud; the others get plain headers', async (t) => {
  const { server, alice, bob, eve } = await begin(t);
  const last = () => eve.rtp.packets.at(-1);
  speak(eve, 20);
  await waitToHear(alice.rtp, { present: [BOB, EVE] });
  await until(() => are(last(), alice, bob), { what: 'alice and bob are named' });
  const mark = eve.rtp.mark();
  await until(() => eve.rtp.mark() >= mark + 50, { what: '50 packets' });
  const heard = eve.rtp.packets.slice(mark);
  for (const packet of heard) {
    assert.ok(are(packet, alice, bob), `${packet.csrc} is not alice and bob`);
    assert.equal(packet.payload.length, 160);
  }
  /* a packet that comes too late on a busy machine is concealed, and fades */
  const levels = heard.flatMap((packet) => [...levelsOf(packet).values()]);
  const wrong = levels.filter((level) => Math.abs(level - TONE_DBOV) > 2);
  assert.ok(wrong.length <= levels.length / 10, `levels ${wrong}`);
  for (const { rtp } of [alice, bob])
    assert.ok(rtp.packets.every(({ headerBytes, csrc }) => headerBytes === 12 && !csrc.length), 'plain headers');
  bob.speak({ hz: BOB, amplitude: 0.02 });
  await until(() => { const level = levelsOf(last()).get(bob.rtp.ssrc); return level && Math.abs(level - 37) <= 2; }, { what: 'bob is told to be quieter' });
  const { id } = await alice.participant();
  (await server.api.patch(`/rooms/levels/participants/${id}`, { muted: true })).expect(200);
  await until(() => are(last(), bob), { what: 'alice is muted and not named' });
  bob.rtp.stopTone();
  await until(() => last().csrc.length === 0 && !last().extension, { what: 'nobody is named' });
});

test('levels in Opus and comfort noise, and an extension that was not agreed', async (t) => {
  const { alice, bob, eve } = await begin(t, { codec: [{ type: 111, map: 'opus/48000/2' }, 'PCMU', { type: 13, map: 'CN/8000' }] });
  await until(() => are(eve.rtp.packets.at(-1), alice, bob), { what: 'alice and bob are named' });
  const data = Buffer.from([0x70, 127, 0, 0]);
  bob.speak({ hz: BOB, mutate: (fields) => ({ ...fields, extension: { data } }) });
  await waitToHear(alice.rtp, { present: [BOB] });
  await assertKeepsHearing(alice.rtp, { present: [BOB] }, 1);
});
