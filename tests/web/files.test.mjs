/* The page's files: shared by button and by drop, seen by the others, saved, removed, refused in words. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { until } from '../support/wait.mjs';
import { pdf } from '../support/pdf.mjs';
import { GREEN, openScene, personOf } from './support/scene.mjs';

const BLUE = [20, 20, 230];

const named = (tab, name) => tab.page.locator('#files .file', { hasText: name });
const pick = (tab, ...files) => tab.page.locator('#file-input').setInputFiles(files.map(([name, text]) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })));

test('a file is shared, seen by the other, saved and removed', async (t) => {
  const { browser, api } = await openScene(t);
  const [ann, bea] = [await browser.open('blue', { name: 'Ann' }), await browser.open('blue', { name: 'Bea', locale: 'it-IT' })];
  for (const tab of [ann, bea]) await tab.join();
  await ann.page.locator('#files-button').click();
  await pick(ann, ['naïve <b>.txt', 'hello'], ['big.bin', 'x'.repeat(3 << 20)]);
  for (const name of ['naïve <b>.txt', 'big.bin']) await named(ann, name).waitFor();
  await ann.says('big.bin is shared');
  await until(async () => (await bea.page.locator('#files-number').textContent()) === '2', { what: 'Bea sees that there are two' });
  await bea.page.keyboard.press('f');
  const hers = named(bea, 'naïve <b>.txt');
  assert.match(await hers.textContent(), /5.?byte, da Ann/);
  assert.equal(await hers.locator('button').count(), 0, 'it is not hers to remove');
  const [saved] = await Promise.all([bea.page.waitForEvent('download'), hers.locator('a').click()]);
  assert.equal(fs.readFileSync(await saved.path(), 'utf8'), 'hello');

  await bea.page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(['dropped'], 'drop.txt'));
    const stage = document.getElementById('stage');
    for (const type of ['dragover', 'drop']) stage.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await named(ann, 'drop.txt').waitFor();
  await named(ann, 'big.bin').locator('button').click();
  await named(bea, 'big.bin').waitFor({ state: 'detached' });
  (await api.patch(`/rooms/blue/participants/${(await personOf(api, 'blue', 'Bea')).id}`, { role: 'moderator' })).expect(200);
  await until(async () => (await hers.locator('button').count()) === 2, { what: 'a moderator may send and remove what others have shared' });
  const { items } = (await api.get('/rooms/blue/files')).body;
  assert.deepEqual(items.map(({ name, shared_by }) => [name, shared_by]), [['naïve <b>.txt', 'Ann'], ['drop.txt', 'Bea']]);
  assert.deepEqual([...ann.complaints, ...bea.complaints], []);
});

test('a PDF is presented, and its pages are turned by who does', async (t) => {
  const { browser, api } = await openScene(t);
  const [ann, bea] = [await browser.open('blue', { name: 'Ann' }), await browser.open('blue', { name: 'Bea' })];
  for (const tab of [ann, bea]) await tab.join();
  for (const tab of [ann, bea]) await tab.page.keyboard.press('f');
  await ann.page.locator('#file-input').setInputFiles([{ name: 'slides.pdf', mimeType: 'application/pdf', buffer: pdf([GREEN, BLUE]) }]);
  await ann.page.getByRole('button', { name: 'Present slides.pdf' }).click();
  const shows = async (tab, words) => until(async () => (await tab.page.locator('#presentation-text').textContent()) === words, { what: `${tab.name} reads ${words}` });
  for (const tab of [ann, bea]) await shows(tab, 'slides.pdf, page 1 of 2');
  assert.equal(await bea.page.locator('#page-next').isVisible(), false);
  assert.equal(await ann.page.locator('#page-before').isDisabled(), true);
  await ann.page.locator('#page-next').click();
  await shows(bea, 'slides.pdf, page 2 of 2');
  const isBlue = ([r, g, b]) => b > r + 80 && b > g + 80;
  await until(async () => isBlue((await bea.colours([[0.3, 0.45]]))[0]), { timeout: 20000, every: 200, what: 'Bea sees the second page' });
  await ann.page.locator('#presentation-end').click();
  await bea.page.locator('#presentation').waitFor({ state: 'hidden' });
  assert.equal((await api.get('/rooms/blue/presentation')).status, 404);
  assert.deepEqual([...ann.complaints, ...bea.complaints], []);
});

test('what is refused is said in words, and who may not share has no button', async (t) => {
  const { browser, api } = await openScene(t, { set: { 'files.max_mib': 1, 'files.refused_types': ['text/plain'] } });
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const ann = await browser.open('blue', { name: 'Ann' });
  await ann.join();
  await ann.page.keyboard.press('f');
  await pick(ann, ['large.bin', 'x'.repeat(2 << 20)], ['words.txt', 'hello']);
  await ann.says('large.bin was not shared: it is too large.');
  await ann.says('words.txt was not shared: files of this kind are not taken here.');
  await until(async () => !(await ann.page.locator('#uploads .file').count()), { what: 'nothing is on its way any more' });
  assert.ok(await ann.page.locator('#add-file').isVisible());
  (await api.patch('/rooms/blue', { who_may_share: 'moderators' })).expect(200);
  const bea = await browser.open('blue', { name: 'Bea' });
  await bea.join();
  await bea.page.keyboard.press('f');
  await bea.page.locator('#files-empty').waitFor();
  assert.equal(await bea.page.locator('#add-file').isVisible(), false);
});

test('an upload goes on after the network was away', async (t) => {
  const { browser, api } = await openScene(t);
  const ann = await browser.open('blue', { name: 'Ann' });
  await ann.join();
  let cuts = 0;
  await ann.page.route('**/uploads/*', async (route) => { // the first two pieces do not get through
    if (route.request().method() === 'PATCH' && cuts++ < 2) await route.abort('connectionreset');
    else await route.continue();
  });
  await pick(ann, ['resumed.bin', 'x'.repeat(100000)]);
  await until(async () => (await api.get('/rooms/blue/files')).body.items?.[0]?.bytes === 100000, { timeout: 20000, what: 'it has come whole' });
  assert.equal(cuts, 3);
});
