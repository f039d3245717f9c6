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
const QUIET_MS = 100; /* a halt is 150 ms more than usual, at least */

async function phoneSees(phone, wanted) {
  const film = await decode(await phone.snapshot());
  const colours = [0.2, 0.7].map((x) => meanColour(film, film.frames[0],
    { x: x * film.width, y: film.height * 0.45, width: film.width / 10, height: film.height / 10 }));
  return wanted.every((one) => colours.some((colour) => isColour(colour, one, 40)));
}

/** The longest stop of the page itself, in ms, since it was asked last: the machine's, not the call's. */
function longestStop() {
  const longest = window.testStop ?? 0;
  window.testStop = 0;
  if (!window.testStopsSince) {
    window.testStopsSince = performance.now();
    setInterval(() => {
      const now = performance.now();
      window.testStop = Math.max(window.testStop, now - window.testStopsSince);
      window.testStopsSince = now;
    }, 20);
  }
  return longest;
}

/** Pictures come all the time, for ten seconds: some in each window; and without a halt, if neither the page nor the server
 *  was stopped itself, as both are when others have the cores. */
async function assertPicturesCome(t, tab, api) {
  const skipped = () => api.metric('raduno_video_frames_skipped_total');
  const skippedBefore = await skipped();
  await tab.page.evaluate(longestStop);
  const first = await tab.figures();
  let { framesDecoded } = first;
  for (let seconds = 0; seconds < SHOWN_S; seconds += WINDOW_S) {
    await tab.page.waitForTimeout(WINDOW_S * 1000);
    const now = await tab.figures();
    assert.ok(now.framesDecoded > framesDecoded, `${tab.name} has seen nothing for ${WINDOW_S} s: ${JSON.stringify(now)}`);
    framesDecoded = now.framesDecoded;
  }
  const last = await tab.figures();
  const [halts, stop, left] = [last.freezeCount - first.freezeCount, await tab.page.evaluate(longestStop), (await skipped()) - skippedBefore];
  t.diagnostic(`${last.framesDecoded - first.framesDecoded} pictures in ${SHOWN_S} s, ${halts} halts; the page stopped for ${Math.round(stop)} ms, the server left ${left} out`);
  if (stop < QUIET_MS && left === 0) assert.equal(halts, 0, `${tab.name}'s picture halted`);
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
  await assertPicturesCome(t, ann, api);
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
