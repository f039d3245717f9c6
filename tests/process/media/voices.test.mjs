/* Three phones in one room: each hears the two others and not itself, in every codec and mixed. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { assertKeepsHearing, waitForLevel, waitToHear } from '../../support/ears.mjs';
import { is } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';

const PEOPLE = [{ name: 'alice', hz: 440 }, { name: 'bob', hz: 700 }, { name: 'carol', hz: 1000 }];
const TONE_DBFS = -17; /* a sine of amplitude 0.2 */
const TONES = PEOPLE.map(({ hz }) => hz);

async function joinAll(t, server, codecs) {
  const phones = await Promise.all(PEOPLE.map((who, i) => Baresip.start({ t, ...who, codec: codecs[i] })));
  await Promise.all(phones.map((phone) => phone.dial(server.uri('voices'))));
  await server.api.waitForParticipants('voices', 3, { fits: (p) => p.media.packets_received > 25 });
  return phones;
}

for (const codecs of [
  ['PCMU', 'PCMU', 'PCMU'], ['PCMA', 'PCMA', 'PCMA'], ['G722', 'G722', 'G722'], ['opus', 'opus', 'opus'],
  ['PCMA', 'G722', 'opus'], ['PCMU', 'opus', 'PCMA'],
]) {
  test(`everybody hears the others and not itself: ${codecs.join(', ')}`, async (t) => {
    const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
    const events = await server.api.events('/events');
    const phones = await joinAll(t, server, codecs);
    for (const { name } of PEOPLE) await events.waitFor(is('participant_talking', { who: name, talking: true }));
    const others = (phone) => TONES.filter((hz) => hz !== phone.hz);
    await Promise.all(phones.map((phone) => waitToHear(phone, { present: others(phone), absent: [phone.hz] })));
    await Promise.all(phones.map((phone) => assertKeepsHearing(phone, { present: others(phone), absent: [phone.hz] }, 4)));
    for (const phone of phones)
      for (const hz of others(phone)) await waitForLevel(phone, hz, TONE_DBFS, 2);
    const inside = await server.api.participants('voices');
    for (const [i, { name }] of PEOPLE.entries()) {
      const me = inside.find((p) => p.uri.includes(`:${name}@`));
      assert.equal(me.media.send_codec.toLowerCase(), codecs[i].toLowerCase());
      assert.equal(me.media.packets_malformed, 0);
    }
  });
}
