/* Codecs that few phones have: a real phone that has one, and a caller with PCMU, hear each other. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip, hasCodec } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { waitForLevel, waitToHear } from '../../support/ears.mjs';
import { startServer } from '../../support/server.mjs';

const ALICE = 440;
const BOB = 700;
const TONE_DBFS = -17;

for (const codec of ['GSM', 'AMR', 'AMR-WB', 'L16/8000', 'L16/16000', 'L16/48000']) {
  test(`a phone with ${codec} and one with PCMU hear each other`, { skip: !hasCodec(codec) && 'baresip has no such module' }, async (t) => {
    const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
    const alice = await Baresip.start({ t, name: 'alice', hz: ALICE, codec });
    await alice.dial(server.uri('codecs'));
    const bob = await Caller.join({ t, server, room: 'codecs', name: 'bob', hz: BOB });
    const inside = await server.api.waitForParticipants('codecs', 2, { fits: (p) => p.media.packets_received > 10 });
    await Promise.all([waitToHear(alice, { present: [BOB], absent: [ALICE] }), waitToHear(bob.rtp, { present: [ALICE], absent: [BOB] })]);
    await Promise.all([waitForLevel(alice, BOB, TONE_DBFS, 3), waitForLevel(bob.rtp, ALICE, TONE_DBFS, 3)]);
    const { media } = inside.find((p) => p.uri.includes(':alice@'));
    assert.equal(media.send_codec.toLowerCase(), codec.split('/')[0].toLowerCase());
    const now = (await server.api.participants('codecs')).find((p) => p.uri.includes(':alice@'));
    assert.equal(now.media.packets_malformed, 0);
  });
}
