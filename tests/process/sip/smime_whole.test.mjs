/* S/MIME of whole messages: who talks to whom about what is signed, both ways; what each request needs (the table in server/sip/seal.h). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { authorize, challengesOf } from '../../support/digest.mjs';
import { is } from '../../support/events.mjs';
import { register } from '../../support/register.mjs';
import { startServer } from '../../support/server.mjs';
import { beginSmime, password, sdp, sdpType } from '../../support/smime.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';

const headers = { Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK, MESSAGE' };
const only = 'application/pkcs7-mime, multipart/signed';

/** A call of alice that is in room blue: `send` sends what is sealed with its headers. */
async function join(scene) {
  const { server, sip } = scene, smime = scene.smime();
  const call = sip.call(server.uri('blue', { transport: 'tcp' }), { localUri: 'sip:alice@raduno', headers });
  const send = (method, what, more = {}) => {
    const { body, ...options } = smime.tunnel(call, method, what);
    const all = { ...options, headers: { ...options.headers, ...more } };
    return method === 'INVITE' ? call.invite(body, all) : call.request(method, { body, ...all });
  };
  const came = (method) => sip.received.filter((m) => m.method === method);
  const answer = await send('INVITE', { body: sdp });
  assert.equal(answer.status, 200, answer.start);
  return { call, send, came, smime, answer };
}

/** What is within says the same as what is outside. */
function assertSame(whole, message, names) {
  for (const name of names) assert.equal(whole.headers[name], message.header(name), name);
  assert.ok(Math.abs(new Date(whole.headers.Date) - Date.now()) < 60000, whole.headers.Date);
}

test('whole: nothing less is taken, and nothing less is sent', async (t) => {
  const scene = await beginSmime(t, { account: { smime: 'whole' } });
  const { api, smime: make, invite } = scene;
  const half = await invite(make().wrap(sdp, sdpType));
  assert.deepEqual([half.status, half.reason], [403, 'Headers Have To Be Signed']);
  assert.equal((await invite({ body: sdp })).header('accept'), only);

  const { call, send, came, smime, answer } = await join(scene);
  const said = smime.openWhole(answer);
  assert.deepEqual([said.start, said.type, said.headers['Content-Type']], ['SIP/2.0 200 OK', 'message/sip', sdpType]);
  assertSame(said, answer, ['From', 'To', 'Call-ID', 'CSeq', 'Contact']);
  assert.match(said.text, /^v=0\r\n/);

  (await api.post('/rooms/blue/messages', { text: 'from the desk' })).expect(201);
  const [message] = await until(() => came('MESSAGE').length && came('MESSAGE'), { what: 'the message' });
  const letter = smime.openWhole(message);
  assert.match(letter.start, /^MESSAGE sip:.* SIP\/2.0$/);
  assertSame(letter, message, ['From', 'To', 'Call-ID']);
  assert.equal(letter.headers.Contact, answer.header('contact'));
  assert.equal(letter.text, 'from the desk');

  const events = await api.events('/events');
  const digit = { body: 'Signal=5\r\n', type: 'application/dtmf-relay' };
  const plain = await call.request('INFO', digit);
  assert.deepEqual([plain.status, plain.header('accept')], [415, only]);
  const { body, ...options } = smime.wrap(digit.body, digit.type);
  assert.equal((await call.request('INFO', { body, ...options })).reason, 'Headers Have To Be Signed');
  assert.equal((await send('INFO', digit)).status, 200);
  await events.waitFor(is('participant_digit', { digit: '5' }));
  assert.equal((await call.request('INFO')).status, 200, 'one that only asks whether we live');
  assert.equal((await call.request('MESSAGE', { body: 'plain', type: 'text/plain' })).status, 415);
  assert.equal((await call.bye()).status, 200);

  const [bob, phone] = await Promise.all(['bob', 'alice'].map((user) => SipEndpoint.open({ t, user, transport: 'tcp' })));
  const sent = await bob.request('MESSAGE', scene.server.uri('alice', { transport: 'tcp' }), { body: 'a letter', type: 'text/plain' });
  assert.equal(sent.status, 202);
  assert.equal((await register(phone, scene.server, { name: 'alice', password })).status, 200);
  const post = await until(() => phone.received.find(({ method }) => method === 'MESSAGE'), { what: 'the letter' });
  assertSame(smime.openWhole(post), post, ['To', 'Call-ID', 'CSeq']);
});

test('required: a REFER has to be signed, though it has no body; what becomes of it, and of the room, is sealed', async (t) => {
  const scene = await beginSmime(t, { account: { smime: 'required' } });
  const { api, server, sip } = scene;
  const { call, send, came, smime } = await join(scene);
  const { items } = (await api.get('/rooms/blue/participants')).expect(200).body;
  (await api.patch(`/rooms/blue/participants/${items[0].id}`, { role: 'moderator' })).expect(200);
  const bob = await Caller.wait({ t, name: 'bob' });
  const to = `<${bob.uri}>`, plain = await call.request('REFER', { headers: { 'Refer-To': to } });
  assert.deepEqual([plain.status, plain.reason], [403, 'Headers Have To Be Signed']);
  assert.equal((await send('REFER', { change: { 'Refer-To': to } }, { 'Refer-To': to })).status, 202);
  await bob.answered;
  const told = () => came('NOTIFY').filter((m) => /^refer/.test(m.header('event'))).map((m) => smime.openWhole(m).text);
  await until(() => told().at(-1)?.startsWith('SIP/2.0 200'), { what: 'that bob has come' });
  assert.equal(told()[0], 'SIP/2.0 100 Trying\r\n');

  const event = { Event: 'conference', Expires: 60 };
  const rooms = (callId) => sip.received.filter((m) => m.method === 'NOTIFY' && m.callId === callId);
  const beside = sip.call(server.uri('blue', { transport: 'tcp' }), { localUri: 'sip:alice@127.0.0.1' });
  const asked = await beside.request('SUBSCRIBE', { headers: event });
  const Authorization = authorize(challengesOf(asked)[0], { name: 'alice', password, uri: beside.target, method: 'SUBSCRIBE' });
  assert.equal((await beside.request('SUBSCRIBE', { headers: { ...event, Authorization } })).status, 200);
  const [notify] = await until(() => rooms(beside.callId).length && rooms(beside.callId), { what: 'the room' });
  assert.match(smime.open(notify), /^<\?xml[^]*<conference-info/);
  (await api.patch('/accounts/alice', { certificate: null })).expect(200);
  const other = sip.call(server.uri('blue', { transport: 'tcp' }), { localUri: 'sip:alice@127.0.0.1' });
  const again = authorize(challengesOf(await other.request('SUBSCRIBE', { headers: event }))[0], { name: 'alice', password, uri: other.target, method: 'SUBSCRIBE' });
  const refused = await other.request('SUBSCRIBE', { headers: { ...event, Authorization: again } });
  assert.deepEqual([refused.status, refused.reason], [403, 'No Certificate To Encrypt For']);
});

test('two servers: what one writes the other reads, in calls and messages', async (t) => {
  const scene = await beginSmime(t, { account: { smime: 'whole' }, altName: 'URI:sip:raduno,URI:sip:blue@127.0.0.1' });
  const { api, server, alice, ca } = scene;
  const other = await startServer({ t, set: { 'rooms.join_tone': 'none', 'sip.smime_certificate': alice.cert, 'sip.smime_key': alice.key, 'sip.smime_authorities': ca.file } });
  for (const [{ api: of }, name] of [[scene, 'blue'], [other, 'green']]) (await of.post('/rooms', { name })).expect(201);
  const phone = await SipEndpoint.open({ t });
  const contact = `<sip:green@127.0.0.1:${phone.port}>`;
  assert.equal((await register(phone, server, { name: 'alice', password, contact })).status, 200);
  phone.socket.removeAllListeners('message'); /* from now on it only carries, and sees all */
  const seen = [];
  phone.socket.on('message', (bytes, from) => {
    seen.push(bytes.toString('latin1'));
    phone.socket.send(bytes, from.port === server.sipPort ? other.sipPort : server.sipPort, '127.0.0.1');
  });
  const { id } = (await api.post('/rooms/blue/participants', { uri: 'sip:alice@raduno' })).expect(201).body;
  const state = async () => (await api.get(`/rooms/blue/participants/${id}`)).expect(200).body.state;
  await until(async () => (await state()) === 'connected', { what: 'they talk' });
  const texts = async ({ api: of }, room) => (await of.get(`/rooms/${room}/messages`)).expect(200).body.items.map(({ text }) => text);
  (await api.post('/rooms/blue/messages', { text: 'from blue' })).expect(201);
  await until(async () => (await texts(other, 'green')).includes('from blue'), { what: 'green reads it' });
  (await other.api.post('/rooms/green/messages', { text: 'from green' })).expect(201);
  await until(async () => (await texts(server, 'blue')).includes('from green'), { what: 'blue reads it' });
  assert.ok(seen.some((text) => text.startsWith('INVITE')) && !seen.some((text) => /^v=0|from (blue|green)/m.test(text)), 'nothing of it is seen on the way');
});
