/* The conference event package, and who is told: by our endpoint, which reads each document as strictly as RFC 4575 has it (linphonec, which subscribes by itself: linphone.test.mjs). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { authorize, challengesOf } from '../../support/digest.mjs';
import { readConferenceInfo } from '../../support/conference_info.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';

const password = 'correct-horse';
const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const headers = { Event: 'conference', Accept: 'application/conference-info+xml' };

/** A subscriber: its dialog, and the NOTIFYs that came. */
async function subscribe(sip, uri, more = {}, fields = {}) {
  const call = sip.call(uri, fields);
  const response = await call.request('SUBSCRIBE', { headers: { ...headers, ...more } });
  call.remoteTag = response.tag('to');
  const notifies = () => sip.received.filter(({ method, callId }) => method === 'NOTIFY' && callId === call.callId);
  return { call, response, notifies, next: (count) => until(() => notifies()[count - 1], { what: `NOTIFY ${count}` }) };
}

const read = (notify) => readConferenceInfo(notify.body);
const root = (notify) => [read(notify).state, read(notify).version];
const users = (notify) => read(notify).users.map(({ entity, state }) => `${entity} ${state}`);
const endpoints = (notifies) => notifies.filter(({ body }) => body).flatMap((one) => read(one).users).flatMap((user) => user.endpoints.map((endpoint) => ({ user: user.entity, name: user.name, ...endpoint })));

async function join(t, server, user, room = 'blue') {
  const sip = await SipEndpoint.open({ t, user });
  const call = sip.call(server.uri(room));
  assert.equal((await call.invite(sdp)).status, 200);
  return { sip, call };
}

test('who is in the room is told of it: all first, then what changes, once a second at most', async (t) => {
  const server = await startServer({ t });
  const alice = await join(t, server, 'alice');
  const { response, call, next, notifies } = await subscribe(alice.sip, server.uri('blue'), { Expires: 600 });
  assert.equal(response.status, 200);
  assert.equal(response.header('expires'), '600');
  const first = await next(1);
  assert.equal(first.header('content-type'), 'application/conference-info+xml');
  assert.equal(first.header('event'), 'conference');
  assert.match(first.header('subscription-state'), /^active;expires=(600|599)$/);
  assert.deepEqual(root(first), ['full', 1]);
  assert.deepEqual(users(first), ['sip:alice@127.0.0.1 full']);
  assert.equal(read(first).entity, server.uri('blue'));
  assert.deepEqual(read(first).users[0].endpoints[0].media, [{ type: 'audio', status: 'sendrecv' }]);

  const others = [];
  for (const user of ['bob', 'carol', 'dave']) others.push(await join(t, server, user));
  const seen = () => notifies().slice(1).flatMap(users);
  await until(() => ['bob', 'carol', 'dave'].every((who) => seen().includes(`sip:${who}@127.0.0.1 full`)), { what: 'all three' });
  assert.ok(notifies().slice(1).every((one) => root(one)[0] === 'partial'));
  assert.ok(notifies().length <= 4, `${notifies().length} NOTIFYs for three who came within a moment`);
  assert.deepEqual(notifies().map((one) => root(one)[1]), notifies().map((_, i) => i + 1), 'versions');
  assert.ok(!seen().some((one) => one.startsWith('sip:alice@')), 'who has not changed is not told again');

  const { items } = (await server.api.get('/rooms/blue/participants')).expect(200).body;
  const { id } = items.find(({ uri }) => uri.includes('bob'));
  (await server.api.patch(`/rooms/blue/participants/${id}`, { muted: true, display_name: '<b>&"\'' })).expect(200);
  const muted = await until(() => endpoints(notifies()).find(({ status }) => status === 'muted-via-focus'), { what: 'bob is muted' });
  assert.deepEqual([muted.name, muted.media], ['<b>&"\'', [{ type: 'audio', status: 'recvonly' }]]);
  await others[0].call.bye();
  await until(() => seen().includes('sip:bob@127.0.0.1 deleted'), { what: 'bob has gone' });

  const count = notifies().length;
  const again = await call.request('SUBSCRIBE', { headers: { ...headers, Expires: 60 } });
  assert.equal(again.status, 200);
  await until(() => notifies().slice(count).some((one) => root(one)[0] === 'full'), { what: 'a refresh tells all' });
  assert.equal((await call.request('SUBSCRIBE', { headers: { ...headers, Expires: 0 } })).status, 200);
  const last = await until(() => notifies().find((one) => /^terminated/.test(one.header('subscription-state'))), { what: 'the end' });
  assert.equal(last, notifies().at(-1));
  assert.equal(root(last)[0], 'full', 'and tells all once more');
  assert.equal((await call.request('SUBSCRIBE', { headers })).status, 481);
});

test('each call of a user is an endpoint with its own state, also of those who are called and of browsers', async (t) => {
  const server = await startServer({ t });
  const alice = await join(t, server, 'alice');
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  bob.onInvite = (incoming) => (bob.incoming = incoming).ring();
  const { notifies, next } = await subscribe(alice.sip, server.uri('blue'));
  await next(1);
  const has = (wanted) => until(() => endpoints(notifies()).find((one) => Object.entries(wanted).every(([key, value]) => one[key] === value)), { what: JSON.stringify(wanted) });
  (await server.api.post('/rooms/blue/participants', { uri: bob.uri })).expect(201, 202);
  await join(t, server, 'alice');
  for (const display_name of ['Ann', 'Ben']) (await server.api.post('/rooms/blue/calls', { offer: webOffer(), display_name }, { token: null })).expect(201);
  await has({ user: bob.uri, status: 'alerting', method: 'dialed-out' });
  bob.incoming.answer(sdp);
  const both = await until(() => notifies().flatMap((one) => read(one).users).find((user) => user.endpoints.length === 2), { what: 'alice has two calls' });
  assert.equal(both.entity, 'sip:alice@127.0.0.1');
  assert.equal(new Set(both.endpoints.map(({ entity }) => entity)).size, 2);
  const [ann, ben] = [await has({ name: 'Ann' }), await has({ name: 'Ben' })];
  assert.notEqual(ann.user, ben.user, 'two who have no address are two');
  await has({ user: bob.uri, status: 'connected', method: 'dialed-out' });
  const poll = await subscribe(alice.sip, server.uri('blue'), { Expires: 0 });
  assert.equal(poll.response.header('expires'), '0');
  const once = await poll.next(1);
  assert.match(once.header('subscription-state'), /^terminated/);
  assert.equal(read(once).state, 'full');
  assert.deepEqual(users(once).sort(), [bob.uri, 'sip:alice@127.0.0.1', ann.user, ben.user].map((uri) => `${uri} full`).sort());
});

test('a large room is told in parts that a datagram takes', async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t, user: 'u0' });
  const all = Array.from({ length: 80 }, (_, i) => `sip:u${i}@127.0.0.1`);
  await Promise.all(all.map(async (localUri) => assert.equal((await sip.call(server.uri('blue'), { localUri }).invite(sdp)).status, 200)));
  const { notifies, next } = await subscribe(sip, server.uri('blue'));
  assert.deepEqual(root(await next(1)), ['full', 1]);
  await until(() => new Set(notifies().flatMap(users)).size === all.length, { what: 'all are told of' });
  assert.ok(notifies().length >= 2 && notifies().every(({ bytes }) => bytes.length < 32 * 1024));
  assert.ok(notifies().slice(1).every((one) => root(one)[0] === 'partial'));
  assert.deepEqual(notifies().flatMap(users).sort(), all.map((uri) => `${uri} full`).sort(), 'each once');
});

test('who asks once gets all of a large room, over UDP what a datagram takes; and answers before he asks on', async (t) => {
  const server = await startServer({ t });
  const all = Array.from({ length: 80 }, (_, i) => `sip:u${i}${'x'.repeat(200)}@127.0.0.1`);
  const [udp, tcp] = [await SipEndpoint.open({ t, user: 'u' }), await SipEndpoint.open({ t, user: 'u', transport: 'tcp' })];
  const joined = (sip, localUri, transport) => sip.call(server.uri('blue', { transport }), { localUri }).invite(sdp).then(({ status }) => assert.equal(status, 200));
  await Promise.all([...all.slice(1).map((localUri) => joined(udp, localUri)), joined(tcp, all[0], 'tcp')]);
  const fetch = async (sip, localUri, transport) => subscribe(sip, server.uri('blue', { transport }), { Expires: 0 }, { localUri });
  const whole = read(await (await fetch(tcp, all[0], 'tcp')).next(1));
  assert.equal(whole.state, 'full');
  assert.deepEqual(whole.users.map(({ entity }) => entity).sort(), [...all].sort());
  const one = await (await fetch(udp, all[1])).next(1);
  assert.ok(one.bytes.length > 32 * 1024 && one.bytes.length < 64 * 1024, `${one.bytes.length} bytes`);
  assert.equal(read(one).state, 'partial');
  const told = read(one).users.map(({ entity }) => entity);
  assert.ok(told.length > 40 && told.length < 80 && told.every((entity) => all.includes(entity)));
  assert.match(one.body, /<user-count>80</);

  const bob = (await server.api.participants('blue')).find(({ uri }) => uri === all[2]);
  (await server.api.delete(`/rooms/blue/participants/${bob.id}`)).expect(204);
  const again = async () => read(await (await fetch(tcp, all[0], 'tcp')).next(1)).users.length;
  await until(async () => (await again()) === 79, { what: 'one has gone' });
  udp.onRequest = ({ method }) => (method === 'NOTIFY' ? 'ignore' : undefined);
  const statuses = [];
  while (statuses.at(-1) !== 503 && statuses.length < 12) statuses.push((await fetch(udp, all[1])).response.status);
  assert.match(statuses.join(), /^(200,){2,10}503$/);
});

test('others show a password; other packages and places have their answers', async (t) => {
  const server = await startServer({ t, set: { 'sip.auth_failures': 100 } });
  (await server.api.post('/accounts', { name: 'carol', password })).expect(201);
  (await server.api.post('/rooms', { name: 'blue', who_may_watch: 'accounts' })).expect(201);
  await join(t, server, 'alice');
  const sip = await SipEndpoint.open({ t, user: 'carol' });
  const uri = server.uri('blue');
  const asked = await subscribe(sip, uri);
  assert.equal(asked.response.status, 401);
  const credentials = (to) => ({ Authorization: authorize(challengesOf(asked.response)[0], { name: 'carol', password, uri: to, method: 'SUBSCRIBE', nc: credentials.count = (credentials.count ?? 0) + 1 }) });
  const { response, next } = await subscribe(sip, uri, credentials(uri));
  assert.equal(response.status, 200);
  assert.deepEqual(users(await next(1)), ['sip:alice@127.0.0.1 full']);
  const nowhere = server.uri('nowhere');
  assert.equal((await subscribe(sip, nowhere, credentials(nowhere))).response.status, 404);
  for (const Event of ['dialog', 'message-summary', 'presence', 'refer'])
    assert.ok([489, 403].includes((await subscribe(sip, uri, { Event })).response.status), Event);
  assert.equal((await subscribe(sip, uri, { ...credentials(uri), Accept: 'application/pidf+xml' })).response.status, 406);
  const stranger = await SipEndpoint.open({ t, ip: '127.0.0.2', user: 'alice' });
  assert.equal((await subscribe(stranger, uri, {}, { localUri: 'sip:alice@127.0.0.1' })).response.status, 401, 'her name, but not from her place');
  (await server.api.delete('/rooms/blue')).expect(204);
  const ended = await until(() => sip.received.find((one) => /^terminated;reason=noresource/.test(one.header('subscription-state') ?? '')), { what: 'the room has ended' });
  assert.equal(ended.method, 'NOTIFY');
});

test('the room says who is told, and who loses his right is told no more', async (t) => {
  const server = await startServer({ t, set: { 'sip.auth_failures': 100 } });
  (await server.api.post('/accounts', { name: 'carol', password })).expect(201);
  (await server.api.post('/rooms', { name: 'blue' })).expect(201);
  const uri = server.uri('blue');
  const watches = (who_may_watch, more = {}) => server.api.patch('/rooms/blue', { who_may_watch, ...more }).then((answer) => answer.expect(200));
  const desk = await SipEndpoint.open({ t, user: 'carol' }); /* another phone of hers, that is not in */
  const challenge = challengesOf((await subscribe(desk, uri)).response)[0];
  let nc = 0;
  const byPassword = () => subscribe(desk, uri, { Authorization: authorize(challenge, { name: 'carol', password, uri, method: 'SUBSCRIBE', nc: ++nc }) });
  const isOver = ({ notifies }, what) => until(() => notifies().find((one) => one.header('subscription-state') === 'terminated;reason=rejected'), { what });
  const status = async (one) => (await one).response.status;

  const alice = await join(t, server, 'alice');
  const ofAlice = () => subscribe(alice.sip, uri);
  assert.equal(await status(byPassword()), 403, 'an account that is not in');
  const her = await join(t, server, 'carol');
  const while_in = await byPassword();
  assert.equal(while_in.response.status, 200, 'now she is');
  await while_in.next(1);
  await her.call.bye();
  const lost = await isOver(while_in, 'she has gone');
  assert.equal(lost.body, '');

  await watches('accounts');
  for (const [closed, open] of [[{ locked: true }, { locked: false }], [{ pin: '4711' }, { pin: null }], [{ lobby: 'all' }, { lobby: 'off' }]]) {
    const outside = await byPassword();
    assert.equal(outside.response.status, 200);
    const inside = await ofAlice();
    await outside.next(1);
    await watches('accounts', closed);
    await isOver(outside, JSON.stringify(closed));
    assert.equal(await status(byPassword()), 403, JSON.stringify(closed));
    assert.equal((await inside.call.request('SUBSCRIBE', { headers })).status, 200, 'who is in may go on');
    await watches('accounts', open);
  }
  const outside = await byPassword();
  (await server.api.post('/rooms/blue/bans', { uri: 'sip:carol@127.0.0.1' })).expect(201);
  await isOver(outside, 'a ban');
  const byAnotherName = () => subscribe(desk, uri, { Authorization: authorize(challenge, { name: 'carol', password, uri, method: 'SUBSCRIBE', nc: ++nc }) }, { localUri: 'sip:c@elsewhere.example' });
  const renamed = await byAnotherName();
  assert.equal(renamed.response.status, 200, 'the ban is for that name');
  (await server.api.post('/rooms/blue/bans', { address: desk.ip })).expect(201);
  await isOver(renamed, 'a ban of where it is');
  assert.equal(await status(byAnotherName()), 403);

  await watches('moderators');
  assert.equal(await status(ofAlice()), 403);
  const { id } = (await server.api.participants('blue')).find((one) => one.uri.includes('alice'));
  const role = async (word) => (await server.api.patch(`/rooms/blue/participants/${id}`, { role: word })).expect(200);
  await role('moderator');
  const moderated = await ofAlice();
  assert.equal(moderated.response.status, 200);
  await moderated.next(1);
  await role('participant');
  await isOver(moderated, 'a moderator no more');
  await role('moderator');
  const last = await ofAlice();
  await last.next(1);
  await watches('nobody');
  await isOver(last, 'nobody');
  assert.equal(await status(ofAlice()), 403);
  assert.equal((await last.call.request('SUBSCRIBE', { headers })).status, 481);
});

test('who waits at the door, or was sent away, is told nothing', async (t) => {
  const server = await startServer({ t });
  (await server.api.post('/rooms', { name: 'secret', pin: '4711' })).expect(201);
  const waiting = await join(t, server, 'mallory', 'secret');
  assert.equal((await subscribe(waiting.sip, server.uri('secret'))).response.status, 401, 'has not entered the PIN');
  const [{ id }] = await server.api.participants('secret');
  (await server.api.patch(`/rooms/secret/participants/${id}`, { admitted: false })).expect(200);
  assert.equal((await subscribe(waiting.sip, server.uri('secret'))).response.status, 401, 'hears that it may not come in');
  const alice = await join(t, server, 'alice');
  await join(t, server, 'bob');
  const { notifies, next } = await subscribe(alice.sip, server.uri('blue'));
  await next(1);
  const { items } = (await server.api.get('/rooms/blue/participants')).expect(200).body;
  (await server.api.delete(`/rooms/blue/participants/${items.find(({ uri }) => uri.includes('alice')).id}`)).expect(204);
  await until(() => /^terminated;reason=rejected/.test(notifies().at(-1).header('subscription-state')), { what: 'the end' });
});

test('it expires; and a subscriber who is gone is forgotten', async (t) => {
  const server = await startServer({ t });
  const alice = await join(t, server, 'alice');
  const short = await subscribe(alice.sip, server.uri('blue'), { Expires: 1 });
  await until(() => short.notifies().find((one) => /^terminated;reason=timeout/.test(one.header('subscription-state'))), { what: 'it expires' });
  alice.sip.onRequest = (request) => (request.method === 'NOTIFY' ? { status: 481, reason: 'Gone' } : undefined);
  const gone = await subscribe(alice.sip, server.uri('blue'));
  await gone.next(1);
  await until(async () => (await gone.call.request('SUBSCRIBE', { headers })).status === 481, { what: 'it is forgotten' });
});
