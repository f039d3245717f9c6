/* The media of a trunk's calls: which codecs, both ways. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { is } from '../../support/events.mjs';
import { buildSdp, CODECS, parseSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { fieldsOf, problem } from '../api/problem.mjs';

const offerOf = (...codecs) => buildSdp({ ip: '127.0.0.1', port: 40000, codecs });
const audioOf = ({ body }) => parseSdp(body).media[0];

/** A provider with a trunk, a room and the number that leads to it. */
async function start(t, settings = {}) {
  const server = await startServer({ t });
  const { api } = server;
  const provider = await SipEndpoint.open({ t, user: 'gw' });
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  (await api.post('/numbers', { number: '+493012345', leads_to: 'room', target: 'blue' })).expect(201);
  const gateways = [{ uri: `sip:127.0.0.1:${provider.port}` }];
  (await api.post('/trunks', { name: 'line', networks: ['127.0.0.1'], numbers: ['+49.'], health_interval_s: 0, gateways, ...settings })).expect(201);
  return { server, api, provider, events: await api.events('/events') };
}

test('the codecs of a trunk, in its order, and of them those of the room', async (t) => {
  const { server, api, provider, events } = await start(t, { codecs: ['pcma', 'G722', 'PCMU'] });
  let offered;
  provider.onInvite = (incoming) => {
    offered = audioOf(incoming.request);
    incoming.answer(offerOf(CODECS.G722));
  };
  const dial = async () => {
    const { id } = (await api.post('/rooms/blue/participants', { uri: '+4930777' })).expect(201).body;
    await events.waitFor(is('participant_joined', { id }));
    return offered.types.filter((type) => type < 13);
  };
  const ring = async (...codecs) => {
    const call = provider.call(server.uri('+493012345'));
    const response = await call.invite(offerOf(...codecs));
    return response.status === 200 ? audioOf(response).types : response.status;
  };
  assert.deepEqual(await ring(CODECS.opus, CODECS.PCMU, CODECS.PCMA), [8, 0, 101]);
  assert.equal(await ring(CODECS.opus), 488);
  assert.deepEqual(await dial(), [8, 9, 0]);
  (await api.patch('/rooms/blue', { codecs: ['opus', 'PCMU', 'G722'] })).expect(200);
  assert.deepEqual(await ring(CODECS.PCMU, CODECS.G722, CODECS.PCMA), [9, 0, 101]);
  assert.deepEqual(await dial(), [9, 0]);
  (await api.patch('/rooms/blue', { codecs: ['opus'] })).expect(200);
  assert.equal(await ring(CODECS.PCMA, CODECS.opus), 488, 'nothing in common');
  problem(await api.post('/rooms/blue/participants', { uri: '+4930777' }), 409, 'no_common_codec');
  (await api.patch('/trunks/line', { codecs: null })).expect(200);
  assert.deepEqual(await ring(CODECS.PCMA, CODECS.opus), [96, 101], 'at once');
  for (const codecs of [['PCMA', 'VP8'], ['MP3'], ['PCMA', 'pcma']])
    assert.deepEqual(fieldsOf(problem(await api.patch('/trunks/line', { codecs }), 422, 'invalid_body')), ['/codecs']);
});
