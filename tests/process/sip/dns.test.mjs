/* Gateways by a real name server (NSD): SRV with priorities and weights, NAPTR, CNAME, AAAA, and what changes when its time is over. */
import assert from 'node:assert/strict';
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

test('AAAA: a gateway over IPv6', async (t) => {
  const six = await gateway(t, { ip: '::1' });
  const nsd = await startNsd({ t, zone, records: `six 60 IN AAAA ::1\n_sip._udp.over6 60 IN SRV 1 1 ${six.port} six` });
  const { trunk, become, dial } = await start(t, nsd, { over: '[::1]' });
  await trunk('over6');
  await become('over6', [at('six', six.port)]);
  await dial('over6');
  assert.equal(six.invites(), 1);
});
