/* We call: answered, refused, redirected, withdrawn, too late. The far ends are SIPp servers. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { runSippServer } from '../../support/sipp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { until } from '../../support/wait.mjs';

const scenario = (name) => new URL(`scenario/${name}.xml`, import.meta.url);
/** SIPp takes no [keys] in a status line: they are filled in here. */
const filled = (name, keys) =>
  fs.readFileSync(scenario(name), 'utf8').replace(/\[(status|phrase|extra)\]/g, (_, key) => keys[key]);
const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });

async function start(t, set = {}) {
  const server = await startServer({ t, set: { 'sip.ring_timeout_s': 30, ...set } });
  (await server.api.post('/rooms', { name: 'desk' })).expect(201);
  return { server, api: server.api, events: await server.api.events('/rooms/desk/events') };
}

async function dial(api, uri) {
  return (await api.post('/rooms/desk/participants', { uri })).expect(201, 202).body.id;
}

const about = (id, ...types) => (event) => types.includes(event.type) && JSON.stringify(event.data).includes(id);
const left = (events, id) => events.waitFor(about(id, 'participant_left'));

async function finish(uas) {
  const { code, errors, messages } = await uas.finished;
  assert.equal(code, 0, `${errors}\n${messages.slice(-6000)}`);
}

const outcomes = [
  { name: 'rings, answers, and is hung up', far: 'uas_answer' },
  { name: 'a reliable 183 has the answer', far: 'uas_reliable' },
];

for (const { name, far } of outcomes) {
  for (const transport of ['u1', 't1']) {
    test(`dial-out: ${name} (${transport === 'u1' ? 'UDP' : 'TCP'})`, async (t) => {
      const { api, events } = await start(t);
      const uas = await runSippServer({ t, scenario: scenario(far), transport });
      const id = await dial(api, uas.uri('bob'));
      await events.waitFor(about(id, 'participant_joined'));
      (await api.delete(`/rooms/desk/participants/${id}`)).expect(204);
      await finish(uas);
    });
  }
}

test('dial-out: progress is seen as states', async (t) => {
  const { api, events } = await start(t);
  const uas = await runSippServer({ t, scenario: scenario('uas_answer') });
  const id = await dial(api, uas.uri('bob'));
  await events.waitFor((event) => about(id, 'participant_state')(event) && JSON.stringify(event.data).includes('ringing'));
  await events.waitFor(about(id, 'participant_joined'));
  (await api.delete(`/rooms/desk/participants/${id}`)).expect(204);
  await finish(uas);
});

const refusals = [
  [486, 'Busy Here', 'busy'], [600, 'Busy Everywhere', 'busy'], [480, 'Temporarily Unavailable', 'no_answer'],
  [603, 'Decline', 'declined'], [403, 'Forbidden', 'declined'], [404, 'Not Found', 'not_found'], [488, 'Not Acceptable Here', 'incompatible'],
  [500, 'Server Internal Error', 'failed'],
  [401, 'Unauthorized', 'failed', 'WWW-Authenticate: Digest realm="x", nonce="y"'], /* never answered with credentials */
  [407, 'Proxy Authentication Required', 'failed', 'Proxy-Authenticate: Digest realm="x", nonce="y"'],
  [503, 'Service Unavailable', 'failed', 'Retry-After: 1'], /* not tried again by itself */
];

test('dial-out: what a refusal means', async (t) => {
  const { api, events } = await start(t);
  for (const [status, phrase, reason, extra = 'X-Nothing: 0'] of refusals) {
    await t.test(`${status} ${phrase}`, async (t2) => {
      const uas = await runSippServer({ t: t2, scenario: filled('uas_refuse', { status, phrase, extra }) });
      const id = await dial(api, uas.uri('bob'));
      const { data } = await left(events, id);
      const text = JSON.stringify(data);
      assert.ok(text.includes(`"${reason}"`), text);
      assert.ok(text.includes(`${status} ${phrase}`), text);
      await finish(uas);
    });
  }
});

test('dial-out: nobody answers in time, CANCEL', async (t) => {
  const { api, events } = await start(t, { 'sip.ring_timeout_s': 1 });
  const uas = await runSippServer({ t, scenario: scenario('uas_cancelled') });
  const { data } = await left(events, await dial(api, uas.uri('bob')));
  assert.match(JSON.stringify(data), /"no_answer"/);
  await finish(uas);
});

test('dial-out: withdrawn while it rings, CANCEL', async (t) => {
  const { api, events } = await start(t);
  const uas = await runSippServer({ t, scenario: scenario('uas_cancelled') });
  const id = await dial(api, uas.uri('bob'));
  await events.waitFor((event) => about(id, 'participant_state')(event) && JSON.stringify(event.data).includes('ringing'));
  (await api.delete(`/rooms/desk/participants/${id}`)).expect(204);
  await finish(uas);
});

test('dial-out: a redirect is followed', async (t) => {
  const { api, events } = await start(t);
  const uas = await runSippServer({ t, scenario: scenario('uas_answer') });
  const first = await runSippServer({ t, scenario: scenario('uas_redirect'), keys: { contact: uas.uri('carol') } });
  const id = await dial(api, first.uri('bob'));
  await events.waitFor(about(id, 'participant_joined'));
  await finish(first);
  (await api.delete(`/rooms/desk/participants/${id}`)).expect(204);
  await finish(uas);
});

test('dial-out: redirects in a circle come to an end', async (t) => {
  const { api, events } = await start(t, { 'sip.max_redirects': 3 });
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  bob.onRequest = (request) => request.method === 'INVITE' && { status: 302, reason: 'Moved', tag: 'x', headers: { Contact: `<${bob.uri}>` } };
  const { data } = await left(events, await dial(api, bob.uri));
  assert.match(JSON.stringify(data), /Too Many Redirects/);
  assert.equal(new Set(bob.received.filter((m) => m.method === 'INVITE').map((m) => m.branch)).size, 4);
});

test('dial-out: a redirect to where may not be dialled is not followed', async (t) => {
  const { api, events } = await start(t, { 'sip.dial_allow': '127.0.0.1' });
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  bob.onRequest = (request) => request.method === 'INVITE' && { status: 302, reason: 'Moved', tag: 'x', headers: { Contact: '<sip:evil@127.0.0.2>' } };
  await left(events, await dial(api, bob.uri));
  const refused = await api.post('/rooms/desk/participants', { uri: 'sip:evil@127.0.0.2' });
  assert.equal(refused.status, 403, JSON.stringify(refused.body));
});

test('dial-out: a host with an escape in it is no host', async (t) => {
  const { api } = await start(t, { 'sip.dial_allow': '*.example.com' });
  const refused = await api.post('/rooms/desk/participants', { uri: 'sip:x@evil.com%00.example.com' });
  assert.ok([400, 422].includes(refused.status), JSON.stringify(refused.body));
});

test('dial-out: answered while our CANCEL is on its way: ACK and BYE', async (t) => {
  const { api, events } = await start(t);
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  let invite;
  bob.onRequest = (request) => {
    if (request.method === 'INVITE') {
      invite = request;
      bob.respond(request, 180, { tag: 'x', reason: 'Ringing' });
      return 'ignore';
    }
    if (request.method === 'CANCEL') bob.respond(invite, 200, { tag: 'x', reason: 'OK', body: sdp });
    return { status: 200, tag: 'x' };
  };
  const id = await dial(api, bob.uri);
  await events.waitFor((event) => about(id, 'participant_state')(event) && JSON.stringify(event.data).includes('ringing'));
  (await api.delete(`/rooms/desk/participants/${id}`)).expect(204);
  await until(() => bob.received.some((m) => m.method === 'BYE'), { what: 'a BYE' });
  assert.ok(bob.received.some((m) => m.method === 'ACK'));
  assert.match(bob.received.find((m) => m.method === 'BYE').header('reason') ?? '', /cause=200.*Removed/);
});
