/* IPv4 and IPv6, UDP and TCP, in one room. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import { startServer } from '../../support/server.mjs';

const WAYS = [
  { name: 'alice', hz: 440, ip: '::1', transport: 'udp' },
  { name: 'bob', hz: 700, ip: '127.0.0.1', transport: 'tcp' },
  { name: 'carol', hz: 1000, ip: '::1', transport: 'tcp' },
];

test('phones on IPv6, on TCP and on both hear each other', async (t) => {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const phones = await Promise.all(WAYS.map((way) => Baresip.start({ t, ...way })));
  await Promise.all(phones.map((phone) =>
    phone.dial(server.uri('ways', { ip: phone.ip, transport: phone.transport }))));
  await server.api.waitForParticipants('ways', 3, { fits: (p) => p.media.packets_received > 25 });
  const others = (phone) => WAYS.map(({ hz }) => hz).filter((hz) => hz !== phone.hz);
  await Promise.all(phones.map((phone) => waitToHear(phone, { present: others(phone), absent: [phone.hz] })));
  await Promise.all(phones.map((phone) => assertKeepsHearing(phone, { present: others(phone), absent: [phone.hz] }, 2)));
  await Promise.all(phones.map((phone) => phone.hangup()));
  await server.api.get('/rooms/ways');
});

for (const [ip, transport] of [['127.0.0.1', 'udp'], ['127.0.0.1', 'tcp'], ['::1', 'udp'], ['::1', 'tcp']]) {
  test(`SDP and Contact name an address of the caller's kind: ${ip} ${transport}`, async (t) => {
    const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
    const alice = await Caller.join({ t, server, room: 'ways', name: 'alice', hz: 440, ip, transport });
    const bob = await Caller.join({ t, server, room: 'ways', name: 'bob', hz: 700 });
    assert.equal(alice.audio.ip, ip);
    const contact = alice.sip.received.find((m) => m.status === 200).header('contact');
    assert.ok(contact.includes(ip.includes(':') ? `[${ip}]` : ip), contact);
    await Promise.all([
      waitToHear(alice.rtp, { present: [700], absent: [440] }), waitToHear(bob.rtp, { present: [440], absent: [700] }),
    ]);
    await bob.leave();
    await alice.leave();
  });
}
