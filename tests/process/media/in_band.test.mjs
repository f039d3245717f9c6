/* Keys pressed as tones in the voice: told once each if the caller has no telephone-event, and never
 * if it has. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { digitsOf, is } from '../../support/events.mjs';
import { encode } from '../../support/g711.mjs';
import { startServer } from '../../support/server.mjs';
import { sine } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';

const RATE = 8000;
const KEYS = ['123A', '456B', '789C', '*0#D'];
const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477, 1633];

/** The sound of a key (ITU-T Q.23), and then silence. */
function press(key, { ms = 80, pause = 80, amplitude = 0.15, twist = 1, speech = 0 } = {}) {
  const row = KEYS.findIndex((keys) => keys.includes(key));
  const low = sine({ hz: LOW[row], rate: RATE, seconds: ms / 1000, amplitude });
  const high = sine({ hz: HIGH[KEYS[row].indexOf(key)], rate: RATE, seconds: ms / 1000, amplitude: amplitude * twist });
  const pcm = new Int16Array((RATE / 1000) * (ms + pause));
  low.forEach((value, i) => (pcm[i] = value + high[i]));
  return pcm.map((value) => value + Math.round((2 * Math.random() - 1) * speech * 32767));
}

async function begin(t, options) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const events = await server.api.events('/events');
  const eve = await Caller.join({ t, server, room: 'menu', name: 'eve', ...options });
  await Caller.join({ t, server, room: 'menu', name: 'alice', hz: 440 });
  await server.api.waitForParticipants('menu', 2);
  return { events, eve };
}

/** Sends the sound once, in packets, and silence after it. */
function play({ rtp, codec, ptime = 20 }, pieces) {
  const sound = encode(codec, Int16Array.from(pieces.flatMap((pcm) => [...pcm])));
  const size = (RATE / 1000) * ptime;
  const silence = encode(codec, new Int16Array(size));
  const count = Math.ceil(sound.length / size);
  const make = (n) => (n < count ? Buffer.concat([sound.subarray(n * size, (n + 1) * size), silence]).subarray(0, size) : silence);
  let isOver;
  const over = new Promise((resolve) => (isOver = resolve));
  rtp.sendFrames({ make: (n) => { if (n === count + 20) isOver(); return make(n); }, type: codec === 'PCMU' ? 0 : 8, ptime });
  return over;
}

const ALL = '1234567890*#ABCD';

for (const [name, options, how] of [
  ['PCMU', { codec: 'PCMU' }, {}],
  ['PCMA, packets of 60 ms', { codec: 'PCMA', ptime: 60 }, {}],
  ['quiet', { codec: 'PCMU' }, { amplitude: 0.02 }],
  ['with twist and noise', { codec: 'PCMU' }, { twist: 0.6, speech: 0.005 }],
]) {
  test(`each key is told once (${name})`, async (t) => {
    const { events, eve } = await begin(t, { ...options, sdp: { events: 0 } });
    await play(eve, [...ALL, '1', '1'].map((key) => press(key, how)));
    await until(() => digitsOf(events, 'eve').length >= ALL.length + 2, { what: 'all digits' }).catch(() => {});
    assert.equal(digitsOf(events, 'eve'), `${ALL}11`);
  });
}

test('a long press is one digit, a speaking voice is none', async (t) => {
  const { events, eve } = await begin(t, { sdp: { events: 0 } });
  const syllables = Array.from({ length: 20 }, (_, i) => sine({ hz: 180 + 37 * i, rate: RATE, seconds: 0.06 }));
  await play(eve, [...syllables, press('7', { ms: 1500 }), ...syllables, press('#')]);
  await events.waitFor(is('participant_digit', { who: 'eve', digit: '#' }));
  assert.equal(digitsOf(events, 'eve'), '7#');
});

test('who has telephone-event is asked for nothing else: its tones are only sound', async (t) => {
  const { events, eve } = await begin(t);
  await play(eve, [...ALL].map((key) => press(key)));
  await eve.rtp.sendDigits('#');
  await events.waitFor(is('participant_digit', { who: 'eve', digit: '#' }));
  assert.equal(digitsOf(events, 'eve'), '#');
});
