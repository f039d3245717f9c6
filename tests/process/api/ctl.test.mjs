/* raduno ctl: rooms, participants and events from a command line, against the real server. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { Child } from '../../support/process.mjs';
import { register } from '../../support/register.mjs';
import { BINARY, startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';

async function begin(t) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const tokenFile = path.join(server.dataDir, 'ctl-token');
  fs.writeFileSync(tokenFile, `${server.token}\n`);
  const place = ['--url', `${server.apiUrl}/`, '--token-file', tokenFile];
  const start = (...words) => new Child(BINARY, ['ctl', ...place, ...words], { name: 'ctl' });
  const ctl = async (...words) => {
    const child = start(...words);
    const { code } = await child.exited;
    return { code, lines: child.lines, text: child.lines.join('\n') };
  };
  return { server, api: server.api, ctl, start, tokenFile };
}

function good({ code, lines, text }) {
  assert.equal(code, 0, text);
  return lines;
}

test('rooms are made, listed page by page, changed and deleted', async (t) => {
  const { api, ctl } = await begin(t);
  assert.deepEqual(good(await ctl('rooms', 'list')), ['none']);
  good(await ctl('rooms', 'create', 'board', 'pin=4711', 'max_participants:=8', 'video.layout=speaker'));
  const { body } = (await api.get('/rooms/board')).expect(200);
  assert.deepEqual([body.max_participants, body.video.layout], [8, 'speaker']);
  for (let i = 0; i < 60; i++) (await api.post('/rooms', { name: `r${String(i).padStart(2, '0')}` })).expect(201);
  const table = good(await ctl('rooms', 'list'));
  assert.match(table[0], /^name +display_name +participants +locked/);
  assert.equal(table.length, 62, 'a heading and all rooms of two pages');
  const list = JSON.parse(good(await ctl('rooms', 'list', '--json')).join('\n'));
  assert.equal(list.length, 61);
  assert.ok(good(await ctl('rooms', 'lock', 'board')).includes('locked: yes'));
  assert.equal((await api.get('/rooms/board')).body.locked, true);
  assert.deepEqual(good(await ctl('rooms', 'delete', 'board')), ['done']);
  (await api.get('/rooms/board')).expect(404);
});

test('a participant is found by name; events are followed', async (t) => {
  const { server, api, ctl, start } = await begin(t);
  const follower = start('events', 'follow');
  t.after(() => follower.end());
  await until(async () => /raduno_api_event_streams 1\n/.test((await api.get('/metrics', { root: true })).body));
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice' });
  const { id } = await alice.participant({ fits: (p) => p.state === 'connected' });
  assert.match(good(await ctl('participants', 'list', 'blue'))[1], new RegExp(`^${id} +connected .* sip:alice@`));
  good(await ctl('participants', 'mute', 'blue', 'Alice'));
  assert.equal((await api.get(`/rooms/blue/participants/${id}`)).body.muted, true);
  await until(() => follower.lines.some((line) => line.startsWith('participant_changed ') && line.includes(`participant.id=${id}`) && line.includes('muted=yes')));
  const nobody = await ctl('participants', 'mute', 'blue', 'bob');
  assert.deepEqual([nobody.code, nobody.text], [1, 'raduno ctl: nobody in the room is called "bob"']);
  good(await ctl('participants', 'kick', 'blue', id));
  await until(async () => (await api.get('/rooms/blue')).status === 404);
});

test('a list of trunks says which are up', async (t) => {
  const { api, ctl } = await begin(t);
  for (const [name, enabled] of [['line', true], ['old', false]]) (await api.post('/trunks', { name, enabled, lines: 4 })).expect(201);
  const cells = good(await ctl('trunks', 'list')).map((line) => line.split(/ +/));
  assert.deepEqual(cells[0], ['name', 'enabled', 'now.up', 'now.registration', 'now.lines_in', 'now.lines_out', 'lines', 'order']);
  for (const [name, , up, registration, linesIn, linesOut, lines] of cells.slice(1)) {
    const { now } = (await api.get(`/trunks/${name}`)).expect(200).body;
    assert.deepEqual([up, registration, linesIn, linesOut, lines], [now.up ? 'yes' : 'no', now.registration, `${now.lines_in}`, `${now.lines_out}`, '4']);
  }
  assert.deepEqual(cells.slice(1).map(([name, , up]) => `${name} ${up}`), ['line yes', 'old no']);
});

test('a phone of an account is seen, and forgotten', async (t) => {
  const { api, ctl, server } = await begin(t);
  (await api.post('/accounts', { name: 'alice', password: 'correct-horse' })).expect(201);
  const phone = await SipEndpoint.open({ t, user: 'alice' });
  assert.equal((await register(phone, server, { name: 'alice', password: 'correct-horse' })).status, 200);
  const [head, row] = good(await ctl('accounts', 'phones', 'alice')).map((line) => line.split(/ +/));
  assert.equal(row[head.indexOf('contact')], phone.uri);
  const id = row[head.indexOf('id')];
  good(await ctl('accounts', 'forget', 'alice', id));
  assert.deepEqual((await api.get('/accounts/alice/registrations')).body.items, []);
  const again = await ctl('accounts', 'forget', 'alice', id);
  assert.equal(again.code, 1);
  assert.match(again.text, /404/);
});

test('what goes wrong has its words and its exit code', async (t) => {
  const { ctl, tokenFile } = await begin(t);
  const cases = [
    [1, /404: There is no room "red/, 'rooms', 'show', 'red/../x'],
    [1, /: The body has a field.*\n {2}\/max_participants is 0/, 'rooms', 'create', 'red', 'max_participants:=0'],
    [2, /"x" is not KEY=TEXT/, 'rooms', 'create', 'red', 'x'],
    [2, /arguments are missing: ROOM PARTICIPANT/, 'participants', 'mute', 'red'],
    [2, /there is no such command: paint/, 'rooms', 'paint'],
    [2, /not understood: more/, 'rooms', 'show', 'red', 'more'],
    [2, /see raduno ctl --help/, '--unknown', 'rooms', 'list'],
    [3, /http:\/\/127.0.0.1:9: /, 'rooms', 'list', '--url', 'http://127.0.0.1:9'],
    [2, /cannot be read: No such file/, 'rooms', 'list', '--token-file', `${tokenFile}.not`],
  ];
  for (const [code, said, ...words] of cases) {
    const answer = await ctl(...words);
    assert.equal(answer.code, code, `${words.join(' ')}: ${answer.text}`);
    assert.match(answer.text, said);
  }
  fs.writeFileSync(tokenFile, 'not-the-right-token\n');
  const refused = await ctl('rooms', 'list');
  assert.equal(refused.code, 1);
  assert.match(refused.text, /^raduno ctl: 401: The bearer token/);
  assert.match(good(await ctl('--help')).join('\n'), /participants mute ROOM PARTICIPANT/);
  assert.ok(good(await ctl('--words', 'rooms')).includes('create'));
});

test('without options it asks the server of this configuration', async (t) => {
  const { server } = await begin(t);
  const config = path.join(server.dataDir, 'ctl.json');
  const [, port] = /:(\d+)$/.exec(server.apiUrl);
  fs.writeFileSync(config, JSON.stringify({ api: { listen: `0.0.0.0:${port}`, admin_token: server.token } }));
  const child = new Child(BINARY, ['ctl', '--config', config, 'server', 'ready', '--json'], { name: 'ctl' });
  assert.equal((await child.exited).code, 0, child.tail());
});
