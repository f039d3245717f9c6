/* MSRP: the chat of a room for phones that have a session for it (m=message), beside sound or alone. */
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { Caller } from '../../support/caller.mjs';
import { MsrpEnd, cpim } from '../../support/msrp.mjs';
import { startMsrpRelay } from '../../support/msrp_relay.mjs';
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
  return { t, server, api: server.api, events: await server.api.events('/events') };
}

const chatOnly = (lines, version = 1) =>
  `${['v=0', `o=- 4711 ${version} IN IP4 127.0.0.1`, 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ...lines].join('\r\n')}\r\n`;
const attribute = (media, name) => media.attributes.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1);

/** Somebody who only writes: `chat` is his end of the session, once the call stands. */
async function writer({ t, server }, room, name, { section = {}, pathOf = (answer) => attribute(answer, 'path'), ...options } = {}) {
  const chat = await MsrpEnd.open({ t, ...options });
  const sip = await SipEndpoint.open({ t, user: name });
  const call = sip.call(server.uri(room));
  const response = await call.invite(chatOnly(chat.section(section)));
  const one = { name, chat, sip, call, response, uri: `sip:${name}@127.0.0.1`, room: `sip:${room}@127.0.0.1` };
  if (response.status !== 200) return one;
  [one.answer] = parseSdp(response.body).media;
  if ((section.setup ?? 'active') !== 'passive') await chat.connect(pathOf(one.answer));
  one.say = (text, { from = one.uri, to = one.room, ...more } = {}) => chat.send(cpim({ from, to, text, ...more }), more);
  one.participant = () => until(async () => (await server.api.participants(room)).find((p) => p.uri.includes(`:${name}@`)), { what: `${name} is in` });
  one.id = (await one.participant()).id;
  return one;
}

/** The value of a counter in /metrics. */
async function metric({ api }, name) {
  const { body } = (await api.get('/metrics', { root: true })).expect(200);
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(body)[1]);
}

const written = (text) => ({ type, data }) => type === 'message' && data.message.text === text;
const settled = (id) => ({ type, data }) => type === 'message_settled' && data.message.id === id;
const texts = ({ chat }) => chat.messages.map(({ text }) => text);

test('who only writes is in the room: lines go both ways, in chunks, with reports', async (t) => {
  const scene = await begin(t);
  const { api, events, server } = scene;
  const ann = await writer(scene, 'blue', 'ann');
  const bob = await writer(scene, 'blue', 'bob', { section: { setup: 'actpass' } });
  assert.deepEqual([ann.answer.kind, ann.answer.protocol], ['message', 'TCP/MSRP']);
  assert.deepEqual([attribute(ann.answer, 'accept-types'), attribute(ann.answer, 'setup'), attribute(ann.answer, 'chatroom')],
    ['message/cpim', 'passive', 'nickname private-messages']);
  assert.equal((await ann.say('hello\nall')).status, 200);
  const { data } = await events.waitFor(written('hello\nall'));
  assert.equal(data.message.from.participant, ann.id);
  await until(() => bob.chat.messages.length === 1, { what: 'bob hears it' });
  const [heard] = bob.chat.messages;
  assert.deepEqual([heard.name, heard.type, heard.text, heard.to], ['ann', 'text/plain;charset=UTF-8', 'hello\nall', bob.room]);
  assert.match(heard.from, new RegExp(`^sip:blue@127.0.0.1;participant=${ann.id}$`));
  const { data: end } = await events.waitFor(settled(data.message.id));
  assert.deepEqual(end.message.outcome, { pending: 0, delivered: 1, refused: 0, timed_out: 0, unreachable: 0 });

  const long = Array.from({ length: 200 }, (_, i) => `w\u00f6rd${i}`).join(' ');
  const last = await ann.chat.sendAll(cpim({ from: ann.uri, to: ann.room, text: long }), { headers: ['Success-Report: yes'] });
  assert.equal(last.status, 200);
  await events.waitFor(written(long));
  const report = await until(() => ann.chat.received.find(({ method }) => method === 'REPORT'), { what: 'a report of success' });
  assert.match(report.headers.status, /^000 200 /);

  bob.chat.answer = () => 403;
  const { body: desk } = (await api.post('/rooms/blue/messages', { text: 'from the desk', display_name: 'Desk' })).expect(201);
  const { data: refused } = await events.waitFor(settled(desk.id));
  assert.deepEqual(refused.message.outcome, { pending: 0, delivered: 1, refused: 1, timed_out: 0, unreachable: 0 });
  await until(() => texts(ann).includes('from the desk'), { what: 'ann hears the desk' });
  assert.ok(await metric(server, 'raduno_msrp_sessions') === 2 && await metric(server, 'raduno_msrp_received_bytes_total') > 1000);
  await ann.call.bye();
  await until(() => !ann.chat.isOpen, { what: 'the connection ends with the call' });
  assert.equal(await metric(server, 'raduno_msrp_sessions'), 1);
});

test('private lines go to one, and to nobody who does not know them; wrong ones are refused', async (t) => {
  const scene = await begin(t);
  const { api } = scene;
  const ann = await writer(scene, 'blue', 'ann');
  const bob = await writer(scene, 'blue', 'bob');
  const eve = await writer(scene, 'blue', 'eve', { section: { chatroom: '' } });
  const status = async (text, options) => (await ann.say(text, options)).status;
  assert.equal(await status('by address', { to: bob.uri }), 200);
  assert.equal(await status('by ours', { to: `${ann.room};participant=${bob.id}` }), 200);
  assert.equal(await status('x', { to: eve.uri }), 428);
  assert.equal(await status('x', { to: 'sip:nobody@127.0.0.1' }), 404);
  assert.equal(await status('x', { to: [ann.room, bob.uri] }), 403);
  assert.equal(await status('x', { from: bob.uri }), 403);
  assert.equal((await ann.chat.send('bare', { type: 'text/plain' })).status, 415);
  assert.equal(await status('x', { type: 'image/png' }), 415);
  assert.equal((await ann.chat.send('no envelope')).status, 400);
  assert.equal((await ann.chat.request('AUTH')).status, 501);
  assert.equal((await ann.chat.send('x', { to: ann.chat.far.replace(/\/[^/]*;/, '/0000;') })).status, 481);
  assert.equal((await ann.chat.send('x', { from: bob.chat.path })).status, 481);
  assert.equal(await status('x'.repeat(40000)), 413);
  assert.equal(await status('for all'), 200);
  (await api.post('/rooms/blue/messages', { text: 'desk to bob', to: bob.id })).expect(201);
  assert.equal((await api.post('/rooms/blue/messages', { text: 'desk to eve', to: eve.id })).expect(409).body.code, 'cannot_be_told');
  await until(() => texts(bob).length === 4 && texts(eve).length === 1, { what: 'both have theirs' });
  assert.deepEqual([texts(bob), texts(eve)], [['by address', 'by ours', 'for all', 'desk to bob'], ['for all']]);
  assert.equal(bob.chat.messages[0].to, `sip:blue@127.0.0.1;participant=${bob.id}`);
  await bob.call.bye();
  await until(async () => (await api.participants('blue')).length === 2, { what: 'bob has left' });
  assert.deepEqual([await status('x', { to: bob.uri }), await status('x', { to: `${ann.room};participant=${bob.id}` })], [404, 404]);
});

test('a nickname is a name that no other has', async (t) => {
  const scene = await begin(t);
  const ann = await writer(scene, 'blue', 'ann');
  const bob = await writer(scene, 'blue', 'bob');
  const ask = async ({ chat }, value) => (await chat.request('NICKNAME', { headers: value === undefined ? [] : [`Use-Nickname: ${value}`] })).status;
  assert.equal(await ask(ann, '"The \\"Queen\\""'), 200);
  assert.equal((await ann.participant()).display_name, 'The "Queen"');
  assert.equal(await ask(bob, '"the \\"queen\\""'), 425);
  assert.equal(await ask(bob, '"Ann'), 424);
  assert.equal(await ask(bob, `"${'x'.repeat(1024)}"`), 424);
  assert.equal(await ask(bob, undefined), 424);
  await ann.say('hi');
  await until(() => bob.chat.messages[0]?.name === 'The \\"Queen\\"', { what: 'lines have it' });
  assert.equal(await ask(ann, '""'), 200);
  assert.equal((await ann.participant()).display_name, '');
  assert.equal(await ask(bob, '"The \\"Queen\\""'), 200);
});

test('beside sound: browsers, phones with MESSAGE and with MSRP read the same; who types is told', async (t) => {
  const scene = await begin(t);
  const { server, events } = scene;
  const chat = await MsrpEnd.open({ t });
  const ann = await Caller.join({ t, server, room: 'blue', name: 'ann', hz: 440, headers: { Allow: 'INVITE, ACK, CANCEL, BYE, MESSAGE' }, sdp: { extra: chat.section() } });
  const old = await Caller.join({ t, server, room: 'blue', name: 'old', headers: { Allow: 'INVITE, ACK, CANCEL, BYE, MESSAGE' } });
  const heard = { ann: [], old: [] };
  for (const one of [ann, old]) {
    one.sip.onRequest = ({ method, body }) => {
      if (method === 'MESSAGE') heard[one.name].push(body);
      return { status: 200 };
    };
  }
  const sections = () => parseSdp(ann.sip.received.filter(({ status, body }) => status === 200 && body).at(-1).body).media;
  const path = attribute(sections()[1], 'path');
  await chat.connect(path);
  const uri = ann.sip.uri.replace(/:\d+$/, '');
  const room = 'sip:blue@127.0.0.1';
  const { id } = await ann.participant({ fits: (p) => p.state === 'connected' });
  await old.participant({ fits: (p) => p.state === 'connected' });
  assert.equal((await chat.send(cpim({ from: uri, to: room, text: 'by MSRP' }))).status, 200);
  await until(() => heard.old.length === 1, { what: 'the other phone hears it' });
  assert.equal((await old.call.request('MESSAGE', { body: 'by SIP', type: 'text/plain' })).status, 200);
  await until(() => chat.messages.length === 1, { what: 'it comes by MSRP' });
  assert.deepEqual([heard.old, chat.messages[0].text, heard.ann], [['ann: by MSRP'], 'by SIP', []]);
  const composing = (state) => `<?xml version="1.0"?><isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>${state}</state></isComposing>`;
  const type = 'application/im-iscomposing+xml';
  assert.equal((await chat.send(cpim({ from: uri, to: room, type, text: composing('active') }))).status, 200);
  await events.waitFor(({ type: kind, data }) => kind === 'participant_typing' && data.participant.id === id && data.participant.typing);
  assert.equal((await old.call.request('MESSAGE', { body: composing('active'), type })).status, 200);
  await until(() => chat.messages.some((one) => one.type === type && /<state>active</.test(one.text)), { what: 'that old types' });

  await ann.renegotiate({ direction: 'sendonly' }); /* nothing of it has changed */
  assert.equal(attribute(sections()[1], 'path'), path);
  assert.equal((await chat.send(cpim({ from: uri, to: room, text: 'still here' }))).status, 200);
  const offered = await ann.call.reinvite(undefined, { ackBody: ann.describe() });
  assert.equal(attribute(parseSdp(offered.body).media[1], 'path'), path); /* ours has it, too */
  chat.answer = () => 0;
  await old.call.request('MESSAGE', { body: 'not answered', type: 'text/plain' });
  const { data: { message: lost } } = await events.waitFor(written('not answered'));
  await until(() => chat.messages.at(-1).text === 'not answered', { what: 'she has it, and says nothing' });
  ann.sdp = { extra: chat.section().map((line) => line.replace(/^m=message \d+/, 'm=message 0')) };
  await ann.renegotiate();
  await until(() => !chat.isOpen, { what: 'the session is over' });
  const { data: { message: given } } = await events.waitFor(settled(lost.id)); /* nobody will say any more */
  assert.deepEqual([given.outcome.pending, given.outcome.timed_out], [0, 1]);
  await old.call.request('MESSAGE', { body: 'again by SIP', type: 'text/plain' });
  await until(() => heard.ann.length === 1, { what: 'lines come by MESSAGE again' });
});

test('at the door nothing is written, nor read', async (t) => {
  const scene = await begin(t);
  const { api } = scene;
  (await api.post('/rooms', { name: 'blue', lobby: 'all' })).expect(201);
  const ann = await writer(scene, 'blue', 'ann');
  assert.equal((await ann.participant()).state, 'lobby');
  assert.equal((await ann.say('let me in')).status, 403);
  assert.equal((await ann.chat.request('NICKNAME', { headers: ['Use-Nickname: "Ann"'] })).status, 403);
  (await api.post('/rooms/blue/messages', { text: 'not for those outside' })).expect(201);
  (await api.patch(`/rooms/blue/participants/${ann.id}`, { admitted: true })).expect(200);
  await until(async () => (await ann.participant()).state === 'connected', { what: 'she is let in' });
  assert.equal((await ann.say('I am in')).status, 200);
  assert.deepEqual(texts(ann), ['You are in the lobby until somebody lets you in.']);
  (await api.post('/rooms', { name: 'safe', pin: '4711' })).expect(201);
  const bob = await writer(scene, 'safe', 'bob');
  await until(() => /asks for a PIN/.test(texts(bob)), { what: 'he is told what to do' });
  assert.deepEqual([(await bob.say('what is it?')).status, (await bob.say('0000')).status], [403, 200]);
  assert.equal((await bob.participant()).state, 'pin');
  await until(async () => (await bob.say('4711')).status === 200 && (await bob.participant()).state === 'connected', { what: 'the right one lets him in' });
});

test('over TLS, by fingerprint; and only so where media has to be encrypted', async (t) => {
  const authority = makeCertificates(t);
  const [own, other] = ['ann', 'eve'].map((name) => secretsOf(authority.issue(name), authority));
  const scene = await begin(t);
  (await scene.api.post('/rooms', { name: 'safe', srtp: 'required' })).expect(201);
  const line = (secrets) => `a=fingerprint:sha-256 ${new X509Certificate(secrets.cert).fingerprint256}`;
  assert.equal((await writer(scene, 'safe', 'bob')).response.status, 488);
  const ann = await writer(scene, 'safe', 'ann', { tls: own, section: { extra: [line(own)] } });
  assert.deepEqual([ann.answer.protocol, ann.chat.certificate.fingerprint256],
    ['TCP/TLS/MSRP', attribute(ann.answer, 'fingerprint').slice('sha-256 '.length)]);
  assert.equal((await ann.say('secretly')).status, 200);
  const eve = await MsrpEnd.open({ t, tls: other });
  const sip = await SipEndpoint.open({ t, user: 'eve' });
  const call = sip.call(scene.server.uri('safe'));
  const [answer] = parseSdp((await call.invite(chatOnly(eve.section({ extra: [line(own)] })))).body).media;
  assert.equal((await eve.connect(attribute(answer, 'path'))).status, 481); /* her certificate is another one */
  const bob = await writer(scene, 'safe', 'bob', { tls: own, section: { setup: 'passive', extra: [line(own)] } });
  await until(() => bob.chat.received.length === 1, { what: 'we connect, and say who we are' });
  bob.chat.far = attribute(bob.answer, 'path');
  assert.equal((await bob.say('by your connection')).status, 200);
});

test('where we connect: to what the path says, or CEMA; the far end may come again', async (t) => {
  const scene = await begin(t);
  const ann = await writer(scene, 'blue', 'ann', { section: { setup: 'passive' } });
  await until(() => ann.chat.received.length === 1, { what: 'we have connected' });
  assert.equal(attribute(ann.answer, 'setup'), 'active');
  assert.deepEqual([ann.chat.received[0].method, ann.chat.received[0].body], ['SEND', '']);
  ann.chat.far = attribute(ann.answer, 'path');
  assert.equal((await ann.say('hello')).status, 200);
  const bob = await MsrpEnd.open({ t });
  const hidden = bob.path.replace('127.0.0.1', '192.0.2.77');
  const sip = await SipEndpoint.open({ t, user: 'bob' });
  const call = sip.call(scene.server.uri('blue'));
  const [answer] = parseSdp((await call.invite(chatOnly(bob.section({ setup: 'passive', path: hidden, extra: ['a=msrp-cema'] })))).body).media;
  assert.ok(answer.attributes.includes('msrp-cema'));
  await until(() => bob.received.length === 1, { what: 'we have connected to c= and m=' });
  const eve = await writer(scene, 'blue', 'eve');
  eve.chat.socket.destroy();
  await until(async () => (await eve.chat.connect(eve.chat.far)).status === 200, { what: 'she is let in again' });
  assert.equal((await eve.say('again')).status, 200);
});

test('behind a relay: Kamailio passes on what goes both ways', async (t) => {
  const scene = await begin(t);
  const relay = await startMsrpRelay({ t });
  const bob = await writer(scene, 'blue', 'bob');
  const chat = await MsrpEnd.open({ t });
  const sip = await SipEndpoint.open({ t, user: 'ann' });
  const path = `${relay.path} ${chat.path}`;
  const response = await sip.call(scene.server.uri('blue')).invite(chatOnly(chat.section({ path })));
  const far = `${relay.path} ${attribute(parseSdp(response.body).media[0], 'path')}`;
  await chat.connect(far, { silent: true });
  chat.answer = () => 0; /* the relay has answered */
  const line = cpim({ from: 'sip:ann@127.0.0.1', to: bob.room, text: 'by relay' });
  assert.equal((await chat.sendAll(line, { headers: ['Success-Report: yes'] })).status, 200);
  await until(() => texts(bob).length === 1, { what: 'bob hears it' });
  await bob.say('and back');
  await until(() => chat.messages.length === 1, { what: 'ann hears him' });
  assert.deepEqual([texts(bob), chat.messages[0].text], [['by relay'], 'and back']);
  const report = await until(() => chat.received.find(({ method }) => method === 'REPORT'), { what: 'that it is there' });
  assert.deepEqual([report.headers.status, report.headers['byte-range']], ['000 200 OK', `1-${line.length}/${line.length}`]);
  const { headers } = chat.received.find(({ type }) => type);
  assert.equal(headers['from-path'], far);
  const { data } = await scene.events.waitFor(({ type, data: said }) => type === 'message_settled' && said.message.text === 'and back');
  assert.equal(data.message.outcome.delivered, 1);
});

test('whom we call is offered it if that is asked for, and need not take it', async (t) => {
  const scene = await begin(t);
  const { api } = scene;
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const bob = await writer(scene, 'blue', 'bob');
  const dial = async (callee, more = { chat: true }) => {
    (await api.post('/rooms/blue/participants', { uri: callee.uri, ...more })).expect(201);
    const { request } = await callee.answered;
    return parseSdp(request.body).media;
  };
  for (const setup of ['active', 'passive', '']) {
    const chat = await MsrpEnd.open({ t });
    const ann = await Caller.wait({ t, name: `ann${setup}`, sdp: { extra: ['m=video 0 RTP/AVP 96', ...chat.section({ setup })] } });
    const media = await dial(ann);
    assert.deepEqual(media.map(({ kind }) => kind), ['audio', 'video', 'message']);
    assert.deepEqual([attribute(media[2], 'setup'), attribute(media[2], 'accept-types')], ['actpass', 'message/cpim']);
    chat.far = attribute(media[2], 'path');
    if (setup === 'active') await chat.connect(chat.far);
    await until(() => chat.isOpen, { what: `${setup}: connected` });
    const from = ann.sip.uri.replace(/:\d+$/, '');
    assert.equal((await chat.send(cpim({ from, to: bob.room, text: `by ${setup}` }))).status, 200);
  }
  await until(() => texts(bob).length === 3, { what: 'bob hears all' });
  const [old, plain] = [await Caller.wait({ t, name: 'old' }), await Caller.wait({ t, name: 'plain' })];
  assert.equal((await dial(old)).length, 3);
  assert.equal((await dial(plain, {})).length, 2);
  const names = async () => (await api.participants('blue')).filter((p) => p.state === 'connected').length;
  await until(async () => await names() === 6, { what: 'all are in' });
  const off = await startServer({ t });
  (await off.api.post('/rooms', { name: 'blue' })).expect(201);
  assert.equal((await off.api.post('/rooms/blue/participants', { uri: old.uri, chat: true })).expect(422).body.errors[0].field, '/chat');
});

test('offers that cannot be: refused with 488, or with port 0 beside sound; strangers are cut', async (t) => {
  const scene = await begin(t, { 'sip.msrp_sessions': 2 });
  const { server } = scene;
  const status = async (section) => (await writer(scene, 'blue', 'ann', { section })).response.status;
  assert.equal(await status({ types: 'text/plain' }), 488);
  assert.equal(await status({ path: 'nonsense' }), 488);
  assert.equal(await status({ setup: 'holdconn' }), 488);
  assert.equal(await status({ extra: ['a=file-selector:name:"x" size:1'] }), 488);
  assert.equal(await status({ path: `msrp://127.0.0.1:1/${'x'.repeat(2000)};tcp` }), 488);
  await writer(scene, 'blue', 'ann');
  await writer(scene, 'blue', 'bob');
  assert.equal(await status({}), 488); /* too many sessions */
  const chat = await MsrpEnd.open({ t });
  const eve = await Caller.join({ t, server, room: 'blue', name: 'eve', sdp: { extra: chat.section() } });
  const { media } = parseSdp(eve.sip.received.find(({ status: code, body }) => code === 200 && body).body);
  assert.deepEqual([media[1].kind, media[1].port, media[1].protocol], ['message', 0, 'TCP/MSRP']);
  const before = await metric(server, 'raduno_msrp_refused_total');
  const port = Number(/tcp:127.0.0.1:(\d+)/.exec(JSON.stringify(server.set['sip.msrp_listen']))[1]);
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await once(socket, 'close');
  assert.equal(await metric(server, 'raduno_msrp_refused_total'), before + 1);
  const off = await startServer({ t });
  assert.equal((await writer({ t, server: off }, 'blue', 'ann')).response.status, 488);
});
