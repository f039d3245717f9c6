/* Event streams: order, rooms, resuming, gaps, limits, and clients that do not read. */
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { atEnd } from '../../support/cleanup.mjs';
import { startServer } from '../../support/server.mjs';
import { until, within } from '../../support/wait.mjs';
import { problem } from './problem.mjs';

async function begin(t, set = {}) {
  const server = await startServer({ t, set });
  return { server, api: server.api };
}

/** `count` events of one room, which must be there. */
async function change(api, name, count) {
  for (let i = 0; i < count; i++) (await api.patch(`/rooms/${name}`, { display_name: `${name} ${i}` })).expect(200);
}

const named = (name) => ({ data }) => data.settings?.display_name === name;

test('rooms are told to those who listen to all or to the one', async (t) => {
  const { api } = await begin(t);
  const all = await api.events('/events');
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  (await api.post('/rooms', { name: 'red' })).expect(201);
  const red = await api.events('/rooms/red/events');
  await change(api, 'blue', 1);
  await change(api, 'red', 1);
  (await api.delete('/rooms/blue')).expect(204);
  (await api.delete('/rooms/red')).expect(204);
  await all.waitFor(({ type, data }) => type === 'room_deleted' && data.room === 'red');
  await red.waitFor(({ type }) => type === 'room_deleted');
  assert.deepEqual(all.all.map(({ type, data }) => `${type} ${data.room}`), [
    'room_created blue', 'room_created red', 'room_changed blue', 'room_changed red',
    'room_deleted blue', 'room_deleted red',
  ]);
  assert.deepEqual(red.all.map(({ type, data }) => `${type} ${data.room}`), ['room_changed red', 'room_deleted red']);
  const ids = all.all.map(({ id }) => Number(id));
  assert.ok(ids.every((id, i) => i === 0 || id === ids[i - 1] + 1), `${ids}`);
  assert.ok(Math.abs(Date.parse(all.all[0].data.time) - Date.now()) < 60000);
  problem(await api.get('/rooms/blue/events'), 404, 'no_such_room');
});

test('who comes back with the last id gets what was missed', async (t) => {
  const { api } = await begin(t);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  (await api.post('/rooms', { name: 'red' })).expect(201);
  const first = await api.events('/events');
  await change(api, 'blue', 3);
  const { id } = await first.waitFor(named('blue 0'));
  first.close();
  await change(api, 'red', 2);
  const second = await api.events('/events', { lastEventId: id });
  await second.waitFor(named('red 1'));
  assert.deepEqual(second.all.map(({ data }) => data.settings.display_name), ['blue 1', 'blue 2', 'red 0', 'red 1']);
  const byParameter = await api.events(`/rooms/red/events?last_event_id=${id}`);
  await byParameter.waitFor(named('red 1'));
  assert.deepEqual(byParameter.all.map(({ data }) => data.settings.display_name), ['red 0', 'red 1']);
  for (const wrong of ['x', '-1', '1.5', '9'.repeat(19)])
    problem(await api.get(`/events?last_event_id=${wrong}`), 400, 'invalid_parameter');
});

test('an id that is too old, or of another life, is told as a gap', async (t) => {
  const { server, api } = await begin(t);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const first = await api.events('/events');
  await change(api, 'blue', 1);
  const { id } = await first.waitFor(named('blue 0'));
  for (let i = 0; i < 4200; i += 10)
    await Promise.all(Array.from({ length: 10 }, (_, j) => api.patch('/rooms/blue', { display_name: `many ${i + j}` })));
  const behind = await api.events('/events', { lastEventId: id });
  const gap = await behind.waitFor(({ type }) => type === 'gap');
  assert.equal(gap.data.after, id);
  assert.equal(gap.id, null, 'no id: the browser asks again with the old one');
  assert.equal(behind.all[0].type, 'gap');
  await until(() => behind.all.length === 4097, { what: 'the 4096 that are kept' });
  assert.equal(behind.all[1].id, gap.data.oldest);
  const last = behind.all.at(-1).id;
  await server.restart();
  const after = await api.events('/events', { lastEventId: last });
  await after.waitFor(({ type }) => type === 'gap');
  (await api.patch('/rooms/blue', { locked: true })).expect(200);
  const { id: newId } = await after.waitFor(({ type }) => type === 'room_changed');
  assert.ok(Number(newId) > Number(last), 'ids grow over a restart');
});

test('streams have a limit, which leaves room for requests', async (t) => {
  const { api } = await begin(t, { 'api.max_connections': 8 });
  const streams = [];
  for (let i = 0; i < 4; i++) streams.push(await api.events('/events'));
  const refused = await api.get('/events');
  problem(refused, 503, 'too_many_streams');
  assert.ok(Number(refused.headers['retry-after']) > 0);
  (await api.get('/rooms')).expect(200);
  streams[0].close();
  (await api.post('/rooms', { name: 'blue' })).expect(201); // has the server notice
  const again = await until(async () => {
    await change(api, 'blue', 1);
    await api.patch('/rooms/blue', { display_name: 'x' });
    return api.events('/events');
  });
  assert.ok(again);
});

/** A client that asks for events and then reads nothing. */
async function deafClient(t, server) {
  const socket = net.connect({ host: '127.0.0.1', port: server.apiPort });
  atEnd(t, () => socket.destroy());
  socket.on('error', () => {});
  socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  return socket;
}

test('a client that does not read is cut off; the others go on', async (t) => {
  const { server, api } = await begin(t, { 'api.request_timeout_s': 1 });
  const deaf = await deafClient(t, server);
  const good = await api.events('/events');
  const closed = new Promise((resolve) => deaf.once('close', resolve));
  const name = 'd'.repeat(120);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  let last;
  const isCut = async () => /raduno_api_event_streams 1\n/.test((await api.get('/metrics', { root: true })).body);
  await until(async () => {
    for (let i = 0; i < 40; i++)
      await Promise.all(Array.from({ length: 10 }, () => api.patch('/rooms/blue', { display_name: (last = `${name}${Math.random().toString(36).slice(2, 8)}`) })));
    return isCut();
  }, { timeout: 90000, every: 1, what: 'the deaf client is cut off' });
  const { id } = await good.waitFor(({ data }) => data.settings?.display_name === last, { timeout: 20000 });
  assert.ok(id);
  deaf.resume();
  await within(closed, { what: 'its end' });
});

test('streams end when the server does, and it ends at once', async (t) => {
  const { server, api } = await begin(t);
  const streams = await Promise.all([api.events('/events'), api.events('/events')]);
  const ended = Promise.all(streams.map((stream) => until(() => stream.isEnded)));
  server.api.streams.clear(); // stop() would close them itself
  await server.stop();
  await ended;
});

test('HEAD of a stream has headers only', async (t) => {
  const { api } = await begin(t);
  const { headers, body } = (await api.request('HEAD', '/events')).expect(200);
  assert.equal(headers['content-type'], 'text/event-stream');
  assert.equal(body, '');
  await until(async () => /raduno_api_event_streams 0\n/.test((await api.get('/metrics', { root: true })).body));
});
