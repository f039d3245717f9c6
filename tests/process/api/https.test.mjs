/* HTTPS: the same interface, encrypted; and what stops the start. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { PortBlock } from '../../support/ports.mjs';
import { runServer, startServer } from '../../support/server.mjs';
import { fingerprint, makeCertificates, sClient } from '../../support/tls.mjs';
import { until } from '../../support/wait.mjs';

test('requests, events and the join page by HTTPS, TLS 1.2 and later', async (t) => {
  const ca = makeCertificates(t);
  const files = ca.issue('127.0.0.1');
  const server = await startServer({ t, ca: fs.readFileSync(ca.file), set: { 'api.tls_certificate': files.cert, 'api.tls_key': files.key } });
  const events = await server.api.events('/events');
  (await server.api.post('/rooms', { name: 'blue' })).expect(201);
  await events.waitFor(({ type }) => type === 'room_created');
  assert.match((await server.api.get('/join/blue', { root: true, token: null })).expect(200).body, /<!doctype html>/i);
  assert.ok(server.log.some((line) => line.includes(`https://127.0.0.1:${server.apiPort}/join/`)), 'the greeting says so');
  events.close();
  for (const [version, works] of [['-tls1_1', false], ['-tls1_2', true], ['-tls1_3', true]]) {
    const { output } = await sClient(server.apiPort, [version, '-cipher', 'DEFAULT@SECLEVEL=0']);
    assert.equal(/Cipher is (?!\(NONE\))/.test(output), works, `${version}: ${output.slice(-600)}`);
  }
});

test('one file may have both', async (t) => {
  const ca = makeCertificates(t);
  const server = await startServer({ t, ca: fs.readFileSync(ca.file), set: { 'api.tls_certificate': ca.issue('127.0.0.1').pem } });
  (await server.api.get('/health', { root: true })).expect(200);
});

test('SIGHUP: who connects from then on sees the new certificate; what is open stays, and so does the old one if the new is none', async (t) => {
  const ca = makeCertificates(t);
  const [old, renewed, other] = [ca.issue('127.0.0.1'), ca.issue('127.0.0.1', { kind: 'rsa' }), ca.issue('127.0.0.2')];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-https-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  const install = (certificate, of) => (fs.copyFileSync(certificate, cert), fs.copyFileSync(of, key));
  install(old.cert, old.key);
  const server = await startServer({ t, ca: fs.readFileSync(ca.file), set: { 'api.tls_certificate': cert, 'api.tls_key': key } });
  const hangUp = async (says) => {
    const from = server.log.length;
    process.kill(server.pid, 'SIGHUP');
    await until(() => server.log.slice(from).some((line) => says.test(line)), { what: `${says}` });
  };
  const before = await fingerprint(server.apiPort);
  const events = await server.api.events('/events');

  install(renewed.cert, renewed.key);
  await hangUp(/HTTPS: new connections get the certificate/);
  const after = await fingerprint(server.apiPort);
  assert.notEqual(after, before);
  assert.ok(server.log.some((line) => line.includes(`HTTPS: new connections get the certificate ${after}`)), after);
  (await server.api.post('/rooms', { name: 'blue' })).expect(201);
  await events.waitFor(({ type }) => type === 'room_created');
  events.close();

  for (const [certificate, of, says] of [[other.cert, renewed.key, /HTTPS stays: .*its key is not that/], [renewed.key, renewed.key, /HTTPS stays: .*has no certificate/]]) {
    install(certificate, of);
    await hangUp(says);
    assert.equal(await fingerprint(server.apiPort), after);
  }
  fs.rmSync(cert);
  await hangUp(/HTTPS stays: .*cert\.pem: No such file/);
  assert.equal(await fingerprint(server.apiPort), after);
});

test('files that are none stop the start, and are named', async (t) => {
  const ca = makeCertificates(t);
  const [one, other] = [ca.issue('127.0.0.1'), ca.issue('127.0.0.2')];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-https-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const empty = path.join(folder, 'empty.pem');
  fs.writeFileSync(empty, '');
  const ports = await PortBlock.reserve();
  t.after(() => ports.release());
  const [sip, api] = [await ports.take(), await ports.take()];
  const start = (certificate, key) => runServer([
    '--set', `sip.listen=udp:127.0.0.1:${sip}`, '--set', `api.listen=127.0.0.1:${api}`, '--set', `data.directory=${folder}`, '--set', 'media.browser_port=0',
    '--set', `api.tls_certificate=${certificate}`, ...(key ? ['--set', `api.tls_key=${key}`] : []),
  ]);
  for (const [certificate, key, says] of [['/none.pem', null, /none\.pem: No such file/], [empty, null, /empty\.pem: is empty/], [one.cert, null, /has no private key/], [one.key, one.key, /has no certificate/], [one.cert, other.key, /its key is not that of the certificate/]]) {
    const { code, log } = await start(certificate, key);
    assert.notEqual(code, 0);
    assert.ok(log.some((line) => says.test(line)), `${says}: ${log.join('\n')}`);
  }
});
