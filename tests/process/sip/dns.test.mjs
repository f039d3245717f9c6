/* By a real name server (NSD): gateways by SRV with priorities and weights, NAPTR, CNAME, what changes when its time is over; answers that do not fit
 * into a datagram; and names with addresses of one family, of the other, and of both. */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import test from 'node:test';
import { is } from '../../support/events.mjs';
import { startNsd } from '../../support/nsd.mjs';
import { freePort } from '../../support/ports.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const CALLS = 24; /* of which each of two with the same weight gets none once in 8 million times */
const zone = 'provider.example';

async function gateway(t, options = {}) {
  const endpoint = await SipEndpoint.open({ t, user: 'gw', ...options });
  endpoint.onInvite = (incoming) => incoming.answer(buildSdp({ ip: endpoint.ip, port: 40000 }));
  endpoint.invites = () => endpoint.received.filter(({ method }) => method === 'INVITE').length;
  return endpoint;
}

/** A server that asks NSD, with a room; and trunks by these domains. */
async function start(t, nsd, { over } = {}) {
  const server = await startServer({ t, env: nsd.env }), { api } = server;
  if (over) {
    server.set['sip.listen'] = server.set['sip.listen'].filter((each) => each.includes(over));
    await server.restart();
  }
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const events = await api.events('/events');
  const trunks = [];
  const servers = async (host) => (await api.get(`/trunks/${host}`)).expect(200).body.now.gateways.map(({ uri }) => uri).sort();
  return {
    servers,
    trunk: async (host, more = {}) => {
      const gateways = [{ uri: `sip:${host}.${zone}` }], numbers = [`+4${trunks.length}.`];
      (await api.post('/trunks', { name: host, order: trunks.length, gateways, numbers, health_interval_s: 0, gateway_timeout_ms: 500, ...more })).expect(201);
      trunks.push(host);
    },
    become: (host, expected) => until(async () => (await servers(host)).join() === expected.join(), { what: `the servers of ${host}` })
      .catch(async () => assert.deepEqual(await servers(host), expected)),
    dial: async (host) => {
      const { id } = (await api.post('/rooms/blue/participants', { uri: `+4${trunks.indexOf(host)}777` })).expect(201).body;
      await events.waitFor(is('participant_joined', { id }));
      (await api.delete(`/rooms/blue/participants/${id}`)).expect(204);
    },
  };
}

const at = (name, port, more = '') => `sip:${name}.${zone}:${port}${more}`;

test('the servers of a domain: who is first, who shares, aliases, other transports, later changes', async (t) => {
  const dead = await freePort();
  const [a, b, tcp] = [await gateway(t), await gateway(t), await gateway(t, { transport: 'tcp' })];
  const many = Array.from({ length: 12 }, (_, n) => `_sip._udp.many 60 IN SRV ${n + 1} 1 ${a.port} ${'long-'.repeat(10)}${n}`).join('\n');
  const records = (moving) => `
a 60 IN A 127.0.0.1
b 60 IN CNAME a
dead 60 IN A 127.0.0.9
_sip._udp.gw 60 IN SRV 10 1 ${dead} dead
_sip._udp.gw 60 IN SRV 20 5 ${a.port} a
_sip._udp.gw 60 IN SRV 20 5 ${b.port} b
_sip._udp.gw 60 IN SRV 30 1 ${dead} a
_sip._udp.alias 60 IN CNAME _sip._udp.gw
wants-tcp 60 IN NAPTR 20 1 "s" "SIP+D2U" "" _sip._udp.gw
wants-tcp 60 IN NAPTR 10 1 "s" "SIP+D2T" "" _sip._tcp.there
_sip._tcp.there 60 IN SRV 1 1 ${tcp.port} a
_sip._udp.moving 1 IN SRV 1 1 ${moving} a
${many}`;
  const nsd = await startNsd({ t, zone, records: records(5071) });
  const { trunk, become, dial, servers } = await start(t, nsd);
  for (const host of ['gw', 'alias', 'wants-tcp', 'many']) await trunk(host);
  await trunk('moving', { health_interval_s: 1 });

  const all = [at('a', a.port), at('a', dead), at('b', b.port), at('dead', dead)].sort();
  for (const host of ['gw', 'alias']) await become(host, all);
  for (let i = 0; i < CALLS; i++) await dial(i % 2 ? 'gw' : 'alias');
  assert.ok(a.invites() && b.invites(), `the first is dead, the two behind it share: ${a.invites()}, ${b.invites()}`);
  assert.equal(a.invites() + b.invites(), CALLS);

  await become('wants-tcp', [at('a', tcp.port, ';transport=tcp')]);
  await dial('wants-tcp');
  assert.equal(tcp.invites(), 1);
  await until(async () => (await servers('many')).length === 8, { what: 'as many as are looked at, of an answer of more than 512 bytes' });
  await become('moving', [at('a', 5071)]);
  nsd.change(records(5072));
  await become('moving', [at('a', 5072)]);
});

/** Dials from the room: "joined", or why not. */
async function dialTo(api, events, uri) {
  const { id } = (await api.post('/rooms/blue/participants', { uri })).expect(201).body;
  const end = await events.waitFor(({ type, data }) => /^participant_(joined|left)$/.test(type) && data.participant.id === id);
  return end.type === 'participant_joined' ? 'joined' : end.data.detail;
}

/** Whether the answer to this question is cut when it is asked by UDP, with that much room for it. */
function isCut(port, name, room) {
  const question = Buffer.concat([...name.split('.').map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])), Buffer.from([0, 0, 33, 0, 1])]);
  const edns = Buffer.from([0, 0, 41, room >> 8, room & 255, 0, 0, 0, 0, 0, 0]);
  const socket = dgram.createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('message', (message) => resolve((message[2] & 2) !== 0));
    socket.send(Buffer.concat([Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]), question, edns]), port, '127.0.0.1');
  }).finally(() => socket.close());
}

test('a domain with more servers than a datagram takes: a trunk, its registrar, and who is dialled', async (t) => {
  const live = await gateway(t);
  live.onRequest = ({ method }) => (method === 'REGISTER' ? { status: 200 } : undefined);
  const dead = await freePort();
  const many = Array.from({ length: 120 }, (_, n) => `_sip._udp.many 60 IN SRV ${n + 10} 1 ${dead} host-with-a-long-name-${n}.so-that-it-fills-the-answer`);
  const nsd = await startNsd({ t, zone, records: ['a 60 IN A 127.0.0.1', ...many, `_sip._udp.many 60 IN SRV 1 1 ${live.port} a`].join('\n') });
  for (const room of [512, 1232, 4096]) assert.ok(await isCut(nsd.port, `_sip._udp.many.${zone}`, room), `more than ${room} bytes`);
  const server = await startServer({ t, env: nsd.env }), { api } = server;
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const events = await api.events('/events');
  const registrar = `sip:many.${zone}`;
  (await api.post('/trunks', { name: 'many', gateways: [{ uri: `sip:many.${zone}` }], registrar, username: 'line', password: 'a-long-secret', numbers: ['+4.'] })).expect(201);
  await until(async () => (await api.get('/trunks/many')).body.now.registrations[0].state === 'up', { what: 'a registration' });
  await until(async () => (await api.get('/trunks/many')).body.now.gateways[0].uri === at('a', live.port), { what: 'the best of the servers' });
  assert.equal(await dialTo(api, events, '+4777'), 'joined');
  assert.equal(await dialTo(api, events, `sip:bob@many.${zone}`), 'joined');
  assert.equal(live.invites(), 2);
});

test('names with addresses of either family, and of both: the one that answers is called', async (t) => {
  const six = await gateway(t, { ip: '::1' });
  const four = await gateway(t, { port: await freePort() });
  const records = `
six 60 IN AAAA ::1
four 60 IN A 127.0.0.1
both 60 IN AAAA ::1
both 60 IN A 127.0.0.1
_sip._udp.over6 60 IN SRV 1 1 ${six.port} six
_sip._udp.over46 60 IN SRV 1 1 ${four.port} both
none 60 IN TXT "nothing"`;
  const nsd = await startNsd({ t, zone, records });
  const server = await startServer({ t, env: nsd.env }), { api } = server;
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const events = await api.events('/events');
  const to = (host, port) => dialTo(api, events, `sip:bob@${host}.${zone}${port ? `:${port}` : ''}`);
  assert.equal(await to('six', six.port), 'joined');
  assert.equal(await to('over6'), 'joined');
  assert.equal(six.invites(), 2);
  assert.equal(await to('both', six.port), 'joined', 'IPv6 first');
  assert.equal(six.invites(), 3);
  assert.equal(await to('both', four.port), 'joined', 'nobody is there over IPv6: then IPv4');
  assert.equal(await to('over46'), 'joined');
  assert.equal(await to('four', four.port), 'joined');
  assert.equal(four.invites(), 3);
  assert.match(four.received.find(({ method }) => method === 'INVITE').body, /^c=IN IP4 /m);
  assert.equal(await to('none'), '503 No Such Name In DNS');
  for (const [name, endpoint] of Object.entries({ six, both4: four })) {
    const host = name.replace('4', '');
    (await api.post('/trunks', { name, gateways: [{ uri: `sip:${host}.${zone}:${endpoint.port}` }], registrar: `sip:${host}.${zone}:${endpoint.port}`, username: 'x', password: 'a-long-secret', health_interval_s: 1, gateway_timeout_ms: 500 })).expect(201);
    endpoint.onRequest = ({ method }) => (method === 'REGISTER' ? { status: 200 } : undefined);
    await until(async () => {
      const { registrations, gateways } = (await api.get(`/trunks/${name}`)).body.now;
      return registrations[0].state === 'up' && gateways[0].health === 'up';
    }, { what: `${name} is up` });
  }
});

test('AAAA: a gateway over IPv6', async (t) => {
  const six = await gateway(t, { ip: '::1' });
  const nsd = await startNsd({ t, zone, records: `six 60 IN AAAA ::1\n_sip._udp.over6 60 IN SRV 1 1 ${six.port} six` });
  const { trunk, become, dial } = await start(t, nsd, { over: '[::1]' });
  await trunk('over6');
  await become('over6', [at('six', six.port)]);
  await dial('over6');
  assert.equal(six.invites(), 1);
});
