/* Calls that go out by a trunk: which gateway, which line, which number may be dialled, who calls. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { authorize, challengesOf } from '../../support/digest.mjs';
import { is } from '../../support/events.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { runSippServer } from '../../support/sipp.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { problem } from '../api/problem.mjs';

const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const scenario = (name) => new URL(`scenario/${name}.xml`, import.meta.url);
const invites = (gateway) => gateway.received.filter((m) => m.method === 'INVITE').length;

async function start(t, set = {}) {
  const server = await startServer({ t, set });
  const { api } = server;
  for (const [name, display] of [['blue', 'Blue'], ['green', '']]) (await api.post('/rooms', { name, display_name: display })).expect(201);
  return { server, api, events: await api.events('/events') };
}

/** A gateway that takes every call, or does what onInvite says. */
async function gateway(t, onInvite) {
  const endpoint = await SipEndpoint.open({ t, user: 'gw' });
  endpoint.at = `sip:127.0.0.1:${endpoint.port}`;
  endpoint.onInvite = onInvite ?? ((incoming) => {
    incoming.ring();
    incoming.answer(sdp);
  });
  return endpoint;
}

const trunk = async (api, name, gateways, rest = {}) =>
  (await api.post('/trunks', { name, numbers: ['+49.'], health_interval_s: 0, gateways: gateways.map(({ at }, i) => ({ uri: at, priority: i })), ...rest })).expect(201);

const dial = async (api, uri, room = 'blue') => (await api.post(`/rooms/${room}/participants`, { uri })).expect(201).body.id;

test('who does not answer, or cannot, is passed by; what the called one says counts', async (t) => {
  const { api, events } = await start(t);
  const silent = await gateway(t);
  silent.onRequest = (request) => (request.method === 'INVITE' ? 'ignore' : null);
  const broken = await gateway(t, (incoming) => incoming.reject(503));
  const good = await gateway(t);
  await trunk(api, 'line', [silent, broken, good], { gateway_timeout_ms: 500 });
  await events.waitFor(is('participant_joined', { id: await dial(api, '+4930123') }));
  assert.deepEqual([silent, broken, good].map((g) => invites(g) > 0), [true, true, true]);
  assert.equal((await api.get('/trunks/line')).body.now.lines_out, 1);
  broken.onInvite = (incoming) => incoming.reject(486);
  const before = invites(good);
  const { data } = await events.waitFor(is('participant_left', { id: await dial(api, '+4930124') }));
  assert.equal(data.reason, 'busy');
  assert.equal(invites(good), before, 'nobody else is asked whether the called one is busy');
  assert.equal((await api.get('/trunks/line')).body.now.lines_out, 1);
});

test('the first gateway dies in mid-INVITE: the second rings, and the first is told that it is over', async (t) => {
  const { api, events } = await start(t);
  const dying = await gateway(t);
  dying.onRequest = (request) => {
    if (request.method === 'INVITE') dying.respond(request, 100, { reason: 'Trying' });
    return 'ignore';
  };
  const second = await runSippServer({ t, scenario: scenario('uas_answer') });
  await trunk(api, 'line', [dying, { at: `sip:127.0.0.1:${second.port}` }], { gateway_timeout_ms: 700, progress_timeout_ms: 1500 });
  const began = Date.now();
  const id = await dial(api, 'tel:+49-30-123');
  await events.waitFor(is('participant_joined', { id }));
  assert.ok(Date.now() - began >= 1500, 'who has said 100 gets the time to ring');
  await until(() => dying.received.some((m) => m.method === 'CANCEL'), { what: 'a CANCEL' });
  assert.equal((await api.get(`/rooms/blue/participants/${id}`)).expect(200).body.uri, 'tel:+4930123');
  (await api.delete(`/rooms/blue/participants/${id}`)).expect(204);
  const { code, errors } = await second.finished;
  assert.equal(code, 0, errors);
});

test('no gateway is left: it says so, and the line is free again', async (t) => {
  const { api, events } = await start(t);
  const broken = await gateway(t, (incoming) => incoming.reject(500));
  await trunk(api, 'a', [broken], { order: 1 });
  await trunk(api, 'b', [broken], { order: 2 });
  const { data } = await events.waitFor(is('participant_left', { id: await dial(api, '+4930123') }));
  assert.equal(data.reason, 'failed');
  assert.match(data.detail, /500/);
  assert.equal(invites(broken), 2, 'one for each trunk');
  for (const name of ['a', 'b']) assert.equal((await api.get(`/trunks/${name}`)).body.now.lines_out, 0);
});

test('a full trunk overflows to the next; a room has a budget; other numbers may not be dialled', async (t) => {
  const { api, events } = await start(t);
  const [one, two] = [await gateway(t), await gateway(t)];
  await trunk(api, 'one', [one], { order: 1, lines_out: 1 });
  await trunk(api, 'two', [two], { order: 2, lines: 1 });
  const first = await dial(api, '+4930123');
  await events.waitFor(is('participant_joined', { id: first }));
  await events.waitFor(is('participant_joined', { id: await dial(api, '+4930123') }));
  assert.deepEqual([invites(one), invites(two)], [1, 1]);
  problem(await api.post('/rooms/blue/participants', { uri: '+4930123' }), 503, 'trunk_full');
  problem(await api.post('/rooms/blue/participants', { uri: '+3930123' }), 403, 'number_not_allowed');
  problem(await api.post('/rooms/blue/participants', { uri: '30123' }), 403, 'number_not_allowed');
  (await api.patch('/trunks/one', { lines_out: 5, calls_per_room: 1, overflow: false })).expect(200);
  problem(await api.post('/rooms/blue/participants', { uri: '+4930123' }), 429, 'too_many_calls');
  await events.waitFor(is('participant_joined', { id: await dial(api, '+4930123', 'green') }));
  (await api.delete(`/rooms/blue/participants/${first}`)).expect(204);
  (await api.patch('/trunks/one', { calls_per_room: 0, calls_per_room_day: 1 })).expect(200);
  problem(await api.post('/rooms/blue/participants', { uri: '+4930123' }), 429, 'budget_spent');
});

test('numbers and callers go out as the provider wants them', async (t) => {
  const { api, events } = await start(t);
  const provider = await gateway(t);
  await trunk(api, 'line', [provider], { out_rules: ['+49|. -> 0$'], caller_id: '+4930999' });
  const sent = async () => {
    await events.waitFor(is('participant_joined', { id: await dial(api, '+4930123') }));
    return provider.received.findLast((m) => m.method === 'INVITE');
  };
  let invite = await sent();
  assert.match(invite.uri, /^sip:030123@/);
  assert.match(invite.header('from'), /^"Blue" <sip:\+4930999@127\.0\.0\.1>/);
  assert.equal(invite.header('p-asserted-identity') ?? invite.header('privacy'), undefined);
  (await api.patch('/trunks/line', { identity: 'both', registrar: 'sip:example.com', username: 'u' })).expect(200);
  invite = await sent();
  assert.match(invite.header('p-asserted-identity'), /<sip:\+4930999@example\.com>/);
  (await api.patch('/trunks/line', { hides_caller: true })).expect(200);
  invite = await sent();
  assert.match(invite.header('from'), /^"Anonymous" <sip:anonymous@anonymous\.invalid>/);
  assert.match(invite.header('p-asserted-identity'), /<sip:\+4930999@example\.com>/);
  assert.equal(invite.header('privacy'), 'id');
});

test('a gateway that asks for the password gets its proof once', async (t) => {
  const { api, events } = await start(t);
  const provider = await gateway(t);
  const nonce = 'of-the-provider';
  const asked = `Digest realm="provider", nonce="${nonce}", qop="auth,auth-int", opaque="o"`;
  for (const [status, ask, proof] of [[407, 'Proxy-Authenticate', 'proxy-authorization'], [401, 'WWW-Authenticate', 'authorization']]) {
    provider.onRequest = (request) => {
      if (request.method !== 'INVITE') return null;
      const given = request.header(proof);
      const [challenge] = challengesOf({ headers: { 'www-authenticate': [`${asked}, algorithm=SHA-256`] } });
      const field = (name) => new RegExp(`${name}="?([^",]*)`).exec(given ?? '')?.[1];
      const right = given && authorize(challenge, { name: 'user', password: 'secret', uri: request.uri, method: 'INVITE', cnonce: field('cnonce') });
      return given && field('response') === /response="([^"]*)/.exec(right)[1] && field('opaque') === 'o' ? null
        : { status, tag: 'x', headers: { [ask]: [`${asked}, algorithm=MD5`, `${asked}, algorithm=SHA-256`] } };
    };
    const name = `line${status}`;
    await trunk(api, name, [provider], { username: 'user', password: 'secret' });
    await events.waitFor(is('participant_joined', { id: await dial(api, '+4930123') }));
    const sent = provider.received.filter((m) => m.method === 'INVITE').slice(-2);
    assert.equal(sent[0].callId, sent[1].callId);
    assert.equal(sent[0].cseq.number + 1, sent[1].cseq.number);
    assert.equal(sent[0].tag('from'), sent[1].tag('from'));
    (await api.patch(`/trunks/${name}`, { password: 'wrong' })).expect(200);
    const before = invites(provider);
    const { data } = await events.waitFor(is('participant_left', { id: await dial(api, '+4930124') }));
    assert.match(data.detail, new RegExp(`^${status}`));
    assert.equal(invites(provider) - before, 2, 'it is not tried again and again');
    (await api.delete(`/trunks/${name}`)).expect(204);
  }
});

test('redirects: to a gateway of the trunk and a number of its list, and no circle', async (t) => {
  const { api, events } = await start(t, { 'sip.max_redirects': 3 });
  const provider = await gateway(t);
  const elsewhere = await SipEndpoint.open({ t, ip: '127.0.0.2', user: 'evil' });
  let moves;
  let hides = false;
  provider.onRequest = (request) => {
    const to = request.method === 'INVITE' && moves(request.uri);
    return to ? { status: 302, reason: 'Moved', tag: 'x', headers: { Contact: `<${to}>`, ...(hides ? { Privacy: 'history' } : {}) } } : null;
  };
  await trunk(api, 'line', [provider]);
  const at = (number) => `sip:${number}@127.0.0.1:${provider.port}`;
  moves = (uri) => (uri.includes('30123') ? at('+4930124') : null);
  await events.waitFor(is('participant_joined', { id: await dial(api, '+4930123') }));
  const [first, second] = provider.received.filter((m) => m.method === 'INVITE').slice(-2);
  assert.equal(first.header('diversion') ?? first.header('history-info'), undefined);
  assert.equal(second.header('diversion'), '<sip:+4930123@127.0.0.1>;reason=unconditional;counter=1');
  assert.match(second.header('history-info'), /^<sip:\+4930123@127\.0\.0\.1\?Reason=SIP%3Bcause%3D302>;index=1, *<sip:\+4930124@127\.0\.0\.1:\d+;cause=302>;index=1\.1;mp=1$/);
  moves = (uri) => (uri.includes('30123') ? at('+4930124') : null);
  hides = true;
  await events.waitFor(is('participant_joined', { id: await dial(api, '+4930123') }));
  assert.match(provider.received.findLast((m) => m.method === 'INVITE').header('diversion'), /^<sip:anonymous@anonymous\.invalid>;.*privacy=full$/);
  const left = async () => (await events.waitFor(is('participant_left', { id: await dial(api, '+4930123') }))).data.detail;
  moves = () => at('+4930123');
  const before = invites(provider);
  assert.match(await left(), /Too Many Redirects/);
  assert.equal(invites(provider) - before, 4);
  moves = () => at('+39900');
  assert.match(await left(), /^302/);
  moves = () => `sip:+4930124@127.0.0.2:${elsewhere.port}`;
  assert.match(await left(), /^302/);
  assert.equal(elsewhere.received.length, 0);
  assert.equal((await api.get('/trunks/line')).body.now.lines_out, 2);
});

test('a gateway that answers too late is told that it is over', async (t) => {
  const { api, events } = await start(t);
  const late = await gateway(t);
  const good = await gateway(t);
  let invite;
  late.onRequest = (request) => {
    if (request.method === 'INVITE') invite = request;
    return request.method === 'INVITE' ? 'ignore' : { status: 200, tag: 'late' };
  };
  await trunk(api, 'line', [late, good], { gateway_timeout_ms: 500 });
  await events.waitFor(is('participant_joined', { id: await dial(api, '+4930123') }));
  late.respond(invite, 200, { tag: 'late', reason: 'OK', body: sdp });
  await until(() => late.received.some((m) => m.method === 'BYE' || m.method === 'CANCEL'), { what: 'a BYE or CANCEL' });
  assert.equal((await api.get('/rooms/blue/participants')).expect(200).body.items.length, 1);
});

test('what rooms have called today is known after a restart', async (t) => {
  const { server, api, events } = await start(t);
  const provider = await gateway(t);
  await trunk(api, 'line', [provider], { calls_per_room_day: 1, calls_per_day: 2 });
  await events.waitFor(is('participant_joined', { id: await dial(api, '+4930123') }));
  await server.restart();
  problem(await api.post('/rooms/blue/participants', { uri: '+4930123' }), 429, 'budget_spent');
  const again = await api.events('/events');
  await again.waitFor(is('participant_joined', { id: await dial(api, '+4930123', 'green') }));
  (await api.patch('/trunks/line', { calls_per_room_day: null })).expect(200);
  problem(await api.post('/rooms/green/participants', { uri: '+4930123' }), 429, 'budget_spent');
});
