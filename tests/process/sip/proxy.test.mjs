/* Behind Kamailio, the proxy at the edge: phones register and call through it, and are called back by it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { is } from '../../support/events.mjs';
import { startEdge } from '../../support/kamailio.mjs';
import { register, registration } from '../../support/register.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';

const password = 'correct-horse';

test('calls in and out go through the proxy, and both hear each other', async (t) => {
  const server = await startServer({ t, set: { 'sip.authenticate': 'invites', 'sip.auth_algorithms': 'md5', 'rooms.join_tone': 'none' } });
  const { api } = server;
  const edge = await startEdge({ t, server });
  for (const name of ['alice', 'bob']) (await api.post('/accounts', { name, password })).expect(201);
  (await api.post('/rooms', { name: 'hall' })).expect(201);
  const events = await api.events('/rooms/hall/events');
  const phone = { t, codec: 'PCMU', registrar: { server: edge, password } };
  const [alice, bob] = await Promise.all([Baresip.start({ ...phone, name: 'alice', hz: 440 }), Baresip.start({ ...phone, name: 'bob', hz: 700, answer: 'auto' })]);
  const [registration] = await until(async () => {
    const { items } = (await api.get('/accounts/bob/registrations')).expect(200).body;
    return items.length && items;
  }, { what: 'bob is registered' });
  assert.match(registration.path, new RegExp(`^<sip:127\\.0\\.0\\.1:${edge.port};lr;received=`));

  await alice.dial(edge.uri('hall'));
  const { id } = (await api.post('/rooms/hall/participants', { uri: 'sip:bob@raduno' })).expect(201).body;
  await events.waitFor(is('participant_joined', { id }));
  await Promise.all([waitToHear(alice, { present: [700], absent: [440] }), waitToHear(bob, { present: [440], absent: [700] })]);
  await alice.hold();
  await events.waitFor(is('participant_changed', { on_hold: true }));
  await alice.resume();
  await events.waitFor(is('participant_changed', { on_hold: false }));
  await waitToHear(bob, { present: [440] });

  (await api.delete(`/rooms/hall/participants/${id}`)).expect(204);
  await bob.waitFor((e) => e.type === 'CALL_CLOSED');
  await alice.hangup();
  await events.waitFor(({ type, data }) => type === 'participant_left' && data.reason === 'hung_up');
});

test('who guesses by a proxy that hides him is slowed, for that account; who is registered, and others, are not', async (t) => {
  const most = 4;
  const server = await startServer({ t, set: { 'sip.proxies': '127.0.0.1', 'sip.auth_failures': most } });
  const { api } = server;
  for (const name of ['alice', 'bob']) (await api.post('/accounts', { name, password })).expect(201);
  const hiding = await SipEndpoint.open({ t }); /* as such a proxy: nothing says for whom */
  const phone = registration(hiding, server, { name: 'alice' });
  const as = async (name, secret, more) => {
    const response = await register(hiding, server, { name, password: secret, ...more });
    return [response.status, response.headers['retry-after']?.[0]].filter(Boolean).join(' ');
  };
  assert.equal(await as('alice', password, { call: phone }), '200');
  const answers = [];
  while (answers.at(-1) !== '500 60' && answers.length < 20) answers.push(await as('alice', `guess ${answers.length}`)); /* some are forgiven meanwhile */
  assert.ok(answers.length > most, answers.join());
  assert.deepEqual([...new Set(answers)], ['401', '500 60']);
  assert.equal(await as('alice', password), '500 60', 'it is not looked at');
  assert.equal(await as('alice', password, { call: phone }), '200', 'a refresh');
  assert.equal(await as('bob', password), '200');
  assert.deepEqual((await api.get('/bans')).expect(200).body.items, []);
  await until(() => server.log.some((line) => /auth: an account is paused for 60 s by 127.0.0.1/.test(line)), { what: 'a line in the log' });
});

test('BYE of the server goes by the proxy, which has put itself into the way', async (t) => {
  const server = await startServer({ t });
  const edge = await startEdge({ t, server });
  const eve = await Caller.join({ t, server: { uri: (user) => edge.uri(user) }, room: 'hall', name: 'eve', hz: 440 });
  const { id } = (await server.api.waitForParticipants('hall', 1))[0];
  (await server.api.delete(`/rooms/hall/participants/${id}`)).expect(204);
  const bye = await eve.call.ended;
  assert.equal(bye.headers.via.join().split(',').length, 2, 'ours, and that of the proxy');
});

test('a phone that guesses behind the proxy is banned by its own address; the proxy, and others behind it, are not', async (t) => {
  const server = await startServer({ t, set: { 'sip.proxies': '127.0.0.1', 'sip.auth_failures': 4, 'sip.auth_ban_s': 3600 } });
  const { api } = server;
  const edge = await startEdge({ t, server });
  (await api.post('/accounts', { name: 'alice', password })).expect(201);
  const [guesser, alice] = await Promise.all(['127.0.0.3', '127.0.0.2'].map((ip) => SipEndpoint.open({ t, ip })));
  const bans = async () => (await api.get('/bans')).expect(200).body.items.map(({ address }) => address);
  for (let i = 0; i < 20 && !(await bans()).length; i++)
    assert.equal((await register(guesser, edge, { name: 'alice', password: `guess ${i}` })).status, 401);
  assert.deepEqual(await bans(), ['127.0.0.3']);
  assert.equal((await register(alice, edge, { name: 'alice', password })).status, 200, 'by the same proxy');
  const late = await register(guesser, edge, { name: 'alice', password });
  assert.equal(late.status, 408, 'not heard: the proxy has waited for nothing');
  assert.deepEqual(await bans(), ['127.0.0.3']);
});

test('who is in is told apart behind a proxy by what it says: a name, and the same proxy, are not enough', async (t) => {
  const server = await startServer({ t, set: { 'sip.proxies': '127.0.0.1' } });
  const proxy = await SipEndpoint.open({ t, user: 'alice' });
  let branches = 0;
  /** A request of a phone, as the proxy hands it on. */
  const by = (phone) => {
    const branch = `z9hG4bKproxy${++branches}`;
    return { branch, headers: { Via: [`SIP/2.0/UDP 127.0.0.1:${proxy.port};branch=${branch};rport`, `SIP/2.0/UDP 10.0.0.1:5060;branch=${branch}phone;${phone}`] } };
  };
  const call = proxy.call(server.uri('blue'));
  assert.equal((await call.invite(buildSdp({ ip: '127.0.0.1', port: 40000 }), by('received=192.0.2.1;rport=40001'))).status, 200);
  const watch = (phone) => {
    const { branch, headers } = by(phone);
    return proxy.call(server.uri('blue')).request('SUBSCRIBE', { branch, headers: { ...headers, Event: 'conference', Expires: 0 } }).then(({ status }) => status);
  };
  assert.equal(await watch('received=192.0.2.1;rport=40001'), 200);
  assert.equal(await watch('received=192.0.2.2;rport=40001'), 401, 'another phone');
  assert.equal(await watch('received=192.0.2.1;rport=40002'), 401, 'another behind the same NAT');
  assert.equal(await watch('received=192.0.2.1'), 401, 'a proxy that does not say');
});
