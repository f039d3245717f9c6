/*
 * den.mjs - a room with alice and bob, who are well, and eve, with whom a test does what it wants.
 *
 *   const all = await begin(t, { set: { 'media.no_media_timeout_s': 2 }, eve: { ptime: 30 } });
 *   all.eve.speak({ hz: EVE, fate });
 *   await goesOn(all, [EVE]);              alice and bob hear each other, and eve
 *   (await all.media()).packets_lost       eve's statistics
 */
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { startServer } from '../../support/server.mjs';

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
