/* Who begins a call shows a password: SIPp (MD5), baresip, and a caller of ours (SHA-256, and what is wrong). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { authorize, challengesOf } from '../../support/digest.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { runSipp } from '../../support/sipp.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const password = 'correct-horse'; /* scenario/invite_auth.xml has it, too */

async function start(t, set = {}) {
  const server = await startServer({ t, set: { 'sip.authenticate': 'invites', ...set } });
  (await server.api.post('/accounts', { name: 'alice', password })).expect(201);
  return server;
}

async function metric(server, name) {
  const { body } = (await server.api.get('/metrics', { root: true })).expect(200);
  return Number(new RegExp(`^raduno_sip_auth_${name}_total (\\d+)$`, 'm').exec(body)?.[1]);
}

/** An INVITE without credentials, and its challenges. */
async function ask(sip, uri, body = sdp) {
  const response = await sip.call(uri).invite(body);
  assert.equal(response.status, 401, response.start);
  return challengesOf(response);
}

/** One INVITE with these credentials; who is let in is hung up. */
async function invite(sip, uri, challenge, options = {}) {
  const call = sip.call(uri);
  const { body = sdp, ...rest } = options;
  const authorization = authorize(challenge, { name: 'alice', password, uri, body, ...rest });
  const response = await call.invite(body, { headers: { Authorization: authorization } });
  if (response.status < 300) await call.bye();
  return response;
}

test('the challenge: SHA-256 first, then MD5, both qops; nothing is made before it', async (t) => {
  const server = await start(t);
  const sip = await SipEndpoint.open({ t });
  const challenges = await ask(sip, server.uri('blue'));
  assert.deepEqual(challenges.map(({ algorithm }) => algorithm), ['SHA-256', 'MD5']);
  for (const { realm, qop, stale, text } of challenges) {
    assert.equal(realm, 'raduno');
    assert.equal(qop, 'auth,auth-int');
    assert.equal(stale, undefined, text);
  }
  assert.deepEqual((await server.api.get('/rooms')).expect(200).body.items, []);
  assert.equal((await sip.request('OPTIONS', server.uri('blue'))).status, 200);
});

test('the right password lets in: each algorithm, each qop', async (t) => {
  const server = await start(t);
  const sip = await SipEndpoint.open({ t });
  const uri = server.uri('blue');
  for (const index of [0, 1]) {
    for (const qop of ['auth', 'auth-int']) {
      for (const isSession of [false, true]) {
        const challenges = await ask(sip, uri);
        const response = await invite(sip, uri, challenges[index], { qop, isSession });
        assert.equal(response.status, 200, `${challenges[index].algorithm} ${qop} ${isSession}`);
      }
    }
  }
  assert.equal(await metric(server, 'passed'), 8);
  assert.equal(await metric(server, 'wrong'), 0);
});

test('in a call nothing more is asked', async (t) => {
  const server = await start(t);
  const sip = await SipEndpoint.open({ t });
  const uri = server.uri('blue');
  const [challenge] = await ask(sip, uri);
  const call = sip.call(uri);
  const response = await call.invite(sdp, { headers: { Authorization: authorize(challenge, { name: 'alice', password, uri }) } });
  assert.equal(response.status, 200);
  assert.equal((await call.reinvite(sdp)).status, 200);
  assert.equal((await call.request('UPDATE', { body: sdp })).status, 200);
  assert.equal((await call.bye()).status, 200);
});

test('only what is configured is offered, and taken', async (t) => {
  const server = await start(t, { 'sip.auth_algorithms': 'sha-256' });
  const sip = await SipEndpoint.open({ t });
  const [challenge, ...more] = await ask(sip, server.uri('blue'));
  assert.deepEqual([challenge.algorithm, more], ['SHA-256', []]);
  assert.equal((await invite(sip, server.uri('blue'), { ...challenge, algorithm: 'MD5' })).status, 401);
  assert.equal((await invite(sip, server.uri('blue'), challenge)).status, 200);
});

test('SIPp authenticates by MD5', async (t) => {
  const server = await start(t, { 'sip.auth_algorithms': 'md5' }); /* it takes the first offer, or fails */
  const result = await runSipp({
    scenario: new URL('scenario/invite_auth.xml', import.meta.url), remote: `127.0.0.1:${server.sipPort}`, service: 'blue', transport: 'u1', calls: 3,
  });
  assert.equal(result.code, 0, `${result.errors}\n${result.messages.slice(-6000)}`);
  assert.equal(await metric(server, 'passed'), 3);
});

test('what is wrong: one answer for all, and no room is made', async (t) => {
  const server = await start(t, { 'sip.auth_failures': 1000 });
  (await server.api.post('/accounts', { name: 'off', password, enabled: false })).expect(201);
  const sip = await SipEndpoint.open({ t });
  const uri = server.uri('blue');
  const shape = ({ status, reason, headers }) => ({
    status, reason, names: Object.keys(headers), challenges: headers['www-authenticate']?.map((one) => one.replace(/nonce="[^"]*"/, '')),
  });
  const cases = [
    { name: 'a wrong password', options: { password: 'wrong password' } },
    { name: 'an unknown name', options: { name: 'nobody' } },
    { name: 'a disabled account', options: { name: 'off' } },
    { name: 'a name with a zero byte\'s place', options: { name: 'x'.repeat(200) } },
    { name: 'another method', options: { method: 'OPTIONS' } },
    { name: 'another room', options: { uri: server.uri('red') } },
    { name: 'another body', options: { qop: 'auth-int', body: sdp, sent: `${sdp}a=x\r\n` } },
  ];
  const seen = new Set();
  for (const { name, options } of cases) {
    const [challenge] = await ask(sip, uri);
    const call = sip.call(uri);
    const { sent = sdp, ...rest } = options;
    const authorization = authorize(challenge, { name: 'alice', password, uri, body: sdp, ...rest });
    const response = await call.invite(sent, { headers: { Authorization: authorization } });
    assert.equal(response.status, 401, name);
    seen.add(JSON.stringify(shape(response)));
  }
  assert.equal(seen.size, 1, [...seen].join('\n'));
  assert.doesNotMatch([...seen][0], /stale/);
  assert.equal(await metric(server, 'wrong'), cases.length);
  assert.deepEqual((await server.api.get('/rooms')).expect(200).body.items, []);
  for (const garbage of ['Digest', 'Digest x', 'Basic YTpi', 'Digest username="alice"', `Digest ${'x=1,'.repeat(500)}`, 'Digest nonce="\u00ff", realm="raduno"']) {
    const response = await sip.call(uri).invite(sdp, { headers: { Authorization: garbage } });
    assert.ok([400, 401].includes(response.status), `${garbage}: ${response.start}`);
  }
  assert.equal(await metric(server, 'wrong'), cases.length);
});

test('a nonce: used once for each count, for one address, and not by others', async (t) => {
  const server = await start(t);
  const sip = await SipEndpoint.open({ t });
  const uri = server.uri('blue');
  const [challenge] = await ask(sip, uri);
  const isStale = (response) => {
    assert.equal(response.status, 401);
    assert.deepEqual(challengesOf(response).map(({ stale }) => stale), ['true', 'true']);
  };
  assert.equal((await invite(sip, uri, challenge)).status, 200);
  isStale(await invite(sip, uri, challenge));
  assert.equal((await invite(sip, uri, challenge, { nc: 5 })).status, 200);
  isStale(await invite(sip, uri, challenge, { nc: 4 }));
  isStale(await invite(sip, uri, challenge, { nc: 5 }));
  isStale(await invite(sip, uri, { ...challenge, nonce: '0'.repeat(64) }, { nc: 9 }));
  isStale(await invite(sip, uri, { ...challenge, nonce: 'x' }, { nc: 9 }));
  const elsewhere = await SipEndpoint.open({ t, ip: '::1' });
  const other = server.uri('blue', { ip: '::1' });
  isStale(await invite(elsewhere, other, challenge, { nc: 10, body: sdp })); /* sent to another address */
  isStale(await invite(elsewhere, other, challenge, { nc: 10, password: 'wrong password' })); /* and says nothing of the password */
  assert.equal(await metric(server, 'wrong'), 0);
  await server.restart();
  isStale(await invite(sip, uri, challenge, { nc: 11 }));
  const [next] = await ask(sip, uri);
  assert.equal((await invite(sip, uri, next)).status, 200); /* the account is kept */
});

test('who guesses is slowed, then banned; the calls of before go on', async (t) => {
  const server = await start(t, { 'sip.auth_failures': 6, 'sip.auth_ban_s': 3600 });
  const sip = await SipEndpoint.open({ t });
  const uri = server.uri('blue');
  const call = sip.call(uri);
  const [challenge] = await ask(sip, uri);
  const entered = await call.invite(sdp, { headers: { Authorization: authorize(challenge, { name: 'alice', password, uri }) } });
  assert.equal(entered.status, 200);
  const [guessed] = await ask(sip, uri);
  let guesses = 0;
  for (; guesses < 30 && !(await metric(server, 'bans')); guesses++)
    assert.equal((await invite(sip, uri, guessed, { nc: guesses + 1, password: `guess number ${guesses}` })).status, 401);
  assert.ok(guesses >= 6 && guesses < 12, `${guesses}`); /* some were regained */
  await until(() => server.log.some((line) => /warn +sip +auth: banned 127.0.0.1 for 3600 s: too many wrong passwords/.test(line)), { what: 'a line for fail2ban' });
  assert.equal(await metric(server, 'bans'), 1);
  const before = await metric(server, 'dropped');
  assert.ok(before > 0); /* slowed */
  const hopeless = sip.call(uri).startInvite(sdp);
  await until(async () => (await metric(server, 'dropped')) > before, { what: 'it is dropped' });
  assert.deepEqual(hopeless.responses, []);
  hopeless.stop();
  assert.equal((await call.request('UPDATE', { body: sdp })).status, 200);
  assert.equal((await call.reinvite(sdp)).status, 200);
  assert.equal((await call.bye()).status, 200);
  const banned = (await server.api.get('/bans')).expect(200).body.items;
  assert.deepEqual(banned.map(({ address, prefix_length }) => [address, prefix_length]), [['127.0.0.1', 32]]);
  const v6 = await SipEndpoint.open({ t, ip: '::1' });
  const other = server.uri('blue', { ip: '::1' });
  const [fresh] = await ask(v6, other);
  assert.equal((await invite(v6, other, fresh)).status, 200);
  assert.equal(server.log.filter((one) => /auth: banned/.test(one)).length, 1);
  assert.equal((await server.api.delete('/bans/127.0.0.1')).expect(204).status, 204);
  (await server.api.delete('/bans/127.0.0.1')).expect(404);
  assert.equal((await ask(sip, uri)).length, 2, 'it is heard again');
  assert.doesNotMatch(server.log.join('\n'), /guess number|correct-horse/);
});

test('accounts: made, shown without a secret, changed, deleted, kept', async (t) => {
  const server = await start(t);
  const { api } = server;
  const sip = await SipEndpoint.open({ t });
  const uri = server.uri('blue');
  const shown = (await api.get('/accounts/alice')).expect(200).body;
  assert.deepEqual(Object.keys(shown), ['name', 'display_name', 'enabled', 'srtp', 'number', 'smime', 'forwarding', 'forward_to', 'forward_when', 'forward_after_s', 'certificate', 'realm', 'usable', 'registered', 'created_at']);
  (await api.patch('/accounts/alice', { password: 'quite another' })).expect(200);
  assert.equal((await invite(sip, uri, (await ask(sip, uri))[0])).status, 401);
  assert.equal((await invite(sip, uri, (await ask(sip, uri))[0], { password: 'quite another' })).status, 200);
  (await api.patch('/accounts/alice', { enabled: false })).expect(200);
  assert.equal((await invite(sip, uri, (await ask(sip, uri))[0], { password: 'quite another' })).status, 401);
  assert.equal((await api.get('/accounts/alice')).body.usable, false);
  (await api.patch('/accounts/alice', { enabled: null, display_name: 'Alice' })).expect(200);
  for (const name of ['bob', 'carol', 'dave']) (await api.post('/accounts', { name, password })).expect(201);
  const page = (await api.get('/accounts?limit=2')).expect(200).body;
  assert.deepEqual([page.items.map(({ name }) => name), page.next], [['alice', 'bob'], 'bob']);
  const rest = (await api.get(`/accounts?limit=2&after=${page.next}`)).expect(200).body;
  assert.deepEqual([rest.items.map(({ name }) => name), rest.next], [['carol', 'dave'], null]);
  (await api.delete('/accounts/bob')).expect(204);
  (await api.get('/accounts/bob')).expect(404);
  await server.stop();
  server.isStopped = false;
  server.set['sip.realm'] = 'elsewhere';
  await server.start();
  assert.match(server.log.join('\n'), /3 accounts have passwords for another realm than "elsewhere"/);
  const moved = (await api.get('/accounts/alice')).expect(200).body;
  assert.deepEqual([moved.display_name, moved.enabled, moved.realm, moved.usable], ['Alice', true, 'raduno', false]);
  assert.equal((await invite(sip, uri, (await ask(sip, uri))[0], { password: 'quite another' })).status, 401);
  (await api.patch('/accounts/alice', { password })).expect(200);
  assert.equal((await invite(sip, uri, (await ask(sip, uri))[0])).status, 200);
});
