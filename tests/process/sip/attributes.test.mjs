/* sip.header_map: headers of calls become attributes of participants, and the other way round. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { is } from '../../support/events.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';

const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const set = { 'sip.header_map': ['X-Customer:customer', 'X-Ticket-Number:ticket'] };

test('headers become attributes, in the API and in events; others do not', async (t) => {
  const server = await startServer({ t, set });
  const sip = await SipEndpoint.open({ t });
  const events = await server.api.events('/events');
  const headers = { 'x-customer': '4711 <b>"Caf\u00e9"</b>', 'X-Ticket-Number': 'x'.repeat(400), 'X-Other': 'no' };
  const call = sip.call(server.uri('blue'));
  assert.equal((await call.invite(sdp, { headers })).status, 200);
  const { data } = await events.waitFor(is('participant_joined'));
  assert.deepEqual(data.participant.attributes, { customer: '4711 <b>"Caf\u00e9"</b>', ticket: 'x'.repeat(256) });
  const plain = sip.call(server.uri('blue'));
  assert.equal((await plain.invite(sdp)).status, 200);
  const { items } = (await server.api.get('/rooms/blue/participants')).expect(200).body;
  assert.deepEqual(items.map((one) => Object.keys(one.attributes).length).sort(), [0, 2]);
});

test('attributes of a dial-out become headers, if they are mapped', async (t) => {
  const server = await startServer({ t, set });
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  const invited = [];
  bob.onInvite = (incoming) => invited.push(incoming);
  (await server.api.post('/rooms', { name: 'blue' })).expect(201);
  const attributes = { customer: 'Caf\u00e9, 4711', note: 'not for the phone' };
  const { body } = (await server.api.post('/rooms/blue/participants', { uri: bob.uri, attributes })).expect(201);
  assert.deepEqual(body.attributes, attributes);
  const { request } = await until(() => invited[0], { what: 'an INVITE' });
  assert.equal(request.header('x-customer'), 'Caf\u00e9, 4711');
  assert.equal(request.header('x-ticket-number'), undefined);
  assert.doesNotMatch(JSON.stringify(request.headers), /not for the phone/);
  (await server.api.post('/trunks', { name: 'line', gateways: [{ uri: bob.uri.replace('bob@', '') }], numbers: ['+.'] })).expect(201);
  (await server.api.post('/rooms/blue/participants', { uri: '+4930123', attributes })).expect(201);
  const byTrunk = await until(() => invited.find((one) => one.request.uri.includes('+4930123')), { what: 'an INVITE by the trunk' });
  assert.equal(byTrunk.request.header('x-customer'), 'Caf\u00e9, 4711');
  for (const bad of [{ Customer: 'x' }, { customer: 'a\r\nX-Evil: 1' }, { customer: 'x'.repeat(257) }, { customer: 5 }, { '': 'x' }, Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`a${i}`, 'x']))]) {
    const answer = (await server.api.post('/rooms/blue/participants', { uri: bob.uri, attributes: bad })).expect(422);
    assert.equal(answer.body.errors[0].field, '/attributes', JSON.stringify(bad));
  }
});
