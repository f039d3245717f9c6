/* Files of a room that are sent to phones unasked, by MSRP in their calls (RFC 5547): taken, declined, not known, cut off, resumed. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { randomBytes, X509Certificate } from 'node:crypto';
import { Caller } from '../../support/caller.mjs';
import { MsrpEnd } from '../../support/msrp.mjs';
import { startMsrpRelay } from '../../support/msrp_relay.mjs';
import { freePort } from '../../support/ports.mjs';
import { parseSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { makeCertificates, secretsOf } from '../../support/tls.mjs';
import { until } from '../../support/wait.mjs';

const noise = (length) => Buffer.concat([Buffer.from('noise'), randomBytes(length)]).subarray(0, length); // of no known type
const OFFERS = '/rooms/blue/file-offers';
const attribute = (media, name) => media.attributes.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1).trim();

async function begin(t, { listen = ['tcp'], set = {} } = {}) {
  const ports = await Promise.all(listen.map(async (kind) => `${kind}:127.0.0.1:${await freePort()}`));
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'sip.msrp_listen': ports, ...set } });
  const { api } = server;
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const share = async (name, bytes) => (await api.request('POST', `/rooms/blue/files?name=${name}`, bytes, { headers: { 'content-type': 'application/octet-stream' } })).expect(201).body;
  return { t, server, api, share, events: await api.events('/events') };
}

/**
 * A phone whose far end offers it files: `takes` says of each section how it is answered (setup, or false: port 0).
 * tls: its secrets; relay: that it is behind; more: lines that it says besides; headers: of its call.
 */
async function phone({ t, server }, name, { takes = () => 'active', chat = false, knowsRanges = true, tls, relay, more = [], headers } = {}) {
  const spare = await Promise.all(Array.from({ length: 6 }, () => MsrpEnd.open({ t, tls })));
  const behind = (path) => (relay ? `${relay.path} ${path}` : path);
  const own = chat ? await MsrpEnd.open({ t }) : null;
  const caller = await Caller.join({ t, server, room: 'blue', name, headers, sdp: own ? { extra: own.section() } : {} });
  const one = { name, caller, offers: [], ends: new Map(), spare, direction: 'sendrecv', id: (await caller.participant({ fits: (p) => p.state === 'connected' })).id };
  const sections = (media) => media.map((section) => {
    if (section.kind === 'audio') return '';
    const id = attribute(section, 'file-transfer-id');
    if (!section.port) return `m=message 0 ${section.protocol} *\r\n`;
    if (!id) return `${own.section().join('\r\n')}\r\n`;
    const setup = takes(section);
    if (!setup) return `m=message 0 ${section.protocol} *\r\n`;
    if (!one.ends.has(id)) one.ends.set(id, Object.assign(spare.pop(), { far: behind(attribute(section, 'path')), setup }));
    const end = one.ends.get(id);
    if (setup === 'active' && !end.socket) end.connect(end.far).catch(() => {});
    const repeated = ['file-selector', 'file-transfer-id', ...(knowsRanges ? ['file-range'] : [])].filter((key) => attribute(section, key));
    const extra = ['a=recvonly', ...repeated.map((key) => `a=${key}:${attribute(section, key)}`), ...more];
    return `${end.section({ setup, types: '*', wrapped: '', chatroom: undefined, path: behind(end.path), extra }).join('\r\n')}\r\n`;
  });
  caller.call.onReinvite = (request) => {
    const { media } = parseSdp(request.body);
    one.offers.push(media);
    return caller.describe({ extra: [], direction: one.direction }) + sections(media).join('');
  };
  /** It takes files only in calls of their own: `answer` gets each; without, it is taken. */
  one.takeAlone = (answer = (incoming) => incoming.answer(one.aloneSdp(incoming))) => {
    one.alone = [];
    caller.sip.onRequest = ({ method, headers }) => (method === 'INVITE' && /tag=/.test(headers.to[0]) ? { status: 488 } : undefined);
    caller.sip.onInvite = (incoming) => one.alone.push(incoming) && answer(incoming);
  };
  one.aloneSdp = ({ request }) => ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ...sections(parseSdp(request.body).media)].join('\r\n');
  one.got = (id) => Buffer.concat(one.ends.get(id)?.received.filter(({ method, type }) => method === 'SEND' && type).map(({ bytes }) => bytes) ?? []);
  return one;
}

const is = (id, state) => ({ type, data }) => type === 'file_offer' && data.file_offer.id === id && data.file_offer.state === state;
const offer = async ({ api }, file, to) => (await api.post(OFFERS, { file: file.id, ...(to ? { to: to.id } : {}) })).expect(201).body.items;
const idOf = (media) => attribute(media, 'file-transfer-id');

test('a file goes to a phone beside its sound, and the section is closed and used again', async (t) => {
  const scene = await begin(t);
  const { api, events } = scene;
  const bytes = noise(300000);
  const file = await scene.share('a b.bin', bytes);
  const ann = await phone(scene, 'ann', { takes: (section) => (attribute(section, 'file-selector').includes('second') ? 'passive' : 'active') });
  assert.equal((await api.get(`/rooms/blue/participants/${ann.id}`)).body.takes_files, 'perhaps');
  const [one] = await offer(scene, file, ann);
  assert.deepEqual([one.state, one.bytes, one.sent_bytes, one.participant, one.display_name, one.name], ['waiting', 300000, 0, ann.id, 'ann', 'a b.bin']);
  for (const state of ['offered', 'sending', 'delivered']) await events.waitFor(is(one.id, state));
  const [, section] = ann.offers[0];
  assert.deepEqual([section.kind, section.protocol, attribute(section, 'setup'), attribute(section, 'file-disposition'), section.direction], ['message', 'TCP/MSRP', 'actpass', 'attachment', 'sendonly']);
  assert.match(attribute(section, 'file-selector'), /^name:"a b\.bin" type:application\/octet-stream size:300000/);
  assert.ok(ann.got(idOf(section)).equals(bytes));
  const { body: seen } = (await api.get(`${OFFERS}/${one.id}`)).expect(200);
  assert.deepEqual([seen.state, seen.sent_bytes, seen.detail], ['delivered', 300000, '']);
  await until(() => ann.offers.length === 2 && !ann.ends.get(idOf(section)).isOpen, { what: 'it is closed' });
  assert.deepEqual(ann.offers[1].map(({ kind, port }) => [kind, port > 0]), [['audio', true], ['message', false]]);
  assert.equal((await api.get(`/rooms/blue/participants/${ann.id}`)).body.takes_files, 'yes');

  const second = await scene.share('second.bin', bytes.subarray(0, 1000));
  const [two] = await offer(scene, second, ann);
  await events.waitFor(is(two.id, 'delivered'));
  assert.equal(ann.offers[2].length, 2);
  assert.ok(ann.got(idOf(ann.offers[2][1])).equals(bytes.subarray(0, 1000)));
  assert.deepEqual((await api.get(OFFERS)).expect(200).body.items.map(({ state }) => state), ['delivered', 'delivered']);
});

test('who declines, knows no files, or is busy keeps the call; two that meet are tried again', async (t) => {
  const scene = await begin(t, { set: { 'sip.file_calls': false } });
  const { api, events } = scene;
  const file = await scene.share('a.bin', noise(1000));
  const ann = await phone(scene, 'ann', { takes: () => false });
  const [declined] = await offer(scene, file, ann);
  await events.waitFor(is(declined.id, 'declined'));
  const old = await phone(scene, 'old');
  old.caller.sip.onRequest = ({ method }) => (method === 'INVITE' ? { status: 488 } : undefined);
  const [unknown] = await offer(scene, file, old);
  const { data } = await events.waitFor(is(unknown.id, 'declined'));
  assert.equal(data.file_offer.detail, 'SIP 488');
  const bob = await phone(scene, 'bob');
  let refused = 0;
  bob.caller.sip.onRequest = ({ method }) => (method === 'INVITE' && refused++ < 1 ? { status: 491 } : undefined);
  const [met] = await offer(scene, file, bob);
  await events.waitFor(is(met.id, 'delivered'));
  assert.ok(refused >= 2);
  for (const one of [ann, old, bob]) {
    await one.caller.renegotiate({ direction: 'sendonly' }); // it is as it was
    assert.equal((await api.get(`/rooms/blue/participants/${one.id}`)).expect(200).body.state, 'connected');
  }
});

test('one that breaks off goes on behind what has arrived; from its begin, with who knows no ranges', async (t) => {
  const scene = await begin(t);
  const { events } = scene;
  const bytes = noise(300000);
  const file = await scene.share('a.bin', bytes);
  for (const knowsRanges of [true, false]) {
    const ann = await phone(scene, `ann${knowsRanges}`, { knowsRanges });
    const first = ann.spare.at(-1); // it answers two chunks, and goes
    first.answer = () => (first.received.filter(({ type }) => type).length < 3 ? 200 : first.socket.end() && 0);
    const [{ id }] = await offer(scene, file, ann);
    const { data: { file_offer: cut } } = await events.waitFor(({ type, data }) => type === 'file_offer' && data.file_offer.id === id && data.file_offer.tries === 1 && data.file_offer.state === 'waiting');
    assert.deepEqual([cut.sent_bytes, cut.detail, cut.ended_at], [65536, 'the connection has ended', null]);
    const { data: { file_offer: done } } = await events.waitFor(is(id, 'delivered'));
    assert.deepEqual([done.tries, done.sent_bytes, done.detail], [2, 300000, '']);
    const files = ann.offers.map((media) => media.filter((section) => section.port && idOf(section))).filter(({ length }) => length);
    assert.deepEqual(files.map(([section]) => attribute(section, 'file-range')), [undefined, '65537-300000', ...(knowsRanges ? [] : [undefined])]);
    assert.equal(new Set(files.map(([section]) => idOf(section))).size, files.length);
    assert.ok(ann.got(idOf(files.at(-1)[0])).equals(knowsRanges ? bytes.subarray(65536) : bytes));
    await until(() => ann.offers.at(-1).every(({ kind, port }) => (kind === 'message') === !port), { what: 'all are closed' });
  }
});

test('who refuses files in its call is called once more, for them alone', async (t) => {
  const scene = await begin(t);
  const { api, events } = scene;
  const bytes = noise(100000);
  const file = await scene.share('a.bin', bytes);
  const ann = await phone(scene, 'ann');
  ann.takeAlone();
  const first = ann.spare.at(-1); // it answers one chunk, and goes
  first.answer = () => (first.received.filter(({ type }) => type).length < 2 ? 200 : first.socket.end() && 0);
  const [one] = await offer(scene, file, ann);
  const { data: { file_offer: seen } } = await events.waitFor(is(one.id, 'delivered'));
  assert.deepEqual([one.own_call, seen.own_call, seen.tries, seen.detail], [false, true, 2, '']);
  const media = ann.alone.map(({ request }) => parseSdp(request.body).media);
  assert.deepEqual(media.map((all) => all.map(({ kind, direction }) => [kind, direction])), [[['message', 'sendonly']], [['message', 'sendonly']]]);
  assert.deepEqual([attribute(media[1][0], 'file-range'), ann.got(idOf(media[1][0])).equals(bytes.subarray(32768))], ['32769-100000', true]);
  assert.match(ann.alone[0].request.header('from'), /<sip:blue@127.0.0.1>/);
  for (const { call } of ann.alone) await call.ended;
  const asked = ann.caller.sip.received.filter(({ method }) => method === 'INVITE').length;
  const [two] = await offer(scene, await scene.share('b.bin', bytes), ann); // it is known how
  await events.waitFor(is(two.id, 'delivered'));
  assert.equal(ann.caller.sip.received.filter(({ method }) => method === 'INVITE').length, asked + 1);

  const bob = await phone(scene, 'bob', { takes: () => false });
  bob.caller.sip.onInvite = (incoming) => incoming.reject(486);
  const [busy] = await offer(scene, file, bob);
  const { data: { file_offer: declined } } = await events.waitFor(is(busy.id, 'declined'));
  assert.deepEqual([declined.own_call, declined.detail], [true, 'SIP 486']);

  const eve = await phone(scene, 'eve');
  eve.takeAlone((incoming) => incoming.ring());
  const [rings] = await offer(scene, file, eve);
  await until(() => eve.alone.length === 1, { what: 'eve is rung' });
  (await api.delete(`${OFFERS}/${rings.id}`)).expect(204);
  await eve.alone[0].cancelled;
  eve.takeAlone();
  for (const end of eve.spare) end.answer = () => 0;
  const [left] = await offer(scene, file, eve);
  await events.waitFor(is(left.id, 'sending'));
  (await api.delete(`/rooms/blue/participants/${eve.id}`)).expect(204);
  await events.waitFor(is(left.id, 'failed'));
  await eve.alone[0].call.ended;

  const kim = await phone(scene, 'kim');
  kim.takeAlone();
  for (const end of kim.spare) end.answer = () => 0;
  const [ended] = await offer(scene, file, kim);
  await events.waitFor(is(ended.id, 'sending'));
  assert.equal((await kim.alone[0].call.bye()).status, 200);
  assert.equal((await events.waitFor(is(ended.id, 'failed'))).data.file_offer.detail, 'the phone has ended it');
});

test('who says to be elsewhere than he calls from has nobody called there', async (t) => {
  const scene = await begin(t);
  const elsewhere = await SipEndpoint.open({ t, ip: '127.0.0.2', user: '4990012345' });
  elsewhere.onRequest = ({ method }) => (method === 'INVITE' ? { status: 488 } : undefined);
  const eve = await phone(scene, 'eve', { headers: { Contact: `<${elsewhere.uri}>` } });
  const [{ id }] = await offer(scene, await scene.share('a.bin', noise(1000)), eve);
  const { data: { file_offer: seen } } = await scene.events.waitFor(is(id, 'declined'));
  assert.deepEqual([seen.own_call, seen.detail], [false, 'SIP 488']);
  const asked = elsewhere.received.filter(({ method }) => method === 'INVITE');
  assert.ok(asked.length && asked.every((request) => request.tag('to')), 'nobody is called who is in no call');
});

test('over TLS: who has another certificate than he has said gets none; to a call on hold, which stays so', async (t) => {
  const authority = makeCertificates(t);
  const [own, other] = ['ann', 'eve'].map((name) => secretsOf(authority.issue(name), authority));
  const more = [`a=fingerprint:SHA-256 ${new X509Certificate(own.cert).fingerprint256}`];
  const scene = await begin(t, { listen: ['tls'] });
  const { api, events } = scene;
  const bytes = noise(100000);
  const file = await scene.share('a.bin', bytes);
  for (const setup of ['active', 'passive']) {
    const ann = await phone(scene, setup, { takes: () => setup, tls: own, more });
    ann.direction = 'sendonly';
    await ann.caller.renegotiate({ direction: 'sendonly' });
    const isOnHold = async () => (await api.get(`/rooms/blue/participants/${ann.id}`)).body.on_hold;
    await until(isOnHold, { what: 'it is on hold' });
    const [{ id }] = await offer(scene, file, ann);
    await events.waitFor(is(id, 'delivered'));
    const [, section] = ann.offers[0];
    assert.equal(section.protocol, 'TCP/TLS/MSRP');
    assert.equal(`sha-256 ${ann.ends.get(idOf(section)).certificate.fingerprint256}`, attribute(section, 'fingerprint'));
    assert.ok(ann.got(idOf(section)).equals(bytes) && await isOnHold());
  }
  const eve = await phone(scene, 'eve', { takes: () => 'passive', tls: other, more });
  const [{ id }] = await offer(scene, file, eve);
  await events.waitFor(is(id, 'failed'));
  assert.deepEqual([...eve.ends.values()].map(({ received }) => received.length), [0]);
});

test('behind a relay, Kamailio: it is there once the phone has reported so', async (t) => {
  const scene = await begin(t);
  const bytes = noise(200000);
  const file = await scene.share('a.bin', bytes);
  const ann = await phone(scene, 'ann', { relay: await startMsrpRelay({ t }) });
  for (const end of ann.spare) end.answer = () => 0; // the relay has answered
  const [{ id }] = await offer(scene, file, ann);
  await scene.events.waitFor(is(id, 'delivered'));
  const [, section] = ann.offers[0];
  assert.ok(ann.got(idOf(section)).equals(bytes));
  const [{ headers }] = ann.ends.get(idOf(section)).received;
  assert.deepEqual([headers['success-report'], headers['from-path'].split(' ').length], ['yes', 2]);
});

test('to all who are known to take files; more than go at once wait', async (t) => {
  const scene = await begin(t);
  const { api, events } = scene;
  const bytes = noise(5000);
  const files = [];
  for (let i = 0; i < 4; i++) files.push(await scene.share(`${i}.bin`, bytes));
  const old = await Caller.join({ t, server: scene.server, room: 'blue', name: 'old' });
  await old.participant({ fits: (p) => p.state === 'connected' });
  assert.equal((await api.post(OFFERS, { file: files[0].id })).expect(409).body.code, 'nobody_takes_files');
  const ann = await phone(scene, 'ann', { chat: true });
  const made = [];
  for (const file of files) made.push(...await offer(scene, file));
  assert.deepEqual(made.map(({ participant }) => participant), files.map(() => ann.id));
  for (const { id } of made) await events.waitFor(is(id, 'delivered'));
  assert.ok(ann.offers.every((media) => media.length <= 8 && media.filter(({ kind, port }) => kind === 'message' && port).length <= 4));
  assert.deepEqual([...ann.ends.keys()].map((id) => ann.got(id).equals(bytes)), [true, true, true, true]);
  const code = async (body) => (await api.post(OFFERS, body)).body.code;
  assert.equal(await code({ file: 'none' }), 'no_such_file');
  assert.equal(await code({ file: files[0].id, to: 'none' }), 'no_such_participant');
});

test('cancelled, its file removed, the call over, nobody connecting: it ends, and the next one goes', async (t) => {
  const scene = await begin(t);
  const { api, events } = scene;
  const files = [];
  for (let i = 0; i < 4; i++) files.push(await scene.share(`${i}.bin`, noise(3000000)));
  const slow = () => (section) => (attribute(section, 'path') ? 'active' : false);
  const ann = await phone(scene, 'ann', { takes: slow() });
  for (const end of ann.spare) end.answer = () => 0; // it never says that it has it
  const [cancelled] = await offer(scene, files[0], ann);
  const [removed] = await offer(scene, files[1], ann);
  const [left] = await offer(scene, files[2], ann);
  for (const { id } of [cancelled, removed, left]) await events.waitFor(is(id, 'sending'));
  assert.equal((await api.post(OFFERS, { file: files[0].id, to: ann.id })).expect(409).body.code, 'is_on_its_way');
  (await api.delete(`${OFFERS}/${cancelled.id}`)).expect(204);
  await events.waitFor(is(cancelled.id, 'cancelled'));
  assert.equal((await api.delete(`${OFFERS}/${cancelled.id}`)).expect(409).body.code, 'offer_is_over');
  (await api.delete(`/rooms/blue/files/${files[1].id}`)).expect(204);
  assert.equal((await events.waitFor(is(removed.id, 'failed'))).data.file_offer.detail, 'the file has been removed');
  await until(() => ann.offers.at(-1).filter(({ port }) => port).length === 2, { what: 'both are closed' });
  const bob = await phone(scene, 'bob', { takes: () => 'passive' });
  for (const end of bob.spare) Object.assign(end, { ip: '127.0.0.2', path: end.path.replace('127.0.0.1', '127.0.0.2') }); // a port that is free is soon another's
  const [unreachable] = await offer(scene, files[3], bob);
  await events.waitFor(is(unreachable.id, 'failed'));
  await ann.caller.leave();
  assert.equal((await events.waitFor(is(left.id, 'failed'))).data.file_offer.detail, 'the participant has left');
});

test('a call may end while it is asked, whether or not that is answered then', async (t) => {
  const scene = await begin(t);
  const file = await scene.share('a.bin', noise(1000));
  for (const answers of [true, false]) {
    const ann = await phone(scene, 'ann');
    let asked;
    ann.caller.sip.onRequest = (request) => {
      if (request.method === 'INVITE') asked = request;
      return request.method === 'INVITE' ? 'ignore' : undefined;
    };
    const [one] = await offer(scene, file, ann);
    await until(() => asked, { what: 'it is asked' });
    const bye = ann.caller.call.bye();
    if (answers) ann.caller.sip.respond(asked, 487, { tag: ann.caller.call.localTag });
    assert.equal((await bye).status, answers ? 200 : 480);
    assert.equal((await scene.events.waitFor(is(one.id, 'failed'))).data.file_offer.detail, 'the participant has left');
  }
});
