/* Rooms over REST: made, read, changed, deleted, paged, kept; each refusal with its reason. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { webOffer } from '../../support/web_offer.mjs';
import { startServer } from '../../support/server.mjs';
import { fieldsOf, problem } from './problem.mjs';

const menu = {
  '*0': 'help', '*1': 'mute', '*2': 'raise_hand', '*3': 'headcount', '*4': 'volume_down', '*5': 'lock',
  '*#': 'admit', '*6': 'volume_up', '*7': 'voice_down', '*8': 'mute_all', '*9': 'voice_up',
};

const video = {
  enabled: true, size: '720p', fps: 30, bitrate_kbps: 2000, layout: 'auto', own_view: false, names: true,
  frame_talker: true, fill: false, ground: '#15181c', background: '', logo: '', cost: { shared: 0, own_view: 0 }, now: null,
};

const defaults = { 'rooms.max_participants': 77, 'rooms.join_tone': 'leave', 'rooms.alone': 'noise' };

async function begin(t, set = {}) {
  const server = await startServer({ t, set: { ...defaults, ...set } });
  return { server, api: server.api };
}

test('a room is made, read, changed, deleted', async (t) => {
  const { api } = await begin(t);
  const made = (await api.post('/rooms', { name: 'blue', display_name: 'Blåu 会議' })).expect(201);
  assert.equal(made.headers.location, '/api/v1/rooms/blue');
  const { created_at: createdAt, ...rest } = made.body;
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60000, createdAt);
  assert.deepEqual(rest, {
    name: 'blue', display_name: 'Blåu 会議', number: '', locked: false, moved_to: '', max_participants: 77,
    join_tone: 'leave', alone: 'noise', music: '', loudest: 8, level_voices: false, suppress_noise: false,
    has_pin: false, has_moderator_pin: false, pin_tries: 3, pin_timeout_s: 15, announcements: false, srtp: 'default', codecs: null, language: 'en',
    mute_on_entry: false, allow_unmute: true, lobby: 'off', lobby_timeout_s: 600, max_waiting: 50,
    opens_at: null, closes_at: null, max_duration_s: 0, at_end: 'hang_up', ends_at: null, dial_at_start: [],
    who_may_share: 'all', who_may_chat: 'all', who_may_present: 'all', recording: 'on_request', record_video: false, who_may_record: 'moderators', who_may_watch: 'participants', recording_now: 'none', menu,
    video, persistent: true, participants: 0, waiting: 0, speaker: null, presentation: null,
  });
  assert.deepEqual((await api.get('/rooms/blue')).expect(200).body, made.body);
  const change = { locked: true, max_participants: 3, join_tone: 'none', alone: 'silence', display_name: 'B' };
  const changed = (await api.patch('/rooms/blue', change)).expect(200).body;
  assert.deepEqual(changed, { ...made.body, ...change });
  const nothing = { locked: null, max_participants: null, join_tone: null, alone: null, display_name: null };
  const reset = (await api.patch('/rooms/blue', nothing)).expect(200).body;
  assert.deepEqual(reset, { ...made.body, display_name: '' });
  assert.deepEqual((await api.patch('/rooms/blue', {})).expect(200).body, reset);
  assert.equal((await api.delete('/rooms/blue')).expect(204).body, '');
  problem(await api.get('/rooms/blue'), 404, 'no_such_room');
  problem(await api.delete('/rooms/blue'), 404, 'no_such_room');
  problem(await api.patch('/rooms/blue', {}), 404, 'no_such_room');
});

test('what a room sounds like and asks for is set, and is as configured by null', async (t) => {
  const configured = { 'rooms.music': 'jazz.flac', 'rooms.loudest': 4, 'rooms.level_voices': true, 'rooms.suppress_noise': true,
    'rooms.pin_tries': 5, 'rooms.pin_timeout_s': 20, 'rooms.announcements': false };
  const { api } = await begin(t, configured);
  const before = Object.fromEntries(Object.entries(configured).map(([key, value]) => [key.slice('rooms.'.length), value]));
  const made = (await api.post('/rooms', { name: 'blue', pin: '1234' })).expect(201).body;
  assert.deepEqual({ ...made, ...before, has_pin: true, has_moderator_pin: false }, made);
  const change = { alone: 'music', music: 'Ägypten 1.mp3', loudest: 32, level_voices: false, suppress_noise: false, pin_tries: 10, pin_timeout_s: 3, announcements: true,
    who_may_share: 'moderators', who_may_chat: 'nobody', who_may_present: 'moderators', recording: 'off', record_video: true, who_may_record: 'all', who_may_watch: 'moderators', codecs: ['G722', 'opus', 'VP8'],
    mute_on_entry: true, allow_unmute: false, lobby: 'guests', lobby_timeout_s: 30, max_waiting: 0,
    opens_at: '2026-01-02T03:04:05.678Z', closes_at: '2100-01-01T00:00:00.000Z', max_duration_s: 60, at_end: 'let_finish', dial_at_start: ['sip:bob@example.com', 'tel:+4930123'], ends_at: '2100-01-01T00:00:00.000Z' };
  const { ends_at: endsAt, ...settable } = change;
  const pins = { pin: '0123456789012345', moderator_pin: '000' };
  assert.deepEqual((await api.patch('/rooms/blue', { ...settable, ...pins })).expect(200).body, { ...made, ...change, has_moderator_pin: true });
  const reset = Object.fromEntries(Object.keys({ ...settable, ...pins }).map((name) => [name, null]));
  assert.deepEqual((await api.patch('/rooms/blue', reset)).expect(200).body, { ...made, has_pin: false });
});

test('PINs are shown nowhere, and are in no file', async (t) => {
  const { server, api } = await begin(t);
  const events = await api.events('/events');
  const answers = [(await api.post('/rooms', { name: 'blue', pin: '471147', moderator_pin: '815815' })).expect(201),
    (await api.patch('/rooms/blue', { pin: '991199' })).expect(200),
    (await api.post('/templates', { name: 'red', settings: { pin: '471147', moderator_pin: '815815' } })).expect(201),
    await api.get('/rooms'), await api.get('/templates')];
  assert.deepEqual([answers[3].body.items[0].has_pin, answers[4].body.items[0].settings.has_moderator_pin], [true, true]);
  const kept = fs.readdirSync(server.dataDir).filter((name) => name.startsWith('raduno.db')).map((name) => fs.readFileSync(path.join(server.dataDir, name), 'latin1')).join('');
  assert.ok(kept.includes('blue'));
  for (const pin of ['471147', '815815', '991199'])
    assert.ok(!kept.includes(pin) && !JSON.stringify(answers.map(({ body }) => body)).includes(pin), pin);
  (await api.delete('/rooms/blue')).expect(204);
  await events.waitFor(({ type }) => type === 'room_deleted');
  const told = JSON.stringify(events.all.map(({ data }) => data)) + server.log.join('\n');
  for (const pin of ['471147', '815815', '991199']) assert.ok(!told.includes(pin), pin);
  assert.ok(told.includes('"pin_tries"'));
});

test('a PIN differs from the other of its room, whichever was first', async (t) => {
  const { api } = await begin(t);
  (await api.post('/rooms', { name: 'blue', pin: '471147' })).expect(201);
  for (const [method, at, body] of [['patch', '/rooms/blue', { moderator_pin: '471147' }], ['post', '/rooms', { name: 'x', pin: '1234', moderator_pin: '1234' }],
    ['post', '/templates', { name: 'x', settings: { pin: '1234', moderator_pin: '1234' } }]])
    assert.match(fieldsOf(problem(await api[method](at, body), 422, 'invalid_body')).join(), /moderator_pin$/);
  (await api.patch('/rooms/blue', { moderator_pin: '815815' })).expect(200);
  assert.deepEqual(fieldsOf(problem(await api.patch('/rooms/blue', { pin: '815815' }), 422, 'invalid_body')), ['/moderator_pin']);
  (await api.patch('/rooms/blue', { pin: '815815', moderator_pin: '471147' })).expect(200); // both at once
});

test('a PIN differs from the other of its room, even if both come at once', async (t) => {
  const { api } = await begin(t);
  const names = Array.from({ length: 10 }, (_, i) => `at-once-${i}`);
  for (const name of names) (await api.post('/rooms', { name })).expect(201);
  const statuses = await Promise.all(names.map(async (name) => (await Promise.all(['pin', 'moderator_pin'].map((field) => // nothing is hashed yet when the second comes
    api.patch(`/rooms/${name}`, { [field]: '4711' })))).map(({ status }) => status).sort()));
  for (const of of statuses) assert.deepEqual(of, [200, 422]);
});

test('a menu is given whole, changed by its keys, and switched off', async (t) => {
  const { api } = await begin(t);
  const menuOf = (answer, status) => answer.expect(status).body.menu;
  assert.deepEqual(menuOf(await api.post('/rooms', { name: 'a', menu: { '*1': 'mute', 5: 'hang_up' } }), 201), { 5: 'hang_up', '*1': 'mute' });
  assert.deepEqual(menuOf(await api.patch('/rooms/a', { menu: { '*1': null, '*11': 'end', D: 'help' } }), 200), { 5: 'hang_up', '*11': 'end', D: 'help' });
  assert.deepEqual(menuOf(await api.patch('/rooms/a', { menu: {} }), 200), { 5: 'hang_up', '*11': 'end', D: 'help' });
  assert.deepEqual(menuOf(await api.patch('/rooms/a', { menu: null }), 200), {});
  assert.deepEqual(menuOf(await api.post('/rooms', { name: 'b', menu: {} }), 201), {});
  assert.deepEqual(menuOf(await api.post('/rooms', { name: 'c', menu: null }), 201), {});
  assert.deepEqual(menuOf(await api.post('/rooms', { name: 'd' }), 201), menu);
  for (const [wrong, ...fields] of [
    [{ '*x': 'mute' }, '/menu/*x'], [{ '12345': 'mute' }, '/menu'], [{ '': 'mute' }, '/menu/'], [{ '*1': 'sing' }, '/menu/*1'],
    [{ '*1': 5 }, '/menu/*1'], [{ '*1': 'mute', '*12': 'help' }, '/menu/*12'], [{ '*': 'help' }, '/menu/*'], [{ 'a/b': 'mute' }, '/menu'],
    [[], '/menu'], ['mute', '/menu'],
  ]) {
    assert.deepEqual(fieldsOf(problem(await api.patch('/rooms/d', { menu: wrong }), 422, 'invalid_body')), fields, JSON.stringify(wrong));
    assert.deepEqual((await api.get('/rooms/d')).body.menu, menu);
  }
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`#${10 + i}`, 'mute']));
  assert.match(problem(await api.patch('/rooms/b', { menu: many }), 422, 'invalid_body').errors[0].detail, /24/);
});

test('a room may be named like a telephone number', async (t) => {
  const { api } = await begin(t);
  const { headers } = (await api.post('/rooms', { name: '+4930123' })).expect(201);
  assert.equal((await api.get(headers.location, { root: true })).expect(200).body.name, '+4930123');
  assert.equal((await api.get('/rooms/%2B4930123')).expect(200).body.name, '+4930123');
  for (const name of ['+', '4+4', '++4'])
    assert.deepEqual(fieldsOf(problem(await api.post('/rooms', { name }), 422, 'invalid_body')), ['/name'], name);
});

test('what cannot be taken is refused, each field by name, and nothing is changed', async (t) => {
  const { api } = await begin(t);
  for (const [body, ...fields] of [
    [{}, '/name'],
    [{ name: '' }, '/name'],
    [{ name: 'a b' }, '/name'],
    [{ name: '.hidden' }, '/name'],
    [{ name: 'a'.repeat(65) }, '/name'],
    [{ name: 'ä' }, '/name'],
    [{ name: 5 }, '/name'],
    [{ name: null }, '/name'],
    [{ name: 'x', max_participants: 0 }, '/max_participants'],
    [{ name: 'x', max_participants: 10001 }, '/max_participants'],
    [{ name: 'x', max_participants: 2.5 }, '/max_participants'],
    [{ name: 'x', max_participants: '2' }, '/max_participants'],
    [{ name: 'x', locked: 'yes' }, '/locked'],
    [{ name: 'x', locked: null }, '/locked'],
    [{ name: 'x', join_tone: 'BOTH' }, '/join_tone'],
    [{ name: 'x', alone: 'jazz' }, '/alone'],
    [{ name: 'x', music: '../jazz' }, '/music'],
    [{ name: 'x', music: '.jazz' }, '/music'],
    [{ name: 'x', loudest: 0, pin_tries: 11, pin_timeout_s: 2 }, '/loudest', '/pin_tries', '/pin_timeout_s'],
    [{ name: 'x', pin: '12' }, '/pin'],
    [{ name: 'x', pin: '12a4' }, '/pin'],
    [{ name: 'x', pin: 1234 }, '/pin'],
    [{ name: 'x', moderator_pin: '1'.repeat(17) }, '/moderator_pin'],
    [{ name: 'x', pin: '1234', moderator_pin: '1234' }, '/moderator_pin'],
    [{ name: 'x', display_name: 'd'.repeat(129) }, '/display_name'],
    [{ name: 'x', display_name: 'a\u0007b' }, '/display_name'],
    [{ name: 'x', display_name: 'a\u202eb' }, '/display_name'],
    [{ name: 'x', lokced: true, 'a/b~': 1, participants: 5 }, '/lokced', '/a~1b~0', '/participants'],
  ]) {
    const answer = await api.post('/rooms', body);
    assert.deepEqual(fieldsOf(problem(answer, 422, 'invalid_body')), fields, JSON.stringify(body));
  }
  assert.deepEqual((await api.get('/rooms')).expect(200).body, { items: [], next: null });

  await api.post('/rooms', { name: 'x' });
  const before = (await api.get('/rooms/x')).body;
  for (const [body, ...fields] of [
    [{ name: 'y' }, '/name'],
    [{ locked: true, alone: 7 }, '/alone'],
    [{ locked: true, persistent: false, created_at: 'now' }, '/persistent', '/created_at'],
  ])
    assert.deepEqual(fieldsOf(problem(await api.patch('/rooms/x', body), 422, 'invalid_body')), fields);
  assert.deepEqual((await api.get('/rooms/x')).body, before);
});

test('a name is taken once; the number of rooms has a limit', async (t) => {
  const { api } = await begin(t, { 'rooms.max_rooms': 2 });
  (await api.post('/rooms', { name: 'a' })).expect(201);
  problem(await api.post('/rooms', { name: 'a' }), 409, 'room_exists');
  (await api.post('/rooms', { name: 'A' })).expect(201);
  problem(await api.post('/rooms', { name: 'b' }), 409, 'too_many_rooms');
  (await api.delete('/rooms/a')).expect(204);
  (await api.post('/rooms', { name: 'b' })).expect(201);
});

test('rooms are there again after kill -9', async (t) => {
  const { server, api } = await begin(t);
  const { body } = (await api.post('/rooms', { name: 'kept', locked: true, alone: 'silence', pin: '0123', menu: { '*1': 'help' }, loudest: 2 })).expect(201);
  (await api.post('/rooms', { name: 'gone' })).expect(201);
  (await api.delete('/rooms/gone')).expect(204);
  await server.kill9();
  await server.restart();
  assert.deepEqual((await api.get('/rooms')).expect(200).body.items, [body]);
});

test('1,000 rooms in pages, while rooms come and go', async (t) => {
  const { api } = await begin(t);
  const names = Array.from({ length: 1000 }, (_, i) => `room-${String(i).padStart(4, '0')}`);
  for (let i = 0; i < names.length; i += 20)
    await Promise.all(names.slice(i, i + 20).map(async (name) => (await api.post('/rooms', { name })).expect(201)));
  for (const limit of [200, 7, undefined]) {
    const seen = [];
    let after;
    for (let page = 0; ; page++) {
      const query = new URLSearchParams();
      if (limit) query.set('limit', limit);
      if (after !== undefined) query.set('after', after);
      const { items, next } = (await api.get(`/rooms?${query}`)).expect(200).body;
      assert.ok(items.length <= (limit ?? 50));
      seen.push(...items.map((room) => room.name));
      if (page === 1 && limit === 200) { // behind and before the place where the reader is
        (await api.delete('/rooms/room-0399')).expect(204);
        (await api.post('/rooms', { name: 'room-0000b' })).expect(201);
      }
      if (next === null) break;
      assert.equal(next, items.at(-1).name);
      after = next;
    }
    if (limit === 200) {
      assert.deepEqual(seen, names);
      (await api.post('/rooms', { name: 'room-0399' })).expect(201);
      (await api.delete('/rooms/room-0000b')).expect(204);
    } else {
      assert.deepEqual(seen, names);
    }
  }
  assert.deepEqual((await api.get('/rooms?after=zzz')).expect(200).body, { items: [], next: null });
  assert.equal((await api.get('/rooms?after=room-0998&limit=1')).body.next, null);
  for (const query of ['limit=0', 'limit=201', 'limit=', 'limit=-1', 'limit=1e1', 'limit=99999999999', 'offset=1', 'limit=1&limit=2']) {
    const { errors } = problem(await api.get(`/rooms?${query}`), 400, 'invalid_parameter');
    assert.equal(errors[0].parameter, query.split('=')[0]);
  }
});

test('an Idempotency-Key has a POST done once', async (t) => {
  const { api } = await begin(t);
  const post = (key, body) => api.post('/rooms', body, { headers: { 'idempotency-key': key } });
  const first = (await post('one', { name: 'once' })).expect(201);
  assert.equal(first.headers['idempotent-replayed'], undefined);
  (await api.patch('/rooms/once', { locked: true })).expect(200);
  const second = (await post('one', { name: 'once' })).expect(201);
  assert.deepEqual(second.body, first.body, 'the answer of then');
  assert.equal(second.headers.location, first.headers.location);
  assert.equal(second.headers['idempotent-replayed'], 'true');
  problem(await post('one', { name: 'other' }), 422, 'key_reused');
  problem(await api.post('/rooms/once/participants', { uri: 'sip:a@b' }, { headers: { 'idempotency-key': 'one' } }), 422, 'key_reused');
  problem(await post('two', { name: 'once' }), 409, 'room_exists');
  (await api.delete('/rooms/once')).expect(204);
  (await post('two', { name: 'once' })).expect(201); // a refusal is not remembered
  problem(await post('', { name: 'x' }), 400, 'bad_idempotency_key');
  problem(await post('k'.repeat(129), { name: 'x' }), 400, 'bad_idempotency_key');
  (await post('k'.repeat(128), { name: 'x' })).expect(201);
  const both = await Promise.all([post('three', { name: 'race' }), post('three', { name: 'race' })]);
  assert.deepEqual(both.map(({ status }) => status), [201, 201]);
});

test('rooms are made from templates, by the API and by calls, and keep what they were made with', async (t) => {
  const { server, api } = await begin(t, { 'rooms.template': 'webinar' });
  const { body: made, headers } = (await api.post('/templates', { name: 'webinar', settings: { lobby: 'guests', pin: '4711', video: { fps: 7 } } })).expect(201);
  assert.equal(headers.location, '/api/v1/templates/webinar');
  assert.deepEqual([made.settings.lobby, made.settings.max_participants, made.settings.video.fps, 'pin' in made.settings], ['guests', 77, 7, false]);
  problem(await api.post('/templates', { name: 'webinar' }), 409, 'template_exists');
  assert.deepEqual(fieldsOf(problem(await api.post('/templates', { name: 'x', settings: { lobby: 'no', video: { fps: 1 } } }), 422, 'invalid_body')), ['/settings/lobby']);
  assert.deepEqual(fieldsOf(problem(await api.post('/templates', { name: '../x' }), 422, 'invalid_body')), ['/name']);

  const room = (await api.post('/rooms', { name: 'blue', template: 'webinar', loudest: 3 })).expect(201).body;
  assert.deepEqual([room.lobby, room.loudest, room.video.fps], ['guests', 3, 7]);
  assert.deepEqual(fieldsOf(problem(await api.post('/rooms', { name: 'red', template: 'none' }), 422, 'invalid_body')), ['/template']);
  problem(await api.post('/rooms/red/calls', { offer: webOffer() }, { token: null }), 403, 'pin_required'); // a call's room has it, too

  (await api.patch('/templates/webinar', { settings: { lobby: 'all', pin: null } })).expect(200);
  assert.equal((await api.get('/rooms/blue')).body.lobby, 'guests');
  await server.restart();
  assert.deepEqual((await api.get('/templates')).expect(200).body.items.map(({ name, settings }) => [name, settings.lobby]), [['webinar', 'all']]);
  (await api.delete('/templates/webinar')).expect(204);
  problem(await api.get('/templates/webinar'), 404, 'no_such_template');
});
