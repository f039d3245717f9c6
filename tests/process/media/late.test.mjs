/* A server that was stopped for a while: what it missed is left out, not caught up, and delay and
 * sound are as before. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import { encode } from '../../support/g711.mjs';
import { startServer } from '../../support/server.mjs';
import { sine, toneMs } from '../../support/tone.mjs';
import { sleep, until } from '../../support/wait.mjs';

const ALICE = 440;
const BOB = 700;
const MARK = 2600;

const SYLLABLE = encode('PCMU', sine({ hz: MARK, rate: 8000, seconds: 0.06 }));

/** bob speaks, and says a syllable of three packets when he is asked to. */
function speak(bob) {
  let left = 0;
  let said;
  bob.speak({ mutate: (fields) => {
    if (!left) return fields;
    if (left === 3) said = performance.now();
    left -= 1;
    return { ...fields, payload: SYLLABLE.subarray((2 - left) * 160, (3 - left) * 160) };
  } });
  return { say: () => { said = undefined; left = 3; }, saidAt: () => said };
}

/** Where the syllable begins [ms], or -1. */
function find({ samples }) {
  for (let ms = 0; ms * 8 + 80 <= samples.length; ms++)
    if (toneMs(samples.subarray(ms * 8, ms * 8 + 80), 8000, MARK)) return ms;
  return -1;
}

/** How long what bob says takes to alice [ms]: the least of three syllables. */
async function delayOf(alice, mouth) {
  const delays = [];
  for (let i = 0; i < 3; i++) {
    const mark = alice.rtp.mark();
    mouth.say();
    const ms = await until(() => find(alice.rtp.heard(mark)) + 1, { every: 50, what: 'the syllable is heard' });
    delays.push(alice.rtp.packets[mark + Math.floor((ms - 1) / 20)].at - mouth.saidAt());
    await until(() => alice.rtp.mark() > mark + 25, { what: 'half a second' });
  }
  return Math.min(...delays);
}

for (const ms of [300, 1500]) {
  test(`stopped for ${ms} ms`, async (t) => {
    const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
    const [alice, bob] = await Promise.all([['alice', ALICE], ['bob', BOB]].map(([name, hz]) => Caller.join({ t, server, room: 'late', name, hz })));
    await Promise.all([waitToHear(alice.rtp, { present: [BOB] }), waitToHear(bob.rtp, { present: [ALICE] })]);
    const mouth = speak(bob);
    const before = await delayOf(alice, mouth);
    const last = alice.rtp.packets.at(-1);
    process.kill(server.pid, 'SIGSTOP');
    await sleep(ms);
    const mark = alice.rtp.mark();
    process.kill(server.pid, 'SIGCONT');
    await until(() => alice.rtp.mark() >= mark + 50, { what: 'a second of packets' });
    const after = alice.rtp.packets.slice(mark, mark + 50);
    assert.ok(after[49].at - after[0].at >= 800, `a second came within ${after[49].at - after[0].at} ms: a burst`);
    assert.equal(after[0].sequence, (alice.rtp.packets[mark - 1].sequence + 1) & 0xffff);
    const passed = ((after[49].timestamp - last.timestamp) >>> 0) / 8;
    const took = after[49].at - last.at;
    assert.ok(Math.abs(passed - took) <= 60, `RTP time went on by ${passed} ms in ${took} ms`);
    await Promise.all([
      assertKeepsHearing(alice.rtp, { present: [BOB], absent: [ALICE] }, 1),
      assertKeepsHearing(bob.rtp, { present: [ALICE], absent: [BOB] }, 1),
    ]);
    const now = await delayOf(alice, mouth);
    assert.ok(now <= before + 45, `the delay was ${before} ms, and is ${now} ms`);
    assert.ok((await server.api.metric('raduno_media_ticks_late_total')) >= ms / 20 - 5, 'late ticks are counted');
    const concealed = async () => (await bob.participant()).media.concealed_ms;
    await until(async () => { /* a busy machine may send late: in some second it does not */
      const made = await concealed();
      await assertKeepsHearing(alice.rtp, { present: [BOB] }, 1);
      return (await concealed()) - made <= 40;
    }, { what: 'a second in which nothing is made up' });
  });
}
