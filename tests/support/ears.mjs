/*
 * ears.mjs - waits until somebody (a Baresip or an RtpEndpoint) hears what it should.
 *
 *   await waitToHear(alice, { present: [700], absent: [440] });     in the last second
 *   await waitToHear(bob.rtp, { absent: [440], silent: true });     packets come, nothing is in them
 *   const level = await waitForLevel(bob.rtp, 440, -37, 2);         dBFS, +- 2 dB
 *   await assertKeepsHearing(alice, { present: [700] }, 3);         for the next 3 s
 *
 * Only audio that came after the call to a function counts, so that nothing of before is judged.
 */
import assert from 'node:assert/strict';
import { assertHears, describe, hears, levelOf, rms } from './tone.mjs';
import { DEFAULT_TIMEOUT, until } from './wait.mjs';

const SILENT_DBFS = -60;
const nameOf = (listener) => listener.name ?? listener.cname;

/** The last `seconds` after `mark`, or null if there are not so many yet. */
function lastSeconds(listener, mark, seconds) {
  const { rate, samples } = listener.heardAfter(mark);
  const count = Math.round(seconds * rate);
  return samples.length >= count ? { rate, samples: samples.subarray(samples.length - count) } : null;
}

async function waitFor(listener, fits, { seconds, timeout, frequencies, what }) {
  const mark = listener.mark();
  let last = 'nothing came';
  try {
    return await until(() => {
      const heard = lastSeconds(listener, mark, seconds);
      if (!heard) return false;
      last = describe(heard.samples, heard.rate, frequencies);
      return fits(heard) && heard;
    }, { timeout, every: 100, what: `${nameOf(listener)} ${what}` });
  } catch (error) {
    throw new Error(`${error.message}\n  heard last: ${last}`);
  }
}

/** Waits for one second that has all of `present` and none of `absent` (`silent`: nothing at all). */
export function waitToHear(listener, { present = [], absent = [], silent = false, seconds = 1, timeout = DEFAULT_TIMEOUT } = {}) {
  const fits = ({ rate, samples }) =>
    hears(samples, rate, { present, absent }) && (!silent || rms(samples) < SILENT_DBFS);
  const what = silent ? 'hears silence' : `hears [${present}] and not [${absent}]`;
  return waitFor(listener, fits, { seconds, timeout, frequencies: [...present, ...absent], what });
}

/** Waits for one second in which `hz` has this level; gives the level. */
export async function waitForLevel(listener, hz, dbfs, tolerance = 2, { seconds = 1, timeout = DEFAULT_TIMEOUT } = {}) {
  const fits = ({ rate, samples }) => Math.abs(levelOf(samples, rate, hz) - dbfs) <= tolerance;
  const heard = await waitFor(listener, fits,
    { seconds, timeout, frequencies: [hz], what: `hears ${hz} Hz at ${dbfs} dBFS (+- ${tolerance})` });
  return levelOf(heard.samples, heard.rate, hz);
}

/** Listens for `seconds` from now and checks all of it. */
export async function assertKeepsHearing(listener, { present = [], absent = [] }, seconds = 3) {
  const { rate, samples } = await listener.listen(listener.mark(), seconds);
  assertHears(samples, rate, { present, absent, who: nameOf(listener) });
  return { rate, samples };
}

/** Checks that nothing at all is heard for `seconds`: packets come, or not. */
export function assertSilent({ rate, samples }, who) {
  assert.ok(rms(samples) < SILENT_DBFS, `${who} should hear silence: ${describe(samples, rate, [])}`);
}
