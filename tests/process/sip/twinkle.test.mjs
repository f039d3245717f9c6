/* Transfer by a second phone that is not ours: Twinkle, which talks with two, and joins them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { register } from '../../support/register.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { Twinkle } from '../../support/twinkle.mjs';
import { until } from '../../support/wait.mjs';

const password = 'correct-horse';

test('Twinkle transfers: attended, to whom it has asked beside the room and through the server; and blind', async (t) => {
  const server = await startServer({ t, set: { 'sip.authenticate': 'invites', 'sip.auth_algorithms': 'md5' } });
  for (const name of ['alice', 'bob', 'carol', 'dave', 'erin']) (await server.api.post('/accounts', { name, password })).expect(201);
  (await server.api.post('/rooms', { name: 'blue' })).expect(201);
  const [alice, bob, erin] = await Promise.all([{ name: 'alice' }, { name: 'bob', answer: 'auto' }, { name: 'erin' }].map((who) => Twinkle.start({ t, password, ...who })));
  const registered = async (name, port) => {
    const phone = await SipEndpoint.open({ t, user: name });
    phone.onInvite = (incoming) => incoming.answer(buildSdp({ ip: '127.0.0.1', port }));
    assert.equal((await register(phone, server, { name, password, index: 0 })).status, 200);
  };
  await registered('carol', 40000);
  await registered('dave', 40002);
  const members = async () => (await server.api.get('/rooms/blue/participants')).expect(200).body.items
    .filter(({ state }) => state === 'connected').map(({ uri }) => uri.replace(/^sip:|@.*/g, '')).sort().join();
  const has = (wanted) => until(async () => (await members()) === wanted, { what: `${wanted} in the room` }).catch(async (error) => assert.fail(`${error.message}: ${await members()}`));

  await alice.call(server.uri('blue'));
  alice.command('line 2');
  await alice.call(bob.uri);
  alice.command('transfer -l'); /* REFER to bob, with Replaces of alice's call to the room */
  await has('bob');

  let from = erin.child.lines.length;
  await erin.call(server.uri('blue'));
  const { id } = (await server.api.get('/rooms/blue/participants')).body.items.find(({ uri }) => uri.startsWith('sip:erin@'));
  (await server.api.patch(`/rooms/blue/participants/${id}`, { role: 'moderator' })).expect(200); /* who may call others into it */
  erin.command(`transfer ${server.uri('carol')}`);
  await has('bob,carol');
  await erin.said(/^Line 1: (far end ended call|call ended)/, { from });

  from = erin.child.lines.length;
  await erin.call(server.uri('blue'));
  erin.command('line 2');
  await erin.call(server.uri('dave'));
  erin.command('transfer -l'); /* REFER to the server, in the call with dave */
  await has('bob,carol,dave');
});
