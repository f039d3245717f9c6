/* The console's lists within lists, and what is more than a field: bans of a room, deliveries, circles, avatars, keys. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import test from 'node:test';
import { Caller } from '../support/caller.mjs';
import { atEnd } from '../support/cleanup.mjs';
import { register } from '../support/register.mjs';
import { SipEndpoint } from '../support/sip.mjs';
import { until } from '../support/wait.mjs';
import { barriers } from './support/axe.mjs';
import { openScene } from './support/scene.mjs';

const ICON = fs.readFileSync(new URL('../../api/web/pictures/join-phone.jpg', import.meta.url));

async function openConsole(t, options) {
  const scene = await openScene(t, options);
  const tab = await scene.browser.openAt('/', { name: 'Admin' });
  await tab.page.locator('#token').fill(scene.server.token);
  await tab.page.keyboard.press('Enter');
  await tab.page.locator('#desk').waitFor();
  return { ...scene, tab, page: tab.page };
}

/** The topmost dialog: one may ask before another. */
const top = (page) => page.locator('dialog').last();

async function picture(page, name) {
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
}

test('a room: who may not come, who hears whom, an avatar, the keys', async (t) => {
  const { server, api, tab, page } = await openConsole(t);
  (await api.post('/rooms', { name: 'board', pin: '4711' })).expect(201);
  const bob = await Caller.join({ t, server, room: 'board', name: 'bob' });
  await bob.rtp.sendDigits('4711');
  const { id } = await bob.participant({ fits: ({ state }) => state === 'connected' });
  const seat = `/rooms/board/participants/${id}`;
  (await api.patch(seat, { display_name: 'Bob' })).expect(200);
  const missed = [];
  page.on('response', (response) => response.status() === 404 && missed.push(response.url()));
  await page.goto(`${server.apiUrl}/#/rooms/board`);
  await page.locator('.member').waitFor();

  await page.locator('#file-input').setInputFiles({ name: 'plan.jpg', mimeType: 'image/jpeg', buffer: ICON });
  await page.getByRole('button', { name: 'Present', exact: true }).click();
  await tab.says('plan.jpg: page 1 of 1');
  await page.locator('.pager').getByRole('button', { name: 'End' }).click();
  await page.locator('.pager').waitFor({ state: 'hidden' });
  assert.equal((await api.get('/rooms/board')).body.presentation, null);
  assert.deepEqual(missed, [], 'it asks for nothing that is not there');

  await tab.press('room-room-bans');
  await tab.says('Nobody is banned from this room.');
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'bans-empty');
  await top(page).locator('#add').click();
  await top(page).locator('[name=uri]').fill('sip:eve@example.com');
  await top(page).locator('[name=note]').fill('<b>rude</b>');
  await top(page).locator('[type=submit]').click();
  await page.getByRole('cell', { name: '<b>rude</b>' }).waitFor();
  assert.equal((await api.get('/rooms/board/bans')).expect(200).body.items[0].uri, 'eve@example.com');
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'bans');
  await page.getByRole('button', { name: 'Remove: eve@example.com' }).click();
  await top(page).locator('.danger').click();
  await tab.says('Nobody is banned from this room.');
  await page.keyboard.press('Escape');

  await tab.press('room-circles');
  const says = page.getByRole('textbox', { name: 'Speaks to: Bob' });
  assert.equal(await says.inputValue(), 'main');
  await says.fill('whisper, main');
  await says.press('Enter');
  await until(async () => (await api.get(seat)).body.says.join() === 'main,whisper' || (await api.get(seat)).body.says.join() === 'whisper,main', { what: 'he whispers' });
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'circles');
  await page.keyboard.press('Escape');

  await page.locator('.member').focus();
  await page.keyboard.press('e');
  await tab.says('No avatar: the initials are shown.');
  await page.locator('#avatar-input').setInputFiles({ name: 'bob.jpg', mimeType: 'image/jpeg', buffer: ICON });
  await page.locator('.avatar-shown').waitFor();
  await until(async () => (await api.get(seat)).body.avatar, { what: 'the avatar is his' });
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'avatar');
  await page.getByRole('button', { name: 'Remove: Avatar' }).click();
  await until(async () => !(await api.get(seat)).body.avatar, { what: 'it is gone' });
  await page.keyboard.press('Escape');

  const { menu } = (await api.get('/rooms/board')).body;
  await tab.press('room-settings');
  const keys = page.locator('[name=menu]');
  const lines = (await keys.inputValue()).split('\n');
  assert.equal(lines.length, Object.keys(menu).length);
  await keys.fill(lines.filter((line) => !line.startsWith('*1 ')).concat('7 headcount').join('\n'));
  await picture(page, 'keys');
  assert.equal(await page.locator('[name=pin]').inputValue(), '');
  await top(page).locator('[type=submit]').click();
  await until(async () => (await api.get('/rooms/board')).body.menu['7'] === 'headcount', { what: 'the keys are others' });
  const { '*1': gone, ...rest } = menu;
  assert.deepEqual((await api.get('/rooms/board')).body.menu, { ...rest, 7: 'headcount' }, `without ${gone}`);
  assert.equal((await api.get('/rooms/board')).body.has_pin, true, 'a PIN that was not touched stays');

  await tab.press('room-settings');
  await page.locator('[name=menu]').fill('*1 sing');
  await top(page).locator('[type=submit]').click();
  await page.locator('[name=menu][aria-invalid]').waitFor();
  await page.locator('[name=menu]').fill(Object.entries({ ...rest, 7: 'headcount' }).map((entry) => entry.join(' ')).join('\n'));
  await page.locator('.field', { has: page.locator('[name=pin]') }).getByRole('button', { name: 'Remove' }).click();
  await top(page).locator('[type=submit]').click();
  await until(async () => (await api.get('/rooms/board')).body.has_pin === false, { what: 'the PIN is gone' });
  assert.deepEqual(tab.complaints, []);
});

test('what was delivered to a webhook, again, and a ping', async (t) => {
  const posts = [];
  const hearer = http.createServer((request, response) => {
    request.resume().on('end', () => {
      posts.push(request.headers['webhook-id']);
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => hearer.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => new Promise((resolve) => hearer.close(resolve)));
  const { api, tab, page, server } = await openConsole(t, { set: { 'api.webhook_allow': '["127.0.0.1"]' } });
  (await api.post('/webhooks', { url: `http://127.0.0.1:${hearer.address().port}/hook`, events: ['room_created'], rooms: ['*'] })).expect(201);
  await page.goto(`${server.apiUrl}/#/webhooks`);
  await page.getByRole('button', { name: /^Deliveries: / }).click();
  await tab.says('Nothing was delivered yet.');
  await page.getByRole('button', { name: 'Send a ping' }).click();
  await page.getByRole('cell', { name: 'delivered', exact: true }).waitFor();
  assert.equal(posts.length, 1);
  await page.getByRole('button', { name: 'Deliver again: ping' }).click();
  await until(() => posts.length === 2, { what: 'it came again' });
  assert.equal(posts[0], posts[1]);
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'deliveries');
  assert.deepEqual(tab.complaints, []);
});

test('the phones of an account, and how a trunk stands with each registrar, as it comes and goes', async (t) => {
  const { server, api, browser, tab, page } = await openConsole(t);
  const password = 'a good password';
  (await api.post('/accounts', { name: 'alice', password })).expect(201);
  const alice = await SipEndpoint.open({ t, user: 'alice' });
  const registers = async () => assert.equal((await register(alice, server, { name: 'alice', password, headers: { 'User-Agent': '<i>Desk</i> 7' } })).status, 200);
  await page.goto(`${server.apiUrl}/#/accounts`);
  await page.getByRole('button', { name: 'Phones: alice' }).click();
  await tab.says('No phone is registered with this account.');
  await registers();
  await top(page).getByRole('cell', { name: '<i>Desk</i> 7' }).waitFor();
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'phones');
  await top(page).getByRole('button', { name: 'Remove: sip:alice@' }).click();
  await top(page).locator('.danger').click();
  await tab.says('No phone is registered with this account.');
  assert.deepEqual((await api.get('/accounts/alice/registrations')).expect(200).body.items, []);
  await page.keyboard.press('Escape');

  let refuses = true;
  const provider = async (user, fits) => {
    const one = await SipEndpoint.open({ t, user });
    one.onRequest = (request) => {
      if (request.method !== 'REGISTER') return null;
      return fits() ? { status: 200, reason: 'OK', headers: { Contact: `${request.header('contact')};expires=300` } } : { status: 403, reason: 'Not <b>Yet</b>' };
    };
    return `sip:127.0.0.1:${one.port}`;
  };
  const [one, two] = [await provider('one', () => true), await provider('two', () => !refuses)];
  (await api.post('/trunks', { name: 'line', registrar: one, registrars: [two], username: 'line', gateways: [{ uri: 'sip:127.0.0.1:9' }] })).expect(201);
  await page.goto(`${server.apiUrl}/#/trunks`);
  await page.getByRole('button', { name: 'Connections: line' }).click();
  const stands = (words) => top(page).getByRole('row', { name: words }).waitFor();
  await stands(`registrar ${one} up`);
  await stands(`registrar ${two} failed 403 Not <b>Yet</b>`);
  await stands('gateway sip:127.0.0.1:9');
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'connections');

  await registers();
  const small = await browser.openAt('/#/trunks', { name: 'Phone', viewport: { width: 390, height: 844 }, colorScheme: 'dark', locale: 'it-IT' });
  await small.page.locator('#token').fill(server.token);
  await small.page.keyboard.press('Enter');
  await small.page.getByRole('button', { name: 'Collegamenti: line' }).click();
  await top(small.page).getByRole('cell', { name: 'non riuscita' }).waitFor();
  assert.deepEqual(await barriers(small.page), []);
  assert.equal(await small.page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'nothing stands out at the side');
  await picture(small.page, 'connections-phone');
  await small.page.keyboard.press('Escape');
  await small.page.goto(`${server.apiUrl}/#/accounts`);
  await small.page.getByRole('button', { name: 'Telefoni: alice' }).click();
  await top(small.page).getByRole('cell', { name: '<i>Desk</i> 7' }).waitFor();
  await picture(small.page, 'phones-phone');

  refuses = false;
  (await api.patch('/trunks/line', { lines: 5 })).expect(200);
  await stands(`registrar ${two} up`);
  assert.deepEqual([...tab.complaints, ...small.complaints], []);
});
