/* Who may speak plainly: listener, account and room have a say; in, out, in a call, and from room to room. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { authorize, challengesOf } from '../../support/digest.mjs';
import { DtlsPhone } from '../../support/dtls_phone.mjs';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import { is } from '../../support/events.mjs';
import { freePort } from '../../support/ports.mjs';
import { buildSdp, parseSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { makeKey } from '../../support/srtp.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { problem } from '../api/problem.mjs';

const ALICE = 440, BOB = 700;
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const WORDS = ['default', 'off', 'optional', 'required'];

const start = (t, set = {}, more = {}) => startServer({ t, set: { 'rooms.join_tone': 'none', ...set }, ...more });

const plain = buildSdp({ ip: '127.0.0.1', port: 40000 });
const keyed = (protocol) => `${plain.replace('RTP/AVP', protocol)}a=crypto:${makeKey(SUITE).line(1)}\r\n`;
const isKeyed = ({ body }) => body.includes('a=crypto:');

async function talk(alice, bob) {
  const ears = [alice, bob].map((phone) => phone.rtp ?? phone);
  await Promise.all([
    waitToHear(ears[0], { present: [BOB], absent: [ALICE] }), waitToHear(ears[1], { present: [ALICE], absent: [BOB] }),
  ]);
  await Promise.all([
    assertKeepsHearing(ears[0], { present: [BOB], absent: [ALICE] }, 1),
    assertKeepsHearing(ears[1], { present: [ALICE], absent: [BOB] }, 1),
  ]);
}

/** What is left of what all say; null: nothing. Written apart from the server's. */
function settle(words) {
  const isPlainAllowed = !words.includes('required'), isKeyedAllowed = !words.includes('off');
  if (!isPlainAllowed && !isKeyedAllowed) return null;
  return { plain: isPlainAllowed, keyed: isKeyedAllowed };
}

test('listener, account and room, each word of each: what all allow is left', async (t) => {
  const listeners = { default: 0 };
  for (const word of WORDS.slice(1)) listeners[word] = await freePort();
  const listen = WORDS.slice(1).map((word) => `udp:127.0.0.1:${listeners[word]};srtp=${word}`);
  const server = await start(t, { 'sip.authenticate': 'invites' }, { listen });
  listeners.default = server.sipPort;
  const sip = await SipEndpoint.open({ t });
  for (const word of WORDS) {
    (await server.api.post('/rooms', { name: word, srtp: word })).expect(201);
    (await server.api.post('/accounts', { name: word, password: 'correct-horse', srtp: word })).expect(201);
  }
  const invite = async ({ listener, account, room }, body) => {
    const uri = `sip:${room}@127.0.0.1:${listeners[listener]}`;
    const [challenge] = challengesOf(await sip.call(uri).invite(body));
    const call = sip.call(uri);
    const authorization = authorize(challenge, { name: account, password: 'correct-horse', uri, body });
    const response = await call.invite(body, { headers: { Authorization: authorization } });
    if (response.status < 300) await call.bye();
    return response;
  };
  for (const listener of WORDS)
    for (const account of WORDS)
      for (const room of WORDS) {
        const all = { listener, account, room };
        const left = settle([listener, account, room]);
        const answers = { plain: await invite(all, plain), keyed: await invite(all, keyed('RTP/SAVP')) };
        for (const [kind, answer] of Object.entries(answers)) {
          const what = `${JSON.stringify(all)}, ${kind}: ${answer.start} ${answer.header('warning')}`;
          assert.equal(answer.status, left?.[kind] ? 200 : 488, what);
          if (!left) assert.match(answer.header('warning'), /^399 .*"the (listener|account|room) requires encrypted media, and the (listener|account|room) forbids it"$/, what);
          else if (!left[kind]) assert.match(answer.header('warning'), kind === 'plain' ? /^399 .*encrypted/ : /^302 /, what);
          else assert.equal(isKeyed(answer), kind === 'keyed', what);
        }
        if (left) { /* keys beside RTP/AVP are taken, or passed over */
          const both = await invite(all, keyed('RTP/AVP'));
          assert.equal(both.status, 200);
          assert.equal(isKeyed(both), left.keyed);
        }
      }
});

test('UDP and TCP of one address are of one mind', async (t) => {
  await assert.rejects(start(t, {}, { listen: ['udp:127.0.0.1:5999;srtp=off', 'tcp:127.0.0.1:5999;srtp=required'] }), /UDP and TCP of one address need the same srtp/);
  await assert.rejects(start(t, {}, { listen: ['udp:127.0.0.1:5999;srtp=never'] }), /sip\.listen.*srtp=required/);
});

test('who offers nothing is offered what the room wants', async (t) => {
  const server = await start(t, { 'sip.srtp_offer': true });
  for (const [room, protocol, has] of [['off', 'RTP/AVP', false], ['default', 'RTP/AVP', true], ['required', 'RTP/SAVP', true]]) {
    (await server.api.post('/rooms', { name: room, srtp: room })).expect(201);
    const sip = await SipEndpoint.open({ t });
    const call = sip.call(server.uri(room));
    const response = await call.invite(undefined, { ackBody: has ? keyed(protocol) : plain });
    assert.equal(response.status, 200);
    assert.match(response.body, new RegExp(`m=audio \\d+ ${protocol} `));
    assert.equal(isKeyed(response), has);
    await until(async () => (await server.api.participants(room)).some((p) => p.security.media === (has ? 'sdes' : 'none')), { what: 'its answer is taken' });
    await call.bye();
  }
});

test('rooms and accounts keep what they say', async (t) => {
  const server = await start(t);
  const { api } = server;
  assert.equal((await api.post('/rooms', { name: 'den' })).expect(201).body.srtp, 'default');
  assert.equal((await api.patch('/rooms/den', { srtp: 'required' })).expect(200).body.srtp, 'required');
  assert.equal((await api.post('/accounts', { name: 'alice', password: 'correct-horse' })).expect(201).body.srtp, 'default');
  assert.equal((await api.patch('/accounts/alice', { srtp: 'off' })).expect(200).body.srtp, 'off');
  await server.restart();
  assert.equal((await api.get('/rooms/den')).expect(200).body.srtp, 'required');
  assert.equal((await api.get('/accounts/alice')).expect(200).body.srtp, 'off');
  for (const path of ['/rooms/den', '/accounts/alice']) {
    problem(await api.patch(path, { srtp: 'always' }), 422, 'invalid_body');
    assert.equal((await api.patch(path, { srtp: null })).expect(200).body.srtp, 'default');
  }
});

test('in a call: what the room says by then, and the call goes on when it is refused', async (t) => {
  const server = await start(t);
  (await server.api.post('/rooms', { name: 'den' })).expect(201);
  const alice = await Caller.join({ t, server, room: 'den', name: 'alice', hz: ALICE });
  const bob = await Caller.join({ t, server, room: 'den', name: 'bob', hz: BOB, srtp: { suite: SUITE } });
  await talk(alice, bob);
  (await server.api.patch('/rooms/den', { srtp: 'required' })).expect(200);
  await talk(alice, bob); /* those who are in stay as they are */
  for (const method of ['reinvite', 'update']) {
    const refused = method === 'update' ? await alice.call.request('UPDATE', { body: alice.describe() }) : await alice.call.reinvite(alice.describe());
    assert.equal(refused.status, 488);
    assert.match(refused.header('warning'), /^399 .*encrypted/);
  }
  await bob.renegotiate();
  await bob.rekey();
  const { ours } = bob;
  bob.ours = null;
  assert.equal((await bob.call.reinvite(bob.describe({ protocol: 'RTP/AVP' }))).status, 488);
  bob.ours = ours;
  await talk(alice, bob);
  assert.equal((await bob.participant()).security.media, 'sdes');
  /* alice learns */
  Object.assign(alice, { srtp: { suite: SUITE }, ours: makeKey(SUITE) });
  await alice.renegotiate();
  await talk(alice, bob);
  assert.equal((await alice.participant()).security.media, 'sdes');
});

test('a re-INVITE without an offer is offered what the room wants by then', async (t) => {
  const server = await start(t, { 'sip.srtp_offer': true });
  (await server.api.post('/rooms', { name: 'den' })).expect(201);
  const alice = await Caller.join({ t, server, room: 'den', name: 'alice', hz: ALICE });
  const bob = await Caller.join({ t, server, room: 'den', name: 'bob', hz: BOB, srtp: { suite: SUITE } });
  const carol = await DtlsPhone.join({ t, server, name: 'carol' });
  const securityOf = async (name) => (await server.api.participants('den')).find((p) => p.uri.includes(`:${name}@`)).security.media;
  const offered = async (phone, ackBody) => {
    const { status, body } = await phone.call.reinvite(undefined, { ackBody });
    assert.equal(status, 200);
    const [{ protocol, attributes }] = parseSdp(body).media;
    const has = (name) => attributes.some((line) => line.startsWith(`${name}:`));
    return `${protocol}${has('crypto') ? ' and keys' : ''}${has('fingerprint') ? ' and a fingerprint' : ''}`;
  };
  assert.equal(await offered(bob, bob.describe()), 'RTP/SAVP and keys');
  assert.equal(await offered(carol, carol.offer({ setup: 'active' })), 'UDP/TLS/RTP/SAVP and a fingerprint');
  await talk(alice, bob);
  (await server.api.patch('/rooms/den', { srtp: 'off' })).expect(200);
  assert.deepEqual([await securityOf('bob'), await securityOf('carol')], ['sdes', 'dtls']);
  const plainly = (rtp) => buildSdp({ ip: '127.0.0.1', port: rtp.port, version: 9 });
  assert.equal(await offered(bob, plainly(bob.rtp)), 'RTP/AVP');
  bob.rtp.srtp = null;
  assert.equal(await offered(carol, plainly(carol.rtp)), 'RTP/AVP');
  await until(async () => (await securityOf('bob')) === 'none' && (await securityOf('carol')) === 'none', { what: 'both are plain' });
  await talk(alice, bob);
  assert.equal(await server.api.metric('raduno_dtls_handshakes'), 0);
  /* and back: plain is not offered again */
  (await server.api.patch('/rooms/den', { srtp: 'required' })).expect(200);
  assert.match(await offered(bob, plainly(bob.rtp)), / and keys$/);
  await until(() => server.log.some((line) => /answer to our offer cannot be used: media has to be encrypted/.test(line)), { what: 'a plain answer is not taken' });
  assert.equal(await securityOf('bob'), 'none', 'what was before goes on');
});

test('a move: only where its media may be', async (t) => {
  const server = await start(t);
  for (const word of WORDS) (await server.api.post('/rooms', { name: word, srtp: word })).expect(201);
  const carol = await Caller.join({ t, server, room: 'required', name: 'carol', hz: ALICE, srtp: { suite: SUITE } });
  const alice = await Caller.join({ t, server, room: 'default', name: 'alice', hz: ALICE });
  const bob = await Caller.join({ t, server, room: 'default', name: 'bob', hz: BOB, srtp: { suite: SUITE } });
  const ids = { alice: (await alice.participant()).id, bob: (await bob.participant()).id };
  const move = (name, from, room) => server.api.patch(`/rooms/${from}/participants/${ids[name]}`, { room });
  await talk(alice, bob);
  assert.match(problem(await move('alice', 'default', 'required'), 409, 'srtp_required').detail, /requires encrypted media/);
  assert.match(problem(await move('bob', 'default', 'off'), 409, 'srtp_off').detail, /no encrypted media/);
  await talk(alice, bob);
  (await move('bob', 'default', 'required')).expect(200);
  await talk(carol, bob);
  /* there, he may not become plain */
  const { ours } = bob;
  bob.ours = null;
  assert.equal((await bob.call.reinvite(bob.describe({ protocol: 'RTP/AVP' }))).status, 488);
  bob.ours = ours;
  await talk(carol, bob);
  (await move('alice', 'default', 'off')).expect(200);
  alice.room = 'off';
  await alice.participant({ fits: (p) => p.state === 'connected' });
  /* and here, she gets no keys */
  Object.assign(alice, { srtp: { suite: SUITE, protocol: 'RTP/AVP' }, ours: makeKey(SUITE) });
  await alice.renegotiate();
  assert.equal((await alice.participant()).security.media, 'none');
});

/* ---- calls that the server makes ---- */

test('dial-out offers what the room wants', async (t) => {
  for (const [set, room, protocol, has] of [
    [{}, 'default', 'RTP/AVP', false], [{}, 'required', 'RTP/SAVP', true], [{ 'sip.srtp_offer': true }, 'required', 'RTP/SAVP', true],
    [{ 'sip.srtp_offer': true }, 'off', 'RTP/AVP', false], [{ 'sip.dtls_offer': true }, 'required', 'UDP/TLS/RTP/SAVP', false],
    [{ 'sip.dtls_offer': true }, 'off', 'RTP/AVP', false], [{ 'sip.srtp': 'required' }, 'optional', 'RTP/SAVP', true],
  ]) {
    const server = await start(t, set);
    (await server.api.post('/rooms', { name: 'den', srtp: room })).expect(201);
    const bob = await Caller.wait({ t, name: 'bob', server, room: 'den' });
    let offer;
    bob.onInvite = async (incoming) => {
      offer = incoming.request.body;
      await incoming.reject(486);
    };
    (await server.api.post('/rooms/den/participants', { uri: bob.uri })).expect(201);
    await until(() => offer, { what: 'the INVITE' });
    const what = `${JSON.stringify(set)} ${room}\n${offer}`;
    assert.match(offer, new RegExp(`m=audio \\d+ ${protocol} `), what);
    assert.equal(offer.includes('a=crypto:'), has, what);
    assert.equal(offer.includes('a=fingerprint:'), protocol.startsWith('UDP'), what);
    await server.stop();
  }
});

test('dial-out from a room that requires: a phone with keys is heard, one without is not taken', async (t) => {
  const server = await start(t);
  const events = await server.api.events('/events');
  (await server.api.post('/rooms', { name: 'den', srtp: 'required' })).expect(201);
  const alice = await Caller.join({ t, server, room: 'den', name: 'alice', hz: ALICE, srtp: { suite: SUITE } });
  const bob = await Baresip.start({ t, name: 'bob', hz: BOB, answer: 'auto', srtp: 'srtp-mand' });
  (await server.api.post('/rooms/den/participants', { uri: bob.uri })).expect(201);
  await talk(alice, bob);
  const carol = await Caller.wait({ t, name: 'carol', server, room: 'den' }); /* answers plainly, whatever is offered */
  const { id } = (await server.api.post('/rooms/den/participants', { uri: carol.uri })).expect(201).body;
  await events.waitFor(is('participant_left', { id, reason: 'incompatible' }));
  await talk(alice, bob);
});

test('dial-out from a room that requires what the server forbids is a problem', async (t) => {
  const server = await start(t, { 'sip.srtp': 'off' });
  (await server.api.post('/rooms', { name: 'den', srtp: 'required' })).expect(201);
  problem(await server.api.post('/rooms/den/participants', { uri: 'sip:bob@127.0.0.1:5999' }), 409, 'srtp_contradiction');
  assert.deepEqual(await server.api.participants('den'), []);
});
