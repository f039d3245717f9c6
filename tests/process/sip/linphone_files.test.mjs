/* Linphone's own library sends a file to a room and to another Linphone, which fetches it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { LinphoneFile } from '../../support/linphone_file.mjs';
import { png } from '../../support/png.mjs';
import { startServer } from '../../support/server.mjs';

test('Linphone sends a file to a room, and to another Linphone', async (t) => {
  const server = await startServer({ t, set: { 'sip.authenticate': 'off', 'chat.visitors': true } });
  for (const name of ['alice', 'bob']) (await server.api.post('/accounts', { name, password: 'a long secret' })).expect(201);
  (await server.api.post('/rooms', { name: 'blue' })).expect(201);
  const picture = png(64, 64);
  const bob = await LinphoneFile.take({ t, name: 'bob', server, password: 'a long secret' });
  for (const room of ['blue', 'bob'])
    assert.equal((await LinphoneFile.send({ t, name: 'alice', server, password: 'a long secret', to: `sip:${room}@127.0.0.1`, bytes: picture })).at(-1), 'Delivered');
  const { body: { items } } = (await server.api.get('/rooms/blue/files')).expect(200);
  assert.deepEqual(items.map(({ name, type, bytes, shared_by: by }) => [name, type, bytes, by]), [['ein schönes Bild.png', 'image/png', picture.length, 'alice']]);
  assert.equal((await bob.end()).at(-1), 'FileTransferDone');
  assert.ok(fs.readFileSync(bob.file).equals(picture));
});
