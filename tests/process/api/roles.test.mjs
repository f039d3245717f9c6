/* Who may do what: roles, rooms of a token, and the tokens of browsers' calls. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Api } from '../../support/api.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { problem } from './problem.mjs';
import { checkSchema } from './schema.mjs';
import { parseYaml } from '../../../api/web/yaml.mjs';

const RANK = { nobody: 0, participant: 1, moderator: 2, admin: 3 };

async function begin(t, set = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'api.rate_per_source': 0, ...set } });
  const { api } = server;
  await api.post('/rooms', { name: 'blue', pin: '4711', moderator_pin: '0815' });
  await api.post('/rooms', { name: 'red' });
  return { server, api };
}

/** A browser's call, and an API client with its token. */
async function join(server, room, pin) {
  const { body } = (await server.api.post(`/rooms/${room}/calls`, { offer: webOffer(), pin }, { token: null })).expect(201);
  return { ...body, api: new Api(server.apiUrl, body.id) };
}

/** Every documented operation with the least role that it names. */
function* operations(document) {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (method === 'parameters') continue;
      const [security] = operation.security ?? document.security;
      if (security && !security.token) continue; // another secret is asked for, which no role has
      yield { method: method.toUpperCase(), path, needed: security?.token[0] ?? 'nobody' };
    }
  }
}

test('each operation is for the role that is documented, and for those above', async (t) => {
  const { server, api } = await begin(t);
  const document = parseYaml((await api.get('/openapi.yaml')).expect(200).body);
  const guest = await join(server, 'blue', '4711');
  const moderator = await join(server, 'blue', '0815');
  assert.equal(moderator.role, 'moderator');
  const callers = { nobody: new Api(server.apiUrl, null), participant: guest.api, moderator: moderator.api };
  for (const { method, path, needed } of operations(document)) {
    if (path.endsWith('/events')) continue; // open streams: below
    for (const [role, caller] of Object.entries(callers)) {
      const own = role === 'participant' ? guest.participant : 'nobody';
      const target = path.replace('{room}', 'blue').replace(/\{\w+\}/, path.includes('/participants/') ? own : 'none');
      if (method === 'DELETE' && /avatar$/.test(path)) await caller.request('GET', target, undefined, { root: true });
      const answer = await caller.request(method, target, undefined, { root: true });
      const what = `${role}: ${method} ${path} -> ${answer.status} ${answer.body?.code ?? ''}`;
      if (RANK[role] >= RANK[needed]) assert.ok(![401, 403].includes(answer.status), what);
      else if (role === 'nobody') problem(answer, 401, 'no_token');
      else problem(answer, 403, 'not_allowed');
    }
  }
  for (const [path, role] of [['/events', 'admin'], ['/rooms/blue/events', 'moderator']]) {
    for (const [name, caller] of Object.entries(callers)) {
      if (RANK[name] < RANK[role]) await assert.rejects(caller.events(path), /40[13]/, `${name} ${path}`);
      else (await caller.events(path)).close();
    }
  }
});

test('a token is good for its rooms only, and does not tell which others there are', async (t) => {
  const { server } = await begin(t);
  const { api } = await join(server, 'blue', '0815');
  for (const room of ['red', 'nowhere']) {
    for (const path of [`/rooms/${room}`, `/rooms/${room}/participants`, `/rooms/${room}/plays`])
      problem(await api.get(path), 403, 'other_room');
    problem(await api.patch(`/rooms/${room}`, { locked: true }), 403, 'other_room');
  }
  const { body } = (await api.get('/rooms')).expect(200);
  assert.deepEqual(body.items.map(({ name }) => name), ['blue']);
  assert.equal(body.next, null);
});

test('a moderator runs the room, but for its limits and PINs', async (t) => {
  const { server, api: admin } = await begin(t);
  const { api } = await join(server, 'blue', '0815');
  const guest = await join(server, 'blue', '4711');
  const { body: room } = (await api.patch('/rooms/blue', { locked: true, loudest: 3 })).expect(200);
  assert.equal(room.locked, true);
  for (const shown of [room, (await api.get('/rooms/blue')).body, (await api.get('/rooms')).body.items[0]])
    assert.ok(!('pin' in shown) && !('moderator_pin' in shown), JSON.stringify(shown));
  const refused = problem(await api.patch('/rooms/blue', { locked: false, pin: '', max_participants: 2 }), 403, 'not_allowed');
  assert.deepEqual(refused.errors.map(({ field }) => field), ['/max_participants', '/pin']);
  const { body: kept } = (await admin.get('/rooms/blue')).expect(200);
  assert.equal(kept.locked, true);
  assert.equal(kept.has_pin, true);
  const one = `/rooms/blue/participants/${guest.participant}`;
  (await api.patch(one, { muted: true })).expect(200);
  problem(await api.patch(one, { room: 'red' }), 403, 'other_room');
  (await api.delete(one)).expect(204);
  problem(await api.post('/rooms', { name: 'green' }), 403, 'not_allowed');
});

test('a participant sees the room as those in it do, and himself', async (t) => {
  const { server, api: admin } = await begin(t);
  const document = parseYaml((await admin.get('/openapi.yaml')).body);
  const one = await join(server, 'blue', '4711');
  const other = await join(server, 'blue', '4711');
  const { body } = (await one.api.get('/rooms/blue')).expect(200);
  assert.deepEqual(checkSchema(document, document.components.schemas.RoomSeen, body), []);
  assert.equal(body.room.name, 'blue');
  const own = (await one.api.get(`/rooms/blue/participants/${one.participant}`)).expect(200).body;
  assert.equal(own.id, one.participant);
  for (const id of [other.participant, 'nobody', one.id])
    problem(await one.api.get(`/rooms/blue/participants/${id}`), 403, 'other_participant');
});

test("a call's token follows its participant: role, room, end", async (t) => {
  const { server, api: admin } = await begin(t);
  const call = await join(server, 'blue', '4711');
  problem(await call.api.get('/rooms/blue/participants'), 403, 'not_allowed');
  const one = (room) => `/rooms/${room}/participants/${call.participant}`;
  (await admin.patch(one('blue'), { role: 'moderator' })).expect(200);
  (await call.api.get('/rooms/blue/participants')).expect(200);
  (await admin.patch(one('blue'), { role: 'participant' })).expect(200);
  problem(await call.api.get('/rooms/blue/participants'), 403, 'not_allowed');
  await admin.delete(one('blue'));
  problem(await call.api.get(`/rooms/blue`), 401, 'wrong_token');
  const next = await join(server, 'red');
  (await next.api.get('/rooms/red')).expect(200);
  (await next.api.delete(`/rooms/red/calls/${next.id}`)).expect(204);
  problem(await next.api.get('/rooms/red'), 401, 'wrong_token');
});

test('who guesses has to wait, and gets no answer to a guess meanwhile', async (t) => {
  const { server, api } = await begin(t, { 'api.rate_per_source': 5, 'api.proxies': '127.0.0.1' });
  const from = (source, token) => api.get('/rooms', { token, headers: { 'x-forwarded-for': source } });
  const statuses = [];
  for (let i = 0; i < 30; i++) statuses.push((await from('192.0.2.1', 'guess')).status);
  assert.equal(statuses[0], 401);
  assert.ok(statuses.includes(429), statuses.join());
  const held = await until(async () => {
    for (let i = 0; i < 30; i++) await from('192.0.2.1', 'guess');
    const answer = await from('192.0.2.1', server.token);
    return answer.status === 429 && answer;
  }, { what: 'the right token of a source that guesses waits, too' });
  problem(held, 429, 'too_many_wrong_tokens');
  assert.ok(Number(held.headers['retry-after']) > 0);
  (await from('192.0.2.2', server.token)).expect(200);
  await until(async () => (await from('192.0.2.1', server.token)).status === 200, { what: 'it may come again' });
});
