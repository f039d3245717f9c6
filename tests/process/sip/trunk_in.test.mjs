/* Calls that come by a trunk: no password, a number that leads to a room, lines, who calls. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { authorize, challengesOf } from '../../support/digest.mjs';
import { register } from '../../support/register.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { problem } from '../api/problem.mjs';

const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });

/** A server that asks all others for a password, with rooms and a trunk. */
async function start(t, trunk = {}, more = {}) {
  const server = await startServer({ t, set: { 'sip.authenticate': 'invites' }, ...more });
  const { api } = server;
  for (const name of ['blue', 'green']) (await api.post('/rooms', { name })).expect(201);
  (await api.post('/trunks', { name: 'line', networks: ['127.0.0.1'], in_rules: ['00|Z. -> +$', '0|Z. -> +49$'], ...trunk })).expect(201);
  return { server, api, provider: await SipEndpoint.open({ t, user: '0170123' }) };
}

const lead = async (api, number, target, leadsTo = 'room') => (await api.post('/numbers', { number, leads_to: leadsTo, target })).expect(201);

async function invite(provider, uri, { headers } = {}) {
  const call = provider.call(uri, { headers });
  const response = await call.invite(sdp);
  return { call, response, status: response.status };
}

const now = async (api) => (await api.get('/trunks/line')).expect(200).body.now;

test('a DID leads to a room, without a password; other sources have to show one', async (t) => {
  const { server, api, provider } = await start(t);
  (await api.post('/accounts', { name: 'alice', password: 'a long secret' })).expect(201);
  await lead(api, '+493012345', 'blue');
  await lead(api, '+4930123XX', 'green');
  await lead(api, '+493012399', 'alice', 'account');
  const room = async (number) => {
    const { call, status } = await invite(provider, server.uri(number));
    assert.equal(status, 200, number);
    const found = [];
    for (const name of ['blue', 'green'])
      if ((await api.get(`/rooms/${name}/participants`)).expect(200).body.items.length) found.push(name);
    await call.bye();
    await until(async () => (await now(api)).lines_in === 0, { what: 'the line is free' });
    return found.join();
  };
  assert.equal(await room('03012345'), 'blue');
  assert.equal(await room('+493012345'), 'blue');
  assert.equal(await room('004930123-46'), 'green');
  assert.equal((await invite(provider, server.uri('03012399'))).status, 480); // nobody is registered
  assert.equal((await invite(provider, server.uri('0409'))).status, 404); // and no room was made for it
  assert.equal((await invite(provider, server.uri('nobody'))).status, 404);
  assert.equal((await api.get('/rooms')).expect(200).body.items.length, 2);
  const stranger = await SipEndpoint.open({ t, ip: '::1' });
  assert.equal((await invite(stranger, server.uri('03012345', { ip: '::1' }))).status, 401);
  (await api.patch('/trunks/line', { enabled: false })).expect(200);
  assert.equal((await invite(provider, server.uri('03012345'))).status, 401);
});

test('a phone of ours in the networks of a trunk is a phone if it is registered, or shows a password', async (t) => {
  const password = 'a long secret';
  const { server, api, provider } = await start(t, { networks: ['192.0.2.1'] }, { web: true });
  const said = (line) => until(() => server.log.some((one) => line.test(one)), { what: `in the log: ${line}` });
  for (const name of ['alice', 'page']) (await api.post('/accounts', { name, password })).expect(201);
  await lead(api, '+493012345', 'blue');
  const page = await SipEndpoint.open({ t, user: 'page', transport: 'ws', web: { port: server.webPort } });
  assert.equal((await register(page, server, { name: 'page', password })).status, 200);
  (await api.patch('/trunks/line', { networks: ['127.0.0.1'] })).expect(200);
  await said(/warn +sip +trunk line: a phone of page is registered from its networks/);
  assert.equal((await page.call(server.uri('blue'), { localUri: server.uri('page') }).invite(sdp)).status, 401, 'by WebSocket, too');

  const alice = await SipEndpoint.open({ t, user: 'alice' });
  assert.equal((await register(alice, server, { name: 'alice', password })).status, 200);
  (await api.patch('/trunks/line', { networks: ['127.0.0.0/8'] })).expect(200);
  await said(/warn +sip +trunk line: a phone of alice is registered from its networks/);

  const localUri = server.uri('alice');
  const asked = await alice.call(server.uri('blue'), { localUri }).invite(sdp);
  assert.equal(asked.status, 401, 'as any phone');
  const Authorization = authorize(challengesOf(asked)[0], { name: 'alice', password, uri: server.uri('blue'), body: sdp });
  const call = alice.call(server.uri('blue'), { localUri });
  assert.equal((await call.invite(sdp, { headers: { Authorization } })).status, 200);
  assert.equal((await now(api)).lines_in, 0, 'not by the trunk');
  await call.bye();

  const unknown = provider.call(server.uri('03012345'), { localUri }); /* of another port: it is not registered */
  assert.equal((await unknown.invite(sdp)).status, 200);
  assert.equal((await now(api)).lines_in, 1);
  await said(/From is the account alice, and it comes from the networks of the trunk line/);
  await unknown.bye();
  const withPassword = provider.call(server.uri('03012345'), { localUri });
  assert.equal((await withPassword.invite(sdp, { headers: { Authorization } })).status, 401, 'an old answer of somebody else is no password');
});

test('the number may stand in To', async (t) => {
  const { server, api, provider } = await start(t, { number_from: 'to' });
  await lead(api, '+493012345', 'blue');
  const { call, status } = await invite(provider, server.uri('account-of-ours'), { headers: { To: '<sip:03012345@example.com>' } });
  assert.equal(status, 200);
  assert.equal((await api.get('/rooms/blue/participants')).expect(200).body.items.length, 1);
  await call.bye();
});

test('who calls: From, P-Asserted-Identity if it is trusted, and nobody who does not want to be told', async (t) => {
  const { server, api, provider } = await start(t, { caller_rules: ['0|Z. -> +49$'] });
  await lead(api, '+493012345', 'blue');
  const seen = async (headers) => {
    const { call, status } = await invite(provider, server.uri('03012345'), { headers });
    assert.equal(status, 200);
    const [{ uri, display_name: name }] = (await api.get('/rooms/blue/participants')).expect(200).body.items;
    await call.bye();
    await until(async () => !(await api.get('/rooms/blue/participants')).body.items.length);
    return [uri, name];
  };
  const asserted = { 'P-Asserted-Identity': '"Ann" <sip:+4940999@example.com>' };
  assert.deepEqual(await seen({}), ['tel:+49170123', '']);
  assert.deepEqual(await seen(asserted), ['tel:+49170123', '']);
  (await api.patch('/trunks/line', { trusts_identity: true })).expect(200);
  assert.deepEqual(await seen(asserted), ['tel:+4940999', 'Ann']);
  assert.deepEqual(await seen({ 'P-Asserted-Identity': '<tel:+4940998>' }), ['tel:+4940998', '']);
  assert.deepEqual(await seen({ 'P-Asserted-Identity': '<broken' }), ['tel:+49170123', '']);
  assert.deepEqual(await seen({ 'P-Asserted-Identity': '<tel:+4940998>', Privacy: 'id' }), ['sip:anonymous@anonymous.invalid', '']);
});

test('lines go from 2 to 5 to 1 while calls run', async (t) => {
  const { server, api, provider } = await start(t, { lines: 2 });
  const events = await api.events('/events');
  await lead(api, '+493012345', 'blue');
  const ring = () => invite(provider, server.uri('03012345'));
  const calls = [];
  const fill = async (count) => {
    for (let i = 0; i < count; i++) {
      const { call, status } = await ring();
      assert.equal(status, 200);
      calls.push(call);
    }
  };
  await fill(2);
  await events.waitFor(({ type, data }) => type === 'trunk_full' && data.trunk.now.lines_in === 2);
  const refused = await ring();
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.response.header('retry-after')) > 0);
  (await api.patch('/trunks/line', { lines: 5, when_full: '480' })).expect(200);
  await fill(3);
  assert.equal((await ring()).status, 480);
  (await api.patch('/trunks/line', { lines: 1 })).expect(200);
  assert.equal((await now(api)).lines_in, 5);
  assert.equal((await api.get('/rooms/blue/participants')).expect(200).body.items.length, 5, 'running calls stay');
  for (let left = 4; left >= 1; left--) {
    await calls.pop().bye();
    await until(async () => (await now(api)).lines_in === left, { what: `${left} lines` });
    assert.equal((await ring()).status, 480, `${left} are in use`);
  }
  await calls.pop().bye();
  await until(async () => (await now(api)).lines_in === 0, { what: 'no line is in use' });
  await fill(1);
  (await api.delete('/trunks/line')).expect(204);
  assert.equal((await api.get('/rooms/blue/participants')).expect(200).body.items.length, 1, 'its call goes on');
  await calls.pop().bye();
  assert.equal((await ring()).status, 401, 'who has no trunk is a stranger');
  (await api.post('/trunks', { name: 'another', networks: ['127.0.0.1'], in_rules: ['0|Z. -> +49$'] })).expect(201);
  await fill(1);
  assert.equal((await api.get('/rooms/blue/participants')).expect(200).body.items.length, 1, 'the number leads where it did');
  await calls.pop().bye();
});

test('the media of a trunk is encrypted as it says', async (t) => {
  const { server, api, provider } = await start(t, { srtp: 'required' });
  await lead(api, '+493012345', 'blue');
  assert.equal((await invite(provider, server.uri('03012345'))).status, 488);
  assert.equal((await now(api)).lines_in, 0);
  (await api.patch('/trunks/line', { srtp: 'off' })).expect(200);
  const { call, status } = await invite(provider, server.uri('03012345'));
  assert.equal(status, 200);
  await call.bye();
});

test('a room that has moved: phones are sent on, browsers are told, who is called from there is not', async (t) => {
  const { server, api, provider } = await start(t);
  await lead(api, '+493012345', 'blue');
  (await api.patch('/rooms/blue', { moved_to: 'sip:blue@example.com;transport=tcp' })).expect(200);
  const { response } = await invite(provider, server.uri('03012345'));
  assert.equal(response.status, 302);
  assert.equal(response.header('contact'), '<sip:blue@example.com;transport=tcp>');
  assert.equal((await now(api)).lines_in, 0);
  const told = problem(await api.post('/rooms/blue/calls', { offer: webOffer() }, { token: null }), 409, 'room_moved');
  assert.match(told.detail, /sip:blue@example\.com/);
  provider.onInvite = (incoming) => incoming.answer(sdp);
  const { id } = (await api.post('/rooms/blue/participants', { uri: provider.uri })).expect(201).body;
  await until(async () => (await api.get(`/rooms/blue/participants/${id}`)).body.state === 'connected');
  (await api.patch('/rooms/blue', { moved_to: 'https://example.com/join/blue' })).expect(200);
  assert.equal((await invite(provider, server.uri('03012345'))).status, 410);
  problem(await api.patch('/rooms/blue', { moved_to: 'javascript:x' }), 422, 'invalid_body');
  (await api.patch('/rooms/blue', { moved_to: null })).expect(200);
  const { call, status } = await invite(provider, server.uri('03012345'));
  assert.equal(status, 200);
  await call.bye();
});

test('who has sent a call on to us is an attribute of who calls, and in the record', async (t) => {
  const { server, api, provider } = await start(t, { caller_rules: ['0|Z. -> +49$'] });
  await lead(api, '+493012345', 'blue');
  const seen = async (headers) => {
    const { call, status } = await invite(provider, server.uri('03012345'), { headers });
    assert.equal(status, 200);
    const [{ id, attributes }] = (await api.get('/rooms/blue/participants')).expect(200).body.items;
    await call.bye();
    const [record] = await until(async () => {
      const { items } = (await api.get('/call-records?limit=1')).body;
      return items[0]?.participant === id && items;
    }, { what: 'its record' });
    assert.deepEqual(record.attributes, attributes);
    return attributes;
  };
  const by = (diverted_by, diversion_reason, first_called = diverted_by, diversions = '1') => ({ diverted_by, diversion_reason, first_called, diversions });
  assert.deepEqual(await seen({}), {});
  assert.deepEqual(await seen({ Diversion: '<sip:0401@pbx.example;user=phone>;reason=user-busy;counter=1' }), by('tel:+49401', 'user-busy'));
  assert.deepEqual(await seen({ Diversion: ['<tel:0402>;reason=no-answer', '<sip:ann@pbx.example>;reason=unconditional'] }),
    by('tel:+49402', 'no-answer', 'sip:ann@pbx.example', '2'));
  const history = '<sip:0401@pbx.example?Reason=SIP%3Bcause%3D302>;index=1, <sip:0402@pbx.example;cause=302>;index=1.1;mp=1, <sip:03012345@here;cause=408>;index=1.1.1;mp=1.1';
  assert.deepEqual(await seen({ 'History-Info': history }), by('tel:+49402', 'no-answer', 'tel:+49401', '2'));
  const anonymous = 'sip:anonymous@anonymous.invalid';
  assert.deepEqual(await seen({ 'History-Info': history, Privacy: 'history' }), by(anonymous, 'no-answer', anonymous, '2'));
  assert.deepEqual(await seen({ Diversion: '<sip:0401@pbx.example>;privacy=full' }), by(anonymous, 'unknown'));
  assert.deepEqual(await seen({ Diversion: '<javascript:x>;reason=<b>' }), {});
  const many = Array.from({ length: 40 }, (_, i) => `<sip:05${i}@pbx.example>;reason=user-busy`);
  assert.equal((await seen({ Diversion: many })).diversions, '10');
});
