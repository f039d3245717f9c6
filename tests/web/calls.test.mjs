/* A browser and a phone, and two browsers: each hears and sees the other, and does not hear itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../support/baresip.mjs';
import { assertKeepsHearing, waitToHear } from '../support/ears.mjs';
import { decode, isColour, meanColour } from '../support/picture.mjs';
import { until } from '../support/wait.mjs';
import { GREEN, LEFT_AND_RIGHT, makeRoom, openScene, RED, waitForColours } from './support/scene.mjs';

const SHOWN_S = 10;
const WINDOW_S = 2;

async function phoneSees(phone, wanted) {
  const film = await decode(await phone.snapshot());
  const colours = [0.2, 0.7].map((x) => meanColour(film, film.frames[0],
    { x: x * film.width, y: film.height * 0.45, width: film.width / 10, height: film.height / 10 }));
  return wanted.every((one) => colours.some((colour) => isColour(colour, one, 40)));
}

/** Pictures come all the time: some in each window, for ten seconds. */
async function assertPicturesCome(t, tab) {
  const first = await tab.figures();
  let { framesDecoded } = first;
  for (let seconds = 0; seconds < SHOWN_S; seconds += WINDOW_S) {
    await tab.page.waitForTimeout(WINDOW_S * 1000);
    const now = await tab.figures();
    assert.ok(now.framesDecoded > framesDecoded, `${tab.name} has seen nothing for ${WINDOW_S} s: ${JSON.stringify(now)}`);
    framesDecoded = now.framesDecoded;
  }
  const last = await tab.figures();
  t.diagnostic(`${last.framesDecoded - first.framesDecoded} pictures in ${SHOWN_S} s, ${last.freezeCount - first.freezeCount} short halts`);
}

test('a browser and a phone hear and see each other', async (t) => {
  const { server, browser, api } = await openScene(t, { hz: 440, colour: RED });
  await makeRoom(server, 'blue');
  const bob = await Baresip.start({ t, name: 'bob', hz: 700, codec: 'opus', video: { codec: 'H264', colour: 'lime' } });
  await bob.dial(server.uri('blue'));
  const ann = await browser.open('blue', { name: 'Ann' });
  await ann.join();
  await ann.listens();
  await api.waitForParticipants('blue', 2);

  await waitToHear(ann, { present: [700], absent: [440], timeout: 20000 });
  await waitToHear(bob, { present: [440], absent: [700], timeout: 20000 });
  await waitForColours(ann, LEFT_AND_RIGHT, [GREEN, RED], { inAnyOrder: true });
  await until(() => phoneSees(bob, [GREEN, RED]), { timeout: 20000, every: 300, what: 'bob sees both' });
  await assertPicturesCome(t, ann);
  await assertKeepsHearing(ann, { present: [700], absent: [440] }, 2);

  const { frameWidth, frameHeight } = await ann.figures();
  assert.deepEqual([frameWidth, frameHeight], [1280, 720]);
  assert.deepEqual(ann.complaints, []);
});

test('two browsers hear and see each other', async (t) => {
  const { server, browser, api } = await openScene(t, { hz: 440, colour: RED });
  await makeRoom(server, 'blue');
  const [ann, bea] = [await browser.open('blue', { name: 'Ann' }), await browser.open('blue', { name: 'Bea' })];
  for (const tab of [ann, bea]) {
    await tab.join();
    await tab.listens();
  }
  await api.waitForParticipants('blue', 2);
  for (const tab of [ann, bea]) await waitForColours(tab, LEFT_AND_RIGHT, [RED, RED]);

  /* Both have the same tone: so one is muted, and then the other. */
  for (const [speaker, listener] of [[ann, bea], [bea, ann]]) {
    await listener.press('mute');
    await waitToHear(listener, { present: [440], timeout: 20000 });
    await waitToHear(speaker, { absent: [440], silent: true, timeout: 20000 });
    await listener.press('mute');
  }

  await bea.press('camera');
  await waitForColours(ann, [LEFT_AND_RIGHT[0]], [RED]);
  await until(async () => !isColour((await ann.colours([LEFT_AND_RIGHT[1]]))[0], RED, 40), { every: 200, what: 'the picture of Bea is gone' });
  await bea.press('camera');
  await waitForColours(ann, LEFT_AND_RIGHT, [RED, RED]);
  assert.deepEqual([...ann.complaints, ...bea.complaints], []);
});
