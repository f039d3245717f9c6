/* The page itself: its policy, its names for those who do not see it, its keys, its languages, its sizes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../support/wait.mjs';
import { openScene } from './support/scene.mjs';

const NAMED = new Set(['button', 'textbox', 'combobox', 'checkbox', 'meter', 'heading', 'image', 'img', 'Video', 'main', 'group', 'complementary', 'timer']);

/** What a screen reader would find without a name. */
async function nameless(tab) {
  const session = await tab.context.newCDPSession(tab.page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const shown = nodes.filter(({ ignored, role }) => !ignored && NAMED.has(role?.value));
  assert.ok(shown.length > 5, 'there is a tree');
  return shown.filter(({ name }) => !name?.value?.trim()).map(({ role, properties }) => `${role.value} ${JSON.stringify(properties)}`);
}

const focused = (tab) => tab.page.evaluate(() => document.activeElement.id);

test('the policy is strict, and kept', async (t) => {
  const { server, browser } = await openScene(t);
  const response = await fetch(`${server.apiUrl}/join/blue`);
  assert.equal(response.status, 200);
  const policy = response.headers.get('content-security-policy');
  for (const rule of [/default-src 'none'/, /script-src 'self'(;|$)/, /style-src 'self'(;|$)/, /frame-ancestors 'none'/]) assert.match(policy, rule);
  const page = await response.text();
  assert.doesNotMatch(page, /<script(?![^>]*src=)|<style|\sstyle=|\son\w+=/i, 'nothing is inline');

  const ann = await browser.open('blue', { name: 'Ann' });
  await ann.join();
  for (const id of ['mute', 'camera', 'share', 'hand', 'people-button', 'settings-button', 'quality', 'hand', 'share', 'camera', 'mute']) await ann.press(id);
  await ann.page.locator('#figures div').first().waitFor();
  await ann.press('settings-button');
  await ann.page.locator('#bandwidth').selectOption('low');
  await ann.page.locator('#room-language').selectOption('it');
  await ann.says('Immagine che invii');
  await ann.press('leave');
  await ann.says('Sei uscito dalla chiamata');
  assert.deepEqual(ann.complaints, []);
});

test('every control has a name', async (t) => {
  const { browser } = await openScene(t);
  const ann = await browser.open('blue', { name: 'Ann' });
  assert.deepEqual(await nameless(ann), []);
  await ann.join();
  assert.deepEqual(await nameless(ann), []);
  for (const id of ['people-button', 'chat-button', 'settings-button', 'quality']) {
    await ann.press(id);
    assert.deepEqual(await nameless(ann), [], `with ${id}`);
  }
  await ann.press('leave');
  await ann.says('You have left the call');
  assert.equal(await focused(ann), 'over-title');
});

test('all goes by keyboard', async (t) => {
  const { browser } = await openScene(t);
  const ann = await browser.open('blue', { name: 'Ann' });
  const { keyboard } = ann.page;
  const presses = async (key, id, isOn) => {
    await keyboard.press(key);
    await until(async () => (await ann.isPressed(id)) === isOn, { what: `${key}: ${id} is ${isOn ? '' : 'not '}pressed` });
  };
  await presses('m', 'lobby-mute', true);
  await presses('m', 'lobby-mute', false);
  await presses('v', 'lobby-camera', true);
  await presses('v', 'lobby-camera', false);

  await ann.page.locator('#lobby-language').focus();
  for (const id of ['lobby-mute', 'lobby-camera', 'name']) {
    await keyboard.press('Tab');
    assert.equal(await focused(ann), id);
  }
  await keyboard.type('Mauve Champs'); /* has all the keys in it */
  assert.equal(await ann.isPressed('lobby-mute'), false);
  await keyboard.press('Enter');
  await ann.page.locator('#picture').waitFor({ timeout: 20000 });
  assert.equal(await focused(ann), 'mute');

  for (const [key, id] of [['m', 'mute'], ['v', 'camera'], ['s', 'share'], ['h', 'hand'], ['H', 'hand'], ['S', 'share'], ['V', 'camera'], ['M', 'mute']])
    await presses(key, id, key === key.toLowerCase());

  await keyboard.press('p');
  await ann.page.locator('#people-panel').waitFor();
  await until(async () => (await ann.people()).includes('Mauve Champs'), { what: 'oneself is in the list' });
  await keyboard.press('Escape');
  await ann.page.locator('#people-panel').waitFor({ state: 'hidden' });
  assert.equal(await focused(ann), 'people-button');
  await ann.page.locator('#leave').focus();
  await keyboard.press('Enter');
  await ann.says('You have left the call');
  await ann.page.locator('#again').waitFor();
});

test('in Italian, and back', async (t) => {
  const { browser } = await openScene(t);
  const ann = await browser.open('blue', { name: 'Ann', locale: 'it-IT' });
  assert.equal(await ann.page.locator('html').getAttribute('lang'), 'it');
  await ann.says('Il tuo nome');
  assert.equal(await ann.page.getByRole('button', { name: 'Entra', exact: true }).count(), 1);
  await ann.page.locator('#lobby-language').selectOption('en');
  await ann.says('Your name');
  await ann.page.reload();
  await ann.says('Your name'); /* it is remembered */

  const keys = await ann.page.evaluate(async () => {
    const files = await Promise.all(['/web/text_en.js', '/web/text_it.js'].map((file) => import(file)));
    const holes = (text) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort().join();
    return files.map((file) => Object.entries(file.default).map(([key, text]) => `${key} ${holes(text)}`).sort());
  });
  assert.deepEqual(keys[1], keys[0], 'the same keys, with the same holes');
  assert.ok(keys[0].length > 100);
});

for (const [width, height] of [[360, 640], [390, 844], [844, 390], [1920, 1080]])
  test(`${width} x ${height}: all is within reach`, async (t) => {
    const { browser } = await openScene(t);
    const ann = await browser.open('blue', { name: 'A name as long as it may be, for it has to fit in here, does it?', viewport: { width, height } });
    const isWide = () => ann.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.equal(await isWide(), false, 'nothing has to be scrolled sideways before the call');
    await ann.join();
    for (const id of ['mute', 'camera', 'share', 'hand', 'people-button', 'chat-button', 'settings-button', 'leave', 'quality', 'picture']) {
      const box = await ann.page.locator(`#${id}`).boundingBox();
      assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width + 0.5 && box.y + box.height <= height + 0.5, `${id} is at ${JSON.stringify(box)}`);
      assert.ok(id === 'picture' || (box.width >= 40 && box.height >= 40), `${id} is large enough to be touched: ${JSON.stringify(box)}`);
    }
    await ann.press('people-button');
    assert.equal(await isWide(), false, 'nor in it');
    assert.ok(await ann.page.locator('#leave').isVisible());
    await ann.press('leave');
    await ann.says('You have left the call');
  });
