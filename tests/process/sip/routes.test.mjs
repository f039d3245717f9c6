/* Contact and Record-Route that lead nowhere, or somewhere else: neither may end the server. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const nowhere = ['*', '<tel:1>', '<urn:service:sos>', '<http://x/>', '<mailto:a@b>', '<sips:a@127.0.0.1>', '<sip:a@evil.com%00.example.com>', '<sip:a@127.0.0.1:99999>'];

async function isAlive(server, sip) {
  assert.equal((await sip.request('OPTIONS', server.uri('blue'))).status, 200);
}

test('a Contact that leads nowhere: 400, before anybody is let in', async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t });
  const two = `<${sip.uri}>, <${sip.uri}>`;
  for (const contact of [...nowhere, two, null]) {
    await t.test(String(contact), async () => {
      const response = await sip.call(server.uri('blue')).invite(sdp, { headers: { Contact: contact } });
      assert.equal(response.status, 400);
      assert.match(response.reason, /Contact/);
    });
  }
  for (const route of nowhere.filter((each) => each !== '*')) {
    await t.test(`Record-Route: ${route}`, async () => {
      assert.equal((await sip.call(server.uri('blue')).invite(sdp, { headers: { 'Record-Route': route } })).status, 400);
    });
  }
  assert.deepEqual((await server.api.get('/rooms')).body.items.filter(({ participant_count: n }) => n > 0), []);
});

test('a Contact that leads nowhere within a dialog: 400, and the call goes on', async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t });
  const call = sip.call(server.uri('blue'));
  assert.equal((await call.invite(sdp)).status, 200);
  for (const method of ['UPDATE', 'INVITE']) {
    const headers = { Contact: '<tel:1>' };
    const response = await (method === 'INVITE' ? call.invite(sdp, { headers }) : call.request(method, { body: sdp, headers }));
    assert.equal(response.status, 400);
  }
  const [{ id }] = (await server.api.get('/rooms/blue/participants')).body.items;
  (await server.api.delete(`/rooms/blue/participants/${id}`)).expect(204);
  assert.equal((await call.ended).uri, sip.uri);
});

test('dial-out: an answer whose Contact or Record-Route leads nowhere is as one without', async (t) => {
  const server = await startServer({ t });
  (await server.api.post('/rooms', { name: 'desk' })).expect(201);
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  let headers;
  bob.onRequest = (request) => (request.method === 'INVITE' ? { status: 200, tag: 'x', body: sdp, headers } : undefined);
  const answers = [...nowhere.map((Contact) => ({ Contact })), { 'Record-Route': '<tel:1>' }, { 'Record-Route': '<sips:127.0.0.1;lr>' }];
  for (headers of answers) {
    await t.test(JSON.stringify(headers), async () => {
      bob.received.length = 0;
      const { id } = (await server.api.post('/rooms/desk/participants', { uri: bob.uri })).expect(201, 202).body;
      await until(() => bob.received.some(({ method }) => method === 'ACK'), { what: 'an ACK' });
      (await server.api.delete(`/rooms/desk/participants/${id}`)).expect(204);
      await until(() => bob.received.some(({ method }) => method === 'BYE'), { what: 'a BYE' });
      assert.equal(bob.received.find(({ method }) => method === 'BYE').uri, bob.uri);
    });
  }
  await isAlive(server, bob);
});

test('a first hop that is a name, or private behind a NAT: requests go to the source', async (t) => {
  const server = await startServer({ t });
  const named = { Contact: '<sip:alice@phone.invalid>' };
  const proxied = { ...named, 'Record-Route': ['<sip:proxy.invalid;lr>', '<sip:inner.invalid;lr>'] };
  const hidden = { Contact: '<sip:alice@192.168.1.2:5062>', Via: null };
  for (const transport of ['udp', 'tcp']) {
    for (const headers of [named, proxied, hidden]) {
      await t.test(`${transport} ${JSON.stringify(headers)}`, async (t2) => {
        const sip = await SipEndpoint.open({ t: t2, transport });
        const branch = `z9hG4bK${transport}${Math.random()}`;
        if ('Via' in headers) headers.Via = `SIP/2.0/${transport.toUpperCase()} 192.168.1.2:5062;branch=${branch};rport`;
        const call = sip.call(server.uri('blue', { transport }), { headers: 'Via' in headers ? { Contact: headers.Contact } : {} });
        assert.equal((await call.invite(sdp, { headers, branch })).status, 200);
        const [{ id }] = (await server.api.get('/rooms/blue/participants')).body.items;
        (await server.api.delete(`/rooms/blue/participants/${id}`)).expect(204);
        const bye = await call.ended;
        assert.equal(`<${bye.uri}>`, headers.Contact);
        assert.deepEqual((bye.headers.route ?? []).join().split(',').filter(Boolean), headers['Record-Route'] ?? []);
      });
    }
  }
});

test('a first hop that is an address: requests go there', async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t });
  const proxy = await SipEndpoint.open({ t, user: 'proxy' });
  const call = sip.call(server.uri('blue'));
  const headers = { 'Record-Route': `<sip:127.0.0.1:${proxy.port};lr>`, Contact: '<sip:alice@phone.invalid>' };
  assert.equal((await call.invite(sdp, { headers })).status, 200);
  const [{ id }] = (await server.api.get('/rooms/blue/participants')).body.items;
  proxy.onRequest = () => ({ status: 200 });
  (await server.api.delete(`/rooms/blue/participants/${id}`)).expect(204);
  await until(() => proxy.received.some(({ method }) => method === 'BYE'), { what: 'a BYE at the proxy' });
});

test('what is dialled from a room does not come back to it: 482', async (t) => {
  const server = await startServer({ t });
  (await server.api.post('/rooms', { name: 'desk' })).expect(201);
  const events = await server.api.events('/rooms/desk/events');
  (await server.api.post('/rooms/desk/participants', { uri: server.uri('desk') })).expect(201, 202);
  const { data } = await events.waitFor((event) => event.type === 'participant_left');
  assert.match(JSON.stringify(data), /482 Loop Detected/);
  (await server.api.post('/rooms/desk/participants', { uri: server.uri('other') })).expect(201, 202);
  await events.waitFor((event) => event.type === 'participant_joined');
});
