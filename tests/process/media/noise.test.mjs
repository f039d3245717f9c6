/* Comfort noise (RFC 3389): a few packets stand for silence, both ways; nobody's first syllable is
 * lost by it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { is } from '../../support/events.mjs';
import { decode, encode } from '../../support/g711.mjs';
import { startServer } from '../../support/server.mjs';
import { sine, toneMs } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';
import { EVE, begin, goesOn } from './den.mjs';

const CN = 13;
const codec = ['PCMU', { type: CN, map: 'CN/8000' }];
const BOB = 700;
const SYLLABLE = 2000;

/** Sends 15 packets and no more: a syllable of one packet, which begins the word. */
function sendWord(rtp) {
  const syllable = encode('PCMU', sine({ hz: SYLLABLE, rate: 8000, seconds: 0.02 }));
  rtp.sendTone({
    hz: BOB,
    mutate: (fields, n) => {
      if (n < 15) return n ? fields : { ...fields, payload: syllable };
      rtp.stopTone();
      return null;
    },
  });
}

for (const ptime of [20, 60]) {
  test(`silence is sent as a few packets, and the voice after it is whole (${ptime} ms)`, async (t) => {
    const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
    const eve = await Caller.join({ t, server, room: 'quiet', name: 'eve', codec, ptime });
    const bob = await Caller.join({ t, server, room: 'quiet', name: 'bob' });
    assert.ok(eve.audio.types.includes(CN), 'comfort noise is agreed');
    await server.api.waitForParticipants('quiet', 2);
    for (let round = 0; round < 2; round++) {
      const isQuiet = () => eve.rtp.mark() >= 5 && eve.rtp.packets.slice(-5).every(({ type }) => type === CN);
      await until(isQuiet, { what: '5 packets of comfort noise and nothing else' });
      const quiet = eve.rtp.mark() - 5;
      const pause = eve.rtp.packets.slice(quiet);
      const spent = pause.at(-1).timestamp - pause[0].timestamp;
      assert.ok(spent >= (pause.length - 1) * 8 * 60, `${pause.length} packets in ${spent / 8} ms`);
      const mark = eve.rtp.mark();
      sendWord(bob.rtp);
      await until(() => eve.rtp.packets.slice(mark).some(({ type }) => type === 0), { what: 'a voice comes' });
      await until(isQuiet, { what: 'silence comes again' });
      const voice = eve.rtp.packets.slice(mark).filter(({ type }) => type === 0);
      assert.ok(voice.length * ptime >= 300 && voice.length * ptime <= 300 + 1000, `${voice.length} packets`);
      const all = eve.rtp.packets.slice(quiet);
      for (const [i, packet] of all.slice(1).entries()) {
        assert.equal(packet.marker, packet.type === 0 && all[i].type === CN, 'the first of a voice has the marker');
        assert.equal(packet.sequence, (all[i].sequence + 1) & 0xffff);
        assert.ok(((packet.timestamp - all[i].timestamp) | 0) >= 0, 'time does not go back');
      }
      const pcm = Int16Array.from(voice.flatMap(({ payload }) => [...decode('PCMU', payload)]));
      const heard = toneMs(pcm, 8000, SYLLABLE);
      assert.ok(heard >= 12, `${heard} ms of the first syllable were heard`);
      assert.ok(toneMs(pcm, 8000, BOB) >= 200, 'the rest was heard');
    }
  });
}

/** Half a second of the tone, and then comfort noise and nothing for half a second, again and again. */
function speakWithPauses(rtp) {
  const noise = (fields) => ({ ...fields, type: CN, marker: false, payload: Buffer.from([50]) });
  rtp.sendTone({
    hz: EVE,
    mutate: (fields, n) => {
      const at = n % 50;
      if (at < 25) return { ...fields, marker: at === 0 };
      if (at === 25) return noise(fields);
      rtp.sequence = (rtp.sequence - 1) & 0xffff; /* not sent: its number is the next one's */
      return null;
    },
  });
}

test('a caller pauses by comfort noise: nothing is made up, nothing is lost', async (t) => {
  const all = await begin(t, { eve: { codec } });
  const { eve, media, server } = all;
  const events = await server.api.events('/events');
  await goesOn(all);
  speakWithPauses(eve.rtp);
  await events.waitFor(is('participant_talking', { who: 'eve', talking: true }));
  await until(async () => { /* a busy machine may send late: in some three pauses it does not */
    const before = await media();
    const after = await until(async () => {
      const now = await media();
      return now.packets_received >= before.packets_received + 78 && now;
    }, { what: 'three pauses' });
    return after.concealed_ms - before.concealed_ms <= 40;
  }, { timeout: 15000, what: 'three pauses in which nothing is made up' });
  const { packets_malformed, packets_lost } = await media();
  assert.deepEqual({ packets_malformed, packets_lost }, { packets_malformed: 0, packets_lost: 0 });
  await goesOn(all);
});

test('only comfort noise: the caller is alive and does not talk', async (t) => {
  const all = await begin(t, { set: { 'media.no_media_timeout_s': 2 }, eve: { codec, reports: 0 } });
  const { eve, server, media } = all;
  const events = await server.api.events('/events');
  eve.rtp.sendFrames({ make: () => Buffer.from([60, 128, 110]), type: CN, ptime: 500 });
  await until(async () => (await media()).packets_received >= 6, { what: '3 s of comfort noise' });
  await goesOn(all);
  assert.equal((await eve.participant()).state, 'connected');
  assert.equal((await eve.participant()).talking, false);
  assert.equal((await media()).packets_malformed, 0);
  assert.deepEqual(events.all.filter(is('participant_talking', { who: 'eve' })), []);
  eve.rtp.stopTone();
  await until(() => eve.call.isOver || events.all.some(is('participant_left', { who: 'eve' })), { what: 'control: nothing at all ends the call' });
});
