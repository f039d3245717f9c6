/*
 * den.mjs - a room with alice and bob, who are well, and eve, with whom a test does what it wants.
 *
 *   const all = await begin(t, { set: { 'media.no_media_timeout_s': 2 }, eve: { ptime: 30 } });
 *   all.eve.speak({ hz: EVE, fate });
 *   await goesOn(all, [EVE]);              alice and bob hear each other, and eve
 *   (await all.media()).packets_lost       eve's statistics
 */
import assert from 'node:assert/strict';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { startServer } from '../../support/server.mjs';
import { levelOf, toneMs } from '../../support/tone.mjs';

export const ALICE = 440;
export const BOB = 700;
export const EVE = 1000;

const quiet = { 'rooms.join_tone': 'none' };

/** alice and bob, who are well, and eve, who is not (yet silent). */
export async function begin(t, { set = {}, eve: options = {} } = {}) {
  const server = await startServer({ t, set: { ...quiet, ...set } });
  const join = (name, hz, more) => Caller.join({ t, server, room: 'den', name, hz, ...more });
  const [alice, bob, eve] = await Promise.all([join('alice', ALICE), join('bob', BOB), join('eve', undefined, options)]);
  await waitToHear(alice.rtp, { present: [BOB], absent: [ALICE] });
  const media = async () => (await eve.participant()).media;
  return { server, api: server.api, alice, bob, eve, media };
}

/** The well ones hear each other, and eve's tone if she speaks. */
export async function goesOn({ alice, bob }, extra = []) {
  await waitToHear(alice.rtp, { present: [BOB, ...extra], absent: [ALICE] });
  await waitToHear(bob.rtp, { present: [ALICE, ...extra], absent: [BOB] });
}

export const NEW = 1900; /* eve's tone after the change: so it can be found */
const SOON_MS = 200;

/** Begins to speak anew, as `change` has made it: heard within 200 ms of RTP time, and bob without
 *  a gap throughout. */
export async function changes({ alice, eve }, change, speak = {}, { soon = SOON_MS } = {}) {
  const mark = alice.rtp.mark();
  eve.rtp.stopTone();
  change(eve.rtp);
  eve.speak({ hz: NEW, ...speak });
  const { samples: pcm } = await alice.rtp.listen(mark, 1);
  const end = (soon + 200) * 8;
  const ms = toneMs(pcm.subarray(0, end), 8000, NEW);
  assert.ok(ms >= 180, `of the first ${soon + 200} ms only ${ms} ms of the new sound were heard`);
  const bob = toneMs(pcm, 8000, BOB);
  assert.ok(bob >= 850, `bob was heard for ${bob} of 1000 ms`);
  assert.ok(levelOf(pcm.subarray(4000), 8000, NEW) > -22, 'the new sound is whole');
}

/** eve speaks, too, and is heard. */
export async function beginSpeaking(t) {
  const all = await begin(t);
  all.eve.speak({ hz: EVE });
  await waitToHear(all.alice.rtp, { present: [BOB, EVE], absent: [ALICE] });
  return all;
}
