/* A sender that changes in mid-call: time stamps, numbers, source, speed. It is heard again at
 * once, and nobody else's voice suffers. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import { until } from '../../support/wait.mjs';
import { ALICE, BOB, EVE, NEW, beginSpeaking, changes } from './den.mjs';

const JUMPS = {
  'time stamps jump ahead by 10 s': (rtp) => (rtp.timestamp += 80000),
  'time stamps jump back by 10 s': (rtp) => (rtp.timestamp -= 80000),
  'time stamps jump by half of all': (rtp) => (rtp.timestamp += 2 ** 31),
  'sequence numbers jump': (rtp) => (rtp.sequence = (rtp.sequence + 30000) & 0xffff),
  'sequence numbers begin at 0': (rtp) => (rtp.sequence = 0),
  'all begins anew, with the same SSRC': (rtp) => Object.assign(rtp, { sequence: (rtp.sequence + 20000) & 0xffff, timestamp: 7 }),
  'a recording is played once more: both go back by 1.2 s': (rtp) => Object.assign(rtp, { sequence: (rtp.sequence - 60) & 0xffff, timestamp: rtp.timestamp - 60 * 160 }),
  'another SSRC': (rtp) => Object.assign(rtp, { ssrc: (rtp.ssrc + 1) >>> 0, sequence: 65530, timestamp: 0xffffff00 }),
  'another SSRC, the same numbers': (rtp) => (rtp.ssrc = (rtp.ssrc + 1) >>> 0),
};

test('time stamps, numbers and sources that jump: heard again at once', async (t) => {
  const all = await beginSpeaking(t);
  for (const [name, change] of Object.entries(JUMPS)) {
    await t.test(name, async () => {
      await changes(all, (rtp) => {
        change(rtp);
        rtp.timestamp >>>= 0;
      });
      all.eve.speak({ hz: EVE });
      await waitToHear(all.alice.rtp, { present: [BOB, EVE], absent: [ALICE, NEW], seconds: 0.3 });
    });
  }
});

test('a sender that is twice as fast: its delay is bounded, and it is heard well afterwards', async (t) => {
  const all = await beginSpeaking(t);
  const { alice, bob, eve, media } = all;
  const slow = eve.rtp.cancelTone;
  eve.rtp.cancelTone = null; /* both go on, in one stream */
  eve.rtp.sendTone({ hz: EVE, ptime: 20 });
  await assertKeepsHearing(alice.rtp, { present: [BOB], absent: [ALICE] }, 2);
  const { buffer_ms: buffer } = await media();
  assert.ok(buffer <= 500, `${buffer} ms wait`);
  slow();
  await changes(all, () => {}, {}, { soon: 500 }); /* what waits is played before */
  await waitToHear(bob.rtp, { present: [ALICE, NEW], absent: [BOB] });
  await until(async () => (await media()).buffer_ms <= 100, { what: 'the delay is small again' });
});
