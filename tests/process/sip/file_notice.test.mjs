/* Files in messages of phones (as Linphone sends them): into a room, out of it, between accounts; and what is refused. */
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { NOTICE_TYPE, noticeOf, transfer, writeNotice } from '../../support/file_transfer.mjs';
import { png } from '../../support/png.mjs';
import { register } from '../../support/register.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';

const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK, MESSAGE';
const ANN = { name: 'ann', password: 'a long secret' };
const picture = png(32, 32);

async function begin(t, set = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'sip.authenticate': 'off', ...set } });
  (await server.api.post('/accounts', ANN)).expect(201);
  return { t, server, api: server.api, events: await server.api.events('/events') };
}

/** A phone in a room; `heard` is what came, `answer` what it says to it. */
async function phone({ t, server }, name, headers = {}, room = 'blue') {
  const caller = await Caller.join({ t, server, room, name, transport: 'tcp', headers: { Allow: ALLOW, ...headers } });
  Object.assign(caller, { heard: [], answer: () => ({ status: 200 }) });
  caller.sip.onRequest = (request) => {
    if (request.method !== 'MESSAGE') return undefined;
    caller.heard.push({ type: request.header('content-type'), body: request.body });
    return caller.answer(request);
  };
  caller.tell = (body, type = NOTICE_TYPE) => caller.call.request('MESSAGE', { body, type });
  caller.id = (await caller.participant({ fits: (p) => p.state === 'connected' })).id;
  return caller;
}

function get(url) {
  return new Promise((resolve, reject) => {
    http.get(url, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, bytes: Buffer.concat(parts) }));
    }).on('error', reject);
  });
}

const put = async (server, file = { name: 'ein Bild.png', bytes: picture, type: 'image/png' }) => {
  const { status, text } = await transfer(server, ANN, file);
  assert.equal(status, 200, text);
  return noticeOf(text);
};
const shared = ({ type }) => type === 'file_shared';

test('what a phone sends is a file of the room; those who show files are told so, others get a link', async (t) => {
  const scene = await begin(t);
  const { server, api, events } = scene;
  const ann = await phone(scene, 'ann', { 'User-Agent': 'LinphoneDaemon/5.1.65 (belle-sip/5.1.64)' });
  const bob = await phone(scene, 'bob', { 'User-Agent': 'Linphone Desktop/5.0' });
  const carl = await phone(scene, 'carl', { Accept: `text/plain, ${NOTICE_TYPE}` });
  const dora = await phone(scene, 'dora', { Accept: `text/plain, ${NOTICE_TYPE}` });
  const old = await phone(scene, 'old', { 'User-Agent': 'baresip v1.0.0' });
  dora.answer = ({ body }) => (body.startsWith('<') ? { status: 415, reason: 'Unsupported Media Type' } : { status: 200 });

  const notice = await put(server);
  assert.equal((await ann.tell(writeNotice(notice))).status, 200);
  const { data } = await events.waitFor(shared);
  assert.deepEqual([data.room, data.file.name, data.file.type, data.file.bytes, data.file.shared_by],
    ['blue', 'ein Bild.png', 'image/png', picture.length, 'ann'], JSON.stringify(data));
  const { body: { items } } = (await api.get('/rooms/blue/files')).expect(200);
  assert.deepEqual(items.map(({ id }) => id), [data.file.id]);
  await until(() => [bob, carl, old].every(({ heard }) => heard.length === 1) && dora.heard.length === 2, { what: 'all are told' });
  for (const { heard } of [bob, carl]) {
    const told = noticeOf(heard[0].body);
    assert.deepEqual([heard[0].type, told.name, told.type, told.bytes], [NOTICE_TYPE, 'ein Bild.png', 'image/png', picture.length]);
    const got = await get(told.url);
    assert.deepEqual([got.status, got.bytes.equals(picture)], [200, true]);
  }
  assert.deepEqual(dora.heard.map(({ type }) => type), [NOTICE_TYPE, 'text/plain;charset=UTF-8']);
  for (const { body } of [dora.heard[1], old.heard[0]]) assert.match(body, /^ann: ein Bild\.png, \d+ B: http:\/\/\S+$/);
  assert.equal(ann.heard.length, 0, 'who sent it knows it');

  (await api.request('POST', '/rooms/blue/files?name=b.txt', 'of the desk', { headers: { 'content-type': 'text/plain' } })).expect(201);
  await until(() => [ann, bob, old].every(({ heard }) => heard.length > 0 && heard.at(-1).body.includes('b.txt')) && dora.heard.length === 3, { what: 'all are told' });
  assert.deepEqual([ann, bob, dora, old].map(({ heard }) => heard.at(-1).type), [NOTICE_TYPE, NOTICE_TYPE, 'text/plain;charset=UTF-8', 'text/plain;charset=UTF-8']);

  (await api.delete('/rooms/blue')).status; // with its files; the parcel stays for others
  assert.ok((await get(notice.url)).bytes.equals(picture));
});

test('a file may be told to several rooms; a link to elsewhere is a line; what may not be is refused', async (t) => {
  const scene = await begin(t, { 'chat.visitors': true, 'files.room_quota_mib': 1 });
  const { server, api, events } = scene;
  const ann = await phone(scene, 'ann');
  const red = await phone(scene, 'ann', {}, 'red');
  const notice = await put(server);
  for (const { tell } of [ann, red]) assert.equal((await tell(writeNotice(notice))).status, 200);
  for (const room of ['blue', 'red']) assert.equal((await api.get(`/rooms/${room}/files`)).body.items[0].sha256, (await api.get('/rooms/blue/files')).body.items[0].sha256);

  const elsewhere = { name: 'a.txt', type: 'text/plain', bytes: 1234, url: 'https://files.example.com/tmp/a.txt' };
  assert.equal((await ann.tell(writeNotice(elsewhere))).status, 200);
  const { data } = await events.waitFor(({ type, data: { message } }) => type === 'message' && message.origin === 'participant');
  assert.equal(data.message.text, 'a.txt, 1.2 kB: https://files.example.com/tmp/a.txt');
  assert.equal((await api.get('/rooms/blue/files')).body.items.length, 1);

  assert.equal((await ann.tell(writeNotice({ ...notice, key: 'bGFsYQ==' }))).status, 403);
  assert.equal((await ann.tell('<file/>')).status, 400);
  assert.equal((await ann.tell(writeNotice({ ...notice, url: 'file:///etc/passwd' }))).status, 400);
  const envelope = (to) => `From: <sip:ann@example.com>\r\nTo: <${to}>\r\n\r\nContent-Type: ${NOTICE_TYPE}\r\n\r\n${writeNotice(notice)}`;
  const bob = await phone(scene, 'bob');
  assert.equal((await ann.tell(envelope(`sip:blue@example.com;participant=${bob.id}`), 'message/cpim')).status, 403, 'all would see what is for one');
  assert.equal((await api.get('/rooms/blue/files')).body.items.length, 1);
  assert.equal((await ann.tell(envelope('sip:blue@example.com'), 'message/cpim')).status, 200);
  assert.equal((await api.get('/rooms/blue/files')).body.items.length, 2);
  const large = await put(server, { name: 'large', bytes: Buffer.alloc(1 << 20, 'a') });
  assert.equal((await ann.tell(writeNotice(large))).status, 413);
  let slow;
  for (let i = 0; i < 30 && slow?.status !== 503; i++) slow = await red.tell(writeNotice(notice)); // ten at once, one a second
  assert.deepEqual([slow.status, slow.header('retry-after')], [503, '2']);
  (await api.patch('/rooms/blue', { who_may_share: 'nobody' })).expect(200);
  assert.equal((await ann.tell(writeNotice(notice))).status, 403);

  (await api.post('/rooms', { name: 'safe', pin: '4711' })).expect(201);
  const door = await Caller.join({ t, server, room: 'safe', name: 'door' });
  assert.equal((await door.call.request('MESSAGE', { body: writeNotice(notice), type: NOTICE_TYPE })).status, 403);
  assert.deepEqual((await api.get('/rooms/safe/files')).body.items, [], 'of who is not in yet');

  const visitor = await SipEndpoint.open({ t, user: 'eve' });
  const tell = (room) => visitor.request('MESSAGE', server.uri(room), { body: writeNotice(notice), type: NOTICE_TYPE });
  assert.equal((await tell('blue')).status, 403);
  assert.equal((await tell('red')).status, 200);
  assert.equal((await api.get('/rooms/red/files')).body.items.at(-1).shared_by, 'eve');
});

test('between accounts it goes as it came, also later; a phone that does not know it gets the link', async (t) => {
  const { server, api } = await begin(t);
  (await api.post('/accounts', { ...ANN, name: 'bob' })).expect(201);
  const notice = await put(server);
  const ann = await SipEndpoint.open({ t, user: 'ann' });
  const body = writeNotice(notice);
  assert.equal((await ann.request('MESSAGE', server.uri('bob'), { body, type: NOTICE_TYPE })).status, 202);
  await server.restart();
  const phones = [];
  for (const knows of [true, false]) {
    const heard = [];
    const one = await SipEndpoint.open({ t, user: 'bob' });
    one.onRequest = (request) => {
      if (request.method !== 'MESSAGE') return undefined;
      heard.push({ type: request.header('content-type'), body: request.body });
      return { status: knows || request.header('content-type') !== NOTICE_TYPE ? 200 : 415 };
    };
    phones.push({ one, heard });
  }
  assert.equal((await register(phones[1].one, server, { ...ANN, name: 'bob' })).status, 200);
  await until(() => phones[1].heard.length === 2, { what: 'the old phone has the link' });
  assert.deepEqual(phones[1].heard.map(({ type }) => type), [NOTICE_TYPE, 'text/plain;charset=UTF-8']);
  assert.equal(phones[1].heard[1].body, `ein Bild.png, ${picture.length} B: ${notice.url}`);

  assert.equal((await register(phones[0].one, server, { ...ANN, name: 'bob' })).status, 200);
  assert.equal((await ann.request('MESSAGE', server.uri('bob'), { body, type: NOTICE_TYPE })).status, 202);
  await until(() => phones[0].heard.length === 1 && phones[1].heard.length === 4, { what: 'both have it' });
  assert.equal(phones[0].heard[0].body, body.replaceAll('\r\n', '\n'));
  assert.ok((await get(notice.url)).bytes.equals(picture));
});
