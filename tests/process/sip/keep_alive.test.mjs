/* What phones send to keep their way open: STUN over UDP, a double CRLF over TCP and TLS; and what a registrar says of it. */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import net from 'node:net';
import test from 'node:test';
import tls from 'node:tls';
import { register } from '../../support/register.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { keepAlive, readStun } from '../../support/stun.mjs';
import { within } from '../../support/wait.mjs';

const next = (emitter, event, what = event) => within(new Promise((resolve, reject) => {
  emitter.once(event, resolve);
  emitter.once('error', reject);
}), { what });

async function stunClient(t, server, ip = '127.0.0.1') {
  const socket = dgram.createSocket('udp4');
  t.after(() => socket.close());
  await new Promise((resolve) => socket.bind(0, ip, resolve));
  const send = (bytes) => socket.send(bytes, server.sipPort, '127.0.0.1');
  const ask = async (bytes) => {
    send(bytes);
    return readStun(await next(socket, 'message', 'an answer to STUN'));
  };
  return { send, ask, socket, own: `${ip}:${socket.address().port}` };
}

test('STUN on the SIP port: a request is told where it came from, the rest is told what it is, or nothing', async (t) => {
  const server = await startServer({ t });
  const { send, ask, own, socket } = await stunClient(t, server);
  const transaction = Buffer.from('0123456789ab');
  const asked = () => ask(keepAlive({ transaction }));
  const first = await asked();
  assert.deepEqual([first.kind, first.mapped, first.transaction.toString()], ['success', own, '0123456789ab']);
  const strange = await ask(keepAlive({ more: [[0x7ffe, Buffer.from('what')]] }));
  assert.deepEqual([strange.kind, strange.code], ['error', 420], 'an attribute that has to be understood');
  assert.equal((await ask(keepAlive({ type: 0x0003 }))).code, 400, 'Allocate: this is no relay');
  for (const bytes of [keepAlive({ type: 0x0011 }), keepAlive({ type: 0x0101 }), Buffer.from([0, 1]), Buffer.alloc(20), keepAlive().subarray(0, 19), Buffer.from('\r\n\r\n'), Buffer.from('\0')]) {
    send(bytes);
    assert.equal((await asked()).kind, 'success', `nothing comes of ${bytes.toString('hex')}, and the next is answered`);
  }
  const sip = await SipEndpoint.open({ t });
  assert.equal((await sip.request('OPTIONS', server.uri('blue'))).status, 200);

  const old = Buffer.from('0123456789abcdef');
  const askOld = async (...more) => {
    send(keepAlive({ classic: true, transaction: old, more }));
    return (await next(socket, 'message', 'an answer to old STUN')).toString('hex');
  };
  const mapped = `0101000c${old.toString('hex')}000100080001${socket.address().port.toString(16).padStart(4, '0')}7f000001`;
  assert.equal(await askOld(), mapped, 'as old phones ask, and read it');
  assert.equal(await askOld([3, Buffer.alloc(4)]), mapped, 'no change is asked for');
  assert.match(await askOld([3, Buffer.from([0, 0, 0, 6])]), /^0111.*0414/, 'from another address: 420');
});

test('keep-alives of a house full of phones take nothing from what its phones have to say', async (t) => {
  const server = await startServer({ t, set: { 'sip.rate_per_source': 20 } });
  const { send, ask, own } = await stunClient(t, server);
  for (let i = 0; i < 1000; i++) send(keepAlive());
  const sip = await SipEndpoint.open({ t });
  const statuses = [];
  for (let i = 0; i < 20; i++) statuses.push((await sip.request('OPTIONS', server.uri('blue'))).status);
  assert.deepEqual([...new Set(statuses)], [200]);
  const { body } = (await server.api.get('/metrics', { root: true })).expect(200);
  assert.match(body, /^raduno_sip_refused_by_rate_total 0$/m);
  assert.equal((await ask(keepAlive())).mapped, own, 'they are heard again soon');
});

test('who sends more STUN than the flood gate lets through is not answered', async (t) => {
  const server = await startServer({ t, set: { 'sip.rate_per_source': 1 } });
  const flood = await stunClient(t, server), other = await stunClient(t, server, '127.0.0.2');
  assert.equal((await flood.ask(keepAlive())).mapped, flood.own);
  let answers = 0;
  flood.socket.on('message', () => answers++);
  for (let i = 0; i < 500; i++) flood.send(keepAlive());
  assert.equal((await other.ask(keepAlive())).mapped, other.own, 'another source is not held to blame, and is behind the flood');
  assert.ok(answers > 0 && answers < 100, `${answers} answers to 500`);
});

test('a double CRLF is answered with one: TCP, TLS 1.3 and 1.2; and what is no ping is not', async (t) => {
  const server = await startServer({ t, tls: true });
  const to = (options) => tls.connect({ port: server.tlsPort, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  const connections = [
    ['TCP', () => net.connect(server.sipPort, '127.0.0.1'), 'connect'],
    ['TLS 1.3', () => to({ minVersion: 'TLSv1.3' }), 'secureConnect'],
    ['TLS 1.2', () => to({ maxVersion: 'TLSv1.2' }), 'secureConnect'],
    ['TLS 1.2, ChaCha20', () => to({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305' }), 'secureConnect'],
  ];
  for (const [name, connect, event] of connections) {
    const socket = connect();
    t.after(() => socket.destroy());
    await next(socket, event);
    for (let i = 0; i < 3; i++) {
      socket.write('\r\n\r\n');
      assert.equal((await next(socket, 'data', `a pong over ${name}`)).toString(), '\r\n', name);
    }
    socket.write('\r\n');
    const options = `OPTIONS sip:blue@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/${event === 'connect' ? 'TCP' : 'TLS'} 127.0.0.1;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n`
      + 'From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:blue@127.0.0.1>\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n';
    socket.write(options);
    assert.match((await next(socket, 'data', `an answer over ${name}`)).toString(), /^SIP\/2\.0 200/, `${name}: nothing for half a ping, and SIP goes on`);
  }
});

test('outbound: a phone is told how often it has to be heard, for its transport', async (t) => {
  const server = await startServer({ t });
  (await server.api.post('/accounts', { name: 'alice', password: 'correct-horse' })).expect(201);
  const sip = await SipEndpoint.open({ t });
  const ask = (contact, headers) => register(sip, server, { name: 'alice', password: 'correct-horse', contact, headers });
  const flow = `<${sip.uri}>;+sip.instance="<urn:uuid:1>";reg-id=1`;
  const known = await ask(flow, { Supported: 'outbound, path' });
  assert.deepEqual([known.status, known.header('require'), known.header('flow-timer')], [200, 'outbound', '30']);
  const plain = await ask(flow, {});
  assert.deepEqual([plain.status, plain.header('require'), plain.header('flow-timer')], [200, undefined, undefined], 'only who asks for it');
});
