/*
 * seats.mjs - phones and browsers' calls in a room, and what they are asked to do there.
 *
 *   const scene = await begin(t, { lobby: 'all' });          a server, and the room blue
 *   const alice = await phone(scene, 'alice', { state: 'lobby', hz: ALICE });
 *   const ann = await browser(scene, { display_name: 'Ann' });
 *   const results = await scene.act('mute', { but: [alice.id] });
 */
import { Caller } from '../../support/caller.mjs';
import { is } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { webOffer } from '../../support/web_offer.mjs';

export const ALICE = 440;
export const BOB = 700;
export const GUEST = { token: null };

export async function begin(t, room) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'api.rate_per_source': 0 } });
  const { api } = server;
  const events = await api.events('/events');
  if (room) (await api.post('/rooms', { name: 'blue', ...room })).expect(201);
  const act = async (action, more = {}) => (await api.post('/rooms/blue/actions', { action, ...more })).expect(200).body.results;
  return { t, server, api, events, act };
}

/** A phone, once it is in that state. */
export async function phone({ t, server, events }, name, { state = 'connected', ...more } = {}) {
  const caller = await Caller.join({ t, server, room: 'blue', name, ...more });
  const { id } = await caller.participant({ fits: (p) => p.state === state });
  return { caller, id, path: `/rooms/blue/participants/${id}`, left: (reason) => events.waitFor(is('participant_left', { id, reason })) };
}

export async function browser({ api }, body = {}, options = GUEST) {
  const call = (await api.post('/rooms/blue/calls', { offer: webOffer(), ...body }, options)).expect(201).body;
  return { ...call, path: `/rooms/blue/calls/${call.id}`, seat: `/rooms/blue/participants/${call.participant}` };
}
