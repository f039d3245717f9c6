/* Media as networks and odd phones make it: every ptime, jumps, loss, disorder, silence. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import { is } from '../../support/events.mjs';
import { until } from '../../support/wait.mjs';
import { ALICE, BOB, EVE, begin, goesOn } from './den.mjs';

for (const ptime of [10, 20, 30, 40, 60]) {
  test(`packets of ${ptime} ms both ways`, async (t) => {
    const all = await begin(t, { eve: { hz: EVE, ptime } });
    const { eve, media } = all;
    assert.equal(eve.audio.ptime, ptime);
    await goesOn(all, [EVE]);
    await waitToHear(eve.rtp, { present: [ALICE, BOB], absent: [EVE] });
    const sizes = new Set(eve.rtp.packets.filter((p) => p.type === 0).map((p) => p.payload.length));
    assert.deepEqual([...sizes], [ptime * 8]);
    const steps = eve.rtp.packets.filter((p) => p.type === 0)
      .map(({ timestamp }, i, list) => (i ? (timestamp - list[i - 1].timestamp) >>> 0 : ptime * 8));
    const isWhole = (step) => step >= ptime * 8 && (step - ptime * 8) % 160 === 0; /* a late tick is left out */
    assert.ok(steps.every(isWhole), `time stamps advance by ${[...new Set(steps)]}`);
    assert.equal((await media()).ptime_ms, ptime);
  });
}

const JUMPS = {
  'the sequence number wraps': (rtp) => (rtp.sequence = 65500),
  'the sequence number jumps': (rtp) => (rtp.sequence = (rtp.sequence + 20000) & 0xffff),
  'the sequence number jumps back': (rtp) => (rtp.sequence = (rtp.sequence - 3000) & 0xffff),
  'the time stamp jumps': (rtp) => (rtp.timestamp = (rtp.timestamp + 2 ** 31) >>> 0),
  'the time stamp jumps back': (rtp) => (rtp.timestamp = (rtp.timestamp - 800000) >>> 0),
  'a new SSRC from the same address': (rtp) => Object.assign(rtp, { ssrc: 0xdecade, sequence: 7, timestamp: 9 }),
};

for (const [name, jump] of Object.entries(JUMPS)) {
  test(`${name}: heard again`, async (t) => {
    const all = await begin(t);
    const { eve } = all;
    eve.speak({ hz: EVE });
    await goesOn(all, [EVE]);
    jump(eve.rtp);
    await goesOn(all, [EVE]);
    await assertKeepsHearing(all.alice.rtp, { present: [BOB, EVE], absent: [ALICE] }, 1);
  });
}

const NETWORKS = {
  'one in ten lost': { fate: (n) => (n % 10 === 3 ? [] : [0]), shows: (m) => m.packets_lost > 10 },
  'all doubled': { fate: () => [0, 0], shows: (m) => m.packets_duplicate > 50 },
  'every third out of order': { fate: (n) => (n % 3 ? [0] : [2]), shows: (m) => m.packets_received > 100 },
  'some much too late': { fate: (n) => (n % 25 === 5 ? [50] : [0]), shows: (m) => m.packets_late + m.packets_lost > 3 },
};

for (const [name, { fate, shows }] of Object.entries(NETWORKS)) {
  test(`${name}: still heard, and shown in the statistics`, async (t) => {
    const all = await begin(t);
    const { eve, media } = all;
    eve.speak({ hz: EVE, fate });
    await goesOn(all, [EVE]);
    await until(async () => shows(await media()), { timeout: 15000, what: 'the statistics show it' });
    await goesOn(all, [EVE]);
  });
}

test('a sender that stops is ended after the configured time, the others go on', async (t) => {
  const all = await begin(t, { set: { 'media.no_media_timeout_s': 2 }, eve: { reports: 0 } });
  const { api, eve } = all;
  const events = await api.events('/rooms/den/events');
  eve.speak({ hz: EVE });
  await goesOn(all, [EVE]);
  eve.rtp.stopTone();
  await events.waitFor(is('participant_left', { who: 'eve', reason: 'no_media' }));
  assert.equal((await eve.call.ended).method, 'BYE');
  await goesOn(all);
  assert.equal((await api.participants('den')).length, 2);
});

for (const direction of ['inactive', 'sendonly']) {
  test(`who is on hold by ${direction} may be silent`, async (t) => {
    const all = await begin(t, { set: { 'media.no_media_timeout_s': 1 }, eve: { hz: EVE, reports: 0 } });
    const { alice, api, eve } = all;
    await goesOn(all, [EVE]);
    await eve.renegotiate({ direction });
    eve.rtp.stopTone();
    await assertKeepsHearing(alice.rtp, { present: [BOB] }, 4); /* four times the limit, by alice's clock */
    assert.equal((await api.participants('den')).length, 3);
  });
}

test('who sends no audio, but RTCP, is alive', async (t) => {
  const all = await begin(t, { set: { 'media.no_media_timeout_s': 2 }, eve: { hz: EVE, reports: 200 } });
  const { alice, api, eve } = all;
  await goesOn(all, [EVE]);
  eve.rtp.stopTone();
  await assertKeepsHearing(alice.rtp, { present: [BOB] }, 6); /* three times the limit */
  assert.equal((await api.participants('den')).length, 3);
});
