/* The console: a day of whoever runs the server, with a phone in the room. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../support/caller.mjs';
import { until } from '../support/wait.mjs';
import { barriers } from './support/axe.mjs';
import { openScene } from './support/scene.mjs';

async function openConsole(t) {
  const scene = await openScene(t);
  const tab = await scene.browser.openAt('/', { name: 'Admin' });
  await tab.page.locator('#token').fill(scene.server.token);
  await tab.page.keyboard.press('Enter');
  await tab.page.locator('#desk').waitFor();
  return { ...scene, tab, page: tab.page };
}

test('a wrong token is told, and kept nowhere', async (t) => {
  const { browser, server } = await openScene(t);
  const tab = await browser.openAt('/', { name: 'Eve' });
  await tab.page.locator('#token').fill('not-the-right-token');
  await tab.page.keyboard.press('Enter');
  await tab.says('This token is not a right one');
  assert.deepEqual(await barriers(tab.page), []);
  assert.equal(await tab.page.evaluate(() => sessionStorage.length), 0);
  const policy = (await fetch(`${server.apiUrl}/`)).headers.get('content-security-policy');
  for (const rule of [/default-src 'none'/, /script-src 'self'(;|$)/, /style-src 'self'(;|$)/, /frame-ancestors 'none'/]) assert.match(policy, rule);
  assert.deepEqual(tab.complaints, []);
});

test('a room: made, with a phone that waits, is let in, muted and hung up, and ended', async (t) => {
  const { server, api, tab, page } = await openConsole(t);
  await tab.says('There is no room yet.');
  assert.deepEqual(await barriers(page), []);

  await tab.press('add');
  await page.locator('[name=name]').fill('board room');
  await page.locator('[name=lobby]').selectOption('all');
  await page.locator('dialog [type=submit]').click();
  await page.locator('[name=name][aria-invalid]').waitFor();
  await page.locator('[name=name]').fill('board');
  await page.locator('dialog [type=submit]').click();
  await tab.says('Nobody is in.');
  assert.equal((await api.get('/rooms/board')).expect(200).body.lobby, 'all');

  const bob = await Caller.join({ t, server, room: 'board', name: 'bob', hz: 440 });
  await tab.says('waits to be let in');
  await page.locator('.member [data-act=admit]').click();
  const { id } = await bob.participant({ fits: ({ state }) => state === 'connected' });
  const seat = `/rooms/board/participants/${id}`;
  await until(async () => Number(await page.locator('.member [role=meter]').getAttribute('aria-valuenow')) > 10, { what: 'his level is seen' });
  assert.deepEqual(await barriers(page), []);

  await page.locator('.member').focus();
  await page.keyboard.press('m');
  await until(async () => (await api.get(seat)).body.muted, { what: 'he is muted' });
  await page.locator('.layout[aria-label="Grid"]').click();
  await until(async () => (await api.get('/rooms/board')).body.video.layout === 'grid', { what: 'the layout is a grid' });
  await page.locator('.layout[aria-label="Grid"][aria-pressed=true]').waitFor();

  await page.locator('#chat-text').fill('Welcome, <b>Bob</b>');
  await page.keyboard.press('Enter');
  await page.locator('.chat-text', { hasText: 'Welcome, <b>Bob</b>' }).waitFor();
  await page.locator('#file-input').setInputFiles({ name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('the plan') });
  await page.locator('.files .link', { hasText: 'plan.txt' }).waitFor();
  const [file] = (await api.get('/rooms/board/files')).expect(200).body.items;
  assert.deepEqual([file.name, file.bytes], ['plan.txt', 8]);
  const fetched = page.waitForEvent('download');
  await page.locator('.files .link').click();
  assert.equal((await fetched).suggestedFilename(), 'plan.txt');
  await page.getByRole('button', { name: 'Send to…' }).click();
  await page.getByRole('combobox', { name: 'To whom' }).last().selectOption('');
  await page.locator('dialog .primary').click();
  await tab.says('nobody is in the room whose phone is known to take files.');
  assert.deepEqual(await barriers(page), []);

  await tab.press('room-settings');
  await page.locator('[name=display_name]').fill('The board');
  await page.locator('dialog [type=submit]').click();
  await page.getByRole('heading', { name: 'The board' }).waitFor();
  const { body } = await api.get('/rooms/board');
  assert.deepEqual([body.display_name, body.lobby, body.video.layout], ['The board', 'all', 'grid'], 'only what was changed');

  await page.locator('.member [data-act=kick]').click();
  await page.locator('dialog .danger').click();
  await until(async () => !(await api.participants('board')).length, { what: 'he is hung up' });
  await tab.press('room-end-room');
  await page.locator('dialog .danger').click();
  await tab.says('There is no room yet.');
  (await api.get('/rooms/board')).expect(404);
  assert.deepEqual(tab.complaints, []);
});

test('a token of a moderator is good for its room', async (t) => {
  const { server, api, browser } = await openScene(t);
  for (const name of ['blue', 'red']) (await api.post('/rooms', { name })).expect(201);
  const { token } = (await api.post('/tokens', { name: 'host', role: 'moderator', rooms: ['blue'] })).expect(201).body;
  const tab = await browser.openAt('/', { name: 'Host' });
  await tab.page.locator('#token').fill(token);
  await tab.page.keyboard.press('Enter');
  await tab.page.locator('.room-card a').click();
  await tab.says('Nobody is in.');
  await Caller.join({ t, server, room: 'blue', name: 'bob' });
  await tab.page.locator('.member').waitFor();
  assert.equal(await tab.page.locator('#places a').count(), 1, 'no other place is his');
  assert.deepEqual(await barriers(tab.page), []);
  assert.deepEqual(tab.complaints, []);
});

test('no page of the console is in anybody’s way', async (t) => {
  const { api, tab, page } = await openConsole(t);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  (await api.post('/templates', { name: 'webinar' })).expect(201);
  (await api.post('/trunks', { name: 'line', gateways: [{ uri: 'sip:127.0.0.1:9' }] })).expect(201);
  (await api.post('/numbers', { number: '1', leads_to: 'room', target: 'blue' })).expect(201);
  (await api.post('/tokens', { name: 'host', role: 'moderator', rooms: ['blue'] })).expect(201);
  (await api.post('/webhooks', { url: 'https://127.0.0.1/' })).expect(201);
  const places = await page.locator('#places a').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  assert.ok(places.length >= 10, places.join(' '));
  for (const place of places) {
    await page.locator(`#places a[href="${place}"]`).click();
    await page.locator(`#places a[href="${place}"][aria-current=page]`).waitFor();
    await page.locator('#desk h1').waitFor();
    assert.deepEqual(await barriers(page), [], place);
    if (!(await page.locator('#add').count())) continue;
    await page.locator('#add').click();
    await page.locator('dialog [type=submit]').waitFor();
    assert.deepEqual(await barriers(page), [], `${place}, a new one`);
    await page.keyboard.press('Escape');
  }
  assert.deepEqual(tab.complaints, []);
});

test('accounts and the server; the address keeps the place, the other language, a small screen', async (t) => {
  const { server, api, browser, tab, page } = await openConsole(t);
  await page.locator('#places a[href="#/accounts"]').click();
  await tab.says('There is no account yet.');
  await tab.press('add');
  await page.locator('[name=name]').fill('alice');
  await page.locator('[name=number]').fill('101');
  await page.locator('[name=password]').fill('a good password');
  await page.locator('dialog [type=submit]').click();
  await page.getByRole('cell', { name: 'alice', exact: true }).waitFor();
  assert.equal((await api.get('/accounts/alice')).expect(200).body.number, '101');
  assert.deepEqual(await barriers(page), []);
  await page.reload();
  await page.getByRole('cell', { name: 'alice', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Remove: alice' }).click();
  await page.locator('dialog .danger').click();
  await tab.says('There is no account yet.');

  await page.locator('#language').selectOption('it');
  await tab.says('Non c’è ancora nessun utente');
  await page.locator('#places a[href="#/server"]').click();
  await Caller.join({ t, server, room: 'blue', name: 'bob' });
  await until(async () => (await page.locator('.plot').first().textContent()) === 'Partecipanti1', { timeout: 15000, what: 'one participant is plotted' });
  assert.deepEqual(await barriers(page), []);
  await tab.press('sign-out');
  await page.locator('#sign-in').waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);

  const small = await browser.openAt('/#/rooms/blue', { name: 'Phone', viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  await small.page.locator('#token').fill(server.token);
  await small.page.keyboard.press('Enter');
  await small.page.locator('.member').waitFor();
  assert.deepEqual(await barriers(small.page), []);
  assert.equal(await small.page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'nothing stands out at the side');
  assert.deepEqual([...tab.complaints, ...small.complaints], []);
});
