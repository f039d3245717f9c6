/* Server names in TLS (SNI): whose certificate a caller sees, and what we ask for when we call. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import net from 'node:net';
import { NameServer } from '../../support/dns.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { runServer, startServer } from '../../support/server.mjs';
import { makeCertificates, sClient, secretsOf, trusting } from '../../support/tls.mjs';
import { freePort } from '../../support/ports.mjs';
import { atEnd } from '../../support/cleanup.mjs';
import { until } from '../../support/wait.mjs';

const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });

/** What is shown to who asks for `name` (null: for none): { subject, acknowledged, output }. */
async function shown(server, name, args = []) {
  const { output } = await sClient(server.tlsPort, [...(name === null ? ['-noservername'] : ['-servername', name]), '-tlsextdebug', ...args]);
  return { output, subject: /^subject=CN = (.*)$/m.exec(output)?.[1], acknowledged: /TLS server extension "server name"/.test(output) };
}

const configured = (main, more) => ({ 'sip.tls_certificate': main.pem, 'sip.tls_more': more.map(({ pem }) => pem) });

test('the certificate is the one of the name that is asked for', async (t) => {
  const ca = makeCertificates(t);
  const one = ca.issue('one.example', { kind: 'rsa' });
  fs.appendFileSync(one.pem, fs.readFileSync(ca.file));
  const more = [one, ca.issue('*.example.com'), ca.issue('a.example.com'), ca.issue('a.example.com', { kind: 'rsa' })];
  const server = await startServer({ t, tls: true, set: configured(ca.issue('127.0.0.1'), more) });
  const cases = [
    ['one.example', 'one.example'], ['ONE.Example', 'one.example'],
    ['b.example.com', '*.example.com'], ['a.example.com', 'a.example.com'],
    ['example.com', '127.0.0.1'], ['b.b.example.com', '127.0.0.1'], ['nobody.example', '127.0.0.1'], [null, '127.0.0.1'],
  ];
  for (const version of ['-tls1_2', '-tls1_3']) {
    for (const [name, subject] of cases) {
      const { output, ...seen } = await shown(server, name, [version, '-CAfile', ca.file, '-verify_return_error']);
      assert.deepEqual(seen, { subject, acknowledged: subject !== '127.0.0.1' }, `${version} ${name}\n${output}`);
      assert.match(output, /Verify return code: 0/);
    }
  }
  const chain = await shown(server, 'one.example', ['-showcerts']);
  assert.equal(chain.output.match(/BEGIN CERTIFICATE/g).length, 2, 'the chain is shown, too');
  /* of another kind of key than what was there before, and nothing is left of that */
  assert.match((await shown(server, 'one.example', ['-tls1_2', '-cipher', 'aRSA'])).output, /Cipher is ECDHE-RSA/);
  assert.match((await shown(server, 'one.example', ['-tls1_2', '-cipher', 'aECDSA'])).output, /handshake failure/);
  assert.match((await shown(server, null, ['-tls1_2', '-cipher', 'aRSA'])).output, /handshake failure/);
  for (const [kind, cipher] of [['aRSA', 'RSA'], ['aECDSA', 'ECDSA']])
    assert.match((await shown(server, 'a.example.com', ['-tls1_2', '-cipher', kind])).output, new RegExp(`Cipher is ECDHE-${cipher}-`), 'it has keys of both kinds');
  assert.equal((await shown(server, 'one.example', ['-tls1_3', '-groups', 'P-521:P-256'])).subject, 'one.example');
});

test('calls go through whatever the name, and callers show certificates', async (t) => {
  const ca = makeCertificates(t);
  const set = { ...configured(ca.issue('127.0.0.1'), [ca.issue('one.example')]), 'sip.tls_client_ca': ca.file, 'sip.tls_client': 'required' };
  const server = await startServer({ t, tls: true, set });
  for (const [servername, name] of [['one.example', 'one.example'], ['', '127.0.0.1'], ['nobody.example', '127.0.0.1']]) {
    const checkServerIdentity = (_, { subject }) => (subject.CN === name ? undefined : new Error(`${subject.CN} was shown`));
    const sip = await SipEndpoint.open({ t, transport: 'tls', tls: { ...secretsOf(ca.issue('phone'), ca), servername, checkServerIdentity } });
    const call = sip.call(`sips:blue@127.0.0.1:${server.tlsPort}`);
    assert.equal((await call.invite(sdp)).status, 200);
    assert.equal((await call.bye()).status, 200);
  }
});

test('SIGHUP: further certificates are read again, all or none', async (t) => {
  const ca = makeCertificates(t);
  const [main, one, two] = [ca.issue('127.0.0.1'), ca.issue('one.example'), ca.issue('two.example')];
  const server = await startServer({ t, tls: true, set: configured(main, [one, two]) });
  const serial = async (name) => /-----BEGIN CERTIFICATE-----[^-]*/.exec((await shown(server, name)).output)[0];
  const before = [await serial('one.example'), await serial('two.example')];
  fs.copyFileSync(ca.issue('one.example').pem, one.pem);
  fs.writeFileSync(two.pem, 'broken');
  const lines = () => server.log.filter((line) => line.includes('the running certificate stays')).length;
  process.kill(server.pid, 'SIGHUP');
  await until(() => lines() === 1, { what: 'a complaint' });
  assert.ok(server.log.some((line) => line.includes(`stays: sip.tls_more: ${two.pem} has no PEM certificate`)), server.log.join('\n'));
  assert.deepEqual([await serial('one.example'), await serial('two.example')], before);
  fs.copyFileSync(ca.issue('three.example').pem, two.pem);
  process.kill(server.pid, 'SIGHUP');
  await until(async () => (await shown(server, 'three.example')).subject === 'three.example', { what: 'a new name' });
  assert.notEqual(await serial('one.example'), before[0]);
  assert.equal((await shown(server, 'two.example')).subject, '127.0.0.1');
  await until(() => server.log.some((line) => line.includes(`for the names of ${two.pem}: `)), { what: 'a line of the new names' });
});

test('wrong further files: nothing starts, and the message names the file', async (t) => {
  const ca = makeCertificates(t);
  const [main, one] = [ca.issue('127.0.0.1'), ca.issue('one.example')];
  const mixed = path.join(ca.folder, 'mixed.pem');
  fs.writeFileSync(mixed, fs.readFileSync(one.cert, 'utf8') + fs.readFileSync(main.key, 'utf8'));
  const cases = [
    { more: '/nowhere.pem', says: /sip.tls_more: cannot open \/nowhere.pem: No such file/ },
    { more: one.cert, says: `sip.tls_more: ${one.cert} has no PEM private key` },
    { more: mixed, says: `sip.tls_more: the key of ${mixed} does not belong to the certificate` },
    { more: ca.issue('127.0.0.2').pem, says: /sip.tls_more: .* has a certificate without a DNS name/ },
    { more: '', says: /sip.tls_more: .* is not allowed; .* each the path of a file/ },
  ];
  for (const { more, says } of cases) {
    const args = Object.entries({
      'sip.listen': `tls:127.0.0.1:${await freePort()}`, 'api.listen': `127.0.0.1:${await freePort()}`, 'data.directory': path.join(ca.folder, 'data'),
      'sip.tls_certificate': main.pem, 'sip.tls_more': JSON.stringify([one.pem, more]),
    }).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    for (const check of [[], ['--check']]) {
      const { code, log } = await runServer([...args, ...check], { cwd: ca.folder });
      assert.notEqual(code, 0);
      const text = log.join('\n');
      assert.ok(says instanceof RegExp ? says.test(text) : text.includes(says), text);
    }
  }
});

/* ---- when we call ---- */

/** Somebody at `ip` who is good for `names` only to who asks for them. `asked`: by each connection
 *  that came to be, false for none. */
async function openHost(t, ca, { names, ip, port }) {
  const contexts = new Map(names.map((name) => [name, tls.createSecureContext(secretsOf(ca.issue(name), ca))]));
  const secrets = { ...secretsOf(ca.issue('default.example'), ca), SNICallback: (name, done) => done(null, contexts.get(name)) };
  const host = await SipEndpoint.open({ t, ip, port, user: 'bob', transport: 'tls', tls: secrets });
  host.asked = [];
  host.askedBy = new Map();
  host.listener.on('secureConnection', (socket) => (host.asked.push(socket.servername), host.askedBy.set(socket.remotePort, socket.servername)));
  host.onInvite = (incoming) => incoming.answer(sdp);
  host.ip = names[0] ?? host.ip; /* in its Contact */
  return host;
}

/** Dials; a promise of how it ended, 'joined' if well. */
async function dial(server, uri) {
  (await server.api.post('/rooms', { name: 'desk' })).expect(201, 409);
  const events = await server.api.events('/rooms/desk/events');
  const { id } = (await server.api.post('/rooms/desk/participants', { uri })).expect(201, 202).body;
  const isEnd = ({ type, data }) => ['participant_left', 'participant_joined'].includes(type) && JSON.stringify(data).includes(id);
  return events.waitFor(isEnd).then(({ type, data }) => {
    events.close();
    return type === 'participant_joined' ? 'joined' : data.detail;
  });
}

/** Dials all at once. @return how each ended. */
async function dialAll(server, uris) {
  const ends = [];
  for (const uri of uris) ends.push(dial(server, uri));
  return Promise.all(ends);
}

/** Who was called there, and by a connection that was made for whom. */
const invited = (host) => host.received.filter(({ method }) => method === 'INVITE').map(({ uri, from }) => [/@([a-z.]+)/.exec(uri)[1], host.askedBy.get(from.port)]);

async function hangUp(server) {
  for (const { id } of (await server.api.get('/rooms/desk/participants')).expect(200).body.items)
    (await server.api.delete(`/rooms/desk/participants/${id}`)).expect(204, 404);
}

const startCalling = (t, ca, dns, set = {}) => startServer({ t, tls: true, env: { ...trusting(ca), ...dns.env }, set });

test('who is called by name is asked for it, who is called by address is not', async (t) => {
  const ca = makeCertificates(t);
  const dns = await NameServer.open({ t, a: { 'one.example': '127.0.0.1', 'two.example': '127.0.0.2' } });
  const host = await openHost(t, ca, { names: ['one.example'] });
  const other = await openHost(t, ca, { names: ['two.example'], ip: '127.0.0.2' });
  const plain = await openHost(t, ca, { names: [] });
  const server = await startCalling(t, ca, dns);
  assert.equal(await dial(server, `sips:bob@one.example:${host.port}`), 'joined');
  assert.deepEqual(host.asked, ['one.example']);
  assert.equal(await dial(server, `sip:bob@Two.Example:${other.port};transport=tls`), 'joined');
  assert.deepEqual(other.asked, ['two.example']);
  await server.stop();
  server.isStopped = false;
  server.set['sip.tls_verify'] = 'false';
  await server.start();
  host.asked.length = 0;
  assert.equal(await dial(server, `sips:bob@127.0.0.1:${plain.port}`), 'joined');
  assert.deepEqual(plain.asked, [false]);
  assert.equal(await dial(server, `sips:bob@one.example.:${host.port}`), 'joined');
  assert.deepEqual(host.asked, ['one.example']);
});

test('a name that leads elsewhere by its service (SRV)', async (t) => {
  const ca = makeCertificates(t);
  const host = await openHost(t, ca, { names: ['one.example'], ip: '127.0.0.2' });
  const dns = await NameServer.open({ t, a: { 'sip7.example': '127.0.0.2', 'two.example': '127.0.0.3' }, srv: { '_sips._tcp.one.example': { port: host.port, target: 'sip7.example' } } });
  const server = await startCalling(t, ca, dns);
  const nobody = await freePort();
  const [end] = await dialAll(server, ['sips:bob@one.example', `sips:bob@two.example:${nobody}`]);
  assert.equal(end, 'joined');
  assert.deepEqual(host.asked, ['one.example']);
});

test('many are called at once: each is asked for its own name', async (t) => {
  const ca = makeCertificates(t);
  const names = ['one.example', 'two.example', 'three.example', 'four.example'];
  const dns = await NameServer.open({ t, a: { ...Object.fromEntries(names.map((name, n) => [name, `127.0.0.${2 + n}`])), 'dead.example': '127.0.0.9', 'mute.example': '127.0.0.9' } });
  dns.mute.add('mute.example');
  const first = await openHost(t, ca, { names: ['one.example'], ip: '127.0.0.2' });
  const hosts = [first];
  for (const [n, name] of names.slice(1).entries()) hosts.push(await openHost(t, ca, { names: [name], ip: `127.0.0.${3 + n}`, port: first.port }));
  /* takes connections, and says nothing */
  const sockets = [];
  const silent = net.createServer((socket) => sockets.push(socket.on('error', () => {}).resume())).listen(first.port, '127.0.0.9');
  atEnd(t, () => [silent, ...sockets].forEach((one) => (one.destroy ?? one.close).call(one)));
  const server = await startCalling(t, ca, dns, { 'server.drain_timeout_s': 1 }); /* two are never heard of again */
  const waiting = [dial(server, `sips:bob@dead.example:${first.port}`), dial(server, `sips:bob@mute.example:${first.port}`)];
  await until(() => sockets.length === 1 && dns.asked.some((one) => one.endsWith('mute.example')), { what: 'two calls that wait' });
  assert.deepEqual(await dialAll(server, names.map((name) => `sips:bob@${name}:${first.port}`)), names.map(() => 'joined'));
  assert.deepEqual(hosts.map(({ asked }) => asked), names.map((name) => [name]));
  await hangUp(server);
  await Promise.all(waiting);
});

test('a connection that ends is the end of calls to there only', async (t) => {
  const ca = makeCertificates(t);
  const stranger = makeCertificates(t);
  const dns = await NameServer.open({ t, a: { 'one.example': '127.0.0.2', 'bad.example': '127.0.0.3', 'beside.example': '127.0.0.3', 'shut.example': '127.0.0.4' } });
  const bad = await openHost(t, stranger, { names: ['bad.example'], ip: '127.0.0.3' });
  const host = await openHost(t, ca, { names: ['one.example'], ip: '127.0.0.2' });
  const answers = [];
  host.onInvite = (incoming) => answers.push(() => incoming.answer(sdp));
  const server = await startCalling(t, ca, dns);
  const call = dial(server, `sips:bob@one.example:${host.port}`);
  await until(() => host.asked.length === 1, { what: 'a call that waits' });
  const ends = await dialAll(server, [`sips:bob@bad.example:${bad.port}`, `sips:bob@beside.example:${bad.port}`, `sips:bob@shut.example:${await freePort()}`]);
  for (const end of ends) assert.match(end, /^503/);
  await until(() => answers.length === 1, { what: 'an INVITE' });
  answers[0]();
  assert.equal(await call, 'joined');
});

test('names that share an address: each is verified, also while a connection of another is there', async (t) => {
  const ca = makeCertificates(t);
  const names = ['one.example', 'two.example', 'stranger.example'];
  const dns = await NameServer.open({ t, a: Object.fromEntries(names.map((name) => [name, '127.0.0.2'])) });
  const host = await openHost(t, ca, { names: ['one.example', 'two.example'], ip: '127.0.0.2' });
  const server = await startCalling(t, ca, dns);
  const call = (name) => dial(server, `sips:bob@${name}:${host.port}`);
  assert.equal(await call('one.example'), 'joined');
  assert.match(await call('stranger.example'), /^503/);
  assert.equal(await call('two.example'), 'joined');
  assert.equal(await call('one.example'), 'joined');
  assert.deepEqual(invited(host), ['one.example', 'two.example', 'one.example'].map((name) => [name, name]));
});

test('strangers that share an address are called at once: each by a connection of its own', async (t) => {
  const ca = makeCertificates(t);
  const names = ['one.example', 'stranger.example', 'two.example'];
  const dns = await NameServer.open({ t, a: Object.fromEntries(names.map((name) => [name, '127.0.0.2'])) });
  const host = await openHost(t, ca, { names: ['one.example', 'two.example'], ip: '127.0.0.2' });
  const server = await startCalling(t, ca, dns);
  const ends = await dialAll(server, names.map((name) => `sips:bob@${name}:${host.port}`));
  assert.match(ends[1], /^503/);
  for (const end of ends) assert.match(end, /^joined|^503/); /* nobody is left waiting */
  for (const [name, asked] of invited(host)) assert.equal(name, asked);
  assert.ok(invited(host).length >= ends.filter((end) => end === 'joined').length);
});
