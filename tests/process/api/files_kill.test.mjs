/* kill -9 in the midst of uploads, again and again (RADUNO_KILLS; 20): the server starts, and what it
 * lists is on the disk, whole, and nothing else is. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { startServer } from '../../support/server.mjs';
import { sleep, until } from '../../support/wait.mjs';

const KILLS = Number(process.env.RADUNO_KILLS) || 20;
const SENDERS = 3;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** One request; resolves with its status, or null if the server was gone. */
function send(server, method, target, headers, body) {
  return new Promise((resolve) => {
    const request = http.request(`${server.apiUrl}${target}`, { method, headers: { authorization: `Bearer ${server.token}`, ...headers } }, (response) => {
      response.resume().on('end', () => resolve(response)).on('error', () => resolve(null));
    });
    request.on('error', () => resolve(null));
    request.end(body);
  });
}

/** Shares files of many sizes, half of them by tus, until the server is gone; notes what was answered. */
async function keepSending(server, sender, told) {
  for (let i = 0; ; i++) {
    const bytes = Buffer.alloc(1 + ((i * 104729 + sender * 7919) % 400000), `${sender}.${i}`);
    const type = { 'content-type': 'application/octet-stream' };
    let answer = null;
    if (i % 2) {
      answer = await send(server, 'POST', '/api/v1/rooms/blue/files?name=f', type, bytes);
    } else {
      const tus = { 'tus-resumable': '1.0.0' };
      answer = await send(server, 'POST', '/api/v1/rooms/blue/uploads', { ...tus, 'upload-length': bytes.length, 'upload-metadata': 'filename Zg==' });
      if (answer) answer = await send(server, 'PATCH', answer.headers.location, { ...tus, 'upload-offset': 0, 'content-type': 'application/offset+octet-stream' }, bytes);
    }
    if (!answer) return;
    assert.ok([201, 204].includes(answer.statusCode), String(answer.statusCode));
    told.add(sha256(bytes));
  }
}

test(`${KILLS} times killed, and index and disk agree`, async (t) => {
  const server = await startServer({ t });
  (await server.api.post('/rooms', { name: 'blue' })).expect(201);
  const directory = path.join(server.dataDir, 'files');
  let seen = 0;
  let left = 0; // files that were lying there half written
  for (let round = 0; round < KILLS; round++) {
    const told = new Set();
    const sending = Array.from({ length: SENDERS }, (_, sender) => keepSending(server, sender, told));
    await until(() => told.size > 0, { what: 'something is shared' });
    await sleep(Math.random() * 60); // wherever it is just then
    await server.kill9();
    await Promise.all(sending);
    const before = fs.readdirSync(directory).length;
    await server.restart();
    const { items } = (await server.api.get('/rooms/blue/files?limit=200')).expect(200).body;
    const uploads = [];
    for (const id of fs.readdirSync(directory)) {
      const file = items.find((one) => one.id === id);
      if (file) {
        const bytes = fs.readFileSync(path.join(directory, id));
        assert.deepEqual([bytes.length, sha256(bytes)], [file.bytes, file.sha256], id);
        seen++;
      } else {
        const upload = (await server.api.get(`/rooms/blue/uploads/${id}`)).expect(200).body;
        assert.equal(fs.statSync(path.join(directory, id)).size, upload.offset);
        uploads.push(id);
      }
    }
    left += before - items.length;
    assert.equal(fs.readdirSync(directory).length, items.length + uploads.length, 'what is listed is there');
    const listed = new Set(items.map((one) => one.sha256));
    for (const hash of told) assert.ok(listed.has(hash), 'what was answered is kept');
    for (const { id } of items) (await server.api.delete(`/rooms/blue/files/${id}`)).expect(204);
    for (const id of uploads) (await server.api.request('DELETE', `/rooms/blue/uploads/${id}`, undefined, { headers: { 'tus-resumable': '1.0.0' } })).expect(204);
  }
  t.diagnostic(`${seen} files were whole, ${left} were lying there half written`);
  assert.ok(seen >= KILLS);
});
