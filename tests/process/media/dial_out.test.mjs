/* The server calls: answered, busy, declined, unanswered, withdrawn, redirected; told in events. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { is, story } from '../../support/events.mjs';
import { startServer } from '../../support/server.mjs';
import { runSippServer } from '../../support/sipp.mjs';

const quiet = { 'rooms.join_tone': 'none' };

async function begin(t, { set = {} } = {}) {
  const server = await startServer({ t, set: { ...quiet, ...set } });
  (await server.api.post('/rooms', { name: 'hall' })).expect(201);
  const events = await server.api.events('/rooms/hall/events');
  const dial = async (uri, more = {}) => (await server.api.post('/rooms/hall/participants', { uri, ...more })).expect(201).body;
  return { server, api: server.api, events, dial };
}

for (const [transport, ip] of [['udp', '127.0.0.1'], ['tcp', '127.0.0.1'], ['udp', '::1']]) {
  test(`a real phone is called over ${transport} ${ip}, answers, hears and is heard`, async (t) => {
    const { server, events, dial } = await begin(t);
    const alice = await Caller.join({ t, server, room: 'hall', name: 'alice', hz: 440 });
    const bob = await Baresip.start({ t, name: 'bob', hz: 700, answer: 'auto', transport, ip });
    const { id, direction, state } = await dial(bob.uri, { display_name: 'Bob' });
    assert.equal(direction, 'out');
    assert.equal(state, 'calling');
    await events.waitFor(is('participant_joined', { id }));
    assert.match(story(events, id).join(', '),
      /^participant_added calling(, participant_state ringing)?(, participant_state connecting)?, participant_joined connected/);
    await Promise.all([waitToHear(bob, { present: [440], absent: [700] }), waitToHear(alice.rtp, { present: [700], absent: [440] })]);
    await bob.hangup();
    await events.waitFor(is('participant_left', { id, reason: 'hung_up' }));
  });
}

test('calling, ringing and joined are told in this order', async (t) => {
  const { events, dial } = await begin(t);
  const bob = await Caller.wait({ t, name: 'bob', hz: 700 });
  let ringing;
  bob.onInvite = (incoming) => {
    incoming.ring();
    ringing = incoming;
  };
  const { id } = await dial(bob.uri);
  await events.waitFor(is('participant_state', { id, state: 'ringing' }));
  bob.answer(ringing);
  await events.waitFor(is('participant_joined', { id }));
  const seen = story(events, id).map((line) => line.split(' ')[1]);
  assert.deepEqual(seen.filter((state) => state !== 'connecting'), ['calling', 'ringing', 'connected']);
});

const BUSY = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="busy">
  <recv request="INVITE"/>
  <send retrans="500"><![CDATA[
    SIP/2.0 486 Busy Here
    [last_Via:]
    [last_From:]
    [last_To:];tag=[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>
  <recv request="ACK"/>
</scenario>`;

test('a busy phone (SIPp): left, busy, and the room goes on', async (t) => {
  const { events, api, dial } = await begin(t);
  const uas = await runSippServer({ t, scenario: BUSY });
  const { id } = await dial(uas.uri('bob'));
  const left = await events.waitFor(is('participant_left', { id }));
  assert.ok(is(null, { reason: 'busy' })(left), JSON.stringify(left));
  assert.deepEqual(story(events, id), ['participant_added calling', 'participant_left busy']);
  const { code, errors } = await uas.finished;
  assert.equal(code, 0, errors);
  assert.equal((await api.participants('hall')).length, 0);
});

test('a real phone that declines', async (t) => {
  const { events, dial } = await begin(t);
  const bob = await Baresip.start({ t, name: 'bob', hz: 700 });
  const { id } = await dial(bob.uri);
  await events.waitFor(is('participant_state', { id, state: 'ringing' }));
  await bob.hangup();
  const { data } = await events.waitFor(is('participant_left', { id }));
  assert.match(JSON.stringify(data), /busy|declined/);
});

for (const [status, reason] of [[486, 'busy'], [600, 'busy'], [603, 'declined'], [404, 'not_found'], [480, 'no_answer'], [488, 'incompatible'], [500, 'failed']]) {
  test(`answered with ${status}: left, ${reason}`, async (t) => {
    const { events, dial } = await begin(t);
    const bob = await Caller.wait({ t, name: 'bob' });
    bob.onInvite = (incoming) => incoming.reject(status);
    const { id } = await dial(bob.uri);
    const { data } = await events.waitFor(is('participant_left', { id }));
    assert.ok(is(null, { reason })({ data }), JSON.stringify(data));
    assert.match(JSON.stringify(data), new RegExp(String(status)));
  });
}

test('nobody answers: CANCEL after the ring time, left, no_answer', async (t) => {
  const { events, dial } = await begin(t);
  const bob = await Caller.wait({ t, name: 'bob' });
  let cancelled;
  bob.onInvite = (incoming) => {
    incoming.ring();
    ({ cancelled } = incoming);
  };
  const { id } = await dial(bob.uri, { ring_timeout_s: 1 });
  await events.waitFor(is('participant_left', { id, reason: 'no_answer' }));
  await cancelled;
});

test('a call withdrawn by the API while it rings is cancelled', async (t) => {
  const { events, api, dial } = await begin(t);
  const bob = await Caller.wait({ t, name: 'bob' });
  let cancelled;
  bob.onInvite = (incoming) => {
    incoming.ring();
    ({ cancelled } = incoming);
  };
  const { id } = await dial(bob.uri);
  await events.waitFor(is('participant_state', { id, state: 'ringing' }));
  (await api.delete(`/rooms/hall/participants/${id}`)).expect(204);
  await events.waitFor(is('participant_left', { id, reason: 'kicked' }));
  await cancelled;
});

test('a redirect is followed, a circle of redirects ends', async (t) => {
  const { events, dial } = await begin(t, { set: { 'sip.max_redirects': 3 } });
  const bob = await Caller.wait({ t, name: 'bob', hz: 700 });
  const first = await Caller.wait({ t, name: 'first' });
  first.onInvite = (incoming) => incoming.reject(302, { headers: { Contact: `<${bob.uri}>` } });
  const { id } = await dial(first.uri);
  await events.waitFor(is('participant_joined', { id }));
  let asked = 0;
  first.onInvite = (incoming) => {
    asked += 1;
    incoming.reject(302, { headers: { Contact: `<${first.uri};n=${asked}>` } });
  };
  const circle = await dial(first.uri);
  await events.waitFor(is('participant_left', { id: circle.id }));
  assert.ok(asked <= 4, `${asked} INVITEs for 3 redirects`);
});
