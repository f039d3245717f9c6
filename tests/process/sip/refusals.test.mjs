/* What is refused, with which status, and what the refusal says. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });

/** One INVITE and its final response; a call that was let in is hung up. */
async function invite(sip, uri, body = sdp, options = {}) {
  const call = sip.call(uri);
  const response = await call.invite(body, options);
  if (response.status < 300) await call.bye();
  return response;
}

function check(response, { status, phrase, header, text }) {
  const all = `${response.start} ${JSON.stringify(response.headers)}`;
  assert.equal(response.status, status, all);
  if (phrase) assert.match(response.reason, phrase, all);
  if (header) assert.match(response.header(header) ?? '', text ?? /./, all);
}

const broken = [
  { name: 'no codec in common', body: sdp.replace('AVP 0 101', 'AVP 15'), want: { status: 488, header: 'warning', text: /^305 .*"no audio codec/ } },
  { name: 'SRTP only', body: sdp.replace('RTP/AVP', 'RTP/SAVP'), want: { status: 488, header: 'warning', text: /^302/ } },
  { name: 'no audio at all', body: sdp.replace('m=audio', 'm=video'), want: { status: 488, header: 'warning', text: /^304/ } },
  { name: 'a host name in c=', body: sdp.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 example.com'), want: { status: 488, header: 'warning', text: /^301/ } },
  { name: 'multicast', body: sdp.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 224.1.1.1/32'), want: { status: 488, header: 'warning', text: /^330/ } },
  { name: 'broken SDP', body: 'v=0\r\nhello\r\n', want: { status: 400, phrase: /SDP line 2/ } },
  { name: 'SDP without c=', body: sdp.replace(/c=.*\r\n/, ''), want: { status: 400, phrase: /c=/ } },
  { name: 'another content type', body: 'hello', options: { type: 'text/plain' }, want: { status: 415, header: 'accept', text: /application\/sdp/ } },
  { name: 'a content encoding', body: sdp, options: { headers: { 'Content-Encoding': 'gzip' } }, want: { status: 415 } },
  { name: 'an extension that is required', body: sdp, options: { headers: { Require: 'foo, timer' } }, want: { status: 420, header: 'unsupported', text: /^foo$/ } },
  { name: 'a session interval that is too small', body: sdp, options: { headers: { Supported: 'timer', 'Session-Expires': '60' } }, want: { status: 422, header: 'min-se', text: /^90/ } },
];

test('INVITEs that cannot be taken', async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t });
  for (const { name, body, options, want } of broken) {
    await t.test(name, async () => check(await invite(sip, server.uri('blue'), body, options), want));
  }
  await t.test('no user in the URI', async () => check(await invite(sip, server.uri('blue').replace('blue@', '')), { status: 484 }));
  await t.test('no valid name of a room', async () => check(await invite(sip, server.uri('a%20b')), { status: 404 }));
  await t.test('sips without TLS', async () => check(await invite(sip, server.uri('blue').replace('sip:', 'sips:')), { status: 416 }));
  await t.test('a telephone number', async () => check(await invite(sip, server.uri('+4930123')), { status: 200 }));
  await t.test('a telephone number as tel:', async () => {
    const call = sip.call(server.uri('+4930123'), { target: 'tel:+4930123' });
    check(await call.invite(sdp), { status: 200, header: 'contact', text: /sip:\+4930123@/ });
    await call.bye();
  });
  await t.test('an escaped name', async () => check(await invite(sip, server.uri('%62lue')), { status: 200 }));
  assert.deepEqual((await server.api.get('/rooms')).body.items.filter(({ participant_count: n }) => n > 0), []);
});

test('requests that have no place', async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t });
  const ask = (method, options) => sip.request(method, server.uri('blue'), options);
  const allow = { header: 'allow', text: /^INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, MESSAGE, REGISTER, SUBSCRIBE, REFER$/ };
  for (const method of ['PUBLISH', 'NOTIFY']) {
    await t.test(method, async () => check(await ask(method), { status: 405, ...allow }));
  }
  await t.test('MESSAGE to a room that is not there', async () => check(await ask('MESSAGE'), { status: 404 }));
  await t.test('SUBSCRIBE to nothing', async () => check(await ask('SUBSCRIBE'), { status: 489 }));
  await t.test('REFER to nobody', async () => check(await ask('REFER'), { status: 400 }));
  await t.test('a method that does not exist', async () => check(await ask('DANCE'), { status: 501, ...allow }));
  for (const method of ['BYE', 'UPDATE', 'PRACK', 'INFO']) {
    await t.test(`${method} outside of a dialog`, async () => check(await ask(method), { status: 481 }));
  }
  await t.test('INVITE in a dialog that does not exist', async () => {
    check(await sip.call(server.uri('blue'), { remoteTag: 'gone' }).invite(sdp), { status: 481 });
  });
  await t.test('OPTIONS to a room', async () => {
    const response = await ask('OPTIONS');
    check(response, { status: 200, header: 'contact', text: /sip:blue@.*isfocus/ });
    assert.deepEqual(response.headers.accept, ['application/sdp']);
  });
  await t.test('OPTIONS to sips:', async () => check(await ask('OPTIONS', { uri: server.uri('blue').replace('sip:', 'sips:') }), { status: 416 }));
  await t.test('OPTIONS within a dialog', async () => {
    const call = sip.call(server.uri('blue'));
    check(await call.invite(sdp), { status: 200 });
    check(await call.request('OPTIONS'), { status: 200, header: 'contact', text: /sip:blue@.*isfocus/ });
    await call.bye();
  });
});

test('rooms that are locked, full, or not there', async (t) => {
  const server = await startServer({ t, set: { 'rooms.auto_create': false } });
  const sip = await SipEndpoint.open({ t });
  (await server.api.post('/rooms', { name: 'closed', locked: true })).expect(201);
  (await server.api.post('/rooms', { name: 'small', max_participants: 1 })).expect(201);
  check(await invite(sip, server.uri('nowhere')), { status: 404 });
  check(await sip.request('OPTIONS', server.uri('nowhere')), { status: 404 });
  check(await invite(sip, server.uri('closed')), { status: 403, phrase: /Locked/ });
  const first = sip.call(server.uri('small'));
  check(await first.invite(sdp), { status: 200 });
  check(await invite(sip, server.uri('small')), { status: 486, phrase: /Full/ });
  await first.bye();
});

test('who is called by an account\'s name or number is that account, unless there is a room of that name', async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t });
  (await server.api.post('/accounts', { name: 'alice', password: 'correct-horse', number: '101' })).expect(201);
  (await server.api.post('/accounts', { name: 'off', password: 'correct-horse', enabled: false })).expect(201);
  for (const user of ['alice', '101']) check(await invite(sip, server.uri(user)), { status: 480, phrase: /Not Registered/ });
  check(await invite(sip, server.uri('off')), { status: 404 });
  check(await sip.request('OPTIONS', server.uri('alice')), { status: 200 });
  check(await sip.request('OPTIONS', server.uri('off')), { status: 404 });
  assert.deepEqual((await server.api.get('/rooms')).expect(200).body.items, []);
  (await server.api.post('/rooms', { name: 'alice' })).expect(201);
  check(await invite(sip, server.uri('alice')), { status: 200 });
  check(await invite(sip, server.uri('101')), { status: 480 });
});

test('no port is free: 503 with Retry-After, and again once one is', async (t) => {
  const server = await startServer({ t, rtpPorts: 2 });
  const sip = await SipEndpoint.open({ t });
  const first = sip.call(server.uri('blue'));
  check(await first.invite(sdp), { status: 200 });
  check(await invite(sip, server.uri('blue')), { status: 503, header: 'retry-after' });
  await first.bye();
  const isFree = async () => (await invite(sip, server.uri('blue'))).status === 200; /* its ports come home a tick later */
  await until(isFree, { what: 'a port is free again' });
});

test('more calls than allowed: 503 with Retry-After', async (t) => {
  const server = await startServer({ t, set: { 'sip.max_calls': 1 } });
  const sip = await SipEndpoint.open({ t });
  const first = sip.call(server.uri('blue'));
  check(await first.invite(sdp), { status: 200 });
  check(await invite(sip, server.uri('blue')), { status: 503, header: 'retry-after' });
  await first.bye();
});

test('one source asks too much: 503 with Retry-After, the calls of before go on', async (t) => {
  const server = await startServer({ t, set: { 'sip.rate_per_source': 5 } });
  const sip = await SipEndpoint.open({ t });
  const call = sip.call(server.uri('blue'));
  check(await call.invite(sdp), { status: 200 });
  const answers = await Promise.all(Array.from({ length: 30 }, () => sip.request('OPTIONS', server.uri('blue'))));
  const refused = answers.filter(({ status }) => status === 503);
  assert.ok(refused.length > 0, `${answers.map(({ status }) => status)}`);
  check(refused[0], { status: 503, header: 'retry-after' });
  check(await call.request('UPDATE', { body: sdp }), { status: 200 });
  await call.bye();
});

test('draining: 503 with Retry-After, BYE with a Reason to who is in', async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t });
  let holdBye;
  sip.onRequest = (request) => (request.method === 'BYE' && !holdBye ? ((holdBye = request), 'ignore') : undefined);
  const call = sip.call(server.uri('blue'));
  check(await call.invite(sdp), { status: 200 });
  const stopped = server.stop();
  await until(() => holdBye, { what: 'a BYE' });
  assert.match(holdBye?.header('reason') ?? '', /cause=503/);
  check(await invite(sip, server.uri('blue')), { status: 503, header: 'retry-after' });
  sip.respond(holdBye, 200, { tag: call.localTag });
  await stopped;
});
