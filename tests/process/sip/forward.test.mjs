/* Calls to accounts that go on elsewhere: a phone says 302, or the account is set so. And where they must not go. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { NameServer } from '../../support/dns.mjs';
import { startKamailio } from '../../support/kamailio.mjs';
import { freePort } from '../../support/ports.mjs';
import { register } from '../../support/register.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { runSippServer } from '../../support/sipp.mjs';
import { until, within } from '../../support/wait.mjs';

const password = 'correct-horse';
const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const numbers = { alice: '101', bob: '102', carol: '103', dora: '104' };

/** Accounts, of which bob's `set` are those of the test, a trunk for numbers of Germany, and its gateway. */
async function start(t, bob = {}, set = {}, env = {}) {
  const server = await startServer({ t, set, env });
  const { api } = server;
  for (const [name, number] of Object.entries(numbers))
    (await api.post('/accounts', { name, password, number, ...(name === 'bob' ? bob : {}) })).expect(201);
  const gateway = await SipEndpoint.open({ t, user: 'gw' });
  gateway.onInvite = (incoming) => {
    incoming.ring();
    incoming.answer(sdp);
  };
  (await api.post('/trunks', { name: 'line', numbers: ['+49.'], health_interval_s: 0, gateways: [{ uri: `sip:127.0.0.1:${gateway.port}` }] })).expect(201);
  return { server, api, gateway, caller: await SipEndpoint.open({ t, user: 'ann' }) };
}

const ring = (incoming) => incoming.ring();

/** A registered phone, which does with INVITEs what `onInvite` says; `invited` has them. */
async function phoneOf(t, server, name, onInvite = ring) {
  const phone = await SipEndpoint.open({ t, user: name });
  phone.invited = [];
  phone.onInvite = (incoming) => {
    phone.invited.push(incoming);
    onInvite(incoming);
  };
  assert.equal((await register(phone, server, { name, password })).status, 200);
  phone.rings = () => until(() => phone.invited.at(-1), { what: `an INVITE to ${name}` });
  return phone;
}

const redirect = (...contacts) => (incoming) => incoming.reject(302, { headers: { Contact: contacts } });
const answer = (incoming) => incoming.answer(sdp);
const invites = (endpoint) => endpoint.received.filter(({ method }) => method === 'INVITE');
const ask = async (caller, server, user = 'bob') => (await caller.call(server.uri(user)).invite(sdp)).status;
const lines = async (api) => (await api.get('/trunks/line')).expect(200).body.now.lines_out;

/** The one participant of any room whose attributes say that it was forwarded. */
const forwarded = (api) => until(async () => {
  for (const { name } of (await api.get('/rooms')).expect(200).body.items) {
    const { items } = (await api.get(`/rooms/${name}/participants`)).body;
    const found = items?.find(({ attributes }) => attributes.forwarded_by);
    if (found) return { ...found, room: name };
  }
  return null;
}, { what: 'who was forwarded' });

test('a phone sends a call on to another account: its phones ring beside others, and are told by whom', async (t) => {
  const { server, api, caller } = await start(t, { forwarding: 'local' });
  const carol = await phoneOf(t, server, 'carol');
  const desk = await phoneOf(t, server, 'bob');
  await phoneOf(t, server, 'bob', redirect('<sip:103@raduno>'));
  const call = caller.call(server.uri('102'));
  const inviting = call.startInvite(sdp);
  const incoming = await carol.rings();
  await desk.rings();
  assert.match(incoming.request.header('diversion'), /^<sip:102@127\.0\.0\.1>;reason=unconditional;counter=1$/);
  assert.match(incoming.request.header('history-info'), /^<sip:102@127\.0\.0\.1\?Reason=SIP%3Bcause%3D302>;index=1, <sip:carol@127\.0\.0\.1:\d+;cause=302>;index=1\.1;mp=1$/);
  incoming.answer(sdp);
  assert.equal((await within(inviting.final, { what: 'the answer' })).status, 200);
  await until(() => desk.received.some(({ method }) => method === 'CANCEL'), { what: 'CANCEL to the other phone' });
  const { id, attributes } = await forwarded(api);
  assert.deepEqual(attributes, { forwarded_by: 'bob', forwarded_to: 'carol', forward_reason: 'unconditional' });
  await call.bye();
  const record = await until(async () => (await api.get('/call-records')).body.items.find(({ participant }) => participant === id), { what: 'its record' });
  assert.equal(record.attributes.forwarded_by, 'bob');
});

test('it is not followed if the account may not, to other hosts, with headers, to itself; a hundred contacts', async (t) => {
  const { server, api, gateway, caller } = await start(t, {}, { 'sip.domains': ['PBX.example'], 'sip.factory': '+49309' });
  const carol = await phoneOf(t, server, 'carol', answer);
  const elsewhere = await SipEndpoint.open({ t, ip: '127.0.0.2', user: 'evil' });
  let says;
  await phoneOf(t, server, 'bob', (incoming) => says(incoming));
  says = redirect('<sip:carol@raduno>');
  assert.equal(await ask(caller, server), 480, 'forwarding is none');
  (await api.patch('/accounts/bob', { forwarding: 'local' })).expect(200);
  const hostile = [
    '<sip:+49301@raduno>', '<tel:+49301>', `<sip:x@127.0.0.2:${elsewhere.port}>`, '<sip:carol@raduno?Route=%3Csip:127.0.0.2%3E>', '<sip:bob@raduno>', '<sip:102@raduno>',
    '<sip:nobody@raduno>', '<sip:carol:secret@raduno>', '<sip:@raduno>', '<http://127.0.0.1/>', '<sip:carol@raduno%00.example>', '<sip:..@raduno>', '<tel:+49301?x=y>', '*', '<sip:carol@raduno;transport=ws>',
  ];
  for (const contact of hostile) {
    says = redirect(contact);
    assert.equal(await ask(caller, server), 480, contact);
  }
  (await api.patch('/accounts/bob', { forwarding: 'trunk' })).expect(200);
  for (const contact of ['<tel:+39900>', '<sip:+39900@raduno>', '<tel:0900>', '<tel:+49301;phone-context=x?Route=y>', '<tel:+49309>']) {
    says = redirect(contact);
    assert.equal(await ask(caller, server), 480, contact);
  }
  says = redirect(Array.from({ length: 100 }, (_, i) => `<sip:x${i}@127.0.0.2:${elsewhere.port}>`).join(', '));
  assert.equal(await ask(caller, server), 480);
  says = (incoming) => incoming.reject(302);
  assert.equal(await ask(caller, server), 480, 'no contact at all');
  says = (incoming) => redirect(/<[^>]*>/.exec(incoming.request.header('contact'))[0])(incoming);
  assert.equal(await ask(caller, server), 480, 'to where it is already');
  assert.deepEqual([carol, gateway, elsewhere].map((one) => invites(one).length), [0, 0, 0]);
  assert.equal((await api.get('/rooms')).expect(200).body.items.length, 0);
  says = redirect('<sip:carol@pbx.example:5070>');
  assert.equal(await ask(caller, server), 200, 'it is a name of ours (sip.domains)');
  (await api.patch('/accounts/carol', { enabled: false })).expect(200);
  says = redirect('<sip:carol@raduno>');
  assert.equal(await ask(caller, server), 480, 'who is switched off is not called');
});

test('circles end; who declines does so for all; q says who is first; not more often than is set', async (t) => {
  const { server, api, gateway, caller } = await start(t, { forwarding: 'trunk' }, { 'sip.max_redirects': 2 });
  (await api.patch('/accounts/alice', { forwarding: 'local' })).expect(200);
  const alice = await phoneOf(t, server, 'alice', redirect('<sip:bob@raduno>'));
  let says = redirect('<sip:alice@raduno>');
  const bob = await phoneOf(t, server, 'bob', (incoming) => says(incoming));
  assert.equal(await ask(caller, server), 480);
  assert.deepEqual([alice, bob].map((one) => invites(one).length), [1, 1]);

  says = redirect('<tel:+49302>;q=0.2', '<tel:+49301>;q=0.9', '<tel:+49303>;q=0.1');
  gateway.onInvite = (incoming) => incoming.reject(486);
  assert.equal(await ask(caller, server), 486);
  assert.deepEqual(invites(gateway).map(({ uri }) => /:(.*)@/.exec(uri)[1]), ['+49301', '+49302'], 'the third would be one too many');

  const carol = await phoneOf(t, server, 'carol', (incoming) => incoming.reject(603));
  const other = await phoneOf(t, server, 'bob');
  says = redirect('<sip:carol@raduno>', '<tel:+49304>');
  assert.equal(await ask(caller, server), 603);
  await until(() => other.received.some(({ method }) => method === 'CANCEL'), { what: 'CANCEL to who still rings' });
  assert.equal(invites(carol).length, 1);
  assert.equal(invites(gateway).length, 2, 'it is over');
  assert.equal(await lines(api), 0);
});

test('by a trunk: who has sent it on, at the expense of the account, within what the trunk allows', async (t) => {
  const { server, api, gateway } = await start(t, { forwarding: 'trunk' });
  (await api.patch('/trunks/line', { calls_per_room_day: 1, caller_id: '+4930999' })).expect(200);
  (await api.post('/trunks', { name: 'in', networks: ['127.0.0.2'] })).expect(201);
  (await api.post('/numbers', { number: '+493012345', leads_to: 'account', target: 'bob' })).expect(201);
  const provider = await SipEndpoint.open({ t, ip: '127.0.0.2', user: '+4989' });
  await phoneOf(t, server, 'bob', redirect('<tel:+49301>'));
  const call = provider.call(server.uri('+493012345'), { headers: { Diversion: '<sip:+49777@provider.example>;reason=user-busy' } });
  assert.equal((await call.invite(sdp)).status, 200);
  const [invite] = invites(gateway);
  assert.match(invite.uri, /^sip:\+49301@/);
  assert.match(invite.header('from'), /<sip:\+4930999@/, 'the trunk says who calls');
  assert.equal(invite.header('diversion'), '<sip:+493012345@127.0.0.1>;reason=unconditional;counter=1, <tel:+49777>;reason=user-busy;counter=1');
  assert.match(invite.header('history-info'), /^<tel:\+49777\?Reason=SIP%3Bcause%3D486>;index=1, <sip:\+493012345@127\.0\.0\.1;cause=486\?Reason=SIP%3Bcause%3D302>;index=1\.1;mp=1, <sip:\+49301@127\.0\.0\.1:\d+;cause=302>;index=1\.1\.1;mp=1\.1$/);
  const { attributes } = await forwarded(api);
  assert.equal(attributes.forwarded_to, '+49301');
  assert.equal(await lines(api), 1);
  await call.bye();
  await until(async () => (await lines(api)) === 0, { what: 'the line is free' });
  assert.equal((await provider.call(server.uri('+493012345')).invite(sdp)).status, 480, 'bob has had his call of today');
  assert.equal(invites(gateway).length, 1);
  (await api.patch('/trunks/line', { calls_per_room_day: 0 })).expect(200);
  const often = Array.from({ length: 5 }, (_, i) => `<sip:+4970${i}@provider.example>;reason=unconditional`);
  assert.equal((await provider.call(server.uri('+493012345'), { headers: { Diversion: often } }).invite(sdp)).status, 480, 'it goes in a circle by way of others');
  const shy = provider.call(server.uri('+493012345'), { headers: { Privacy: 'history' } });
  assert.equal((await shy.invite(sdp)).status, 200);
  assert.match(invites(gateway).at(-1).header('diversion'), /^<sip:anonymous@anonymous\.invalid>;reason=unconditional;counter=1;privacy=full$/, 'as the caller wants it');
  await phoneOf(t, server, 'dora', (incoming) => incoming.reject(302, { headers: { Contact: '<tel:+49302>', Privacy: 'history' } }));
  (await api.patch('/accounts/dora', { forwarding: 'trunk' })).expect(200);
  assert.equal((await provider.call(server.uri('dora')).invite(sdp)).status, 200);
  assert.match(invites(gateway).at(-1).header('diversion'), /^<sip:anonymous@anonymous\.invalid>;reason=unconditional;counter=1;privacy=full$/);
});

test('by a trunk whose name has to be asked for first: what the phones say meanwhile ends nothing', async (t) => {
  const dns = await NameServer.open({ t, a: { 'gw.example': '127.0.0.1' } });
  dns.mute.add('gw.example');
  const { server, api, gateway, caller } = await start(t, { forwarding: 'trunk', forward_to: '+49301', forward_when: 'no_answer', forward_after_s: 1 }, {}, dns.env);
  (await api.patch('/trunks/line', { gateway_timeout_ms: 30000, gateways: [{ uri: `sip:gw.example:${gateway.port}` }] })).expect(200);
  const bob = await phoneOf(t, server, 'bob');
  const calling = caller.call(server.uri('bob')).startInvite(sdp);
  const rung = await bob.rings();
  await within(rung.acknowledged, { what: 'ACK for the 487 of the phone' });
  assert.ok(dns.asked.includes('A gw.example'));
  dns.mute.clear();
  assert.equal((await within(calling.final, { what: 'the final response' })).status, 200);
  assert.equal(invites(gateway).length, 1);
});

test('a number of the outside that leads back to us without saying so: a few calls ring, and no more', async (t) => {
  const { server, api, gateway } = await start(t, { forwarding: 'trunk', forward_to: '+49301' });
  (await api.post('/trunks', { name: 'in', networks: ['127.0.0.2'] })).expect(201);
  (await api.post('/numbers', { number: '+493012345', leads_to: 'account', target: 'bob' })).expect(201);
  const provider = await SipEndpoint.open({ t, ip: '127.0.0.2', user: '+4989' });
  const back = [];
  const call = () => {
    const one = provider.call(server.uri('+493012345'));
    back.push(one);
    return one.invite(sdp);
  };
  gateway.onInvite = async (incoming) => {
    incoming.ring();
    incoming.reject((await call()).status);
  };
  assert.equal((await call()).status, 480);
  assert.deepEqual([back.length, invites(gateway).length], [5, 4]);
  await until(async () => (await lines(api)) === 0, { what: 'all lines are free' });
  await until(async () => (await api.get('/rooms')).body.items.length === 0, { what: 'all rooms are gone' });
});

test('what a room dials goes on, too; a gateway that fails is passed by; the ringing is withdrawn', async (t) => {
  const { server, api, gateway } = await start(t, { forwarding: 'trunk' });
  const broken = await SipEndpoint.open({ t, user: 'broken' });
  broken.onInvite = (incoming) => incoming.reject(503);
  (await api.patch('/trunks/line', { gateways: [{ uri: `sip:127.0.0.1:${broken.port}`, priority: 0 }, { uri: `sip:127.0.0.1:${gateway.port}`, priority: 1 }] })).expect(200);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const bob = await phoneOf(t, server, 'bob', redirect('<sip:+49301@raduno>'));
  const dial = async () => (await api.post('/rooms/blue/participants', { uri: 'sip:bob@raduno' })).expect(201).body.id;
  const states = async (id, state) => until(async () => (await api.get(`/rooms/blue/participants/${id}`)).body.state === state, { what: state });
  const first = await dial();
  await states(first, 'connected');
  assert.equal(invites(broken).length, 1);
  assert.match(invites(gateway)[0].header('diversion'), /^<sip:102@127\.0\.0\.1>;reason=unconditional/, 'still, at the second gateway');
  assert.match(invites(gateway)[0].header('from'), /<sip:102@/);
  gateway.onInvite = (incoming) => incoming.ring();
  const second = await dial();
  await states(second, 'ringing');
  (await api.delete(`/rooms/blue/participants/${second}`)).expect(204);
  await until(() => gateway.received.some(({ method }) => method === 'CANCEL'), { what: 'CANCEL to the gateway' });
  (await api.patch('/accounts/bob', { forwarding: 'local' })).expect(200);
  bob.onInvite = redirect('<sip:blue@raduno>');
  const events = await api.events('/events');
  const third = await dial();
  await events.waitFor(({ type, data }) => type === 'participant_left' && data.participant.id === third);
  assert.equal(await lines(api), 1);
});

test('to a room: its door asks as always, and who does not come in hears so', async (t) => {
  const { server, api, caller } = await start(t, { forwarding: 'local' });
  (await api.post('/rooms', { name: 'board', pin: '4711', number: '900' })).expect(201);
  await phoneOf(t, server, 'bob', redirect('<sip:900@raduno>'));
  const call = caller.call(server.uri('bob'));
  assert.equal((await call.invite(sdp)).status, 200);
  const found = await forwarded(api);
  assert.deepEqual([found.room, found.state, found.uri], ['board', 'pin', 'sip:ann@127.0.0.1']);
  assert.deepEqual(found.attributes, { forwarded_by: 'bob', forwarded_to: 'board', forward_reason: 'unconditional' });
  await until(async () => (await api.get('/rooms')).body.items.length === 1, { what: 'the room of the two is gone' });
  await call.bye();
  const reliable = caller.call(server.uri('bob'));
  const inviting = reliable.startInvite(sdp, { headers: { Require: '100rel' } });
  const ringing = await until(() => inviting.responses.find(({ status }) => status === 180), { what: 'a reliable 180' });
  assert.equal((await reliable.request('PRACK', { headers: { RAck: `${ringing.header('rseq')} ${ringing.header('cseq')}` } })).status, 200);
  assert.equal((await within(inviting.final, { what: 'the answer' })).status, 200);
  await reliable.bye();
  for (const refusing of [{ locked: true }, { locked: false, srtp: 'required' }]) {
    (await api.patch('/rooms/board', refusing)).expect(200);
    assert.equal(await ask(caller, server), 480, JSON.stringify(refusing));
  }
  const other = await phoneOf(t, server, 'bob');
  (await api.patch('/rooms/board', { srtp: 'default' })).expect(200);
  (await api.patch('/accounts/bob', { forward_after_s: 1 })).expect(200);
  assert.equal(await ask(caller, server), 200, 'once the other phone has rung for long enough');
  await until(() => other.received.some(({ method }) => method === 'CANCEL'), { what: 'CANCEL to it' });
});

test('forward_to: always, busy, in time, with no phone; not when somebody declines', async (t) => {
  const { server, api, gateway, caller } = await start(t, { forwarding: 'local', forward_to: 'carol' });
  const carol = await phoneOf(t, server, 'carol', answer);
  const call = async (status, reason) => {
    const before = carol.invited.length;
    const calling = caller.call(server.uri('bob'));
    assert.equal((await calling.invite(sdp)).status, status, reason);
    if (status === 200) await calling.bye();
    assert.equal(carol.invited.length - before, status === 200 ? 1 : 0);
    if (status === 200) assert.match(carol.invited.at(-1).request.header('diversion'), new RegExp(`reason=${reason};`));
  };
  await call(200, 'unconditional');
  let says = (incoming) => incoming.reject(486);
  const bob = await phoneOf(t, server, 'bob', (incoming) => says(incoming));
  await call(200, 'unconditional');
  assert.equal(bob.invited.length, 0);
  const set = async (fields) => (await api.patch('/accounts/bob', fields)).expect(200);
  await set({ forward_when: 'busy' });
  await call(200, 'user-busy');
  says = (incoming) => incoming.reject(404);
  await call(404);
  await set({ forward_when: 'not_taken' });
  await call(200, 'unknown');
  says = (incoming) => incoming.reject(603);
  await call(603);
  await set({ forward_when: 'no_answer', forward_after_s: 1 });
  says = (incoming) => incoming.reject(503);
  await call(200, 'unavailable');
  says = (incoming) => incoming.ring();
  await call(200, 'no-answer');
  await until(() => bob.received.some(({ method }) => method === 'CANCEL'), { what: 'CANCEL to the phone' });
  await api.delete(`/accounts/bob/registrations/${(await api.get('/accounts/bob/registrations')).body.items[0].id}`);
  await call(200, 'no-answer');
  await set({ forwarding: 'none' });
  await call(480);
  (await api.patch('/accounts/alice', { forwarding: 'local', forward_to: 'sip:102@raduno' })).expect(200);
  for (const to of ['alice', '102', 'bob', 'sip:bob@192.0.2.1', '..', 'sip:'])  {
    await set({ forwarding: 'trunk', forward_to: to, forward_when: 'always' });
    await call(480, to);
  }
  await set({ forward_when: 'no_answer' });
  await set({ forwarding: 'trunk', forward_to: 'tel:+49301' });
  const outside = caller.call(server.uri('bob'));
  assert.equal((await outside.invite(sdp)).status, 200);
  assert.match(invites(gateway)[0].header('diversion'), /^<sip:102@127\.0\.0\.1>;reason=no-answer;/);
  await outside.bye();
  await server.restart();
  const { forwarding, forward_to, forward_when, forward_after_s } = (await api.get('/accounts/bob')).expect(200).body;
  assert.deepEqual([forwarding, forward_to, forward_when, forward_after_s], ['trunk', 'tel:+49301', 'no_answer', 1]);
});

test('real ones: SIPp as the phone that sends on, Kamailio as the provider who asks for the password, baresip at both ends', async (t) => {
  const { server, api } = await start(t, { forwarding: 'trunk' });
  const callee = await Baresip.start({ t, name: 'mobile', codec: 'PCMU', hz: 700, answer: 'auto' });
  const provider = await startKamailio({ t, password: 'provider-secret', callee: callee.uri });
  const at = `sip:127.0.0.1:${provider.port}`;
  (await api.patch('/trunks/line', { registrar: at, username: 'line', password: 'provider-secret', gateways: [{ uri: at }] })).expect(200);
  const port = await freePort();
  const phone = await SipEndpoint.open({ user: 'bob', port });
  assert.equal((await register(phone, server, { name: 'bob', password })).status, 200);
  await phone.close();
  const sipp = await runSippServer({ t, scenario: new URL('scenario/uas_redirect.xml', import.meta.url), port, keys: { contact: 'tel:+49301' } });
  const caller = await Baresip.start({ t, name: 'ann', codec: 'PCMU', hz: 440 });
  await caller.dial(server.uri('102'));
  await waitToHear(caller, { present: [700], absent: [440] });
  await waitToHear(callee, { present: [440], absent: [700] });
  const { code, errors } = await sipp.finished;
  assert.equal(code, 0, errors);
  assert.equal((await forwarded(api)).attributes.forwarded_to, '+49301');
  await caller.hangup();
  await until(async () => (await lines(api)) === 0, { what: 'the line is free' });
});
