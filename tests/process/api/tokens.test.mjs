/* Tokens that are made over the API: shown once, kept hashed, good for what they say, as long as they say. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Api } from '../../support/api.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { problem } from './problem.mjs';

const make = async (server, settings) => {
  const { body, headers } = (await server.api.post('/tokens', { name: 'one', ...settings })).expect(201);
  assert.equal(headers.location, `/api/v1/tokens/${body.id}`);
  return { ...body, path: `/tokens/${body.id}`, api: new Api(server.apiUrl, body.token) };
};

test('a token is made, used, changed, and forgotten, and all hear of it', async (t) => {
  const server = await startServer({ t, set: { 'api.rate_per_source': 0 } });
  const { api } = server;
  for (const name of ['blue', 'red']) await api.post('/rooms', { name });
  const events = await api.events('/events');
  const token = await make(server, { role: 'moderator', rooms: ['blue'] });
  const told = await events.waitFor(({ type }) => type === 'token_created');
  assert.equal(told.data.token.id, token.id);
  assert.ok(!JSON.stringify(told.data).includes(token.token));

  (await token.api.get('/rooms/blue')).expect(200);
  problem(await token.api.get('/rooms/red'), 403, 'other_room');
  problem(await token.api.get('/tokens'), 403, 'not_allowed');
  const { body: shown } = (await api.get(token.path)).expect(200);
  assert.ok(!('token' in shown));
  assert.ok(Math.abs(Date.parse(shown.last_used_at) - Date.now()) < 60_000, shown.last_used_at);

  const listens = await token.api.events('/rooms/blue/events');
  (await api.patch(token.path, { rooms: ['red'] })).expect(200);
  await until(() => listens.isEnded, { what: 'the stream of a token that has changed is cut' });
  problem(await token.api.get('/rooms/blue'), 403, 'other_room');
  (await token.api.get('/rooms/red')).expect(200);
  (await api.patch(token.path, { role: 'participant', rooms: ['*'] })).expect(200);
  problem(await token.api.patch('/rooms/red', { locked: true }), 403, 'not_allowed');
  assert.equal((await token.api.get('/rooms/blue')).expect(200).body.room.name, 'blue');
  (await api.patch(token.path, { role: 'admin' })).expect(200);
  const all = await token.api.events('/events');
  (await api.delete(token.path)).expect(204);
  await until(() => all.isEnded, { what: 'the stream of a token that is gone is cut' });
  problem(await token.api.get('/rooms/blue'), 401, 'wrong_token');
  problem(await api.get(token.path), 404, 'no_such_token');
  await events.waitFor(({ type, data }) => type === 'token_deleted' && data.token.id === token.id);

  for (const [wanted, field] of [
    [{ role: 'moderator' }, '/rooms'], [{ role: 'moderator', rooms: [] }, '/rooms'], [{ role: 'admin', rooms: ['blue'] }, '/rooms'],
    [{ role: 'participant', rooms: ['*', 'blue'] }, '/rooms'], [{ role: 'participant', rooms: ['no room'] }, '/rooms'],
    [{ role: 'nobody' }, '/role'], [{ role: 'admin', expires_at: 'tomorrow' }, '/expires_at'], [{ role: 'admin', token: 'mine' }, '/token'],
  ]) assert.deepEqual(problem(await api.post('/tokens', { name: 'x', ...wanted }), 422, 'invalid_body').errors.map((one) => one.field), [field]);
});

test('a token ends when it says, with its streams', async (t) => {
  const server = await startServer({ t });
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const token = await make(server, { role: 'admin', expires_at: soon });
  assert.equal(token.expires_at, soon);
  (await token.api.get('/rooms')).expect(200);
  (await server.api.patch(token.path, { expires_at: '2020-01-01T00:00:00Z' })).expect(200);
  problem(await token.api.get('/rooms'), 401, 'wrong_token');
  (await server.api.patch(token.path, { expires_at: new Date(Date.now() + 1500).toISOString() })).expect(200);
  const events = await token.api.events('/events').catch(() => null); // a slow machine: it is over already
  await until(async () => (await token.api.get('/rooms')).status === 401, { what: 'it is over' });
  if (events) await until(() => events.isEnded, { what: 'its stream is, too' });
});

test('tokens survive a restart, and a thief of the store has none', async (t) => {
  const server = await startServer({ t });
  const token = await make(server, { role: 'moderator', rooms: ['blue', 'red'] });
  const last = await make(server, { role: 'admin' });
  (await token.api.get('/rooms')).expect(200);
  await server.stop();
  const file = path.join(server.dataDir, 'raduno.db');
  const bytes = fs.readFileSync(file, 'latin1');
  assert.ok(bytes.includes(token.id) && !bytes.includes(token.token));
  const again = await startServer({ t, set: { 'data.directory': server.dataDir } });
  const { body } = (await again.api.get('/tokens')).expect(200);
  assert.deepEqual(body.items.map(({ id }) => id), [token.id, last.id].sort());
  const kept = body.items.find(({ id }) => id === token.id);
  assert.deepEqual(kept.rooms, ['blue', 'red']);
  assert.ok(kept.last_used_at);
  const api = new Api(again.apiUrl, token.token);
  (await api.get('/rooms')).expect(200);
  const { body: page } = (await again.api.get('/tokens?limit=1')).expect(200);
  assert.equal(page.next, page.items[0].id);
});
