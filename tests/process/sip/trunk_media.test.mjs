/* The media of a trunk's calls: which codecs, both ways; in which way digits go. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { is } from '../../support/events.mjs';
import { buildSdp, CODECS, parseSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { toneMs } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';
import { fieldsOf, problem } from '../api/problem.mjs';

const offerOf = (...codecs) => buildSdp({ ip: '127.0.0.1', port: 40000, codecs });
const audioOf = ({ body }) => parseSdp(body).media[0];

/** A provider with a trunk, a room and the number that leads to it. */
async function start(t, settings = {}, provider = undefined) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const { api } = server;
  provider ??= await SipEndpoint.open({ t, user: 'gw' });
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  (await api.post('/numbers', { number: '+493012345', leads_to: 'room', target: 'blue' })).expect(201);
  const gateways = [{ uri: `sip:127.0.0.1:${(provider.sip ?? provider).port}` }];
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

test('digits go out as telephone-events, by INFO, or as sound; all are heard', async (t) => {
  const callee = await Caller.wait({ t, name: 'gw' });
  const { server, api, events } = await start(t, { codecs: ['PCMU'] }, callee);
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice', hz: 440 });
  const dial = async (dtmf) => {
    (await api.patch('/trunks/line', { dtmf })).expect(200);
    const { id } = (await api.post('/rooms/blue/participants', { uri: '+4930777' })).expect(201).body;
    await events.waitFor(is('participant_joined', { id }));
    await waitToHear(callee.rtp, { present: [440] });
    callee.rtp.packets.length = 0;
    const mark = callee.rtp.mark();
    (await api.post(`/rooms/blue/participants/${id}/dtmf`, { digits: '1#' })).expect(202, 204);
    return { id, mark };
  };
  const end = async (id) => {
    await callee.leave();
    await events.waitFor(is('participant_left', { id }));
  };
  const infos = () => callee.sip.received.filter(({ method }) => method === 'INFO');
  const eventsHeard = () => new Set(callee.rtp.packets.filter(({ type }) => type === 101).map(({ payload }) => payload[0]));
  const low = 697, high = 1209;
  const soundOf = async (mark, hz) => {
    const { samples, rate } = await callee.rtp.listen(mark, 1.2);
    return toneMs(samples, rate, hz);
  };

  const first = await dial('rfc4733');
  await until(() => eventsHeard().size === 2, { what: 'both events' });
  assert.deepEqual([...eventsHeard()], [1, 11]);
  assert.ok(await soundOf(first.mark, high) < 20);
  await callee.rtp.sendDigits('5');
  await events.waitFor(({ type, data }) => type === 'participant_digit' && data.digit === '5');
  await end(first.id);

  const second = await dial('info');
  await until(() => infos().length === 2, { what: 'both requests' });
  assert.deepEqual(infos().map(({ body }) => body), ['Signal=1\r\nDuration=100\r\n', 'Signal=#\r\nDuration=100\r\n']);
  assert.equal(infos()[0].header('content-type'), 'application/dtmf-relay');
  assert.equal((await callee.call.request('INFO', { body: 'Signal=6\r\n', type: 'application/dtmf-relay' })).status, 200);
  await events.waitFor(({ type, data }) => type === 'participant_digit' && data.digit === '6');
  assert.ok(await soundOf(second.mark, high) < 20);
  await end(second.id);

  const third = await dial('inband');
  for (const hz of [low, high]) {
    const ms = await soundOf(third.mark, hz);
    assert.ok(ms > 80 && ms < 220, `${hz} Hz for ${ms} ms`); // of 1; of # the tones beside it, in part
  }
  assert.ok(await soundOf(third.mark, 1633) < 40, 'and no other, but where it begins and ends');
  await waitToHear(callee.rtp, { present: [440] });
  assert.equal(eventsHeard().size, 0);
  assert.equal(infos().length, 2);
  await end(third.id);
  await alice.leave();
});
