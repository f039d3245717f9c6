/* SRTP with keys by DTLS: real phones, with and without ICE, a certificate that is not theirs, and offers that nobody can use. */
import assert from 'node:assert/strict';
import crypto, { X509Certificate } from 'node:crypto';
import dgram from 'node:dgram';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { atEnd } from '../../support/cleanup.mjs';
import { DtlsPhone } from '../../support/dtls_phone.mjs';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import { freePort } from '../../support/ports.mjs';
import { decode, isColour, meanColour } from '../../support/picture.mjs';
import { relay } from '../../support/relay.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { SUITES } from '../../support/srtp.mjs';
import { bindingRequest, readStun } from '../../support/stun.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { Wire } from '../../support/wire.mjs';

const ALICE = 440, BOB = 700;
const QUIET = { 'rooms.join_tone': 'none' };

const start = (t, set = {}) => startServer({ t, set: { ...QUIET, ...set } });

/** Each hears the other and not itself. */
async function talk(alice, bob) {
  const ears = [alice, bob].map((phone) => phone.rtp ?? phone);
  await Promise.all([
    waitToHear(ears[0], { present: [BOB], absent: [ALICE] }), waitToHear(ears[1], { present: [ALICE], absent: [BOB] }),
  ]);
  await Promise.all([
    assertKeepsHearing(ears[0], { present: [BOB], absent: [ALICE] }, 2),
    assertKeepsHearing(ears[1], { present: [ALICE], absent: [BOB] }, 2),
  ]);
}

const isInside = (server, name, fits = () => true) => until(async () =>
  (await server.api.participants('den')).find((p) => p.uri.includes(`:${name}@`) && fits(p)), { what: `${name} is so: ${fits}` });

for (const [what, more] of [['', { mux: true }], [' without rtcp-mux', {}], [' and ICE', { mux: true, ice: true }]]) {
  test(`baresip with DTLS${what} and a plain one hear each other`, async (t) => {
    const server = await start(t);
    const alice = await Baresip.start({ t, name: 'alice', hz: ALICE, srtp: 'dtls_srtp', ...more });
    const bob = await Baresip.start({ t, name: 'bob', hz: BOB });
    await Promise.all([alice, bob].map((phone) => phone.dial(server.uri('den'))));
    await talk(alice, bob);
    const { security, media } = await isInside(server, 'alice', (p) => p.security.suite);
    assert.equal(security.media, 'dtls');
    assert.ok(SUITES[security.suite], security.suite);
    if (more.mux) await isInside(server, 'alice', (p) => p.media.rtcp_received > 0);
    await alice.hold();
    await isInside(server, 'alice', (p) => p.on_hold);
    await alice.resume();
    await isInside(server, 'alice', (p) => !p.on_hold);
    await waitToHear(bob, { present: [ALICE], absent: [BOB] }); /* baresip itself records no longer, see control.test.mjs */
    assert.equal(await server.api.metric('raduno_dtls_connected_total'), 1, 'the association stays');
    assert.equal(await server.api.metric('raduno_dtls_failed_total'), 0);
    assert.equal((await server.api.metric('raduno_ice_checks_total')) > 0, more.ice === true);
    assert.ok((await isInside(server, 'alice')).media.packets_received > media.packets_received);
    await alice.hangup();
    await until(async () => (await server.api.metric('raduno_dtls_handshakes')) === 0, { what: 'it is over' });
  });
}

test('two baresips with DTLS see each other', async (t) => {
  const server = await start(t);
  const phones = [
    await Baresip.start({ t, name: 'alice', hz: ALICE, srtp: 'dtls_srtp', mux: true, video: { colour: 'red' } }),
    await Baresip.start({ t, name: 'bob', hz: BOB, srtp: 'dtls_srtp', mux: true, ice: true, video: { colour: 'blue' } }),
  ];
  for (const phone of phones) await phone.dial(server.uri('den'));
  const shown = await server.api.waitForParticipants('den', 2, {
    fits: (p) => p.video?.showing && p.video.sent_fps > 0 && p.video.media.packets_sent > 100, timeout: 30000,
  });
  for (const { video } of shown) assert.equal(video.security.media, 'dtls');
  /* both tiles, side by side */
  const seen = async (phone) => {
    const film = await decode(await phone.snapshot());
    return [0.25, 0.75].map((x) => meanColour(film, film.frames[0], { x: x * film.width - 40, y: film.height / 2 - 40, width: 80, height: 80 }));
  };
  for (const phone of phones)
    await until(async () => {
      const [left, right] = await seen(phone);
      return isColour(left, [255, 0, 0], 48) && isColour(right, [0, 0, 255], 48);
    }, { every: 500, timeout: 20000, what: `${phone.name} sees red and blue` });
  assert.equal(await server.api.metric('raduno_dtls_connected_total'), 4);
});

for (const [srtp, heard] of [['dtls_srtp', true], [undefined, false]]) {
  test(`dial-out with DTLS to baresip (${srtp ?? 'plain'})`, async (t) => {
    const server = await start(t, { 'sip.dtls_offer': true });
    const alice = await Caller.join({ t, server, room: 'den', name: 'alice', hz: ALICE });
    const bob = await Baresip.start({ t, name: 'bob', hz: BOB, answer: 'auto', srtp, mux: true });
    (await server.api.post('/rooms/den/participants', { uri: bob.uri })).expect(201);
    if (heard) {
      await talk(alice, bob);
      assert.equal((await isInside(server, 'bob', (p) => p.security.suite)).security.media, 'dtls');
    } else {
      await until(async () => (await server.api.participants('den')).length === 1, { what: 'it was refused' });
    }
  });
}

/* ---- somebody in the middle ---- */

test('a certificate that is not the one of the offer ends the call, with a reason, and harms nobody', async (t) => {
  const server = await start(t);
  const carol = await Caller.join({ t, server, room: 'den', name: 'carol', hz: ALICE });
  const bob = await Caller.join({ t, server, room: 'den', name: 'bob', hz: BOB });
  const eve = await Baresip.start({ t, name: 'eve', hz: 1000, srtp: 'dtls_srtp', mux: true });
  const port = await relay(t, server.sipPort, (text) => text.replace(/(a=fingerprint:\S+ )(\S\S)/i, (all, head, byte) => `${head}${byte === 'AA' ? 'BB' : 'AA'}`));
  await eve.invite(`sip:den@127.0.0.1:${port}`);
  await eve.closed();
  await until(() => server.log.some((line) => /over: (incompatible: )?DTLS of the audio: .*fingerprint/.test(line)), { what: 'the log says why' });
  assert.equal(await server.api.metric('raduno_dtls_failed_total'), 1);
  assert.equal(await server.api.metric('raduno_dtls_connected_total'), 0);
  await talk(carol, bob);
  await waitToHear(carol.rtp, { present: [BOB], absent: [1000] });
});

/* ---- a phone of openssl's ---- */

const counts = async (server) => Object.fromEntries(await Promise.all(['connected', 'failed', 'strangers'].map(async (name) =>
  [name, await server.api.metric(`raduno_dtls_${name}_total`)])));

test('the keys are those of the handshake; a refresh keeps them, a move too; a stranger gets no answer', async (t) => {
  const server = await start(t);
  const eve = await DtlsPhone.make({ t, server });
  const response = await eve.call.invite(eve.offer());
  assert.equal(response.status, 200);
  assert.deepEqual((await isInside(server, 'eve')).security, { media: 'dtls', suite: null });
  const stranger = eve.shake(response, { port: await freePort() });
  await until(async () => (await counts(server)).strangers > 0, { what: 'the stranger is seen' });
  const own = eve.shake(response);
  await isInside(server, 'eve', (p) => p.security.suite === 'AEAD_AES_128_GCM');
  assert.equal((await counts(server)).connected, 1);
  assert.doesNotMatch(stranger.output, /BEGIN CERTIFICATE/);
  await until(() => /BEGIN CERTIFICATE/.test(own.output), { what: 'the server has shown a certificate' });
  const [shown] = /-----BEGIN CERTIFICATE[^]*END CERTIFICATE-----/.exec(own.output);
  assert.ok(response.body.includes(`a=fingerprint:sha-256 ${new X509Certificate(shown).fingerprint256}`));
  const again = await eve.call.reinvite(eve.offer());
  assert.match(again.body, /a=setup:passive/);
  const { id, security } = await isInside(server, 'eve');
  await Caller.join({ t, server, room: 'other', name: 'carol' });
  assert.equal(security.suite, 'AEAD_AES_128_GCM');
  (await server.api.patch(`/rooms/den/participants/${id}`, { room: 'other' })).expect(200);
  await until(async () => (await server.api.participants('other')).some((p) => p.security?.suite === 'AEAD_AES_128_GCM'), { what: 'it moves with its keys' });
  assert.equal((await counts(server)).connected, 1);
  /* another certificate: another association, and no keys until it is there */
  await eve.call.reinvite(eve.offer({ fingerprint: eve.fingerprint.replace(/^../, (byte) => (byte === 'AA' ? 'BB' : 'AA')) }));
  await until(async () => { /* its plan is put off while it is between two rooms */
    const me = (await server.api.participants('other')).find((p) => p.id === id);
    return me.security.media === 'dtls' && me.security.suite === null;
  }, { what: 'it has no keys' });
  await eve.call.bye();
  await until(async () => (await server.api.metric('raduno_dtls_handshakes')) === 0, { what: 'it is over' });
});

test('the BYE after a wrong certificate says why', async (t) => {
  const server = await start(t);
  const eve = await DtlsPhone.make({ t, server });
  const { body } = await eve.call.invite(eve.offer({ fingerprint: eve.fingerprint.replace(/^../, (byte) => (byte === 'AA' ? 'BB' : 'AA')) }));
  eve.shake({ body });
  await until(() => eve.ends.length, { what: 'the call is ended' });
  assert.match(eve.ends[0], /^SIP;cause=488;text="DTLS of the audio: .*fingerprint.*"$/);
  assert.deepEqual(await counts(server), { connected: 0, failed: 1, strangers: 0 });
});

test('before the answer a wrong certificate ends nothing: who answers may have the right one', async (t) => {
  const server = await start(t, { 'sip.dtls_offer': true });
  const eve = await DtlsPhone.make({ t, server });
  (await server.api.post('/rooms', { name: 'den' })).expect(201);
  (await server.api.post('/trunks', { name: 'line', numbers: ['+49.'], health_interval_s: 0, early_media: 'out', gateways: [{ uri: `sip:127.0.0.1:${eve.sip.port}` }] })).expect(201);
  const invited = new Promise((resolve) => (eve.sip.onInvite = resolve));
  (await server.api.post('/rooms/den/participants', { uri: '+49301' })).expect(201);
  const incoming = await invited;
  incoming.respond(183, { body: eve.offer({ setup: 'active', fingerprint: eve.fingerprint.replace(/^../, (byte) => (byte === 'AA' ? 'BB' : 'AA')) }) });
  await until(async () => (await server.api.participants('den'))[0].early_media, { what: 'early media' });
  const wrong = eve.shake(incoming.request);
  await until(async () => (await counts(server)).failed === 1, { what: 'the certificate is found to be wrong' });
  wrong.child.kill('SIGKILL');
  await wrong.ended;
  assert.deepEqual((await server.api.participants('den')).map(({ state }) => state), ['ringing']);
  incoming.answer(eve.offer({ setup: 'active' }));
  await until(async () => (await server.api.participants('den'))[0]?.state === 'connected', { what: 'it is in' });
  eve.shake(incoming.request);
  await until(async () => (await server.api.participants('den'))[0]?.security.suite === 'AEAD_AES_128_GCM', { what: 'it has keys' });
});

/* ---- checks by hand ---- */

/** A socket that sends checks to where an answer says, and gives the answer to the last one; .send(): bytes as they are. */
async function checker(t) {
  const socket = dgram.createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  atEnd(t, () => socket.close());
  const answers = [];
  socket.on('message', (bytes) => {
    const answer = readStun(bytes);
    if (answer) answers.push(answer);
  });
  const check = async ({ body }, { ufrag = 'eves', ours, password, ...more } = {}) => {
    const [, theirs] = /a=ice-ufrag:(\S+)/.exec(body), [, key] = /a=ice-pwd:(\S+)/.exec(body), [, to] = /m=audio (\d+)/.exec(body);
    const transaction = crypto.randomBytes(12);
    socket.send(bindingRequest({ username: ours ?? `${theirs}:${ufrag}`, password: password === undefined ? key : password, transaction, ...more }), Number(to), '127.0.0.1');
    const answer = await until(() => answers.find((a) => a.transaction.equals(transaction)), { what: 'a check is answered' });
    return { ...answer, isAuthentic: answer.isAuthentic(key), port: socket.address().port };
  };
  return Object.assign(check, { answers, send: ({ body }, bytes) => socket.send(bytes, Number(/m=audio (\d+)/.exec(body)[1]), '127.0.0.1') });
}

test('checks are answered, refused, and move the way, also after a restart', async (t) => {
  const server = await start(t);
  const eve = await DtlsPhone.make({ t, server });
  const offer = (ufrag) => `${eve.offer()}a=ice-ufrag:${ufrag}\r\na=ice-pwd:${ufrag}0123456789abcdefghij\r\n`;
  const goesTo = (port) => until(() => server.log.some((line) => line.includes(`audio goes to 127.0.0.1:${port}`)), { what: `media goes to ${port}` });
  const response = await eve.call.invite(offer('eves'));
  assert.equal(response.status, 200);
  const [first, second, third] = [await checker(t), await checker(t), await checker(t)];
  const good = await first(response, { nominate: true });
  assert.equal(good.kind, 'success');
  assert.ok(good.isAuthentic);
  await goesTo(good.port);
  const wrong = await second(response, { password: 'x'.repeat(24), nominate: true });
  assert.deepEqual([wrong.kind, wrong.code], ['error', 401]);
  const other = await second(response, { ufrag: 'mallory', nominate: true });
  assert.equal(other.kind, 'error');
  assert.ok(!server.log.some((line) => line.includes(`goes to 127.0.0.1:${wrong.port}`)));
  /* a refresh changes nothing */
  const same = await eve.call.reinvite(offer('eves'));
  assert.equal(/a=ice-ufrag:\S+/.exec(same.body)[0], /a=ice-ufrag:\S+/.exec(response.body)[0]);
  /* a restart: those of before are answered until the new ones have nominated */
  const restarted = await eve.call.reinvite(offer('anew'));
  assert.notEqual(/a=ice-ufrag:\S+/.exec(restarted.body)[0], /a=ice-ufrag:\S+/.exec(response.body)[0]);
  assert.equal((await first(response)).kind, 'success');
  const moved = await third(restarted, { ufrag: 'anew', nominate: true });
  assert.equal(moved.kind, 'success');
  await goesTo(moved.port);
  assert.equal((await first(response)).kind, 'error');
  assert.ok((await server.api.metric('raduno_ice_checks_refused_total')) >= 3);
  await eve.call.bye();
});

/** An offer of a full ICE agent. */
const withIce = (phone, more = '') => phone.offer({ more: `a=ice-ufrag:eves\r\na=ice-pwd:eves0123456789abcdefghij\r\n${more}` });

test('STUN that is wrong: refused or not answered, and moves nothing', async (t) => {
  const server = await start(t);
  const eve = await DtlsPhone.make({ t, server });
  const response = await eve.call.invite(withIce(eve));
  assert.equal(response.status, 200);
  const mallory = await checker(t);
  const of = async (options) => {
    const { kind, code } = await mallory(response, { nominate: true, ...options });
    return kind === 'error' ? code : kind;
  };
  const [, theirs] = /a=ice-ufrag:(\S+)/.exec(response.body);
  assert.equal(await of({ controlled: true }), 487, 'a role conflict is theirs to solve');
  assert.equal(await of({ password: null }), 400, 'no integrity');
  assert.equal(await of({ password: 'x'.repeat(24) }), 401, 'the wrong password');
  for (const ours of ['', theirs, `${theirs}:`, `${theirs}x:eves`, `eves:${theirs}`, `${theirs}:mallory`, `${theirs}:${'e'.repeat(256)}`])
    assert.equal(await of({ ours }), 401, `username ${ours}`);
  assert.equal(await of({ more: [[0x7f00, Buffer.alloc(4)]] }), 420, 'an attribute that is not known');
  /* what is no message is not answered */
  const before = mallory.answers.length;
  const good = bindingRequest({ username: `${theirs}:eves`, password: 'x'.repeat(24), nominate: true });
  const lying = (at, value) => {
    const copy = Buffer.from(good);
    copy.writeUInt16BE(value, at);
    return copy;
  };
  for (const bytes of [
    ...[514, 600, 1300, 1480].map((length) => bindingRequest({ username: 'e'.repeat(length), password: 'x'.repeat(24) })), lying(22, 0xffff), lying(22, good.length), lying(2, good.length), lying(2, 0), lying(2, 0xfffc), good.subarray(0, good.length - 1), good.subarray(0, 20), good.subarray(0, 1),
    Buffer.concat([good, Buffer.alloc(2000)]), ...Array.from({ length: good.length / 4 - 5 }, (_, i) => good.subarray(0, 20 + 4 * i)),
    ...Array.from({ length: 200 }, () => Buffer.concat([Buffer.from([0, 1]), crypto.randomBytes(1 + Math.floor(Math.random() * 1400))])),
  ]) {
    mallory.send(response, bytes);
    await new Promise((resolve) => setTimeout(resolve, 1)); /* a socket holds few */
  }
  const eves = await checker(t);
  const right = await eves(response, { nominate: true });
  assert.equal(right.kind, 'success');
  await until(() => server.log.some((line) => line.includes(`audio goes to 127.0.0.1:${right.port}`)), { what: 'the right one moves the way' });
  assert.ok(!server.log.some((line) => line.includes(`audio goes to`) && !line.includes(`:${right.port}`)), 'and no other did');
  assert.equal(mallory.answers.length, before);
  assert.equal(await server.api.metric('raduno_ice_checks_total'), 1);
});

test('an offer with 200 candidates is taken', async (t) => {
  const server = await start(t);
  const eve = await DtlsPhone.make({ t, server });
  const many = Array.from({ length: 200 }, (_, i) => `a=candidate:${i} 1 udp ${2130706431 - i} 192.0.2.${i} ${20000 + i} typ host\r\n`).join('');
  const response = await eve.call.invite(withIce(eve, many));
  assert.equal(response.status, 200);
  assert.match(response.body, /a=candidate:\S+ 1 udp/i);
  assert.equal((await (await checker(t))(response, { nominate: true })).kind, 'success');
  await eve.call.bye();
});

/* Chromium's ClientHello comes in two fragments; here it is cut finer, by a list of protocols that is 1.2 kB long. */
for (const mtu of [1200, 300]) {
  test(`a ClientHello in fragments of ${mtu} bytes is taken: heard, captured`, async (t) => {
    const server = await start(t);
    const wire = await Wire.tap(t, server);
    const bob = await Caller.join({ t, server, room: 'den', name: 'bob', hz: BOB });
    const protocols = Array.from({ length: 6 }, (_, i) => `${i}`.repeat(200)).join(',');
    const eve = Object.assign(await DtlsPhone.join({ t, server, hz: ALICE, shaking: ['-alpn', protocols, '-mtu', String(mtu)] }), { hz: ALICE });
    const isHello = ({ from, bytes }) => from === eve.port && bytes[0] === 22 && bytes[13] === 1;
    const hellos = await until(() => {
      const seen = wire.packets.filter(isHello);
      return seen.length >= (mtu === 1200 ? 2 : 5) && seen;
    }, { what: 'its parts are captured' });
    for (const { bytes } of hellos) assert.ok(bytes.readUIntBE(22, 3) < bytes.readUIntBE(14, 3), 'each a part of it');
    await talk(eve, bob);
  });
}

test('a handshake that is replayed, by the phone or by a stranger, changes nothing', async (t) => {
  const server = await start(t);
  const wire = await Wire.tap(t, server);
  const bob = await Caller.join({ t, server, room: 'den', name: 'bob', hz: BOB });
  const eve = Object.assign(await DtlsPhone.join({ t, server, hz: ALICE }), { hz: ALICE });
  await talk(eve, bob);
  const isShake = ({ bytes }) => bytes[0] >= 20 && bytes[0] <= 63;
  const said = wire.packets.filter((p) => p.from === eve.port && isShake(p));
  assert.ok(said.length >= 2, `${said.length} datagrams of its handshake`);
  const stranger = dgram.createSocket('udp4');
  atEnd(t, () => stranger.close());
  let answers = 0;
  stranger.on('message', (bytes) => (answers += isShake({ bytes }) ? 1 : 0));
  for (let round = 0; round < 3; round++)
    for (const { bytes, to } of said) {
      eve.rtp.sendWire(bytes);
      stranger.send(bytes, to, '127.0.0.1');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  await talk(eve, bob);
  const { connected, failed } = await counts(server); /* strangers the kernel keeps away by now: the port is connected */
  assert.deepEqual([connected, failed, answers], [1, 0, 0]);
  assert.equal((await isInside(server, 'eve')).security.suite, 'AEAD_AES_128_GCM');
});

/* ---- offers, as they are ---- */

async function invite(t, server, body) {
  const sip = await SipEndpoint.open({ t, user: 'eve' });
  const call = sip.call(server.uri('den'));
  const response = await call.invite(body);
  if (response.status < 300) await call.bye();
  return response;
}

const plain = buildSdp({ ip: '127.0.0.1', port: 40000 });
const FINGERPRINT = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(':')}\r\n`;
const dtls = (more = `${FINGERPRINT}a=setup:actpass\r\n`) => `${plain.replace('RTP/AVP', 'UDP/TLS/RTP/SAVPF')}${more}`;

test('policies: off refuses DTLS, required takes it', async (t) => {
  for (const [policy, status] of [['off', 488], ['optional', 200], ['required', 200]]) {
    const server = await start(t, { 'sip.srtp': policy });
    const answer = await invite(t, server, dtls());
    assert.equal(answer.status, status);
    if (status === 200) {
      assert.match(answer.body, / UDP\/TLS\/RTP\/SAVPF /);
      assert.match(answer.body, /a=fingerprint:sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}\r\na=setup:passive\r\n/);
      assert.doesNotMatch(answer.body, /a=ice|a=candidate|a=crypto/);
    } else {
      assert.match(answer.header('warning'), /^302/);
    }
    await server.stop();
  }
});

test('what cannot be used is refused, with words', async (t) => {
  const server = await start(t);
  for (const [lines, code] of [
    ['', /^302 .*fingerprint/], ['a=setup:actpass\r\n', /^302 .*fingerprint/], [FINGERPRINT.replace('sha-256', 'md5'), /^302 .*fingerprint/],
    [`${FINGERPRINT}a=setup:holdconn\r\n`, /^302 .*a=setup/], [FINGERPRINT.replace('10:', ''), /^302 .*fingerprint/],
    [`${FINGERPRINT}a=ice-ufrag:x\r\na=ice-pwd:short\r\n`, /^399 .*a=ice/],
  ]) {
    const { status, header } = await invite(t, server, dtls(lines)).then((r) => ({ status: r.status, header: r.header('warning') }));
    assert.equal(status, 488, lines);
    assert.match(header, code);
  }
});

test('an offer with ICE is answered by a lite agent', async (t) => {
  const server = await start(t);
  const { status, body } = await invite(t, server, dtls(
    `${FINGERPRINT}a=setup:actpass\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijkl\r\na=rtcp-mux\r\na=candidate:1 1 udp 2130706431 127.0.0.1 40000 typ host\r\n`,
  ));
  assert.equal(status, 200);
  assert.ok(body.indexOf('a=ice-lite') < body.indexOf('m=audio'));
  assert.match(body, /a=ice-ufrag:\S{4,}\r\na=ice-pwd:\S{22,}\r\n/);
  const [, port] = /m=audio (\d+)/.exec(body);
  assert.match(body, new RegExp(`a=candidate:\\S+ 1 udp \\d+ 127.0.0.1 ${port} typ host`, 'i'));
  assert.match(body, /a=rtcp-mux/);
});
