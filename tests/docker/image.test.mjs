/* The image, run as a stranger would: read-only, without any right, with phones that call it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Baresip } from '../support/baresip.mjs';
import { waitToHear } from '../support/ears.mjs';
import { runSipp } from '../support/sipp.mjs';
import { until } from '../support/wait.mjs';
import { Container, makeVolume } from './container.mjs';

const MANY = 50;

test('two phones hear each other in a container without rights', async (t) => {
  const container = await Container.start({ t });
  t.diagnostic(`from the start of its process to ready: ${Math.round(container.readyAfter)} ms`);
  const alice = await Baresip.start({ t, name: 'alice', hz: 440, codec: 'PCMU' });
  const bob = await Baresip.start({ t, name: 'bob', hz: 700, codec: 'opus' });
  await alice.dial(container.uri('blue'));
  await bob.dial(container.uri('blue'));
  await waitToHear(alice, { present: [700], absent: [440] });
  await waitToHear(bob, { present: [440], absent: [700] });

  assert.equal(container.exec('id', '-u').out.trim(), '10000');
  assert.match(container.exec('cat', '/proc/1/status').out, /^CapEff:\t0{16}$/m);
  for (const file of ['/etc/x', '/usr/x', '/tmp/x', '/x']) assert.match(container.exec('touch', file).out, /Read-only file system/, file);
  assert.equal(container.exec('raduno-healthcheck').code, 0);
  assert.notEqual(container.exec('sh', '-c', 'RADUNO_API_LISTEN=127.0.0.1:1 raduno-healthcheck').code, 0, 'it can say no');
  for (const tool of ['cc', 'gcc', 'cmake', 'make']) assert.notEqual(container.exec('sh', '-c', `command -v ${tool}`).code, 0, tool);
  const doctor = container.exec('raduno', 'doctor', '--json');
  assert.equal(doctor.code, 0, doctor.out);
  assert.ok(JSON.parse(doctor.out).findings.length > 8);
  const sbom = JSON.parse(container.exec('cat', '/usr/local/share/raduno/sbom.spdx.json').out);
  assert.equal(sbom.spdxVersion, 'SPDX-2.3');
  const names = new Set(sbom.packages.map(({ name }) => name));
  for (const name of ['raduno', 'libsofia-sip-ua0', 'libavcodec59', 'libc6']) assert.ok(names.has(name), name);
  assert.equal(names.size, new Set(container.exec('dpkg-query', '-W', '-f', '${Package}\\n').out.trim().split('\n')).size + 1);

  const { code } = await container.stop();
  assert.equal(code, 0);
  await alice.waitFor((event) => event.type === 'CALL_CLOSED');
  await bob.waitFor((event) => event.type === 'CALL_CLOSED');
});

test(`SIGTERM during ${MANY} calls: each gets its BYE, exit 0`, async (t) => {
  const container = await Container.start({ t });
  const calls = runSipp({
    scenario: new URL('until_bye.xml', import.meta.url), remote: `127.0.0.1:${container.sipPort}`, service: 'blue',
    calls: MANY, args: ['-r', '50', '-l', `${MANY}`], timeout: 60000,
  });
  const connected = async () => (await container.api.get('/rooms/blue/participants?limit=100')).body.items?.filter(({ state }) => state === 'connected').length;
  await until(async () => (await connected()) === MANY, { what: 'all are in', timeout: 30000 });
  assert.equal((await container.stop()).code, 0);
  const { code, errors } = await calls;
  assert.equal(code, 0, errors);
});

test('kill -9: the room, its settings and its file are there again', async (t) => {
  const container = await Container.start({ t });
  (await container.api.post('/rooms', { name: 'board', pin: '4711' })).expect(201);
  const bytes = Buffer.from('what was shared');
  const shared = (await container.api.request('POST', '/rooms/board/files?name=notes.txt', bytes, { headers: { 'content-type': 'text/plain' } })).expect(201).body;
  await container.kill9();
  await container.restart();
  assert.equal((await container.api.get('/rooms/board')).expect(200).body.has_pin, true);
  const { items } = (await container.api.get('/rooms/board/files')).expect(200).body;
  assert.deepEqual(items.map(({ id, name, sha256 }) => [id, name, sha256]), [[shared.id, 'notes.txt', shared.sha256]]);
  assert.deepEqual(fs.readFileSync(path.join(container.volume, 'files', shared.id)), bytes);
  assert.equal((await container.stop()).code, 0);
});

test('what is wrong is one line and an exit code, and the data stays as it is', async (t) => {
  const complaints = ({ lines }) => lines.filter((line) => /^raduno: |error .*cannot start/.test(line));
  const volume = makeVolume(t);
  const wrong = await Container.run({ t, volume, env: { RADUNO_SIP_MAX_CALLS: 'many' } });
  assert.deepEqual([wrong.code, wrong.lines.length], [2, 1], wrong.lines.join('\n'));
  assert.match(wrong.lines[0], /RADUNO_SIP_MAX_CALLS: sip\.max_calls: .*"many".* is not allowed/);
  assert.deepEqual(fs.readdirSync(volume), []);

  const foreign = await Container.run({ t, volume: makeVolume(t, { owner: 0 }) });
  assert.equal(foreign.code, 1);
  assert.equal(complaints(foreign).length, 1);
  assert.match(complaints(foreign)[0], /\/data.*Permission denied|store.*permission/i);
  const without = await Container.run({ t });
  assert.equal(without.code, 1);
  assert.equal(complaints(without).length, 1);
  assert.match(complaints(without)[0], /no volume is mounted at \/data, which is part of the system/);
  const readOnly = await Container.run({ t, volume: makeVolume(t), mounts: [], env: { RADUNO_DATA_DIRECTORY: '/srv/raduno' } });
  assert.equal(readOnly.code, 1);
  assert.match(complaints(readOnly)[0], /\/srv\/raduno: (Read-only file system|No such file)/);

  const other = net.createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const taken = await Container.run({ t, volume: makeVolume(t), env: { RADUNO_SIP_LISTEN: `tcp:127.0.0.1:${other.address().port}`, RADUNO_MEDIA_BROWSER_PORT: 0 } });
  assert.equal(taken.code, 1);
  assert.equal(complaints(taken).length, 1);
  assert.match(complaints(taken)[0], new RegExp(`${other.address().port}: .*Address already in use`));

  const secret = await Container.run({ t, volume: makeVolume(t), env: { RADUNO_API_ADMIN_TOKEN_FILE: '/run/secrets/token' } });
  assert.equal(secret.code, 2);
  assert.match(secret.lines.join('\n'), /RADUNO_API_ADMIN_TOKEN_FILE: \/run\/secrets\/token: No such file/);
});
