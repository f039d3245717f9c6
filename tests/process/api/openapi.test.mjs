/* openapi.yaml tells the truth: each documented path, method, status and schema is met by a real
 * answer, and each answer is documented. (That each route is documented: tests/unit/api.) */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { is } from '../../support/events.mjs';
import { authorized, formHeaders, formOf, noticeOf } from '../../support/file_transfer.mjs';
import { freePort } from '../../support/ports.mjs';
import { png } from '../../support/png.mjs';
import { register } from '../../support/register.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { askAudit, askCallRecords, askTokens, askVersions, askWebhooks } from './asks.mjs';
import { problem } from './problem.mjs';
import { checkSchema, resolve } from './schema.mjs';
import { parseYaml } from '../../../api/web/yaml.mjs';

/* Any request can be answered so; they are documented as "default". */
const ANYWHERE = new Set([400, 403, 405, 412, 414, 429, 500]);

/* What takes two at once, a full disk, no memory, a server on its way down or one with less in it: made by hand elsewhere, or not. */
const RARE = new Set([423, 501, 503, 507]);

/* What takes real video: met in tests/process/video. */
const WITH_VIDEO = new Set(['GET /api/v1/rooms/{room}/snapshot.jpg 200', 'GET /api/v1/rooms/{room}/participants/{id}/snapshot.jpg 200']);

async function begin(t, set = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'sip.max_dial_outs': 1, 'sip.auth_failures': 1, 'api.max_body_bytes': 4096, 'api.rate_per_source': 0, 'sip.msrp_listen': [`tcp:127.0.0.1:${await freePort()}`], ...set } });
  const { body } = (await server.api.get('/openapi.yaml')).expect(200);
  return { server, api: server.api, text: body, document: parseYaml(body) };
}

function* operations(document) {
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(item))
      if (method !== 'parameters') yield { path, method: method.toUpperCase(), operation };
}

/** The operation of a request's path. */
function find(document, method, path) {
  const parts = path.split('?')[0].split('/');
  for (const found of operations(document)) {
    const pattern = found.path.split('/');
    const fits = pattern.length === parts.length && pattern.every((part, i) => part.startsWith('{') || part === parts[i]);
    if (fits && found.method === method) return found;
  }
  return null;
}

/** Checks one answer against the document; notes what was met. */
function checkAnswer(document, met, method, path, answer) {
  const what = `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 300)}`;
  const found = find(document, method, path);
  assert.ok(found, `${what}: not documented`);
  const exact = found.operation.responses[answer.status];
  assert.ok(exact || ANYWHERE.has(answer.status), `${what}: status not documented`);
  const response = resolve(document, exact ?? found.operation.responses.default);
  met.add(`${found.method} ${found.path} ${exact ? answer.status : 'default'}`);
  const type = answer.headers['content-type']?.split(';')[0];
  if (!response.content) {
    assert.equal(answer.body, '', what);
    return;
  }
  assert.ok(response.content[type] ?? response.content['*/*'], `${what}: ${type} not documented`);
  if (/json/.test(type))
    assert.deepEqual(checkSchema(document, response.content[type].schema, answer.body), [], what);
  for (const name of ['location', 'idempotent-replayed'])
    if (answer.headers[name])
      assert.ok(Object.keys(response.headers ?? {}).some((header) => header.toLowerCase() === name), `${what}: ${name} not documented`);
}

test('the document is read as YAML reads it', async (t) => {
  const { text, document } = await begin(t);
  assert.equal(document.openapi, '3.1.0');
  const python = spawnSync('python3', ['-c', 'import sys, json, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)'], { input: text });
  if (python.status !== 0) {
    t.diagnostic('python3-yaml is not installed: not compared');
    return;
  }
  assert.deepEqual(document, JSON.parse(python.stdout));
});

test('references resolve, ids are unique, parameters of paths are declared', async (t) => {
  const { document } = await begin(t);
  const ids = new Set();
  const walk = (node) => {
    if (node === null || typeof node !== 'object') return;
    if (node.$ref) resolve(document, node);
    Object.values(node).forEach(walk);
  };
  walk(document);
  for (const { path, operation } of operations(document)) {
    assert.ok(!ids.has(operation.operationId), operation.operationId);
    ids.add(operation.operationId);
    const declared = (document.paths[path].parameters ?? []).map((one) => resolve(document, one).name);
    assert.deepEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name), declared, path);
  }
});

test('the methods that are documented are the methods that there are', async (t) => {
  const { api, document } = await begin(t);
  for (const [path, item] of Object.entries(document.paths)) {
    const { headers } = (await api.request('OPTIONS', path.replace(/[{}]/g, ''), undefined, { root: true })).expect(204);
    const documented = Object.keys(item).filter((name) => name !== 'parameters').map((name) => name.toUpperCase());
    const answered = headers.allow.split(', ').filter((name) => !['HEAD', 'OPTIONS'].includes(name));
    assert.deepEqual(answered.sort(), documented.sort(), path);
  }
});

test('fields and parameters that are documented are known, others are not', async (t) => {
  const { api, document } = await begin(t);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  (await api.post('/accounts', { name: 'alice', password: '12345678' })).expect(201);
  (await api.post('/trunks', { name: 'line' })).expect(201);
  (await api.post('/numbers', { number: '1', leads_to: 'room', target: 'blue' })).expect(201);
  const bodies = { createRoom: '/rooms', changeRoom: '/rooms/blue', dialParticipant: '/rooms/blue/participants', startPlay: '/rooms/blue/plays', postMessage: '/rooms/blue/messages',
    beginPresentation: '/rooms/blue/presentation', createAccount: '/accounts', changeAccount: '/accounts/alice', openCall: '/rooms/blue/calls', createRoomBan: '/rooms/blue/bans', createTemplate: '/templates', actOnParticipants: '/rooms/blue/actions',
    createTrunk: '/trunks', changeTrunk: '/trunks/line', createNumber: '/numbers', changeNumber: '/numbers/1' };
  const { body: token } = (await api.post('/tokens', { name: 'one', role: 'admin' })).expect(201);
  const { body: hook } = (await api.post('/webhooks', { url: 'https://127.0.0.1/' })).expect(201);
  Object.assign(bodies, { createToken: '/tokens', changeToken: `/tokens/${token.id}`, createWebhook: '/webhooks', changeWebhook: `/webhooks/${hook.id}`,
    startDelivery: `/webhooks/${hook.id}/deliveries` });
  for (const { method, path, operation } of operations(document)) {
    for (const parameter of (operation.parameters ?? []).map((one) => resolve(document, one)).filter((one) => one.in === 'query')) {
      const answer = await api.request(method, `${path.replace(/[{}]/g, '')}?${parameter.name}=%20`, undefined, { root: true });
      assert.ok(!answer.body.errors?.some(({ detail }) => /not known/.test(detail)), `${path} ${parameter.name}`);
    }
    const target = bodies[operation.operationId];
    if (!target) continue;
    const [content] = Object.values(operation.requestBody.content);
    const { properties, required = [], oneOf } = resolve(document, content.schema);
    const wrong = Object.fromEntries([...Object.keys(properties), 'surprise'].map((name) => [name, { not: 'this' }]));
    const { errors } = (await api.request(method, target, wrong)).expect(422).body;
    const unknown = errors.filter(({ detail }) => /not known|cannot be set/.test(detail)).map(({ field }) => field);
    assert.deepEqual(unknown, ['/surprise'], operation.operationId);
    const missing = (await api.request(method, target, {})).body.errors ?? [];
    assert.deepEqual(missing.map(({ field }) => field), oneOf ? [''] : required.map((name) => `/${name}`), operation.operationId);
  }
});

/* Trunks and numbers: what is made, changed and forgotten. */
async function askTrunks({ ask }) {
  const key = (name) => ({ headers: { 'idempotency-key': name } });
  await ask('POST', '/trunks', { name: 'line', password: 'secret', gateways: [{ uri: 'sip:127.0.0.1:9', priority: 1 }] }, key('trunk'));
  await ask('POST', '/trunks', { name: 'line', password: 'secret', gateways: [{ uri: 'sip:127.0.0.1:9', priority: 1 }] }, key('trunk'));
  await ask('POST', '/trunks', { name: 'other' }, key('trunk'));
  await ask('POST', '/trunks', { name: 'line' });
  await ask('POST', '/trunks', { name: 'x', gateways: [{ uri: 'x' }] });
  await ask('GET', '/trunks?limit=1');
  await ask('GET', '/trunks?limit=x');
  await ask('GET', '/trunks/line');
  await ask('PATCH', '/trunks/line', { lines: 5, gateways: null, password: null });
  await ask('PATCH', '/trunks/line', { lines: -1 });
  await ask('PATCH', '/trunks/line', { registrar: 'sip:127.0.0.1:9', username: 'u' }); // down
  await ask('PATCH', '/trunks/line', { registrar: null }); // up
  await ask('POST', '/numbers', { number: '+4930X.', leads_to: 'room', target: 'blue' }, key('number'));
  await ask('POST', '/numbers', { number: '+4930X.', leads_to: 'room', target: 'blue' }, key('number'));
  await ask('POST', '/numbers', { number: '1', leads_to: 'room', target: 'blue' }, key('number'));
  await ask('POST', '/numbers', { number: '+4930X.', leads_to: 'room', target: 'blue' });
  await ask('POST', '/numbers', { number: '1.1', leads_to: 'room' });
  await ask('GET', '/numbers?limit=1');
  await ask('GET', '/numbers?limit=x');
  await ask('GET', '/numbers/+4930X.');
  await ask('PATCH', '/numbers/+4930X.', { note: 'of sales' });
  await ask('PATCH', '/numbers/+4930X.', { target: '' });
  await askVersions({ ask, paths: ['/trunks/line', '/numbers/+4930X.'] });
  for (const path of ['/trunks/line', '/numbers/+4930X.']) await ask('DELETE', path);
  for (const path of ['/trunks/none', '/numbers/0'])
    for (const method of ['GET', 'PATCH', 'DELETE']) await ask(method, path, method === 'PATCH' ? {} : undefined);
}

/* Calls of browsers: what HTTP says of them. */
async function askCalls({ t, ask, stream, document, met, large, type }) {
  const calls = '/rooms/web/calls';
  await ask('POST', '/rooms', { name: 'web', pin: '4711', max_participants: 2 });
  const open = (body) => ask('POST', calls, { offer: webOffer(), ...body }, { token: null });
  await open();
  await open({ pin: '0000' });
  const { body: call } = await open({ pin: '4711', display_name: 'Ann' });
  await ask('POST', `${calls}?display_name=Bob&pin=4711`, webOffer({ video: false }), { token: null, headers: { 'content-type': 'application/sdp' } });
  await open({ pin: '4711' }); // full
  await open({ offer: 5 });
  await ask('POST', calls, { offer: webOffer({ bundle: false }) });
  await ask('POST', '/rooms/.no/calls', { offer: webOffer() });
  const one = `${calls}/${call.id}`;
  await ask('GET', one, undefined, { token: null });
  await ask('PATCH', one, { hand_raised: true, muted: true, presents: true, typing: true, display_name: 'Anna' }, { token: null });
  const offer = webOffer();
  await ask('PATCH', one, { offer });
  const [, ufrag] = /a=ice-ufrag:(\S+)/.exec(offer);
  const [, password] = /a=ice-pwd:(\S+)/.exec(offer);
  await ask('PATCH', one, { offer: webOffer({ dtls: false }) });
  await ask('PATCH', one, { muted: 1 });
  const fragment = { token: null, headers: { 'content-type': 'application/trickle-ice-sdpfrag' } };
  await ask('PATCH', one, `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${password}\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.7 4000 typ host\r\n`, fragment);
  await ask('PATCH', one, `a=ice-ufrag:other\r\na=ice-pwd:${password}\r\n`, fragment);
  await ask('PATCH', one, 'a=end-of-candidates\r\n', fragment);
  const told = await stream(`${one}/events`);
  await ask('GET', `${one}/events?last_event_id=x`);
  await ask('PATCH', one, { hand_raised: false });
  const { data } = await told.waitFor(({ type: word, data }) => word === 'room' && data.participants.some((p) => !p.hand_raised && p.display_name === 'Anna'));
  for (const name of ['CallRoom', 'CallParticipant'])
    assert.deepEqual(checkSchema(document, document.components.schemas[name], name === 'CallRoom' ? data.room : data.participants[0]), []);
  for (const [method, path] of [['POST', calls], ['PATCH', one]]) {
    await ask(method, path, '{}', type);
    await ask(method, path, large);
  }
  await ask('DELETE', one);
  await ask('GET', one);
  await ask('PATCH', one, { muted: true });
  for (const method of ['GET', 'PATCH', 'DELETE']) await ask(method, `${calls}/x`, method === 'PATCH' ? {} : undefined);
  await ask('GET', `${calls}/x/events`);
  await ask('GET', '/', undefined, { root: true, token: null });
  await ask('GET', '/join/web', undefined, { root: true, token: null });
  await ask('GET', '/web/join.html', undefined, { root: true, token: null });
  await ask('GET', '/web/none', undefined, { root: true, token: null });
  const busy = await startServer({ t, set: { 'api.rate_per_source': 1 } });
  const guest = { token: null };
  await until(async () => (await busy.api.get('/rooms/a/calls/x', guest)).status === 429, { every: 0 });
  for (const [method, path] of [['POST', ''], ['GET', '/x'], ['PATCH', '/x'], ['DELETE', '/x'], ['GET', '/x/events']])
    await until(async () => {
      const answer = await busy.api.request(method, `/rooms/a/calls${path}`, method === 'POST' ? { offer: webOffer() } : method === 'PATCH' ? {} : undefined, guest);
      checkAnswer(document, met, method, `/api/v1/rooms/a/calls${path}`, answer);
      return answer.status === 429;
    }, { every: 0 });
}

/* The chat of the room, in which SIP phones are, as seen by who runs it. */
async function askChat({ ask, id, large, type }) {
  const messages = '/rooms/blue/messages';
  const key = { headers: { 'idempotency-key': 'message' } };
  const { body: message } = await ask('POST', messages, { text: 'one\ntwo', display_name: 'Desk' }, key);
  await ask('POST', messages, { text: 'one\ntwo', display_name: 'Desk' }, key);
  await ask('POST', messages, { text: 'other' }, key);
  await ask('POST', messages, { text: '' });
  await ask('POST', messages, { text: 'x', to: id }); // it has no way to hear of it
  await ask('POST', messages, '{}', type);
  await ask('POST', messages, large);
  await ask('GET', `${messages}?limit=1`);
  await ask('GET', `${messages}?after=x`);
  await ask('GET', `${messages}/${message.id}`);
  await ask('DELETE', `${messages}/${message.id}`);
  await ask('GET', `${messages}/x`);
  await ask('DELETE', `${messages}/x`);
  await ask('GET', '/rooms/none/messages');
  await ask('POST', '/rooms/none/messages', { text: 'x' });
}

/* The same as a browser's. */
async function askChatAsGuest({ t, server, ask, api, all }) {
  (await api.post('/rooms', { name: 'talk' })).expect(201);
  const { body: call } = await api.post('/rooms/talk/calls', { offer: webOffer() }, { token: null });
  const guest = { token: call.id };
  const messages = '/rooms/talk/messages';
  const { body: desk } = await ask('POST', messages, { text: 'from the desk' });
  await ask('GET', messages, undefined, guest);
  await ask('DELETE', `${messages}/${desk.id}`, undefined, guest);
  await until(async () => (await ask('POST', messages, { text: 'fast' }, guest)).status === 429, { every: 0 });
  const late = await Caller.wait({ t, name: 'late' });
  late.onInvite = (incoming) => incoming.ring();
  const { body: callee } = (await api.post('/rooms/talk/participants', { uri: late.uri })).expect(201);
  await ask('POST', messages, { text: 'x', to: callee.id }); // not connected
  (await api.delete(`/rooms/talk/participants/${callee.id}`)).expect(204);
  await all.waitFor(is('participant_left', { id: callee.id }));
  await ask('POST', messages, { text: 'x', to: 'nobody' });
  await Caller.join({ t, server, room: 'talk', name: 'carl', headers: { Allow: 'INVITE, ACK, CANCEL, BYE, MESSAGE' } });
  await all.waitFor(({ type, data }) => type === 'participant_joined' && data.room === 'talk' && data.participant.uri.startsWith('sip:carl'));
  await ask('POST', messages, { text: 'for phones' });
  await all.waitFor(({ type }) => type === 'message_settled');
}

/* Without a chat. */
async function askNoChat({ t, document, met }) {
  const off = await startServer({ t, set: { 'chat.messages': 0 } });
  await off.api.post('/rooms', { name: 'blue' });
  checkAnswer(document, met, 'POST', '/api/v1/rooms/blue/messages', await off.api.post('/rooms/blue/messages', { text: 'x' }));
}

/* Files that are sent to a phone, which takes none. */
async function askFileOffers({ ask, api, phone }) {
  const place = '/rooms/blue', offers = `${place}/file-offers`, bytes = { headers: { 'content-type': 'application/octet-stream' } };
  const { id } = await phone.participant({ fits: (p) => p.state === 'connected' });
  const { body: file } = await ask('POST', `${place}/files?name=a`, 'x'.repeat(100), bytes);
  const key = { headers: { 'idempotency-key': 'offer' } };
  const { body: { items: [offer] } } = await ask('POST', offers, { file: file.id, to: id }, key);
  await ask('POST', offers, { file: file.id, to: id }, key);
  const one = `${offers}/${offer.id}`;
  await until(async () => (await api.get(one)).body.state === 'declined', { what: 'it knows no files' });
  await ask('POST', offers, { file: file.id });
  await ask('POST', offers, { file: 'none' });
  await ask('POST', offers, { file: file.id, to: 'none' });
  await ask('POST', offers, '{}', { headers: { 'content-type': 'text/plain' } });
  await ask('POST', offers, { large: 'x'.repeat(5000) });
  await ask('GET', `${offers}?limit=1`);
  await ask('GET', one, undefined, { headers: { 'if-none-match': '*' } });
  await ask('GET', one);
  await ask('DELETE', one);
  phone.sip.onRequest = ({ method }) => (method === 'INVITE' ? 'ignore' : undefined);
  const { body: { items: [waits] } } = await ask('POST', offers, { file: file.id, to: id });
  await ask('DELETE', `${offers}/${waits.id}`);
  phone.sip.onRequest = undefined;
  for (const [method, path] of [['GET', '/rooms/none/file-offers'], ['POST', '/rooms/none/file-offers'], ['GET', `${offers}/x`], ['DELETE', `${offers}/x`]]) await ask(method, path, method === 'POST' ? { file: 'x' } : undefined);
}

/* Files, in one piece and in several. */
async function askFiles({ t, ask, document, met, api }) {
  const bytes = { headers: { 'content-type': 'application/octet-stream' } };
  const tus = (more = {}) => ({ headers: { 'tus-resumable': '1.0.0', ...more } });
  const creation = (length, name = 'a') => tus({ 'upload-length': String(length), 'upload-metadata': `filename ${Buffer.from(name).toString('base64')}` });
  const piece = (offset, more) => tus({ 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...more });
  const place = '/rooms/files', files = `${place}/files`, uploads = `${place}/uploads`;
  await ask('POST', '/rooms', { name: 'files' });
  const { body: file } = await ask('POST', `${files}?name=a`, 'x'.repeat(100), bytes);
  await ask('POST', files, 'x', bytes);
  await ask('POST', `${files}?name=..`, 'x', bytes);
  await ask('POST', `${files}?name=a`, 'x', { headers: { 'content-type': 'multipart/form-data' } });
  await ask('POST', '/rooms/none/files?name=a', 'x', bytes);
  await ask('GET', `${files}?limit=1`);
  await ask('GET', `${files}?limit=x`);
  await ask('GET', '/rooms/none/files');
  await ask('GET', `${files}/${file.id}`);
  await ask('GET', `${files}/x`);
  await ask('GET', file.content.replace('/api/v1', ''), undefined, { token: null });
  await ask('GET', `${files}/${file.id}/content`, undefined, { headers: { range: 'bytes=1-2' } });
  await ask('GET', `${files}/${file.id}/content`, undefined, { headers: { range: 'bytes=100-' } });
  await ask('GET', `${files}/${file.id}/content`, undefined, { headers: { 'if-none-match': '*' } });
  await ask('GET', `${files}/x/content`);
  const { body: upload } = await ask('POST', uploads, undefined, creation(10));
  await ask('POST', uploads, undefined, creation(10, '..'));
  await ask('POST', uploads, undefined, creation('x'));
  await ask('POST', uploads, undefined, creation(2 ** 40));
  await ask('POST', uploads);
  await ask('POST', '/rooms/none/uploads', undefined, creation(10));
  const one = `${uploads}/${upload.id}`;
  await ask('GET', one);
  await ask('PATCH', one, 'xx', piece(0));
  await ask('PATCH', one, 'xx', piece(0));
  await ask('PATCH', one, 'x'.repeat(20), piece(2));
  await ask('PATCH', one, 'x', piece(2, { 'content-type': 'text/plain' }));
  await ask('PATCH', one, 'x', piece(2, { 'tus-resumable': '0' }));
  const { body: call } = await ask('POST', `${place}/calls`, { offer: webOffer(), display_name: 'Ann' });
  const guest = { token: call.id };
  await until(async () => (await api.get(files, guest)).status === 200, { what: 'she is in' });
  for (const method of ['GET', 'PATCH', 'DELETE']) await ask(method, one, method === 'PATCH' ? 'x' : undefined, { ...piece(2), ...guest });
  await ask('DELETE', `${files}/${file.id}`, undefined, guest);
  await ask('POST', `${place}/file-offers`, { file: file.id }, guest);
  await ask('PATCH', place, { who_may_share: 'nobody' });
  await ask('POST', `${files}?name=b`, 'x', { ...bytes, ...guest });
  await ask('POST', uploads, undefined, { ...creation(10), ...guest });
  await ask('DELETE', `${place}/calls/${call.id}`);
  await ask('DELETE', one);
  await ask('DELETE', one, undefined, tus());
  for (const method of ['GET', 'PATCH', 'DELETE']) await ask(method, one, method === 'PATCH' ? 'x' : undefined, piece(2));
  await ask('DELETE', `${files}/${file.id}`);
  await ask('DELETE', `${files}/${file.id}`);

  const presentation = `${place}/presentation`;
  const { body: image } = await ask('POST', `${files}?name=a.png`, png(16, 16), bytes);
  const { body: text } = await ask('POST', `${files}?name=a.txt`, 'words', bytes);
  const key = { headers: { 'idempotency-key': 'presentation' } };
  await ask('GET', presentation);
  await ask('PATCH', presentation, {});
  await ask('DELETE', presentation);
  await ask('POST', presentation, { file: image.id }, key);
  await ask('POST', presentation, { file: image.id }, key);
  await ask('POST', presentation, { file: text.id });
  await ask('POST', presentation, { page: 0 });
  await ask('POST', '/rooms/none/presentation', { file: image.id });
  await ask('GET', presentation);
  await ask('PATCH', presentation, { page: 1 });
  await ask('PATCH', presentation, { page: 2 });
  const { body: other } = await ask('POST', `${place}/calls`, { offer: webOffer(), display_name: 'Bea' });
  const bea = { token: other.id };
  await until(async () => (await api.get(files, bea)).status === 200, { what: 'she is in' });
  const each = async () => {
    for (const method of ['POST', 'PATCH', 'DELETE']) await ask(method, presentation, method === 'DELETE' ? undefined : { file: image.id }, bea);
  };
  await each(); // somebody presents
  await ask('PATCH', place, { who_may_present: 'nobody' });
  await each();
  for (const method of ['POST', 'PATCH']) {
    await ask(method, presentation, '{}', { headers: { 'content-type': 'text/plain' } });
    await ask(method, presentation, { large: 'x'.repeat(5000) });
  }
  await askVersions({ ask, paths: [presentation] });
  await ask('DELETE', presentation);

  const strict = await startServer({ t, set: { 'files.max_mib': 1, 'files.refused_types': ['image/*'], 'files.scanner': ['grep', '-qv', 'good'], 'sip.auth_failures': 1 } });
  const strictly = async (method, path, body, options) => {
    const answer = await strict.api.request(method, path, body, options);
    checkAnswer(document, met, method, `/api/v1${path}`, answer);
    return answer;
  };
  await strictly('POST', '/rooms', { name: 'files' });
  await strictly('POST', `${files}?name=a`, Buffer.alloc(2 ** 21), bytes);
  const sender = { name: 'sender', password: 'a long secret' };
  await strictly('POST', '/accounts', sender);
  const send = async (account, bytes = 'abc') => checkAnswer(document, met, 'POST', '/file-transfer', await strict.api.request('POST', '/file-transfer', formOf({ name: 'a', bytes }),
    { root: true, token: null, headers: { ...formHeaders, ...account && await authorized(strict, account) } }));
  await send(sender, Buffer.alloc(2 ** 21));
  await send({ ...sender, password: 'a guess' });
  await send(); // too many wrong passwords
  for (const body of [png(16, 16), 'good']) {
    await strictly('POST', `${files}?name=a`, body, bytes);
    const { body: made } = await strictly('POST', uploads, undefined, creation(body.length));
    await strictly('PATCH', `${uploads}/${made.id}`, body, piece(0));
  }
}

/* Files in messages of phones. */
async function askParcels({ ask, server }) {
  const alice = { name: 'parcel', password: 'a long secret' };
  const send = async (body, headers = formHeaders) => ask('POST', '/file-transfer', body,
    { root: true, token: null, headers: { ...headers, ...await authorized(server, alice) } });
  await ask('POST', '/accounts', alice);
  await ask('POST', '/file-transfer', undefined, { root: true, token: null });
  await send(undefined, {});
  await send(formOf({ name: 'a', bytes: 'abc' }).subarray(0, -9));
  await send('a', { 'content-type': 'text/plain' });
  await send(formOf({ name: '..', bytes: 'abc' }));
  const { body } = await send(formOf({ name: 'a', bytes: 'abc' }));
  const { pathname } = new URL(noticeOf(body).url);
  for (const headers of [{}, { range: 'bytes=1-2' }, { range: 'bytes=100-' }, { 'if-none-match': '*' }])
    await ask('GET', pathname, undefined, { root: true, token: null, headers });
  await ask('GET', '/file-transfer/x', undefined, { root: true, token: null });
}

/* Recordings: begun, seen, had, removed. */
async function askRecordings({ t, server, ask, document, met, api, large, type }) {
  const all = '/rooms/tape/recordings', key = { headers: { 'idempotency-key': 'recording' } };
  await ask('POST', '/rooms', { name: 'tape' });
  const alice = await Caller.join({ t, server, room: 'tape', name: 'alice', hz: 440 });
  await alice.participant({ fits: (p) => p.state === 'connected' });
  const { body: token } = await api.post('/tokens', { name: 'someone', role: 'participant', rooms: ['tape'] });
  const { body: made } = await ask('POST', all, { name: 'a' }, key);
  await ask('POST', all, { name: 'a' }, key);
  await ask('POST', all, {}); // already
  await ask('POST', all, {}, token);
  await ask('POST', all, { name: 5 });
  await ask('POST', '/rooms/none/recordings', {});
  const one = `${all}/${made.id}`;
  await ask('GET', `${one}/content`); // not ready
  await until(async () => (await ask('GET', one)).body.length_ms > 0, { what: 'something is in it' });
  await ask('PATCH', one, { state: 'paused' });
  await ask('PATCH', one, { state: 'gone' });
  await ask('PATCH', one, { state: 'stopped' }, token);
  await ask('PATCH', `${all}/x`, {});
  for (const [method, path] of [['POST', all], ['PATCH', one]]) {
    await ask(method, path, '{}', type);
    await ask(method, path, large);
  }
  await ask('PATCH', one, { state: 'stopped' });
  await ask('PATCH', one, { state: 'paused' }); // ended
  await until(async () => (await ask('GET', one)).body.state === 'ready', { what: 'it is ready' });
  await askVersions({ ask, paths: [one] });
  for (const path of ['/recordings', all]) {
    await ask('GET', path);
    await ask('GET', `${path}?limit=0`);
  }
  await ask('GET', '/rooms/none/recordings');
  await ask('GET', `${all}/x`);
  await ask('GET', `${one}/content`);
  await ask('GET', `${one}/content?expires=1&signature=x`, undefined, { token: null });
  await ask('GET', `${one}/content`, undefined, { headers: { range: 'bytes=1-2' } });
  await ask('GET', `${one}/content`, undefined, { headers: { range: 'bytes=999999999-' } });
  await ask('GET', `${one}/content`, undefined, { headers: { 'if-none-match': '*' } });
  await ask('GET', `${all}/x/content`);
  await ask('DELETE', one);
  await ask('DELETE', one);
  await ask('PATCH', '/rooms/tape', { recording: 'always' });
  const { body: always } = await api.get(all);
  await ask('DELETE', `${all}/${always.items[0].id}`);
  const off = await startServer({ t, set: { 'recordings.enabled': false } });
  await off.api.post('/rooms', { name: 'tape' });
  checkAnswer(document, met, 'POST', `/api/v1${all}`, await off.api.post(all, {}));
}

test('every documented answer is met, every answer is documented', async (t) => {
  const { server, api, document } = await begin(t);
  const met = new Set();
  const ask = async (method, path, body, options = {}) => {
    const full = options.root ? path : `/api/v1${path}`;
    const answer = await api.request(method, path, body, options);
    checkAnswer(document, met, method, full, answer);
    return answer;
  };
  const stream = async (path) => {
    const events = await api.events(path);
    checkAnswer(document, met, 'GET', `/api/v1${path}`, { ...events.response, status: 200, headers: events.response.headers });
    return events;
  };
  for (const { method, path, operation } of operations(document))
    if (operation.responses['401']) await ask(method, path.replace(/[{}]/g, ''), undefined, { root: true, token: null });
  for (const path of ['/health', '/ready', '/metrics']) await ask('GET', path, undefined, { root: true });
  await ask('GET', '/openapi.yaml');
  await ask('GET', '/docs', undefined, { root: true, token: null });
  const all = await stream('/events');
  await ask('GET', '/events?last_event_id=x');
  await ask('GET', '/rooms?limit=x');

  const key = { headers: { 'idempotency-key': 'k' } };
  const type = { headers: { 'content-type': 'text/plain' } };
  const large = { large: 'x'.repeat(5000) };
  await ask('POST', '/rooms', { name: 'blue', max_participants: 2 }, key);
  await ask('POST', '/rooms', { name: 'blue', max_participants: 2 }, key);
  await ask('POST', '/rooms', { name: 'other' }, key);
  await ask('POST', '/rooms', { name: 'blue' });
  await ask('POST', '/rooms', { name: 'red', locked: true });
  await ask('POST', '/rooms', { name: '' });
  await ask('GET', '/rooms?limit=1');
  await ask('GET', '/rooms/blue');
  await ask('PATCH', '/rooms/blue', { display_name: 'B' });
  await ask('PATCH', '/rooms/blue', { display_name: 5 });

  const account = { headers: { 'idempotency-key': 'account' } };
  await ask('POST', '/accounts', { name: 'alice', password: 'a long secret' }, account);
  await ask('POST', '/accounts', { name: 'alice', password: 'a long secret' }, account);
  await ask('POST', '/accounts', { name: 'other', password: 'a long secret' }, account);
  await ask('POST', '/accounts', { name: 'alice', password: 'a long secret' });
  await ask('POST', '/accounts', { name: 'al ice', password: 'short', number: '1a' });
  await ask('GET', '/accounts?limit=1');
  await ask('GET', '/accounts?limit=x');
  await ask('GET', '/accounts/alice');
  await ask('PATCH', '/accounts/alice', { enabled: false, password: 'another secret', display_name: null, number: '101' });
  await ask('PATCH', '/accounts/alice', { forwarding: 'trunk', forward_to: 'tel:+4930123', forward_when: 'busy', forward_after_s: 5 });
  await ask('PATCH', '/accounts/alice', { forwarding: null, forward_to: null, forward_when: null, forward_after_s: null });
  await ask('PATCH', '/accounts/alice', { forward_to: 'two words', forward_after_s: 0 });
  await ask('PATCH', '/accounts/alice', { password: null });
  await ask('POST', '/accounts', { name: '102', password: 'a long secret' });
  await ask('PATCH', '/accounts/alice', { number: '102' });
  for (let i = 0; i < 2; i++) /* it has moved */
    await register(await SipEndpoint.open({ t }), server, { name: '102', password: 'a long secret', contact: '<sip:a@192.0.2.1>' });
  await ask('GET', '/bans?limit=x');
  await register(await SipEndpoint.open({ t, ip: '::1' }), server, { name: '102', password: 'another secret', ip: '::1' });
  await ask('GET', '/bans');
  await ask('DELETE', '/bans/::2');
  await ask('DELETE', '/bans/::2');
  const phones = await ask('GET', '/accounts/102/registrations');
  await ask('GET', '/accounts/none/registrations');
  await ask('DELETE', '/accounts/none/registrations/x');
  await ask('DELETE', `/accounts/102/registrations/${phones.body.items[0].id}`);

  await askTrunks({ ask });
  await askChatAsGuest({ t, server, ask, api, all });
  await askRecordings({ t, server, ask, document, met, api, large, type });
  await ask('POST', '/trunks', { name: 'full', networks: ['127.0.0.1'], lines_in: 1 });
  const events = await stream('/rooms/blue/events');
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice', hz: 440 });
  const { id } = await alice.participant({ fits: (p) => p.media?.packets_received > 10 && p.media.far_end !== null });
  await ask('GET', '/rooms/blue/events?last_event_id=x');
  await ask('GET', '/rooms/blue/participants');
  await ask('GET', '/rooms/blue/participants?limit=0');
  await ask('GET', `/rooms/blue/participants/${id}`);
  const bob = await Caller.wait({ t, name: 'bob' });
  bob.onInvite = (incoming) => incoming.ring();
  const dial = (body, options) => ask('POST', '/rooms/blue/participants', body, options);
  const { body: callee } = await dial({ uri: bob.uri }, { headers: { 'idempotency-key': 'd' } });
  await events.waitFor(is('participant_state', { id: callee.id, state: 'ringing' }));
  await ask('GET', `/rooms/blue/participants/${callee.id}`);
  await dial({ uri: 'sip:other@127.0.0.1' }, { headers: { 'idempotency-key': 'd' } });
  await dial({ uri: 'sip:a@127.0.0.1' }); // full
  await dial({ uri: 'x' });
  await dial({ uris: ['sip:a@127.0.0.1', 'x'], answer: 'first' });
  await ask('PATCH', '/rooms/blue', { max_participants: 5 });
  await dial({ uri: bob.uri }); // too many
  await ask('PATCH', `/rooms/blue/participants/${callee.id}`, { room: 'red' }); // not connected
  const off = await startServer({ t, set: { 'sip.dial_out': 'false' } });
  await off.api.post('/rooms', { name: 'blue' });
  checkAnswer(document, met, 'POST', '/api/v1/rooms/blue/participants', await off.api.post('/rooms/blue/participants', { uri: bob.uri }));

  const one = `/rooms/blue/participants/${id}`;
  await ask('PATCH', one, { muted: true });
  await ask('PATCH', one, { muted: 1 });
  await ask('PATCH', one, { room: 'red' });
  await ask('PATCH', one, { room: 'nowhere' });
  const templates = '/templates';
  await ask('POST', templates, { name: 'webinar', settings: { lobby: 'guests' } });
  await ask('POST', templates, { name: 'webinar' });
  await ask('POST', templates, { name: 'x', settings: { lobby: 'none' } });
  await ask('GET', templates);
  await ask('GET', `${templates}?limit=0`);
  await ask('GET', `${templates}/webinar`);
  await ask('PATCH', `${templates}/webinar`, { settings: { lobby: null } });
  await ask('PATCH', `${templates}/webinar`, { settings: 5 });
  const bans = '/rooms/blue/bans';
  const { body: ban } = await ask('POST', bans, { uri: 'sip:eve@example.com', note: 'noise' });
  await ask('POST', bans, { uri: 'sip:eve@example.com' });
  await ask('POST', bans, { address: 'x' });
  await ask('GET', bans);
  await ask('GET', `${bans}?limit=0`);
  await ask('GET', `${bans}/${ban.id}`);
  for (const path of ['/rooms/none/bans', `${bans}/x`]) await ask('GET', path);
  await ask('POST', '/rooms/none/bans', { address: '192.0.2.7' });
  await ask('DELETE', `${bans}/x`);
  await ask('POST', '/rooms', { name: 'short', closes_at: new Date(Date.now() + 50000).toISOString() });
  const { body: fay } = await ask('POST', '/rooms/short/calls', { offer: webOffer() });
  await all.waitFor(({ type }) => type === 'room_ending');
  await ask('PATCH', '/rooms/short', { dial_at_start: ['sip:nobody@127.0.0.1:9', '+4930'] });
  await ask('PATCH', `/rooms/short/participants/${fay.participant}`, { role: 'moderator' });
  await all.waitFor(({ type, data }) => type === 'room_dialled' && data.problem);
  await ask('DELETE', `/rooms/short/participants/${fay.participant}?ban=perhaps`);
  await ask('DELETE', `/rooms/short/participants/${fay.participant}?ban=true`);
  await ask('DELETE', `${bans}/${ban.id}`);
  const actions = '/rooms/blue/actions';
  await ask('POST', actions, { action: 'mute', only: [id, 'pnobody'] });
  await ask('POST', actions, { action: 'sing' });
  await ask('POST', '/rooms/none/actions', { action: 'mute' });
  const digits = { headers: { 'idempotency-key': 'digits' } };
  await ask('POST', `${one}/dtmf`, { digits: '12' }, digits);
  await ask('POST', `${one}/dtmf`, { digits: '12' }, digits);
  await ask('POST', `${one}/dtmf`, { digits: '34' }, digits);
  await ask('POST', `${one}/dtmf`, { digits: '5' }); // busy
  await ask('POST', `${one}/dtmf`, { digits: 'x' });
  await ask('PATCH', one, { says: Array.from({ length: 32 }, (_, i) => `circle-${i}`) }); // too many
  await ask('PATCH', one, { video_muted: true, presents: true, hidden: true, pinned: 2 });
  await ask('PATCH', one, { pinned: 50 });
  await ask('PATCH', '/rooms/blue', { video: { layout: { tiles: [{ x: 0, y: 0, width: 33.33, height: 50 }] }, size: { width: 322, height: 182 } } });
  await ask('PATCH', '/rooms/blue', { video: { layout: 'sing' } });
  await ask('GET', '/rooms/blue');
  for (const path of ['/rooms/blue', one, '/rooms/none', '/rooms/blue/participants/x']) {
    await ask('GET', `${path}/snapshot.jpg?width=320`);
    await ask('GET', `${path}/snapshot.jpg?width=15`);
  }
  const image = { headers: { 'content-type': 'image/png' } };
  await ask('GET', `${one}/avatar`);
  await ask('PUT', `${one}/avatar`, png(16, 16), image);
  await ask('GET', `${one}/avatar`);
  await ask('PUT', `${one}/avatar`, 'x'.repeat(100), image);
  await ask('PUT', `${one}/avatar`, 'x'.repeat(5000), image);
  await ask('PUT', `${one}/avatar`, png(16, 16), type);
  await ask('PUT', '/rooms/blue/participants/x/avatar', png(16, 16), image);
  await ask('DELETE', `${one}/avatar`);
  await ask('DELETE', `${one}/avatar`);
  const plays = '/rooms/blue/plays';
  const wait = { headers: { 'idempotency-key': 'play' } };
  const { body: play } = await ask('POST', plays, { prompt: 'welcome', loop: true }, wait);
  await ask('POST', plays, { prompt: 'welcome', loop: true }, wait);
  await ask('POST', plays, { prompt: 'sing' });
  await ask('POST', plays, { file: 'a', url: 'b' });
  await ask('POST', plays, { prompt: 'welcome', participant: callee.id }); // not connected
  await ask('GET', plays);
  await ask('GET', `${plays}/${play.id}`);
  await ask('PATCH', `${plays}/${play.id}`, { paused: true, position_ms: 10 });
  await ask('PATCH', `${plays}/${play.id}`, { paused: 1 });
  await askChat({ ask, id, large, type });
  await askNoChat({ t, document, met });
  await askCalls({ t, ask, stream, document, met, large, type });
  await askFiles({ t, ask, document, met, api });
  await askFileOffers({ ask, api, phone: alice });
  await askParcels({ ask, server });
  await askTokens({ ask, large, type });
  const told = find(document, 'GET', '/api/v1/events').operation.description;
  const names = / name \(([^)]*)\)/.exec(told)?.[1].split(', ') ?? assert.fail('no names of events');
  await askWebhooks({ ask, large, type, names });
  await alice.rtp.sendDigits('7');
  await events.waitFor(({ type }) => type === 'participant_digit');
  for (const [method, path] of [['POST', '/rooms'], ['POST', '/accounts'], ['PATCH', '/accounts/alice'], ['POST', '/trunks'], ['PATCH', '/trunks/line'], ['POST', '/numbers'], ['PATCH', '/numbers/1'], ['PATCH', '/rooms/blue'], ['POST', '/rooms/blue/participants'], ['PATCH', one], ['POST', actions], ['POST', bans], ['POST', templates], ['PATCH', `${templates}/webinar`], ['POST', `${one}/dtmf`], ['POST', plays], ['PATCH', `${plays}/${play.id}`]]) {
    await ask(method, path, '{}', type);
    await ask(method, path, large);
  }
  await askVersions({ ask, paths: [`${templates}/webinar`] });
  await ask('DELETE', `${templates}/webinar`);
  for (const path of ['/templates/none', '/accounts/none', '/rooms/none', '/rooms/none/participants/x', '/rooms/blue/participants/x', '/rooms/none/plays/x', '/rooms/blue/plays/x']) {
    await ask('GET', path);
    await ask('PATCH', path, {});
    await ask('DELETE', path);
  }
  await ask('GET', '/rooms/none/events');
  await ask('GET', '/rooms/none/participants');
  await ask('POST', '/rooms/none/participants', { uri: bob.uri });
  await ask('POST', '/rooms/none/participants/x/dtmf', { digits: '1' });
  await ask('GET', '/rooms/none/plays');
  await ask('POST', '/rooms/none/plays', { prompt: 'welcome' });
  await askVersions({ ask, paths: ['/rooms/blue', '/accounts/alice', one, `${plays}/${play.id}`] });
  await ask('DELETE', '/accounts/alice');
  await ask('DELETE', `${plays}/${play.id}`);
  await ask('DELETE', `/rooms/blue/participants/${callee.id}`);
  await ask('PATCH', '/rooms/red', { locked: false });
  await ask('PATCH', one, { room: 'red' });
  await all.waitFor(({ type, data }) => type === 'participant_joined' && data.room === 'red');
  await ask('DELETE', '/rooms/red');
  await all.waitFor(({ type, data }) => type === 'room_deleted' && data.room === 'red');

  const seen = new Set(all.all.map(({ type }) => type));
  await askCallRecords({ ask });
  await askAudit({ ask });
  for (const name of names)
    assert.ok(seen.has(name), `no event ${name} was seen`);
  for (const { type, data } of all.all) {
    assert.ok(told.includes(type), `${type} is not documented`);
    assert.deepEqual(checkSchema(document, document.components.schemas[type.startsWith('trunk_') ? 'TrunkEvent' : 'Event'], data), [], type);
  }

  const rest = [];
  for (const { method, path, operation } of operations(document))
    for (const status of Object.keys(operation.responses))
      if (status !== 'default' && !RARE.has(Number(status)) && !WITH_VIDEO.has(`${method} ${path} ${status}`) && !met.has(`${method} ${path} ${status}`)) rest.push(`${method} ${path} ${status}`);
  assert.deepEqual(rest, [], 'documented, but not met');
});

test('a server on its way down takes nothing new: 503, as documented', async (t) => {
  const { server, api, document } = await begin(t, { 'server.drain_timeout_s': 60 });
  (await api.post('/rooms', { name: 'red' })).expect(201);
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice' });
  await alice.participant();
  alice.sip.onRequest = ({ method }) => (method === 'BYE' ? { status: 100 } : undefined); // she takes her time
  process.kill(server.pid, 'SIGTERM');
  const answer = await until(async () => {
    const one = await api.get('/ready', { root: true });
    return one.status === 503 && one;
  }, { every: 5 });
  checkAnswer(document, new Set(), 'GET', '/ready', answer);
  assert.equal(answer.body.code, 'draining');
  for (const [path, body] of [['/rooms', { name: 'late' }], ['/rooms/red/participants', { uri: 'sip:a@127.0.0.1' }]]) {
    const refused = await api.post(path, body);
    checkAnswer(document, new Set(), 'POST', `/api/v1${path}`, refused);
    problem(refused, 503, 'shutting_down');
  }
  problem(await api.get('/rooms/late'), 404, 'no_such_room');
  await server.kill9(); // it would wait for the answer to its BYE
});
