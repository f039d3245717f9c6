/* Who may come in, who is put out, and what the page says of it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../support/caller.mjs';
import { until } from '../support/wait.mjs';
import { barriers } from './support/axe.mjs';
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

test('a lobby, and a moderator who lets in, mutes, locks and hangs up', async (t) => {
  const { browser, api } = await openScene(t);
  await make(api, { name: 'quiet', lobby: 'guests', pin: '1234', moderator_pin: '4711' });
  const zoe = await browser.open('quiet', { name: 'Zoe' });
  const enter = async (tab, pin, options) => {
    await tab.knock();
    await tab.says('This room asks for a PIN.');
    await tab.join({ pin, ...options });
  };
  await enter(zoe, '4711');
  await zoe.press('people-button');
  const button = (name) => zoe.page.getByRole('button', { name, exact: true });

  const [ann, bea] = await Promise.all(['Ann', 'Bea'].map((name) => browser.open('quiet', { name })));
  await enter(ann, '1234', { isSeen: false });
  await ann.says('You are in the lobby. Somebody will let you in.');
  assert.equal(await ann.page.locator('#moderator').isVisible(), false);
  await zoe.says('Ann waits in the lobby');
  await enter(bea, '1234', { isSeen: false });
  await zoe.says('Bea waits in the lobby');
  await button('Let all in').waitFor();
  assert.deepEqual(await barriers(zoe.page), []);
  await button('Refuse Bea').click();
  await bea.says('You were not let in');
  await button('Let in Ann').press('Enter');
  await ann.says('You have been let in.');
  await zoe.page.locator('#waiting-section').waitFor({ state: 'hidden' });
  await until(async () => (await ann.page.locator('#people-number').textContent()) === '2', { what: 'she sees who is in' });

  const actions = button('Actions for Ann');
  await actions.press('Enter');
  assert.deepEqual(await barriers(zoe.page), []);
  await zoe.page.keyboard.press('Escape');
  assert.equal(await actions.getAttribute('aria-expanded'), 'false');
  assert.ok(await zoe.page.locator('#people-panel').isVisible(), 'Escape closes what is open last');
  await actions.press('Enter');
  await button('Mute').click();
  await ann.says('The moderator has muted you.');
  await button('Lock').click();
  await until(async () => (await api.get('/rooms/quiet')).body.locked, { what: 'the room is locked' });
  await until(() => zoe.isPressed('lock'), { what: 'her button says so' });

  const seat = `/rooms/quiet/participants/${(await personOf(api, 'quiet', 'Ann')).id}`;
  (await api.patch(seat, { role: 'moderator' })).expect(200);
  await ann.press('people-button');
  await ann.page.locator('#moderator').waitFor();
  (await api.patch(seat, { role: 'participant' })).expect(200);
  await ann.page.locator('#moderator').waitFor({ state: 'hidden' });
  await actions.press('Enter');
  await button('Hang up').click();
  await ann.says('You were removed from the room');
  await api.waitForParticipants('quiet', 1);
  assert.deepEqual([...zoe.complaints, ...ann.complaints, ...bea.complaints], []);
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
