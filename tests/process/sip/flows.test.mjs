/* The connections by which phones have come (RFC 5626): a phone goes with its own, and one with two of them is one phone. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { register } from '../../support/register.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { makeCertificates, secretsOf } from '../../support/tls.mjs';
import { until, within } from '../../support/wait.mjs';

const password = 'correct-horse';
const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"';

async function start(t, options = {}) {
  const server = await startServer({ t, ...options });
  (await server.api.post('/accounts', { name: 'bob', password })).expect(201);
  return server;
}

const registrations = async (server) => (await server.api.get('/accounts/bob/registrations')).expect(200).body.items;
const hangUp = (phone) => phone.connections.forEach((socket) => socket.destroy());

async function enter(phone, server, options = {}) {
  phone.invited = [];
  phone.onInvite = (incoming) => phone.invited.push(incoming);
  assert.equal((await register(phone, server, { name: 'bob', password, ...options })).status, 200);
  phone.rings = () => until(() => phone.invited[0], { what: 'an INVITE to the phone' });
  return phone;
}

const open = async (t, server, options) => enter(await SipEndpoint.open({ t, user: 'bob', ...options }), server);
const lost = (phone) => ({ type, data }) => type === 'registration_removed' && data.reason === 'connection_lost' && data.registration.contact === phone.uri;

/** The timer of the kernel that runs for that connection of the server: '02' asks the far end whether it lives. */
function kernelTimer(port, farPort) {
  const hex = (number) => number.toString(16).toUpperCase().padStart(4, '0');
  const line = fs.readFileSync('/proc/net/tcp', 'utf8').split('\n').find((each) => each.includes(`:${hex(port)} 0100007F:${hex(farPort)} `));
  return line?.trim().split(/\s+/)[5].split(':')[0];
}

test('a phone whose connection ends is not registered any more, and is not called in vain; who came by UDP stays', async (t) => {
  const ca = makeCertificates(t);
  const server = await start(t, { tls: true });
  const events = await server.api.events('/events');
  const desk = await open(t, server);
  const mobile = await open(t, server, { transport: 'tcp' });
  const tls = { ...secretsOf(ca.issue('127.0.0.1'), ca), rejectUnauthorized: false };
  const secure = await enter(await SipEndpoint.open({ t, user: 'bob', transport: 'tls', tls }), { uri: () => `sip:x@127.0.0.1:${server.tlsPort}` });
  assert.equal((await registrations(server)).length, 3);
  assert.equal(kernelTimer(server.sipPort, [...mobile.connections.values()][0].localPort), '02');
  for (const phone of [mobile, secure]) {
    hangUp(phone);
    await events.waitFor(lost(phone));
  }
  assert.deepEqual((await registrations(server)).map(({ contact }) => contact), [desk.uri]);

  const caller = await SipEndpoint.open({ t });
  const calling = caller.call(server.uri('bob')).invite(sdp);
  (await desk.rings()).reject(486);
  assert.equal((await calling).status, 486, 'nobody else was waited for');
});

test('a phone whose connection ends while it rings: the call fails then, or is taken by the other flow', async (t) => {
  const server = await start(t);
  const headers = { Supported: 'outbound, path' };
  const flow = async (id, transport) => {
    const phone = await SipEndpoint.open({ t, user: 'bob', transport });
    return enter(phone, server, { headers, contact: `<${phone.uri}>;reg-id=${id};${instance}` });
  };
  const caller = await SipEndpoint.open({ t });
  for (const hasOther of [false, true]) {
    const other = hasOther && await flow(1, 'udp');
    const mobile = await flow(2, 'tcp');
    const call = caller.call(server.uri('bob'));
    const calling = call.startInvite(sdp);
    (await mobile.rings()).ring();
    await until(() => calling.responses.some(({ status }) => status === 180), { what: 'it rings' });
    hangUp(mobile);
    if (!hasOther) {
      assert.equal((await within(calling.final, { what: 'the end' })).status, 480);
      continue;
    }
    (await other.rings()).answer(sdp);
    assert.equal((await within(calling.final, { what: 'the answer' })).status, 200);
    await call.bye();
  }
});

test('what a connection does not end: a phone that came again, one behind a proxy, one that listens where it connects from', async (t) => {
  const server = await start(t);
  const events = await server.api.events('/events');
  const moving = await open(t, server, { transport: 'tcp' });
  const sockets = [...moving.connections.values()];
  moving.connections.clear();
  await enter(moving, server);
  sockets.forEach((socket) => socket.destroy());

  const behind = await SipEndpoint.open({ t, user: 'bob', transport: 'tcp' });
  await enter(behind, server, { headers: { Supported: 'path', Path: '<sip:192.0.2.9;lr>' } });
  const public_ = await SipEndpoint.open({ t, user: 'bob', transport: 'tcp' });
  assert.equal((await public_.request('OPTIONS', server.uri('bob'))).status, 200);
  const { localPort } = [...public_.connections.values()][0];
  await enter(public_, server, { contact: `<sip:bob@127.0.0.1:${localPort};transport=tcp>` });
  const last = await open(t, server, { transport: 'tcp' });
  [behind, public_, last].forEach(hangUp);
  await events.waitFor(lost(last));
  const left = (await registrations(server)).map(({ contact }) => contact);
  assert.deepEqual(left.sort(), [moving.uri, behind.uri, `sip:bob@127.0.0.1:${localPort};transport=tcp`].sort());

  const desk = await open(t, server);
  await server.restart();
  assert.deepEqual((await registrations(server)).map(({ contact }) => contact).sort(),
    [desk.uri, behind.uri, `sip:bob@127.0.0.1:${localPort};transport=tcp`].sort(), 'connections do not outlive a restart');
});

test('a phone with two flows rings once; when one has failed it is called by the other', async (t) => {
  const server = await start(t);
  const headers = { Supported: 'outbound, path' };
  const flow = async (id) => {
    const phone = await SipEndpoint.open({ t, user: 'bob' });
    return enter(phone, server, { headers, contact: `<${phone.uri}>;reg-id=${id};${instance}` });
  };
  const [older, newer] = [await flow(1), await flow(2)];
  const caller = await SipEndpoint.open({ t });
  const call = caller.call(server.uri('bob'));
  const calling = call.invite(sdp);
  const incoming = await newer.rings();
  assert.deepEqual(older.invited, []);
  incoming.reject(430, { reason: 'Flow Failed' });
  (await older.rings()).answer(buildSdp({ ip: '127.0.0.1', port: 40002 }));
  assert.equal((await within(calling, { what: 'the answer' })).status, 200);
  assert.deepEqual((await registrations(server)).map(({ reg_id: id }) => id), [1], 'the one that has failed is not tried again');
  await call.bye();
});
