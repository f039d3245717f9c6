/*
 * scene.mjs - a server, a room with pictures, and a browser: what each test of the web begins with.
 *
 *   const { server, browser, api } = await openScene(t, { hz: 440, colour: RED });
 *   await makeRoom(server, 'blue', { columns: 2 });              two tiles side by side
 *   await waitForColours(ann, [[0.25, 0.5], [0.75, 0.5]], [RED, GREEN]);       in this order, or `inAnyOrder`
 */
import { isColour } from '../../support/picture.mjs';
import { startServer } from '../../support/server.mjs';
import { fixedGrid, makeVideoRoom } from '../../support/video_phones.mjs';
import { until } from '../../support/wait.mjs';
import { Browser } from './browser.mjs';

export const RED = [240, 16, 16];
export const GREEN = [0, 255, 0];
export const LEFT_AND_RIGHT = [[0.25, 0.5], [0.75, 0.5]];
const TOLERANCE = 40; /* a camera, its encoder, ours, a decoder, and a canvas */

export async function openScene(t, { hz, colour = RED, asks, set = {} } = {}) {
  /* Others may have the cores just then: whoever comes gets its picture all the same. */
  const server = await startServer({ t, set: { 'media.video_when_full': 'admit', 'rooms.join_tone': 'none', ...set } });
  const browser = await Browser.start({ t, server, hz, colour, asks });
  return { server, browser, api: server.api };
}

export const makeRoom = (server, room, { columns = 2, ...video } = {}) =>
  makeVideoRoom(server, room, { layout: fixedGrid(columns, 1), fps: 15, bitrate_kbps: 1500, ...video });

const fits = (seen, wanted) => seen.every((colour, i) => isColour(colour, wanted[i], TOLERANCE));

/** Waits until the composed picture has these colours at these points. */
export async function waitForColours(tab, points, wanted, { inAnyOrder = false } = {}) {
  const orders = inAnyOrder ? [wanted, [...wanted].reverse()] : [wanted];
  let seen;
  try {
    await until(async () => {
      seen = await tab.colours(points);
      return orders.some((order) => fits(seen, order));
    }, { timeout: 20000, every: 200, what: `${tab.name} sees ${wanted.join('; ')}` });
  } catch (error) {
    throw new Error(`${error.message}\n  seen last: ${seen?.join('; ')}`);
  }
}

/** The participant of this name, as the API shows it. */
export async function personOf(api, room, name) {
  const found = (await api.participants(room)).find(({ display_name: shown }) => shown === name);
  if (!found) throw new Error(`${name} is not in ${room}`);
  return found;
}
