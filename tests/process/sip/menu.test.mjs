/* The menu: a number that asks for the number of a conference, over a trunk, from phones, and by name of the URI. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { atEnd } from '../../support/cleanup.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { digitsOf, is } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { rms, writeTone } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';
import { fieldsOf, problem } from '../api/problem.mjs';

const ALICE = 440;
const BOB = 700;
const PIN = '8150';

async function begin(t, rooms = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'rooms.pin_timeout_s': 4, ...rooms } });
  const { api } = server;
  const events = await api.events('/events');
  (await api.post('/numbers', { number: '+493012300', leads_to: 'menu' })).expect(201);
  (await api.post('/numbers', { number: '500', leads_to: 'menu' })).expect(201);
  const { number } = (await api.post('/rooms', { name: 'board', number: 'auto', pin: PIN, announcements: false })).expect(201).body;
  assert.match(number, /^[1-9][0-9]{5}$/);
  return { server, api, events, number };
}

/** Somebody who is asked for a number. */
async function asked(scene, { t, room = '500', name, hz, headers }) {
  const one = await Caller.join({ t, server: scene.server, room, name, hz, headers });
  const { data } = await scene.events.waitFor(is('participant_state', { who: name, state: 'menu' }));
  const { id } = data.participant;
  return { one, id, left: (reason) => scene.events.waitFor(is('participant_left', { id, reason })) };
}

test('a caller keys the number of the conference, then its PIN, and is heard', async (t) => {
  const scene = await begin(t);
  const { api, events, number } = scene;
  const alice = await asked(scene, { t, name: 'alice', hz: ALICE });
  const waiting = (await api.get('/rooms/.menu/participants')).expect(200).body.items;
  assert.deepEqual(waiting.map(({ id, state }) => [id, state]), [[alice.id, 'menu']]);
  const mark = alice.one.rtp.mark();
  await until(() => alice.one.rtp.heardAfter(mark).samples.length && rms(alice.one.rtp.heardAfter(mark).samples) > -50, { what: 'something is said' });
  await alice.one.rtp.sendDigits(`${number}#`);
  await events.waitFor(is('participant_state', { id: alice.id, state: 'pin' }));
  await alice.one.rtp.sendDigits(PIN);
  await events.waitFor(is('participant_joined', { id: alice.id }));
  const bob = await asked(scene, { t, name: 'bob', hz: BOB });
  await bob.one.rtp.sendDigits(number); // no #: after a pause
  await events.waitFor(is('participant_state', { id: bob.id, state: 'pin' }));
  await bob.one.rtp.sendDigits(PIN);
  await events.waitFor(is('participant_joined', { id: bob.id }));
  await Promise.all([waitToHear(alice.one.rtp, { present: [BOB] }), waitToHear(bob.one.rtp, { present: [ALICE] })]);
  assert.equal(digitsOf(events, 'alice'), '', 'what is keyed at the door is no event');
  await until(async () => (await api.get('/rooms/.menu')).status === 404, { what: 'the menu is gone with the last' });
  await bob.one.leave();
  const record = await until(async () => (await api.get('/call-records')).expect(200).body.items.find(({ participant }) => participant === bob.id), { what: 'its record' });
  assert.equal(record.room, 'board');
});

test('who calls by a number with a language is spoken to in it, in the menu and at the door', async (t) => {
  const [MENU, DOOR] = [1000, 1500];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-prompts-'));
  atEnd(t, () => fs.rmSync(folder, { recursive: true, force: true }));
  fs.mkdirSync(path.join(folder, 'it'));
  writeTone(path.join(folder, 'it', 'menu-welcome.wav'), { hz: MENU, rate: 8000, seconds: 20 });
  writeTone(path.join(folder, 'it', 'enter-pin.wav'), { hz: DOOR, rate: 8000, seconds: 20 });
  const scene = await begin(t, { 'media.prompts_directory': folder });
  const { api, number } = scene;
  assert.deepEqual(fieldsOf(problem(await api.post('/numbers', { number: '501', leads_to: 'menu', language: 'de' }), 422, 'invalid_body')), ['/language']);
  assert.equal((await api.post('/numbers', { number: '501', leads_to: 'menu', language: 'IT' })).expect(201).body.language, 'it');
  assert.equal((await api.get('/numbers/500')).expect(200).body.language, null);
  await scene.server.restart();
  assert.equal((await api.get('/numbers/501')).expect(200).body.language, 'it');
  scene.events = await api.events('/events');
  const alice = await asked(scene, { t, room: '501', name: 'alice' });
  await waitToHear(alice.one.rtp, { present: [MENU] });
  await alice.one.rtp.sendDigits(`${number}#`);
  await waitToHear(alice.one.rtp, { present: [DOOR], absent: [MENU] });
  const bob = await asked(scene, { t, name: 'bob' });
  const mark = bob.one.rtp.mark();
  await until(() => bob.one.rtp.heardAfter(mark).samples.length && rms(bob.one.rtp.heardAfter(mark).samples) > -50, { what: 'something is said' });
  await waitToHear(bob.one.rtp, { absent: [MENU] });
  assert.equal((await api.patch('/numbers/501', { language: null })).expect(200).body.language, null);
});

test('a number of a trunk leads there, and a number of a room is dialled, too', async (t) => {
  const scene = await begin(t);
  const { server, api, events, number } = scene;
  (await api.post('/trunks', { name: 'line', networks: ['127.0.0.1'], in_rules: ['0|Z. -> +49$'] })).expect(201);
  const carol = await asked(scene, { t, room: '03012300', name: 'carol' });
  await carol.one.rtp.sendDigits(`${number}#`);
  await events.waitFor(is('participant_state', { id: carol.id, state: 'pin' }));
  (await api.delete('/trunks/line')).expect(204);
  const dave = await Caller.join({ t, server, room: number, name: 'dave' });
  const { data } = await events.waitFor(is('participant_state', { who: 'dave', state: 'pin' }));
  assert.equal(data.room, 'board');
  await dave.leave();
});

test('a real phone', async (t) => {
  const scene = await begin(t);
  (await scene.api.patch('/rooms/board', { pin: '', number: '77' + scene.number.slice(2) })).expect(200);
  const alice = await Baresip.start({ t, name: 'alice', hz: ALICE });
  await alice.dial(scene.server.uri('500'));
  await scene.events.waitFor(is('participant_state', { who: 'alice', state: 'menu' }));
  for (const digit of `77${scene.number.slice(2)}#`) {
    await alice.digits(digit);
    await new Promise((resolve) => setTimeout(resolve, 250)); // a phone sends one after the other
  }
  const { data } = await scene.events.waitFor(is('participant_joined', { who: 'alice' }));
  assert.equal(data.room, 'board');
});

test('wrong numbers and a closed door end the call, each with its reason', async (t) => {
  const scene = await begin(t, { 'rooms.pin_tries': 2 });
  const { api, number } = scene;
  const eve = await asked(scene, { t, name: 'eve' });
  await eve.one.rtp.sendDigits('12#');
  await eve.one.rtp.sendDigits('999999#');
  await eve.left('wrong_number');
  await until(() => eve.one.call.isOver, { what: 'BYE' });
  (await api.patch('/rooms/board', { locked: true })).expect(200);
  const late = await asked(scene, { t, name: 'late' });
  await late.one.rtp.sendDigits(`${number}#`);
  assert.equal((await late.left('refused')).data.detail, 'room_locked');
});

test('what numbers may be', async (t) => {
  const { api, number } = await begin(t);
  (await api.post('/accounts', { name: 'ann', password: 'a long secret', number: '101' })).expect(201);
  for (const taken of [number, '101']) assert.deepEqual(fieldsOf(problem(await api.post('/rooms', { name: 'x', number: taken }), 409, 'number_taken')), ['/number']);
  for (const wrong of ['12', '12a', '1234567890123', 4711])
    assert.deepEqual(fieldsOf(problem(await api.post('/rooms', { name: 'x', number: wrong }), 422, 'invalid_body')), ['/number']);
  const { body } = (await api.post('/rooms', { name: 'x', number: '4711' })).expect(201);
  assert.equal(body.number, '4711');
  assert.deepEqual(fieldsOf(problem(await api.patch('/rooms/x', { number }), 409, 'number_taken')), ['/number']);
  assert.equal((await api.patch('/rooms/x', { number: null })).expect(200).body.number, '');
  problem(await api.post('/rooms', { name: '.menu' }), 422, 'invalid_body');
  assert.deepEqual(fieldsOf(problem(await api.post('/templates', { name: 'x', settings: { number: '4711' } }), 422, 'invalid_body')), ['/settings/number']);
  assert.deepEqual(fieldsOf(problem(await api.post('/numbers', { number: '501', leads_to: 'menu', target: 'board' }), 422, 'invalid_body')), ['/target']);
  assert.deepEqual(fieldsOf(problem(await api.post('/numbers', { number: '501', leads_to: 'room' }), 422, 'invalid_body')), ['/target']);
  assert.equal((await api.patch('/numbers/500', { leads_to: 'room', target: 'board' })).expect(200).body.target, 'board');
  assert.equal((await api.patch('/numbers/500', { leads_to: 'menu' })).expect(200).body.target, '');
});
