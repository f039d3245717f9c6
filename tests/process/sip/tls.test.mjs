/* SIP over TLS: phones in and out, certificates of both sides, versions, and strangers. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import { Baresip } from '../../support/baresip.mjs';
import { atEnd } from '../../support/cleanup.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { runServer, startServer } from '../../support/server.mjs';
import { runSipp } from '../../support/sipp.mjs';
import { startTunnel } from '../../support/stunnel.mjs';
import { fingerprint, makeCertificates, sClient, secretsOf, trusting } from '../../support/tls.mjs';
import { until } from '../../support/wait.mjs';
import { freePort } from '../../support/ports.mjs';

const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const madeIn = (server) => path.join(server.dataDir, 'sip-certificate.pem');

/** A server with a TLS listener beside the usual ones. */
const start = (t, options = {}) => startServer({ t, tls: true, ...options });

async function metric(server, name) {
  const { body } = (await server.api.get('/metrics', { root: true })).expect(200);
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(body)?.[1]);
}

const configured = ({ cert, key }) => ({ 'sip.tls_certificate': cert, 'sip.tls_key': key });

test('a first start makes a pair, and says so loudly', async (t) => {
  const server = await start(t);
  assert.match(server.log.join('\n'), /warn +sip +TLS: the certificate is self-signed.*made now/);
  assert.match(server.log.join('\n'), /SELF-SIGNED, only for trying out/);
  assert.match(server.log.join('\n'), new RegExp(`dial +sips:ROOM@127.0.0.1:${server.tlsPort}`));
  for (const file of ['sip-certificate.pem', 'sip-key.pem'])
    assert.equal(fs.statSync(path.join(server.dataDir, file)).mode & 0o777, 0o600);
  const before = await fingerprint(server.tlsPort);
  await server.restart();
  assert.equal(await fingerprint(server.tlsPort), before);
  assert.match(server.log.join('\n'), /of an earlier start/);
});

test('only TLS 1.2 and later is spoken', async (t) => {
  const server = await start(t);
  const options = ['-CAfile', madeIn(server), '-verify_return_error', '-cipher', 'ALL:@SECLEVEL=0'];
  for (const old of ['-tls1', '-tls1_1']) {
    const { output } = await sClient(server.tlsPort, [old, ...options]);
    assert.match(output, /alert protocol version/);
    assert.match(output, /Cipher is \(NONE\)/);
  }
  for (const [option, name] of [['-tls1_2', 'TLSv1.2'], ['-tls1_3', 'TLSv1.3']]) {
    const { output } = await sClient(server.tlsPort, [option, ...options]);
    assert.match(output, new RegExp(`New, ${name}, Cipher is`));
  }
  const weak = await sClient(server.tlsPort, ['-tls1_2', '-cipher', 'AES128-SHA:AES256-SHA:@SECLEVEL=0']);
  assert.match(weak.output, /handshake failure/);
  await server.stop();
  server.isStopped = false;
  server.set['sip.tls_minimum'] = '1.3';
  await server.start();
  assert.match((await sClient(server.tlsPort, ['-tls1_2', ...options])).output, /alert protocol version/);
});

test('calls by sip: and sips:, and what our Contact says', async (t) => {
  const ca = makeCertificates(t);
  const server = await start(t, { set: configured(ca.issue('127.0.0.1')) });
  const sip = await SipEndpoint.open({ t, transport: 'tls', tls: secretsOf(ca.issue('127.0.0.1'), ca) });
  const at = `blue@127.0.0.1:${server.tlsPort}`;
  const cases = [
    { uri: `sip:${at};transport=tls`, contact: new RegExp(`<sip:${at};transport=tls>;isfocus`) },
    { uri: `sips:${at}`, contact: new RegExp(`<sips:${at}>;isfocus`) },
  ];
  for (const { uri, contact } of cases) {
    const call = sip.call(uri);
    const response = await call.invite(sdp);
    assert.equal(response.status, 200, response.start);
    assert.match(response.header('contact'), contact);
    assert.match(response.header('via'), /^SIP\/2.0\/TLS /);
    assert.match((await call.request('OPTIONS')).header('contact'), contact);
    const { id } = (await server.api.get('/rooms/blue/participants')).expect(200).body.items[0];
    (await server.api.delete(`/rooms/blue/participants/${id}`)).expect(204);
    await call.ended; /* the BYE comes by the connection that there is */
  }
  const udp = await SipEndpoint.open({ t });
  const refused = await udp.call(`sips:blue@127.0.0.1:${server.sipPort}`).invite(sdp);
  assert.equal(refused.status, 416);
});

test('phones call in and are called over TLS, and hear each other', async (t) => {
  const ca = makeCertificates(t);
  const server = await start(t, { set: configured(ca.issue('127.0.0.1')), env: trusting(ca) });
  const options = { t, transport: 'tls', secrets: { pem: ca.issue('127.0.0.1').pem, ca: ca.file } };
  const alice = await Baresip.start({ ...options, name: 'alice', hz: 440 });
  const bob = await Baresip.start({ ...options, name: 'bob', hz: 700, answer: 'auto' });
  await alice.dial(`sip:blue@127.0.0.1:${server.tlsPort};transport=tls`);
  (await server.api.post('/rooms/blue/participants', { uri: bob.uri })).expect(201, 202);
  await bob.waitFor((event) => event.type === 'CALL_ESTABLISHED');
  for (const phone of [alice, bob]) {
    const { samples } = await phone.listen(undefined, 2);
    assert.ok(samples.some((sample) => Math.abs(sample) > 2000), `${phone.name} hears nothing`);
  }
  const from = bob.events.length;
  for (const { id } of (await server.api.get('/rooms/blue/participants')).expect(200).body.items)
    (await server.api.delete(`/rooms/blue/participants/${id}`)).expect(204);
  await bob.closed({ from });
  await alice.closed();
});

test('SIPp calls over TLS, by stunnel, which verifies our certificate', async (t) => {
  const ca = makeCertificates(t);
  const server = await start(t, { set: configured(ca.issue('127.0.0.1')) });
  const { port, log } = await startTunnel({ t, to: server.tlsPort, ca: ca.file });
  /* SIPp itself knows of TCP only: what it says of its transport is as it is behind the tunnel */
  const scenario = fs.readFileSync(new URL('scenario/invite.xml', import.meta.url), 'latin1')
    .replaceAll('SIP/2.0/[transport]', 'SIP/2.0/TLS').replaceAll(';transport=[transport]', ';transport=tls');
  const call = (remote, more) => runSipp({ scenario, remote: `127.0.0.1:${remote}`, service: 'blue', transport: 't1', ...more });
  const { code, errors, messages } = await call(port, { calls: 3 });
  assert.equal(code, 0, errors);
  assert.match(messages, new RegExp(`Contact: <sip:blue@127.0.0.1:${server.tlsPort};transport=tls>;isfocus`));
  assert.match(log.join('\n'), /TLSv1\.[23]/);
  assert.equal(await metric(server, 'raduno_sip_tls_accepted_total'), 1);
  assert.equal(await metric(server, 'raduno_sip_answered_total'), 3);
  /* a certificate of somebody else's, and SIPp never gets through */
  const other = await startTunnel({ t, to: server.tlsPort, ca: makeCertificates(t).file });
  const refused = await call(other.port, { timeout: 3000 });
  assert.notEqual(refused.code, 0);
  assert.equal(await metric(server, 'raduno_sip_answered_total'), 3);
});

/** Dials; how it ended, or 'joined'. */
async function dialOut(server, uri) {
  (await server.api.post('/rooms', { name: 'desk' })).expect(201, 409);
  const events = await server.api.events('/rooms/desk/events');
  const { id } = (await server.api.post('/rooms/desk/participants', { uri })).expect(201, 202).body;
  const event = await events.waitFor((e) => ['participant_left', 'participant_joined'].includes(e.type) && JSON.stringify(e.data).includes(id));
  events.close();
  if (event.type === 'participant_joined') {
    (await server.api.delete(`/rooms/desk/participants/${id}`)).expect(204);
    return 'joined';
  }
  return event.data.detail;
}

async function answeringEndpoint(t, files, ca) {
  const sip = await SipEndpoint.open({ t, user: 'bob', transport: 'tls', tls: secretsOf(files, ca) });
  sip.onInvite = (incoming) => incoming.answer(sdp);
  return sip;
}

test('a call that was sent on from TLS to UDP ends by UDP, whatever waits for its answer', async (t) => {
  const ca = makeCertificates(t);
  const server = await start(t, { env: trusting(ca) });
  const bob = await SipEndpoint.open({ t, user: 'bob', transport: 'tls', tls: secretsOf(ca.issue('127.0.0.1'), ca) });
  const carol = await SipEndpoint.open({ t, user: 'carol' });
  bob.onRequest = ({ method }) => method === 'INVITE' && { status: 302, reason: 'Moved', tag: 'x', headers: { Contact: `<${carol.uri}>` } };
  carol.onInvite = (incoming) => incoming.answer(sdp, { headers: { Allow: 'INVITE, ACK, BYE, CANCEL, MESSAGE' } });
  carol.onRequest = ({ method }) => (method === 'MESSAGE' ? 'ignore' : undefined);
  (await server.api.post('/rooms', { name: 'desk' })).expect(201);
  const { id } = (await server.api.post('/rooms/desk/participants', { uri: `sip:bob@127.0.0.1:${bob.port};transport=tls` })).expect(201, 202).body;
  await server.api.waitForParticipants('desk', 1);
  (await server.api.post('/rooms/desk/messages', { text: 'is there anybody?' })).expect(201);
  const got = (name) => carol.received.find(({ method }) => method === name);
  await until(() => got('MESSAGE'), { what: 'a message' });
  (await server.api.delete(`/rooms/desk/participants/${id}`)).expect(204);
  await until(() => got('BYE'), { what: 'a BYE, while the MESSAGE is not answered' });
  assert.deepEqual(bob.received.filter(({ method }) => method === 'BYE'), []);
});

test('who is called has to show a certificate that is good', async (t) => {
  const ca = makeCertificates(t);
  const stranger = makeCertificates(t);
  const server = await start(t, { env: trusting(ca) });
  const good = await answeringEndpoint(t, ca.issue('127.0.0.1'), ca);
  const unknown = await answeringEndpoint(t, stranger.issue('127.0.0.1'), stranger);
  const another = await answeringEndpoint(t, ca.issue('example.com'), ca);
  const [byAddress, byOther] = await Promise.all(['127.0.0.1', '127.0.0.9'].map((ip) => answeringEndpoint(t, ca.issue('phone', { altName: `IP:${ip}` }), ca)));
  assert.equal(await dialOut(server, `sip:bob@127.0.0.1:${good.port};transport=tls`), 'joined');
  assert.equal(await dialOut(server, `sips:bob@127.0.0.1:${good.port}`), 'joined');
  const invites = good.received.filter(({ method }) => method === 'INVITE');
  assert.match(invites[0].header('contact'), /<sip:desk@127.0.0.1:\d+;transport=tls>/);
  assert.match(invites[1].header('contact'), /<sips:desk@127.0.0.1:\d+>/);
  assert.match(await dialOut(server, `sips:bob@127.0.0.1:${unknown.port}`), /^503/);
  assert.match(await dialOut(server, `sips:bob@127.0.0.1:${another.port}`), /^503/);
  assert.match(await dialOut(server, `sips:bob@127.0.0.1:${byOther.port}`), /^503/);
  assert.deepEqual([...unknown.received, ...another.received, ...byOther.received], []);
  assert.equal(await dialOut(server, `sips:bob@127.0.0.1:${byAddress.port}`), 'joined', 'the address is not its common name');
  await until(() => server.log.some((line) => /certificate of who is called is not good/.test(line)), { what: 'a line in the log' });
  await server.stop();
  server.isStopped = false;
  server.set['sip.tls_verify'] = 'false';
  await server.start();
  assert.equal(await dialOut(server, `sips:bob@127.0.0.1:${unknown.port}`), 'joined');
});

test('without a TLS listener nobody is called by TLS', async (t) => {
  const server = await startServer({ t });
  (await server.api.post('/rooms', { name: 'desk' })).expect(201);
  (await server.api.post('/rooms/desk/participants', { uri: 'sips:bob@127.0.0.1:5071' })).expect(422);
});

test('certificates of callers: optional, and required', async (t) => {
  const ca = makeCertificates(t);
  const stranger = makeCertificates(t);
  const own = ca.issue('127.0.0.1');
  const set = { ...configured(own), 'sip.tls_client_ca': ca.file, 'sip.tls_client': 'optional' };
  const server = await start(t, { set });
  const request = `OPTIONS sips:blue@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK1;rport\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sips:blue@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`;
  /** True if a request is answered with this certificate (none: without). */
  const isServed = (files) => new Promise((resolve) => {
    const secrets = files ? { cert: fs.readFileSync(files.cert), key: fs.readFileSync(files.key) } : {};
    const socket = tls.connect({ port: server.tlsPort, host: '127.0.0.1', ca: fs.readFileSync(ca.file), ...secrets }, () => socket.write(request));
    socket.once('data', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
  assert.match((await sClient(server.tlsPort)).output, /Acceptable client certificate CA names\nCN = Test Authority/);
  assert.equal(await isServed(null), true);
  assert.equal(await isServed(ca.issue('phone')), true);
  assert.equal(await isServed(stranger.issue('phone')), false);
  await server.stop();
  server.isStopped = false;
  server.set['sip.tls_client'] = 'required';
  await server.start();
  assert.equal(await isServed(null), false);
  assert.equal(await isServed(ca.issue('phone')), true);
  assert.equal(await isServed(stranger.issue('phone')), false);
});

test('SIGHUP: new connections get the new certificate, the old ones go on', async (t) => {
  const ca = makeCertificates(t);
  const files = ca.issue('127.0.0.1', { kind: 'rsa' });
  const server = await start(t, { set: configured(files) });
  const sip = await SipEndpoint.open({ t, transport: 'tls', tls: secretsOf(ca.issue('127.0.0.1'), ca) });
  const call = sip.call(`sips:blue@127.0.0.1:${server.tlsPort}`);
  assert.equal((await call.invite(sdp)).status, 200);
  const before = await fingerprint(server.tlsPort);
  const next = ca.issue('127.0.0.1');
  fs.copyFileSync(next.cert, files.cert);
  fs.copyFileSync(next.key, files.key);
  process.kill(server.pid, 'SIGHUP');
  await until(async () => (await fingerprint(server.tlsPort)) !== before, { what: 'another certificate' });
  const after = await fingerprint(server.tlsPort);
  await until(() => server.log.some((line) => line.includes(`new connections get the certificate ${after}`)), { what: 'a line that says so' });
  const rsaOnly = await sClient(server.tlsPort, ['-tls1_2', '-cipher', 'aRSA']);
  assert.match(rsaOnly.output, /handshake failure/); /* nothing is left of the old pair */
  fs.writeFileSync(files.key, 'no key');
  process.kill(server.pid, 'SIGHUP');
  await until(() => server.log.some((line) => /the running certificate stays: sip.tls_certificate/.test(line)), { what: 'a complaint' });
  assert.equal(await fingerprint(server.tlsPort), after);
  assert.equal((await call.request('OPTIONS')).status, 200);
  assert.equal((await call.bye()).status, 200);
});

test('wrong files: nothing starts, and the message names the file', async (t) => {
  const ca = makeCertificates(t);
  const one = ca.issue('127.0.0.1');
  const other = ca.issue('127.0.0.1');
  fs.writeFileSync(path.join(ca.folder, 'text'), 'hello');
  const text = path.join(ca.folder, 'text');
  const cases = [
    { set: { 'sip.tls_certificate': '/nowhere.pem' }, says: /sip.tls_certificate: cannot open \/nowhere.pem: No such file/ },
    { set: { 'sip.tls_certificate': text }, says: /sip.tls_certificate: .*text has no PEM certificate/ },
    { set: { 'sip.tls_certificate': one.cert }, says: /sip.tls_certificate: .* has no PEM private key/ },
    { set: { 'sip.tls_certificate': one.cert, 'sip.tls_key': other.key }, says: /does not belong to the certificate/ },
    { set: { ...configured(one), 'sip.tls_client_ca': text }, says: /sip.tls_client_ca: .*text/ },
    { set: { 'sip.tls_key': one.key }, says: /sip.tls_key: without sip.tls_certificate/ },
    { set: { 'sip.tls_client': 'required' }, says: /sip.tls_client: required is not allowed without sip.tls_client_ca/ },
  ];
  const apiPort = await freePort();
  for (const { set, says } of cases) {
    const args = Object.entries({
      'sip.listen': `tls:127.0.0.1:${await freePort()}`, 'api.listen': `127.0.0.1:${apiPort}`, 'data.directory': path.join(ca.folder, 'data'), ...set,
    }).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    for (const more of [[], ['--check']]) {
      const { code, log } = await runServer([...args, ...more], { cwd: ca.folder });
      assert.notEqual(code, 0);
      assert.match(log.join('\n'), says);
    }
  }
  const good = await runServer(['--set', `sip.tls_certificate=${one.pem}`, '--check'], { cwd: ca.folder });
  assert.equal(good.code, 0, good.log.join('\n'));
});

/** `count` connections of 127.0.0.2 that do `what`. */
function strangers(t, port, count, what = () => {}) {
  const sockets = Array.from({ length: count }, () => {
    const socket = net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }, () => what(socket));
    socket.on('error', () => {});
    return socket;
  });
  atEnd(t, () => sockets.forEach((socket) => socket.destroy()));
  return sockets;
}

test('strangers: silent, half-open, garbage; nobody else is harmed', async (t) => {
  const ca = makeCertificates(t);
  const server = await start(t, { set: configured(ca.issue('127.0.0.1')) });
  const sip = await SipEndpoint.open({ t, transport: 'tls', tls: secretsOf(ca.issue('127.0.0.1'), ca) });
  const call = sip.call(`sips:blue@127.0.0.1:${server.tlsPort}`);
  assert.equal((await call.invite(sdp)).status, 200);
  strangers(t, server.tlsPort, 200);
  strangers(t, server.tlsPort, 200, (socket) => socket.write(Buffer.from('16030102000100', 'hex')));
  strangers(t, server.tlsPort, 100, (socket) => socket.end('GET / HTTP/1.0\r\n\r\n'));
  strangers(t, server.tlsPort, 100, (socket) => socket.write(Buffer.alloc(3000, 0x16)));
  await until(async () => (await metric(server, 'raduno_sip_tls_cut_total')) >= 300, { what: 'most are cut' });
  await until(async () => (await metric(server, 'raduno_sip_tls_connections')) <= 40, { what: 'few are left' });
  const newcomer = await SipEndpoint.open({ t, transport: 'tls', user: 'carol', tls: secretsOf(ca.issue('127.0.0.1'), ca) });
  const second = newcomer.call(`sips:blue@127.0.0.1:${server.tlsPort}`);
  assert.equal((await second.invite(sdp)).status, 200);
  assert.equal((await second.bye()).status, 200);
  assert.equal((await call.request('OPTIONS')).status, 200);
  await until(async () => (await metric(server, 'raduno_sip_tls_connections')) <= 2, { timeout: 20000, what: 'the last strangers are cut' });
  assert.equal((await call.bye()).status, 200);
});

test('a caller over TLS that never reads its answers harms only itself', async (t) => {
  const server = await start(t);
  const deaf = tls.connect({ port: server.tlsPort, host: '127.0.0.1', rejectUnauthorized: false });
  atEnd(t, () => deaf.destroy());
  await new Promise((resolve) => deaf.once('secureConnect', resolve));
  deaf.pause();
  for (let i = 0; i < 4000; i++) {
    deaf.write(`OPTIONS sips:blue@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK${i};rport\r\nFrom: <sip:a@h>;tag=1\r\n` +
      `To: <sips:blue@127.0.0.1>\r\nCall-ID: ${i}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nSubject: ${'x'.repeat(2000)}\r\nContent-Length: 0\r\n\r\n`);
  }
  await until(async () => (await metric(server, 'raduno_sip_requests_total')) >= 4000, { what: 'all were read' });
  const sip = await SipEndpoint.open({ t });
  const { status } = await sip.request('OPTIONS', server.uri('blue'));
  assert.equal(status, 200);
});
