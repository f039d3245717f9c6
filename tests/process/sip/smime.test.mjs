/* S/MIME: bodies signed and encrypted, with openssl as the other side; what is forged, not for us, or plain. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { register } from '../../support/register.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { beginSmime as begin, password, sdp, sdpType } from '../../support/smime.mjs';
import { makeCertificates } from '../../support/tls.mjs';
import { until } from '../../support/wait.mjs';

const withMessages = { Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK, MESSAGE' };
const both = 'application/sdp, application/pkcs7-mime, multipart/signed';

/** alice in room blue; `heard` is what she was written. */
async function join({ t, server, smime }, options = {}) {
  const caller = await Caller.join({
    t, server, room: 'blue', name: 'alice', from: 'sip:alice@raduno', transport: 'tcp', smime: smime(), headers: withMessages, ...options,
  });
  hearMessages(caller);
  return caller;
}

function hearMessages(caller) {
  caller.heard = [];
  caller.sip.onRequest = (request) => {
    if (request.method !== 'MESSAGE') return undefined;
    caller.heard.push(caller.open(request));
    return { status: 200 };
  };
}

/** What is signed next: an entity of its own, as text and type. */
const around = ({ body, type, headers }) => [body, [type, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join('\r\n')];

const messages = async ({ api }) => (await api.get('/rooms/blue/messages')).expect(200).body.items.map(({ text }) => text);
const write = (caller, text) => {
  const [body, options] = caller.seal(text, 'text/plain');
  return caller.call.request('MESSAGE', { body, ...options });
};

for (const { kind, ...options } of [{ kind: 'ec' }, { kind: 'rsa', cipher: '-aes256', opaque: true, padding: true }, { kind: 'rsa', cipher: '-aes128', bare: true }, { kind: 'ec', encrypts: false }])
  test(`a call and its messages, both ways: ${JSON.stringify({ kind, ...options })}`, async (t) => {
    const scene = await begin(t, { kind });
    const bob = await Caller.join({ t, server: scene.server, room: 'blue', name: 'bob', hz: 440, headers: withMessages });
    hearMessages(bob);
    const alice = await join(scene, { hz: 700, smime: scene.smime(options) });
    await alice.renegotiate();
    await alice.renegotiate({}, { method: 'UPDATE' });
    await Promise.all([waitToHear(alice.rtp, { present: [440] }), waitToHear(bob.rtp, { present: [700] })]);
    assert.equal((await write(alice, 'for the room only')).status, 200);
    await until(() => bob.heard.includes('alice: for the room only'), { what: 'bob hears it, who has no S/MIME' });
    assert.deepEqual(await messages(scene), ['for the room only']);
    (await scene.api.post('/rooms/blue/messages', { text: 'from the desk' })).expect(201);
    await until(() => alice.heard.length === 1, { what: 'alice hears the desk' });
    assert.deepEqual(alice.heard, ['from the desk']);
  });

test('once sealed, always sealed: a plain change is refused, and the call goes on', async (t) => {
  const scene = await begin(t);
  const alice = await join(scene);
  const refused = await alice.call.reinvite(sdp);
  assert.deepEqual([refused.status, refused.header('accept')], [415, 'application/pkcs7-mime, multipart/signed']);
  const { body, ...options } = scene.smime({ encrypts: false }).wrap(sdp, sdpType);
  const half = await alice.call.reinvite(body, options);
  assert.deepEqual([half.status, half.reason], [403, 'Body Has To Be Encrypted']);
  await alice.renegotiate();
});

test('over UDP; and without an offer: ours is sealed where the account requires it', async (t) => {
  const scene = await begin(t, { account: { smime: 'required' } });
  await join(scene, { transport: 'udp' });
  const smime = scene.smime(), call = scene.sip.call(scene.server.uri('blue', { transport: 'tcp' }), { localUri: 'sip:alice@raduno' });
  const offer = await call.invite(undefined, { withholdAck: true });
  assert.equal(offer.status, 200);
  assert.match(smime.open(offer), /^v=0\r\n/);
});

test('a phone of the account is called with a sealed offer, and has to answer with a sealed one', async (t) => {
  const scene = await begin(t);
  const bob = await Caller.join({ t, server: scene.server, room: 'blue', name: 'bob', hz: 440 });
  const phone = await Caller.wait({ t, name: 'alice', hz: 700, transport: 'tcp', smime: scene.smime() });
  assert.equal((await register(phone.sip, scene.server, { name: 'alice', password })).status, 200);
  const dial = () => scene.api.post('/rooms/blue/participants', { uri: 'sip:alice@raduno' });
  (await dial()).expect(201);
  await phone.answered;
  await Promise.all([waitToHear(phone.rtp, { present: [440] }), waitToHear(bob.rtp, { present: [700] })]);
  await phone.leave();
  const events = await scene.api.events('/rooms/blue/events');
  phone.onInvite = (incoming) => incoming.answer(sdp);
  (await dial()).expect(201);
  const { data } = await events.waitFor(({ type, data: { participant } }) => type === 'participant_left' && participant.uri.includes('alice'));
  assert.equal(data.reason ?? data.participant.reason, 'incompatible');

  (await scene.api.patch('/accounts/alice', { smime: 'required', certificate: null })).expect(200);
  assert.equal((await dial()).expect(409).body.code, 'no_certificate');
  (await scene.api.patch('/accounts/alice', { smime: 'off', certificate: scene.certificate })).expect(200);
  phone.smime = null;
  phone.onInvite = (incoming) => phone.answer(incoming);
  phone.answered = new Promise((resolve) => (phone.onAnswered = resolve));
  (await dial()).expect(201);
  assert.equal((await phone.answered).request.header('content-type'), sdpType);
});

test('what is forged, broken, too much, or not for us, is told so, and nobody comes in', async (t) => {
  const scene = await begin(t);
  const { ca, alice, own, smime, invite, api } = scene;
  const stranger = ca.issue('eve', { altName: 'URI:sip:alice@raduno' });
  const wrapped = smime().wrap(sdp, sdpType);
  const signed = smime({ encrypts: false }).wrap(sdp, sdpType);
  const cases = {
    'another signer': [smime({ own: stranger }).wrap(sdp, sdpType), 403, 'Signer Is Not Known As The Sender'],
    'a changed body': [{ ...signed, body: signed.body.replace('m=audio 40000', 'm=audio 40002') }, 403, 'Signature Does Not Fit The Body'],
    'no signature at all': [{ ...signed, body: signed.body.replace(/\n[A-Za-z0-9+/]{64}\n/, '\n') }, 400, 'Bad Request: broken S/MIME'],
    'not for us': [smime({ server: alice }).wrap(sdp, sdpType), 493, 'Undecipherable'],
    'many signers': [smime({ also: stranger }).wrap(sdp, sdpType), 413, 'Request Entity Too Large'],
    'many recipients': [smime({ recipients: 17 }).wrap(sdp, sdpType), 413, 'Request Entity Too Large'],
    'a weak digest': [smime({ digest: 'sha1' }).wrap(sdp, sdpType), 415, 'Unsupported Media Type: of S/MIME'],
    'no signature': [smime({ signs: false }).wrap(sdp, sdpType), 403, 'Body Has To Be Signed'],
    'a signature around it': [smime().sign(...around(smime({ signs: false }).wrap(sdp, sdpType))), 403, 'Signature Has To Be Encrypted, Too'],
    'too many layers': [smime().encrypt(smime().encrypt(smime().wrap(sdp, sdpType))), 400, 'Bad Request: broken S/MIME'],
    'too large': [smime().wrap(`${sdp}${'a=x\r\n'.repeat(14000)}`, sdpType), 413, 'Request Entity Too Large'],
    'something else in it': [smime().wrap('hello', 'text/plain'), 415, 'Unsupported Media Type: application/sdp only'],
    'no S/MIME, by its name': [{ ...wrapped, body: 'AAAA' }, 400, 'Bad Request: broken S/MIME'],
    'another encoding': [{ ...wrapped, headers: { 'Content-Transfer-Encoding': 'quoted-printable' } }, 415, 'Unsupported Media Type: of S/MIME'],
  };
  for (const [name, [sent, status, reason]] of Object.entries(cases)) {
    const response = await invite(sent);
    assert.deepEqual([name, response.status, response.reason], [name, status, reason]);
    assert.equal(response.header('accept'), status === 415 ? both : undefined, name);
    if (status !== 493) continue;
    assert.equal(response.header('content-type'), 'application/pkcs7-mime;smime-type=certs-only;name=smime.p7c');
    const shown = execFileSync('openssl', ['pkcs7', '-inform', 'DER', '-print_certs'], { input: response.bytes }).toString();
    assert.ok(shown.includes(fs.readFileSync(own.cert, 'utf8').trim()), 'our certificate');
  }
  assert.deepEqual((await api.get('/rooms')).expect(200).body.items, []);
  assert.equal((await invite(wrapped)).status, 200, 'and still');
});

test('what is sent on to another account is sealed for that one, and does not go out where sealing is required', async (t) => {
  const scene = await begin(t, { account: { smime: 'required', forwarding: 'trunk' } });
  const { api, server } = scene;
  (await api.post('/accounts', { name: 'bob', password, forwarding: 'local' })).expect(201);
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  bob.onInvite = (incoming) => incoming.reject(302, { headers: { Contact: '<sip:alice@raduno>' } });
  assert.equal((await register(bob, server, { name: 'bob', password })).status, 200);
  const phone = await Caller.wait({ t, name: 'alice', hz: 700, transport: 'tcp', smime: scene.smime() });
  assert.equal((await register(phone.sip, server, { name: 'alice', password })).status, 200);
  const caller = await Caller.join({ t, server, room: 'bob', name: 'carl', hz: 440 });
  await phone.answered;
  await Promise.all([waitToHear(phone.rtp, { present: [440] }), waitToHear(caller.rtp, { present: [700] })]);
  assert.equal(bob.received.find(({ method }) => method === 'INVITE').header('content-type'), sdpType);
  await phone.leave();

  const gateway = await SipEndpoint.open({ t, user: 'gw' });
  (await api.post('/trunks', { name: 'line', numbers: ['+49.'], health_interval_s: 0, gateways: [{ uri: `sip:127.0.0.1:${gateway.port}` }] })).expect(201);
  phone.onInvite = (incoming) => incoming.reject(302, { headers: { Contact: '<tel:+49301>' } });
  assert.equal((await scene.sip.call(server.uri('alice', { transport: 'tcp' }), { localUri: 'sip:dora@raduno' }).invite(sdp)).status, 480);
  assert.equal(gateway.received.length, 0);
});

test('off, optional, required, of the account; and a server without certificate', async (t) => {
  const scene = await begin(t);
  const { smime, invite, api } = scene;
  const statuses = async () => {
    const bodies = { plain: { body: sdp }, both: smime().wrap(sdp, sdpType), signed: smime({ encrypts: false }).wrap(sdp, sdpType), encrypted: smime({ signs: false }).wrap(sdp, sdpType) };
    const result = {};
    for (const [name, body] of Object.entries(bodies)) result[name] = (await invite(body)).status;
    return result;
  };
  assert.deepEqual(await statuses(), { plain: 200, both: 200, signed: 200, encrypted: 403 });
  (await api.patch('/accounts/alice', { smime: 'required' })).expect(200);
  assert.deepEqual(await statuses(), { plain: 415, both: 200, signed: 403, encrypted: 403 });
  for (const from of ['sip:alice@127.0.0.1', `sip:alice@127.0.0.1:${scene.server.sipPort}`])
    assert.deepEqual([from, (await invite({ body: sdp }, from)).status, (await invite(smime().wrap(sdp, sdpType), from)).status], [from, 415, 200]);
  (await api.patch('/accounts/alice', { smime: 'off' })).expect(200);
  assert.deepEqual(await statuses(), { plain: 200, both: 415, signed: 415, encrypted: 415 });
  const { certificate } = (await api.patch('/accounts/alice', { smime: null, certificate: null })).expect(200).body;
  assert.equal(certificate, null);
  assert.deepEqual(await statuses(), { plain: 200, both: 403, signed: 403, encrypted: 403 });
  (await api.patch('/accounts/alice', { certificate: 'x' })).expect(422);

  const bare = await startServer({ t });
  const call = scene.sip.call(bare.uri('blue', { transport: 'tcp' }));
  const { body, ...options } = smime().wrap(sdp, sdpType);
  const refused = await call.invite(body, options);
  assert.deepEqual([refused.status, refused.header('accept')], [415, sdpType]);
});

test('messages of who is in no call, and letters to an account', async (t) => {
  const scene = await begin(t, { set: { 'chat.visitors': true } });
  const { api, sip, server, smime } = scene;
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const send = (to, { body, ...options }) => sip.call(server.uri(to, { transport: 'tcp' }), { localUri: 'sip:alice@raduno' }).request('MESSAGE', { body, ...options });
  assert.equal((await send('blue', smime().wrap('hello', 'text/plain'))).status, 200);
  assert.deepEqual(await messages(scene), ['hello']);
  assert.equal((await send('blue', smime({ server: scene.alice }).wrap('hello', 'text/plain'))).status, 493);
  assert.equal((await send('alice', { body: 'a letter', type: 'text/plain' })).status, 202);
  const phone = await SipEndpoint.open({ t, user: 'alice', transport: 'tcp' });
  const letters = [];
  phone.onRequest = (request) => {
    letters.push(smime().open(request));
    return { status: 200 };
  };
  assert.equal((await register(phone, server, { name: 'alice', password })).status, 200);
  await until(() => letters.length === 1, { what: 'the letter' });
  assert.deepEqual(letters, ['a letter']);
});

test('a message within itself: its headers are protected, and stay so', async (t) => {
  const scene = await begin(t);
  const { api, server, sip } = scene, smime = scene.smime();
  const call = sip.call(server.uri('blue', { transport: 'tcp' }), { localUri: 'sip:alice@raduno' });
  const send = (method, what, headers = {}) => {
    const { body, ...options } = smime.tunnel(call, method, what);
    const all = { ...options, headers: { ...options.headers, ...headers } };
    return method === 'INVITE' ? call.invite(body, all) : call.request(method, { body, ...all });
  };
  const taken = await send('INVITE', { body: sdp });
  assert.equal(taken.status, 200);
  assert.match(smime.open(taken), /^SIP\/2.0 200 OK\r\n[^]*\r\nContent-Type: application\/sdp\r\n\r\nv=0\r\n/, 'ours is, too');
  assert.equal(taken.header('content-type'), 'application/pkcs7-mime;smime-type=enveloped-data;name=smime.p7m', 'openssl says that it reads no GCM');
  assert.equal((await send('MESSAGE', { body: 'within', type: 'text/plain' })).status, 200);
  assert.deepEqual(await messages(scene), ['within']);
  const { body, ...options } = smime.wrap(sdp, sdpType);
  const half = await call.reinvite(body, options);
  assert.deepEqual([half.status, half.reason], [403, 'Headers Have To Be Signed']);
  assert.equal((await send('INVITE', { body: sdp })).status, 200, 'the call goes on');

  const { items } = (await api.get('/rooms/blue/participants')).expect(200).body;
  (await api.patch(`/rooms/blue/participants/${items[0].id}`, { role: 'moderator' })).expect(200);
  const bob = await Caller.wait({ t, name: 'bob' });
  const refer = (to, outside = to) => send('REFER', { change: { 'Refer-To': `<${to}>` } }, { 'Refer-To': `<${outside}>` });
  const other = await refer(bob.uri, 'sip:eve@127.0.0.1');
  assert.deepEqual([other.status, other.reason], [403, 'Headers Do Not Fit Those That Are Signed']);
  assert.equal((await refer(bob.uri)).status, 202);
  await bob.answered;
  assert.equal((await call.request('REFER', { headers: { 'Refer-To': `<${bob.uri};method=BYE>` } })).status, 403, 'plain, after that');
});

test('a message within another than itself is refused, and nobody comes in', async (t) => {
  const { api, server, sip, smime } = await begin(t);
  const invite = async (what, headers = {}) => {
    const call = sip.call(server.uri('blue', { transport: 'tcp' }), { localUri: 'sip:alice@raduno' });
    const { body, ...options } = what(call);
    const response = await call.invite(body, { ...options, headers: { ...options.headers, ...headers } });
    if (response.status === 200) await call.bye();
    return response;
  };
  const within = (more) => (call) => smime().tunnel(call, 'INVITE', { body: sdp, ...more });
  let kept = null;
  assert.equal((await invite((call) => (kept = within({})(call)))).status, 200);
  const unfit = [403, 'Headers Do Not Fit Those That Are Signed'], old = [403, 'Message Was Signed At Another Time'];
  const dated = (hours) => within({ change: { Date: new Date(Date.now() + hours * 3600e3).toUTCString() } });
  const cases = [
    [() => kept, unfit],
    [within({ change: { From: '<sip:bob@raduno>;tag=1' } }), unfit], [within({ change: { To: '<sip:red@127.0.0.1>' } }), unfit],
    [within({ change: { CSeq: '77 INVITE' } }), unfit], [within({ change: { Contact: '<sip:eve@192.0.2.1>' } }), unfit],
    [within({ change: { 'Call-ID': null } }), unfit], [within({ text: (lines) => lines.replace(/^INVITE/, 'MESSAGE') }), unfit],
    [dated(-2), old], [dated(2), old],
    [within({ text: () => 'this is no message\r\n\r\n' }), [400]], [within({ text: () => '' }), [400]], [within({ text: (lines) => `${lines}\0` }), [400]],
    [within({ type: 'message/sip' }), [415]], [within({ change: { 'Content-Type': null } }), [400]],
  ];
  for (const [i, [what, [status, reason]]] of cases.entries()) {
    const response = await invite(what);
    assert.equal(response.status, status, `case ${i}: ${response.start}`);
    if (reason) assert.equal(response.reason, reason, `case ${i}`);
  }
  const inner = (cipher) => (call) => smime().sign(...around(smime({ signs: false, cipher }).tunnel(call, 'INVITE', { body: sdp })));
  assert.equal((await invite(inner('-aes-256-gcm'))).status, 200, 'signed around, and it says itself whose it is');
  assert.equal((await invite(inner('-aes256'))).reason, 'Signature Has To Be Encrypted, Too', 'which could be changed unseen');
  assert.equal((await invite(within({ change: { Subject: 'lunch' } }), { Subject: 'ransom' })).reason, unfit[1]);
  assert.equal((await invite(within({ change: { Subject: 'lunch' } }))).status, 200, 'what is within only was hidden');
  assert.ok(!(await api.get('/rooms/blue/participants')).body.items?.length, 'nobody is in');
});

test('who is revoked is known no more after SIGHUP; the others are, and who has no list', async (t) => {
  const files = makeCertificates(t), others = makeCertificates(t, 'Another Authority');
  const folder = fs.mkdtempSync(`${files.folder}/authorities-`);
  for (const [name, ca] of [['one', files], ['two', others]]) fs.copyFileSync(ca.file, `${folder}/${name}.pem`);
  const scene = await begin(t, { set: { 'sip.smime_authorities': folder } });
  const people = Object.fromEntries([['erin', files], ['frank', files], ['gina', others]]
    .map(([name, ca]) => [name, ca.issue(name, { altName: `email:${name}@example.com` })]));
  const call = async (name) => (await scene.invite(scene.smime({ own: people[name] }).wrap(sdp, sdpType), `sip:${name}@example.com`)).status;
  for (const name of Object.keys(people)) assert.equal(await call(name), 200, name);
  fs.writeFileSync(`${folder}/one.crl`, files.revoke(people.erin));
  process.kill(scene.server.pid, 'SIGHUP');
  await until(async () => (await call('erin')) === 403, { what: 'erin is revoked' });
  assert.deepEqual([await call('frank'), await call('gina')], [200, 200]);
});

test('an authority vouches for addresses; SIGHUP reads another certificate', async (t) => {
  const files = makeCertificates(t);
  const scene = await begin(t, { set: { 'sip.smime_authorities': files.file } });
  const erin = files.issue('erin', { altName: 'email:erin@example.com' });
  const sealed = (options) => scene.smime({ own: erin, ...options }).wrap(sdp, sdpType);
  const response = await scene.invite(sealed(), 'sip:erin@example.com');
  assert.equal(response.status, 200);
  assert.match(scene.smime({ own: erin }).open(response), /^v=0\r\n/);
  assert.equal((await scene.invite(sealed(), 'sip:frank@example.com')).status, 403);
  assert.equal((await scene.invite(sealed({ own: scene.alice }), 'sip:carl@raduno')).status, 403);

  const other = files.issue('other', { altName: 'URI:sip:raduno' });
  fs.copyFileSync(other.cert, scene.own.cert);
  process.kill(scene.server.pid, 'SIGHUP');
  await until(() => scene.server.log.some((line) => /the running certificate stays: sip.smime_certificate/.test(line)), { what: 'a certificate without its key is refused' });
  assert.equal((await scene.invite(sealed({ server: other }), 'sip:erin@example.com')).status, 493);
  fs.copyFileSync(other.key, scene.own.key);
  process.kill(scene.server.pid, 'SIGHUP');
  await until(async () => (await scene.invite(sealed({ server: other }), 'sip:erin@example.com')).status === 200, { what: 'the new one is in use' });
});
