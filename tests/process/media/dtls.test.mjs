/* SRTP with keys by DTLS: real phones, with and without ICE, and offers that nobody can use. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const ALICE = 440, BOB = 700;
const QUIET = { 'rooms.join_tone': 'none' };

const start = (t, set = {}) => startServer({ t, set: { ...QUIET, ...set } });

/** Each hears the other and not itself. */
async function talk(alice, bob) {
  await Promise.all([
    waitToHear(alice, { present: [BOB], absent: [ALICE] }), waitToHear(bob, { present: [ALICE], absent: [BOB] }),
  ]);
  await Promise.all([
    assertKeepsHearing(alice, { present: [BOB], absent: [ALICE] }, 2),
    assertKeepsHearing(bob, { present: [ALICE], absent: [BOB] }, 2),
  ]);
}

const isInside = (server, name, fits) => until(async () =>
  (await server.api.participants('den')).find((p) => p.uri.includes(`:${name}@`) && fits(p)), { what: `${name} is so: ${fits}` });

for (const [srtp, more] of [
  ['dtls_srtp', { mux: true }], ['dtls_srtpf', { mux: true }], ['dtls_srtp', {}], ['dtls_srtp', { mux: true, ice: true }],
]) {
  test(`baresip with ${srtp} ${JSON.stringify(more)} and a plain one hear each other`, async (t) => {
    const server = await start(t);
    const alice = await Baresip.start({ t, name: 'alice', hz: ALICE, srtp, ...more });
    const bob = await Baresip.start({ t, name: 'bob', hz: BOB });
    await Promise.all([alice, bob].map((phone) => phone.dial(server.uri('den'))));
    await talk(alice, bob);
    const { security } = await isInside(server, 'alice', (p) => p.security.suite);
    assert.equal(security.media, 'dtls');
    await alice.hold();
    await isInside(server, 'alice', (p) => p.on_hold);
    await alice.resume();
    await isInside(server, 'alice', (p) => !p.on_hold);
    await waitToHear(bob, { present: [ALICE], absent: [BOB] });
  });
}
