/*
 * Every way of keys under every policy, heard and overheard: SDES suites, DTLS profiles and plain media x off, optional, required.
 * Each phone hears the others and not itself; what is on the wire is no tone; new keys in a re-INVITE; plain is refused where it has to be.
 * Phones of ours show the bytes that came to them; what goes to baresip and from it is captured on the loopback (wire.mjs).
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { DtlsPhone, PROFILES } from '../../support/dtls_phone.mjs';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import * as g711 from '../../support/g711.mjs';
import { relay } from '../../support/relay.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { SUITES, makeKey } from '../../support/srtp.mjs';
import { startServer } from '../../support/server.mjs';
import { hears } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';
import { Wire } from '../../support/wire.mjs';

const POLICIES = ['off', 'optional', 'required'];
const MATE = 440, PHONE = 700;
const PLAIN = { media: 'none', suite: null };

const start = (t, srtp, set = {}) => startServer({ t, set: { 'rooms.join_tone': 'none', 'sip.srtp': srtp, ...set } });

/** Somebody to talk with, who is let in under each policy. */
const mate = (t, server, srtp) =>
  Caller.join({ t, server, room: 'den', name: 'mate', hz: MATE, ...(srtp === 'required' ? { srtp: { suite: 'AES_CM_128_HMAC_SHA1_80' } } : {}) });

/** All of them hear the others and not themselves: [{ ears, hz }]. */
async function talk(all) {
  const tones = all.map(({ hz }) => hz);
  const others = (hz) => ({ present: tones.filter((each) => each !== hz), absent: [hz] });
  await Promise.all(all.map(({ ears, hz }) => waitToHear(ears, others(hz))));
  await Promise.all(all.map(({ ears, hz }) => assertKeepsHearing(ears, others(hz), 1)));
}

const talker = (phone) => ({ ears: phone.rtp ?? phone, hz: phone.hz });

const participant = (server, name, fits = () => true) => until(async () =>
  (await server.api.participants('den')).find((p) => p.uri.includes(`:${name}@`) && fits(p)), { what: `${name} is so: ${fits}` });

/** What the bytes that came to a phone of ours would sound like, taken as they are. */
function overheard(rtp, mark) {
  const wires = rtp.packets.slice(mark).map(({ wire }) => wire).filter((wire) => wire.length >= 172);
  assert.ok(wires.length >= 50, `${wires.length} packets to listen to`);
  return Int16Array.from(wires.slice(-100).flatMap((wire) => [...g711.decode('PCMU', wire.subarray(12, 172))]));
}

const soundsLike = (samples, tones) => tones.filter((hz) => hears(samples, 8000, { present: [hz] }));

/** Nothing of the tones is in the bytes since `mark`; of a plain phone there is. */
function assertWire(rtp, mark, tones, isPlain) {
  assert.deepEqual(soundsLike(overheard(rtp, mark), tones), isPlain ? tones : []);
  if (isPlain) return;
  for (const { wire, payload } of rtp.packets.slice(mark)) assert.ok(!wire.includes(payload), 'the payload is on the wire as it is');
}

/* ---- SDES: phones of ours, all suites in one room, each with a tone of its own ---- */

const TONES = Object.fromEntries(Object.keys(SUITES).map((suite, i) => [suite, 570 + 130 * i]));

for (const srtp of POLICIES) {
  test(`SDES, every suite, policy ${srtp}`, async (t) => {
    const server = await start(t, srtp);
    const protocol = srtp === 'off' ? 'RTP/AVP' : 'RTP/SAVP'; /* off: keys beside a plain offer are passed over */
    const phones = [await mate(t, server, srtp), ...await Promise.all(Object.entries(TONES).map(([suite, hz]) =>
      Caller.join({ t, server, room: 'den', name: suite, hz, srtp: { suite, protocol } })))];
    const check = async () => {
      const marks = phones.map(({ rtp }) => rtp.mark());
      await talk(phones.map(talker));
      for (const [i, phone] of phones.entries()) {
        const tones = phones.filter((each) => each !== phone).map(({ hz }) => hz);
        assertWire(phone.rtp, marks[i], tones, !phone.rtp.srtp);
        const { security, media } = await participant(server, phone.name);
        const isKeyed = srtp !== 'off' && phone.srtp;
        assert.deepEqual(security, isKeyed ? { media: 'sdes', suite: phone.srtp.suite } : PLAIN);
        assert.equal(Boolean(phone.rtp.srtp), Boolean(isKeyed));
        assert.equal(media.packets_malformed, 0);
      }
    };
    await check();
    /* new keys */
    for (const phone of phones.filter((each) => each.srtp)) {
      const before = phone.rtp.srtp?.theirs;
      await phone.rekey();
      if (srtp !== 'off') assert.notEqual(phone.rtp.srtp.theirs, before, 'and one of ours for each of theirs');
    }
    await check();
  });
}

for (const srtp of POLICIES) {
  test(`plain and RTP/SAVP, policy ${srtp}: taken or refused with words`, async (t) => {
    const server = await start(t, srtp);
    const plain = buildSdp({ ip: '127.0.0.1', port: 40000 });
    const sip = await SipEndpoint.open({ t });
    for (const suite of [null, ...Object.keys(SUITES)]) {
      const body = suite ? `${plain.replace('RTP/AVP', 'RTP/SAVP')}a=crypto:${makeKey(suite).line(1)}\r\n` : plain;
      const call = sip.call(server.uri('den'));
      const response = await call.invite(body);
      const refused = suite ? srtp === 'off' : srtp === 'required';
      assert.equal(response.status, refused ? 488 : 200, `${suite ?? 'plain'}: ${response.start}`);
      if (refused) assert.match(response.header('warning'), suite ? /^302 .*only RTP\/AVP/ : /^399 .*has to be encrypted/);
      else await call.bye();
    }
  });
}

/* ---- DTLS: each profile, by handshakes of openssl's ---- */

for (const srtp of ['optional', 'required']) {
  test(`DTLS, every profile, policy ${srtp}`, async (t) => {
    const server = await start(t, srtp);
    const other = await mate(t, server, srtp);
    const phones = await Promise.all(Object.keys(PROFILES).map(async (profile, i) => {
      const hz = 570 + 130 * i;
      return Object.assign(await DtlsPhone.join({ t, server, name: profile, hz, profile }), { hz });
    }));
    const all = [other, ...phones];
    const marks = all.map(({ rtp }) => rtp.mark());
    await talk(all.map(talker));
    for (const [i, phone] of all.entries())
      assertWire(phone.rtp, marks[i], all.filter((each) => each !== phone).map(({ hz }) => hz), !phone.rtp.srtp);
    for (const { name, suite, rtp } of phones) {
      assert.deepEqual((await participant(server, name)).security, { media: 'dtls', suite });
      await until(() => rtp.reports.length > 0, { what: 'RTCP comes, encrypted' });
      const { media } = await participant(server, name, (p) => p.media.rtcp_received > 0);
      assert.ok(media.packets_unauthentic < 25, `${media.packets_unauthentic}: what comes before the keys are in force is not taken`);
    }
  });
}

/* ---- baresip, and what goes over the wire between it and the server ---- */

/** Calls that are refused say so. */
const refuses = (phone, uri) => assert.rejects(phone.dial(uri), /refused: .*488|refused: .*Not Acceptable/);

/** What somebody on the way hears of a call that is up: both tones of a plain one, else nothing, and no names. */
async function listenIn(server, wire, phone, isPlain) {
  const isTo = ({ to }) => phone.hasMediaPort(to), isFrom = ({ from }) => phone.hasMediaPort(from);
  const mark = wire.mark();
  await until(() => [isTo, isFrom].every((fits) => wire.rtp(fits, mark).length >= 100), { what: 'two seconds both ways are captured' });
  for (const [fits, hz] of [[isTo, MATE], [isFrom, PHONE]])
    assert.deepEqual(soundsLike(wire.heard(fits, mark).samples, [MATE, PHONE]), isPlain ? [hz] : [], `${phone.name}: ${hz} Hz on the wire`);
  await participant(server, phone.name, (p) => p.media.rtcp_sent > 0);
  if (isPlain) await until(() => wire.having('raduno-', isTo).length, { what: 'the name of the server in its reports' });
  else assert.equal(wire.having('raduno-', isTo).length, 0, 'reports are encrypted, too');
}

async function heardAndOverheard(server, wire, other, phone, expected) {
  await talk([talker(other), talker(phone)]);
  const { security, media } = await participant(server, phone.name, (p) => expected.media === 'none' || p.security.suite);
  assert.deepEqual({ ...security, ...expected }, security, phone.name);
  await listenIn(server, wire, phone, expected.media === 'none');
  const later = (await participant(server, phone.name)).media;
  const unauthentic = later.packets_unauthentic;
  if (security.suite === 'AES_CM_128_HMAC_SHA1_32') /* baresip cuts the tag of its reports, too; RFC 4568 section 6.2.2 does not */
    assert.ok(unauthentic <= 3 && later.rtcp_received === 0, `${unauthentic} not authentic`);
  else if (expected.media === 'dtls') /* what comes before its keys are in force is not taken */
    assert.ok(unauthentic < 25 && unauthentic === media.packets_unauthentic, `${unauthentic} not authentic`);
  else assert.equal(unauthentic, 0);
}

for (const srtp of POLICIES) {
  const isOff = srtp === 'off';
  for (const [mode, expected] of [
    [undefined, srtp === 'required' ? null : PLAIN], ['srtp', isOff ? PLAIN : { media: 'sdes' }], ['srtp-mand', isOff ? null : { media: 'sdes' }],
    ['srtp-mandf', isOff ? null : { media: 'sdes' }], ['dtls_srtp', isOff ? null : { media: 'dtls' }],
  ]) {
    test(`baresip ${mode ?? 'plain'}, policy ${srtp}: ${expected ? `${expected.media}, heard and captured` : 'refused'}`, async (t) => {
      const server = await start(t, srtp);
      const phone = await Baresip.start({ t, name: 'phone', hz: PHONE, srtp: mode, mux: true });
      if (!expected) {
        await assert.rejects(phone.dial(server.uri('den')), /refused: .*488/);
        assert.equal(await server.api.metric('raduno_sip_answered_total'), 0);
        return;
      }
      const wire = await Wire.tap(t, server);
      const other = await mate(t, server, srtp);
      await phone.dial(server.uri('den'));
      await heardAndOverheard(server, wire, other, phone, expected);
    });
  }
}

/* baresip offers one suite, and answers with the first that it knows of those that are offered: so the others are taken out on the way. */
for (const suite of ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32', 'AEAD_AES_128_GCM']) {
  test(`dial-out to baresip with ${suite}, policy required, heard and captured`, async (t) => {
    const server = await start(t, 'required');
    const wire = await Wire.tap(t, server);
    const other = await mate(t, server, 'required');
    const phone = await Baresip.start({ t, name: 'phone', hz: PHONE, answer: 'auto', srtp: 'srtp-mand' });
    const port = await relay(t, phone.sipPort, (text) => text.replace(/a=crypto:\d+ (\S+) .*\r\n/g, (line, name) => (name === suite ? line : '')));
    (await server.api.post('/rooms/den/participants', { uri: `sip:phone@127.0.0.1:${port}` })).expect(201);
    await heardAndOverheard(server, wire, other, phone, { media: 'sdes', suite });
  });
}
