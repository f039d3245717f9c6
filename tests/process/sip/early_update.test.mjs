/* Calls that we make, before the answer: what a reliable 183 settles, and UPDATE changes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { is } from '../../support/events.mjs';
import { register } from '../../support/register.mjs';
import { parseSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { runSippServer } from '../../support/sipp.mjs';
import { until } from '../../support/wait.mjs';

const ALICE = 440, FAR = 700;
const password = 'correct-horse';
const hear = (listener, what) => waitToHear(listener, { seconds: 0.2, ...what });
const reliable = (rseq) => ({ Require: '100rel', RSeq: rseq });

test('offers before the answer', async (t) => {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const { api } = server;
  const far = await Caller.wait({ t, name: 'far', hz: FAR });
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice', hz: ALICE });
  (await api.post('/trunks', { name: 'line', numbers: ['+49.'], health_interval_s: 0, early_media: 'out', gateways: [{ uri: `sip:127.0.0.1:${far.sip.port}` }] })).expect(201);
  const events = await api.events('/events');

  /** Calls `uri`; gives the id, and the INVITE that comes. Nothing is said yet. */
  async function dial(uri) {
    const invited = new Promise((resolve) => {
      far.codec = 'PCMU';
      far.rtp.stopTone();
      far.onInvite = (incoming) => {
        far.call = incoming.call;
        resolve(incoming);
      };
    });
    const { id } = (await api.post('/rooms/blue/participants', { uri })).expect(201).body;
    return { id, incoming: await invited };
  }
  const progress = (incoming, headers) => {
    incoming.respond(183, { body: far.describe(), headers });
    far.settle({ body: incoming.request.body });
    far.speak();
  };
  const pracks = () => far.sip.received.filter(({ method }) => method === 'PRACK').length;
  async function agree(incoming, rseq = 1) {
    const before = pracks();
    progress(incoming, reliable(rseq));
    await until(() => pracks() === before + 1, { what: 'a PRACK' });
  }
  const update = (body) => far.call.request('UPDATE', { body });
  /** A new offer by UPDATE, which is answered: it speaks so from now on. */
  async function change(codec) {
    far.rtp.stopTone();
    far.codec = codec;
    const response = await update(far.describe());
    assert.equal(response.status, 200, codec);
    [far.audio] = parseSdp(response.body).media;
    far.rtp.remote = far.audio;
    far.speak();
    return response;
  }
  const joined = (id) => events.waitFor(is('participant_joined', { id }));
  async function leave(id) {
    await far.leave();
    await events.waitFor(is('participant_left', { id }));
  }

  await t.test('what was not answered reliably is not settled: 491; without an offer: 200', async () => {
    const { id, incoming } = await dial(far.uri);
    progress(incoming);
    await events.waitFor(is('participant_state', { id, state: 'ringing' }));
    assert.equal((await update(far.describe())).status, 491);
    assert.equal((await update(undefined)).status, 200);
    far.rtp.stopTone();
    await far.answer(incoming);
    await joined(id);
    await Promise.all([hear(alice.rtp, { present: [FAR] }), hear(far.rtp, { present: [ALICE] })]);
    await leave(id);
  });

  await t.test('settled: UPDATE is answered, more than once; the 200, without SDP, connects what was said last', async () => {
    const { id, incoming } = await dial(far.uri);
    await agree(incoming);
    assert.match((await change('PCMA')).body, /PCMA/);
    await change('PCMU');
    const version = ({ body }) => Number(/^o=\S+ \S+ (\d+)/m.exec(body)[1]);
    assert.ok(version(await change('PCMA')) > version(incoming.request));
    incoming.respond(183, { body: far.describe({ codecs: ['PCMU'] }) });
    await hear(alice.rtp, { silent: true });
    assert.equal((await api.get(`/rooms/blue/participants/${id}`)).body.state, 'ringing');
    incoming.answer();
    await joined(id);
    await Promise.all([hear(alice.rtp, { present: [FAR] }), hear(far.rtp, { present: [ALICE] })]);
    await leave(id);
  });

  await t.test('what cannot be had is refused, and what was agreed stands', async () => {
    const { id, incoming } = await dial(far.uri);
    await agree(incoming);
    assert.equal((await update(far.describe({ codecs: [{ type: 97, map: 'EVRC/8000' }] }))).status, 488);
    assert.equal((await update('v=0\r\nnonsense')).status, 400);
    incoming.answer();
    await joined(id);
    await Promise.all([hear(alice.rtp, { present: [FAR] }), hear(far.rtp, { present: [ALICE] })]);
    await leave(id);
  });

  await t.test('by a trunk with early media it is heard as it was changed; the next gateway knows nothing of it', async () => {
    const second = await Caller.wait({ t, name: 'second', hz: FAR });
    const next = new Promise((resolve) => (second.onInvite = resolve));
    (await api.patch('/trunks/line', { gateways: [far, second].map(({ sip }, priority) => ({ uri: `sip:127.0.0.1:${sip.port}`, priority })) })).expect(200);
    const first = await dial('+4930777');
    const again = new Promise((resolve) => (far.onInvite = (incoming) => {
      far.call = incoming.call;
      resolve(incoming);
    }));
    first.incoming.reject(421, { reason: 'Extension Required', headers: { Require: '100rel' } });
    const incoming = await again;
    await agree(incoming);
    await hear(alice.rtp, { present: [FAR] });
    await change('PCMA');
    await Promise.all([hear(alice.rtp, { present: [FAR] }), hear(far.rtp, { absent: [ALICE], silent: true })]);
    incoming.reject(503);
    const other = await next;
    far.rtp.stopTone();
    assert.match(other.request.body, /opus[^]*G722[^]*PCMU/, 'all that there is');
    await second.answer(other);
    await joined(first.id);
    await Promise.all([hear(alice.rtp, { present: [FAR] }), hear(second.rtp, { present: [ALICE] })]);
    await second.leave();
    await events.waitFor(is('participant_left', { id: first.id }));
  });

  await t.test('a phone of an account: our offer is for all of them, so 491; without an offer: 200', async () => {
    (await api.post('/accounts', { name: 'bob', password })).expect(201);
    assert.equal((await register(far.sip, server, { name: 'bob', password })).status, 200);
    const { id, incoming } = await dial('sip:bob@raduno');
    await agree(incoming);
    assert.equal((await update(far.describe())).status, 491);
    assert.equal((await update(undefined)).status, 200);
    incoming.answer();
    await joined(id);
    await Promise.all([hear(alice.rtp, { present: [FAR] }), hear(far.rtp, { present: [ALICE] })]);
    await leave(id);
  });

  await t.test('SIPp: PRACK, UPDATE, and a 200 without SDP', async () => {
    const sipp = await runSippServer({ t, scenario: new URL('scenario/uas_early_update.xml', import.meta.url) });
    const { id } = (await api.post('/rooms/blue/participants', { uri: sipp.uri('sipp') })).expect(201).body;
    await joined(id);
    (await api.delete(`/rooms/blue/participants/${id}`)).expect(204);
    const { code, errors } = await sipp.finished;
    assert.equal(code, 0, errors);
  });
  await alice.leave();
});
