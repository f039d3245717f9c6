/* Who may come in, who is put out, and what the page says of it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../support/caller.mjs';
import { until } from '../support/wait.mjs';
import { openScene, personOf } from './support/scene.mjs';

const make = async (api, room) => (await api.post('/rooms', room)).expect(201);

test('a room with a PIN', async (t) => {
  const { browser, api } = await openScene(t);
  await make(api, { name: 'board', pin: '4711' });
  const ann = await browser.open('board', { name: 'Ann' });
  assert.equal(await ann.page.locator('#pin').isVisible(), false, 'nobody is asked for a PIN before it is needed');
  await ann.knock();
  await ann.says('This room asks for a PIN.');
  await ann.knock({ pin: '1234' });
  await ann.says('This is not the right PIN.');
  assert.equal(await ann.page.locator('#pin').getAttribute('aria-invalid'), 'true');
  await ann.page.locator('#pin').fill('4711');
  await ann.page.keyboard.press('Enter');
  await ann.page.locator('#room').waitFor();
  await api.waitForParticipants('board', 1);
  assert.deepEqual(ann.complaints, []);
});

test('a locked room, and a full one', async (t) => {
  const { browser, api, server } = await openScene(t);
  await make(api, { name: 'closed', locked: true });
  await make(api, { name: 'small', max_participants: 1 });
  const ann = await browser.open('closed', { name: 'Ann' });
  await ann.knock();
  await ann.says('The room is locked');
  (await api.patch('/rooms/closed', { locked: false })).expect(200);
  await ann.join();

  await Caller.join({ t, server, room: 'small', name: 'bob' });
  const bea = await browser.open('small', { name: 'Bea' });
  await bea.knock();
  await bea.says('The room is full.');
  assert.deepEqual([...ann.complaints, ...bea.complaints], []);
});

test('a lobby', async (t) => {
  const { browser, api } = await openScene(t);
  await make(api, { name: 'quiet', lobby: 'guests' });
  const ann = await browser.open('quiet', { name: 'Ann' });
  await ann.join({ isSeen: false });
  await ann.says('You are in the lobby. Somebody will let you in.');
  const seat = `/rooms/quiet/participants/${(await personOf(api, 'quiet', 'Ann')).id}`;
  (await api.patch(seat, { admitted: true })).expect(200);
  await ann.says('You have been let in.');
  await until(async () => (await ann.page.locator('#people-number').textContent()) === '1', { what: 'she sees who is in' });

  const bea = await browser.open('quiet', { name: 'Bea' });
  await bea.join({ isSeen: false });
  await bea.says('You are in the lobby.');
  (await api.patch(`/rooms/quiet/participants/${(await personOf(api, 'quiet', 'Bea')).id}`, { admitted: false })).expect(200);
  await bea.says('You were not let in');
  assert.deepEqual([...ann.complaints, ...bea.complaints], []);
});

test('removed, closed, and gone by oneself', async (t) => {
  const { browser, api } = await openScene(t);
  await make(api, { name: 'blue' });
  const ann = await browser.open('blue', { name: 'Ann' });
  await ann.join();
  (await api.delete(`/rooms/blue/participants/${(await personOf(api, 'blue', 'Ann')).id}`)).expect(204);
  await ann.says('You were removed from the room');

  await ann.press('again');
  await api.waitForParticipants('blue', 1);
  await ann.page.locator('#room').waitFor();
  await ann.press('leave');
  await ann.says('You have left the call');
  await api.waitForParticipants('blue', 0);

  await ann.press('again');
  await api.waitForParticipants('blue', 1);
  await ann.page.locator('#room').waitFor(); /* it knows its call now */
  await ann.page.goto('about:blank'); /* as one closes a tab: the page hangs up on its way out */
  await api.waitForParticipants('blue', 0);

  const bea = await browser.open('blue', { name: 'Bea' });
  await bea.join();
  (await api.delete('/rooms/blue')).expect(204);
  await bea.says('The room was closed');
});

test('muted by the moderator, and asked to talk', async (t) => {
  const { browser, api } = await openScene(t);
  await make(api, { name: 'blue' });
  const ann = await browser.open('blue', { name: 'Ann' });
  await ann.join();
  const { id } = await personOf(api, 'blue', 'Ann');
  const mute = async (muted) => (await api.patch(`/rooms/blue/participants/${id}`, { muted })).expect(200);

  await mute(true);
  await ann.says('The moderator has muted you.');
  assert.ok(await ann.isPressed('mute'));
  await mute(false);
  await ann.says('The moderator has turned your microphone on.');
  assert.equal(await ann.isPressed('mute'), false);

  await ann.press('mute');
  await until(async () => (await personOf(api, 'blue', 'Ann')).muted, { what: 'Ann is muted' });
  await mute(false);
  await ann.says('The moderator asks you to talk');
  assert.ok(await ann.isPressed('mute'), 'nobody turns on a microphone that its owner has turned off');
});

test('names are text, whatever is in them', async (t) => {
  const { browser, api } = await openScene(t);
  const name = '<img src=x onerror=alert(1)> & "Bea" <b>';
  await make(api, { name: 'blue', display_name: '<i>Blue</i> & co' });
  const bea = await browser.open('blue', { name });
  await bea.join();
  const ann = await browser.open('blue', { name: 'Ann' });
  await ann.join();
  await ann.press('people-button');
  await until(async () => (await ann.people()).includes(name), { what: 'the name is in the list' });
  assert.equal(await ann.page.locator('#people img, #people b, #notices img').count(), 0);
  await until(async () => (await ann.page.locator('#room-title').textContent()) === '<i>Blue</i> & co', { what: 'the name of the room' });
  await bea.press('hand');
  await ann.says(`${name} has raised a hand`);
  assert.deepEqual([...ann.complaints, ...bea.complaints], []);
});

test('the server goes down', async (t) => {
  const { server, browser, api } = await openScene(t);
  await make(api, { name: 'blue' });
  const ann = await browser.open('blue', { name: 'Ann' });
  await ann.join();
  const stopped = server.stop();
  await ann.says('The server has ended all calls');
  await stopped;
});
