/* S/MIME that waits to be opened: what is cancelled meanwhile, what comes behind it, and what is too much. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { beginSmime, sdp, sdpType } from '../../support/smime.mjs';
import { until } from '../../support/wait.mjs';

const withMessages = { Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK, MESSAGE' };

test('an INVITE that is cancelled before it is opened was never there; a sealed message and the BYE behind it are taken in order', async (t) => {
  const { server, api, sip, smime, invite } = await beginSmime(t, { kind: 'rsa' });
  const { body, ...options } = smime().wrap(sdp, sdpType);
  await sip.request('OPTIONS', server.uri('blue', { transport: 'tcp' }));
  const call = sip.call(server.uri('blue', { transport: 'tcp' }), { localUri: 'sip:alice@raduno' });
  const [invited, cancelled] = await sip.together(call.address, () => Promise.all([call.invite(body, options), call.cancel()]));
  assert.deepEqual([invited.status, cancelled.status], [487, 200]);
  (await api.get('/rooms/blue')).expect(404);
  assert.ok(!server.log.some((line) => line.includes('dials the room') || line.includes('dials blue')), 'nobody has dialled');
  assert.equal((await invite({ body, ...options })).status, 200, 'the next one is let in');

  const bob = await Caller.join({ t, server, room: 'blue', name: 'bob' });
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice', from: 'sip:alice@raduno', transport: 'tcp', smime: smime(), headers: withMessages });
  const [text, how] = alice.seal('my last words', 'text/plain');
  const [, left] = await alice.sip.together(alice.call.address, () => Promise.all([alice.call.request('MESSAGE', { body: text, ...how }), alice.call.bye()]));
  assert.equal(left.status, 200);
  await until(async () => (await api.get('/rooms/blue/participants')).body.items.length === 1, { what: 'alice has left' });
  assert.deepEqual((await api.get('/rooms/blue/messages')).expect(200).body.items.map((item) => item.text), ['my last words']);
  await bob.leave();
});

test('more than can be opened is refused with 503: to who sends it, not to others; and nothing is lost without an answer', async (t) => {
  const { server, smime } = await beginSmime(t, { kind: 'rsa' });
  const join = (options) => Caller.join({ t, server, room: 'blue', name: 'alice', from: 'sip:alice@raduno', smime: smime({ bare: true }), headers: withMessages, ...options });
  const alice = await join({ transport: 'tcp' }), other = await join({ ip: '::1' });
  const [body, how] = other.seal('x', 'text/plain');
  const send = (caller, length) => Array.from({ length }, () => caller.call.request('MESSAGE', { body, ...how }));
  let isOver = false;
  const flood = async () => {
    const all = [];
    while (all.length < 400) {
      all.push(...alice.sip.together(alice.call.address, () => send(alice, 50)));
      await alice.sip.request('OPTIONS', server.uri('blue', { transport: 'tcp' })); // they are read: the stack lets go of a connection on which 160 KiB wait
    }
    return Promise.all(all);
  };
  const flooding = flood().finally(() => { isOver = true; }), heard = [];
  while (!isOver) heard.push(...await Promise.all(send(other, 16)));
  const responses = await flooding, isRefused = ({ reason }) => reason === 'Too Many Sealed Bodies At Once';
  const refused = responses.filter(isRefused);
  assert.ok(refused.length > 0, `none was refused: ${responses.map(({ status }) => status)}`);
  assert.deepEqual([refused[0].status, refused[0].header('retry-after')], [503, '10']);
  assert.ok(responses.some(({ status }) => status === 200), 'some were opened');
  assert.equal(heard.filter(isRefused).length, 0, 'others have their share');
  await alice.renegotiate();
});
