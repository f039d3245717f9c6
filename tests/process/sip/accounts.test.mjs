/* Who calls an account rings its phones: by our endpoint, which shows every message, and by baresip, which is heard. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { authorize, challengesOf } from '../../support/digest.mjs';
import { register } from '../../support/register.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { makeCertificates, trusting } from '../../support/tls.mjs';
import { until, within } from '../../support/wait.mjs';

const password = 'correct-horse';
const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });

async function start(t, set = {}, options = {}) {
  const server = await startServer({ t, set, ...options });
  (await server.api.post('/accounts', { name: 'alice', password, number: '101' })).expect(201);
  (await server.api.post('/accounts', { name: 'bob', password, number: '102', display_name: 'Bob' })).expect(201);
  return server;
}

/** A phone of bob's; `invited` has its INVITEs. */
async function phoneOfBob(t, server, { transport = 'udp', contact, headers } = {}) {
  const phone = await SipEndpoint.open({ t, user: 'bob', transport });
  phone.invited = [];
  phone.onInvite = (incoming) => phone.invited.push(incoming);
  const response = await register(phone, server, { name: 'bob', password, contact, headers });
  assert.equal(response.status, 200);
  phone.rings = () => until(() => phone.invited[0], { what: 'an INVITE to the phone' });
  return phone;
}

const rooms = async (server) => (await server.api.get('/rooms')).expect(200).body.items;
const noRooms = (server) => until(async () => (await rooms(server)).length === 0, { what: 'the room is gone' });

test('all phones ring, the first to answer is joined with the caller, the others are cancelled', async (t) => {
  const server = await start(t);
  const [desk, mobile] = [await phoneOfBob(t, server), await phoneOfBob(t, server, { transport: 'tcp' })];
  const caller = await SipEndpoint.open({ t, user: 'alice' });
  const call = caller.call(server.uri('102'), { localUri: 'sip:alice@127.0.0.1' });
  const inviting = call.startInvite(sdp);
  const incoming = [await desk.rings(), await mobile.rings()];
  for (const { request } of incoming) {
    assert.match(request.header('from'), /<sip:alice@127\.0\.0\.1>/);
    assert.match(request.header('to'), /<sip:bob@/);
  }
  assert.equal(inviting.responses.filter(({ status }) => status > 100).length, 0, 'nothing rings yet');
  incoming[0].ring();
  await until(() => inviting.responses.some(({ status }) => status === 180), { what: 'ringing' });
  incoming[1].answer(sdp);
  const answered = await within(inviting.final, { what: 'the answer' });
  assert.equal(answered.status, 200);
  const cancel = await until(() => desk.received.find(({ method }) => method === 'CANCEL'), { what: 'CANCEL' });
  assert.match(cancel.header('reason'), /cause=200;text="Call completed elsewhere"/);
  const [room] = await rooms(server);
  assert.match(room.name, /^call-[0-9a-v]{20,}$/);
  await until(async () => {
    const { items } = (await server.api.get(`/rooms/${room.name}/participants`)).expect(200).body;
    return items.map(({ uri, state }) => `${uri} ${state}`).sort().join() === 'sip:alice@127.0.0.1 connected,sip:bob@raduno connected';
  }, { what: 'both are in' });
  await call.bye();
  await within(incoming[1].call.ended, { what: 'BYE to the phone' });
  await noRooms(server);
});

test('who answers too late is hung up on; his own BYE, which meets that one, is answered', async (t) => {
  const server = await start(t);
  const [desk, mobile] = [await phoneOfBob(t, server), await phoneOfBob(t, server)];
  const call = (await SipEndpoint.open({ t, user: 'alice' })).call(server.uri('102'));
  const answer = call.invite(sdp);
  const [first, late] = [await desk.rings(), await mobile.rings()];
  mobile.onRequest = ({ method }) => {
    if (method === 'CANCEL') late.answer(sdp);
    return method === 'BYE' ? 'ignore' : { status: 200 };
  };
  late.ring();
  first.answer(sdp);
  assert.equal((await answer).status, 200);
  await until(() => mobile.received.some(({ method }) => method === 'BYE'), { what: 'BYE to who was late' });
  assert.equal((await late.call.bye()).status, 200);
  await call.bye();
  await within(first.call.ended, { what: 'BYE to the phone' });
  await noRooms(server);
});

test('what the phones say is what the caller hears', async (t) => {
  const server = await start(t, { 'sip.ring_timeout_s': 1 });
  const caller = await SipEndpoint.open({ t });
  const ask = async (user = 'bob') => (await caller.call(server.uri(user)).invite(sdp)).status;
  assert.equal(await ask(), 480, 'not registered');
  const phones = [await phoneOfBob(t, server), await phoneOfBob(t, server)];
  const cases = [
    { says: [486, 486], status: 486 }, { says: [480, 486], status: 486 }, { says: [486, 480], status: 486 }, { says: [603, 486], status: 603 },
    { says: [404, 404], status: 404 }, { says: [488, 500], status: 488 }, { says: [500, 503], status: 480 },
  ];
  for (const { says, status } of cases) {
    phones.forEach((phone, i) => (phone.onInvite = (incoming) => incoming.reject(says[i])));
    assert.equal(await ask(), status, says.join(' '));
  }
  phones.forEach((phone) => (phone.onInvite = (incoming) => incoming.ring()));
  assert.equal(await ask(), 480, 'nobody answers');
  phones[0].onInvite = (incoming) => incoming.reject(486);
  phones[1].onInvite = (incoming) => incoming.answer(sdp);
  const call = caller.call(server.uri('bob'));
  assert.equal((await call.invite(sdp)).status, 200, 'one is busy, the other takes it');
  await call.bye();
  await noRooms(server);
});

test('who gives up stops the ringing; who hangs up first ends the other; 100rel and no offer', async (t) => {
  const server = await start(t);
  const phone = await phoneOfBob(t, server);
  const caller = await SipEndpoint.open({ t });
  const first = caller.call(server.uri('bob'));
  const inviting = first.startInvite(sdp);
  (await phone.rings()).ring();
  await until(() => inviting.responses.some(({ status }) => status === 180), { what: 'ringing' });
  assert.equal((await first.request('UPDATE', { body: sdp })).status, 500, 'no new offer before the first is answered');
  first.cancel();
  assert.equal((await within(inviting.final, { what: '487' })).status, 487);
  await until(() => phone.received.find(({ method }) => method === 'CANCEL'), { what: 'CANCEL to the phone' });
  await noRooms(server);

  phone.invited.length = 0;
  const second = caller.call(server.uri('bob'));
  const answer = second.invite(undefined, { ackBody: () => sdp });
  const incoming = await phone.rings();
  incoming.answer(sdp);
  assert.equal((await answer).status, 200);
  await incoming.call.bye();
  await within(second.ended, { what: 'BYE to the caller' });
  await noRooms(server);

  phone.invited.length = 0;
  const third = caller.call(server.uri('bob'));
  const reliable = third.startInvite(sdp, { headers: { Require: '100rel' } });
  const again = await phone.rings();
  const ringing = await until(() => reliable.responses.find(({ status }) => status === 180), { what: 'a reliable 180' });
  assert.match(ringing.body, /m=audio/);
  const prack = await third.request('PRACK', { headers: { RAck: `${ringing.header('rseq')} ${ringing.header('cseq')}` } });
  assert.equal(prack.status, 200);
  assert.ok(!reliable.responses.some(({ status }) => status >= 200), 'acknowledged, and still nobody has answered');
  again.answer(sdp);
  assert.equal((await within(reliable.final, { what: 'the answer' })).status, 200);
  await third.bye();
  await noRooms(server);
});

test('a phone is called where it registered from, with its Path as Route', async (t) => {
  const server = await start(t);
  const phone = await phoneOfBob(t, server, { contact: '<sip:bob@10.1.2.3:5062>', headers: { Supported: 'path', Path: '<sip:edge@192.0.2.9;lr>' } });
  const caller = await SipEndpoint.open({ t });
  const inviting = caller.call(server.uri('bob')).invite(sdp);
  const incoming = await phone.rings();
  assert.equal(incoming.request.uri, 'sip:bob@10.1.2.3:5062');
  assert.match(incoming.request.header('route'), /<sip:edge@192\.0\.2\.9;lr>/);
  incoming.reject(486);
  assert.equal((await inviting).status, 486);
});

test('the API calls accounts by name and number', async (t) => {
  const server = await start(t, { 'sip.dial_allow': [] });
  const phone = await phoneOfBob(t, server);
  (await server.api.post('/rooms', { name: 'blue' })).expect(201);
  for (const uri of ['sip:bob@raduno', 'sip:102@raduno', `sip:bob@127.0.0.1:${server.sipPort}`]) {
    phone.invited.length = 0;
    const { id } = (await server.api.post('/rooms/blue/participants', { uri })).expect(201).body;
    const incoming = await phone.rings();
    assert.match(incoming.request.header('from'), /<sip:blue@/);
    incoming.answer(sdp);
    await until(async () => (await server.api.get(`/rooms/blue/participants/${id}`)).body.state === 'connected', { what: 'connected' });
    (await server.api.delete(`/rooms/blue/participants/${id}`)).expect(204);
    await within(incoming.call.ended, { what: 'BYE' });
  }
  assert.equal((await server.api.post('/rooms/blue/participants', { uri: 'sip:alice@raduno' })).expect(409).body.code, 'not_registered');
  (await server.api.post('/rooms/blue/participants', { uri: 'sip:bob@192.0.2.1' })).expect(403);
});

test('nobody calls in the name of another account', async (t) => {
  const server = await start(t, { 'sip.authenticate': 'invites' });
  const sip = await SipEndpoint.open({ t });
  const uri = server.uri('blue');
  const call = async (localUri) => {
    const asked = await sip.call(uri).invite(sdp);
    const Authorization = authorize(challengesOf(asked)[0], { name: 'alice', password, uri });
    return (await sip.call(uri, { localUri }).invite(sdp, { headers: { Authorization } })).status;
  };
  for (const forged of ['sip:bob@raduno', 'sip:102@raduno', `sip:bob@127.0.0.1:${server.sipPort}`]) assert.equal(await call(forged), 403, forged);
  for (const own of ['sip:alice@raduno', 'sip:101@raduno', 'sip:bob@elsewhere.example', 'sip:anonymous@anonymous.invalid']) assert.equal(await call(own), 200, own);
});

for (const transport of ['tcp', 'tls']) {
  test(`two phones talk over ${transport}`, async (t) => {
    const ca = makeCertificates(t);
    const { cert, key } = ca.issue('127.0.0.1');
    const server = await start(t, { 'sip.auth_algorithms': 'md5', 'sip.authenticate': 'invites', 'sip.tls_certificate': cert, 'sip.tls_key': key }, { tls: true, env: trusting(ca) });
    const options = { t, transport, codec: 'PCMU', secrets: { pem: ca.issue('127.0.0.1').pem, ca: ca.file }, registrar: { server, password } };
    const bob = await Baresip.start({ ...options, name: 'bob', hz: 700, answer: 'auto' });
    const alice = await Baresip.start({ ...options, name: 'alice', hz: 440 });
    await until(async () => (await server.api.get('/accounts/bob')).body.registered, { what: 'bob is registered' });
    const [{ source }] = (await server.api.get('/accounts/bob/registrations')).body.items;
    assert.match(source, new RegExp(`transport=${transport}$`));
    await alice.dial(`sip:102@127.0.0.1:${transport === 'tls' ? server.tlsPort : server.sipPort};transport=${transport}`);
    await waitToHear(alice, { present: [700], absent: [440] });
    await waitToHear(bob, { present: [440], absent: [700] });
    await alice.hangup();
    await noRooms(server);
  });
}
