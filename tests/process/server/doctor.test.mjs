/* raduno doctor: each check says OK, or what is wrong and what to do; secrets that are files. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { runServer, startServer } from '../../support/server.mjs';
import { makeCertificates } from '../../support/tls.mjs';

const OLD_CLOCK = fileURLToPath(new URL('../../../build/old_clock.so', import.meta.url));

const sets = (all) => Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);

/** Its findings, and its exit code. */
async function doctor(set, options) {
  const { code, log } = await runServer(['doctor', '--json', ...sets(set)], options);
  const said = JSON.parse(log.join('\n'));
  assert.equal(code, said.ok ? 0 : 1);
  return said.findings;
}

const of = (findings, check, text = '') => findings.filter((one) => one.check === check && one.text.includes(text));

function folder(t) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-doctor-'));
  t.after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

function certificate(folder_, days) {
  const [pem, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder_, `${days}-${name}`));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj',
    '/CN=conf.example.com', '-days', `${days}`, '-keyout', key, '-out', pem], { stdio: 'ignore' });
  return { 'api.tls_certificate': pem, 'api.tls_key': key };
}

test('beside a running server its ports are its own; without it they are free, or somebody else has them', async (t) => {
  const server = await startServer({ t });
  const beside = await doctor({ ...server.set, 'data.directory': server.dataDir });
  assert.ok(of(beside, 'ports').length >= 5);
  for (const one of of(beside, 'ports')) {
    assert.equal(one.verdict, 'OK', one.text);
    assert.match(one.text, /taken, by the running server/);
  }
  assert.match(of(beside, 'data')[0].text, /a server runs on it/);

  const other = net.createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const [taken] = of(await doctor({ 'api.listen': `127.0.0.1:${other.address().port}`, 'data.directory': folder(t) }), 'ports', 'api.listen');
  assert.equal(taken.verdict, 'FAIL');
  assert.match(taken.text, /Address already in use/);
  assert.match(taken.advice, /ss -lntup/);
  const [stranger] = of(await doctor({ 'sip.listen': 'udp:192.0.2.77:5060' }), 'ports', 'sip.listen');
  assert.equal(stranger.verdict, 'FAIL');
  assert.match(stranger.advice, /no such address/);
});

test('data that would be lost with the container', async (t) => {
  const memory = fs.mkdtempSync('/dev/shm/raduno-doctor-');
  t.after(() => fs.rmSync(memory, { recursive: true, force: true }));
  const set = { 'data.directory': memory, 'data.must_be_mounted': true };
  const [volume] = of(await doctor(set), 'volume');
  assert.deepEqual([volume.verdict, volume.text], ['FAIL', `${memory} is memory: what is kept is lost with the container`]);
  assert.match(volume.advice, /mount a volume/);
  assert.deepEqual(of(await doctor({ 'data.directory': memory }), 'volume'), [], 'not asked for');
  const { code, log } = await runServer(sets(set));
  assert.equal(code, 1);
  assert.match(log.join('\n'), /cannot start: no volume is mounted at .*, which is memory/);
  assert.deepEqual(fs.readdirSync(memory), [], 'nothing is begun there');
});

test('the address that callers are told', async () => {
  const verdicts = async (address) => of(await doctor({ 'media.advertised_address': address }), 'address')[0];
  assert.equal((await verdicts('8.8.8.8')).verdict, 'OK');
  const hidden = await verdicts('10.1.2.3');
  assert.equal(hidden.verdict, 'WARN');
  assert.match(hidden.text, /10\.1\.2\.3 .*private/);
  assert.match(hidden.advice, /media\.advertised_address/);
  assert.equal((await verdicts('fd00::1')).verdict, 'WARN');
});

test('media ports, descriptors, data, certificates', async (t) => {
  const data = folder(t);
  const narrow = of(await doctor({ 'media.ports': '30001-30010', 'sip.max_calls': 5 }), 'media', 'media.ports 30002')[0];
  assert.equal(narrow.verdict, 'WARN');
  assert.match(narrow.text, /4 calls with voice, 2 with video/);
  assert.equal(of(await doctor({ 'media.ports': '30000-30009', 'sip.max_calls': 5 }), 'media', 'media.ports 30000')[0].verdict, 'OK');
  assert.equal(of(await doctor({ 'media.ports': '33000-34000' }), 'media', 'overlap').length, 1);
  const many = of(await doctor({ 'sip.max_calls': 100000 }), 'limits')[0];
  assert.match(many.text, /need 401224/);

  assert.equal(of(await doctor({ 'data.directory': data }), 'data')[0].verdict, 'OK');
  assert.equal(of(await doctor({ 'data.directory': path.join(data, 'new') }), 'data')[0].verdict, 'WARN');
  assert.equal(of(await doctor({ 'data.directory': '/proc/nowhere/data' }), 'data')[0].verdict, 'FAIL');

  const days = async (set) => of(await doctor(set), 'certificate', 'api.tls_certificate')[0];
  assert.equal((await days(certificate(data, 90))).verdict, 'OK');
  const soon = await days(certificate(data, 3));
  assert.equal(soon.verdict, 'WARN');
  assert.match(soon.advice, /SIGHUP/);
  assert.equal((await days({ 'api.tls_certificate': '/nowhere.pem' })).verdict, 'FAIL');
  const open = of(await doctor({ 'api.listen': '0.0.0.0:18099' }), 'certificate')[0];
  assert.equal(open.verdict, 'WARN');
  assert.match(open.text, /without TLS/);
});

test('the certificate of S/MIME: its key, its days, whose it is, who vouches', async (t) => {
  const ca = makeCertificates(t), own = ca.issue('raduno', { altName: 'URI:sip:raduno.example.com' }), other = ca.issue('web');
  const look = async (set) => (await doctor(set)).filter(({ check, text }) => check === 'smime' || text.includes('smime')).map(({ verdict, text }) => `${verdict} ${text}`);
  const pair = (files, more = {}) => ({ 'sip.smime_certificate': files.cert, 'sip.smime_key': files.key, ...more });
  assert.deepEqual(await look({}), [], 'none is configured');
  const [days, uri] = await look(pair(own, { 'sip.smime_authorities': ca.file }));
  assert.match(days, /^WARN sip\.smime_certificate: .* is good for [12] days$/);
  assert.equal(uri, 'OK sip.smime_certificate is for sip:raduno.example.com');
  assert.equal((await look(pair(other)))[1], 'WARN sip.smime_certificate is for no SIP address');
  for (const [set, why] of [
    [pair({ cert: own.cert, key: other.key }), /^FAIL sip\.smime_certificate: .*key/],
    [pair(own, { 'sip.smime_authorities': '/nowhere.pem' }), /^FAIL sip\.smime_authorities: \/nowhere\.pem has no PEM certificates/],
  ]) assert.match((await look(set)).join(), why);
});

test('the clock: kept right or not, or never set', async () => {
  assert.match(of(await doctor({}), 'clock')[0].verdict, /^(OK|WARN)$/);
  assert.ok(fs.existsSync(OLD_CLOCK), `${OLD_CLOCK} is not built`);
  const env = { LD_PRELOAD: OLD_CLOCK, ASAN_OPTIONS: 'verify_asan_link_order=0' };
  const [clock] = of(await doctor({}, { env }), 'clock');
  assert.deepEqual([clock.verdict, clock.text], ['FAIL', 'the clock says that it is 1970']);
});

test('a wrong configuration is one line and code 2; --json is the doctor\'s', async () => {
  const wrong = await runServer(['doctor', '--set', 'sip.max_calls=none']);
  assert.equal(wrong.code, 2);
  assert.equal(wrong.log.length, 1);
  assert.equal((await runServer(['--json'])).code, 2);
  const { code, log } = await runServer(['doctor', '--set', 'media.advertised_address=10.1.2.3', '--set', 'api.listen=127.0.0.1:18098',
    '--set', 'sip.listen=udp:127.0.0.1:18097', '--set', 'media.browser_port=0']);
  assert.equal(code, 0);
  assert.ok(log.some((line) => /^WARN +address /.test(line)) && log.some((line) => /^ +> callers elsewhere/.test(line)), log.join('\n'));
});

test('the token of the administrator is read from a file, and a bad file is one line', async (t) => {
  const file = path.join(folder(t), 'token');
  fs.writeFileSync(file, 'token-that-is-mounted-as-a-file\n');
  const server = await startServer({ t, set: { 'api.admin_token': undefined }, env: { RADUNO_API_ADMIN_TOKEN_FILE: file } });
  const get = (token) => server.api.get('/rooms', { token });
  assert.equal((await get('token-that-is-mounted-as-a-file')).status, 200);
  assert.equal((await get('another-token-of-some-length')).status, 401);
  assert.ok(!server.log.join('\n').includes('token-that-is-mounted'));
  const { code, log } = await runServer(['--check'], { env: { RADUNO_API_ADMIN_TOKEN_FILE: `${file}-not-there` } });
  assert.equal(code, 2);
  assert.match(log.join('\n'), /^raduno: RADUNO_API_ADMIN_TOKEN_FILE: .*not-there: No such file or directory$/);
});
