/* What comes between in a call: a browser that holds the sound back, devices that are pulled out, a bad network; and the
 * full screen. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../support/baresip.mjs';
import { assertSilent, waitToHear } from '../support/ears.mjs';
import { until } from '../support/wait.mjs';
import { Relay } from './support/relay.mjs';
import { makeRoom, openScene, personOf } from './support/scene.mjs';

/* What the test does in the page. */

/** As a browser does in which nobody has clicked: no sound. Here it is not the click that decides, but the test. */
function holdSoundBack() {
  const { play } = HTMLMediaElement.prototype;
  window.testHoldsSound = true;
  HTMLMediaElement.prototype.play = function () {
    if (this.id !== 'sound' || !window.testHoldsSound) return play.call(this);
    this.autoplay = false;
    this.pause();
    return Promise.reject(new DOMException('play() failed: no gesture', 'NotAllowedError'));
  };
}

/** Pulls the device out that is sent from; `isLast`: there is no other one. */
function unplug({ kind, isLast }) {
  const { mediaDevices } = navigator;
  const own = ['getUserMedia', 'enumerateDevices'];
  if (isLast) {
    mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError'); };
    mediaDevices.enumerateDevices = async () => [];
  }
  window.testPlugsIn = () => {
    for (const name of own) delete mediaDevices[name]; /* those of the prototype are there again */
    mediaDevices.dispatchEvent(new Event('devicechange'));
  };
  const { track } = window.testPeers.at(-1).getSenders().find((sender) => sender.track?.kind === kind);
  track.stop();
  track.dispatchEvent(new Event('ended'));
  return track.id;
}

const sentId = (kind) => window.testPeers.at(-1).getSenders().find((sender) => sender.track?.kind === kind)?.track.id;

test('sound held back, devices pulled out, packets lost, the full screen', async (t) => {
  const { server, browser, api } = await openScene(t, { hz: 440 });
  await makeRoom(server, 'blue');
  const bob = await Baresip.start({ t, name: 'bob', hz: 700, codec: 'opus' });
  await bob.dial(server.uri('blue'));
  const relay = new Relay(t);
  const onPage = async (page) => (await page.addInitScript(holdSoundBack), relay.lieBetween(page));
  const ann = await browser.open('blue', { name: 'Ann', onPage });
  await ann.join();
  await api.waitForParticipants('blue', 2);
  await waitToHear(bob, { present: [440], timeout: 20000 });

  /* The browser holds the sound back: a button turns it on. */
  const isPaused = () => ann.page.evaluate(() => document.getElementById('sound').paused);
  await ann.says('Turn the sound on');
  assert.ok(await isPaused());
  await ann.press('sound-button');
  await ann.page.locator('#sound-button').waitFor(); /* still refused: it stays */
  await ann.page.evaluate(() => { window.testHoldsSound = false; });
  await ann.press('sound-button');
  await ann.page.locator('#sound-button').waitFor({ state: 'hidden' });
  assert.ok(!(await isPaused()));
  await ann.listens();
  await waitToHear(ann, { present: [700], absent: [440], timeout: 20000 });

  /* One microphone of several: the next one is taken. */
  const pulled = await ann.page.evaluate(unplug, { kind: 'audio' });
  await ann.says('A device has gone: ');
  await until(async () => ![pulled, undefined].includes(await ann.page.evaluate(sentId, 'audio')), { what: 'another microphone is sent from' });
  await waitToHear(bob, { present: [440], timeout: 20000 });

  /* The only one: she listens, and is heard again when it is back. */
  await ann.page.evaluate(unplug, { kind: 'audio', isLast: true });
  await until(() => ann.isPressed('mute'), { what: 'the page shows that nothing is sent' });
  await waitToHear(ann, { present: [700], timeout: 20000 });
  assertSilent(await bob.listen(bob.mark(), 1), 'bob');
  await ann.page.evaluate(() => window.testPlugsIn());
  await waitToHear(bob, { present: [440], timeout: 20000 });
  assert.ok(!(await ann.isPressed('mute')));

  /* The camera: the call goes on with the next. */
  const camera = await ann.page.evaluate(unplug, { kind: 'video' });
  await until(async () => ![camera, undefined].includes(await ann.page.evaluate(sentId, 'video')), { what: 'another camera is sent from' });

  /* Every third packet is lost: said in a word, and in figures. */
  const quality = () => ann.page.evaluate(() => document.body.dataset.quality);
  await until(async () => (await quality()) === 'good', { timeout: 20000, every: 200, what: 'a good connection' });
  await ann.press('quality');
  relay.loss = 1 / 3;
  await until(async () => (await quality()) === 'poor', { timeout: 20000, every: 200, what: 'a poor connection' });
  await ann.says('Much is missing or late.');
  const lost = await until(async () => {
    const [, percent] = /Lost[^]*?([0-9.]+) %/.exec(await ann.page.locator('#figures').innerText()) ?? [];
    return Number(percent) > 10 && percent;
  }, { every: 200, what: 'figures of a poor connection' });
  t.diagnostic(`${lost} % are shown as lost`);
  relay.loss = 0;
  await until(async () => (await quality()) === 'good', { timeout: 30000, every: 200, what: 'a good connection again' });
  await ann.page.keyboard.press('Escape');

  /* The full screen: with the controls and the panels; left when the call is over. */
  const full = () => ann.page.evaluate(() => document.fullscreenElement?.id ?? null);
  await ann.press('fullscreen');
  await until(async () => (await full()) === 'room', { what: 'the full screen' });
  await ann.press('mute');
  assert.equal(await ann.isPressed('mute'), true);
  await ann.press('mute');
  await ann.press('chat-button');
  await ann.page.locator('#chat-text').fill('seen by all');
  await ann.press('chat-send');
  await ann.says('seen by all');
  await ann.press('fullscreen');
  await until(async () => (await full()) === null, { what: 'the page' });
  await ann.press('fullscreen');
  await until(async () => (await full()) === 'room', { what: 'the full screen again' });
  await waitToHear(ann, { present: [700], timeout: 20000 });
  const { id } = await personOf(api, 'blue', 'Ann');
  (await api.delete(`/rooms/blue/participants/${id}`)).expect(204);
  await until(async () => (await full()) === null, { what: 'the page again' });
  assert.deepEqual(ann.complaints, []);
});
