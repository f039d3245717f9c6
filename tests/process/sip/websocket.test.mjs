/* SIP over WebSocket (RFC 7118): phones that are pages, and those who only say so. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import { authorize, challengesOf } from '../../support/digest.mjs';
import { register, registration } from '../../support/register.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { fingerprint, makeCertificates } from '../../support/tls.mjs';
import { until, within } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { frame, handshake, httpStatus, OPCODE, WebSocketClient } from '../../support/websocket.mjs';

const password = 'correct-horse';
const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const webAnswer = () => webOffer({ video: false }).replace('a=setup:actpass', 'a=setup:active');
const options = (more = []) => [
  'OPTIONS sip:127.0.0.1 SIP/2.0', 'Via: SIP/2.0/WS page.invalid;branch=z9hG4bKo1', 'Max-Forwards: 70', 'To: <sip:127.0.0.1>',
  'From: <sip:page@page.invalid>;tag=1', 'Call-ID: o1', 'CSeq: 1 OPTIONS', ...more, '', '',
].join('\r\n');

async function start(t, { names = ['ann', 'bob'], ...more } = {}) {
  const server = await startServer({ t, web: true, ...more });
  for (const name of names) (await server.api.post('/accounts', { name, password })).expect(201);
  return server;
}

const registrations = async (server, name) => (await server.api.get(`/accounts/${name}/registrations`)).expect(200).body.items;

async function openPhone(t, server, user) {
  const phone = await SipEndpoint.open({ t, user, transport: 'ws', web: { port: server.webPort } });
  phone.invited = [];
  phone.onInvite = (incoming) => phone.invited.push(incoming);
  assert.equal((await register(phone, server, { name: user, password })).status, 200);
  return phone;
}

/** A message goes to the stack and back. */
async function assertLives(socket) {
  socket.text(options());
  assert.match(await socket.message(), /^SIP\/2.0 200 .*\r\nVia: SIP\/2.0\/WS page.invalid;branch=z9hG4bKo1/s);
}

async function livesAsAPhone(t, server) {
  const events = await server.api.events('/events');
  const [ann, bob] = [await openPhone(t, server, 'ann'), await openPhone(t, server, 'bob')];
  const [shown] = await registrations(server, 'bob');
  assert.equal(shown.source, `sip:${bob.web.local};transport=ws`);
  assert.equal(shown.contact, bob.uri);

  const call = ann.call(server.uri('bob'));
  const calling = call.startInvite(sdp);
  const invited = await until(() => bob.invited[0], { what: 'bob is called' });
  assert.match(invited.request.header('via'), /^SIP\/2.0\/WS /);
  assert.match(invited.request.header('contact'), /;transport=ws>/);
  invited.ring();
  invited.answer(webAnswer());
  assert.equal((await within(calling.final)).status, 200);
  await call.bye();
  await within(invited.call.ended, { what: 'bob is told that it is over' });

  bob.onRequest = ({ method }) => method === 'MESSAGE' && { status: 200 };
  assert.equal((await ann.request('MESSAGE', server.uri('bob'), { body: 'Gr\u00fc\u00dfe', headers: { 'Content-Type': 'text/plain' } })).status, 202);
  const written = await until(() => bob.received.find(({ method }) => method === 'MESSAGE'), { what: 'bob gets the message' });
  assert.equal(written.body, 'Gr\u00fc\u00dfe');

  bob.web.socket.destroy();
  await events.waitFor(({ type, data }) => type === 'registration_removed' && data.reason === 'connection_lost');
  assert.equal((await ann.call(server.uri('bob')).invite(sdp)).status, 480);
  const again = await openPhone(t, server, 'bob');
  ann.call(server.uri('bob')).startInvite(sdp);
  (await until(() => again.invited[0], { what: 'bob is called again' })).reject(486);
  again.web.socket.destroy();
  await events.waitFor(({ type, data }) => type === 'registration_removed' && data.registration.contact === again.uri);
}

/** An account has a page and a desk phone: each is offered what it knows, whoever comes first; the one that answers has the call. */
async function offersToEachItsOwn(t, server) {
  const desk = await SipEndpoint.open({ t, user: 'bob' });
  desk.onInvite = (incoming) => desk.invited.push(incoming);
  assert.equal((await register(desk, server, { name: 'bob', password })).status, 200);
  const page = await openPhone(t, server, 'bob');
  for (const answers of [page, desk]) {
    desk.invited = [];
    page.invited = [];
    const caller = await SipEndpoint.open({ t });
    const call = caller.call(server.uri('bob'));
    const calling = call.startInvite(sdp);
    const [toDesk, toPage] = [await until(() => desk.invited[0], { what: 'the desk phone rings' }), await until(() => page.invited[0], { what: 'the page rings' })];
    assert.match(toDesk.request.body, /^m=audio \d+ RTP\/AVP /m);
    assert.doesNotMatch(toDesk.request.body, /a=(ice|fingerprint|candidate)/);
    const [head, ...sections] = toPage.request.body.split(/^(?=m=)/m);
    assert.match(head, /^a=ice-lite\r$/m);
    for (const line of [/^m=\w+ \d+ UDP\/TLS\/RTP\/SAVPF /m, /^a=ice-ufrag:/m, /^a=ice-pwd:/m, /^a=candidate:.* 127\.0\.0\.1 \d+ typ host/m, /^a=fingerprint:sha-256 /m, /^a=setup:actpass\r$/m, /^a=rtcp-mux\r$/m])
      for (const section of sections) assert.match(section, line);
    (answers === page ? toPage : toDesk).answer(answers === page ? webAnswer() : sdp);
    assert.equal((await within(calling.final)).status, 200);
    await call.bye();
    await within((answers === page ? toPage : toDesk).call.ended, { what: 'who has answered is told that it is over' });
  }
}

async function readsFrames(t, server) {
  const socket = await WebSocketClient.connect({ t, port: server.webPort });
  await assertLives(socket);
  const text = options();
  socket.send(frame({ body: text.slice(0, 10), fin: false }));
  socket.send(frame({ opcode: OPCODE.ping, body: 'still there?' }));
  socket.send(frame({ opcode: OPCODE.more, body: text.slice(10, 30), fin: false }));
  socket.send(frame({ opcode: OPCODE.more, body: text.slice(30) }));
  assert.equal((await socket.next(OPCODE.pong)).body.toString(), 'still there?');
  assert.match(await socket.message(), /^SIP\/2.0 200 /);
  for (const byte of frame({ opcode: OPCODE.binary, body: text })) socket.send(Buffer.of(byte));
  assert.match(await socket.message(), /^SIP\/2.0 200 /);
  socket.send(Buffer.concat([2, 3, 4].map((i) => frame({ body: text.replaceAll('o1', `o${i}`) })))); // at once
  for (let i = 0; i < 3; i++) assert.match(await socket.message(), /^SIP\/2.0 200 /);
  socket.text('\r\n\r\n');
  const { masked, body } = await socket.next();
  assert.deepEqual([masked, body.toString()], [false, '\r\n']);
  socket.send(frame({ opcode: OPCODE.close, body: Buffer.from([0x03, 0xe8]) }));
  assert.equal(await socket.closed(), 1000);
}

async function cutsWhoBreaksRules(t, server) {
  const cutBefore = await server.api.metric('raduno_sip_web_cut_total');
  const ann = await openPhone(t, server, 'ann');
  const cases = [
    ['not masked', frame({ body: options(), mask: null }), 1002],
    ['a reserved bit', frame({ body: options(), reserved: 4 }), 1002],
    ['an unknown opcode', frame({ opcode: 3 }), 1002],
    ['the rest of nothing', frame({ opcode: OPCODE.more }), 1002],
    ['a ping in parts', frame({ opcode: OPCODE.ping, fin: false }), 1002],
    ['a long ping', frame({ opcode: OPCODE.ping, body: 'x'.repeat(126) }), 1002],
    ['too long', frame({ length: 200000 }), 1009],
    ['longer than memory', frame({ length: 2n ** 62n }), 1009],
    ['a negative length', frame({ length: 2n ** 63n }), 1002],
    ['a message within a message', Buffer.concat([frame({ fin: false }), frame({})]), 1002],
    ['no SIP', frame({ body: 'hello' }), 1007],
    ['half a head', frame({ body: options().slice(0, -2) }), 1007],
    ['a NUL', frame({ body: options(['X: \0']) }), 1007],
    ['no UTF-8', frame({ body: Buffer.from([0x80, 0xff]) }), 1007],
    ['two lengths', frame({ body: options(['Content-Length: 0', 'l: 1']) }), 1007],
    ['a body that is missing', frame({ body: options(['Content-Length: 7']) }), 1007],
    ['garbage', Buffer.from('\xff\x00\xee'.repeat(100), 'latin1'), 1002],
    ['a flood of pings', Buffer.concat(Array.from({ length: 500 }, () => frame({ opcode: OPCODE.ping, body: 'x' }))), 1008],
    ['a flood of nothing', Buffer.concat(Array.from({ length: 500 }, () => frame({}))), 1008],
    ['a wrong goodbye', frame({ opcode: OPCODE.close, body: 'x' }), 1002],
  ];
  for (const [what, bytes, code] of cases) {
    const socket = await WebSocketClient.connect({ t, port: server.webPort });
    socket.send(bytes);
    assert.equal(await socket.closed(), code, what);
  }
  const smuggler = await WebSocketClient.connect({ t, port: server.webPort });
  smuggler.text(options(['Content-Length: 0']) + options().replaceAll('o1', 'o2'));
  assert.match(await smuggler.message(), /Call-ID: o1/);
  await assertLives(smuggler);
  assert.equal((await server.api.metric('raduno_sip_web_cut_total')) - cutBefore, cases.length - 1, 'all but the goodbye');
  assert.equal((await ann.request('OPTIONS', server.uri('x').replace('x@', ''))).status, 200);
  assert.equal((await registrations(server, 'ann')).length, 1);
}

test('a proxy of ours says for whom it speaks: that address is shown, and the phone goes with its connection', async (t) => {
  const server = await start(t, { names: ['ann'], set: { 'sip.proxies': ['127.0.0.1'] } });
  const events = await server.api.events('/events');
  const web = { port: server.webPort, headers: { 'X-Forwarded-For': '198.51.100.9, 192.0.2.7' } };
  const phone = await SipEndpoint.open({ t, user: 'ann', transport: 'ws', web });
  assert.equal((await register(phone, server, { name: 'ann', password })).status, 200);
  const [{ source }] = await registrations(server, 'ann');
  assert.equal(source, `sip:192.0.2.7:${phone.web.socket.localPort};transport=ws`);
  phone.web.socket.destroy();
  await events.waitFor(({ type, data }) => type === 'registration_removed' && data.reason === 'connection_lost');
});

test('behind a proxy of HTTP that hides him, nobody says by Via that he is somebody else', async (t) => {
  const server = await start(t, { names: ['ann'], set: { 'sip.proxies': ['127.0.0.1'], 'sip.auth_failures': 2 } });
  const socket = await WebSocketClient.connect({ t, port: server.webPort });
  const ask = async (cseq, more = []) => {
    const text = options(more).replace('OPTIONS', 'REGISTER').replace('1 OPTIONS', `${cseq} REGISTER`).replace(/<sip:[^>]*>/g, '<sip:ann@127.0.0.1>').replace('z9hG4bKo1', `z9hG4bK${cseq}`);
    socket.text(text.replace('\r\nMax-', '\r\nVia: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKb;received=192.0.2.99\r\nMax-'));
    return socket.message();
  };
  const said = await ask(1);
  assert.match(said, /^SIP\/2.0 401 /);
  const [challenge] = challengesOf({ headers: { 'www-authenticate': said.match(/(?<=WWW-Authenticate: ).*/g) } });
  const statuses = [];
  for (let nc = 1; nc <= 4; nc++) {
    const proof = authorize(challenge, { name: 'ann', password: `guess ${nc}`, uri: 'sip:127.0.0.1', method: 'REGISTER', nc });
    statuses.push((await ask(nc + 1, [`Authorization: ${proof}`])).slice(8, 11));
  }
  assert.deepEqual((await server.api.get('/bans')).expect(200).body.items, [], 'whom he has named is not banned');
  assert.equal(statuses.at(-1), '500', 'the account by that proxy is paused');
});

test('a page was heard, and has not answered: the number that takes its place is offered what trunks know', async (t) => {
  const server = await start(t, { names: [] });
  const gateway = await SipEndpoint.open({ t, user: 'gw' });
  gateway.onInvite = (incoming) => (gateway.invited = incoming);
  (await server.api.post('/trunks', { name: 'line', numbers: ['+49.'], health_interval_s: 0, gateways: [{ uri: `sip:127.0.0.1:${gateway.port}` }] })).expect(201);
  (await server.api.post('/accounts', { name: 'bob', password, forwarding: 'trunk', forward_to: '+49301', forward_when: 'no_answer', forward_after_s: 3 })).expect(201);
  const bob = await openPhone(t, server, 'bob');
  const caller = await SipEndpoint.open({ t });
  const calling = caller.call(server.uri('bob')).startInvite(sdp);
  (await until(() => bob.invited[0], { what: 'bob is called' })).respond(183, { body: webAnswer() });
  await until(() => calling.responses.some(({ status, body }) => status === 183 && body), { what: 'the page is heard' });
  const { request } = await until(() => gateway.invited, { what: 'the number is called' });
  assert.match(request.body, /^m=audio \d+ RTP\/AVP /m);
  assert.doesNotMatch(request.body, /a=(ice|candidate)/);
});

test('handshakes: what is refused, how many may be unfinished, and whose pages may come', async (t) => {
  const server = await start(t, { set: { 'sip.web_origins': ['https://good.example'] } });
  const status = (fields) => httpStatus({ port: server.webPort, head: handshake(fields) });
  assert.equal(await status({ headers: { Origin: 'https://bad.example' } }), 403);
  assert.equal(await status({ headers: { Origin: 'https://good.example' } }), 101);
  assert.equal(await status({}), 101);
  assert.equal(await status({ start: 'POST / HTTP/1.1' }), 405);
  assert.equal(await status({ start: 'GET / HTTP/1.0' }), 505);
  assert.equal(await status({ headers: { Upgrade: undefined } }), 426);
  assert.equal(await status({ headers: { 'Sec-WebSocket-Version': '8' } }), 426);
  assert.equal(await status({ headers: { 'Sec-WebSocket-Protocol': 'mqtt' } }), 501);
  assert.equal(await status({ key: 'short' }), 400);
  assert.equal(await status({ headers: { Host: undefined } }), 400);
  assert.equal(await status({ headers: { X: 'y'.repeat(9000) } }), 400);
  assert.equal(await httpStatus({ port: server.webPort, head: Buffer.alloc(9000, 0xff) }), 400);
  assert.equal(await httpStatus({ port: server.webPort, head: `${options()}` }), 400);

  const idle = [];
  t.after(() => idle.forEach((socket) => socket.destroy()));
  for (let i = 0; i < 17; i++) {
    const socket = net.connect({ port: server.webPort, host: '127.0.0.1' });
    socket.on('close', () => (socket.isOver = true)).on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nX: ');
    idle.push(socket);
  }
  await until(() => idle.some((socket) => socket.isOver), { what: 'the oldest is cut' });
  const good = await WebSocketClient.connect({ t, port: server.webPort });
  await assertLives(good);
});

/** Ports of the loopback where the process listens. */
function listeningPorts(pid) {
  const own = new Set(fs.readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /socket:\[(\d+)\]/.exec(fs.readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return []; /* closed meanwhile */
    }
  }));
  return fs.readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1).map((line) => line.trim().split(/\s+/))
    .filter((words) => words[3] === '0A' && own.has(words[9])).map((words) => parseInt(words[1].split(':')[1], 16));
}

async function letsNobodyInBehind(t, server) {
  const known = [server.sipPort, server.webPort, server.apiPort, Number(server.set['media.browser_port'])];
  const [hidden, ...more] = listeningPorts(server.pid).filter((port) => !known.includes(port));
  assert.deepEqual([hidden > 0, more], [true, []]);
  const socket = await WebSocketClient.connect({ t, port: server.webPort });
  const stranger = net.connect({ port: hidden, host: '127.0.0.1' });
  t.after(() => stranger.destroy());
  let heard = '';
  stranger.on('data', (data) => (heard += data)).on('error', () => {});
  stranger.on('close', () => (stranger.isOver = true));
  stranger.write(options().replace('/WS', '/TCP').replace(/\r\n\r\n$/, '\r\nContent-Length: 0\r\n\r\n'));
  await until(() => stranger.isOver, { what: 'the stranger is cut' });
  assert.equal(heard, '');
  await assertLives(socket);
  return hidden;
}

/** From where the server connects to its own `hidden` port. */
function stackSides(hidden) {
  const address = (word) => word.match(/^(..)(..)(..)(..)/).slice(1).reverse().map((byte) => parseInt(byte, 16)).join('.');
  return fs.readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1).map((line) => line.trim().split(/\s+/))
    .filter((words) => words[3] === '01' && parseInt(words[2].split(':')[1], 16) === hidden)
    .map(([, local]) => ({ ip: address(local), port: parseInt(local.split(':')[1], 16) }));
}

/** A port says who it is with its address only: others may have the same. */
async function tellsPortsApart(t, server, hidden) {
  const ann = await openPhone(t, server, 'ann');
  const [{ port, ip }] = stackSides(hidden);
  const elsewhere = '127.0.0.3';
  const stranger = net.connect({ port: hidden, host: '127.0.0.1', localAddress: elsewhere, localPort: port });
  t.after(() => stranger.destroy());
  let heard = '';
  stranger.on('data', (data) => (heard += data)).on('error', () => {}).on('close', () => (stranger.isOver = true));
  stranger.write(options().replace('/WS', '/TCP').replace(/\r\n\r\n$/, '\r\nContent-Length: 0\r\n\r\n'));
  await until(() => stranger.isOver || heard, { what: 'the stranger is cut' });
  assert.equal(heard, '');

  const bob = await SipEndpoint.open({ t, user: 'bob', transport: 'ws', web: { port: server.webPort, localAddress: '127.0.0.4', localPort: port } });
  const call = registration(bob, server, { name: 'bob' });
  const request = call.request.bind(call); /* a body comes to the stack behind the head */
  call.request = (method, more) => request(method, { body: 'x', type: 'text/plain', ...more });
  assert.equal((await register(bob, server, { name: 'bob', password, call })).status, 200);
  for (const phone of [ann, bob]) assert.equal((await registrations(server, phone.user)).find(({ contact }) => contact === phone.uri).source, `sip:${phone.web.local};transport=ws`);
  const own = net.connect({ port: server.webPort, host: '127.0.0.1', localAddress: ip });
  t.after(() => own.destroy());
  own.on('error', () => {}).on('close', () => (own.isOver = true));
  await until(() => own.isOver, { what: 'who comes from our own address is cut' });
}

test('wss: has the certificate of TLS, and another one after SIGHUP', async (t) => {
  const ca = makeCertificates(t);
  const pair = ca.issue('localhost');
  const server = await startServer({ t, web: 'wss', set: { 'sip.tls_certificate': pair.cert, 'sip.tls_key': pair.key } });
  const secrets = { port: server.webPort, ca: fs.readFileSync(ca.file) };
  const socket = await WebSocketClient.connect({ t, ...secrets });
  socket.text(options().replace('/WS', '/WSS'));
  assert.match(await socket.message(), /^SIP\/2.0 200 .*\r\nVia: SIP\/2.0\/WSS page.invalid/s);
  const before = await fingerprint(server.webPort);
  const other = ca.issue('localhost');
  fs.copyFileSync(other.cert, pair.cert);
  fs.copyFileSync(other.key, pair.key);
  process.kill(server.pid, 'SIGHUP');
  await until(async () => (await fingerprint(server.webPort)) !== before, { what: 'the new certificate is shown' });
  await assertLives(socket);
});

test('phones that are pages, and those who only say so', async (t) => {
  const server = await start(t);
  await t.test('a page registers, calls, is called by its WebSocket, writes, and is gone with it', (t) => livesAsAPhone(t, server));
  await t.test('a page and a desk phone of one account are offered what each of them knows', (t) => offersToEachItsOwn(t, server));
  await t.test('frames are read as they come: in parts, with others between, binary, with keep-alives', (t) => readsFrames(t, server));
  await t.test('who breaks the rules is told how, and cut; so is who sends no SIP; others notice nothing', (t) => cutsWhoBreaksRules(t, server));
  await t.test('behind the WebSockets nobody else is let in; a port of somebody else is no phone\'s', async (t) => tellsPortsApart(t, server, await letsNobodyInBehind(t, server)));
});
