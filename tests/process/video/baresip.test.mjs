/* A phone that others have written: three of them send a colour each, and see all three. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { decode, isColour, meanColour } from '../../support/picture.mjs';
import { until } from '../../support/wait.mjs';
import { Studio } from './studio.mjs';

const PHONES = [
  { name: 'alice', hz: 440, colour: 'red', wanted: [255, 0, 0] },
  { name: 'bob', hz: 700, colour: 'lime', wanted: [0, 255, 0] },
  { name: 'carol', hz: 1000, colour: 'blue', wanted: [0, 0, 255] },
];
const TOLERANCE = 24; /* its encoder, ours, its decoder, and a PNG in full range */

/** The middle of a tile of a 3 x 1 grid. */
const middleOf = (film, i) => ({
  x: (i + 0.3) * (film.width / 3), y: film.height * 0.45, width: film.width / 7.5, height: film.height * 0.1,
});

async function seesAll(phone) {
  const film = await decode(await phone.snapshot());
  const colours = PHONES.map((_, i) => meanColour(film, film.frames[0], middleOf(film, i)));
  const fits = colours.every((colour, i) => isColour(colour, PHONES[i].wanted, TOLERANCE));
  assert.ok(fits, `${phone.name} sees ${colours.join('; ')} in ${film.width} x ${film.height}`);
  return true;
}

for (const codec of ['H264', 'VP8', 'VP9'])
  test(`three baresips see each other: ${codec}`, async (t) => {
    const studio = await Studio.open(t, { columns: 3, rows: 1 });
    const phones = [];
    for (const { name, hz, colour } of PHONES) {
      const phone = await Baresip.start({ t, name, hz, video: { codec, colour } });
      await phone.dial(studio.server.uri(studio.room));
      phones.push(phone);
    }
    for (const phone of phones) await until(() => seesAll(phone), { timeout: 20000, every: 300, what: `${phone.name} sees all three` });
  });

test('baresips of different codecs in one room', async (t) => {
  const studio = await Studio.open(t, { columns: 3, rows: 1 });
  const phones = [];
  for (const [i, { name, hz, colour }] of PHONES.entries()) {
    const phone = await Baresip.start({ t, name, hz, video: { codec: ['H264', 'VP8', 'VP9'][i], colour } });
    await phone.dial(studio.server.uri(studio.room));
    phones.push(phone);
  }
  for (const phone of phones) await until(() => seesAll(phone), { timeout: 20000, every: 300, what: `${phone.name} sees all three` });
});
