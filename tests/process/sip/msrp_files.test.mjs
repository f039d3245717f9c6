/* Files over MSRP (RFC 5547): sent to a room, fetched from it; and all that must not come in, or go out. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { MsrpEnd } from '../../support/msrp.mjs';
import { freePort } from '../../support/ports.mjs';
import { parseSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { makeCertificates, secretsOf } from '../../support/tls.mjs';
import { until } from '../../support/wait.mjs';

async function begin(t, set = {}, env) {
  const [tcp, secure] = [await freePort(), await freePort()];
  const server = await startServer({
    t, env, set: { 'rooms.join_tone': 'none', 'sip.msrp_listen': [`tcp:127.0.0.1:${tcp}`, `tls:127.0.0.1:${secure}`], ...set },
  });
  (await server.api.post('/rooms', { name: 'blue' })).expect(201);
  return { t, server, api: server.api, onDisk: () => fs.readdirSync(path.join(server.dataDir, 'files')) };
}

const body = (lines, version = 1) => `${['v=0', `o=- 4711 ${version} IN IP4 127.0.0.1`, 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ...lines].join('\r\n')}\r\n`;
const attribute = (media, name) => media.attributes.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1);
const sha1 = (bytes) => createHash('sha1').update(bytes).digest('hex').match(/../g).join(':').toUpperCase();
const noise = (length) => Buffer.concat([Buffer.from('noise'), randomBytes(length)]).subarray(0, length); // of no known type
const selectorOf = ({ name = 'slides.bin', bytes, size = bytes?.length, hash = sha1(bytes) }) => `name:"${name}" type:application/octet-stream size:${size} hash:sha-1:${hash}`;

/** A phone that offers to send (or to fetch) a file in a call of its own. */
async function offer({ t, server }, { selector, direction = 'sendonly', extra = [], tls, room = 'blue', id = 'one', answer } = {}) {
  const end = await MsrpEnd.open({ t, tls });
  if (answer) end.answer = answer;
  const sip = await SipEndpoint.open({ t, user: 'ann' });
  const call = sip.call(server.uri(room));
  const lines = end.section({ types: '*', wrapped: '', chatroom: undefined, extra: [`a=${direction}`, `a=file-selector:${selector}`, `a=file-transfer-id:${id}`, 'a=file-disposition:attachment', ...extra] });
  const response = await call.invite(body(lines));
  if (response.status !== 200) return { response, end, call };
  const [section] = parseSdp(response.body).media;
  await end.connect(attribute(section, 'path'));
  return { response, section, end, call, sip };
}

const items = async (api) => (await api.get('/rooms/blue/files')).expect(200).body.items;
const send = (end, bytes, more) => end.sendAll(bytes, { chunk: 10000, type: 'application/octet-stream', ...more });

test('a phone sends a file: it is among those of the room, whole', async (t) => {
  const scene = await begin(t);
  const bytes = noise(123457);
  const { section, end, sip } = await offer(scene, { selector: selectorOf({ name: 'ein B%22ild.bin', bytes }) });
  assert.deepEqual([section.kind, section.protocol, attribute(section, 'accept-types'), attribute(section, 'file-transfer-id'), attribute(section, 'setup')], ['message', 'TCP/MSRP', '*', 'one', 'passive']);
  assert.ok(section.attributes.includes('recvonly'));
  assert.equal(attribute(section, 'file-selector'), selectorOf({ name: 'ein B%22ild.bin', bytes }));
  const last = await send(end, bytes, { headers: ['Success-Report: yes'] });
  assert.equal(last.status, 200);
  const [file] = await until(async () => { const all = await items(scene.api); return all.length && all; }, { what: 'it is shared' });
  assert.deepEqual([file.name, file.bytes, file.sha256, file.shared_by], ['ein B"ild.bin', bytes.length, createHash('sha256').update(bytes).digest('hex'), sip.user ?? 'ann']);
  await until(() => end.received.some(({ method, headers }) => method === 'REPORT' && headers.status === '000 200 OK'), { what: 'a report' });

  const empty = await offer(scene, { selector: selectorOf({ name: 'empty', bytes: Buffer.alloc(0) }) });
  assert.equal((await empty.end.send('', { type: 'text/plain', range: '1-0/0' })).status, 200);
  await until(async () => (await items(scene.api)).length === 2, { what: 'an empty one, too' });
});

test('OPTIONS are answered with what we can; a chat may say that files are known, too', async (t) => {
  const { server, api } = await begin(t);
  const sip = await SipEndpoint.open({ t, user: 'ann' });
  const { status, body: can } = await sip.request('OPTIONS', server.uri('blue'), { headers: { Accept: 'application/sdp' } });
  const section = parseSdp(can).media.find(({ kind }) => kind === 'message');
  assert.deepEqual([status, section.port, section.protocol, section.attributes.includes('file-selector')], [200, 0, 'TCP/MSRP', true]);
  const end = await MsrpEnd.open({ t });
  const response = await sip.call(server.uri('blue')).invite(body(end.section({ extra: ['a=file-selector'] })));
  assert.equal(attribute(parseSdp(response.body).media[0], 'chatroom'), 'nickname private-messages');
  await until(async () => (await api.participants('blue'))[0]?.takes_files === 'yes', { what: 'he can be sent files' });
});

test('what comes again is passed over; over TLS; without a size or a hash', async (t) => {
  const authority = makeCertificates(t);
  const own = secretsOf(authority.issue('ann'), authority);
  const fingerprint = `a=fingerprint:SHA-256 ${new X509Certificate(own.cert).fingerprint256}`;
  const scene = await begin(t);
  const bytes = noise(30000);
  const piece = (end, from, to, flag, data = bytes) => end.send(data.subarray(from, to), { type: 'a/b', id: 'same', range: `${from + 1}-${to}/${data.length}`, flag });
  const { end } = await offer(scene, { selector: selectorOf({ bytes }), tls: own, extra: [fingerprint] });
  assert.equal((await piece(end, 0, 20000, '+')).status, 200);
  assert.equal((await piece(end, 5000, 15000, '+')).status, 200);
  assert.equal((await piece(end, 15000, 30000, '$')).status, 200);
  await until(async () => (await items(scene.api)).length === 1, { what: 'it is whole' });
  const other = await offer(scene, { selector: 'name:"b"' });
  assert.equal((await send(other.end, bytes)).status, 200);
  await until(async () => (await items(scene.api)).length === 2, { what: 'and the other' });
});

test('what must not come in does not, and nothing of it stays', async (t) => {
  const scene = await begin(t, { 'files.max_mib': 1, 'files.refused_types': ['text/html'] });
  const { api, onDisk } = scene;
  const bytes = noise(25000);
  for (const selector of [selectorOf({ name: '../../etc/passwd', bytes }), selectorOf({ name: '.hidden', bytes }), selectorOf({ name: 'a/b', bytes }),
    selectorOf({ bytes, size: 99999999999 }), selectorOf({ bytes, size: '-1' }), selectorOf({ bytes, hash: '00:11' }), 'size:1', 'name:"a" name:"b"'])
    assert.equal((await offer(scene, { selector })).response.status, 488, selector);
  assert.equal((await offer(scene, { selector: selectorOf({ bytes }), direction: 'sendrecv' })).response.status, 488);
  assert.equal((await offer(scene, { selector: selectorOf({ bytes }), extra: ['a=file-range:100-*'] })).response.status, 488);

  const wrong = await offer(scene, { selector: selectorOf({ bytes, hash: sha1('another') }) });
  assert.equal((await send(wrong.end, bytes)).status, 400);
  const long = await offer(scene, { selector: selectorOf({ bytes, size: 20000 }) });
  assert.equal((await send(long.end, bytes)).status, 413);
  const short = await offer(scene, { selector: selectorOf({ bytes, size: 30000 }) });
  assert.equal((await send(short.end, bytes)).status, 413);
  const gap = await offer(scene, { selector: 'name:"gap" size:25000' });
  assert.equal((await gap.end.send(bytes.subarray(10000), { type: 'a/b', range: '10001-25000/25000' })).status, 413);
  const unknown = 'name:"unknown" size:25000'; // nobody could go on with it
  const gives = await offer(scene, { selector: unknown });
  await gives.end.send(bytes.subarray(0, 100), { type: 'a/b', range: '1-100/25000', flag: '#' });
  const leaves = await offer(scene, { selector: unknown });
  await leaves.end.send(bytes.subarray(0, 100), { type: 'a/b', range: '1-100/25000', flag: '+' });
  await leaves.call.bye();
  const page = Buffer.from('<!DOCTYPE html><html><body>hello</body></html>');
  const html = await offer(scene, { selector: selectorOf({ bytes: page }) });
  assert.equal((await send(html.end, page)).status, 200); // it is looked at afterwards
  await until(() => onDisk().length === 0, { what: 'nothing of it stays' });
  assert.deepEqual(await items(api), []);
  (await api.patch('/rooms/blue', { who_may_share: 'nobody' })).expect(200);
  assert.equal((await offer(scene, { selector: selectorOf({ bytes }) })).response.status, 488);
});

test('who waits in the lobby sends and fetches nothing until he is let in', async (t) => {
  const scene = await begin(t);
  const { api } = scene;
  (await api.patch('/rooms/blue', { lobby: 'all' })).expect(200);
  const bytes = noise(1000);
  const { end } = await offer(scene, { selector: selectorOf({ bytes }) });
  assert.equal((await send(end, bytes)).status, 403);
  const [waiting] = await until(async () => { const all = (await api.get('/rooms/blue/participants')).body.items; return all.length && all; }, { what: 'he waits' });
  (await api.patch(`/rooms/blue/participants/${waiting.id}`, { admitted: true })).expect(200);
  await until(async () => (await send(end, bytes)).status === 200, { what: 'he is in' });
  await until(async () => (await items(api)).length === 1, { what: 'it is shared' });
});

test('who waits at the door takes no room among the files, and does not hear which there are', async (t) => {
  const scene = await begin(t, { 'files.room_quota_mib': 1 });
  const { api } = scene;
  const share = (name, bytes) => api.request('POST', `/rooms/blue/files?name=${name}`, bytes, { headers: { 'content-type': 'application/octet-stream' } });
  (await share('there.bin', noise(1000))).expect(201);
  for (const [room, settings] of [['blue', { lobby: 'all' }], ['blue', { lobby: 'off', pin: '4711' }]]) {
    (await api.patch(`/rooms/${room}`, settings)).expect(200);
    const asked = async (name) => {
      const { response, section, end } = await offer(scene, { direction: 'recvonly', selector: `name:"${name}"` });
      return [response.status, section.attributes.filter((line) => !/^(path|file-selector):/.test(line)), attribute(section, 'file-selector').replace(name, 'NAME'), end.received.length];
    };
    assert.deepEqual(await asked('there.bin'), await asked('none.bin'));
    const large = await offer(scene, { selector: selectorOf({ bytes: noise(1), size: 1000000 }) });
    assert.equal(large.response.status, 200);
    (await share('small.bin', noise(500000))).expect(201); // there is room for it
  }
  (await api.patch('/rooms/blue', { pin: null, lobby: 'all' })).expect(200);
  const got = (end) => end.received.filter(({ method, type }) => method === 'SEND' && type).length;
  const [there, none] = [await offer(scene, { direction: 'recvonly', selector: 'name:"there.bin"' }), await offer(scene, { direction: 'recvonly', selector: 'name:"none.bin"' })];
  const large = await offer(scene, { selector: selectorOf({ bytes: noise(1), size: 1000000 }) });
  for (const { id, state } of (await api.get('/rooms/blue/participants')).body.items)
    if (state === 'lobby') (await api.patch(`/rooms/blue/participants/${id}`, { admitted: true })).expect(200);
  await until(() => got(there.end) === 1 && !none.end.isOpen && !large.end.isOpen, { what: 'once inside: one comes, and what cannot be ends' });
});

test('a phone fetches a file by what it knows of it, whole or from a byte on', async (t) => {
  const scene = await begin(t);
  const { api } = scene;
  const bytes = noise(200001);
  (await api.request('POST', '/rooms/blue/files?name=a.bin', bytes, { headers: { 'content-type': 'application/octet-stream' } })).expect(201);
  const got = (end) => Buffer.concat(end.received.filter(({ method, type }) => method === 'SEND' && type).map(({ bytes: piece }) => piece));
  const fetched = async (options) => offer(scene, { direction: 'recvonly', ...options });
  const whole = await fetched({ selector: 'name:"a.bin"' });
  assert.ok(whole.section.attributes.includes('sendonly'));
  assert.equal(attribute(whole.section, 'file-selector').trim(), `name:"a.bin" type:application/octet-stream size:${bytes.length} hash:sha-1:${sha1(bytes)}`);
  await until(() => got(whole.end).length >= bytes.length, { what: 'all of it' });
  assert.ok(got(whole.end).equals(bytes));
  const rest = await fetched({ selector: `size:${bytes.length}`, extra: ['a=file-range:150001-*'] });
  assert.equal(attribute(rest.section, 'file-range'), `150001-${bytes.length}`);
  await until(() => got(rest.end).length >= 50001, { what: 'the rest' });
  assert.ok(got(rest.end).equals(bytes.subarray(150000)));
  const sha256 = createHash('sha256').update(bytes).digest('hex').match(/../g).join(':');
  for (const selector of [`hash:sha-1:${sha1(bytes)}`, `hash:sha-256:${sha256} hash:md5:00`]) {
    const { end } = await fetched({ selector });
    await until(() => got(end).equals(bytes), { what: selector });
  }
  for (const selector of ['name:"b.bin"', `name:"a.bin" size:${bytes.length - 1}`, 'name:"a.bin" type:image/png', 'name:"../blue/a.bin"', `name:"a.bin" hash:sha-1:${sha1('x')}`, `hash:sha-256:${createHash('sha256').update('x').digest('hex').match(/../g).join(':')}`, 'name:"a.bin" hash:md5:00', ''])
    assert.equal((await fetched({ selector })).response.status, 488, selector);
  assert.equal((await fetched({ selector: 'name:"a.bin"', extra: [`a=file-range:${bytes.length + 2}-*`] })).response.status, 488);
});

test('one that was cut off goes on, from the byte where it was or from its begin', async (t) => {
  const scene = await begin(t, { 'files.room_quota_mib': 1 });
  const { api, server, onDisk } = scene;
  const bytes = noise(600000); // more than half of what may be
  const selector = selectorOf({ bytes });
  const piece = (end, from, to, flag, range = `${from + 1}-${to}/${bytes.length}`) => end.send(bytes.subarray(from, to), { type: 'a/b', id: 'same', range, flag });
  const cut = async (options, from, to, ...more) => {
    const one = await offer(scene, { selector, ...options });
    assert.equal(one.response.status, 200);
    assert.equal((await piece(one.end, from, to, '+', ...more)).status, 200);
    await one.call.bye();
    await until(() => !one.end.isOpen, { what: 'it is cut off' });
    return one;
  };
  const from = (byte) => ({ extra: [`a=file-range:${byte}-${bytes.length}`] });
  assert.equal((await offer(scene, { selector, ...from(2) })).response.status, 488); // nothing was begun
  await cut({}, 0, 100000);
  assert.equal(onDisk().length, 1);
  assert.equal((await offer(scene, { selector, ...from(100002) })).response.status, 488); // one is missing
  assert.equal((await offer(scene, { selector: selector.replace('slides', 'other'), ...from(100001) })).response.status, 488);
  assert.equal((await offer(scene, { selector: `name:"slides.bin" size:${bytes.length}`, ...from(100001) })).response.status, 488);
  const second = await cut(from(100001), 100000, 200000);
  assert.equal(attribute(second.section, 'file-range'), `100001-${bytes.length}`);
  await server.restart();
  await cut(from(150001), 150000, 300000, '1-150000/450000'); // numbered from 1 again
  const last = await offer(scene, { selector });
  assert.equal((await last.end.sendAll(bytes, { chunk: 100000, type: 'a/b' })).status, 200);
  const [file] = await until(async () => { const all = await items(api); return all.length && all; }, { what: 'it is shared' });
  assert.deepEqual([file.name, file.bytes, file.sha256], ['slides.bin', bytes.length, createHash('sha256').update(bytes).digest('hex')]);

  const other = noise(5000);
  const begun = await offer(scene, { selector: selectorOf({ name: 'wrong', bytes: other }) });
  assert.equal((await begun.end.send(noise(2000), { type: 'a/b', range: '1-2000/5000', flag: '#' })).status, 200);
  await until(() => onDisk().length === 2, { what: 'it is kept' });
  await begun.call.bye();
  const wrong = await offer(scene, { selector: selectorOf({ name: 'wrong', bytes: other }), extra: ['a=file-range:2001-*'] });
  assert.equal((await wrong.end.send(other.subarray(2000), { type: 'a/b', range: '2001-5000/5000' })).status, 200);
  await until(() => onDisk().length === 1, { what: 'its hash is another: nothing of it stays' });
  assert.equal((await items(api)).length, 1);
});

test('the server, a room, a call end while a file is coming, and nothing of it stays', async (t) => {
  const scene = await begin(t);
  const { server, api, onDisk } = scene;
  const bytes = noise(1000);
  const begun = async () => {
    const one = await offer(scene, { selector: 'name:"a" size:1000' });
    assert.equal((await one.end.send(bytes.subarray(0, 100), { type: 'a/b', range: '1-100/1000', flag: '+' })).status, 200);
    return one;
  };
  await begun();
  (await api.delete('/rooms/blue')).expect(204);
  await until(() => onDisk().length === 0, { what: 'it went with the room' });
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  await begun();
  assert.equal(onDisk().length, 1);
  await server.restart();
  assert.equal(onDisk().length, 0);
});
