/* Files are shown to ClamAV's daemon, the real one: what it finds is refused, and so is what it cannot say. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Clamd, EICAR } from '../../support/clamd.mjs';
import { freePort } from '../../support/ports.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { problem } from './problem.mjs';

const MIB = 1 << 20;

async function begin(t, clamd, set = {}) {
  const server = await startServer({ t, set: { 'files.clamd': clamd, ...set } });
  (await server.api.post('/rooms', { name: 'blue' })).expect(201);
  const share = (name, bytes) => server.api.request('POST', `/rooms/blue/files?name=${encodeURIComponent(name)}`, bytes, { headers: { 'content-type': 'application/octet-stream' } });
  const isEmpty = () => until(() => fs.readdirSync(path.join(server.dataDir, 'files')).length === 0, { what: 'nothing of what was refused is left' });
  return { server, api: server.api, share, isEmpty };
}

test('what it finds is refused, by its socket', async (t) => {
  const clamd = await Clamd.start({ t, settings: ['StreamMaxLength 2M'] });
  const { server, api, share, isEmpty } = await begin(t, clamd.address);
  const large = Buffer.alloc(3 * MIB / 2, 'x');
  problem(await share('bad.txt', EICAR), 422, 'file_refused');
  EICAR.copy(large, large.length - EICAR.length);
  problem(await share('bad.bin', large), 422, 'file_refused');
  problem(await share('long', Buffer.alloc(3 * MIB)), 503, 'not_scanned');
  await until(() => server.log.some((line) => /clamd (at \S+ )?could not say/.test(line)), { what: 'the log says why' });
  await isEmpty();
  (await share('good.txt', 'hello')).expect(201);
  (await share('empty', '')).expect(201);
  (await share('large', Buffer.alloc(3 * MIB / 2, 'x'))).expect(201);

  await clamd.stop();
  problem(await share('late.txt', 'hello'), 503, 'not_scanned');
  assert.equal((await api.get('/rooms/blue/files')).body.items.length, 3);
});

test('by TCP, too', async (t) => {
  const clamd = await Clamd.start({ t, tcp: true });
  const { share } = await begin(t, clamd.address);
  problem(await share('bad.txt', EICAR), 422, 'file_refused');
  (await share('good.txt', 'hello')).expect(201);
});

test('one that is no ClamAV, says nothing or too much, is as good as none', async (t) => {
  const port = await freePort();
  let act = () => {};
  const odd = net.createServer((socket) => socket.on('error', () => {}).on('data', () => act(socket)));
  await new Promise((resolve) => odd.listen(port, '127.0.0.1', resolve));
  t.after(() => odd.close());
  const { share, isEmpty } = await begin(t, `127.0.0.1:${port}`, { 'files.scanner_timeout_s': 1 });
  for (const [what, how] of [['silent', () => {}], ['closed', (socket) => socket.destroy()], ['chatters', (socket) => socket.end('x'.repeat(5000))],
    ['endless', (socket) => socket.end('stream: OK and more\0')], ['another', (socket) => socket.end('file: OK\0')]]) {
    act = how;
    problem(await share(what, 'hello'), 503, 'not_scanned');
  }
  await isEmpty();
});
