/* The language of a room: its prompts are those of the operator's folder, or English. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fieldsOf, problem } from '../api/problem.mjs';
import { Caller } from '../../support/caller.mjs';
import { atEnd } from '../../support/cleanup.mjs';
import { startServer } from '../../support/server.mjs';
import { writeTone } from '../../support/tone.mjs';

test('prompts are said in the language of the room, which has to be there', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-prompts-'));
  atEnd(t, () => fs.rmSync(folder, { recursive: true, force: true }));
  fs.mkdirSync(path.join(folder, 'it'));
  writeTone(path.join(folder, 'muted.wav'), { hz: 440, rate: 8000, seconds: 3 });
  writeTone(path.join(folder, 'it', 'welcome.wav'), { hz: 440, rate: 8000, seconds: 2 });
  const server = await startServer({ t, set: { 'media.prompts_directory': folder } });
  const { api } = server;
  const lengthOf = async (prompt) => (await api.post('/rooms/blue/plays', { prompt })).expect(201).body.length_ms;

  const { errors } = problem(await api.post('/rooms', { name: 'blue', language: 'de' }), 422, 'invalid_body');
  assert.deepEqual(fieldsOf({ errors }), ['/language']);
  assert.match(errors[0].detail, /en, it/);
  assert.equal((await api.post('/rooms', { name: 'blue', language: 'IT' })).expect(201).body.language, 'it');
  await Caller.join({ t, server, room: 'blue', name: 'alice' });
  assert.equal(await lengthOf('welcome'), 2000);
  assert.equal(await lengthOf('muted'), 3000, 'what it has not is said in English');
  assert.equal((await api.patch('/rooms/blue', { language: null })).expect(200).body.language, 'en');
  assert.notEqual(await lengthOf('welcome'), 2000);
});
