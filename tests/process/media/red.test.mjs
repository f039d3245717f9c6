/* Redundant audio (RFC 2198): what is carried twice is not lost, and the server itself sends twice
 * to who loses packets. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { encode } from '../../support/g711.mjs';
import { RtpEndpoint } from '../../support/rtp.mjs';
import { startServer } from '../../support/server.mjs';
import { sine } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';

const ALICE = 440;
const BOB = 700;
const OPUS = 111;
const RED = 63;
const FRAME = 960;
const codec = [{ type: OPUS, map: 'opus/48000/2' }, { type: RED, map: 'red/48000/2', fmtp: `${OPUS}/${OPUS}` }];

/** alice and bob, who have PCMU, and eve, who has Opus and RED. */
async function begin(t) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const join = (name, options) => Caller.join({ t, server, room: 'red', name, ...options });
  const [alice, bob, eve] = [await join('alice', { hz: ALICE }), await join('bob', { hz: BOB }), await join('eve', { codec })];
  assert.ok(eve.audio.types.includes(RED), 'RED is agreed');
  const media = async () => (await eve.participant()).media;
  return { server, alice, bob, eve, media };
}

let recorded;

/** Two seconds of bob's tone in Opus, in syllables (an encoder takes a steady tone for noise), as the server sends it to eve, and bob is silent. */
async function record({ alice, bob, eve }) {
  if (recorded) {
    alice.rtp.stopTone();
    bob.rtp.stopTone();
    return recorded;
  }
  alice.rtp.stopTone();
  const other = encode('PCMU', sine({ hz: 1100, rate: 8000, seconds: 0.02 }));
  bob.speak({ mutate: (fields, n) => (n % 9 < 6 ? fields : { ...fields, payload: other }) });
  await until(() => eve.rtp.packets.length > 50, { what: 'Opus comes' });
  const mark = eve.rtp.mark();
  await until(() => eve.rtp.packets.length >= mark + 100, { what: '2 s of Opus' });
  bob.rtp.stopTone();
  return (recorded = eve.rtp.packets.slice(mark, mark + 100).filter(({ type }) => type === OPUS).map(({ payload }) => payload));
}

/** Sends what was recorded, each packet with `again` packets before it. */
function sendRedundant(rtp, frames, again, fate) {
  const frame = (n) => frames[(n + frames.length) % frames.length];
  const make = (n) => {
    const before = Array.from({ length: again }, (_, i) => again - i)
      .map((age) => ({ offset: age * FRAME, payload: frame(n - age) }));
    return again ? RtpEndpoint.redundant(OPUS, before, frame(n)) : frame(n);
  };
  rtp.sendFrames({ make, type: again ? RED : OPUS, samples: FRAME, fate });
}

/** Statistics over 60 packets that came, of which `fits` is true: a busy machine may send late. */
function measure(media, fits) {
  return until(async () => {
    const before = await media();
    const after = await until(async () => {
      const now = await media();
      return now.packets_received >= before.packets_received + 60 && now;
    }, { what: '60 packets' });
    return fits({ concealed_ms: after.concealed_ms - before.concealed_ms }) && { before, after };
  }, { what: 'as much made up as has to be' });
}

const THIRD_LOST = (n) => (n % 3 === 2 ? [] : [0]);

for (const again of [1, 2]) {
  test(`every third packet lost, all carried ${again} times more: nothing is made up`, async (t) => {
    const all = await begin(t);
    const { alice, eve, media } = all;
    sendRedundant(eve.rtp, await record(all), again, THIRD_LOST);
    await waitToHear(alice.rtp, { present: [BOB] });
    const { before, after } = await measure(media, ({ concealed_ms: made }) => made <= 40);
    assert.equal(after.packets_malformed, 0);
    assert.ok(after.packets_lost > before.packets_lost + 20, 'they are counted as lost');
    if (after.recovered_ms === undefined) return;
    const lost = 20 * (after.packets_received - before.packets_received) / 2;
    const recovered = after.recovered_ms - before.recovered_ms;
    assert.ok(Math.abs(recovered - lost) <= 80, `${recovered} ms of ${lost} were recovered`);
  });
}

test('control: without RED the same loss has to be made up', async (t) => {
  const all = await begin(t);
  const { alice, eve, media } = all;
  sendRedundant(eve.rtp, await record(all), 0, THIRD_LOST);
  await waitToHear(alice.rtp, { present: [BOB] });
  await measure(media, ({ concealed_ms: made }) => made > 400);
});

/** The blocks of a RED payload. */
function blocksOf(payload) {
  const blocks = [];
  let at = 0;
  for (; payload[at] & 0x80; at += 4) {
    const head = payload.readUInt32BE(at);
    blocks.push({ type: (head >>> 24) & 0x7f, offset: (head >>> 10) & 0x3fff, length: head & 0x3ff });
  }
  blocks.push({ type: payload[at] & 0x7f, offset: 0 });
  at += 1;
  for (const block of blocks) {
    block.payload = payload.subarray(at, block.length === undefined ? undefined : at + block.length);
    at += block.payload.length;
  }
  return blocks;
}

test('who reports loss is sent each packet twice, and once again when it loses none', async (t) => {
  const { eve } = await begin(t);
  const last = () => eve.rtp.packets.at(-1)?.type;
  await until(() => last() === OPUS, { what: 'plain Opus comes' });
  eve.rtp.startReports({ every: 100, claim: { fraction: 26 } });
  await until(() => last() === RED, { what: 'RED comes' });
  const mark = eve.rtp.mark();
  await until(() => eve.rtp.packets.length >= mark + 50, { what: '50 packets' });
  const packets = eve.rtp.packets.slice(mark);
  for (const [i, packet] of packets.entries()) {
    const blocks = blocksOf(packet.payload);
    assert.deepEqual(blocks.map(({ type }) => type), [OPUS, OPUS]);
    assert.equal(blocks[0].offset, FRAME);
    if (!i) continue;
    assert.equal((packet.timestamp - packets[i - 1].timestamp) >>> 0, FRAME);
    assert.deepEqual(blocks[0].payload, blocksOf(packets[i - 1].payload)[1].payload, 'the packet before, once more');
  }
  eve.rtp.startReports({ every: 100, claim: { fraction: 0 } });
  await until(() => last() === OPUS, { what: 'plain Opus comes again' });
});
