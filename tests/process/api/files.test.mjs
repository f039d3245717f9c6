/* Files of rooms: shared in one piece, listed, downloaded, removed; what is refused, and that nothing of it stays. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { png } from '../../support/png.mjs';
import { problem } from './problem.mjs';

const MIB = 1 << 20;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const noise = (length) => Buffer.from(Array.from({ length }, (_, i) => (i * 7919 + (i >> 8)) & 0xff));

async function begin(t, set = {}) {
  const server = await startServer({ t, set });
  (await server.api.post('/rooms', { name: 'blue' })).expect(201);
  const directory = path.join(server.dataDir, 'files');
  const share = (name, body, options = {}) => server.api.request('POST', `/rooms/blue/files${name === null ? '' : `?name=${encodeURIComponent(name)}`}`, body,
    { ...options, headers: { 'content-type': 'application/octet-stream', ...options.headers } });
  return { server, api: server.api, share, onDisk: () => fs.readdirSync(directory).sort() };
}

const list = async (api, room = 'blue') => (await api.get(`/rooms/${room}/files`)).expect(200).body.items;

/** The bytes, as they come. */
function download(server, target, headers = {}) {
  return new Promise((resolve, reject) => {
    http.get(`${server.apiUrl}${target}`, { headers }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(parts) }));
    }).on('error', reject);
  });
}

/** Writes the head of a POST and some bytes of its body, and leaves. */
function sendPart(server, head, body) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(new URL(server.apiUrl).port, '127.0.0.1');
    socket.on('error', reject).on('connect', () => {
      socket.write(`POST /api/v1/rooms/blue/files?name=cut HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n${head}\r\n\r\n`);
      socket.end(body, resolve);
    });
  });
}

test('a file is shared, seen, downloaded and removed', async (t) => {
  const { server, api, share, onDisk } = await begin(t);
  const events = await api.events('/rooms/blue/events');
  const picture = png(16, 16);
  const shared = (await share('a picture.bin', picture)).expect(201);
  const file = shared.body;
  assert.equal(shared.headers.location, `/api/v1/rooms/blue/files/${file.id}`);
  assert.deepEqual([file.name, file.type, file.bytes, file.sha256], ['a picture.bin', 'image/png', picture.length, sha256(picture)]);
  assert.deepEqual((await events.waitFor(({ type }) => type === 'file_shared')).data.file, file);
  assert.deepEqual(await list(api), [file]);
  assert.deepEqual((await api.get(`/rooms/blue/files/${file.id}`)).expect(200).body, file);
  assert.deepEqual(onDisk(), [file.id]);

  const got = await download(server, file.content);
  assert.deepEqual([got.status, got.bytes.equals(picture)], [200, true]);
  assert.equal(got.headers['content-disposition'], 'attachment; filename="a picture.bin"; filename*=UTF-8\'\'a%20picture.bin');
  assert.deepEqual([got.headers['content-type'], got.headers['x-content-type-options'], got.headers.etag], ['image/png', 'nosniff', `"${file.sha256}"`]);

  await server.restart();
  assert.deepEqual(await list(api), [file]);
  assert.ok((await download(server, file.content)).bytes.equals(picture));
  const again = await api.events('/rooms/blue/events');
  (await api.delete(`/rooms/blue/files/${file.id}`)).expect(204);
  assert.equal((await again.waitFor(({ type }) => type === 'file_removed')).data.reason, 'deleted');
  problem(await api.get(`/rooms/blue/files/${file.id}`), 404, 'no_such_file');
  assert.equal((await download(server, file.content)).status, 404);
  await until(() => onDisk().length === 0, { what: 'the bytes are gone' });
  (await share('last', 'bytes')).expect(201);
  (await api.delete('/rooms/blue')).expect(204);
  await until(() => onDisk().length === 0, { what: 'they go with their room' });
});

const part = (head, bytes, boundary = 'x-y') => Buffer.concat([
  Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`), Buffer.from(bytes), Buffer.from('\r\n')]);
const form = (...parts) => Buffer.concat([...parts, Buffer.from('--x-y--\r\n')]);
const ofForm = { headers: { 'content-type': 'multipart/form-data; boundary=x-y' } };

test('a file comes in a form, as pages send it', async (t) => {
  const { server, api, share, onDisk } = await begin(t);
  const bytes = noise(3 * MIB + 17);
  bytes.write('\r\n--x-z\r\n--x-\r\n--', MIB - 5); // nearly a boundary
  const page = new FormData();
  page.set('comment', 'is passed over');
  page.set('anything', new Blob([bytes], { type: 'text/html' }), 'two words.bin');
  const shared = await fetch(`${server.apiUrl}/api/v1/rooms/blue/files`, { method: 'POST', body: page, headers: { authorization: `Bearer ${server.token}` } });
  const file = await shared.json();
  assert.deepEqual([shared.status, file.name, file.bytes, file.sha256], [201, 'two words.bin', bytes.length, sha256(bytes)]);
  assert.ok((await download(server, file.content)).bytes.equals(bytes));
  const own = (await share('own', form(part('name="a"; filename="theirs"', 'abc')), ofForm)).expect(201).body;
  assert.deepEqual([own.name, own.bytes], ['own', 3]);
  assert.equal((await share('empty', form(part('name="a"; filename=""', '')), ofForm)).expect(201).body.bytes, 0);

  const before = onDisk();
  const a = part('name="a"; filename="a"', 'abc');
  for (const [why, body] of [['cut', a], ['empty', ''], ['no boundary', 'hello'], ['no file', form(part('name="a"', 'abc'))], ['two', form(a, a)],
    ['not closed', form(a).subarray(0, -6)], ['encoded', form(part('name="a"; filename="a"\r\nContent-Transfer-Encoding: base64', 'YQ=='))]])
    problem(await share('a', body, ofForm), 400, 'bad_form', why);
  problem(await share('a', form(a), { headers: { 'content-type': 'multipart/form-data' } }), 400, 'bad_form');
  for (const name of ['../a', 'a\\\\b', '.a', '', 'x'.repeat(300)])
    problem(await share(null, form(part(`name="a"; filename="${name}"`, 'abc')), ofForm), 422, 'bad_file_name', name);
  await until(() => onDisk().length === before.length, { what: 'nothing is left of what was refused' });
  assert.equal((await list(api)).length, 3);
});

test('the bytes are for who has a token of the room, or a link, until its end', async (t) => {
  const { server, api, share } = await begin(t);
  const [one, other] = [(await share('one', 'first')).expect(201).body, (await share('other', 'second')).expect(201).body];
  const of = async (room) => (await api.post('/tokens', { name: room, role: 'participant', rooms: [room] })).expect(201).body.token;
  const tokens = { blue: await of('blue'), red: await of('red') };
  const path = `/rooms/blue/files/${one.id}/content`;
  const { searchParams: link } = new URL(one.content, server.apiUrl);
  const ask = (query, token = null) => api.get(`${path}?${new URLSearchParams(query)}`, { token });
  assert.equal((await api.get(path, { token: tokens.blue })).expect(200).body, 'first');
  problem(await api.get(path, { token: tokens.red }), 403, 'other_room');
  problem(await api.get(path, { token: null }), 401, 'no_token');
  assert.equal((await ask(link)).expect(200).body, 'first');
  assert.equal((await ask(link, tokens.red)).expect(200).body, 'first');
  const { searchParams: foreign } = new URL(other.content, server.apiUrl);
  problem(await ask(foreign), 403, 'wrong_link');
  problem(await ask({ expires: link.get('expires'), signature: 'x' }, server.token), 403, 'wrong_link');
  problem(await ask({ expires: Number(link.get('expires')) + 3600, signature: link.get('signature') }), 403, 'wrong_link');
  problem(await ask({ signature: link.get('signature') }), 403, 'wrong_link');
  problem(await ask({ expires: link.get('expires') }), 401, 'no_token');
  const ends = Number(link.get('expires')) - Date.now() / 1000;
  assert.ok(ends > 86400 - 60 && ends <= 86400 + 3600, `it ends in ${ends} s`);
});

test('the chat of the room is told, with a link that needs no token', async (t) => {
  const { server, api, share } = await begin(t);
  const line = async () => (await api.get('/rooms/blue/messages')).expect(200).body.items.at(-1);
  (await share('slides 1.pdf', 'x'.repeat(12345))).expect(201);
  const { text, origin } = await line();
  assert.equal(origin, 'system');
  const [, link] = /^slides 1\.pdf, 12 kB: http:\/\/127\.0\.0\.1:\d+(\/\S+)$/.exec(text);
  assert.equal((await download(server, link)).bytes.length, 12345);
  const { api: other } = await begin(t, { 'api.public_url': 'https://conference.example.com/x' });
  (await other.request('POST', '/rooms/blue/files?name=a', 'x', { headers: { 'content-type': 'text/plain' } })).expect(201);
  const { items } = (await other.get('/rooms/blue/messages')).expect(200).body;
  assert.match(items[0].text, /^a, 1 B: https:\/\/conference\.example\.com\/x\/api\/v1\/rooms\/blue\/files\//);
});

test('pages of many', async (t) => {
  const { api, share } = await begin(t);
  for (let i = 0; i < 5; i++) (await share(`file ${i}`, `${i}`)).expect(201);
  const first = (await api.get('/rooms/blue/files?limit=3')).expect(200).body;
  const rest = (await api.get(`/rooms/blue/files?limit=3&after=${first.next}`)).expect(200).body;
  assert.deepEqual([...first.items, ...rest.items].map(({ name }) => name), [0, 1, 2, 3, 4].map((i) => `file ${i}`));
  assert.equal(rest.next, null);
});

test('ranges, and what they depend on', async (t) => {
  const { server, share } = await begin(t);
  const bytes = noise(1000);
  const { body: file } = (await share('r', bytes)).expect(201);
  const ask = (headers) => download(server, file.content, headers);
  for (const [range, from, to] of [['bytes=0-9', 0, 10], ['bytes=990-', 990, 1000], ['bytes=-5', 995, 1000], ['bytes=5-99999', 5, 1000], ['bytes=999-999', 999, 1000]]) {
    const part = await ask({ range });
    assert.deepEqual([part.status, part.headers['content-range']], [206, `bytes ${from}-${to - 1}/1000`], range);
    assert.ok(part.bytes.equals(bytes.subarray(from, to)), range);
  }
  for (const range of ['bytes=1000-', 'bytes=-0']) {
    const outside = await ask({ range });
    assert.deepEqual([outside.status, outside.headers['content-range']], [416, 'bytes */1000'], range);
  }
  for (const range of ['bytes=5-1', 'bytes=a', 'lines=1-2', 'bytes=0-1,5-6', 'bytes=99999999999999999999-'])
    assert.deepEqual([(await ask({ range })).status, range], [200, range]);
  assert.equal((await ask({ range: 'bytes=0-9', 'if-range': file.sha256 })).status, 200);
  assert.equal((await ask({ range: 'bytes=0-9', 'if-range': `"${file.sha256}"` })).status, 206);
  assert.equal((await ask({ 'if-none-match': `"x", W/"${file.sha256}"` })).status, 304);
});

test('names: kept as they are, or refused', async (t) => {
  const { server, api, share, onDisk } = await begin(t);
  for (const name of ['../up', 'a/b', '..', '.hidden', 'a\\b', '', 'x'.repeat(256)])
    problem(await share(name, 'x'), 422, 'bad_file_name');
  for (const code of ['%00', '%0d%0a', '%1b', '%7f', '%ff', '%e2%80%ae']) // the target itself has to be text
    problem(await api.request('POST', `/rooms/blue/files?name=a${code}`, 'x', { headers: { 'content-type': 'text/plain' } }), 400, 'bad_uri');
  problem(await share(null, 'x'), 400, 'invalid_parameter');
  for (const header of ['attachment; filename="../x"', 'attachment; filename*=UTF-8\'\'..%2Fx', 'attachment; filename*=UTF-8\'\'a%0ab', 'attachment; filename*=UTF-8\'\'%ff', 'attachment; filename*=UTF-8\'\'gnp%e2%80%ae.exe', 'attachment; filename*=latin1\'\'x', `attachment; filename="${'x'.repeat(300)}"`])
    problem(await share(null, 'x', { headers: { 'content-disposition': header } }), 422, 'bad_file_name');
  const good = { 'naïve 名.txt': "attachment; filename=plain; filename*=utf-8'en'na%C3%AFve%20%E5%90%8D.txt", 'a "b".txt': 'inline; filename="a \\"b\\".txt"' };
  for (const [name, header] of Object.entries(good)) {
    const { body } = (await share(null, 'x', { headers: { 'content-disposition': header } })).expect(201);
    assert.equal(body.name, name);
    const back = (await download(server, body.content)).headers['content-disposition'];
    assert.equal(decodeURIComponent(/filename\*=UTF-8''(.*)/.exec(back)[1]), name);
    assert.doesNotMatch(back, /[^ -~]/);
  }
  assert.equal(onDisk().length, 2);
});

test('what may be: size, quotas, types, a scanner', async (t) => {
  const script = path.join(fs.mkdtempSync('/tmp/raduno-scan-'), 'scan');
  t.after(() => fs.rmSync(path.dirname(script), { recursive: true }));
  fs.writeFileSync(script, '#!/bin/sh\n[ "$1" = --quiet ] || exit 5\ngrep -q virus "$2" && exit 1\ngrep -q broken "$2" && exit 2\ngrep -q slow "$2" && exec sleep 60\nexit 0\n', { mode: 0o755 });
  const { server, api, share, onDisk } = await begin(t, { 'files.max_mib': 1, 'files.room_quota_mib': 2, 'files.server_quota_mib': 3,
    'files.refused_types': ['image/*'], 'files.scanner': [script, '--quiet'], 'files.scanner_timeout_s': 1 });
  problem(await share('large', Buffer.alloc(MIB + 1)), 413, 'file_too_large');
  problem(await share('large', Buffer.alloc(MIB + 1), { headers: { 'transfer-encoding': 'chunked' } }), 413, 'file_too_large');
  problem(await share('form', 'a=b', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }), 415, 'wrong_media_type');
  problem(await share('form', 'x', { headers: { 'content-type': 'multipart/mixed; boundary=x' } }), 415, 'wrong_media_type');
  problem(await share('picture.txt', png(16, 16), { headers: { 'content-type': 'text/plain' } }), 415, 'wrong_file_type');
  problem(await share('bad', 'a virus'), 422, 'file_refused');
  problem(await share('odd', 'a broken one'), 503, 'not_scanned');
  problem(await share('late', 'a slow one'), 503, 'not_scanned');
  problem(await share('keyed', 'x', { headers: { 'idempotency-key': 'k' } }), 400, 'bad_idempotency_key');
  problem(await api.request('POST', '/rooms/none/files?name=x', 'x', { headers: { 'content-type': 'text/plain' } }), 404, 'no_such_room');
  assert.deepEqual(await list(api), []);
  await until(() => onDisk().length === 0, { what: 'nothing of what was refused is left' });

  (await share('one', Buffer.alloc(MIB))).expect(201);
  (await share('half', Buffer.alloc(MIB / 2), { headers: { 'transfer-encoding': 'chunked' } })).expect(201);
  problem(await share('two', Buffer.alloc(MIB)), 507, 'room_quota');
  (await share('rest', Buffer.alloc(MIB / 2))).expect(201);
  problem(await share('byte', 'x'), 507, 'room_quota');
  const [refused, taken] = (await api.get('/audit?limit=2')).expect(200).body.items;
  assert.deepEqual([refused.status, refused.code, taken.status, taken.code, taken.path], [507, 'room_quota', 201, '', '/api/v1/rooms/blue/files']);
  (await api.post('/rooms', { name: 'red' })).expect(201);
  const red = (bytes) => api.request('POST', '/rooms/red/files?name=x', Buffer.alloc(bytes), { headers: { 'content-type': 'text/plain' } });
  (await red(MIB / 2)).expect(201);
  problem(await red(MIB), 507, 'server_quota');
  const [{ id }] = await list(api);
  (await api.delete(`/rooms/blue/files/${id}`)).expect(204);
  (await red(MIB)).expect(201);
  assert.equal(server.log.filter((line) => /the scanner .* could not say/.test(line)).length, 2);
});

test('an upload that is cut off at any byte leaves nothing', async (t) => {
  const { server, api, share, onDisk } = await begin(t, { 'files.max_mib': 1, 'files.room_quota_mib': 1, 'api.request_timeout_s': 2 }); // an end may be overlooked until then
  const body = noise(20000);
  for (const cut of [0, 1, 100, 16383, 16384, 19999])
    await sendPart(server, 'Content-Length: 20000', body.subarray(0, cut));
  for (const cut of ['4e20\r\n', '4e20\r\nabc', '3\r\nabc\r\n', '3\r\nabc\r\n0'])
    await sendPart(server, 'Transfer-Encoding: chunked', cut);
  await until(() => onDisk().length === 0, { what: 'the directory is empty' });
  assert.deepEqual(await list(api), []);
  await until(async () => (await share('all of it', Buffer.alloc(MIB))).status === 201, { what: 'all of the quota is free' });
});

test('who is too slow is told so; who is slow but moves is not', async (t) => {
  const { server, share, onDisk } = await begin(t, { 'api.request_timeout_s': 1 });
  const drip = async (name, length, piece) => {
    const socket = net.connect(new URL(server.apiUrl).port, '127.0.0.1');
    let said = '';
    let left = length;
    socket.on('data', (data) => (said += data)).on('error', () => {});
    const closed = new Promise((resolve) => { socket.on('close', resolve); });
    socket.write(`POST /api/v1/rooms/blue/files?name=${name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${server.token}\r\nContent-Length: ${length}\r\n\r\n`);
    const dripping = setInterval(() => left && socket.write(Buffer.alloc(piece)) | (left -= piece), 200);
    await closed;
    clearInterval(dripping);
    return said.split('\r\n\r\n');
  };
  const [head, body] = await drip('slow', 1000, 1);
  assert.match(head, /^HTTP\/1\.1 408 /);
  assert.equal(Number(/Content-Length: (\d+)/.exec(head)[1]), body.length);
  assert.equal(JSON.parse(body).code, 'too_slow');
  await until(() => onDisk().length === 0, { what: 'nothing is left' });
  const [moved] = await drip('moves', 10 * 2 ** 16, 2 ** 16); // twice as long as a request may take
  assert.match(moved, /^HTTP\/1\.1 201 /);
  (await share('after', 'it')).expect(201);
});

test('files end when their time is over', async (t) => {
  const { api, share, onDisk } = await begin(t, { 'files.keep_s': 1 });
  const events = await api.events('/rooms/blue/events');
  const { body } = (await share('short', 'lived')).expect(201);
  assert.ok(Date.parse(body.expires_at) - Date.parse(body.created_at) <= 1000);
  assert.equal((await events.waitFor(({ type }) => type === 'file_removed')).data.reason, 'expired');
  await until(() => onDisk().length === 0, { what: 'the bytes are gone' });
});

test('who is in a room with a browser shares as the room lets him, and removes his own', async (t) => {
  const { api, share } = await begin(t);
  const join = async (display_name) => (await api.post('/rooms/blue/calls', { offer: webOffer(), display_name }, { token: null })).expect(201).body;
  const [ann, bob] = [await join('Ann'), await join('Bob')];
  const [asAnn, asBob] = [{ token: ann.id }, { token: bob.id }];
  const first = await until(async () => { // as soon as it is in
    const answer = await share('hers', 'x', asAnn);
    return answer.status === 201 && answer;
  });
  assert.deepEqual([first.body.shared_by, first.body.shared_by_id], ['Ann', ann.participant]);
  const one = `/rooms/blue/files/${first.body.id}`;
  await until(async () => (await api.get(one, asBob)).status === 200);
  problem(await api.delete(one, asBob), 403, 'not_your_file');
  problem(await api.delete(one, { token: null }), 401, 'no_token');
  (await api.delete(one, asAnn)).expect(204);
  (await api.post('/rooms', { name: 'red' })).expect(201);
  problem(await api.get('/rooms/red/files', asAnn), 403, 'other_room');
  (await api.patch('/rooms/blue', { who_may_share: 'moderators' })).expect(200);
  problem(await share('no', 'x', asAnn), 403, 'may_not_share');
  (await share('yes', 'x')).expect(201);
});
