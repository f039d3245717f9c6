/* DTMF as RTP events: heard exactly once whatever the network does to them, and sent by the API. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { digitsOf, is } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const quiet = { 'rooms.join_tone': 'none' };

async function begin(t) {
  const server = await startServer({ t, set: quiet });
  const events = await server.api.events('/events');
  return { server, api: server.api, events };
}

/** Waits until `last` came and gives all digits: what is double or missing shows. */
async function digitsUntil(events, who, last) {
  await events.waitFor(is('participant_digit', { who, digit: last }));
  return digitsOf(events, who);
}

for (const codec of ['PCMU', 'G722', 'opus']) {
  test(`each digit of a real phone is told once (${codec})`, async (t) => {
    const { server, events } = await begin(t);
    const alice = await Baresip.start({ t, name: 'alice', hz: 440, codec });
    await alice.dial(server.uri('menu'));
    await server.api.waitForParticipants('menu', 1, { fits: (p) => p.media.packets_received > 10 });
    for (const digit of '12334*0#') {
      const count = digitsOf(events, 'alice').length;
      await alice.digits(digit);
      await until(() => digitsOf(events, 'alice').length > count, { what: `digit ${digit}` });
    }
    assert.equal(digitsOf(events, 'alice'), '12334*0#');
  });
}

const FATES = {
  'every packet twice': () => [0, 0],
  'first packets lost': (n) => (n < 3 ? [] : [0]),
  'only the first packet arrives': (n) => (n === 0 ? [0] : []),
  'only one end packet arrives': (n) => (n === 6 ? [0] : []),
  'every second packet lost': (n) => (n % 2 ? [] : [0]),
  'all ends lost': (n) => (n >= 4 ? [] : [0]),
};

for (const [name, fate] of Object.entries(FATES)) {
  for (const tone of [true, false]) {
    test(`${name}, ${tone ? 'between audio' : 'without audio'}: each digit once`, async (t) => {
      const { server, events } = await begin(t);
      const eve = await Caller.join({ t, server, room: 'menu', name: 'eve', hz: tone ? 440 : undefined });
      await server.api.waitForParticipants('menu', 1);
      await eve.rtp.sendDigits('1559A', { fate });
      await eve.rtp.sendDigits('#');
      assert.equal(await digitsUntil(events, 'eve', '#'), '1559A#');
    });
  }
}

test('a long press is one digit', async (t) => {
  const { server, events } = await begin(t);
  const eve = await Caller.join({ t, server, room: 'menu', name: 'eve', hz: 440 });
  await eve.rtp.sendDigit('7', { ms: 2000 });
  await eve.rtp.sendDigits('#');
  assert.equal(await digitsUntil(events, 'eve', '#'), '7#');
});

/** The RTP events that came, by time stamp. */
function pressesOf(rtp, type) {
  const presses = new Map();
  for (const packet of rtp.packets.filter((p) => p.type === type))
    presses.set(packet.timestamp, [...(presses.get(packet.timestamp) ?? []), packet]);
  return [...presses.values()];
}

test('digits sent by the API arrive as RFC 4733 wants them', async (t) => {
  const { server, api } = await begin(t);
  const eve = await Caller.join({ t, server, room: 'menu', name: 'eve', hz: 440 });
  const { id } = await eve.participant({ fits: (p) => p.state === 'connected' });
  (await api.post(`/rooms/menu/participants/${id}/dtmf`, { digits: '19*D' })).expect(202);
  const ends = () => eve.rtp.packets.filter((p) => p.type === 101 && p.payload[1] & 0x80).length;
  await until(() => ends() >= 4 * 3, { what: 'three end packets of each digit' });
  assert.equal(eve.rtp.digits(), '19*D');
  for (const press of pressesOf(eve.rtp, 101)) {
    assert.equal(press[0].marker, true, 'the first packet has the marker');
    assert.ok(press.slice(1).every((p) => !p.marker), 'no other has');
    assert.equal(press.filter((p) => p.payload[1] & 0x80).length, 3, 'the end comes three times');
    const durations = press.map((p) => p.payload.readUInt16BE(2));
    assert.deepEqual(durations, [...durations].sort((a, b) => a - b), 'durations grow');
    const sequences = press.map((p) => p.sequence);
    assert.ok(sequences.every((s, i) => i === 0 || s === ((sequences[i - 1] + 1) & 0xffff)), `${sequences}`);
  }
});

test('digits sent by the API are heard by a real phone', async (t) => {
  const { server, api } = await begin(t);
  const alice = await Baresip.start({ t, name: 'alice', hz: 440, codec: 'PCMA' });
  await alice.dial(server.uri('menu'));
  const [{ id }] = await api.waitForParticipants('menu', 1);
  (await api.post(`/rooms/menu/participants/${id}/dtmf`, { digits: '42#' })).expect(202);
  const heard = () => alice.events.filter((e) => e.type === 'CALL_DTMF_START').map((e) => e.param).join('');
  await until(() => heard() === '42#', { what: 'the phone hears 42#' });
});

test('who did not agree to telephone-event is sent none', async (t) => {
  const { server, api } = await begin(t);
  const eve = await Caller.join({ t, server, room: 'menu', name: 'eve', hz: 440, sdp: { events: 0 } });
  const { id } = await eve.participant({ fits: (p) => p.state === 'connected' });
  const { body } = (await api.post(`/rooms/menu/participants/${id}/dtmf`, { digits: '1' })).expect(409);
  assert.match(JSON.stringify(body), /no_telephone_event/);
});
