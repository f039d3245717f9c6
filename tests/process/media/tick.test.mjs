/* Within a tick nothing is allocated, freed or locked, in whichever library: a preloaded guard
 * (tests/support/tick_guard.c) ends a server that does. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { RtpEndpoint, rtpPacket } from '../../support/rtp.mjs';
import { Srtp, makeKey } from '../../support/srtp.mjs';
import { BINARY, REPOSITORY, startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const GUARD = path.join(REPOSITORY, 'build', 'tick_guard.so');
const SANITIZED = fs.readFileSync(BINARY).includes('__asan_init') || fs.readFileSync(BINARY).includes('__tsan_init');
const skip = SANITIZED ? 'a sanitizer has its own malloc' : !fs.existsSync(GUARD) && 'the guard is not built';

const guarded = (t, env = {}) =>
  startServer({ t, set: { 'rooms.join_tone': 'none' }, env: { LD_PRELOAD: GUARD, ...env } });

const zeros = (length, ...head) => Buffer.concat([Buffer.from(head), Buffer.alloc(length)]);

/** A packet of each codec, and what it advances the clock by. */
const FRAMES = {
  opus: { payload: Buffer.from([0xf8, 0xff, 0xfe]), samples: 960 },
  'L16/48000': { payload: zeros(960), samples: 480, ptime: 10 },
  'L16/16000': { payload: zeros(640), samples: 320 },
  'L16/8000': { payload: zeros(320), samples: 160 },
  'AMR-WB': { payload: zeros(17, 0xf0, 0x04), samples: 320 },
  AMR: { payload: zeros(12, 0xf0, 0x04), samples: 160 },
  G722: { payload: Buffer.alloc(160, 0xfa), samples: 160 },
  G729: { payload: Buffer.alloc(20, 0x5a), samples: 160 },
  GSM: { payload: zeros(32, 0xd0), samples: 160 },
  'speex/16000': { payload: Buffer.from([0x03, 0xdf]), samples: 320 },
  'speex/8000': { payload: Buffer.from([0x03, 0xdf]), samples: 160 },
  PCMU: { payload: Buffer.alloc(160, 0x55), samples: 160 },
  PCMA: { payload: Buffer.alloc(160, 0x15), samples: 160 },
};
const STEREO = { type: 96, map: 'opus/48000/2', fmtp: 'stereo=1;sprop-stereo=1;useinbandfec=1' };
const LEVELS = ['a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level', 'a=extmap:2 urn:ietf:params:rtp-hdrext:csrc-audio-level'];

/** Joins with one codec; sends its packets, and now and then nothing, rubbish, or a burst. */
async function join(t, server, name, { sdp, ...options } = {}) {
  const room = options.room ?? 'all';
  const caller = await Caller.join({ t, server, room, name, codec: name, reports: 200, sdp: { extra: LEVELS, ...sdp }, ...options });
  const { payload, samples, ptime } = FRAMES[name] ?? FRAMES.opus;
  const mutate = (fields, n) => {
    if (n % 97 === 96) return null;
    if (n % 41 === 40) return { ...fields, payload: payload.subarray(0, n % payload.length) };
    return { ...fields, extension: { data: Buffer.from([0x10, 20 + (n % 60), 0, 0]) } };
  };
  const fate = (n) => [[0], [], [0, 0], [2]][n % 50 < 47 ? 0 : (n % 50) - 46];
  caller.rtp.sendFrames({ make: () => payload, type: caller.audio.types[0], samples, ptime, mutate, fate });
  return caller;
}

function assertFree(server) {
  assert.ok(!server.child.ended, `the server ended:\n${server.child.tail(40)}`);
  const said = server.log.filter((line) => line.includes('tick_guard:'));
  assert.deepEqual(said, []);
}

/** Encrypted, with each kind of cipher: what comes from new senders, with wrong keys, and again. */
const CIPHERS = ['AES_CM_128_HMAC_SHA1_80', 'AES_256_CM_HMAC_SHA1_32', 'AEAD_AES_128_GCM', 'AEAD_AES_256_GCM'];

const heardBy = (caller, count) =>
  until(() => caller.rtp.packets.length >= count, { what: `${count} packets come to ${caller.name}` });

for (const sin of ['malloc', 'free', 'lock']) {
  test(`the guard sees a tick that sins: ${sin}`, { skip }, async (t) => {
    const server = await guarded(t, { TICK_GUARD_SIN: sin });
    server.isStopped = true; /* it will not end well */
    const eve = await Caller.join({ t, server, room: 'all', name: 'eve', reports: 0 });
    eve.speak({ hz: 440 });
    eve.call.isOver = true; /* nobody will answer to BYE */
    const { signal } = await server.child.exited;
    assert.equal(signal, 'SIGABRT');
    assert.ok(server.log.some((line) => line.includes('tick_guard: within a tick')), server.child.tail());
  });
}

test('every codec, joins and leaves', { skip }, async (t) => {
  const server = await guarded(t);
  const all = [];
  for (const name of Object.keys(FRAMES)) all.push(await join(t, server, name));
  await Promise.all(all.map((caller) => heardBy(caller, 50)));
  const inside = await server.api.waitForParticipants('all', all.length);
  for (const name of Object.keys(FRAMES)) {
    const me = inside.find((p) => p.uri.includes(`:${name}@`));
    assert.equal(me.media.send_codec.toLowerCase(), name.split('/')[0].toLowerCase());
  }
  for (const [i, caller] of all.entries()) if (i % 2) await caller.leave();
  await heardBy(all[0], 150);
  const again = await Promise.all(['G729', 'L16/48000', 'opus'].map((name) => join(t, server, name, { room: 'all' })));
  await Promise.all(again.map((caller) => heardBy(caller, 50)));
  assertFree(server);
});

test('SRTP: new senders, wrong keys, rubbish, new keys', { skip }, async (t) => {
  const server = await guarded(t);
  const all = [];
  for (const [i, suite] of CIPHERS.entries()) {
    const name = `cipher${i}`;
    all.push(await Caller.join({ t, server, room: 'all', name, hz: 440 + 100 * i, reports: 200, rtcpMux: i % 2 === 0, srtp: { suite } }));
  }
  await Promise.all(all.map((caller) => heardBy(caller, 50)));
  for (const caller of all) {
    const wrong = new Srtp(makeKey(caller.srtp.suite));
    for (let i = 0; i < 40; i++) {
      caller.rtp.send(rtpPacket({ sequence: i, ssrc: 1000 + i, payload: Buffer.alloc(160, 0x55) }));
      caller.rtp.sendWire(wrong.protect(rtpPacket({ sequence: i, ssrc: 2000 + i, payload: Buffer.alloc(160) })));
      caller.rtp.sendWire(Buffer.alloc(i, 0x90));
      caller.rtp.sendRtcp(Buffer.alloc(4 * (i % 20) + 8, 0x81));
    }
  }
  await Promise.all(all.map((caller) => caller.participant({ fits: (p) => p.media.packets_unauthentic > 20 })));
  for (const caller of all) await caller.rekey();
  await Promise.all(all.map((caller) => heardBy(caller, caller.rtp.packets.length + 50)));
  for (const caller of all) await caller.leave();
  await Caller.join({ t, server, room: 'all', name: 'last', hz: 440 });
  assertFree(server);
});

test('DTLS and ICE beside sound: a handshake, a hold, an end', { skip }, async (t) => {
  const server = await guarded(t);
  const alice = await Caller.join({ t, server, room: 'all', name: 'alice', hz: 440 });
  const bob = await Baresip.start({ t, name: 'bob', hz: 700, srtp: 'dtls_srtp', mux: true, ice: true });
  const carol = await Baresip.start({ t, name: 'carol', hz: 900, srtp: 'dtls_srtp', mux: true });
  for (const phone of [bob, carol]) {
    await phone.dial(server.uri('all'));
    await server.api.waitForParticipants('all', phone === bob ? 2 : 3, { fits: (p) => p.uri.includes(':alice@') || (p.security.suite && p.media.packets_received > 50) });
    await phone.hold();
    await phone.resume();
  }
  await bob.hangup();
  await heardBy(alice, alice.rtp.packets.length + 50);
  assertFree(server);
});

test('a recording: begun, paused, ended', { skip }, async (t) => {
  const server = await guarded(t);
  const all = [await join(t, server, 'PCMU'), await join(t, server, 'opus', { sdp: { codecs: [STEREO] } })];
  const { body: made } = (await server.api.post('/rooms/all/recordings', { video: true })).expect(201);
  const one = `/rooms/all/recordings/${made.id}`;
  for (const state of ['recording', 'paused', 'recording', 'stopped']) {
    (await server.api.patch(one, { state })).expect(200);
    await Promise.all(all.map((caller) => heardBy(caller, caller.rtp.packets.length + 50)));
  }
  await until(async () => (await server.api.get(one)).body.state === 'ready', { what: 'it is ready' });
  assertFree(server);
});

test('the API, hold, digits, stereo, RED, comfort noise, rubbish', { skip }, async (t) => {
  const server = await guarded(t);
  const red = [{ type: 111, map: 'opus/48000/2', fmtp: 'stereo=1' }, { type: 63, map: 'red/48000/2', fmtp: '111/111' }];
  const callers = {
    red: await join(t, server, 'red', { codec: red }),
    stereo: await join(t, server, 'stereo', { codec: [STEREO], sdp: { direction: 'sendrecv', events: 0 } }),
    deaf: await join(t, server, 'deaf', { codec: [STEREO], sdp: { direction: 'recvonly' } }),
    noise: await join(t, server, 'PCMU', { codec: ['PCMU', { type: 13, map: 'CN/8000' }], ptime: 60 }),
    tones: await join(t, server, 'G722', { sdp: { events: 0 }, ptime: 10 }),
    eve: await Caller.join({ t, server, room: 'all', name: 'eve', hz: 440 }),
  };
  await server.api.waitForParticipants('all', 6);
  const { eve, noise, tones } = callers;
  const reds = callers.red.rtp;
  const opus = FRAMES.opus.payload;
  reds.sendFrames({ make: () => RtpEndpoint.redundant(111, [{ offset: 960, payload: opus }], opus), type: 63, samples: 960, fate: (n) => (n % 3 ? [0] : []) });
  reds.startReports({ every: 100, claim: { fraction: 40 } });
  for (let i = 0; i < 20; i++) noise.rtp.send(rtpPacket({ ...noise.rtp.next(160), type: 13, payload: Buffer.from([60, 100, 130, i]) }));
  const url = (caller) => caller.participant().then(({ id }) => `/rooms/all/participants/${id}`);
  for (const change of [{ muted: true }, { volume_in_db: 6 }, { deafened: true }, { volume_out_db: -6 }, { muted: false }, { deafened: false }]) {
    (await server.api.patch(await url(eve), change)).expect(200);
    (await server.api.patch(await url(callers.stereo), change)).expect(200);
  }
  (await server.api.post(`${await url(eve)}/dtmf`, { digits: '12#' })).expect(202);
  await eve.rtp.sendDigits('159#');
  for (const direction of ['sendonly', 'inactive', 'recvonly', 'sendrecv']) await tones.renegotiate({ direction });
  await eve.renegotiate({ codecs: ['PCMA', 'G722'], ptime: 40 });
  for (let i = 0; i < 400; i++) {
    const bytes = rtpPacket({ ...eve.rtp.next(160), type: i % 128, payload: Buffer.alloc(i * 3, i) });
    (i % 2 ? eve : tones).rtp.send(bytes.subarray(0, bytes.length - (i % 7)));
    eve.rtp.sendRtcp(bytes.subarray(0, i % 64));
  }
  const marks = Object.values(callers).map((caller) => [caller, caller.rtp.packets.length]);
  await Promise.all(marks.map(([caller, mark]) => heardBy(caller, mark + 25)));
  for (const caller of Object.values(callers)) await caller.leave();
  await Caller.join({ t, server, room: 'all', name: 'last', hz: 440 });
  assertFree(server);
});
