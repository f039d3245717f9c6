/* Trunks are kept watch on: registration at a provider, SRV records, gateways that do not answer. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { NameServer } from '../../support/dns.mjs';
import { is } from '../../support/events.mjs';
import { startKamailio } from '../../support/kamailio.mjs';
import { freePort } from '../../support/ports.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { runSippServer } from '../../support/sipp.mjs';
import { startServer } from '../../support/server.mjs';
import { makeCertificates, secretsOf, trusting } from '../../support/tls.mjs';
import { until } from '../../support/wait.mjs';

const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const scenario = (name) => new URL(`scenario/${name}.xml`, import.meta.url);

async function start(t, { set = {}, env = {}, tls = false } = {}) {
  const server = await startServer({ t, set, env, tls });
  const { api } = server;
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  (await api.post('/numbers', { number: '+493012345', leads_to: 'room', target: 'blue' })).expect(201);
  return { server, api, events: await api.events('/events') };
}

const now = async (api, name = 'line') => (await api.get(`/trunks/${name}`)).expect(200).body.now;
const registered = (api, state) => until(async () => (await now(api)).registration === state, { what: `registration ${state}` });
const participants = async (api) => (await api.get('/rooms/blue/participants')).expect(200).body.items;

test('Kamailio as the provider: registered with a password, calls come to the contact, calls go with the password', async (t) => {
  const { server, api, events } = await start(t, { set: { 'sip.authenticate': 'invites' } });
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  bob.onInvite = (incoming) => {
    incoming.ring();
    incoming.answer(sdp);
  };
  const provider = await startKamailio({ t, password: 'provider-secret', callee: bob.uri });
  const registrar = `sip:127.0.0.1:${provider.port}`;
  const settings = { name: 'line', registrar, username: 'line', password: 'wrong', gateways: [{ uri: registrar }], numbers: ['+49.'] };
  (await api.post('/trunks', settings)).expect(201);
  await registered(api, 'failed');
  assert.match((await now(api)).registration_detail, /^401/);
  (await api.patch('/trunks/line', { password: 'provider-secret' })).expect(200);
  await registered(api, 'up');
  await events.waitFor(({ type, data }) => type === 'trunk_up' && data.trunk.name === 'line');
  await until(async () => (await now(api)).gateways[0].health === 'up', { what: 'it answers OPTIONS' });
  assert.ok(!server.log.some((line) => line.includes('provider-secret')), 'the log has no password');

  const alice = await SipEndpoint.open({ t, user: 'alice' });
  const call = alice.call(provider.uri('+493012345'));
  assert.equal((await call.invite(sdp)).status, 200);
  assert.equal((await participants(api)).length, 1);
  assert.equal((await now(api)).lines_in, 1);
  await call.bye();
  await until(async () => !(await participants(api)).length);
  assert.equal((await alice.call(server.uri('+493012345')).invite(sdp)).status, 401, 'who does not know the contact');

  const { id } = (await api.post('/rooms/blue/participants', { uri: '+4930777' })).expect(201).body;
  await events.waitFor(is('participant_joined', { id }));
  assert.match(bob.received.find((m) => m.method === 'INVITE').header('to'), /\+4930777/);
  (await api.delete(`/rooms/blue/participants/${id}`)).expect(204);
  await until(() => bob.received.some((m) => m.method === 'BYE'), { what: 'a BYE, by way of the provider' });
});

/** One that always wants a minute more. */
async function greedyRegistrar(t, asked) {
  const registrar = await SipEndpoint.open({ t, user: 'greedy' });
  registrar.onRequest = (request) => {
    if (request.method !== 'REGISTER') return null;
    asked.push(Number(request.header('expires')));
    return { status: 423, reason: 'Interval Too Brief', headers: { 'Min-Expires': String(asked.at(-1) + 60) } };
  };
  return registrar.port;
}

test('a registrar may want longer; a trunk that is switched off is not registered', async (t) => {
  const { api } = await start(t);
  const registrar = await SipEndpoint.open({ t, user: 'registrar' });
  const asked = [];
  registrar.onRequest = (request) => {
    if (request.method !== 'REGISTER') return null;
    const expires = Number(request.header('expires'));
    asked.push(expires);
    return expires < 600 ? { status: 423, reason: 'Interval Too Brief', headers: { 'Min-Expires': '600' } }
      : { status: 200, reason: 'OK', headers: { Contact: `${request.header('contact')};expires=${expires}` } };
  };
  (await api.post('/trunks', { name: 'line', registrar: `sip:127.0.0.1:${registrar.port}`, username: 'line', expires_s: 300 })).expect(201);
  await registered(api, 'up');
  assert.deepEqual(asked, [300, 600]);
  const longer = [];
  (await api.post('/trunks', { name: 'greedy', registrar: `sip:127.0.0.1:${await greedyRegistrar(t, longer)}`, username: 'line', expires_s: 300 })).expect(201);
  await until(async () => (await now(api, 'greedy')).registrations[0].state === 'failed', { what: 'no end of 423 is one' });
  assert.deepEqual(longer, [300, 360, 420, 480], 'three times more, and not at once again');
  const [first, second] = registrar.received.filter((m) => m.method === 'REGISTER');
  assert.equal(first.callId, second.callId);
  assert.ok(second.cseq.number > first.cseq.number);
  (await api.patch('/trunks/line', { lines: 5 })).expect(200);
  (await api.patch('/trunks/line', { enabled: false })).expect(200);
  assert.equal((await now(api)).registration, 'off');
  assert.equal(asked.length, 2, 'a change of lines is no reason to register');
});

test('two sites of a provider: registered at both, calls come from either, and while one is left', async (t) => {
  const { api, events } = await start(t, { set: { 'sip.authenticate': 'invites' } });
  const one = await startKamailio({ t, password: 'provider-secret', callee: 'sip:bob@127.0.0.1:9' });
  const two = await SipEndpoint.open({ t, user: 'two' });
  let refuses = true;
  two.onRequest = (request) => {
    if (request.method !== 'REGISTER') return null;
    return refuses ? { status: 403, reason: 'Not Yet' } : { status: 200, reason: 'OK', headers: { Contact: `${request.header('contact')};expires=300` } };
  };
  const [registrar, other] = [one, two].map(({ port }) => `sip:127.0.0.1:${port}`);
  (await api.post('/trunks', { name: 'line', registrar, registrars: [other], username: 'line', password: 'provider-secret' })).expect(201);
  const states = async () => (await now(api)).registrations.map(({ registrar: at, state, detail }) => `${at === registrar ? 'one' : 'two'} ${state} ${detail}`).join();
  const become = (text) => until(async () => (await states()) === text, { what: text });
  await become('one up ,two failed 403 Not Yet');
  const { up, registration, registration_detail: detail } = await now(api);
  assert.deepEqual([up, registration, detail], [true, 'up', '']);
  refuses = false;
  (await api.patch('/trunks/line', { lines: 5 })).expect(200);
  await become('one up ,two up ');
  const asked = () => two.received.filter((m) => m.method === 'REGISTER');
  const contact = /<([^>]+)>/.exec(asked().at(-1).header('contact'))[1];
  const alice = await SipEndpoint.open({ t, user: 'alice' });
  for (const call of [alice.call(one.uri('+493012345')), two.call(contact, { remoteUri: 'sip:+493012345@provider.example' })]) {
    assert.equal((await call.invite(sdp)).status, 200);
    assert.equal((await now(api)).lines_in, 1);
    await call.bye();
    await until(async () => !(await participants(api)).length);
  }
  const before = asked().length;
  (await api.patch('/trunks/line', { registrar: other, registrars: [] })).expect(200);
  await become('two up ');
  assert.equal(asked().length, before, 'who stays is not registered again');
  assert.equal((await api.patch('/trunks/line', { registrars: [other] })).status, 422, 'twice at the same');
  assert.ok(!events.all.some(({ type }) => type === 'trunk_down'));
});

test('SRV: each server of a gateway is tried; one that does not answer OPTIONS is down, and up again', async (t) => {
  const [dead, alive] = [await freePort(), await runSippServer({ t, scenario: scenario('uas_answer') })];
  const srv = { '_sip._udp.gw.example': [{ port: dead, target: 'a.example', priority: 1 }, { port: alive.port, target: 'b.example', priority: 65535 }] };
  const dns = await NameServer.open({ t, a: { 'a.example': '127.0.0.1', 'b.example': '127.0.0.1' }, srv });
  const { api, events } = await start(t, { env: dns.env });
  (await api.post('/trunks', { name: 'line', gateways: [{ uri: 'sip:gw.example' }], numbers: ['+49.'], health_interval_s: 0, gateway_timeout_ms: 700 })).expect(201);
  const gateways = async () => (await now(api)).gateways;
  await until(async () => (await gateways()).length === 2, { what: 'both servers are known' });
  assert.deepEqual((await gateways()).map(({ uri }) => uri), [`sip:a.example:${dead}`, `sip:b.example:${alive.port}`]);
  assert.ok(dns.asked.filter((each) => each === 'A b.example').length <= 4, 'once, and again if the answer takes long');
  const { id } = (await api.post('/rooms/blue/participants', { uri: '+4930777' })).expect(201).body;
  await events.waitFor(is('participant_joined', { id }));
  (await api.delete(`/rooms/blue/participants/${id}`)).expect(204);
  const { code, errors } = await alive.finished;
  assert.equal(code, 0, errors);

  (await api.patch('/trunks/line', { health_interval_s: 1 })).expect(200);
  await events.waitFor(({ type, data }) => type === 'trunk_down' && data.trunk.name === 'line');
  assert.deepEqual((await gateways()).map(({ health }) => health), ['down', 'down']);
  const back = await SipEndpoint.open({ t, port: dead });
  await events.waitFor(({ type, data }) => type === 'trunk_up' && data.trunk.now.gateways[0].health === 'up');
  assert.ok(back.received.some((m) => m.method === 'OPTIONS'));
});

test('NAPTR: a domain is called by the transport that it wants, and we speak; TLS as what the domain shows', async (t) => {
  const ca = makeCertificates(t);
  const answering = async (options) => {
    const endpoint = await SipEndpoint.open({ t, user: 'gw', ...options });
    endpoint.onInvite = (incoming) => incoming.answer(sdp);
    return endpoint;
  };
  const tcp = await answering({ transport: 'tcp' });
  const tls = await answering({ transport: 'tls', tls: secretsOf(ca.issue('safe.example'), ca) });
  const naptr = {
    'one.example': [
      { order: 20, service: 'SIP+D2U', replacement: '_sip._udp.one.example' },
      { order: 10, preference: 2, service: 'SIP+D2T', replacement: '_sip._tcp.elsewhere.example' },
      { order: 10, preference: 1, service: 'SIP+D2W', replacement: '_sip._ws.one.example' },
    ],
    'safe.example': [
      { order: 20, service: 'SIP+D2U', replacement: '_sip._udp.one.example' },
      { order: 10, service: 'SIPS+D2T', replacement: '_sips._tcp.safe.example' },
    ],
    'odd.example': [{ order: 5, service: 'SIP+D2T', replacement: '_sip._tcp.nothing.example' }, { order: 6, service: 'SIP+D2U', replacement: '_sip._udp.odd.example' }],
  };
  const srv = {
    '_sip._tcp.elsewhere.example': { port: tcp.port, target: 'a.example' },
    '_sip._udp.one.example': { port: 9, target: 'a.example' },
    '_sips._tcp.safe.example': { port: tls.port, target: 'a.example' },
    '_sip._udp.odd.example': { port: 5070, target: 'b.example' },
    '_sip._udp.plain.example': { port: 5080, target: 'b.example' },
  };
  const dns = await NameServer.open({ t, a: { 'a.example': '127.0.0.1', 'b.example': '127.0.0.1' }, srv, naptr });
  const { api, events } = await start(t, { env: { ...dns.env, ...trusting(ca) }, tls: true });
  const hosts = ['one', 'safe', 'odd', 'plain', 'nobody'];
  for (const [order, host] of hosts.entries())
    (await api.post('/trunks', { name: host, order, gateways: [{ uri: `sip:${host}.example` }], numbers: [`+4${order}.`], health_interval_s: 0 })).expect(201);
  const servers = async () => Promise.all(hosts.map(async (host) => (await now(api, host)).gateways.map(({ uri }) => uri).join()));
  const expected = [`sip:a.example:${tcp.port};transport=tcp`, 'sip:safe.example;transport=tls', 'sip:b.example:5070', 'sip:b.example:5080', 'sip:nobody.example'];
  await until(async () => (await servers()).join() === expected.join(), { what: 'the servers of all' }).catch(async () => assert.deepEqual(await servers(), expected));
  for (const [order, endpoint] of [tcp, tls].entries()) {
    const { id } = (await api.post('/rooms/blue/participants', { uri: `+4${order}777` })).expect(201).body;
    await events.waitFor(is('participant_joined', { id }));
    assert.equal(endpoint.received.filter(({ method }) => method === 'INVITE').length, 1);
  }
  assert.ok(dns.asked.indexOf('NAPTR one.example') < dns.asked.indexOf('SRV _sip._tcp.elsewhere.example'));
});

test('Kamailio as the provider: its first gateway is gone, the second asks for the password, too', async (t) => {
  const { api, events } = await start(t);
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  bob.onInvite = (incoming) => incoming.answer(sdp);
  const [first, second] = await Promise.all(['first', 'second'].map(() => startKamailio({ t, password: 'provider-secret', callee: bob.uri })));
  const gateways = [first, second].map(({ port }, priority) => ({ uri: `sip:127.0.0.1:${port}`, priority }));
  const settings = { registrar: gateways[0].uri, username: 'line', password: 'provider-secret', health_interval_s: 1, gateway_timeout_ms: 500 };
  (await api.post('/trunks', { name: 'line', gateways, numbers: ['+49.'], ...settings })).expect(201);
  await registered(api, 'up');
  const dial = async () => {
    const { id } = (await api.post('/rooms/blue/participants', { uri: '+4930777' })).expect(201).body;
    await events.waitFor(is('participant_joined', { id }));
    const { headers: { via } } = bob.received.findLast(({ method }) => method === 'INVITE');
    return Number(/:(\d+)/.exec(via[0])[1]);
  };
  assert.equal(await dial(), first.port);
  await first.child.end({ signal: 'SIGTERM' }); // and so its children, too
  assert.equal(await dial(), second.port);
  await until(async () => (await now(api)).gateways.map(({ health }) => health).join() === 'down,up', { what: 'the first is known to be down' });
  assert.equal(await dial(), second.port);
});
