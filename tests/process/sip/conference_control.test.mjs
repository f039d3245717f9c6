/* A conference run by SIP: the factory, REFER to call and to send away, transfer, Replaces and Join. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { register } from '../../support/register.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until, within } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';

const password = 'correct-horse';
const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });

async function phone(t, user) {
  const sip = await SipEndpoint.open({ t, user });
  sip.onInvite = (incoming) => {
    sip.incoming = incoming;
    incoming.answer(sdp);
  };
  return sip;
}

async function join(sip, server, user, headers = {}) {
  const call = sip.call(server.uri(user));
  const response = await call.invite(sdp, { headers });
  return { call, response };
}

const members = async (server, room) => ((await server.api.get(`/rooms/${room}/participants`)).body.items ?? []).map(({ uri }) => uri.replace(/^sip:|@.*/g, '')).sort().join();
const has = (server, room, wanted) => until(async () => (await members(server, room)) === wanted, { what: `${wanted} in ${room}` });
const fragments = (sip, call) => sip.received.filter(({ method, callId, body }) => method === 'NOTIFY' && callId === call.callId && body).map(({ body }) => body.trim());
const final = (sip, call, text) => until(() => fragments(sip, call).find((one) => one.startsWith(text)), { what: `NOTIFY ${text}` });
const refer = (call, to, headers = {}) => call.request('REFER', { headers: { 'Refer-To': `<${to}>`, ...headers } });

/** The dialog as the value of Replaces: seen by whoever is to be told. */
const dialog = (call) => `${call.callId};to-tag=${call.remoteTag};from-tag=${call.localTag}`;

async function makeModerator(server, room, who) {
  const { items } = (await server.api.get(`/rooms/${room}/participants`)).expect(200).body;
  (await server.api.patch(`/rooms/${room}/participants/${items.find(({ uri }) => uri.includes(who)).id}`, { role: 'moderator' })).expect(200);
}

test('the factory makes a conference; its maker calls others and sends them away', async (t) => {
  const server = await startServer({ t, set: { 'sip.factory': 'conference' } });
  const [alice, bob] = [await phone(t, 'alice'), await phone(t, 'bob')];
  const { call, response } = await join(alice, server, 'conference');
  assert.equal(response.status, 200);
  const [, room] = /<sip:(conference-[0-9a-v]{18,})@[^>]*>;isfocus/.exec(response.header('contact'));
  const other = await join(await phone(t, 'x'), server, 'conference');
  assert.doesNotMatch(other.response.header('contact'), new RegExp(room), 'each call makes its own');

  assert.equal((await refer(call, bob.uri)).status, 202);
  await has(server, room, 'alice,bob');
  await final(alice, call, 'SIP/2.0 200');
  assert.equal(fragments(alice, call)[0], 'SIP/2.0 100 Trying');
  const last = alice.received.filter(({ method }) => method === 'NOTIFY').at(-1);
  assert.match(last.header('subscription-state'), /^terminated/);
  assert.match(last.header('event'), /^refer/);

  const outside = alice.call(server.uri(room));
  assert.equal((await refer(outside, `${bob.uri};method=BYE`)).status, 202, 'outside of the dialog, too');
  await within(bob.incoming.call.ended, { what: 'BYE to bob' });
  await has(server, room, 'alice');

  const quiet = { 'Refer-Sub': 'false', Require: 'norefersub' };
  const told = fragments(alice, call).length;
  const taken = await refer(call, bob.uri, quiet);
  assert.deepEqual([taken.status, taken.header('refer-sub')], [202, 'false']);
  await has(server, room, 'alice,bob');
  assert.equal((await refer(outside, `${bob.uri};method=BYE`, { 'Refer-Sub': 'false' })).status, 202);
  await has(server, room, 'alice');
  assert.equal(fragments(alice, call).length, told, 'who does not want to be told of it is not');
  const unknown = await refer(call, 'sip:nobody@127.0.0.1;method=BYE', quiet);
  assert.deepEqual([unknown.status, unknown.header('refer-sub')], [202, undefined], 'that it came to nothing is told');
  await final(alice, call, 'SIP/2.0 404');
  assert.equal((await refer(call, bob.uri, { Require: 'x' })).header('unsupported'), 'x');

  const { participant: browser } = (await server.api.post(`/rooms/${room}/calls`, { offer: webOffer() }, { token: null })).expect(201).body;
  assert.equal((await refer(call, `sip:${browser}@anonymous.invalid;method=BYE`)).status, 202, 'as subscribers are told of it');
  await has(server, room, 'alice');
});

const listType = 'application/resource-lists+xml';
const listOf = (uris) => `<?xml version="1.0"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:cp="urn:ietf:params:xml:ns:copycontrol"><list>${uris.map((uri) => `<entry uri="${uri.replaceAll('&', '&amp;')}" cp:copyControl="to"/>`).join('')}</list></resource-lists>`;

test('one REFER for a whole list: each entry as if it had come alone (RFC 5368)', async (t) => {
  const server = await startServer({ t, set: { 'sip.factory': 'conference', 'sip.dial_allow': ['127.0.0.1'] } });
  const [alice, bob, carol] = [await phone(t, 'alice'), await phone(t, 'bob'), await phone(t, 'carol')];
  const events = await server.api.events();
  t.after(() => events.close());
  const { call, response } = await join(alice, server, 'conference');
  const [, room] = /<sip:(conference-[^@]*)@/.exec(response.header('contact'));
  const referAll = (uris, { id = '1@x', body = listOf(uris), type = listType, more = {} } = {}, by = call) => by.request('REFER', {
    body, type, headers: { 'Refer-To': '<cid:1%40x>', Require: 'multiple-refer, norefersub', 'Refer-Sub': 'false', 'Content-Disposition': 'recipient-list', 'Content-ID': `<${id}>`, ...more },
  });
  const taken = await referAll([bob.uri, 'sip:x@192.0.2.1', `${carol.uri}?Subject=x&From=y`, bob.uri, carol.uri]);
  assert.deepEqual([taken.status, taken.header('refer-sub')], [202, 'false']);
  await has(server, room, 'alice,bob,carol');
  const refused = await events.waitFor(({ type, data }) => type === 'room_dialled' && data.problem);
  assert.match(refused.data.uri, /x@192\.0\.2\.1/);
  assert.equal(new Set(bob.received.filter(({ method }) => method === 'INVITE').map(({ callId }) => callId)).size, 1, 'who is there twice is called once');
  assert.equal((await referAll([`${bob.uri};method=BYE`, 'sip:nobody@127.0.0.1;method=BYE', `${carol.uri};method=BYE`])).status, 202);
  await has(server, room, 'alice');
  const boundary = 'b--', part = (type, text, more = '') => `--${boundary}\r\nContent-Type: ${type}\r\n${more}\r\n${text}\r\n`;
  const mixed = `${part(listType, listOf([bob.uri]), 'Content-ID: <1@x>\r\nContent-Disposition: recipient-list\r\n')}${part('text/plain', 'hello', 'Content-Disposition: render;handling=optional\r\n')}--${boundary}--\r\n`;
  assert.equal((await referAll([], { body: mixed, type: `multipart/mixed;boundary="${boundary}"` })).status, 202);
  await has(server, room, 'alice,bob');

  const many = Array.from({ length: 101 }, (_, i) => `sip:u${i}@127.0.0.1`);
  const bad = [
    [{ id: 'other@x' }, 400], [{ body: '<resource-lists/>' }, 400], [{ body: 'no list' }, 400], [{ body: '' }, 400], [{ type: 'text/plain' }, 415],
    [{ body: listOf(many) }, 413], [{ body: listOf([]).replace('</list>', '<external anchor="http://x/"/></list>') }, 400], [{ more: { 'Refer-To': `<${bob.uri}>` } }, 400],
    [{ body: listOf(['sip:x@192.0.2.1', 'tel:+1']) }, 403], [{ body: listOf(['sip:nobody@127.0.0.1;method=BYE']) }, 403],
  ];
  for (const [options, status] of bad) assert.equal((await referAll([carol.uri], options)).status, status, JSON.stringify(options).slice(0, 90));
  const guest = bob.incoming.call;
  assert.equal((await referAll([carol.uri], {}, guest)).status, 403, 'a guest');
  assert.equal((await referAll([carol.uri], {}, carol.call(server.uri(room)))).status, 403, 'who is not in');
  assert.deepEqual(fragments(alice, call), [], 'no NOTIFY');
  await has(server, room, 'alice,bob');
  assert.equal((await referAll([`${alice.uri};method=BYE`, `${bob.uri};method=BYE`])).status, 202);
  await has(server, room, 'bob');
});

test('an INVITE with a list makes a conference and calls all of it (RFC 5366)', async (t) => {
  const server = await startServer({ t, set: { 'sip.factory': 'conference', 'sip.dial_allow': ['127.0.0.1'], 'sip.rate_per_source': 10 } });
  const [alice, bob, carol] = [await phone(t, 'alice'), await phone(t, 'bob'), await phone(t, 'carol')];
  const boundary = 'b1', part = (type, text, more = '') => `--${boundary}\r\nContent-Type: ${type}\r\n${more}\r\n${text}\r\n`;
  const disposition = 'Content-Disposition: recipient-list\r\n';
  const both = (list) => `${part('application/sdp', sdp)}${part(listType, list, disposition)}--${boundary}--\r\n`;
  const invite = (to, body, type = `multipart/mixed;boundary=${boundary}`, more = {}, from = alice) => {
    const call = from.call(server.uri(to));
    return call.invite(body, { type, headers: { Require: 'recipient-list-invite', ...more } }).then((response) => ({ call, response }));
  };
  const { call, response } = await invite('conference', both(listOf([bob.uri, carol.uri, 'sip:x@192.0.2.1', `${bob.uri};method=BYE`])));
  assert.equal(response.status, 200);
  assert.match(response.header('contact'), /;isfocus/);
  const [, room] = /<sip:(conference-[^@]*)@/.exec(response.header('contact'));
  await has(server, room, 'alice,bob,carol');
  assert.equal((await call.bye()).status, 200);
  for (const one of [bob, carol]) await one.incoming.call.bye();
  for (const [to, body, status, type] of [
    ['blue', both(listOf([bob.uri])), 403], ['conference', sdp, 400, 'application/sdp'], ['conference', `${part('application/sdp', sdp)}--${boundary}--\r\n`, 400],
    ['conference', both('<list/>'), 400], ['conference', both(listOf([bob.uri])).replace(disposition, 'Content-Disposition: recipient-list-history\r\n'), 415],
    ['conference', both(listOf([bob.uri])).replace(`--${boundary}--`, ''), 400],
  ]) assert.equal((await invite(to, body, type)).response.status, status, body.slice(-120));
  assert.equal(await members(server, 'blue'), '');

  const flooder = await SipEndpoint.open({ t, ip: '127.0.0.2' });
  const many = Array.from({ length: 40 }, (_, i) => bob.uri.replace('bob', `u${i}`));
  const flood = await invite('conference', both(listOf(many)), undefined, {}, flooder);
  assert.equal(flood.response.status, 200);
  const [, flooded] = /<sip:(conference-[^@]*)@/.exec(flood.response.header('contact'));
  const called = (await server.api.participants(flooded)).filter(({ uri }) => uri.startsWith('sip:u')).length;
  assert.ok(called > 0 && called < many.length, `${called} of ${many.length}: each counts as a request`);
});

test('what may not be asked for is refused, and nobody is called', async (t) => {
  const server = await startServer({ t, set: { 'sip.dial_allow': ['127.0.0.1'] } });
  const [alice, bob, stranger] = [await phone(t, 'alice'), await phone(t, 'bob'), await phone(t, 'stranger')];
  const { call } = await join(alice, server, 'blue');
  const guest = (await join(bob, server, 'blue')).call;
  await makeModerator(server, 'blue', 'alice');
  const target = stranger.uri;
  assert.equal((await refer(guest, target)).status, 403, 'a guest does not dial out');
  assert.equal((await refer(guest, 'sip:alice@127.0.0.1;method=BYE')).status, 403, 'nor sends away');
  assert.equal((await refer(stranger.call(server.uri('blue')), target)).status, 403, 'who is not in');
  assert.equal((await refer(stranger.call(server.uri('blue'), { localUri: 'sip:bob@127.0.0.1' }), target)).status, 403);
  const bad = [
    { to: 'sip:bob@192.0.2.1', status: 403 }, { to: `${target};method=MESSAGE`, status: 403 }, { to: 'tel:+900123456', status: 400 },
    { to: `${target}?Subject=x`, status: 403 }, { to: `${target}?Replaces=a&From=x`, status: 403 }, { to: `${target}?Replaces=a%0D%0AFrom:x`, status: 403 },
    { to: 'sip:%00@127.0.0.1:99999', status: 400 },
  ];
  for (const { to, status } of bad) assert.equal((await refer(call, to)).status, status, to);
  assert.equal((await call.request('REFER', {})).status, 400, 'no Refer-To');
  assert.equal((await refer(call, 'sip:nobody@127.0.0.1;method=BYE')).status, 202);
  await final(alice, call, 'SIP/2.0 404');
  assert.equal((await refer(call, target)).status, 202, 'the call and its rights are still there');
  await has(server, 'blue', 'alice,bob,stranger');
  assert.equal((await refer(call, `${target};method=BYE`)).status, 202);
  await has(server, 'blue', 'alice,bob');
  const invites = stranger.received.filter(({ method }) => method === 'INVITE');
  assert.equal(new Set(invites.map((invite) => invite.header('call-id'))).size, 1, 'it was called once, though maybe INVITE came again');
  (await server.api.post('/rooms', { name: 'vault', pin: '4711' })).expect(201);
  const asked = await join(await phone(t, 'asked'), server, 'vault');
  const past = await refer(call, `${server.uri('vault')}?Replaces=${encodeURIComponent(dialog(asked.call))}`);
  assert.equal(past.status, 403, 'who is asked for the PIN brings nobody in without it');
  await has(server, 'vault', 'asked');
  assert.equal((await refer(guest, 'sip:bob@127.0.0.1;method=BYE')).status, 202, 'oneself may go');
  await has(server, 'blue', 'alice');
});

test('who does not take it is told of', async (t) => {
  const server = await startServer({ t });
  const [alice, bob] = [await phone(t, 'alice'), await phone(t, 'bob')];
  bob.onInvite = (incoming) => {
    incoming.ring();
    incoming.reject(486);
  };
  const { call } = await join(alice, server, 'blue');
  await makeModerator(server, 'blue', 'alice');
  assert.equal((await refer(call, bob.uri)).status, 202);
  await final(alice, call, 'SIP/2.0 486');
  assert.equal((await call.reinvite(sdp)).status, 200, 'the call goes on');
  assert.equal((await call.bye()).status, 200);
});

test('who answers no NOTIFY is hung up all the same, before it has timed out', async (t) => {
  const server = await startServer({ t });
  const [alice, bob] = [await phone(t, 'alice'), await phone(t, 'bob')];
  const { call } = await join(alice, server, 'blue');
  await makeModerator(server, 'blue', 'alice');
  alice.onRequest = ({ method }) => (method === 'NOTIFY' ? 'ignore' : undefined);
  assert.equal((await refer(call, bob.uri)).status, 202);
  await has(server, 'blue', 'alice,bob');
  const { items } = (await server.api.get('/rooms/blue/participants')).expect(200).body;
  (await server.api.delete(`/rooms/blue/participants/${items.find(({ uri }) => uri.includes('alice')).id}`)).expect(204);
  const bye = await within(call.ended, { what: 'BYE' });
  const notify = alice.received.find(({ method }) => method === 'NOTIFY');
  assert.ok(parseInt(bye.header('cseq'), 10) > parseInt(notify.header('cseq'), 10));
});

test('a phone of an account transfers its call: blind, and attended', async (t) => {
  const server = await startServer({ t });
  const names = ['alice', 'bob', 'carol'];
  const phones = {};
  for (const name of names) {
    (await server.api.post('/accounts', { name, password })).expect(201);
    phones[name] = await phone(t, name);
    assert.equal((await register(phones[name], server, { name, password })).status, 200);
  }
  const { alice, bob, carol } = phones;
  const caller = await phone(t, 'caller');
  const talks = async (sip, to) => {
    const { call, response } = await join(sip, server, to);
    assert.equal(response.status, 200);
    return { call, room: /<sip:([^@]+)@/.exec(response.header('contact'))[1] };
  };
  const first = await talks(caller, 'bob'); /* bob is called by nobody known, and passes it on to carol */
  assert.equal((await refer(first.call, 'sip:carol@raduno')).status, 403, 'the caller has shown no password');
  const callOfBob = bob.incoming.call;
  assert.equal((await refer(callOfBob, 'sip:carol@raduno')).status, 202);
  await final(bob, callOfBob, 'SIP/2.0 200');
  await callOfBob.bye();
  await has(server, first.room, 'caller,carol');
  await first.call.bye();
  await within(carol.incoming.call.ended, { what: 'BYE to carol' });

  const second = await talks(caller, 'bob'); /* bob asks carol first, then joins the two */
  const consulting = await talks(bob, 'carol');
  const to = `${server.uri(consulting.room)}?Replaces=${encodeURIComponent(dialog(consulting.call))}`;
  assert.equal((await refer(bob.incoming.call, to)).status, 202);
  await within(consulting.call.ended, { what: 'BYE to what bob asked by' });
  await has(server, consulting.room, 'caller,carol');
  assert.equal(await members(server, second.room), '', 'bob is left out, by himself');
});

test('INVITE with Replaces takes a call over; with Join it comes into the same room', async (t) => {
  const server = await startServer({ t });
  const [alice, desk, third] = [await phone(t, 'alice'), await phone(t, 'desk'), await phone(t, 'third')];
  const { call } = await join(alice, server, 'blue');
  await makeModerator(server, 'blue', 'alice');
  assert.equal((await join(desk, server, 'x', { Replaces: dialog(call).replace(/to-tag=\w/, 'to-tag=!') })).response.status, 481);
  assert.equal((await join(desk, server, 'x', { Replaces: `${dialog(call)};early-only` })).response.status, 486);
  assert.equal((await join(desk, server, 'x', { Join: 'nonsense' })).response.status, 481);
  const joined = await join(third, server, 'x', { Join: dialog(call), Require: 'join' });
  assert.equal(joined.response.status, 200);
  await has(server, 'blue', 'alice,third');
  const taken = await join(desk, server, 'x', { Replaces: dialog(call), Require: 'replaces' });
  assert.equal(taken.response.status, 200);
  assert.match(taken.response.header('contact'), /<sip:blue@/);
  await within(call.ended, { what: 'BYE to the old one' });
  await has(server, 'blue', 'desk,third');
  const { items } = (await server.api.get('/rooms/blue/participants')).expect(200).body;
  assert.equal(items.find(({ uri }) => uri.includes('desk')).role, 'moderator');
});
