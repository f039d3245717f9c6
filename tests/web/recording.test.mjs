/* A room is recorded from its page and from the console: all who are in see it, and it can be played there. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../support/wait.mjs';
import { barriers } from './support/axe.mjs';
import { openScene } from './support/scene.mjs';

test('a moderator records the room, and all see it', async (t) => {
  const { browser, api } = await openScene(t);
  (await api.post('/rooms', { name: 'board', pin: '1234', moderator_pin: '4711' })).expect(201);
  const [zoe, ann] = await Promise.all(['Zoe', 'Ann'].map((name) => browser.open('board', { name })));
  for (const [tab, pin] of [[zoe, '4711'], [ann, '1234']]) {
    await tab.knock();
    await tab.says('This room asks for a PIN.');
    await tab.join({ pin });
  }
  await zoe.press('people-button');
  const marks = [zoe, ann].map(({ page }) => page.locator('#room-recorded'));
  const running = async () => (await api.get('/rooms/board')).body.recording_now;
  await zoe.press('record');
  for (const mark of marks) await mark.waitFor();
  assert.equal(await running(), 'recording');
  assert.equal(await zoe.isPressed('record'), true);
  assert.deepEqual(await barriers(zoe.page), []);
  await zoe.press('record');
  for (const mark of marks) await mark.waitFor({ state: 'hidden' });
  assert.equal(await running(), 'none');
  const { items } = (await api.get('/rooms/board/recordings')).body;
  assert.deepEqual(items.map((one) => [one.started_by, one.reason]), [['Zoe', 'stopped']]);
  assert.deepEqual([...zoe.complaints, ...ann.complaints], []);
});

test('the console records, plays and removes', async (t) => {
  const { browser, api, server } = await openScene(t);
  const ann = await browser.open('board', { name: 'Ann' });
  await ann.join();
  const tab = await browser.openAt('/', { name: 'Admin' });
  const { page } = tab;
  await page.locator('#token').fill(server.token);
  await page.keyboard.press('Enter');
  await page.locator('#desk').waitFor();
  await page.goto(`${server.apiUrl}/#/rooms/board`);
  await tab.press('recording-record-video');
  await page.locator('#recording-record-stop').waitFor();
  const [recording] = (await api.get('/rooms/board/recordings')).body.items;
  assert.deepEqual([recording.state, recording.video], ['recording', true]);
  await until(async () => (await api.get(`/rooms/board/recordings/${recording.id}`)).body.length_ms > 1500, { timeout: 20000, what: 'something is recorded' });
  assert.deepEqual(await barriers(page), []);
  await tab.press('recording-record-stop');
  await page.getByRole('button', { name: recording.name, exact: true }).click();
  const seen = () => page.locator('.player video').evaluate((video) => ({ at: video.currentTime, width: video.videoWidth, length: video.duration }));
  await page.locator('.player video').waitFor();
  await until(async () => (await seen()).at > 0.5, { timeout: 20000, what: 'it plays' });
  const { width, length } = await seen();
  assert.ok(width > 0 && length > 1 && length < 60, `${width} wide, ${length} s`);
  await page.getByRole('button', { name: `Remove: ${recording.name}` }).click();
  await page.locator('dialog').last().getByRole('button', { name: 'Remove', exact: true }).click();
  await until(async () => !(await api.get('/rooms/board/recordings')).body.items?.length, { what: 'it is gone' });
  assert.deepEqual([...ann.complaints, ...tab.complaints], []);
});
