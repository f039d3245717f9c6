/* What a room sounds like by itself: somebody comes, somebody goes, nobody else is there. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { is } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { loudest, rms } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';

const LOW = 523.25;
const HIGH = 783.99;
const HEARD_DBFS = -35;

/** A silent listener in a room with these settings. */
async function begin(t, settings) {
  const server = await startServer({ t });
  const events = await server.api.events('/events');
  (await server.api.post('/rooms', { name: 'foyer', ...settings })).expect(201);
  const alice = await Caller.join({ t, server, room: 'foyer', name: 'alice' });
  await server.api.waitForParticipants('foyer', 1);
  await alice.rtp.listen(0, 1); /* what is heard at one's own coming is over */
  return { server, events, alice };
}

/** Both notes after `mark`, or null. */
function notes(rtp, mark) {
  const { rate, samples } = rtp.heard(mark);
  const low = loudest(samples, rate, LOW);
  const high = loudest(samples, rate, HIGH);
  return low.level > HEARD_DBFS && high.level > HEARD_DBFS ? { low, high } : null;
}

const heardNotes = (rtp, mark) => until(() => notes(rtp, mark), { what: 'two notes are heard' });

for (const [join_tone, hearsJoin, hearsLeave] of [['both', true, true], ['join', true, false], ['leave', false, true], ['none', false, false]]) {
  test(`join_tone ${join_tone}`, async (t) => {
    const { server, events, alice } = await begin(t, { join_tone });
    const joined = alice.rtp.mark();
    const bob = await Caller.join({ t, server, room: 'foyer', name: 'bob' });
    await events.waitFor(is('participant_joined', { who: 'bob' }));
    if (hearsJoin) {
      const { low, high } = await heardNotes(alice.rtp, joined);
      assert.ok(low.at < high.at, `coming rises: ${low.at} s, ${high.at} s`);
    }
    await alice.rtp.listen(undefined, 1); /* it is over */
    if (!hearsJoin) assert.equal(notes(alice.rtp, joined), null);
    const left = alice.rtp.mark();
    await bob.leave();
    await events.waitFor(is('participant_left', { who: 'bob' }));
    if (hearsLeave) {
      const { low, high } = await heardNotes(alice.rtp, left);
      assert.ok(high.at < low.at, `going falls: ${high.at} s, ${low.at} s`);
    }
    await alice.rtp.listen(undefined, 1);
    if (!hearsLeave) assert.equal(notes(alice.rtp, left), null);
  });
}

test('alone: silence, as packets', async (t) => {
  const { alice } = await begin(t, { alone: 'silence' });
  const { samples } = await alice.rtp.listen(undefined, 2);
  assert.ok(rms(samples) < -70, `${rms(samples)} dBFS`);
});

test('alone: noise when so configured, until somebody comes', async (t) => {
  const { server, alice } = await begin(t, { alone: 'noise', join_tone: 'none' });
  const { samples } = await alice.rtp.listen(undefined, 2);
  assert.ok(rms(samples) > -72 && rms(samples) < -50, `${rms(samples)} dBFS`);
  await Caller.join({ t, server, room: 'foyer', name: 'bob' });
  await server.api.waitForParticipants('foyer', 2);
  const later = await alice.rtp.listen(undefined, 1.5);
  assert.ok(rms(later.samples.subarray(4000)) < -75, `${rms(later.samples)} dBFS`);
});
