/* The chat of a room over REST and events: written, read in pages, deleted, kept; who sees what. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { startServer } from '../../support/server.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { fieldsOf, problem } from './problem.mjs';

const GUEST = { token: null };

async function begin(t, set = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'api.rate_per_source': 0, ...set } });
  return { server, api: server.api, events: await server.api.events('/events') };
}

/** A browser that is in, and what it hears. */
async function browser({ api }, room, name) {
  const { body } = (await api.post(`/rooms/${room}/calls`, { offer: webOffer({ video: false }), display_name: name }, GUEST)).expect(201);
  const path = `/rooms/${room}/calls/${body.id}`;
  return { path, call: body.id, id: body.participant, events: await api.events(`${path}/events`, GUEST) };
}

const isMessage = (text) => ({ type, data }) => type === 'message' && data.message.text === text;
const textsOf = (stream) => stream.all.filter(({ type }) => type === 'message').map(({ data }) => data.message.text);
const texts = (answer) => answer.expect(200).body.items.map(({ text }) => text);

test('what is written to all comes to all, to one only to that one', async (t) => {
  const scene = await begin(t);
  const { api, events } = scene;
  const ann = await browser(scene, 'blue', 'Ann');
  const bob = await browser(scene, 'blue', 'Bob');
  const eve = await browser(scene, 'red', 'Eve');
  const { body: all, headers } = (await api.post('/rooms/blue/messages', { text: 'first line\r\nsecond <b>', display_name: 'Desk' })).expect(201);
  assert.equal(headers.location, `/api/v1/rooms/blue/messages/${all.id}`);
  const { id, time, ...rest } = all;
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60000);
  assert.deepEqual(rest, { origin: 'api', from: { participant: null, display_name: 'Desk', uri: '' }, to: null, text: 'first line\nsecond <b>',
    deleted: false, outcome: { pending: 0, delivered: 2, refused: 0, timed_out: 0, unreachable: 0 } });
  (await api.post('/rooms/blue/messages', { text: 'for Bob', to: bob.id })).expect(201);
  (await api.post('/rooms/blue/messages', { text: 'last' })).expect(201);
  for (const one of [ann, bob]) await one.events.waitFor(isMessage('last'));
  const seen = ann.events.all.find(isMessage('first line\nsecond <b>')).data.message;
  assert.deepEqual(seen, { id, time, origin: 'api', from: { participant: null, display_name: 'Desk' }, to: null, text: rest.text, deleted: false });
  assert.deepEqual(textsOf(ann.events), [rest.text, 'last']);
  assert.deepEqual(textsOf(bob.events), [rest.text, 'for Bob', 'last']);
  await events.waitFor(isMessage('last'));
  assert.deepEqual(textsOf(events), [rest.text, 'for Bob', 'last']);
  assert.deepEqual(textsOf(eve.events), []);
});

test('who comes later reads what was, page by page; what is deleted is gone', async (t) => {
  const scene = await begin(t, { 'chat.messages': 4 });
  const { api } = scene;
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  for (const text of ['1', '2', '3', '4', '5']) (await api.post('/rooms/blue/messages', { text })).expect(201);
  const first = await api.get('/rooms/blue/messages?limit=3');
  assert.deepEqual(texts(first), ['2', '3', '4']);
  const second = await api.get(`/rooms/blue/messages?limit=3&after=${first.body.next}`);
  assert.deepEqual(texts(second), ['5']);
  assert.equal(second.body.next, null);
  const ann = await browser(scene, 'blue', 'Ann');
  const { id } = first.body.items[1];
  (await api.delete(`/rooms/blue/messages/${id}`)).expect(204);
  const { data } = await ann.events.waitFor(({ type }) => type === 'message_deleted');
  assert.deepEqual([data.message.id, data.message.text, data.message.deleted], [id, '', true]);
  assert.deepEqual(texts(await api.get('/rooms/blue/messages')), ['2', '', '4', '5']);
  await scene.server.kill9();
  await scene.server.restart();
  assert.deepEqual(texts(await api.get('/rooms/blue/messages')), ['2', '', '4', '5']);
  assert.equal((await api.get(`/rooms/blue/messages/${id}`)).expect(200).body.deleted, true);
  (await api.delete('/rooms/blue')).expect(204);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  assert.deepEqual(texts(await api.get('/rooms/blue/messages')), []);
});

test('what cannot be written is refused, with its field', async (t) => {
  const scene = await begin(t, { 'chat.text_bytes': 100 });
  const { api } = scene;
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const post = (body) => api.post('/rooms/blue/messages', body);
  assert.deepEqual(fieldsOf((await post({})).body), ['/text']);
  assert.deepEqual(fieldsOf((await post({ text: '', to: 5, surprise: 1 })).body).sort(), ['/surprise', '/text', '/to']);
  assert.deepEqual(fieldsOf((await post({ text: ' \n\u0007' })).body), ['/text']);
  assert.deepEqual(fieldsOf((await post({ text: 'x'.repeat(101) })).body), ['/text']);
  problem(await post({ text: 'x', to: 'pnobody' }), 422, 'no_such_participant');
  problem(await api.get('/rooms/blue/messages/1'), 404, 'no_such_message');
  problem(await api.post('/rooms/blue/messages', { text: 'x' }, GUEST), 401, 'no_token');
  problem(await api.get('/rooms/blue/messages', GUEST), 401, 'no_token');
});

test('browsers write, to all and to one, and see what is theirs', async (t) => {
  const scene = await begin(t, { 'chat.per_minute': 1 });
  const { api, events } = scene;
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const [ann, bob, eve] = [await browser(scene, 'blue', 'Ann'), await browser(scene, 'blue', 'Bob'), await browser(scene, 'blue', 'Eve')];
  const write = (who, body) => api.post('/rooms/blue/messages', body, { token: who.call });
  const { body: open } = (await write(ann, { text: 'hello' })).expect(201);
  assert.deepEqual(open.from, { participant: ann.id, display_name: 'Ann' });
  assert.ok(!('outcome' in open));
  const { body: secret } = (await write(ann, { text: 'psst', to: bob.id })).expect(201);
  assert.deepEqual(secret.to, { participant: bob.id, display_name: 'Bob' });
  (await write(eve, { text: 'bye' })).expect(201);
  for (const one of [ann, bob, eve]) await one.events.waitFor(isMessage('bye'));
  assert.deepEqual([ann, bob, eve].map((one) => textsOf(one.events)), [['hello', 'psst', 'bye'], ['hello', 'psst', 'bye'], ['hello', 'bye']]);
  const read = async (who) => texts(await api.get('/rooms/blue/messages', { token: who.call }));
  assert.deepEqual([await read(ann), await read(bob), await read(eve)], [['hello', 'psst', 'bye'], ['hello', 'psst', 'bye'], ['hello', 'bye']]);
  problem(await api.get(`/rooms/blue/messages/${secret.id}`, { token: eve.call }), 404, 'no_such_message');
  const told = await events.waitFor(isMessage('psst'));
  assert.equal(told.data.message.from.uri, 'web:guest@127.0.0.1');

  problem(await api.delete(`/rooms/blue/messages/${open.id}`, { token: eve.call }), 403, 'not_yours');
  problem(await api.delete(`/rooms/blue/messages/${secret.id}`, { token: eve.call }), 404, 'no_such_message');
  (await api.delete(`/rooms/blue/messages/${secret.id}`, { token: ann.call })).expect(204);
  (await api.patch(`/rooms/blue/participants/${eve.id}`, { role: 'moderator' })).expect(200);
  (await api.delete(`/rooms/blue/messages/${open.id}`, { token: eve.call })).expect(204);
  assert.deepEqual(await read(eve), ['', 'bye']);

  assert.deepEqual(fieldsOf((await write(ann, { text: 'x', display_name: 'Desk' })).body), ['/display_name']);
  for (;;) {
    const answer = await write(ann, { text: 'x' });
    if (answer.status === 201) continue;
    problem(answer, 429, 'too_many_messages');
    break;
  }
  (await api.patch('/rooms/blue', { who_may_chat: 'moderators' })).expect(200);
  problem(await write(bob, { text: 'x' }), 403, 'may_not_chat');
  (await write(eve, { text: 'x' })).expect(201);
  (await api.delete(bob.path, GUEST)).expect(204);
  problem(await write(bob, { text: 'x' }), 401, 'wrong_token');
});

test('who types is shown to the others, until the message comes or he leaves it', async (t) => {
  const scene = await begin(t);
  const { api, events } = scene;
  const ann = await browser(scene, 'blue', 'Ann');
  const bob = await browser(scene, 'blue', 'Bob');
  const shows = (typing) => ({ type, data }) => type === 'room' && data.participants.some((one) => one.id === ann.id && one.typing === typing);
  (await api.patch(ann.path, { typing: true }, GUEST)).expect(200);
  const { data } = await events.waitFor(({ type }) => type === 'participant_typing');
  assert.deepEqual([data.participant.id, data.participant.typing], [ann.id, true]);
  await bob.events.waitFor(shows(true));
  const before = bob.events.all.length;
  (await api.patch(ann.path, { typing: false }, GUEST)).expect(200);
  await bob.events.waitFor((event) => shows(false)(event) && bob.events.all.indexOf(event) >= before);
});
