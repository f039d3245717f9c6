/* The chat beside the picture: with another browser and with a telephone, to all and to one, before and after. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../support/caller.mjs';
import { until } from '../support/wait.mjs';
import { openScene, personOf } from './support/scene.mjs';

const METHODS = 'INVITE, ACK, CANCEL, BYE, UPDATE, INFO, PRACK';

/** A telephone; one that takes messages, if not said otherwise. */
async function phone(t, server, room, name, methods = `${METHODS}, MESSAGE`) {
  const caller = await Caller.join({ t, server, room, name, headers: { Allow: methods } });
  caller.heard = [];
  caller.sip.onRequest = ({ method, body }) => {
    if (method === 'MESSAGE') caller.heard.push(body);
    return undefined;
  };
  caller.write = (body, type = 'text/plain') => caller.call.request('MESSAGE', { body, type });
  await caller.participant({ fits: (p) => p.state === 'connected' });
  return caller;
}

/** What the log of a tab says: "Ann (you): hello". */
const lines = (tab) => tab.page.locator('.chat-line').evaluateAll((all) => all.map((one) => `${one.querySelector('.chat-name').textContent}${one.querySelector('.chat-private').textContent && ` [${one.querySelector('.chat-private').textContent}]`}: ${one.querySelector('.chat-text').textContent}`));

const reads = (tab, wanted) => until(async () => JSON.stringify(await lines(tab)) === JSON.stringify(wanted), { timeout: 15000, what: `${tab.name} reads ${wanted.join(' | ')}` })
  .catch(async (error) => { throw new Error(`${error.message}\n  reads: ${(await lines(tab)).join(' | ')}`); });

async function write(tab, words, to) {
  if (to) await tab.page.locator('#chat-to').selectOption({ label: `Only to ${to}` });
  await tab.page.locator('#chat-text').fill(words);
  await tab.page.locator('#chat-text').press('Enter');
  if (to) await tab.page.locator('#chat-to').selectOption('');
}

test('browsers and a telephone write to each other', async (t) => {
  const { server, browser, api } = await openScene(t);
  await api.post('/rooms', { name: 'blue' });
  (await api.post('/rooms/blue/messages', { text: 'before all', display_name: 'Desk' })).expect(201);
  const ann = await browser.open('blue', { name: 'Ann' });
  const bob = await browser.open('blue', { name: 'Bob <b>' });
  await ann.join();
  await bob.join();
  const carl = await phone(t, server, 'blue', 'carl');

  await ann.page.keyboard.press('c');
  assert.equal(await ann.page.evaluate(() => document.activeElement.id), 'chat-text');
  await reads(ann, ['Desk: before all']);
  await carl.write('hello from\r\nthe phone');
  await reads(ann, ['Desk: before all', 'carl: hello from\nthe phone']);
  await until(async () => (await bob.page.locator('#chat-number').textContent()) === '1', { what: 'one is unread' });
  await bob.says('carl: hello from the phone');
  assert.equal(await bob.page.getByRole('button', { name: /1 new message/ }).count(), 1);

  await write(ann, 'see https://example.com/a?b=1, <img src=x>');
  await until(() => carl.heard.length === 1, { what: 'the phone hears it' });
  assert.deepEqual(carl.heard, ['Ann: see https://example.com/a?b=1, <img src=x>']);
  await bob.press('chat-button');
  assert.equal(await bob.page.locator('#chat-number').isVisible(), false);
  const all = ['Desk: before all', 'carl: hello from\nthe phone'];
  await reads(bob, [...all, 'Ann: see https://example.com/a?b=1, <img src=x>']);
  const link = bob.page.locator('.chat-text a');
  assert.deepEqual([await link.getAttribute('href'), await link.getAttribute('rel')], ['https://example.com/a?b=1', 'noopener noreferrer']);
  assert.equal(await bob.page.locator('.chat-text img').count(), 0);

  await write(bob, 'just you', 'Ann');
  await write(bob, 'and you', 'carl');
  await reads(ann, [...all, 'Ann (you): see https://example.com/a?b=1, <img src=x>', 'Bob <b> [only to you]: just you']);
  await reads(bob, [...all, 'Ann: see https://example.com/a?b=1, <img src=x>', 'Bob <b> (you) [only to Ann]: just you', 'Bob <b> (you) [only to carl]: and you']);
  await until(() => carl.heard.length === 2, { what: 'the phone hears its own' });
  assert.equal(carl.heard[1], 'Bob <b> (to you only): and you');

  await ann.page.locator('#chat-text').type('x');
  await bob.says('Ann is writing…');
  await ann.page.locator('#chat-text').fill('');
  await until(async () => (await bob.page.locator('#chat-typing').textContent()) === '', { what: 'nobody writes any more' });
  await carl.write('<?xml version="1.0"?><isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>active</state></isComposing>', 'application/im-iscomposing+xml');
  await bob.says('carl is writing…');

  await phone(t, server, 'blue', 'dora', METHODS);
  await write(ann, 'and you?', 'dora');
  await ann.says('This phone takes no messages.');
  assert.equal(await ann.page.locator('#chat-text').inputValue(), 'and you?');
  assert.deepEqual([...ann.complaints, ...bob.complaints], []);
});

test('files are links; own messages can be deleted, by moderators all; who may only read has no field', async (t) => {
  const { server, browser, api } = await openScene(t);
  await api.post('/rooms', { name: 'blue' });
  const ann = await browser.open('blue', { name: 'Ann' });
  const bob = await browser.open('blue', { name: 'Bob' });
  await ann.join();
  await bob.join();
  await ann.page.locator('#file-input').setInputFiles({ name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
  const file = 'Server: Ann: note.txt, 5 B: open the file';
  await bob.says(file);
  await ann.press('chat-button');
  await bob.press('chat-button');
  const shared = await bob.page.getByRole('link', { name: 'open the file' }).getAttribute('href');
  assert.equal(await (await fetch(server.apiUrl + shared)).text(), 'hello');
  await write(ann, 'one');
  await write(bob, 'two');
  await reads(ann, [file, 'Ann (you): one', 'Bob: two']);
  const buttons = (tab) => tab.page.getByRole('button', { name: /^Delete the message of/ });
  assert.equal(await buttons(ann).count(), 1);
  await buttons(ann).click();
  await reads(bob, [file, 'Ann: This message was deleted.', 'Bob (you): two']);
  const { id } = await personOf(api, 'blue', 'Ann');
  (await api.patch(`/rooms/blue/participants/${id}`, { role: 'moderator' })).expect(200);
  await until(async () => (await buttons(ann).count()) === 2, { what: 'a moderator may delete the others' });
  await ann.page.getByRole('button', { name: 'Delete the message of Bob' }).click();
  await reads(bob, [file, 'Ann: This message was deleted.', 'Bob (you): This message was deleted.']);
  (await api.patch('/rooms/blue', { who_may_chat: 'moderators' })).expect(200);
  await bob.says('You may only read here.');
  assert.equal(await bob.page.locator('#chat-form').isVisible(), false);
  assert.equal(await ann.page.locator('#chat-form').isVisible(), true);
  const late = await browser.open('blue', { name: 'Late' });
  await late.join();
  await late.press('chat-button');
  await reads(late, [file, 'Ann: This message was deleted.', 'Bob: This message was deleted.']);
});
