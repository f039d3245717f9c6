/* Webhooks: signed as Standard Webhooks say, in order, again when they fail, and to nowhere that is not allowed. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import test from 'node:test';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';
import { problem } from './problem.mjs';

/** Takes what is posted; `answer` is the next status, or a function of what came. */
async function receiver(t) {
  const got = [];
  const self = { got, answer: 204, headers: {} };
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const one = { method: request.method, headers: request.headers, text: Buffer.concat(parts).toString() };
      one.body = JSON.parse(one.text);
      got.push(one);
      response.writeHead(typeof self.answer === 'function' ? self.answer(one) : self.answer, self.headers).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close().closeAllConnections());
  self.url = `http://127.0.0.1:${server.address().port}/hook`;
  return self;
}

const types = (far) => far.got.map(({ body }) => body.type);

function signature(secret, { headers, text }) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${crypto.createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`).digest('base64')}`;
}

test('events are posted in order, signed, those that are wanted only', async (t) => {
  const server = await startServer({ t, set: { 'api.webhook_allow': '["127.0.0.1"]' } });
  const { api } = server;
  const [all, some] = [await receiver(t), await receiver(t)];
  const secret = `whsec_${crypto.randomBytes(32).toString('base64')}`;
  const { body: hook } = (await api.post('/webhooks', { url: all.url, secret })).expect(201);
  assert.equal(hook.secret, secret);
  const { body: picky } = (await api.post('/webhooks', { url: some.url, rooms: ['red'], events: ['room_created', 'room_deleted'] })).expect(201);
  assert.match(picky.secret, /^whsec_/);
  assert.ok(!('secret' in (await api.get(`/webhooks/${hook.id}`)).expect(200).body));
  for (const name of ['blue', 'red']) (await api.post('/rooms', { name })).expect(201);
  (await api.patch('/rooms/red', { locked: true })).expect(200);
  for (const name of ['red', 'blue']) (await api.delete(`/rooms/${name}`)).expect(204);

  const wanted = ['room_created', 'room_created', 'room_changed', 'room_deleted', 'room_deleted'];
  await until(() => types(all).filter((type) => type.startsWith('room_')).length === wanted.length, { what: 'all events of rooms' });
  assert.deepEqual(types(all).filter((type) => type.startsWith('room_')), wanted);
  assert.ok(types(all).includes('webhook_created'));
  await until(() => types(some).length === 2, { what: 'the two that are wanted' });
  assert.deepEqual(some.got.map(({ body }) => [body.type, body.data.room]), [['room_created', 'red'], ['room_deleted', 'red']]);

  for (const [far, key] of [[all, secret], [some, picky.secret]]) {
    for (const one of far.got) {
      assert.equal(one.method, 'POST');
      assert.equal(one.headers['content-type'], 'application/json');
      assert.equal(one.headers['webhook-signature'], signature(key, one));
      assert.ok(Math.abs(Number(one.headers['webhook-timestamp']) - Date.now() / 1000) < 60);
    }
  }
  const ids = all.got.map(({ headers }) => headers['webhook-id']);
  assert.equal(new Set(ids).size, ids.length);
  const { body } = await until(async () => {
    const list = (await api.get(`/webhooks/${picky.id}/deliveries`)).expect(200);
    return list.body.items.every(({ state }) => state === 'delivered') && list;
  }, { what: 'both are in the log' });
  assert.deepEqual(body.items.map(({ event, status, attempts }) => [event, status, attempts]), [['room_deleted', 204, 1], ['room_created', 204, 1]]);

  const [last] = body.items;
  const { body: again } = (await api.post(`/webhooks/${picky.id}/deliveries`, { delivery: last.id })).expect(202);
  assert.notEqual(again.id, last.id);
  await until(() => some.got.length === 3, { what: 'it comes again' });
  assert.equal(some.got[2].headers['webhook-id'], some.got[1].headers['webhook-id']);
  assert.equal(some.got[2].text, some.got[1].text);
  (await api.post(`/webhooks/${picky.id}/deliveries`, {})).expect(202);
  await until(() => types(some)[3] === 'ping', { what: 'a ping' });
});

test('what fails is tried again while the next waits; then given up; then the webhook is disabled', async (t) => {
  const server = await startServer({ t, set: { 'api.webhook_allow': '["127.0.0.1"]', 'api.webhook_attempts': 2, 'api.webhook_failures': 2 } });
  const { api } = server;
  const far = await receiver(t);
  const events = await api.events('/events');
  const { body: hook } = (await api.post('/webhooks', { url: far.url, events: ['room_created'] })).expect(201);
  const log = async () => (await api.get(`/webhooks/${hook.id}/deliveries`)).expect(200).body.items;

  let refuse = 1;
  far.answer = () => (refuse-- > 0 ? 500 : 204);
  for (const name of ['a', 'b']) (await api.post('/rooms', { name })).expect(201);
  await until(() => far.got.length === 3, { what: 'the first again, then the second' });
  assert.deepEqual(far.got.map(({ body }) => body.data.room), ['a', 'a', 'b']);
  assert.equal(far.got[0].headers['webhook-id'], far.got[1].headers['webhook-id']);
  await until(async () => (await log()).every(({ state }) => state === 'delivered'), { what: 'both are delivered' });
  assert.deepEqual((await log()).map(({ attempts }) => attempts), [1, 2]);

  far.answer = 302; // redirects are not followed
  far.headers = { location: far.url };
  for (const name of ['c', 'd', 'e']) (await api.post('/rooms', { name })).expect(201);
  const told = await events.waitFor(({ type }) => type === 'webhook_changed', { timeout: 20_000 });
  assert.equal(told.data.webhook.enabled, false);
  assert.deepEqual(far.got.slice(3).map(({ body }) => body.data.room), ['c', 'c', 'd', 'd']);
  assert.deepEqual((await log()).slice(0, 3).map(({ state, status, attempts }) => [state, status, attempts]), [['failed', null, 0], ['failed', 302, 2], ['failed', 302, 2]]);
  problem(await api.post(`/webhooks/${hook.id}/deliveries`, {}), 409, 'webhook_disabled');

  far.answer = 410;
  (await api.patch(`/webhooks/${hook.id}`, { enabled: true })).expect(200);
  (await api.post('/rooms', { name: 'f' })).expect(201);
  await until(async () => !(await api.get(`/webhooks/${hook.id}`)).body.enabled, { what: '410 disables at once' });
  assert.equal(far.got.length, 8);
});

test('settings survive a restart; private addresses are not reached without a rule', async (t) => {
  const server = await startServer({ t, set: { 'api.webhook_attempts': 1 } });
  const { api } = server;
  const far = await receiver(t);
  const { body: hook } = (await api.post('/webhooks', { url: far.url, events: ['room_created'], rooms: ['blue'] })).expect(201);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const failed = await until(async () => (await api.get(`/webhooks/${hook.id}/deliveries`)).body.items.find(({ state }) => state === 'failed'), { what: 'it is refused' });
  assert.match(failed.error, /127\.0\.0\.1.*loopback/);
  assert.equal(far.got.length, 0);
  for (const url of ['ftp://example.com', 'http://user:secret@example.com/', 'no url', ''])
    problem(await api.post('/webhooks', { url }), 422, 'invalid_body');
  await server.stop();
  const again = await startServer({ t, set: { 'data.directory': server.dataDir, 'api.webhook_allow': '["127.0.0.1"]' } });
  const { body } = (await again.api.get('/webhooks')).expect(200);
  assert.deepEqual(body.items.map(({ id, url, events, rooms }) => ({ id, url, events, rooms })), [{ id: hook.id, url: far.url, events: ['room_created'], rooms: ['blue'] }]);
  await again.api.delete('/rooms/blue');
  (await again.api.post('/rooms', { name: 'blue' })).expect(201);
  await until(() => far.got.length === 1, { what: 'with the rule it comes' });
  assert.equal(far.got[0].headers['webhook-signature'], signature(hook.secret, far.got[0]));
});

test('what happened right before SIGTERM is told before the end, or after the next start, in order', async (t) => {
  const server = await startServer({ t, set: { 'api.webhook_allow': '["127.0.0.1"]' } });
  const far = await receiver(t);
  far.answer = 503;
  const { body: hook } = (await server.api.post('/webhooks', { url: far.url, events: ['room_created', 'participant_left'] })).expect(201);
  const caller = await SipEndpoint.open({ t, user: 'alice' });
  const call = caller.call(server.uri('lobby'));
  assert.equal((await call.invite(buildSdp({ ip: '127.0.0.1', port: 40000 }))).status, 200);
  const names = Array.from({ length: 8 }, (_, i) => `r${i}`);
  for (const name of names) (await server.api.post('/rooms', { name })).expect(201);
  const stopped = server.stop();
  far.answer = 204;
  await stopped;
  await server.restart();
  await until(async () => (await server.api.get(`/webhooks/${hook.id}`)).body.waiting === 0, { what: 'nothing waits' });
  const taken = [...new Map(far.got.map(({ headers, body }) => [headers['webhook-id'], body])).values()];
  assert.deepEqual(taken.filter(({ type }) => type === 'room_created').map(({ data }) => data.room), ['lobby', ...names]);
  assert.deepEqual(taken.filter(({ type }) => type === 'participant_left').map(({ data }) => data.reason), ['shutdown']);
});

test('what waits is delivered after a crash, in order, before what is new', async (t) => {
  const server = await startServer({ t, set: { 'api.webhook_allow': '["127.0.0.1"]' } });
  const far = await receiver(t);
  far.answer = 503;
  const { body: hook } = (await server.api.post('/webhooks', { url: far.url, events: ['room_created'] })).expect(201);
  for (const name of ['a', 'b', 'c']) (await server.api.post('/rooms', { name })).expect(201);
  await until(() => far.got.length === 2, { what: 'the first is tried again, so what waits has been kept' });
  await server.kill9();
  await server.restart();
  await until(() => far.got.length > 2, { what: 'it is tried as soon as the server is back' });
  assert.equal((await server.api.get(`/webhooks/${hook.id}`)).expect(200).body.waiting, 3);
  const before = far.got.length;
  far.answer = 204;
  (await server.api.post('/rooms', { name: 'd' })).expect(201);
  await until(() => far.got.length >= before + 4, { what: 'all four' });
  const taken = far.got.slice(-4);
  assert.deepEqual(taken.map(({ body }) => body.data.room), ['a', 'b', 'c', 'd']);
  assert.equal(taken[0].headers['webhook-id'], far.got[0].headers['webhook-id']);
  assert.equal(taken[0].headers['webhook-signature'], signature(hook.secret, taken[0]));
  await until(async () => (await server.api.get(`/webhooks/${hook.id}`)).body.waiting === 0, { what: 'nothing waits' });
  await server.stop();
  await server.restart();
  (await server.api.post('/rooms', { name: 'e' })).expect(201);
  await until(() => far.got.length > before + 4, { what: 'the next' });
  assert.equal(far.got.at(-1).body.data.room, 'e', 'what was delivered does not come again');
});
