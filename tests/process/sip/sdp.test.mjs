/* What the server answers to an offer with comfort noise, redundancy and header extensions, and
 * what it offers by itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { buildSdp, CODECS, parseSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';

const LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
const MIXED_LEVELS = 'urn:ietf:params:rtp-hdrext:csrc-audio-level';
const RED = { type: 63, map: 'red/48000/2', fmtp: '96/96' };
const NOISE = { type: 13, map: 'CN/8000' };

const offerOf = (fields) => buildSdp({ ip: '127.0.0.1', port: 40000, ...fields });
const extensionsOf = (audio) => audio.attributes.filter((line) => line.startsWith('extmap:'));

/** A call, and the server's answer as parseSdp() has it. */
async function dial(t, server, fields) {
  const sip = await SipEndpoint.open({ t });
  const call = sip.call(server.uri('blue'));
  const response = await call.invite(offerOf(fields));
  assert.equal(response.status, 200, response.start);
  return { call, audio: parseSdp(response.body).media[0] };
}

test('noise, redundancy and levels are answered in the numbers of the offer', async (t) => {
  const server = await startServer({ t, rtpPorts: 20 });
  const fields = {
    codecs: [CODECS.opus, RED, CODECS.G722, CODECS.PCMU, NOISE, { type: 98, map: 'CN/16000' }],
    extra: [`a=extmap:3/sendonly ${LEVEL} vad=on`, `a=extmap:5 ${MIXED_LEVELS}`, 'a=extmap:6 urn:ietf:params:rtp-hdrext:sdes:mid'],
  };
  const { call, audio } = await dial(t, server, fields);
  assert.deepEqual(audio.types, [96, 63, 9, 0, 13, 101]);
  assert.equal(audio.rtpmap[63], 'red/48000/2');
  assert.equal(audio.fmtp[63], '96/96');
  assert.equal(audio.rtpmap[13], 'CN/8000');
  assert.deepEqual(extensionsOf(audio), [`extmap:3/recvonly ${LEVEL}`, `extmap:5 ${MIXED_LEVELS}`]);

  const again = await call.reinvite(offerOf({ ...fields, version: 2 }));
  assert.deepEqual(parseSdp(again.body).media[0], audio, 'the same offer gets the same answer');
  await call.bye();
});

test('what is foreign or malformed is left out', async (t) => {
  const server = await startServer({ t, rtpPorts: 20 });
  const { call, audio } = await dial(t, server, {
    codecs: [CODECS.PCMU, { type: 62, map: 'red/8000', fmtp: '0/0' }, { ...RED, fmtp: '96/0' }, CODECS.opus, { type: 98, map: 'CN/32000' }],
    extra: [`a=extmap:15 ${LEVEL}`, `a=extmap:1/sometimes ${MIXED_LEVELS}`],
  });
  assert.deepEqual(audio.types, [0, 96, 101]);
  assert.deepEqual(extensionsOf(audio), []);
  await call.bye();
});

test('an identifier never gets another meaning', async (t) => {
  const server = await startServer({ t, rtpPorts: 20 });
  const { call, audio } = await dial(t, server, { extra: [`a=extmap:2 ${LEVEL}`] });
  assert.deepEqual(extensionsOf(audio), [`extmap:2 ${LEVEL}`]);
  const second = await call.reinvite(offerOf({ version: 2, extra: [`a=extmap:2 ${MIXED_LEVELS}`] }));
  assert.deepEqual(extensionsOf(parseSdp(second.body).media[0]), []);
  await call.bye();
});

test('our own offer has all of it, Opus first, and takes what is answered', async (t) => {
  const server = await startServer({ t, rtpPorts: 20 });
  const sip = await SipEndpoint.open({ t });
  const call = sip.call(server.uri('blue'));
  let offered;
  const response = await call.invite(undefined, {
    ackBody: (offer) => {
      [offered] = parseSdp(offer).media;
      const opus = { ...CODECS.opus, type: 97 };
      return offerOf({ codecs: [opus, { type: 98, map: 'red/48000/2', fmtp: '97/97' }, CODECS.PCMU, NOISE], extra: [`a=extmap:1/sendonly ${LEVEL}`] });
    },
  });
  assert.equal(response.status, 200, response.start);
  const typeOf = (map) => Number(Object.keys(offered.rtpmap).find((type) => offered.rtpmap[type] === map));
  const opus = typeOf('opus/48000/2');
  assert.equal(offered.types[0], opus);
  assert.equal(offered.fmtp[typeOf('red/48000/2')], `${opus}/${opus}`);
  assert.equal(typeOf('CN/8000'), 13);
  assert.deepEqual(extensionsOf(offered), [`extmap:1 ${LEVEL}`, `extmap:2 ${MIXED_LEVELS}`]);
  await server.api.waitForParticipants('blue', 1);
  await call.bye();
});
