/* Uploads that can be resumed (tus 1.0.0): in pieces, cut off, over a restart and a kill -9. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { problem } from './problem.mjs';

const BYTES = Buffer.from(Array.from({ length: 300000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff));
const TUS = { 'tus-resumable': '1.0.0' };
const OFFSET = 'application/offset+octet-stream';
const base64 = (text) => Buffer.from(text).toString('base64');

async function begin(t, set = {}) {
  const server = await startServer({ t, set });
  const { api } = server;
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const create = (length = BYTES.length, metadata = `filename ${base64('a file')}`, headers = TUS) =>
    api.request('POST', '/rooms/blue/uploads', undefined, { headers: { ...headers, 'upload-length': String(length), 'upload-metadata': metadata } });
  const head = (target) => api.request('HEAD', target, undefined, { root: true, headers: TUS });
  const send = (target, offset, body, headers = {}) =>
    api.request('PATCH', target, body, { root: true, headers: { ...TUS, 'content-type': OFFSET, 'upload-offset': String(offset), ...headers } });
  return { server, api, create, head, send, onDisk: () => fs.readdirSync(path.join(server.dataDir, 'files')) };
}

const offsetOf = (answer) => Number(answer.headers['upload-offset']);
const files = async (api) => (await api.get('/rooms/blue/files')).expect(200).body.items;

/** A PATCH of all that is left, of which only some comes; @return the socket. */
function sendSome(server, target, offset, body) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(new URL(server.apiUrl).port, '127.0.0.1');
    socket.on('error', reject).on('connect', () => {
      socket.write(`PATCH ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\nTus-Resumable: 1.0.0\r\nContent-Type: ${OFFSET}\r\nUpload-Offset: ${offset}\r\nContent-Length: ${BYTES.length - offset}\r\n\r\n`);
      socket.write(body, () => resolve(socket));
    });
  });
}

test('in pieces, and shared when the last has come', async (t) => {
  const { server, api, create, head, send } = await begin(t);
  const options = (await api.request('OPTIONS', '/rooms/blue/uploads')).expect(204);
  assert.deepEqual(['tus-resumable', 'tus-version', 'tus-extension', 'tus-max-size'].map((name) => options.headers[name]),
    ['1.0.0', '1.0.0', 'creation,expiration,termination', String(2048 * 2 ** 20)]);
  const made = (await create()).expect(201);
  const target = made.headers.location;
  assert.ok(Date.parse(made.headers['upload-expires']) > Date.now());
  assert.equal(made.headers['tus-resumable'], '1.0.0');
  assert.deepEqual([offsetOf(await head(target)), await files(api)], [0, []]);
  assert.equal(offsetOf((await send(target, 0, BYTES.subarray(0, 100000))).expect(204)), 100000);
  const wrong = await send(target, 5, 'x');
  problem(wrong, 409, 'wrong_offset');
  assert.equal(offsetOf(wrong), 100000);
  problem(await send(target, 100000, Buffer.alloc(BYTES.length)), 413, 'file_too_large');
  problem(await send(target, 100000, 'x', { 'content-type': 'text/plain' }), 415, 'wrong_media_type');
  problem(await send(target, 100000, 'x', { 'tus-resumable': '0.2.0' }), 412, 'wrong_tus_version');
  problem(await send(target, 'x', 'x'), 400, 'bad_header');
  const { headers } = (await head(target)).expect(200);
  assert.deepEqual([headers['upload-offset'], headers['upload-length'], headers['cache-control']], ['100000', String(BYTES.length), 'no-store']);
  assert.equal(offsetOf((await send(target, 100000, BYTES.subarray(100000), { 'transfer-encoding': 'chunked' })).expect(204)), BYTES.length);
  const [file] = await files(api);
  assert.deepEqual([file.id, file.name, file.bytes, file.sha256],
    [path.basename(target), 'a file', BYTES.length, createHash('sha256').update(BYTES).digest('hex')]);
  assert.equal((await head(target)).status, 404);
  await server.restart();
  assert.deepEqual(await files(api), [file]);
});

test('what cannot be created, nor continued when others have its room', async (t) => {
  const { api, create, send, onDisk } = await begin(t, { 'files.max_mib': 1, 'files.room_quota_mib': 1, 'files.upload_idle_s': 0 });
  problem(await create(2 ** 20 + 1), 413, 'file_too_large');
  problem(await create('x'), 400, 'bad_header');
  problem(await create(-1), 400, 'bad_header');
  problem(await create('9'.repeat(30)), 400, 'bad_header');
  problem(await create(5, undefined, {}), 412, 'wrong_tus_version');
  for (const metadata of [`filename ${base64('../x')}`, `filename ${base64('a\nb')}`, 'filename !!!', 'filename', 'name eA==', `filename ${base64('x'.repeat(256))}`])
    problem(await create(5, metadata), 422, 'bad_file_name');
  const { headers } = (await create(2 ** 20, `is_good,filename ${base64('ü')}, x eA==`)).expect(201);
  (await send(headers.location, 0, 'some')).expect(204);
  problem(await create(2 ** 20), 507, 'room_quota');
  const other = (await create(2 ** 20 - 4)).expect(201).headers.location;
  (await send(headers.location, 4, 'more')).expect(204); /* the other one is idle, too */
  problem(await send(other, 0, 'x'), 507, 'room_quota');
  const rest = (await create(2 ** 20 - 8)).expect(201).headers.location;
  (await send(rest, 0, 'x'.repeat(2 ** 20 - 8))).expect(204);
  problem(await send(headers.location, 8, 'even more'), 507, 'room_quota');
  (await api.delete(`/rooms/blue/files/${path.basename(rest)}`)).expect(204);
  (await send(headers.location, 8, 'even more')).expect(204);
  (await api.request('DELETE', other, undefined, { root: true, headers: TUS })).expect(204);
  assert.equal((await api.get(headers.location, { root: true })).expect(200).body.name, 'ü');
  (await api.request('DELETE', headers.location, undefined, { root: true, headers: TUS })).expect(204);
  problem(await api.get(headers.location, { root: true }), 404, 'no_such_upload');
  (await create(2 ** 20)).expect(201);
  await until(() => onDisk().length === 0, { what: 'nothing is on the disk' });
});

test('cut off, and resumed: at once, over a restart, over a kill -9', async (t) => {
  const { server, api, create, head, send } = await begin(t);
  const target = (await create()).expect(201).headers.location;
  let offset = 0;
  const cut = async (more, then) => {
    const socket = await sendSome(server, target, offset, BYTES.subarray(offset, offset + more));
    problem(await until(async () => {
      const answer = await send(target, offset, 'x');
      return answer.status === 423 && answer;
    }), 423, 'upload_in_use');
    await then(socket);
    socket.destroy();
    const seen = await until(async () => {
      const now = offsetOf(await head(target));
      return now > offset && now;
    }, { what: 'what has come counts' });
    assert.ok(seen <= offset + more);
    offset = seen;
  };
  await cut(50000, (socket) => socket.destroy());
  await cut(70001, () => server.restart());
  await cut(10, async (socket) => {
    const lies = () => fs.statSync(path.join(server.dataDir, 'files', path.basename(target))).size > offset;
    await until(lies, { what: 'the bytes are in the file' });
    socket.on('error', () => {});
    await server.kill9();
    await server.restart();
  });
  assert.deepEqual(await files(api), []);
  await until(async () => (await send(target, offset, BYTES.subarray(offset))).status === 204, { what: 'the rest is taken' });
  assert.equal((await files(api))[0].sha256, createHash('sha256').update(BYTES).digest('hex'));
});

test('an upload that nobody continues ends, and gives back what it had reserved', async (t) => {
  const { create, head, send, onDisk } = await begin(t, { 'files.upload_keep_s': 1, 'files.max_mib': 1, 'files.room_quota_mib': 1 });
  const target = (await create(2 ** 20)).expect(201).headers.location;
  (await send(target, 0, 'some')).expect(204);
  await until(async () => (await head(target)).status === 404, { what: 'it is gone' });
  await until(() => onDisk().length === 0, { what: 'its bytes are gone' });
  (await create(2 ** 20)).expect(201);
});
