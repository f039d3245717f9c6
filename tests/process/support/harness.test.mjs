/* The harness itself: that its measurements can say no, and that its phones work among themselves. */
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { Api } from '../../support/api.mjs';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { assertKeepsHearing, waitForLevel, waitToHear } from '../../support/ears.mjs';
import { decode, encode } from '../../support/g711.mjs';
import { PortBlock } from '../../support/ports.mjs';
import * as rtcp from '../../support/rtcp.mjs';
import { RtpEndpoint, parseRtp, rtpPacket } from '../../support/rtp.mjs';
import { buildSdp, parseSdp } from '../../support/sdp.mjs';
import { runSipp, runSippServer } from '../../support/sipp.mjs';
import { analyse, hears, levelOf, longestGap, loudest, rms, sine } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';

const RATE = 8000;
const tone = (hz, amplitude = 0.2, seconds = 2) => sine({ hz, rate: RATE, seconds, amplitude });
const sum = (...all) => Int16Array.from(all[0], (_, i) => all.reduce((total, one) => total + one[i], 0));

test('a tone is present or absent, and a level is a level', () => {
  const both = sum(tone(440), tone(700, 0.1));
  assert.ok(hears(both, RATE, { present: [440, 700], absent: [1000] }));
  assert.ok(!hears(both, RATE, { present: [1000] }));
  assert.ok(!hears(both, RATE, { absent: [700] }));
  assert.ok(!hears(sum(tone(440), tone(700, 0.02)), RATE, { absent: [700] }), '-20 dB is not absent');
  assert.ok(hears(new Int16Array(RATE), RATE, { absent: [440] }), 'silence has nothing');
  assert.ok(!hears(new Int16Array(RATE), RATE, { present: [440] }));
  assert.ok(Math.abs(levelOf(tone(440), RATE, 440) + 17) < 0.2, `${levelOf(tone(440), RATE, 440)}`);
  assert.ok(Math.abs(rms(tone(440)) + 17) < 0.2);
  const [{ share }] = analyse(both, RATE, [700]);
  assert.ok(Math.abs(share + 7) < 0.3, `${share}`);
});

test('gaps and short sounds are found', () => {
  const samples = tone(440);
  assert.equal(longestGap(samples, RATE), 0);
  samples.fill(0, 4000, 4800);
  assert.equal(longestGap(samples, RATE), 100);
  assert.equal(longestGap(new Int16Array(RATE), RATE), Infinity);
  const quiet = new Int16Array(2 * RATE);
  quiet.set(tone(523, 0.1, 0.12), RATE);
  const { level, at } = loudest(quiet, RATE, 523);
  assert.ok(level > -24 && Math.abs(at - 1) <= 0.04, `${level} dBFS at ${at} s`);
});

test('G.711: every code survives a round trip, a sine keeps its shape', () => {
  for (const law of ['PCMU', 'PCMA']) {
    const values = decode(law, Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i)));
    assert.deepEqual(decode(law, encode(law, values)), values);
    assert.ok(Math.max(...values) > 32000 && Math.min(...values) < -32000);
    const error = sum(decode(law, encode(law, tone(440))), tone(440, -0.2));
    assert.ok(rms(error) < rms(tone(440)) - 30, `${law}: ${rms(error)} dBFS of noise`);
  }
  assert.deepEqual([...encode('PCMU', [0, 32767, -32768])], [0xff, 0x80, 0x00]);
  assert.deepEqual([...encode('PCMA', [8, 32767, -32768])], [0xd5, 0xaa, 0x2a]);
});

test('RTP, RTCP and SDP are read as they were written', () => {
  const fields = { marker: true, type: 8, sequence: 65535, timestamp: 2 ** 32 - 1, ssrc: 7, csrc: [1, 2], payload: Buffer.from('abc') };
  assert.deepEqual(parseRtp(rtpPacket({ ...fields, padding: 5, extension: { data: Buffer.alloc(8) } })),
    { ...fields, extension: { profile: 0xbede, data: Buffer.alloc(8) }, headerBytes: 32 });
  assert.equal(parseRtp(rtpPacket({ ...fields, version: 1 })), null);
  const reports = [{ ssrc: 9, fraction: 64, lost: -3, sequence: 5, jitter: 80, lsr: 2, dlsr: 1 }];
  const bytes = rtcp.compound(rtcp.senderReport({ ssrc: 1, ntp: [3, 4], timestamp: 5, packets: 6, octets: 7, reports }), rtcp.sdes({ ssrc: 1, cname: 'a@b' }), rtcp.bye({ ssrc: 1 }));
  const [sr, names, goodbye] = rtcp.parseCompound(bytes);
  assert.deepEqual(sr, { kind: 'SR', ssrc: 1, ntp: [3, 4], timestamp: 5, packets: 6, octets: 7, reports });
  assert.equal(names.cname, 'a@b');
  assert.deepEqual(goodbye.ssrcs, [1]);
  assert.throws(() => rtcp.parseCompound(bytes.subarray(0, bytes.length - 1)));
  const { media: [audio] } = parseSdp(buildSdp({ ip: '::1', port: 4000, codecs: ['opus', 'PCMU'], ptime: 30, rtcpMux: true, direction: 'sendonly' }));
  assert.deepEqual([audio.ip, audio.port, audio.rtcpPort, audio.types, audio.rtpmap[96], audio.ptime, audio.direction],
    ['::1', 4000, 4000, [96, 0, 101], 'opus/48000/2', 30, 'sendonly']);
});

test('packets are lost, doubled and reordered as their fate wants', async (t) => {
  const [from, to] = [await RtpEndpoint.open({ t }), await RtpEndpoint.open({ t })];
  from.remote = { ip: to.ip, port: to.port };
  from.sequence = 0;
  from.sendTone({ hz: 440, fate: (n) => ({ 2: [], 3: [0, 0], 5: [2] })[n] ?? [0] });
  await until(() => to.packets.length >= 9);
  assert.deepEqual(to.packets.slice(0, 9).map((p) => p.sequence), [0, 1, 3, 3, 4, 6, 5, 7, 8]);
});

test('blocks of ports do not overlap, and a port in use is not given', async () => {
  const blocks = await Promise.all(Array.from({ length: 4 }, () => PortBlock.reserve()));
  const first = await Promise.all(blocks.map((block) => block.take(50)));
  assert.equal(new Set(first).size, 4);
  first.sort((a, b) => a - b).forEach((port, i) => assert.ok(i === 0 || port - first[i - 1] >= 50));
  blocks.forEach((block) => block.release());
});

test('a condition that does not come true says what it was', async () => {
  await assert.rejects(until(() => false, { timeout: 50, what: 'the moon' }), /the moon/);
  await assert.rejects(until(() => { throw new Error('no cheese'); }, { timeout: 50, what: 'the moon' }), /no cheese/);
});

test('an event stream is read in any pieces, answers are parsed', async (t) => {
  const pieces = [': hi\n\nid: 1\nevent: a\nda', 'ta: {"n":1}\n', '\nid: 2\r\nevent: b\r\ndata: {"n":\r\ndata: 2}\r\n\r\n'];
  const server = http.createServer(async (request, response) => {
    if (request.url === '/api/v1/x') {
      response.writeHead(422, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ got: request.headers.authorization }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of pieces) await new Promise((resolve) => response.write(piece, () => setTimeout(resolve, 10)));
    response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const api = new Api(`http://127.0.0.1:${server.address().port}`, 'secret');
  const answer = await api.post('/x', { a: 1 });
  assert.deepEqual([answer.status, answer.body], [422, { got: 'Bearer secret' }]);
  assert.throws(() => answer.expect(200), /422, wanted 200/);
  const events = await api.events();
  await events.waitFor(({ data }) => data.n === 2);
  assert.deepEqual(events.all, [{ id: '1', type: 'a', data: { n: 1 } }, { id: '2', type: 'b', data: { n: 2 } }]);
  await assert.rejects(events.waitFor(() => false), /stream ended/);
});

/** Two phones in a call: each hears the other and not itself. */
async function bothHear(alice, bob) {
  await Promise.all([waitToHear(alice, { present: [1000], absent: [440] }), waitToHear(bob, { present: [440], absent: [1000] })]);
  await assertKeepsHearing(bob, { present: [440], absent: [1000] }, 1);
  await waitForLevel(alice, 1000, -17, 1.5);
}

for (const [codec, ip, transport] of [['PCMU', '127.0.0.1', 'udp'], ['PCMA', '::1', 'tcp'], ['G722', '::1', 'udp'], ['opus', '127.0.0.1', 'tcp']]) {
  test(`two real phones: ${codec}, ${ip}, ${transport}`, async (t) => {
    const alice = await Baresip.start({ t, name: 'alice', hz: 440, codec, ip, transport });
    const bob = await Baresip.start({ t, name: 'bob', hz: 1000, codec, ip, transport, answer: 'auto' });
    await alice.dial(bob.uri);
    await bothHear(alice, bob);
    await alice.digits('1');
    await bob.waitFor((e) => e.type === 'CALL_DTMF_START' && e.param === '1');
    await alice.hangup();
    await bob.closed();
  });
}

for (const [ip, transport] of [['127.0.0.1', 'udp'], ['::1', 'tcp']]) {
  test(`a phone in JavaScript and a real one: ${ip}, ${transport}`, async (t) => {
    const bob = await Baresip.start({ t, name: 'bob', hz: 1000, ip, transport, answer: 'auto' });
    const alice = await Caller.join({ t, name: 'alice', hz: 440, ip, transport, server: { uri: () => bob.uri } });
    await bothHear(alice.rtp, bob);
    await alice.rtp.sendDigits('5');
    await bob.waitFor((e) => e.type === 'CALL_DTMF_START' && e.param === '5');
    await until(() => alice.rtp.reportsOf('SDES').length, { what: 'RTCP of the real phone' });
    await alice.leave();
    await bob.closed();
  });

  test(`a phone in JavaScript is called, rings, is busy, is cancelled: ${ip}, ${transport}`, async (t) => {
    const bob = await Caller.wait({ t, name: 'bob', hz: 1000, ip, transport });
    const alice = await Caller.wait({ t, name: 'alice', ip, transport });
    bob.onInvite = (incoming) => {
      incoming.ring();
      incoming.reject(486);
    };
    const busy = alice.sip.call(bob.uri).startInvite(alice.describe());
    assert.equal((await busy.final).status, 486);
    assert.deepEqual(busy.responses.map(({ status }) => status), [180, 486]);
    bob.onInvite = (incoming) => incoming.ring();
    const call = alice.sip.call(bob.uri);
    const final = call.invite(alice.describe());
    await until(() => call.inviting.responses.length, { what: 'it rings' });
    assert.equal((await call.cancel()).status, 200);
    assert.equal((await final).status, 487);
  });

  test(`SIPp calls SIPp and a phone in JavaScript: ${ip}, ${transport}`, async (t) => {
    const options = { scenario: 'uac', transport: transport === 'tcp' ? 't1' : 'u1' };
    const host = ip.includes(':') ? `[${ip}]` : ip;
    const uas = await runSippServer({ t, ...options, scenario: 'uas', ip, calls: 2 });
    const good = await runSipp({ ...options, remote: `${host}:${uas.port}`, calls: 2 });
    assert.equal(good.code, 0, good.errors);
    const { messages } = await uas.finished;
    assert.equal(messages.match(/^BYE /gm).length, 2, 'both calls came to their end');
    assert.match(good.messages, /SIP\/2.0 180/);
    const bob = await Caller.wait({ t, name: 'bob', ip, transport });
    bob.onInvite = (incoming) => incoming.reject(404);
    const bad = await runSipp({ ...options, remote: `${host}:${bob.sip.port}` });
    assert.equal(bad.code, 1, bad.errors);
  });
}
