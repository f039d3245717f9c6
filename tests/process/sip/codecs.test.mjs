/* The codecs of a room: which are agreed on, in which order, by phones, browsers and in our own offers. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { fieldsOf, problem } from '../api/problem.mjs';
import { buildSdp, CODECS, parseSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { webOffer } from '../../support/web_offer.mjs';

const GUEST = { token: null };
const offerOf = (codecs, fields) => buildSdp({ ip: '127.0.0.1', port: 40000, codecs, ...fields });
const ALL = [CODECS.opus, CODECS.G722, CODECS.PCMU, CODECS.PCMA];

test('a room allows some codecs, in its order', async (t) => {
  const server = await startServer({ t, set: { 'api.rate_per_source': 0 } });
  const { api } = server;
  const sip = await SipEndpoint.open({ t });
  const invite = async (codecs, fields) => {
    const call = sip.call(server.uri('blue'));
    return { call, response: await call.invite(codecs && offerOf(codecs), fields) };
  };
  const audioOf = ({ body }) => parseSdp(body).media[0];
  const made = (await api.post('/rooms', { name: 'blue', codecs: ['pcma', 'G722', 'H264'] })).expect(201).body;
  assert.deepEqual(made.codecs, ['PCMA', 'G722', 'H264']);

  const { call, response } = await invite(ALL);
  assert.deepEqual(audioOf(response).types, [8, 9, 101], 'the answer, and not in the order of the offer');
  await api.waitForParticipants('blue', 1, { fits: ({ media }) => media.send_codec === 'PCMA' });
  assert.equal((await invite([CODECS.opus, CODECS.PCMU])).response.status, 488);
  const ours = await invite(undefined, { ackBody: (offer) => {
    assert.deepEqual(parseSdp(offer).media.map(({ rtpmap }) => Object.values(rtpmap).filter((map) => !/^(CN|telephone-event|rtx)/.test(map))[0]), ['PCMA/8000', 'H264/90000']);
    assert.deepEqual(audioOf({ body: offer }).types.slice(0, 2), [8, 9]);
    return offerOf([CODECS.PCMA]);
  } });
  assert.equal(ours.response.status, 200);
  problem(await api.post('/rooms/blue/calls', { offer: webOffer() }, GUEST), 422, 'not_acceptable');

  (await api.patch('/rooms/blue', { codecs: ['PCMU', 'opus', 'H264'] })).expect(200);
  const again = await call.reinvite(offerOf(ALL, { version: 2 }));
  assert.deepEqual(audioOf(again).types, [0, 96, 101], 'who agrees anew agrees on what is allowed now');
  const { answer } = (await api.post('/rooms/blue/calls', { offer: webOffer() }, GUEST)).expect(201).body;
  const [sound, picture] = parseSdp(answer).media;
  assert.deepEqual(sound.types, [0, 111]);
  assert.equal(picture.port, 0, 'the browser has VP8 only');

  const { errors } = problem(await api.patch('/rooms/blue', { codecs: ['opus', 'MP3', 'Opus'] }), 422, 'invalid_body');
  assert.deepEqual(fieldsOf({ errors }), ['/codecs/1', '/codecs/2']);
  assert.match(errors[0].detail, /opus,L16.*PCMU.*,H264,VP8,VP9/);
  assert.equal((await api.patch('/rooms/blue', { codecs: null })).expect(200).body.codecs, null);
  assert.equal(audioOf((await invite(ALL)).response).types[0], 96, 'as they are offered');
});
