/* A WebRTC stack that is no browser's, aiortc (with libsrtp2, OpenSSL's DTLS and an ICE of its own), in a room with a phone. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Aiortc } from '../../support/aiortc.mjs';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

test('aiortc and a phone hear each other, and not themselves; it leaves by closing its connection', async (t) => {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const bob = await Caller.join({ t, server, room: 'blue', name: 'bob', hz: 700 });
  const ann = await Aiortc.join({ t, server, room: 'blue', name: 'ann', hz: 440 });
  await Promise.all([
    waitToHear(ann, { present: [700], absent: [440] }),
    waitToHear(bob.rtp, { present: [440], absent: [700] }),
  ]);
  /* RFC 9143 section 15: until it says that they come; what it sends itself is named all the time */
  await ann.says(/^packets named None/);
  assert.deepEqual(ann.child.lines.filter((line) => line.startsWith('packets named')), ['packets named 0', 'packets named None']);
  const me = (await server.api.get(`/rooms/blue/participants/${ann.id}`)).expect(200).body;
  assert.equal(me.display_name, 'ann');
  assert.equal(me.state, 'connected');
  assert.equal((await ann.leave()).code, 0);
  await until(async () => (await server.api.participants('blue')).length === 1, { what: 'it has left' });
});
