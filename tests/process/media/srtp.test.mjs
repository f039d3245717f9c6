/* SRTP with keys in SDP (SDES): real phones and one that misbehaves, every suite, the policies, the wire. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import * as g711 from '../../support/g711.mjs';
import { decode, isColour, meanColour } from '../../support/picture.mjs';
import { rtpPacket } from '../../support/rtp.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { SUITES, Srtp, makeKey } from '../../support/srtp.mjs';
import { startServer } from '../../support/server.mjs';
import { hears } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';

const ALICE = 440, BOB = 700;
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
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

async function securityOf(server, name) {
  const all = await server.api.participants('den');
  return all.find((p) => p.uri.includes(`:${name}@`)).security;
}

const isInside = (server, name, fits) => until(async () =>
  (await server.api.participants('den')).some((p) => p.uri.includes(`:${name}@`) && fits(p)), { what: `${name} is so: ${fits}` });

for (const [mode, what] of [['srtp', 'RTP/AVP with a=crypto'], ['srtp-mand', 'RTP/SAVP'], ['srtp-mandf', 'RTP/SAVPF']]) {
  test(`baresip, encrypted (${what}), and a plain one hear each other`, async (t) => {
    const server = await start(t);
    const alice = await Baresip.start({ t, name: 'alice', hz: ALICE, srtp: mode });
    const bob = await Baresip.start({ t, name: 'bob', hz: BOB });
    await Promise.all([alice, bob].map((phone) => phone.dial(server.uri('den'))));
    await talk(alice, bob);
    const { media, suite } = await securityOf(server, 'alice');
    assert.equal(media, 'sdes');
    assert.ok(SUITES[suite], suite);
    assert.deepEqual(await securityOf(server, 'bob'), { media: 'none', suite: null });
    const [me] = (await server.api.participants('den')).filter((p) => p.uri.includes(':alice@'));
    assert.equal(me.media.packets_unauthentic, 0);
    assert.ok(me.media.rtcp_sent > 0 || me.media.packets_received > 0);
    await alice.hold();
    await isInside(server, 'alice', (p) => p.on_hold);
    await alice.resume();
    await isInside(server, 'alice', (p) => !p.on_hold && p.media.packets_unauthentic === 0);
    await waitToHear(bob, { present: [ALICE], absent: [BOB] }); /* baresip itself records no longer, see control.test.mjs */
  });
}

/* A phone for each suite, all in one room: each hears the others and not itself. */
const TONES = Object.fromEntries(Object.keys(SUITES).map((suite, i) => [suite, 500 + 130 * i]));

for (const [name, more] of [['', {}], [' with MKI', { mki: Buffer.from([0, 7]) }], [' in RTP/AVP', { protocol: 'RTP/AVP' }]]) {
  test(`every suite${name}`, async (t) => {
    const server = await start(t);
    const phones = await Promise.all(Object.entries(TONES).map(([suite, hz], i) =>
      Caller.join({ t, server, room: 'den', name: `phone${i}`, hz, srtp: { suite, ...more }, rtcpMux: i % 2 === 0 })));
    for (const phone of phones) {
      const present = Object.values(TONES).filter((hz) => hz !== phone.hz);
      assert.equal(phone.audio.protocol, more.protocol ?? 'RTP/SAVP');
      await waitToHear(phone.rtp, { present, absent: [phone.hz] });
      await until(() => phone.rtp.reports.length > 0, { what: 'RTCP comes, encrypted' });
      assert.deepEqual(await securityOf(server, phone.name), { media: 'sdes', suite: phone.srtp.suite });
      const me = await phone.participant({ fits: (p) => p.media.rtcp_received > 1 && p.media.round_trip_ms !== null });
      assert.equal(me.media.packets_unauthentic, 0);
      assert.equal(me.media.packets_malformed, 0);
      assert.deepEqual(phone.rtp.unopened, []);
    }
  });
}

/** What somebody on the way would hear. */
function overheard(rtp) {
  const payloads = rtp.packets.slice(-100).map(({ wire }) => g711.decode('PCMU', wire.subarray(12, 172)));
  return Int16Array.from(payloads.flatMap((samples) => [...samples]));
}

test('who listens in on the wire hears nothing', async (t) => {
  const server = await start(t);
  const alice = await Caller.join({ t, server, room: 'den', name: 'alice', hz: ALICE, srtp: { suite: SUITE } });
  const bob = await Caller.join({ t, server, room: 'den', name: 'bob', hz: BOB });
  await talk(alice, bob);
  assert.ok(hears(overheard(bob.rtp), 8000, { present: [ALICE] }), 'of a plain call one can hear it');
  assert.ok(!hears(overheard(alice.rtp), 8000, { present: [BOB] }), 'of an encrypted one not');
  for (const { wire, payload } of alice.rtp.packets.slice(-100)) {
    assert.equal(wire.length, 12 + payload.length + 10);
    assert.ok(!wire.subarray(12, 12 + payload.length).equals(payload));
  }
  const all = server.log.join('\n');
  assert.ok(!all.includes(alice.ours.line(1).split('inline:')[1]), 'no key in the log');
});

test('no key is seen in the log, not even at the debug level', async (t) => {
  const server = await start(t, { 'log.level': 'debug' });
  const alice = await Caller.join({ t, server, room: 'den', name: 'alice', hz: ALICE, srtp: { suite: SUITE } });
  await alice.renegotiate();
  await alice.leave();
  const all = () => server.log.join('\n');
  await until(() => /a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\*{40}/.test(all()), { what: 'the SDP in the log, without its key' });
  await server.stop();
  assert.doesNotMatch(all(), /inline:[^*]/);
});

/* ---- a phone that misbehaves ---- */

async function den(t, options = {}) {
  const server = await start(t, options.set);
  const alice = await Caller.join({ t, server, room: 'den', name: 'alice', hz: ALICE });
  const eve = await Caller.join({ t, server, room: 'den', name: 'eve', hz: BOB, srtp: { suite: SUITE, ...options.srtp } });
  await talk(alice, eve);
  return { server, alice, eve, media: async () => (await eve.participant()).media };
}

test('wrong keys, plain packets and rubbish are counted; the call goes on', async (t) => {
  const { alice, eve, media, server } = await den(t);
  const wrong = new Srtp(makeKey(SUITE));
  const payload = Buffer.alloc(160, 0x11);
  for (let i = 0; i < 100; i++) {
    eve.rtp.sendWire(wrong.protect(rtpPacket({ ssrc: 1000 + i, sequence: i, payload })));
    eve.rtp.sendWire(rtpPacket({ ...eve.rtp.next(0), payload }));
    eve.rtp.sockets[1].send(wrong.protectRtcp(Buffer.concat([Buffer.from([0x80, 201, 0, 1]), Buffer.alloc(4)])), eve.audio.port + 1, '127.0.0.1');
    eve.rtp.sendWire(Buffer.alloc(i, 0x80));
    await new Promise((resolve) => setTimeout(resolve, 10)); /* a socket holds few */
  }
  await until(async () => (await media()).packets_unauthentic >= 300, { what: 'they are counted' });
  await talk(alice, eve);
  assert.ok((await server.api.metric('raduno_media_packets_unauthentic_total')) >= 300);
});

test('replayed packets are not played, from wherever they come', async (t) => {
  const { alice, eve, media } = await den(t);
  const kept = [];
  const { out } = eve.rtp.srtp;
  const protect = out.protect.bind(out);
  out.protect = (bytes) => {
    const wire = protect(bytes);
    kept.push(wire);
    return wire;
  };
  await until(() => kept.length >= 50, { what: 'some packets are sent' });
  const before = await media();
  const mallory = await Caller.join({ t, server: alice.server, room: 'elsewhere', name: 'mallory' });
  for (const wire of kept.slice(0, 40)) {
    eve.rtp.sendWire(wire);
    mallory.rtp.sendWire(wire, eve.rtp.remote);
  }
  await until(async () => (await media()).packets_duplicate >= before.packets_duplicate + 40, { what: 'replays are counted' });
  await talk(alice, eve);
});

test('the sequence number turns over, twice', async (t) => {
  const server = await start(t);
  const alice = await Caller.join({ t, server, room: 'den', name: 'alice', hz: ALICE });
  const eve = await Caller.join({ t, server, room: 'den', name: 'eve', srtp: { suite: SUITE } });
  eve.rtp.sequence = 65000;
  for (const turn of [1, 2]) {
    eve.speak({ hz: BOB, mutate: (fields, n) => (n % 50 === 7 ? null : fields), fate: (n) => [n % 20 === 5 ? 2 : 0] });
    await talk(alice, eve);
    eve.rtp.stopTone();
    for (; eve.rtp.sequence >= 40000 || turn === 1; eve.rtp.next(0)) /* as if long silent packets were lost */
      if (eve.rtp.sequence % 8000 === 0) {
        eve.rtp.send(rtpPacket({ ...eve.rtp.next(160), payload: Buffer.alloc(160, 0xff) }));
        if (eve.rtp.sequence > 64000) break;
      }
  }
  const { media } = await eve.participant();
  assert.equal(media.packets_unauthentic, 0);
});

test('who can prove who he is may move, also after the window', async (t) => {
  const { alice, eve } = await den(t);
  const other = await Caller.join({ t, server: alice.server, room: 'elsewhere', name: 'other' });
  /* the same phone behind another port of its NAT */
  [eve.rtp.sockets, other.rtp.sockets] = [other.rtp.sockets, eve.rtp.sockets];
  other.rtp.stopReports();
  const mark = other.rtp.packets.length;
  await until(() => other.rtp.unopened.length + other.rtp.packets.length > mark + 50, { what: 'its sound comes where it is now' });
  await waitToHear(alice.rtp, { present: [BOB], absent: [ALICE] });
});

/* ---- keys that change ---- */

test('a refresh keeps the keys, a new key changes both, plain and back', async (t) => {
  const { alice, eve, media } = await den(t);
  const theirs = eve.rtp.srtp.theirs;
  await eve.renegotiate();
  assert.equal(eve.rtp.srtp.theirs, theirs);
  await talk(alice, eve);
  await eve.renegotiate({ codecs: ['PCMA'] });
  assert.equal(eve.rtp.srtp.theirs, theirs);
  eve.speak({ codec: 'PCMA' });
  await talk(alice, eve);
  await eve.rekey({ codecs: ['PCMU'] });
  assert.notEqual(eve.rtp.srtp.theirs, theirs);
  eve.speak();
  await talk(alice, eve);
  assert.deepEqual(await securityOf(eve.server, 'eve'), { media: 'sdes', suite: SUITE });
  const { ours } = eve;
  eve.ours = null;
  await eve.renegotiate({ protocol: 'RTP/AVP' });
  assert.equal(eve.rtp.srtp, null);
  await talk(alice, eve);
  assert.deepEqual(await securityOf(eve.server, 'eve'), { media: 'none', suite: null });
  eve.ours = ours;
  await eve.renegotiate();
  await talk(alice, eve);
  assert.ok((await media()).packets_unauthentic < 50);
});

test('it moves to another room with its counters', async (t) => {
  const { server, eve } = await den(t);
  const bob = await Caller.join({ t, server, room: 'other', name: 'bob', hz: ALICE });
  const { id } = await eve.participant();
  (await server.api.patch(`/rooms/den/participants/${id}`, { room: 'other' })).expect(200);
  await talk(bob, eve);
  eve.room = 'other';
  const { media } = await eve.participant();
  assert.equal(media.packets_unauthentic, 0);
});

/* ---- policies ---- */

async function invite(t, server, body) {
  const sip = await SipEndpoint.open({ t, user: 'eve' });
  const call = sip.call(server.uri('den'));
  const response = await call.invite(body);
  if (response.status < 300) await call.bye();
  return response;
}

const plain = buildSdp({ ip: '127.0.0.1', port: 40000 });
const keyed = (protocol, key = makeKey(SUITE)) => `${plain.replace('RTP/AVP', protocol)}a=crypto:1 ${key.line(1).slice(2)}\r\n`;

test('policy off: RTP/SAVP is refused, a=crypto is passed over', async (t) => {
  const server = await start(t, { 'sip.srtp': 'off' });
  const refused = await invite(t, server, keyed('RTP/SAVP'));
  assert.equal(refused.status, 488);
  assert.match(refused.header('warning'), /^302/);
  const { status, body } = await invite(t, server, keyed('RTP/AVP'));
  assert.equal(status, 200);
  assert.ok(!body.includes('a=crypto'));
});

test('policy required: plain is refused, keys are taken in either protocol', async (t) => {
  const server = await start(t, { 'sip.srtp': 'required' });
  const refused = await invite(t, server, plain);
  assert.equal(refused.status, 488);
  assert.match(refused.header('warning'), /^399 .*encrypted/);
  for (const protocol of ['RTP/SAVP', 'RTP/AVP', 'RTP/SAVPF']) {
    const { status, body } = await invite(t, server, keyed(protocol));
    assert.equal(status, 200);
    assert.match(body, /a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:/);
    assert.ok(body.includes(` ${protocol} `));
  }
});

test('keys that nobody can use are refused', async (t) => {
  const server = await start(t);
  const good = keyed('RTP/SAVP');
  for (const bad of [
    good.replace(/inline:\S+/, 'inline:AAAA'), good.replace('AES_CM_128', 'F8_128'), good.replace(/a=crypto.*\r\n/, ''),
    good.replace(/\r\n$/, ' UNENCRYPTED_SRTP\r\n'), good.replace(/inline:\S+/, 'inline:'),
  ]) {
    const { status, header } = await invite(t, server, bad).then((r) => ({ status: r.status, header: r.header('warning') }));
    assert.equal(status, 488, bad);
    assert.match(header, /^302/);
  }
  /* each suite with keys of every other's length, and one byte too few and too many */
  for (const [suite, { key, salt }] of Object.entries(SUITES))
    for (const bytes of new Set([...Object.values(SUITES).map((row) => row.key + row.salt), key + salt - 1, key + salt + 1])) {
      const line = `${plain.replace('RTP/AVP', 'RTP/SAVP')}a=crypto:1 ${suite} inline:${Buffer.alloc(bytes, 7).toString('base64')}\r\n`;
      const { status } = await invite(t, server, line);
      assert.equal(status, bytes === key + salt ? 200 : 488, `${suite} with ${bytes} bytes`);
    }
});

/* ---- calls that the server makes ---- */

test('dial-out: plain by default; with keys beside if so wished; RTP/SAVP if required', async (t) => {
  for (const [set, protocol, has] of [
    [{}, 'RTP/AVP', false], [{ 'sip.srtp_offer': 'true' }, 'RTP/AVP', true], [{ 'sip.srtp': 'required' }, 'RTP/SAVP', true],
  ]) {
    const server = await start(t, set);
    const bob = await Caller.wait({ t, name: 'bob', server, room: 'den' });
    let offer;
    bob.onInvite = async (incoming) => {
      offer = incoming.request.body;
      await incoming.reject(486);
    };
    await Caller.join({ t, server, room: 'den', name: 'alice', srtp: { suite: SUITE } });
    (await server.api.post('/rooms/den/participants', { uri: bob.uri })).expect(201);
    await until(() => offer, { what: 'the INVITE' });
    await until(async () => (await server.api.participants('den')).length === 1, { what: 'it was refused' });
    assert.ok(offer.includes(`${protocol} `), offer);
    assert.equal(offer.includes('a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:'), has);
    await server.stop();
  }
});

for (const [set, srtp] of [[{ 'sip.srtp_offer': true }, 'srtp'], [{ 'sip.srtp': 'required' }, 'srtp-mand'], [{ 'sip.srtp_offer': true }, undefined]]) {
  test(`dial-out to baresip (${srtp ?? 'plain'}): ${JSON.stringify(set)}`, async (t) => {
    const server = await start(t, set);
    const alice = await Caller.join({ t, server, room: 'den', name: 'alice', hz: ALICE, srtp: { suite: SUITE } });
    const bob = await Baresip.start({ t, name: 'bob', hz: BOB, answer: 'auto', srtp });
    (await server.api.post('/rooms/den/participants', { uri: bob.uri })).expect(201);
    await talk(alice, bob);
    assert.equal((await securityOf(server, 'bob')).media, srtp ? 'sdes' : 'none');
  });
}

/* ---- pictures ---- */

test('two baresips see each other, encrypted', async (t) => {
  const server = await start(t);
  const phones = [
    await Baresip.start({ t, name: 'alice', hz: ALICE, srtp: 'srtp-mand', video: { colour: 'red' } }),
    await Baresip.start({ t, name: 'bob', hz: BOB, srtp: 'srtp', video: { colour: 'blue' } }),
  ];
  for (const phone of phones) await phone.dial(server.uri('den'));
  const shown = await server.api.waitForParticipants('den', 2, {
    fits: (p) => p.video?.showing && p.video.sent_fps > 0 && p.video.media.packets_sent > 100, timeout: 30000,
  });
  for (const { video } of shown) {
    assert.equal(video.security.media, 'sdes');
    assert.equal(video.media.packets_unauthentic, 0);
  }
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
});
