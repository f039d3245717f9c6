/* Media before the answer, by a trunk: what the far end plays while it rings; the lobby and refusals, heard unanswered. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { atEnd } from '../../support/cleanup.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { is, story } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { runSipp } from '../../support/sipp.mjs';
import { makeKey } from '../../support/srtp.mjs';
import { sine, writeWav } from '../../support/tone.mjs';
import { until } from '../../support/wait.mjs';

const ALICE = 440, FAR = 700, OTHER = 1000; // who is in; what is played to us
const LOBBY = 500, LOCKED = 800, FULL = 1200; // what is said there
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const NUMBER = '+493012345';

const hear = (listener, what) => waitToHear(listener, { seconds: 0.2, ...what });

/** A server whose prompts are tones, and a room that a trunk leads to. */
async function begin(t) {
  const prompts = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-prompts-'));
  atEnd(t, () => fs.rmSync(prompts, { recursive: true }));
  const tone = (name, hz, seconds) => writeWav(path.join(prompts, `${name}.wav`), sine({ hz, rate: 8000, seconds }), 8000);
  for (const [name, hz] of Object.entries({ lobby: LOBBY, locked: LOCKED, full: FULL })) tone(name, hz, 0.9);
  for (const name of ['goodbye', 'not-admitted']) tone(name, LOBBY, 0.1);
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'media.prompts_directory': prompts } });
  const { api } = server;
  const gateway = await Caller.wait({ t, name: 'gw', hz: FAR });
  (await api.post('/rooms', { name: 'blue', announcements: false })).expect(201);
  (await api.post('/numbers', { number: NUMBER, leads_to: 'room', target: 'blue' })).expect(201);
  const trunk = { name: 'line', networks: ['127.0.0.0/8'], numbers: ['+49.'], health_interval_s: 0, codecs: ['PCMU', 'PCMA'], gateways: [{ uri: `sip:127.0.0.1:${gateway.sip.port}` }] };
  const made = (await api.post('/trunks', trunk)).expect(201).body;
  assert.deepEqual([made.early_media, made.early_limit_s], ['off', 180]);
  const events = await api.events('/events');
  const scene = { t, server, api, gateway, events };
  scene.set = async (settings) => (await api.patch('/trunks/line', settings)).expect(200);
  scene.room = async (settings) => (await api.patch('/rooms/blue', settings)).expect(200);
  scene.dial = async () => (await api.post('/rooms/blue/participants', { uri: '+4930777' })).expect(201).body.id;
  scene.show = async (id) => (await api.get(`/rooms/blue/participants/${id}`)).expect(200).body;
  scene.heard = (id) => events.waitFor(is('participant_changed', { id, early_media: true, state: 'ringing' }));
  scene.left = async (id) => (await events.waitFor(is('participant_left', { id }))).data;
  return scene;
}

const at = (caller, priority) => ({ uri: `sip:127.0.0.1:${caller.sip.port}`, priority });

/** The gateway is called; it has said nothing yet. */
function called({ gateway }) {
  gateway.rtp.stopTone();
  return new Promise((resolve) => {
    gateway.onInvite = (incoming) => {
      gateway.call = incoming.call;
      resolve(incoming);
    };
  });
}

/** 183 with SDP, and the tone. */
function progress({ gateway }, incoming, { changes = {}, ...options } = {}) {
  incoming.respond(183, { body: gateway.describe(changes), ...options });
  gateway.settle({ body: incoming.request.body });
  if (!gateway.rtp.cancelTone) gateway.speak();
}

/** Somebody calls by the trunk; gives the response that comes first, and the final one to come. */
async function ring({ t, server }, { headers, first = 183 } = {}) {
  const caller = await Caller.wait({ t, name: '0170123' });
  caller.call = caller.sip.call(server.uri(NUMBER));
  const invite = caller.call.startInvite(caller.describe(), { headers });
  const response = await until(() => invite.responses.find(({ status }) => status === first), { what: `a ${first}` });
  if (response.body) caller.settle(response);
  return { caller, invite, response };
}

async function callsOut(t) {
  const scene = await begin(t);
  const { server, api, gateway, events } = scene;
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice', hz: ALICE });

  await t.test('off: nothing is heard before the answer', async () => {
    const call = called(scene);
    const id = await scene.dial();
    progress(scene, await call);
    await events.waitFor(is('participant_state', { id, state: 'ringing' }));
    await hear(alice.rtp, { absent: [FAR], silent: true });
    assert.equal((await scene.show(id)).early_media, false);
    assert.equal(gateway.rtp.packets.length, 0);
    (await api.delete(`/rooms/blue/participants/${id}`)).expect(204);
  });

  await t.test('heard, deaf, not in; the answer has another codec', async () => {
    await scene.set({ early_media: 'out' });
    const call = called(scene);
    const id = await scene.dial();
    const incoming = await call;
    progress(scene, incoming);
    await scene.heard(id);
    (await api.post('/rooms/blue/plays', { prompt: 'locked' })).expect(201);
    await Promise.all([hear(alice.rtp, { present: [FAR, LOCKED] }), hear(gateway.rtp, { absent: [ALICE, LOCKED], silent: true })]);
    await gateway.rtp.sendDigits('*5');
    const { state, early_media: early, joined_at: joined } = await scene.show(id);
    assert.deepEqual([state, early, joined], ['ringing', true, null]);
    gateway.rtp.stopTone();
    gateway.codec = 'PCMA';
    await gateway.answer(incoming);
    await events.waitFor(is('participant_joined', { id, early_media: false }));
    await Promise.all([hear(alice.rtp, { present: [FAR] }), hear(gateway.rtp, { present: [ALICE] })]);
    gateway.codec = 'PCMU';
    await gateway.rtp.sendDigits('7');
    await events.waitFor(is('participant_digit', { id, digit: '7' }));
    assert.deepEqual(events.all.filter(is('participant_digit', { id })).map(({ data }) => data.digit), ['7'], 'no key before the answer counts');
    assert.deepEqual(story(events, id), ['participant_added calling', 'participant_state ringing', 'participant_changed ringing', 'participant_joined connected', 'participant_digit connected']);
    await gateway.leave();
    await scene.left(id);
  });

  await t.test('it is busy, or we give up: nothing is heard any more', async () => {
    for (const isBusy of [true, false]) {
      const call = called(scene);
      const id = await scene.dial();
      const incoming = await call;
      progress(scene, incoming);
      await scene.heard(id);
      await hear(alice.rtp, { present: [FAR] });
      if (isBusy) incoming.reject(486);
      else (await api.delete(`/rooms/blue/participants/${id}`)).expect(204);
      assert.equal((await scene.left(id)).reason, isBusy ? 'busy' : 'kicked');
      if (!isBusy) await incoming.cancelled;
      await hear(alice.rtp, { silent: true });
    }
  });

  await t.test('of two phones that ring the newer is heard; either may answer', async () => {
    const other = await Caller.wait({ t, name: 'other', hz: OTHER });
    for (const [answers, heard, silent] of [[gateway, FAR, OTHER], [other, OTHER, FAR]]) {
      const call = called(scene);
      const id = await scene.dial();
      const incoming = await call;
      progress(scene, incoming, { tag: 'one' });
      await hear(alice.rtp, { present: [FAR] });
      incoming.respond(183, { tag: 'two', body: other.describe() });
      other.settle({ body: incoming.request.body });
      await hear(alice.rtp, { present: [OTHER], absent: [FAR] });
      incoming.call.localTag = answers === gateway ? 'one' : 'two';
      await answers.answer(incoming);
      await events.waitFor(is('participant_joined', { id }));
      await hear(alice.rtp, { present: [heard], absent: [silent] });
      await answers.leave();
      await scene.left(id);
    }
    other.rtp.stopTone();
  });

  await t.test('P-Early-Media: what says that it is silent is not heard, until it says otherwise', async () => {
    await scene.set({ p_early_media: true });
    const call = called(scene);
    const id = await scene.dial();
    const incoming = await call;
    assert.equal(incoming.request.header('p-early-media'), 'supported');
    const says = (value) => ({ headers: { 'P-Early-Media': value } });
    progress(scene, incoming, says('inactive'));
    await events.waitFor(is('participant_state', { id, state: 'ringing', early_media: false }));
    await hear(alice.rtp, { absent: [FAR], silent: true });
    incoming.respond(180, says('sendrecv, gated'));
    await scene.heard(id);
    await hear(alice.rtp, { present: [FAR] });
    incoming.respond(180, says('recvonly'));
    await events.waitFor(({ type, data }) => type === 'participant_changed' && data.participant.id === id && !data.participant.early_media);
    await hear(alice.rtp, { silent: true });
    await gateway.answer(incoming);
    await events.waitFor(is('participant_joined', { id }));
    await Promise.all([hear(alice.rtp, { present: [FAR] }), hear(gateway.rtp, { present: [ALICE] })]);
    await gateway.leave();
    await scene.left(id);
    await scene.set({ p_early_media: false });
    const silent = called(scene);
    const other = await scene.dial();
    const second = await silent;
    assert.equal(second.request.header('p-early-media'), undefined);
    second.reject(486);
    await scene.left(other);
  });

  await t.test('what is no SDP does no harm, and neither does a flood', async () => {
    const call = called(scene);
    const id = await scene.dial();
    const incoming = await call;
    incoming.respond(155, { body: gateway.describe() });
    for (const body of ['v=0\r\nnonsense', 'm=audio 1', gateway.describe({ codecs: [{ type: 97, map: 'EVRC/8000' }] })]) incoming.respond(183, { body });
    await events.waitFor(is('participant_state', { id, state: 'ringing', early_media: false }));
    for (let i = 0; i < 40; i++) incoming.respond(183, { body: gateway.describe() });
    await scene.heard(id);
    await until(() => server.log.some((line) => line.includes('early media changes too often')), { what: 'that it is too much' });
    await gateway.answer(incoming);
    await events.waitFor(is('participant_joined', { id }));
    await hear(alice.rtp, { present: [FAR] });
    await gateway.leave();
    await scene.left(id);
  });

  await t.test('encrypted; a gateway that breaks down meanwhile is not heard any more', async () => {
    const second = await Caller.wait({ t, name: 'second', hz: OTHER, srtp: {} });
    const next = new Promise((resolve) => (second.onInvite = resolve));
    await scene.set({ srtp: 'required', gateways: [at(gateway, 0), at(second, 1)] });
    gateway.srtp = second.srtp;
    gateway.ours = makeKey(SUITE);
    const call = called(scene);
    const id = await scene.dial();
    const incoming = await call;
    progress(scene, incoming);
    await hear(alice.rtp, { present: [FAR] });
    incoming.reject(503);
    const again = await next;
    await events.waitFor(is('participant_state', { id, state: 'calling', early_media: false }));
    await hear(alice.rtp, { silent: true });
    again.respond(183, { body: second.describe() });
    second.settle({ body: again.request.body });
    await hear(alice.rtp, { present: [OTHER] });
    await second.answer(again);
    await events.waitFor(is('participant_joined', { id }));
    await Promise.all([hear(alice.rtp, { present: [OTHER] }), hear(second.rtp, { present: [ALICE] })]);
    await second.leave();
    await scene.left(id);
    gateway.srtp = gateway.ours = gateway.rtp.srtp = null;
    await scene.set({ srtp: null });
  });

  await t.test('a gateway that insists on 100rel gets it, and PRACK', async () => {
    const supported = [];
    let answered;
    gateway.onInvite = (incoming) => {
      gateway.call = incoming.call;
      supported.push(incoming.request.header('supported'));
      if (supported.length === 1) {
        progress(scene, incoming);
        incoming.reject(421, { reason: 'Extension Required', headers: { Require: '100rel' } });
      } else progress(scene, incoming, { headers: { Require: '100rel', RSeq: 17 } });
      answered = incoming;
    };
    await scene.set({ gateways: [at(gateway, 0)] });
    const id = await scene.dial();
    await events.waitFor(is('participant_state', { id, state: 'calling', early_media: false }));
    await scene.heard(id);
    const prack = await until(() => gateway.sip.received.find(({ method }) => method === 'PRACK'), { what: 'a PRACK' });
    assert.match(prack.header('rack'), /^17 \d+ INVITE$/);
    assert.deepEqual(supported.map((value) => /100rel/.test(value)), [false, true]);
    await hear(alice.rtp, { present: [FAR] });
    answered.answer(); // the answer is there already
    await events.waitFor(is('participant_joined', { id }));
    await hear(gateway.rtp, { present: [ALICE] });
    await gateway.leave();
    await scene.left(id);
  });
  await alice.leave();
}

async function callsIn(t) {
  const scene = await begin(t);
  const { server, api, events } = scene;
  await scene.set({ early_media: 'in' });
  const waiting = async () => (await events.waitFor(({ type, data }) => type === 'participant_state' && data.participant.state === 'lobby')).data.participant;
  const linesIn = async () => (await api.get('/trunks/line')).body.now.lines_in;

  await t.test('who need not wait is answered at once', async () => {
    const { caller, invite } = await ring(scene, { first: 200 });
    assert.deepEqual(invite.responses.map(({ status }) => status).filter((status) => status > 100), [180, 200]);
    await caller.leave();
  });

  await t.test('in the lobby: 183, and 200 once it is let in', async () => {
    await scene.room({ lobby: 'all' });
    await scene.set({ p_early_media: true });
    const { caller, invite, response } = await ring(scene, { headers: { 'P-Early-Media': 'supported' } });
    const { id, early_media: early } = await waiting();
    assert.equal(early, true);
    assert.equal(response.header('require'), undefined);
    assert.equal(response.header('p-early-media'), 'sendonly');
    await hear(caller.rtp, { present: [LOBBY] });
    assert.ok(invite.responses.every(({ status }) => status < 200), 'and pays nothing');
    (await api.patch(`/rooms/blue/participants/${id}`, { admitted: true })).expect(200);
    await events.waitFor(is('participant_joined', { id, early_media: false }));
    assert.equal((await invite.final).body, response.body, 'the same again');
    await caller.leave();
    await scene.left(id);
  });

  await t.test('reliably, with PRACK; a new offer by UPDATE; sent away', async () => {
    const { caller, invite, response } = await ring(scene, { headers: { Supported: '100rel' } });
    assert.equal(response.header('require'), '100rel');
    assert.equal(response.header('p-early-media'), undefined, 'it has not asked');
    const update = () => caller.call.request('UPDATE', { body: caller.describe() });
    assert.equal((await update()).status, 500, 'not before the answer is there');
    const rack = `${response.header('rseq')} ${response.header('cseq')}`;
    assert.equal((await caller.call.request('PRACK', { headers: { RAck: rack } })).status, 200);
    assert.equal((await update()).status, 200);
    await hear(caller.rtp, { present: [LOBBY] });
    const { id } = (await api.participants('blue')).find(({ state }) => state === 'lobby');
    (await api.patch(`/rooms/blue/participants/${id}`, { admitted: false })).expect(200);
    assert.equal((await invite.final).status, 603);
    assert.equal((await scene.left(id)).reason, 'not_admitted');
  });

  await t.test('without SDP, by 100rel: our offer in the 183, and its answer in the PRACK', async () => {
    const caller = await Caller.wait({ t, name: '0170123' });
    for (const isLetIn of [true, false]) {
      caller.call = caller.sip.call(server.uri(NUMBER));
      const invite = caller.call.startInvite(undefined, { headers: { Supported: '100rel' } });
      const response = await until(() => invite.responses.find(({ status }) => status === 183), { what: 'a 183' });
      const rack = `${response.header('rseq')} ${response.header('cseq')}`;
      assert.equal((await caller.call.request('PRACK', { headers: { RAck: rack }, body: isLetIn ? caller.describe() : 'v=0\r\nnonsense' })).status, 200);
      if (!isLetIn) {
        assert.equal((await invite.final).status, 400);
        break;
      }
      caller.settle(response);
      await hear(caller.rtp, { present: [LOBBY] });
      const { id } = (await api.participants('blue')).find(({ state }) => state === 'lobby');
      (await api.patch(`/rooms/blue/participants/${id}`, { admitted: true })).expect(200);
      const final = await invite.final;
      assert.deepEqual([final.status, final.body], [200, '']);
      await events.waitFor(is('participant_joined', { id, early_media: false }));
      await caller.leave();
      await scene.left(id);
    }
  });

  await t.test('who gives up; who waits for too long is answered', async () => {
    const one = await ring(scene);
    const { id } = (await api.participants('blue')).at(-1);
    await one.caller.call.cancel();
    assert.equal((await one.invite.final).status, 487);
    assert.equal((await scene.left(id)).reason, 'hung_up');
    await scene.set({ early_limit_s: 1 });
    const two = await ring(scene);
    assert.equal((await two.invite.final).status, 200);
    await events.waitFor(({ type, data }) => type === 'participant_changed' && data.participant.state === 'lobby' && !data.participant.early_media);
    await two.caller.leave();
    await scene.room({ lobby: 'off' });
  });

  await t.test('why it is refused is said before, to SIPp reliably, to baresip, and to one too many', async () => {
    await scene.room({ locked: true });
    const phone = await Baresip.start({ t, name: 'bare' });
    const heard = hear(phone, { present: [LOCKED] });
    const sipp = runSipp({ t, scenario: new URL('scenario/early_refused.xml', import.meta.url), remote: `127.0.0.1:${server.sipPort}`, service: NUMBER });
    await assert.rejects(phone.dial(server.uri(NUMBER)), /403/);
    await heard;
    const { code, errors } = await sipp;
    assert.equal(code, 0, errors);
    const { data: { participant, reason, detail } } = await events.waitFor(({ type, data }) => type === 'participant_left' && data.participant.attributes.refused_by === 'blue');
    assert.deepEqual([participant.room, reason, detail], ['.menu', 'refused', 'room_locked']);

    await scene.room({ locked: false, max_participants: 1 });
    const alice = await Caller.join({ t, server, room: 'blue', name: 'alice' }); // from the trunk's network, too
    const { caller, invite } = await ring(scene);
    await hear(caller.rtp, { present: [FULL] });
    assert.deepEqual((await api.participants('blue')).map(({ uri }) => uri), ['sip:alice@127.0.0.1']);
    assert.equal(await linesIn(), 2);
    assert.equal((await invite.final).status, 486);
    await alice.leave();
    await until(async () => (await linesIn()) === 0, { what: 'the lines are free' });
  });
}

describe('early media', { concurrency: true }, () => {
  test('calls out: the room hears who is called, who hears nothing before he answers', callsOut);
  test('calls in: the lobby is heard unanswered, and why one is refused', callsIn);
});
