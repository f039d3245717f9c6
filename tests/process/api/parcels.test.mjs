/* Files that accounts send in messages: put on the server by HTTP, as Linphone does; who may, how much, and for how long. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { authorize, challengesOf } from '../../support/digest.mjs';
import { authorized, formHeaders, formOf, NOTICE_TYPE, noticeOf, post, transfer } from '../../support/file_transfer.mjs';
import { png } from '../../support/png.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const MIB = 1 << 20;
const ALICE = { name: 'alice', password: 'a long secret' };

async function begin(t, set = {}) {
  const server = await startServer({ t, set });
  (await server.api.post('/accounts', ALICE)).expect(201);
  return { server, onDisk: () => fs.readdirSync(path.join(server.dataDir, 'files')).sort() };
}

function refused(answer, status, code) {
  assert.deepEqual([answer.status, JSON.parse(answer.text).code], [status, code], answer.text);
  return JSON.parse(answer.text);
}

function get(server, url) {
  return new Promise((resolve, reject) => {
    http.get(`${server.apiUrl}${new URL(url).pathname}`, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(parts) }));
    }).on('error', reject);
  });
}

test('a file is put there by who knows the password of an account, and fetched by who knows where it is', async (t) => {
  const { server, onDisk } = await begin(t, { 'api.public_url': 'https://files.example.com', 'sip.auth_algorithms': 'both' });
  const asked = await post(server, '');
  assert.equal(asked.status, 401);
  assert.deepEqual(asked.headers['www-authenticate'].map((text) => /algorithm=([\w-]+)/.exec(text)[1]), ['SHA-256', 'MD5']);
  for (const pick of [0, 1]) assert.equal((await post(server, '', await authorized(server, ALICE, { pick }))).status, 204);

  const picture = png(64, 64);
  const answer = await transfer(server, ALICE, { name: 'déjà vu.png', bytes: picture, type: 'application/x-anything' });
  assert.deepEqual([answer.status, answer.headers['content-type']], [200, [NOTICE_TYPE]], answer.text);
  const notice = noticeOf(answer.text);
  const id = onDisk()[0];
  assert.deepEqual([notice.name, notice.type, notice.bytes, notice.url], ['déjà vu.png', 'image/png', picture.length, `https://files.example.com/file-transfer/${id}`]);
  assert.ok(Math.abs(Date.parse(notice.until) - Date.now() - 604800e3) < 60e3, notice.until);
  for (let i = 0; i < 2; i++) {
    const got = await get(server, notice.url);
    assert.deepEqual([got.status, got.headers['content-type'], got.bytes.equals(picture)], [200, 'image/png', true]);
    if (i === 0) await server.restart();
  }
  assert.equal((await get(server, `https://files.example.com/file-transfer/${'0'.repeat(26)}`)).status, 404);
});

test('others are kept out, and who guesses is banned', async (t) => {
  const { server, onDisk } = await begin(t, { 'sip.auth_failures': 4 });
  const file = formOf({ name: 'a', bytes: 'abc' });
  refused(await post(server, file, formHeaders), 401, 'no_password');
  refused(await post(server, file, { ...formHeaders, authorization: `Bearer ${server.token}` }), 401, 'no_password');
  const once = await authorized(server, ALICE);
  assert.equal((await post(server, '', once)).status, 204);
  const again = await post(server, '', once);
  assert.deepEqual([again.status, /stale=true/.test(again.headers['www-authenticate'][0])], [401, true]);
  const elsewhere = (await authorized(server, ALICE)).authorization.replace('uri="/file-transfer"', 'uri="/elsewhere"');
  refused(await post(server, '', { authorization: elsewhere }), 401, 'no_password');
  (await server.api.patch('/accounts/alice', { enabled: false })).expect(200);
  refused(await post(server, file, { ...formHeaders, ...await authorized(server, ALICE) }), 401, 'no_password');
  assert.deepEqual(onDisk(), []);
  const guess = { name: 'alice', password: 'a guess' };
  for (let i = 0; i < 4; i++) {
    const asked = await post(server, '');
    if (asked.status === 429) break; // what was wrong above counts
    await post(server, '', { authorization: authorize(challengesOf(asked)[0], { ...guess, uri: '/file-transfer', method: 'POST' }) });
  }
  refused(await post(server, ''), 429, 'too_many_wrong_passwords');
});

test('what may be: forms, names, sizes, quotas, time', async (t) => {
  const { server, onDisk } = await begin(t, { 'files.max_mib': 2, 'files.account_quota_mib': 3, 'files.refused_types': ['image/png'] });
  const send = async (body, headers = formHeaders) => post(server, body, { ...headers, ...await authorized(server, ALICE) });
  refused(await send('abc', { 'content-type': 'text/plain' }), 415, 'wrong_media_type');
  refused(await send('abc', { 'content-type': 'multipart/form-data' }), 400, 'bad_form');
  refused(await send('abc'), 400, 'bad_form');
  refused(await send(formOf({ name: 'a', bytes: 'abc' }).subarray(0, -9)), 400, 'bad_form');
  for (const name of ['../a', '..', 'a/b', '.hidden', '']) refused(await send(formOf({ name, bytes: 'abc' })), 422, 'bad_file_name');
  refused(await send(formOf({ name: 'a', bytes: png(8, 8) })), 415, 'wrong_file_type');
  refused(await send(formOf({ name: 'a', bytes: Buffer.alloc(2 * MIB + 1, 'a') })), 413, 'file_too_large');
  refused(await send(formOf({ name: 'a', bytes: 'abc' }), { ...formHeaders, 'content-length': 1e9 }), 413, 'file_too_large'); // at once
  await until(() => onDisk().length === 0, { what: 'nothing of it stays' });
  assert.equal((await transfer(server, ALICE, { name: 'a', bytes: Buffer.alloc(2 * MIB, 'a') })).status, 200);
  refused(await transfer(server, ALICE, { name: 'b', bytes: Buffer.alloc(2 * MIB, 'b') }), 413, 'file_too_large'); // of what is left
  assert.equal((await transfer(server, ALICE, { name: 'c', bytes: Buffer.alloc(MIB, 'c') })).status, 200);
  refused(await transfer(server, ALICE, { name: 'd', bytes: 'd' }), 507, 'account_quota');
  (await server.api.post('/accounts', { ...ALICE, name: 'bob' })).expect(201);
  assert.equal((await transfer(server, { ...ALICE, name: 'bob' }, { name: 'd', bytes: 'd' })).status, 200);
  await until(() => onDisk().length === 3, { what: 'and nothing else' });
  (await server.api.delete('/accounts/alice')).expect(204);
  await until(() => onDisk().length === 1, { what: 'hers go with her' });
});

test('where accounts send no files they are told so', async (t) => {
  const { server } = await begin(t, { 'files.account_quota_mib': 0 });
  refused(await transfer(server, ALICE, { name: 'a', bytes: 'abc' }), 501, 'no_files');
});
