/* What a request may ask for besides: a version, a part of a list, from another page; how often; and what is remembered of it. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Api } from '../../support/api.mjs';
import { startServer } from '../../support/server.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { problem } from './problem.mjs';

const PAGE = 'https://console.example';
let server, api;
const end = [];

before(async () => {
  server = await startServer({ t: { after: (fn) => end.push(fn) }, set: { 'api.cors_origins': `["${PAGE}"]`, 'api.rate_per_token': 5, 'rooms.join_tone': 'none' } });
  ({ api } = server);
});
after(async () => {
  for (const fn of end.reverse()) await fn();
});

const tag = async (path) => (await api.get(path)).expect(200).headers.etag;
const only = (etag) => ({ headers: { 'if-match': etag } });

test('a room is changed as it was seen, or not at all', async () => {
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const first = await tag('/rooms/blue');
  assert.match(first, /^"[0-9a-f]{32}"$/);
  assert.equal(await tag('/rooms/blue'), first);
  const second = (await api.patch('/rooms/blue', { locked: true }, only(first))).expect(200).headers.etag;
  assert.notEqual(second, first);
  assert.equal(await tag('/rooms/blue'), second);
  problem(await api.patch('/rooms/blue', { locked: false }, only(first)), 412, 'other_version');
  assert.equal((await api.get('/rooms/blue')).body.locked, true);
  problem(await api.delete('/rooms/blue', only(first)), 412, 'other_version');
  problem(await api.delete('/rooms/none', only('*')), 404, 'no_such_room');
  (await api.patch('/rooms/blue', { locked: false }, only(`"x", ${second}`))).expect(200);
  const unchanged = await api.get('/rooms/blue', { headers: { 'if-none-match': first } });
  assert.deepEqual([unchanged.status, unchanged.body, unchanged.headers.etag], [304, '', first]);

  (await api.post('/rooms/blue/calls', { offer: webOffer() }, { token: null })).expect(201);
  assert.equal(await tag('/rooms/blue'), first, 'who is in a room is not of its version');
  (await api.delete('/rooms/blue', only('*'))).expect(204);
});

test('lists can be asked for a part', async () => {
  for (const name of ['a-1', 'a-2', 'b-1']) (await api.post('/rooms', { name })).expect(201);
  const { body: call } = (await api.post('/rooms/a-2/calls', { offer: webOffer() }, { token: null })).expect(201);
  const names = async (query) => (await api.get(`/rooms?${query}`)).expect(200).body.items.map(({ name }) => name);
  assert.deepEqual(await names('name=a-'), ['a-1', 'a-2']);
  assert.deepEqual(await names('name=a-&active=true'), ['a-2']);
  assert.deepEqual(await names('active=false'), ['a-1', 'b-1']);
  const { body: page } = (await api.get('/rooms?name=a-&limit=1')).expect(200);
  assert.deepEqual([page.items.length, page.next], [1, 'a-1']);
  assert.equal((await api.get('/rooms?name=a-&limit=1&after=a-1')).body.next, null);
  problem(await api.get('/rooms?active=yes'), 400, 'invalid_parameter');
  const ids = async (state) => (await api.get(`/rooms/a-2/participants?state=${state}`)).expect(200).body.items.map(({ id }) => id);
  const { state } = (await api.get(`/rooms/a-2/participants/${call.participant}`)).expect(200).body;
  assert.deepEqual(await ids(state), [call.participant]);
  assert.deepEqual(await ids('ringing'), []);
  problem(await api.get('/rooms/a-2/participants?state=asleep'), 400, 'invalid_parameter');
});

test('a page of another origin may ask if it is named', async () => {
  const preflight = (origin) => api.request('OPTIONS', '/rooms/a-1', undefined, { token: null, headers: { origin, 'access-control-request-method': 'PATCH' } });
  const { status, headers } = await preflight(PAGE);
  assert.equal(status, 204);
  assert.equal(headers['access-control-allow-origin'], PAGE);
  assert.match(headers['access-control-allow-methods'], /PATCH/);
  assert.match(headers['access-control-allow-headers'], /Authorization.*If-Match/);
  assert.equal(headers['access-control-allow-credentials'], undefined);
  const asked = await api.get('/rooms/a-1', { headers: { origin: PAGE } });
  assert.equal(asked.expect(200).headers['access-control-allow-origin'], PAGE);
  assert.match(asked.headers['access-control-expose-headers'], /ETag/);
  assert.match(asked.headers.vary, /Origin/);
  assert.equal((await api.get('/rooms', { token: null, headers: { origin: PAGE } })).headers['access-control-allow-origin'], PAGE, 'a refusal can be read');
  for (const other of ['https://evil.example', `${PAGE}.evil.example`, 'null', PAGE.replace('https', 'http')]) {
    const refused = await preflight(other);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers['access-control-allow-origin'], undefined);
    assert.equal((await api.get('/rooms/a-1', { headers: { origin: other } })).headers['access-control-allow-origin'], undefined);
  }
});

test('one token has its share; another, and the administrator, are not hindered', async () => {
  const tokens = [];
  for (const name of ['one', 'two']) tokens.push((await api.post('/tokens', { name, role: 'moderator', rooms: ['*'] })).expect(201).body);
  const [one, two] = tokens.map(({ token }) => new Api(server.apiUrl, token));
  const answers = await Promise.all(Array.from({ length: 40 }, () => one.get('/rooms')));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length > 0 && refused.length <= 30, `${refused.length} of 40 refused`);
  problem(refused[0], 429, 'too_many_requests');
  assert.equal(refused[0].headers['retry-after'], '1');
  (await two.get('/rooms')).expect(200);
  for (const answer of await Promise.all(Array.from({ length: 40 }, () => api.get('/rooms')))) answer.expect(200);
});

test('what is changed leaves a trail, without secrets', async () => {
  const { body: token } = (await api.post('/tokens', { name: 'Ann', role: 'moderator', rooms: ['b-1'] })).expect(201);
  const ann = new Api(server.apiUrl, token.token);
  (await ann.patch('/rooms/b-1', { locked: true })).expect(200);
  problem(await ann.patch('/rooms/b-1', { pin: '123456' }), 403, 'not_allowed');
  (await ann.get('/rooms/b-1')).expect(200);
  (await api.delete(`/tokens/${token.id}`)).expect(204);
  const { body } = (await api.get(`/audit?token=${token.id}`)).expect(200);
  assert.deepEqual(body.items.map(({ name, role, source, method, path, status, code }) => ({ name, role, source, method, path, status, code })), [
    { name: 'Ann', role: 'moderator', source: '127.0.0.1', method: 'PATCH', path: '/api/v1/rooms/b-1', status: 403, code: 'not_allowed' },
    { name: 'Ann', role: 'moderator', source: '127.0.0.1', method: 'PATCH', path: '/api/v1/rooms/b-1', status: 200, code: '' },
  ]);
  const { body: page } = (await api.get('/audit?limit=2')).expect(200);
  assert.deepEqual(page.items.map(({ token: id, method }) => [id, method]), [['admin', 'DELETE'], [token.id, 'PATCH']]);
  const { body: next } = (await api.get(`/audit?limit=1&after=${page.next}`)).expect(200);
  assert.equal(next.items[0].status, 200);
  const everything = JSON.stringify((await api.get('/audit?limit=200')).expect(200).body);
  assert.ok(!everything.includes(token.token) && !everything.includes('123456') && !everything.includes('/calls'));
});
