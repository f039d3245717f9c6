/* Who is heard: the loudest few, from their first packet on; and no noise. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import { encode } from '../../support/g711.mjs';
import { startServer } from '../../support/server.mjs';
import { levelOf, sine, toneMs } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';

const PLACES = 8;
const PEOPLE = 12;
const STEP_DB = 1;
const BELOW_DB = 9; /* between those who have a place and the others: who has one keeps it for 6 dB */
const LOUDEST = 0.1;
const quiet = { 'rooms.join_tone': 'none' };

/** hz and amplitude of each: the first is the loudest. Tones that are no harmonics of each other. */
const belowFirst = (i) => STEP_DB * i + (i < PLACES ? 0 : BELOW_DB);
const tones = Array.from({ length: PEOPLE }, (_, i) => ({ name: `p${i}`, hz: 410 + 170 * i, amplitude: LOUDEST * 10 ** (-belowFirst(i) / 20) }));
const dbfs = (amplitude) => 20 * Math.log10(amplitude) - 3;

async function begin(t) {
  const server = await startServer({ t, set: quiet });
  const join = (name, options = {}) => Caller.join({ t, server, room: 'loud', name, ...options });
  return { server, join };
}

/** What is wrong with what `who` hears of the tones: a list of words. */
function faults({ rate, samples }, who, heard) {
  return tones.flatMap(({ hz, name, amplitude }, i) => {
    const level = levelOf(samples, rate, hz);
    const isThere = level > dbfs(amplitude) - 4;
    const wanted = i < heard && i !== who;
    return isThere === wanted && (wanted || level < dbfs(amplitude) - 12) ? [] : [`p${who}: ${name} ${wanted ? 'missing' : 'heard'} at ${level.toFixed(1)} dBFS`];
  });
}

const lastSecond = (rtp, mark) => {
  const { rate, samples } = rtp.heard(mark);
  return samples.length >= rate && { rate, samples: samples.subarray(samples.length - rate) };
};

async function allHear(callers, heard) {
  const marks = callers.map(({ rtp }) => rtp.mark());
  let last = [];
  const isRight = () => {
    const ears = callers.map(({ rtp }, i) => lastSecond(rtp, marks[i]));
    last = ears.every(Boolean) ? ears.flatMap((ear, who) => faults(ear, who, heard)) : ['nothing yet'];
    return last.length === 0;
  };
  await until(isRight, { every: 200, what: `the loudest ${heard} are heard` }).catch((error) => {
    throw new Error(`${error.message}\n${last.join('\n')}`);
  });
}

test('of twelve who talk the loudest eight are heard, and nobody hears himself', async (t) => {
  const { server, join } = await begin(t);
  const callers = [];
  for (const { name, hz, amplitude } of [...tones].reverse()) callers.unshift(await join(name, { hz, amplitude }));
  const { body } = (await server.api.get('/rooms/loud')).expect(200);
  if (!('loudest' in body)) {
    await allHear(callers, PEOPLE);
    t.diagnostic('the API does not set how many: all twelve were checked');
    return;
  }
  (await server.api.patch('/rooms/loud', { loudest: PLACES })).expect(200);
  await allHear(callers, PLACES);
  const [first] = callers;
  first.rtp.stopTone();
  const others = callers.slice(1);
  await waitToHear(others.at(-1).rtp, { absent: [first.hz] });
  await until(() => {
    const ear = lastSecond(others.at(-1).rtp, Math.max(0, others.at(-1).rtp.mark() - 60));
    return ear && levelOf(ear.samples, ear.rate, tones[PLACES].hz) > dbfs(tones[PLACES].amplitude) - 4;
  }, { what: 'the ninth takes the place of the first' });
});

/* Her first packet is another tone than the rest: so it can be found. */
for (const talkers of [0, 3]) {
  test(`a newcomer is heard from the first packet on (${talkers} others talk)`, async (t) => {
    const { server, join } = await begin(t);
    const alice = await join('alice');
    for (const { name, hz } of tones.slice(0, talkers)) await join(name, { hz, amplitude: 0.01 });
    const eve = await join('eve');
    await server.api.waitForParticipants('loud', 2 + talkers);
    if (talkers) await waitToHear(alice.rtp, { present: [tones[0].hz] });
    for (const hz of [2600, 2900, 3200]) {
      const mark = alice.rtp.mark();
      const first = encode('PCMU', sine({ hz, rate: 8000, seconds: 0.02 }));
      eve.rtp.sendTone({ hz: 1700, mutate: (f, n) => (n ? f : { ...f, payload: first }) });
      const since = () => alice.rtp.heard(mark).samples;
      await until(() => toneMs(since(), 8000, 1700) >= 200, { what: 'eve is heard' });
      const ms = toneMs(since(), 8000, hz);
      assert.ok(ms >= 12, `${ms} ms of her first packet were heard`);
      eve.rtp.stopTone();
      await waitToHear(alice.rtp, { absent: [1700], seconds: 0.5 });
    }
  });
}

/** Noise of that amplitude, for ever. */
function sendNoise(rtp, amplitude) {
  const make = () => encode('PCMU', Int16Array.from({ length: 160 }, () => Math.round((2 * Math.random() - 1) * amplitude * 32767)));
  rtp.sendFrames({ make, type: 0 });
}

test('low noise that never ends is not heard; a voice in it is', async (t) => {
  const { join } = await begin(t);
  const alice = await join('alice');
  const eve = await join('eve');
  sendNoise(eve.rtp, 0.1);
  await until(() => levelOf(alice.rtp.heard(Math.max(0, alice.rtp.mark() - 60)).samples, 8000, 1000) > -80 && alice.rtp.mark() > 60, { what: 'loud noise is heard' });
  sendNoise(eve.rtp, 0.002);
  await waitToHear(alice.rtp, { silent: true });
  await assertKeepsHearing(alice.rtp, { absent: [1000] }, 1);
  eve.speak({ hz: 1000, amplitude: 0.05 });
  await waitToHear(alice.rtp, { present: [1000] });
});
