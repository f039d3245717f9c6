/* MESSAGE: the chat of a room for SIP phones, in their calls and beside them; what becomes of it;
 * envelopes, receipts, who types. (Another phone's MESSAGE is in clients' own tests, below.) */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { register } from '../../support/register.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK, MESSAGE';
const TYPES = 'text/plain, message/cpim, application/im-iscomposing+xml, message/imdn+xml, application/vnd.gsma.rcs-ft-http+xml';

async function begin(t, set = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', ...set } });
  return { t, server, api: server.api, events: await server.api.events('/events') };
}

/** A phone in a room that takes messages: `heard` is what came. */
async function phone({ t, server }, room, name, { headers = {}, ...options } = {}) {
  const caller = await Caller.join({ t, server, room, name, headers: { Allow: ALLOW, ...headers }, ...options });
  caller.heard = [];
  caller.answerMessage = () => ({ status: 200 });
  caller.sip.onRequest = (request) => {
    if (request.method !== 'MESSAGE') return undefined;
    caller.heard.push({ type: request.header('content-type'), body: request.body, inDialog: request.callId === caller.call.callId });
    return caller.answerMessage(request);
  };
  caller.write = (body, { type = 'text/plain', ...more } = {}) => caller.call.request('MESSAGE', { body, type, ...more });
  caller.id = (await caller.participant({ fits: (p) => p.state === 'connected' })).id;
  return caller;
}

const bodies = ({ heard }) => heard.map(({ body }) => body);
const written = (text) => ({ type, data }) => type === 'message' && data.message.text === text;
const settled = (id) => ({ type, data }) => type === 'message_settled' && data.message.id === id;
const envelope = ({ to = '<sip:blue@example.com>', extra = '', type = 'text/plain', body }) =>
  `From: <sip:ann@example.com>\r\nTo: ${to}\r\nNS: imdn <urn:ietf:params:imdn>\r\n${extra}\r\nContent-Type: ${type}\r\n\r\n${body}`;

test('what a phone writes comes to all other phones, in their dialogs, with its name', async (t) => {
  const scene = await begin(t);
  const { api, events } = scene;
  const ann = await phone(scene, 'blue', 'ann');
  const bob = await phone(scene, 'blue', 'bob');
  const eve = await phone(scene, 'red', 'eve');
  const old = await phone(scene, 'blue', 'old', { headers: { Allow: 'INVITE, ACK, CANCEL, BYE' } });
  const response = await ann.write('hello\r\nall \u{1f600}');
  assert.equal(response.status, 200);
  const { data } = await events.waitFor(written('hello\nall \u{1f600}'));
  assert.equal(data.message.origin, 'participant');
  assert.deepEqual(data.message.from, { participant: ann.id, display_name: 'ann', uri: ann.sip.uri.replace(/:\d+$/, '') });
  await until(() => bob.heard.length === 1, { what: 'bob hears it' });
  assert.deepEqual(bob.heard, [{ type: 'text/plain;charset=UTF-8', body: 'ann: hello\nall \u{1f600}', inDialog: true }]);
  const { data: end } = await events.waitFor(settled(data.message.id));
  assert.deepEqual(end.message.outcome, { pending: 0, delivered: 1, refused: 0, timed_out: 0, unreachable: 1 });
  (await api.post('/rooms/blue/messages', { text: 'from the desk', display_name: 'Desk', to: bob.id })).expect(201);
  assert.equal((await api.post('/rooms/blue/messages', { text: 'for one who takes none', to: old.id })).expect(409).body.code, 'cannot_be_told');
  (await api.post('/rooms/blue/messages', { text: 'bare' })).expect(201);
  await until(() => bob.heard.length === 3, { what: 'bob hears the desk' });
  assert.deepEqual(bodies(bob).slice(1), ['Desk (to you only): from the desk', 'bare']);
  await until(() => ann.heard.length === 1, { what: 'ann hears what is for all' });
  assert.deepEqual([bodies(ann), bodies(eve)], [['bare'], []]);
  assert.match((await ann.sip.request('OPTIONS', scene.server.uri('blue'))).header('allow'), /\bMESSAGE\b/);
});

test('each outcome is counted; one that does not answer holds up nobody', async (t) => {
  const scene = await begin(t);
  const { api, events } = scene;
  const [good, rude, mute] = [await phone(scene, 'blue', 'good'), await phone(scene, 'blue', 'rude'), await phone(scene, 'blue', 'mute')];
  rude.answerMessage = () => ({ status: 486, reason: 'Busy Here' });
  mute.answerMessage = () => 'ignore';
  const { body: first } = (await api.post('/rooms/blue/messages', { text: 'one' })).expect(201);
  const { body: second } = (await api.post('/rooms/blue/messages', { text: 'two' })).expect(201);
  assert.equal(first.outcome.pending, 3);
  await until(() => good.heard.length === 2 && rude.heard.length === 2, { what: 'both hear both' });
  assert.deepEqual(bodies(good), ['one', 'two']);
  assert.ok(bodies(mute).every((body) => body === 'one'), 'the next one waits for the answer to the first');
  (await api.delete(`/rooms/blue/participants/${mute.id}`)).expect(204);
  for (const { id } of [first, second]) {
    const { data } = await events.waitFor(settled(id));
    assert.deepEqual(data.message.outcome, { pending: 0, delivered: 1, refused: 1, timed_out: 1, unreachable: 0 });
  }
  rude.answerMessage = () => ({ status: 405, reason: 'Method Not Allowed' });
  (await api.post('/rooms/blue/messages', { text: 'three' })).expect(201);
  await until(async () => (await api.post('/rooms/blue/messages', { text: 'four' })).body.outcome.unreachable === 1, { what: 'it is known to take none' });
});

test('who answers no MESSAGE is hung up all the same, before it has timed out, on the way of the dialog', async (t) => {
  const scene = await begin(t);
  const { api } = scene;
  const mute = () => 'ignore';
  const plain = await phone(scene, 'blue', 'plain'), tcp = await phone(scene, 'blue', 'tcp', { transport: 'tcp' });
  const edge = await SipEndpoint.open({ t, user: 'edge' });
  const recorded = await phone(scene, 'blue', 'recorded', { headers: { 'Record-Route': `<${edge.uri};lr>` } });
  const dialled = await Caller.wait({ t, name: 'dialled' });
  dialled.onInvite = (incoming) => {
    const answer = incoming.answer.bind(incoming);
    incoming.answer = (body, options) => answer(body, { ...options, headers: { Allow: ALLOW } });
    return dialled.answer(incoming);
  };
  (await api.post('/rooms/blue/participants', { uri: dialled.uri })).expect(201);
  await dialled.answered;
  dialled.id = (await api.waitForParticipants('blue', 4)).find(({ uri }) => uri === dialled.uri).id;
  dialled.sip.onRequest = ({ method }) => (method === 'MESSAGE' ? 'ignore' : undefined);
  edge.onRequest = dialled.sip.onRequest;
  for (const each of [plain, tcp]) each.answerMessage = mute;
  const seenBy = (each) => (each === recorded ? edge : each.sip).received;
  const of = (each, method) => seenBy(each).find((request) => request.method === method);
  (await api.post('/rooms/blue/messages', { text: 'is there anybody?' })).expect(201);
  const all = [plain, tcp, recorded, dialled];
  for (const each of all) await until(() => of(each, 'MESSAGE'), { what: `${each.name} has a message` });
  for (const each of all) (await api.delete(`/rooms/blue/participants/${each.id}`)).expect(204);
  for (const each of all) {
    const message = of(each, 'MESSAGE');
    const bye = await until(() => of(each, 'BYE'), { what: `${each.name} has a BYE, while its MESSAGE is not answered` });
    assert.deepEqual([bye.callId, bye.tag('from'), bye.tag('to'), bye.uri], [message.callId, message.tag('from'), message.tag('to'), message.uri], each.name);
    assert.deepEqual(bye.headers.route, message.headers.route, each.name);
    assert.ok(parseInt(bye.header('cseq'), 10) > parseInt(message.header('cseq'), 10), each.name);
    assert.match(bye.header('reason'), /Removed from the conference/);
  }
  await until(async () => (await api.metric('raduno_sip_calls')) === 0, { what: 'no call is left' });
});

test('a long text goes in parts over UDP, and as it is over TCP', async (t) => {
  const scene = await begin(t);
  const ann = await phone(scene, 'blue', 'ann');
  const tcp = await phone(scene, 'blue', 'tcp', { transport: 'tcp' });
  const words = Array.from({ length: 300 }, (_, i) => `w\u00f6rd${i}`).join(' ');
  (await scene.api.post('/rooms/blue/messages', { text: words, display_name: 'Desk' })).expect(201);
  const count = Number((await until(() => /^Desk \(1\/(\d)\): /.exec(ann.heard[0]?.body), { what: 'the first part' }))[1]);
  assert.ok(count > 2);
  await until(() => ann.heard.length === count && tcp.heard.length === 1, { what: 'all parts' });
  assert.deepEqual(bodies(tcp), [`Desk: ${words}`]);
  assert.equal(bodies(ann).map((body, i) => body.replace(`Desk (${i + 1}/${count}): `, '')).join(''), words);
  for (const message of ann.sip.received.filter(({ method }) => method === 'MESSAGE'))
    assert.ok(Buffer.byteLength(message.body) < 1000);
});

test('an envelope says who writes, may be for one, and asks for a receipt', async (t) => {
  const scene = await begin(t);
  const { events } = scene;
  const ann = await phone(scene, 'blue', 'ann', { headers: { Accept: 'application/sdp, message/cpim' } });
  const bob = await phone(scene, 'blue', 'bob');
  const eve = await phone(scene, 'blue', 'eve');
  await bob.write('hi');
  await until(() => ann.heard.length === 1, { what: 'ann gets an envelope' });
  const [{ type, body }] = ann.heard;
  assert.equal(type, 'message/cpim');
  const [, from] = /^From: "bob" <(sip:blue@[^>]*;participant=[^>]*)>\r$/m.exec(body);
  assert.match(body, /\r\n\r\nContent-Type: text\/plain;charset=UTF-8\r\n\r\nhi$/);
  const extra = 'imdn.Message-ID: my<id>&1\r\nimdn.Disposition-Notification: positive-delivery, display\r\n';
  assert.equal((await ann.write(envelope({ to: `<${from}>`, extra, body: 'psst' }), { type: 'message/cpim' })).status, 200);
  await until(() => bob.heard.length === 1 && ann.heard.length === 2, { what: 'bob hears it, ann has her receipt' });
  assert.deepEqual([bodies(bob), bodies(eve)], [['ann (to you only): psst'], ['bob: hi']]);
  assert.match(ann.heard[1].body, /Content-Type: message\/imdn\+xml\r\nContent-Disposition: notification\r\n/);
  assert.match(ann.heard[1].body, /<message-id>my&lt;id&gt;&amp;1<\/message-id>.*<delivered\/>/s);
  assert.equal((await ann.write(envelope({ to: '<sip:blue@x;participant=pnobody>', body: 'psst' }), { type: 'message/cpim' })).status, 480);

  ann.answerMessage = () => ({ status: 202, reason: 'Accepted' });
  await bob.write('later');
  const { data } = await events.waitFor(written('later'));
  await until(() => ann.heard.length === 3, { what: 'ann has taken it' });
  const [, id] = /imdn\.Message-ID: (\S+)/.exec(ann.heard[2].body);
  assert.equal(id, data.message.id);
  const receipt = (status) => `<?xml version="1.0"?><imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>${id}</message-id><delivery-notification><status><${status}/></status></delivery-notification></imdn>`;
  assert.equal((await ann.write(envelope({ type: 'message/imdn+xml', body: receipt('failed') }), { type: 'message/cpim' })).status, 200);
  const { data: end } = await events.waitFor(settled(id));
  assert.deepEqual(end.message.outcome, { pending: 0, delivered: 1, refused: 1, timed_out: 0, unreachable: 0 });
});

test('who types is told, to those who know of it', async (t) => {
  const scene = await begin(t);
  const { events } = scene;
  const [ann, bob, eve] = [await phone(scene, 'blue', 'ann', { headers: { Accept: 'application/im-iscomposing+xml' } }), await phone(scene, 'blue', 'bob'), await phone(scene, 'blue', 'eve')];
  const state = (word) => `<?xml version="1.0"?><isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>${word}</state><refresh>60</refresh></isComposing>`;
  const type = 'application/im-iscomposing+xml';
  const typing = (is) => ({ type: word, data }) => word === 'participant_typing' && data.participant.id === bob.id && data.participant.typing === is;
  assert.equal((await bob.write(state('active'), { type })).status, 200);
  await events.waitFor(typing(true));
  await until(() => ann.heard.length === 1, { what: 'ann is told' });
  assert.match(ann.heard[0].body, /<state>active<\/state>/);
  assert.equal((await bob.write('done')).status, 200);
  await events.waitFor(typing(false));
  await until(() => ann.heard.length === 3 && eve.heard.length === 1, { what: 'ann has the text, and that it is over' });
  assert.deepEqual(ann.heard.map((one) => one.type).slice(1).sort(), [type, 'text/plain;charset=UTF-8']);
  assert.deepEqual(bodies(eve), ['bob: done']);
});

test('what cannot be taken is refused with its reason', async (t) => {
  const scene = await begin(t, { 'chat.text_bytes': 100, 'chat.per_minute': 1 });
  const { api, server } = scene;
  const ann = await phone(scene, 'blue', 'ann');
  const unknown = await ann.write('<svg/>', { type: 'image/svg+xml' });
  assert.deepEqual([unknown.status, unknown.header('accept')], [415, TYPES]);
  assert.equal((await ann.write('no envelope', { type: 'message/cpim' })).status, 400);
  assert.equal((await ann.write('<a><b></a>', { type: 'application/im-iscomposing+xml' })).status, 400);
  assert.equal((await ann.write(' \r\n')).status, 400);
  assert.equal((await ann.write('x'.repeat(101))).status, 413);
  assert.equal((await ann.write('x', { headers: { 'Content-Encoding': 'gzip' } })).status, 415);
  const slow = await until(async () => {
    const response = await ann.write('x');
    return response.status !== 200 && response;
  }, { every: 0 });
  assert.deepEqual([slow.status, slow.header('retry-after')], [503, '2']);
  (await api.patch('/rooms/blue', { who_may_chat: 'moderators' })).expect(200);
  assert.equal((await ann.write('x')).status, 403);
  (await api.post('/rooms', { name: 'safe', pin: '4711' })).expect(201);
  const door = await Caller.join({ t, server, room: 'safe', name: 'door' });
  assert.equal((await door.call.request('MESSAGE', { body: 'x', type: 'text/plain' })).status, 403);
});

test('outside of calls it is for who is in, or for all where rooms take that', async (t) => {
  const scene = await begin(t, { 'chat.visitors': true });
  const { api, events, server } = scene;
  const ann = await phone(scene, 'blue', 'ann');
  const bob = await phone(scene, 'blue', 'bob');
  const visitor = await SipEndpoint.open({ t, user: 'visitor' });
  const write = (sip, room, body, headers = {}) => sip.request('MESSAGE', server.uri(room), { body, type: 'text/plain', headers });
  assert.equal((await write(ann.sip, 'blue', 'beside')).status, 200);
  assert.equal((await events.waitFor(written('beside'))).data.message.from.participant, ann.id);
  assert.equal((await write(visitor, 'blue', 'from outside')).status, 200);
  const { message } = (await events.waitFor(written('from outside'))).data;
  assert.deepEqual([message.origin, message.from.participant, message.from.uri], ['visitor', null, 'sip:visitor@127.0.0.1']);
  await until(() => bob.heard.length === 2, { what: 'bob hears both' });
  assert.deepEqual(bodies(bob), ['ann: beside', 'visitor: from outside']);
  assert.equal((await write(visitor, 'nowhere', 'x')).status, 404);
  (await api.post('/rooms', { name: 'safe', pin: '4711' })).expect(201);
  assert.equal((await write(visitor, 'safe', 'x')).status, 403);
  (await api.patch('/rooms/safe', { pin: '', lobby: 'guests' })).expect(200);
  assert.equal((await write(visitor, 'safe', 'x')).status, 403, 'nor into a room with a lobby');
  const late = visitor.call(server.uri('blue'));
  late.remoteTag = 'gone';
  assert.equal((await late.request('MESSAGE', { body: 'x', type: 'text/plain' })).status, 481);

  const closed = await startServer({ t });
  await Caller.join({ t, server: closed, room: 'blue', name: 'carl' });
  assert.equal((await visitor.request('MESSAGE', closed.uri('blue'), { body: 'x', type: 'text/plain' })).status, 403);
});

test('accounts get theirs when a phone registers, also after a restart', async (t) => {
  const { server, api } = await begin(t, { 'chat.offline': 2 });
  (await api.post('/accounts', { name: 'dora', password: 'a long secret' })).expect(201);
  const ann = await SipEndpoint.open({ t, user: 'ann' });
  const write = (body, type = 'text/plain') => ann.request('MESSAGE', server.uri('dora'), { body, type });
  assert.equal((await write('one\r\ntwo')).status, 202);
  assert.equal((await write('three')).status, 202);
  assert.equal((await write('four')).status, 480);
  assert.equal((await write('x'.repeat(801))).status, 413);
  assert.equal((await write('<svg/>', 'image/svg+xml')).status, 415);
  assert.equal((await ann.request('MESSAGE', server.uri('nobody'), { body: 'x', type: 'text/plain' })).status, 404);
  await server.kill9();
  await server.restart();

  const dora = await SipEndpoint.open({ t, user: 'dora' });
  let answer = { status: 486 };
  const heard = [];
  dora.onRequest = (request) => {
    if (request.method !== 'MESSAGE') return undefined;
    heard.push(request.body);
    assert.match(request.header('from'), /<sip:ann@127\.0\.0\.1>/);
    return answer;
  };
  assert.equal((await register(dora, server, { name: 'dora', password: 'a long secret' })).status, 200);
  await until(() => heard.length === 1, { what: 'the first comes' });
  answer = { status: 200 };
  assert.equal((await register(dora, server, { name: 'dora', password: 'a long secret' })).status, 200);
  await until(() => heard.length === 3, { what: 'both come' });
  assert.deepEqual(heard, ['one\ntwo', 'one\ntwo', 'three']);
  assert.equal((await write('at once')).status, 202);
  await until(() => heard.length === 4, { what: 'it comes at once' });
  assert.equal(heard[3], 'at once');
});

test('an account that asks for it is told that its message is there, also later', async (t) => {
  const { server, api } = await begin(t, { 'chat.offline': 5 });
  const accounts = {};
  for (const name of ['ann', 'dora']) {
    (await api.post('/accounts', { name, password: 'a long secret' })).expect(201);
    const sip = await SipEndpoint.open({ t, user: name });
    const heard = [], answers = [];
    sip.onRequest = (request) => request.method === 'MESSAGE' && (heard.push(request), { status: answers.shift() ?? 200 });
    accounts[name] = { sip, heard, answers, register: async () => assert.equal((await register(sip, server, { name, password: 'a long secret' })).status, 200) };
  }
  const { ann, dora } = accounts;
  const write = (id, body, from = ann.sip) => from.request('MESSAGE', server.uri('dora'), {
    headers: { From: `<${server.uri(from.user)}>;tag=x` }, type: 'message/cpim', body: envelope({ extra: id && `imdn.Message-ID: ${id}\r\nimdn.Disposition-Notification: positive-delivery, display\r\n`, body }),
  });
  assert.equal((await write('m<1>', 'asks')).status, 202);
  assert.equal((await write('', 'does not ask')).status, 202);
  assert.equal((await write('m2', 'of no account', await SipEndpoint.open({ t, user: 'eve' }))).status, 202);
  await server.kill9();
  await server.restart();
  dora.answers.push(486);
  await dora.register();
  await until(() => dora.heard.length === 1, { what: 'dora does not take it yet' });
  await dora.register();
  await until(() => dora.heard.length === 4, { what: 'dora has all' });
  assert.deepEqual(bodies(dora), ['asks', 'asks', 'does not ask', 'of no account']);
  await ann.register();
  await until(() => ann.heard.length === 1, { what: 'ann has her receipt' });
  const [receipt] = ann.heard;
  assert.equal(receipt.header('content-type'), 'message/cpim');
  assert.match(receipt.header('from'), /<sip:dora@127\.0\.0\.1>/);
  assert.match(receipt.body, /Content-Disposition: notification\r\n/);
  assert.match(receipt.body, /<message-id>m&lt;1&gt;<\/message-id>.*<delivered\/>/s);
  ann.answers.push(415);
  assert.equal((await write('m3', 'again')).status, 202);
  await until(() => ann.heard.length === 2 && /m3/.test(ann.heard[1].body), { what: 'the next receipt comes at once' });
  await ann.register();
  assert.equal((await ann.sip.request('MESSAGE', server.uri('ann'), { type: 'text/plain', body: 'to myself' })).status, 202);
  await until(() => ann.heard.length === 3, { what: 'what comes next' });
  assert.equal(ann.heard[2].body, 'to myself', 'what the phone does not know is not sent again');
});

test('baresip writes and reads', async (t) => {
  const scene = await begin(t);
  const ann = await phone(scene, 'blue', 'ann');
  const bob = await Baresip.start({ t, name: 'bob', hz: 440, contact: scene.server.uri('blue') });
  await bob.dial(scene.server.uri('blue'));
  await scene.events.waitFor(({ type, data }) => type === 'participant_joined' && data.participant.uri.startsWith('sip:bob@'));
  await ann.write('for baresip');
  const { message } = (await scene.events.waitFor(written('for baresip'))).data;
  assert.equal((await scene.events.waitFor(settled(message.id))).data.message.outcome.delivered, 1);
  await until(() => bob.child.tail(100).includes('message.wav'), { what: 'baresip rings for it' });
  await bob.control.command('message', 'from baresip');
  await until(() => ann.heard.length === 1, { what: 'ann hears it' });
  assert.deepEqual(bodies(ann), ['bob: from baresip']);
});
