/* The way is cut, and mended: the page says so, and the seat is kept. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../support/baresip.mjs';
import { waitToHear } from '../support/ears.mjs';
import { sleep, until } from '../support/wait.mjs';
import { Relay } from './support/relay.mjs';
import { makeRoom, openScene, personOf } from './support/scene.mjs';

const CUT_MS = 5000;
const RECONNECTING = 'Connection lost. Reconnecting…';

async function openBehindRelay(t) {
  const scene = await openScene(t, { hz: 440 });
  await makeRoom(scene.server, 'blue');
  const bob = await Baresip.start({ t, name: 'bob', hz: 700, codec: 'opus' });
  await bob.dial(scene.server.uri('blue'));
  const relay = new Relay(t);
  const ann = await scene.browser.open('blue', { name: 'Ann', onPage: (page) => relay.lieBetween(page) });
  await ann.join();
  await ann.listens();
  await waitToHear(ann, { present: [700], timeout: 20000 });
  await waitToHear(bob, { present: [440], timeout: 20000 });
  assert.ok(relay.packets > 0, 'the way leads through the relay');
  return { ...scene, bob, ann, relay, before: await personOf(scene.api, 'blue', 'Ann') };
}

/** Both hear each other again, and Ann is who she was. */
async function assertIsBack({ ann, bob, api, before }) {
  await ann.page.locator('#banner').waitFor({ state: 'hidden', timeout: 30000 });
  await waitToHear(ann, { present: [700], absent: [440], timeout: 20000 });
  await waitToHear(bob, { present: [440], absent: [700], timeout: 20000 });
  const after = await personOf(api, 'blue', 'Ann');
  assert.equal(after.id, before.id);
  assert.equal(after.joined_at, before.joined_at);
  const { framesDecoded } = await ann.figures();
  await until(async () => (await ann.figures()).framesDecoded > framesDecoded, { timeout: 20000, every: 200, what: 'pictures come again' });
}

test('the media’s way is cut: an ICE restart brings it back', async (t) => {
  const scene = await openBehindRelay(t);
  const { ann, relay } = scene;
  relay.cut();
  await Promise.all([sleep(CUT_MS), ann.page.getByText(RECONNECTING).waitFor({ timeout: 30000 })]);
  relay.mend();
  await assertIsBack(scene);
  assert.ok(relay.dropped > 0);
});

test('the whole network is away', async (t) => {
  const scene = await openBehindRelay(t);
  const { ann, relay, api } = scene;
  relay.cut();
  await ann.context.setOffline(true);
  await ann.says('This device is offline. Waiting for the network…');
  await ann.press('mute'); /* is told when the way is back */
  await sleep(CUT_MS);
  assert.equal((await api.participants('blue')).length, 2, 'the seat is kept');
  relay.mend();
  await ann.context.setOffline(false);
  await until(async () => (await personOf(api, 'blue', 'Ann')).muted, { timeout: 30000, what: 'it is told what was done meanwhile' });
  await ann.press('mute');
  await assertIsBack(scene);
});

test('the seat is gone when the network is back: the page says so', async (t) => {
  const { ann, relay, api, before } = await openBehindRelay(t);
  relay.cut();
  await ann.context.setOffline(true);
  await ann.says('This device is offline. Waiting for the network…');
  (await api.delete(`/rooms/blue/participants/${before.id}`)).expect(204);
  relay.mend();
  await ann.context.setOffline(false);
  await ann.says('You were removed from the room');
  await ann.press('again');
  await ann.page.locator('#room').waitFor();
  await api.waitForParticipants('blue', 2);
});
