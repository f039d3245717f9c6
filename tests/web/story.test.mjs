/* A conference from its first to its last minute, by the console, with a real phone that has a camera: made, a file dropped, a
 * caller let in from the lobby, muted, written to and from, a tone played, a page shown to all, ended. Screenshots stay in build/web/story. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Baresip } from '../support/baresip.mjs';
import { waitToHear } from '../support/ears.mjs';
import { pdf } from '../support/pdf.mjs';
import { decode, isColour, meanColour } from '../support/picture.mjs';
import { REPOSITORY } from '../support/server.mjs';
import { writeTone } from '../support/tone.mjs';
import { until } from '../support/wait.mjs';
import { barriers } from './support/axe.mjs';
import { openScene } from './support/scene.mjs';

const [GREEN, BLUE] = [[20, 220, 20], [20, 20, 230]];
const TOLERANCE = 60; /* an encoder, a decoder, a JPEG */
const SHOTS = path.join(REPOSITORY, 'build', 'web', 'story');

/** Takes a screenshot, and has nothing in the way of anybody. */
async function look(page, name) {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect.getTiming().iterations < Infinity).map((one) => one.finished))); // what fades has little contrast
  await page.screenshot({ path: path.join(SHOTS, `${name}.png`) });
  assert.deepEqual(await barriers(page), [], name);
}

/** The colour of the console's picture of the room, a little left of the middle. */
const colourOfPicture = (page) => page.locator('img.snapshot').evaluate((image) => {
  if (!image.naturalWidth) return [0, 0, 0];
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: image.naturalWidth, height: image.naturalHeight });
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  return [...context.getImageData(canvas.width * 0.3, canvas.height * 0.45, 1, 1).data].slice(0, 3);
});

async function phoneSees(phone, wanted) {
  const film = await decode(await phone.snapshot());
  return isColour(meanColour(film, film.frames[0], { x: film.width * 0.3, y: film.height * 0.45, width: 16, height: 16 }), wanted, TOLERANCE);
}

const drop = (page, selector, { name, type, bytes }) => page.locator(selector).evaluate((element, file) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(file.base64), (letter) => letter.charCodeAt(0))], file.name, { type: file.type }));
  for (const kind of ['dragenter', 'dragover', 'drop']) element.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}, { name, type, base64: bytes.toString('base64') });

test('a conference, from its first to its last minute', async (t) => {
  fs.mkdirSync(SHOTS, { recursive: true });
  const { server, browser, api } = await openScene(t);
  const tab = await browser.openAt('/', { name: 'Admin', viewport: { width: 1400, height: 1000 } });
  const { page } = tab;
  await page.locator('#token').fill(server.token);
  await page.keyboard.press('Enter');
  await tab.says('There is no room yet.');
  await tab.press('add');
  await page.locator('[name=name]').fill('board');
  await page.locator('[name=display_name]').fill('The board');
  await page.locator('[name=lobby]').selectOption('all');
  await look(page, '1-new-room');
  await page.locator('dialog [type=submit]').click();
  await tab.says('Nobody is in.');

  await drop(page, '.files-box:has(#file-input)', { name: 'slides.pdf', type: 'application/pdf', bytes: pdf([GREEN, BLUE]) });
  await page.locator('.files .link', { hasText: 'slides.pdf' }).waitFor();
  await page.locator('.chat-text', { hasText: 'slides.pdf' }).getByRole('link', { name: 'open the file' }).waitFor();
  await look(page, '2-file-dropped');

  const bob = await Baresip.start({ t, name: 'bob', hz: 440, contact: server.uri('board'), video: { codec: 'H264', colour: 'red' } });
  await bob.dial(server.uri('board'));
  await tab.says('waits to be let in');
  await look(page, '3-bob-waits');
  await page.locator('.member [data-act=admit]').click();
  const seat = await until(async () => (await api.participants('board')).find(({ state }) => state === 'connected'), { what: 'Bob is in' });
  await until(async () => Number(await page.locator('.member [role=meter]').getAttribute('aria-valuenow')) > 10, { what: 'his level is seen' });

  const muted = async (wanted) => {
    await until(async () => (await api.get(`/rooms/board/participants/${seat.id}`)).body.muted === wanted, { what: `muted: ${wanted}` });
    await page.locator(`.member [data-act=mute][aria-pressed=${wanted}]`).waitFor();
  };
  await page.locator('.member').focus();
  await page.keyboard.press('m');
  await muted(true);
  await look(page, '4-bob-muted');
  await page.keyboard.press('m');
  await muted(false);

  await page.locator('#chat-text').fill('Welcome, Bob');
  await page.keyboard.press('Enter');
  await page.locator('.chat-text', { hasText: 'Welcome, Bob' }).waitFor();
  await until(() => bob.child.tail(200).includes('message.wav'), { what: 'his phone rings for it' });
  await bob.control.command('message', 'Good morning');
  await page.locator('.chat-text', { hasText: 'Good morning' }).waitFor();
  const written = (await api.get('/rooms/board/messages')).expect(200).body.items.filter(({ origin }) => origin !== 'system');
  assert.deepEqual(written.map(({ origin, text }) => [origin, text]), [['api', 'Welcome, Bob'], ['participant', 'Good morning']]);

  const tone = path.join(bob.folder, 'tone.wav');
  writeTone(tone, { hz: 900, rate: 16000, seconds: 60 });
  await page.locator('#file-input').setInputFiles(tone);
  await page.locator('.files li', { hasText: 'tone.wav' }).getByRole('button', { name: 'Play' }).click();
  await waitToHear(bob, { present: [900] });
  await page.getByRole('button', { name: 'Play', exact: true }).first().click();
  const playing = page.locator('.plays li', { hasText: 'tone.wav' });
  await playing.getByRole('button', { name: 'Pause' }).click();
  await playing.getByRole('button', { name: 'Go on' }).waitFor();
  await waitToHear(bob, { absent: [900] });
  await look(page, '5-tone-paused');
  await playing.getByRole('button', { name: 'Stop' }).click();
  await playing.waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');

  const all = async (wanted, what) => {
    await until(() => phoneSees(bob, wanted), { timeout: 30000, every: 300, what: `the phone sees ${what}` });
    await until(async () => isColour(await colourOfPicture(page), wanted, TOLERANCE), { timeout: 30000, every: 300, what: `the console sees ${what}` });
  };
  await page.locator('.files-box:has(#file-input)').getByRole('button', { name: 'Present' }).click();
  await all(GREEN, 'the first page');
  await look(page, '6-first-page');
  await page.locator('.pager button').nth(1).click();
  await all(BLUE, 'the second page');
  await look(page, '7-second-page');
  await page.locator('.pager button').nth(2).click();
  await until(async () => (await api.get('/rooms/board/presentation')).status === 404, { what: 'nothing is presented' });

  await tab.press('room-end-room');
  await page.locator('dialog .danger').click();
  await tab.says('There is no room yet.');
  await bob.waitFor(({ type }) => type === 'CALL_CLOSED');
  (await api.get('/rooms/board')).expect(404);
  await look(page, '8-ended');
  assert.deepEqual(tab.complaints, []);
});
