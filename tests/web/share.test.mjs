/* A shared screen: all see it in the large tile, beside the camera, and it goes when the share ends. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Caller } from '../support/caller.mjs';
import { waitToHear } from '../support/ears.mjs';
import { decode, isColour, meanColour } from '../support/picture.mjs';
import { until } from '../support/wait.mjs';
import { makeVideoRoom } from '../support/video_phones.mjs';
import { openScene, personOf, RED } from './support/scene.mjs';

/** Chromium's fake screen is green with some yellow in the middle; no camera here is. */
const isScreen = ([r, g, b]) => g > r + 60 && g > b + 60;

const MIDDLE = [[0.2, 0.45]]; /* a little off it */
const STRIP = Array.from({ length: 12 }, (_, i) => [0.9, (i + 0.2) / 12]); /* where people stand beside what is presented */

/** The colours at these points of the room's picture, as the API gives it. */
async function coloursOf(server, room, points) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-snapshot-'));
  try {
    const response = await fetch(`${server.apiUrl}/api/v1/rooms/${room}/snapshot.jpg`, { headers: { Authorization: `Bearer ${server.token}` } });
    assert.equal(response.status, 200);
    const file = path.join(folder, 'snapshot.jpg');
    fs.writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    const film = await decode(file);
    return points.map(([x, y]) => meanColour(film, film.frames[0], { x: film.width * x, y: film.height * y, width: 16, height: 16 }));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const sees = (server, fits, what, points = MIDDLE) =>
  until(async () => (await coloursOf(server, 'blue', points)).some(fits), { timeout: 20000, every: 300, what });
const isRed = (colour) => isColour(colour, RED, 60);

test('a shared screen is the room’s presentation', async (t) => {
  const { server, browser, api } = await openScene(t, { colour: RED });
  await makeVideoRoom(server, 'blue', { layout: 'auto', fps: 15 });
  const [ann, bea] = [await browser.open('blue', { name: 'Ann' }), await browser.open('blue', { name: 'Bea' })];
  for (const tab of [ann, bea]) await tab.join();
  await api.waitForParticipants('blue', 2);
  await sees(server, isRed, 'a camera is in the picture');

  await ann.press('share');
  await bea.says('Ann shows a screen');
  await until(() => ann.isPressed('share'), { what: 'her button says so' });
  await until(async () => (await personOf(api, 'blue', 'Ann')).presents, { what: 'Ann presents' });
  (await api.patch(`/rooms/blue/participants/${(await personOf(api, 'blue', 'Bea')).id}`, { hidden: true })).expect(200);
  await sees(server, isScreen, 'the screen is in the picture');
  await until(async () => isScreen((await bea.colours([[0.2, 0.5]]))[0]), { timeout: 20000, every: 200, what: 'Bea sees the screen' });
  await sees(server, isRed, 'the camera of Ann is beside it', STRIP);
  const both = await personOf(api, 'blue', 'Ann');
  assert.deepEqual([both.video.showing, both.slides.showing], [true, true]);
  assert.deepEqual([both.video.sending, both.slides.sending, both.slides.receiving], [true, true, false]);

  await ann.press('camera'); // another offer: whose packets are whose is still known
  await until(async () => !(await personOf(api, 'blue', 'Ann')).video.showing, { timeout: 20000, what: 'her camera is off' });
  await ann.press('camera');
  await sees(server, isRed, 'the camera of Ann is beside it again', STRIP);
  await sees(server, isScreen, 'the screen is still in the picture');

  await ann.press('share');
  await until(async () => !(await personOf(api, 'blue', 'Ann')).presents, { what: 'Ann presents no more' });
  await sees(server, isRed, 'the camera is large again');
  assert.equal((await personOf(api, 'blue', 'Ann')).slides.sending, false);
  assert.equal(await ann.isPressed('share'), false);
  assert.deepEqual([...ann.complaints, ...bea.complaints], []);
});

/** Chromium without a screen gives no sound with it: a tone stands for that of a tab. */
const shareWith = (hz) => `{
  const { mediaDevices } = navigator;
  const share = mediaDevices.getDisplayMedia.bind(mediaDevices);
  mediaDevices.getDisplayMedia = async (wanted) => {
    window.testWanted = wanted;
    const stream = await share({ video: wanted.video });
    const context = new AudioContext();
    const [tone, level, out] = [context.createOscillator(), context.createGain(), context.createMediaStreamDestination()];
    tone.frequency.value = ${hz};
    level.gain.value = 0.2; // about as loud as the voice
    tone.connect(level).connect(out);
    tone.start();
    window.testSound = out.stream.getAudioTracks()[0];
    stream.addTrack(window.testSound);
    return stream;
  };
}`;

test('what is shared is heard with the voice, also while the microphone is off', async (t) => {
  const [VOICE, FILM] = [440, 1500];
  const { server, browser, api } = await openScene(t, { hz: VOICE });
  await makeVideoRoom(server, 'blue', { layout: 'auto', fps: 15 });
  const phone = await Caller.join({ t, server, room: 'blue', name: 'phone' });
  const ann = await browser.open('blue', { name: 'Ann' });
  await ann.page.evaluate(shareWith(FILM));
  await ann.join();
  await waitToHear(phone.rtp, { present: [VOICE], absent: [FILM] });
  const isMuted = async (wanted) => until(async () => (await personOf(api, 'blue', 'Ann')).muted === wanted, { what: `muted is ${wanted}` });

  await ann.press('share');
  await ann.says('All see your screen and hear its sound');
  await waitToHear(phone.rtp, { present: [VOICE, FILM] });
  assert.equal(await ann.page.evaluate(() => window.testWanted.systemAudio), 'exclude', 'the others would hear themselves');
  await ann.press('mute');
  await waitToHear(phone.rtp, { present: [FILM], absent: [VOICE] });
  await isMuted(false);
  await ann.press('share');
  await isMuted(true);
  await waitToHear(phone.rtp, { absent: [VOICE, FILM], silent: true });
  assert.equal(await ann.page.evaluate(() => window.testSound.readyState), 'ended');

  await ann.press('share');
  await isMuted(false);
  await waitToHear(phone.rtp, { present: [FILM], absent: [VOICE] });
  await ann.press('mute');
  await waitToHear(phone.rtp, { present: [VOICE, FILM] });
  await ann.press('share');
  await waitToHear(phone.rtp, { present: [VOICE], absent: [FILM] });
  assert.deepEqual(ann.complaints, []);
});

test('a share that the API ends, and the next one', async (t) => {
  const { server, browser, api } = await openScene(t);
  await makeVideoRoom(server, 'blue', { layout: 'auto', fps: 15 });
  const [ann, bea] = [await browser.open('blue', { name: 'Ann' }), await browser.open('blue', { name: 'Bea' })];
  for (const tab of [ann, bea]) await tab.join();
  await ann.press('share');
  await bea.says('Ann shows a screen');
  await ann.says('All see your screen'); // she has said herself that she presents, and says it no more
  const { id } = await personOf(api, 'blue', 'Ann');
  (await api.patch(`/rooms/blue/participants/${id}`, { presents: false })).expect(200);
  await until(async () => !(await ann.isPressed('share')), { what: 'the share of Ann has ended' });
  await bea.press('share');
  await ann.says('Bea shows a screen');

  const isOffer = (request) => request.method() === 'PATCH' && request.postData()?.includes('"offer"');
  await ann.page.route('**/calls/*', (route) => (isOffer(route.request()) ? route.abort() : route.continue()));
  await ann.press('share');
  await ann.says('The screen is not shared.'); // the server was not reached
  assert.equal(await ann.isPressed('share'), false);
  await ann.page.unroute('**/calls/*');
  await ann.press('share');
  await ann.says('All see your screen');
  await until(async () => (await personOf(api, 'blue', 'Ann')).presents, { what: 'Ann presents' });
});
