/* Microphone or camera refused: the page says so, and one can listen and watch without. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../support/baresip.mjs';
import { assertSilent, waitToHear } from '../support/ears.mjs';
import { until } from '../support/wait.mjs';
import { GREEN, LEFT_AND_RIGHT, makeRoom, openScene, personOf, RED, waitForColours } from './support/scene.mjs';

async function openWithBob(t) {
  const scene = await openScene(t, { hz: 440, colour: RED, asks: true });
  await makeRoom(scene.server, 'blue');
  const bob = await Baresip.start({ t, name: 'bob', hz: 700, codec: 'opus', video: { codec: 'VP8', colour: 'lime' } });
  await bob.dial(scene.server.uri('blue'));
  return { ...scene, bob };
}

test('without a microphone one listens', async (t) => {
  const { browser, api, bob } = await openWithBob(t);
  const ann = await browser.open('blue', { name: 'Ann', allow: ['camera'] });
  await ann.says('The microphone is blocked.');
  await ann.says('Join and listen');
  await ann.join();
  await ann.listens();
  await waitToHear(ann, { present: [700], timeout: 20000 });
  await waitForColours(ann, LEFT_AND_RIGHT, [GREEN, RED]);
  assert.ok(await ann.isPressed('mute'));
  assertSilent(await bob.listen(bob.mark(), 2), 'bob');

  await ann.press('mute');
  await ann.says('The microphone is blocked.');
  await ann.press('hand');
  await until(async () => (await personOf(api, 'blue', 'Ann')).hand_raised, { what: 'a listener may raise a hand' });

  /* It is allowed after all: no need to join again. */
  await ann.context.grantPermissions(['microphone', 'camera']);
  await ann.press('mute');
  await waitToHear(bob, { present: [440], timeout: 20000 });
  assert.deepEqual(ann.complaints, []);
});

test('without microphone and camera one listens and watches', async (t) => {
  const { browser, api } = await openWithBob(t);
  const ann = await browser.open('blue', { name: 'Ann', allow: [] });
  await ann.says('Microphone and camera are blocked.');
  await ann.join();
  await ann.listens();
  await api.waitForParticipants('blue', 2);
  await waitToHear(ann, { present: [700], timeout: 20000 });
  await waitForColours(ann, [LEFT_AND_RIGHT[0]], [GREEN]);
  assert.deepEqual(ann.complaints, []);
});

test('muted and without a picture from the beginning', async (t) => {
  const { browser, api, bob } = await openWithBob(t);
  const ann = await browser.open('blue', { name: 'Ann' });
  await ann.press('lobby-mute');
  await ann.press('lobby-camera');
  await ann.says('Your camera is off');
  await ann.join();
  await until(async () => (await personOf(api, 'blue', 'Ann')).muted, { what: 'all see that Ann is muted' });
  assert.ok(await ann.isPressed('mute'));
  assert.ok(await ann.isPressed('camera'));
  assertSilent(await bob.listen(bob.mark(), 2), 'bob');
  await ann.says('You are muted.');
  await ann.press('mute');
  await waitToHear(bob, { present: [440], timeout: 20000 });
  await ann.press('camera');
  await waitForColours(ann, LEFT_AND_RIGHT, [GREEN, RED]);
});
