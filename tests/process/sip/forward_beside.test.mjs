/* Calls to accounts that ring somewhere else while the phones ring: who answers has it, and what becomes of the others. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { is } from '../../support/events.mjs';
import { freePort } from '../../support/ports.mjs';
import { register } from '../../support/register.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { runSippServer } from '../../support/sipp.mjs';
import { until, within } from '../../support/wait.mjs';

const password = 'correct-horse';
const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const MOBILE = '+49301';

const ring = (incoming) => incoming.ring();
const answer = (incoming) => incoming.answer(sdp);
const invites = (endpoint) => endpoint.received.filter(({ method }) => method === 'INVITE');
const cancels = (endpoint) => endpoint.received.filter(({ method }) => method === 'CANCEL').length;
const cancelled = (endpoint, count) => until(() => cancels(endpoint) === count, { what: `${count} CANCEL to ${endpoint.user}` });

/** A phone, or a gateway: `rings()` waits for its next INVITE, `says` is what it does with one. */
async function endpointOf(t, user) {
  const endpoint = await SipEndpoint.open({ t, user });
  const waiting = [];
  let taken = 0;
  endpoint.says = ring;
  endpoint.onInvite = (incoming) => {
    waiting.push(incoming);
    endpoint.says(incoming);
  };
  endpoint.rings = async () => {
    const incoming = await until(() => waiting[taken], { what: `an INVITE to ${user}` });
    taken++;
    return incoming;
  };
  return endpoint;
}

test('phones, and a mobile beside them', async (t) => {
  const server = await startServer({ t });
  const { api } = server;
  const [caller, phone, gateway] = [await SipEndpoint.open({ t, user: 'ann' }), await endpointOf(t, 'bob'), await endpointOf(t, 'gw')];
  (await api.post('/accounts', { name: 'bob', password, number: '102', forwarding: 'trunk', forward_to: MOBILE, forward_when: 'beside' })).expect(201);
  (await api.post('/accounts', { name: 'carol', password, number: '103' })).expect(201);
  (await api.post('/trunks', { name: 'line', numbers: ['+49.'], codecs: ['PCMA'], health_interval_s: 0, gateways: [{ uri: `sip:127.0.0.1:${gateway.port}` }] })).expect(201);
  assert.equal((await register(phone, server, { name: 'bob', password })).status, 200);

  const lines = async () => (await api.get('/trunks/line')).expect(200).body.now.lines_out;
  const set = async (fields, name = 'bob') => (await api.patch(`/accounts/${name}`, fields)).expect(200);
  /** Calls bob; gives the call, and the INVITEs that reach the phone and the mobile. */
  async function callBob(options) {
    const call = caller.call(server.uri('102'));
    const inviting = call.startInvite(sdp, options);
    const [desk, mobile] = await Promise.all([phone.rings(), gateway.rings()]);
    return { call, inviting, desk, mobile, final: async () => (await within(inviting.final, { what: 'the final response' })).status };
  }
  const settled = () => until(async () => (await lines()) === 0 && (await api.get('/rooms')).body.items.length === 0, { what: 'all is over' });
  const records = async (count) => (await until(async () => {
    const { items } = (await api.get('/call-records')).body;
    return items.length >= count && items;
  }, { what: `${count} call records` })).slice(0, count);

  await t.test('both ring, each with an offer of its own; the mobile answers, and the phone stops', async () => {
    const { call, inviting, desk, mobile, final } = await callBob();
    await until(() => inviting.responses.some(({ status }) => status === 180), { what: '180' });
    assert.match(mobile.request.uri, /^sip:\+49301@/);
    assert.match(mobile.request.header('diversion'), /^<sip:102@127\.0\.0\.1>;reason=unconditional;counter=1$/);
    assert.match(mobile.request.body, /PCMA/);
    assert.doesNotMatch(mobile.request.body, /PCMU|opus/, 'as the trunk wants it');
    assert.match(desk.request.body, /opus/);
    assert.equal(await lines(), 1);
    mobile.answer(buildSdp({ ip: '127.0.0.1', port: 40002, codecs: ['PCMA'] }));
    assert.equal(await final(), 200);
    await cancelled(phone, 1);
    assert.match(phone.received.find(({ method }) => method === 'CANCEL').header('reason'), /cause=200/);
    await call.bye();
    await settled();
    const all = await records(3);
    const to = (uri) => all.find((record) => record.uri === uri);
    assert.equal(to(MOBILE).reason, 'hung_up');
    assert.deepEqual([to(MOBILE).attributes.forwarded_by, to(MOBILE).attributes.forwarded_to], ['bob', MOBILE]);
    assert.equal(all.find(({ reason }) => reason === 'answered_elsewhere').uri.replace(/@.*/, ''), 'sip:bob');
  });

  await t.test('the phone answers: the mobile stops; a 200 that was on its way gets ACK and BYE', async () => {
    const { call, desk, mobile, final } = await callBob();
    gateway.onRequest = ({ method }) => (method === 'CANCEL' ? 'ignore' : undefined);
    desk.answer(sdp);
    assert.equal(await final(), 200);
    await cancelled(gateway, 1);
    gateway.onRequest = undefined;
    mobile.answer(buildSdp({ ip: '127.0.0.1', port: 40002, codecs: ['PCMA'] }));
    await within(mobile.acknowledged, { what: 'ACK to the mobile' });
    await within(mobile.call.ended, { what: 'BYE to the mobile' });
    await call.bye();
    await settled();
  });

  await t.test('the caller gives up: both stop', async () => {
    const { call, final } = await callBob();
    const before = [phone, gateway].map(cancels);
    call.cancel();
    assert.equal(await final(), 487);
    await Promise.all([phone, gateway].map((one, i) => cancelled(one, before[i] + 1)));
    await settled();
  });

  await t.test('one that is busy, or fails, leaves it to the other; who declines does so for both', async () => {
    const cases = [
      [(desk) => desk.reject(486), (mobile) => mobile.answer(buildSdp({ ip: '127.0.0.1', port: 40002, codecs: ['PCMA'] })), 200],
      [(desk, mobile) => mobile.reject(403), (mobile, desk) => desk.answer(sdp), 200],
      [(desk, mobile) => mobile.reject(503), (mobile, desk) => desk.reject(486), 486],
      [(desk) => desk.reject(486), (mobile) => mobile.reject(404), 486],
    ];
    for (const [first, second, status] of cases) {
      const { call, inviting, desk, mobile, final } = await callBob();
      first(desk, mobile);
      await within(Promise.any([desk.acknowledged, mobile.acknowledged]), { what: 'ACK of the refusal' });
      assert.equal((await api.get('/rooms')).body.items.length, 1, 'the other still rings');
      assert.ok(inviting.responses.every((response) => response.status < 200));
      second(mobile, desk);
      assert.equal(await final(), status, `${first} ${second}`);
      if (status === 200) await call.bye();
      await settled();
    }
    for (const [declines, other] of [['desk', gateway], ['mobile', phone]]) {
      const before = cancels(other);
      const rung = await callBob();
      rung[declines].reject(603);
      assert.equal(await rung.final(), 603, declines);
      await cancelled(other, before + 1);
      await settled();
    }
  });

  await t.test('no phone rings: the number is called in its place; one that may not be dialled rings nowhere', async () => {
    const { body } = await api.get('/accounts/bob/registrations');
    (await api.delete(`/accounts/bob/registrations/${body.items[0].id}`)).expect(204);
    const call = caller.call(server.uri('102'));
    const inviting = call.startInvite(sdp);
    (await gateway.rings()).answer(buildSdp({ ip: '127.0.0.1', port: 40002, codecs: ['PCMA'] }));
    assert.equal((await within(inviting.final, { what: 'the answer' })).status, 200);
    await call.bye();
    await settled();
    assert.equal((await register(phone, server, { name: 'bob', password })).status, 200);
    const before = invites(gateway).length;
    phone.says = answer;
    for (const wrong of [{ forward_to: '+39900' }, { forward_to: MOBILE, forwarding: 'local' }, { forward_to: '102' }, { forward_to: 'sip:x@192.0.2.1' }]) {
      await set(wrong);
      const one = caller.call(server.uri('102'));
      assert.equal((await one.invite(sdp)).status, 200, JSON.stringify(wrong));
      await phone.rings();
      await one.bye();
      await settled();
    }
    assert.equal(invites(gateway).length, before);
    phone.says = ring;
    await set({ forwarding: 'trunk', forward_to: MOBILE });
  });

  await t.test('another account rings beside, too, with its own mobile; a room takes the call when nobody does', async (t) => {
    const carol = await endpointOf(t, 'carol');
    assert.equal((await register(carol, server, { name: 'carol', password })).status, 200);
    await set({ forwarding: 'trunk', forward_to: '+49302', forward_when: 'beside' }, 'carol');
    await set({ forward_to: 'carol' });
    const { call, desk, mobile, final } = await callBob();
    assert.match(mobile.request.uri, /^sip:\+49302@/);
    await carol.rings();
    assert.match(mobile.request.header('diversion'), /^<sip:103@127\.0\.0\.1>;reason=unconditional;counter=1, <sip:102@127\.0\.0\.1>;reason=unconditional;counter=1$/);
    const before = cancels(gateway);
    desk.answer(sdp);
    assert.equal(await final(), 200);
    await Promise.all([cancelled(carol, 1), cancelled(gateway, before + 1)]);
    await call.bye();
    await settled();
    (await api.post('/rooms', { name: 'board' })).expect(201);
    await set({ forward_to: 'board', forward_after_s: 1 });
    const patient = caller.call(server.uri('102'));
    assert.equal((await patient.invite(sdp)).status, 200);
    await phone.rings();
    assert.equal((await api.get('/rooms/board/participants')).body.items.length, 1);
    await patient.bye();
    (await api.delete('/rooms/board')).expect(204);
    await set({ forward_to: MOBILE });
    await settled();
  });

  await t.test('whom a room calls, too: two participants, and each has its record; one is sent away, both are', async () => {
    (await api.post('/rooms', { name: 'blue' })).expect(201);
    const events = await api.events('/events');
    const dial = async () => (await api.post('/rooms/blue/participants', { uri: 'sip:bob@raduno', muted: true })).expect(201).body.id;
    const id = await dial();
    await phone.rings();
    const mobile = await gateway.rings();
    const other = (await until(async () => (await api.participants('blue')).find((one) => one.id !== id && one.attributes.forwarded_to), { what: 'the mobile' })).id;
    mobile.answer(buildSdp({ ip: '127.0.0.1', port: 40002, codecs: ['PCMA'] }));
    await events.waitFor(is('participant_joined', { id: other, muted: true }));
    assert.equal((await events.waitFor(is('participant_left', { id }))).data.reason, 'answered_elsewhere');
    (await api.delete(`/rooms/blue/participants/${other}`)).expect(204);
    const second = await dial();
    await Promise.all([phone.rings(), gateway.rings()]);
    (await api.delete(`/rooms/blue/participants/${second}`)).expect(204);
    await until(async () => (await lines()) === 0, { what: 'the line is free' });
    (await api.delete('/rooms/blue')).expect(204);
    await settled();
  });

  await t.test('a number that leads back to us: a few calls ring, and no more', async (t) => {
    (await api.post('/trunks', { name: 'in', networks: ['127.0.0.2'] })).expect(201);
    (await api.post('/numbers', { number: '+493012345', leads_to: 'account', target: 'bob' })).expect(201);
    const provider = await SipEndpoint.open({ t, ip: '127.0.0.2', user: '+4989' });
    phone.says = () => {};
    const before = invites(gateway).length;
    const back = [];
    const calling = () => {
      const call = provider.call(server.uri('+493012345'));
      back.push(call);
      call.startInvite(sdp);
    };
    gateway.says = (incoming) => {
      incoming.ring();
      calling();
    };
    calling();
    await until(() => back.length === 5, { what: 'the call comes back four times' });
    await until(() => invites(phone).length && server.log.some((line) => line.includes('it has come by there')), { what: 'that it goes in a circle' });
    assert.equal(invites(gateway).length - before, 4);
    for (const call of back) call.cancel();
    gateway.says = phone.says = ring;
    await settled();
  });
});

test('real ones: baresip at the desk, SIPp as the mobile that is too late', async (t) => {
  const server = await startServer({ t, set: { 'sip.auth_algorithms': 'md5' } });
  const { api } = server;
  const port = await freePort();
  (await api.post('/accounts', { name: 'bob', password, forwarding: 'trunk', forward_to: MOBILE, forward_when: 'beside' })).expect(201);
  (await api.post('/trunks', { name: 'line', numbers: ['+49.'], health_interval_s: 0, gateways: [{ uri: `sip:127.0.0.1:${port}` }] })).expect(201);
  const mobile = await runSippServer({ t, scenario: new URL('scenario/uas_too_late.xml', import.meta.url), port });
  const desk = await Baresip.start({ t, name: 'bob', codec: 'PCMU', hz: 700, answer: 'auto', registrar: { server, password } });
  await until(async () => (await api.get('/accounts/bob')).body.registered, { what: 'baresip registers' });
  const caller = await Baresip.start({ t, name: 'ann', codec: 'PCMU', hz: 440 });
  await caller.dial(server.uri('bob'));
  await Promise.all([waitToHear(caller, { present: [700], absent: [440] }), waitToHear(desk, { present: [440], absent: [700] })]);
  const { code, errors } = await mobile.finished;
  assert.equal(code, 0, errors);
  await caller.hangup();
});
