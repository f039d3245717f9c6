/* The HTTP side: tokens, methods, media types, sizes, hostile and slow clients. */
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { atEnd } from '../../support/cleanup.mjs';
import { startServer } from '../../support/server.mjs';
import { until, within } from '../../support/wait.mjs';
import { problem } from './problem.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };

async function begin(t, set = {}) {
  const server = await startServer({ t, set });
  return { server, api: server.api };
}

/** A connection on which bytes are written by hand; `text` is all that came, `ended` its end. */
async function connect(t, server) {
  const socket = net.connect({ host: '127.0.0.1', port: server.apiPort });
  const raw = { socket, text: '', ended: new Promise((resolve) => socket.once('close', resolve)) };
  socket.on('error', () => {});
  socket.on('data', (data) => (raw.text += data.toString('latin1')));
  atEnd(t, () => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return raw;
}

const alive = async (api) => (await api.get('/health', { root: true, token: null })).expect(200);

test('a token is needed, but for health and ready', async (t) => {
  const { server, api } = await begin(t);
  (await api.get('/health', { root: true, token: null })).expect(200);
  (await api.get('/ready', { root: true, token: null })).expect(200);
  for (const [path, root] of [['/rooms'], ['/nowhere'], ['/events'], ['/metrics', true]]) {
    const none = await api.get(path, { root, token: null });
    problem(none, 401, 'no_token');
    assert.equal(none.headers['www-authenticate'], 'Bearer realm="raduno"');
    for (const token of ['x', `${server.token}x`, server.token.slice(1), server.token.toUpperCase()]) {
      const wrong = await api.get(path, { root, token });
      problem(wrong, 401, 'wrong_token');
      assert.match(wrong.headers['www-authenticate'], /^Bearer .*error="invalid_token"$/);
    }
  }
  problem(await api.get('/rooms', { token: null, headers: { authorization: `Basic ${server.token}` } }), 401, 'wrong_token');
  (await api.get('/rooms', { token: null, headers: { authorization: `bearer ${server.token}` } })).expect(200);
  problem(await api.post('/rooms', { name: 'x' }, { token: null }), 401, 'no_token');
});

test('every answer has its headers', async (t) => {
  const { api } = await begin(t);
  for (const path of ['/rooms', '/nowhere', '/openapi.yaml']) {
    const { headers } = await api.get(path);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
});

test('unknown paths are 404, wrong methods 405 with Allow', async (t) => {
  const { api } = await begin(t);
  for (const path of ['/', '/room', '/rooms/x/y', '/webhook', '/rooms/x/message', '/rooms/x/files/y/z'])
    problem(await api.get(path), 404, 'no_such_path');
  problem(await api.get('/nowhere', { root: true }), 404, 'no_such_path');
  for (const [method, path, allow] of [
    ['DELETE', '/rooms', 'GET, HEAD, POST, OPTIONS'],
    ['PUT', '/rooms/x', 'GET, HEAD, PATCH, DELETE, OPTIONS'],
    ['GET', '/rooms/x/participants/y/dtmf', 'POST, OPTIONS'],
    ['TRACE', '/events', 'GET, HEAD, OPTIONS'],
  ]) {
    const answer = await api.request(method, path);
    problem(answer, 405, 'wrong_method');
    assert.equal(answer.headers.allow, allow);
    assert.equal((await api.request('OPTIONS', path)).expect(204).headers.allow, allow);
  }
  const head = (await api.request('HEAD', '/rooms')).expect(200);
  const get = (await api.get('/rooms')).expect(200);
  assert.equal(head.headers['content-length'], get.headers['content-length']);
});

test('a body has to be JSON, and an object', async (t) => {
  const { api } = await begin(t);
  for (const type of [undefined, 'text/plain', 'application/jsonx', 'application/x-www-form-urlencoded', 'application/merge-patch+json']) {
    const answer = await api.request('POST', '/rooms', '{"name":"x"}', { headers: { 'content-type': type ?? '' } });
    problem(answer, 415, 'wrong_media_type');
    assert.equal(answer.headers.accept, 'application/json');
  }
  (await api.request('POST', '/rooms', '{"name":"x"}', { headers: { 'content-type': 'Application/JSON ; charset=utf-8' } })).expect(201);
  (await api.request('PATCH', '/rooms/x', '{}', { headers: JSON_TYPE })).expect(200);
  (await api.request('PATCH', '/rooms/x', '{}', { headers: { 'content-type': 'application/merge-patch+json' } })).expect(200);
  for (const body of [
    '', ' ', '[]', '"x"', '1', 'null', '{', '{"name":"y"', '{"name":"y"}}', '{"name":"y","name":"z"}', '{name:"y"}',
    '{"name":"\\u0000"}', '{"name":"\\ud800"}', Buffer.from('{"name":"\xff"}', 'latin1'), Buffer.from('{"name":"\xc0\xaf"}', 'latin1'),
    '\ufeff{"name":"y"}', `{"a":${'['.repeat(10000)}${']'.repeat(10000)}}`, '['.repeat(10000), `${'{"a":'.repeat(10000)}1${'}'.repeat(10000)}`,
  ])
    problem(await api.request('POST', '/rooms', body, { headers: JSON_TYPE }), 400, 'bad_json');
  const many = `{${Array.from({ length: 5000 }, (_, i) => `"f${i}":1`).join(',')}}`;
  assert.equal(problem(await api.request('POST', '/rooms', many, { headers: JSON_TYPE }), 422, 'invalid_body').errors.length, 64);
  assert.deepEqual((await api.get('/rooms')).body.items.map(({ name }) => name), ['x']);
});

test('a body over the limit is 413, sent at once, in chunks, or only announced', async (t) => {
  const { server, api } = await begin(t, { 'api.max_body_bytes': 2048 });
  const fitting = (length) => `{"name":"x","display_name":"${'d'.repeat(100)}"${' '.repeat(length - 130)}}`;
  assert.equal(fitting(2048).length, 2048);
  (await api.request('POST', '/rooms', fitting(2048), { headers: JSON_TYPE })).expect(201);
  for (const length of [2049, 100000, 5000000])
    problem(await api.request('POST', '/rooms', fitting(length), { headers: JSON_TYPE }), 413, 'body_too_large');
  const head = `POST /api/v1/rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\nContent-Type: application/json\r\n`;
  const chunked = await connect(t, server);
  chunked.socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
  for (let i = 0; i < 100; i++) chunked.socket.write(`400\r\n${' '.repeat(1024)}\r\n`);
  chunked.socket.write('0\r\n\r\n');
  await until(() => /^HTTP\/1.1 413 /.test(chunked.text));
  const asking = await connect(t, server);
  asking.socket.write(`${head}Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n`);
  await until(() => /^HTTP\/1.1 413 /.test(asking.text));
  const huge = await connect(t, server);
  huge.socket.write(`${head}Content-Length: 99999999999\r\n\r\n`);
  await until(() => /^HTTP\/1.1 413 /.test(huge.text));
  await within(huge.ended, { what: 'the end of the connection' });
  const welcome = await connect(t, server);
  welcome.socket.write(`${head}Expect: 100-continue\r\nContent-Length: 12\r\n\r\n`);
  await until(() => /^HTTP\/1.1 100 /.test(welcome.text));
  welcome.socket.write('{"name":"y"}');
  await until(() => /HTTP\/1.1 201 /.test(welcome.text));
});

test('bad targets are 400 or 414, and never another path', async (t) => {
  const { server, api } = await begin(t);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  const raw = async (target) => {
    const connection = await connect(t, server);
    connection.socket.write(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\nConnection: close\r\n\r\n`, 'latin1'));
    await within(connection.ended, { what: `an answer to ${target.slice(0, 40)}` });
    return Number(/^HTTP\/1\.1 (\d+)/.exec(connection.text)?.[1]);
  };
  assert.equal(await raw('/api/v1/rooms/%62lue'), 200);
  for (const target of [
    '/api/v1/rooms/%', '/api/v1/rooms/%6', '/api/v1/rooms/%zz', '/api/v1/rooms/blue%00', '/api/v1/rooms/%0d%0a', '/api/v1/rooms/%ff',
    '/api/v1/rooms/%c0%af', '/api/v1/rooms?limit=%', 'http://x/api/v1/rooms', '*', '/api/v1/rooms/\xff',
  ])
    assert.equal(await raw(target), 400, target);
  for (const target of ['/api/v1/rooms/..', '/api/v1/rooms/blue/../blue', '/api/v1//rooms', '/api/v1/rooms/blue/', '/api/v1/rooms/blue%2f', '/api/v1/rooms/%2e%2e%2f%2e%2e%2fhealth'])
    assert.equal(await raw(target), 404, target);
  assert.equal(await raw(`/api/v1/rooms/${'a'.repeat(2100)}`), 414);
  assert.ok([400, 414, 431].includes(await raw(`/${'a'.repeat(60000)}`)));
  await alive(api);
});

test('what is no HTTP does not stop the server', async (t) => {
  const { server, api } = await begin(t);
  await Promise.all([
    'hello\r\n\r\n', '\r\n\r\n', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00',
    `GET /health\0x HTTP/1.1\r\nHost: x\r\n\r\n`, 'GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'POST /api/v1/rooms HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
    `GET /health HTTP/1.1\r\n${'X: y\r\n'.repeat(20000)}\r\n`, `GET /health HTTP/1.1\r\nX: ${'y'.repeat(200000)}\r\n\r\n`,
  ].map(async (text) => {
    const connection = await connect(t, server);
    connection.socket.end(Buffer.from(text, 'latin1'));
    await within(connection.ended, { what: `the end after ${JSON.stringify(text.slice(0, 40))}`, timeout: 30000 });
    assert.doesNotMatch(connection.text, /^HTTP\/1.1 2\d\d .*HTTP\/1.1 2/s);
  }));
  await alive(api);
});

test('several requests on one connection, also at once', async (t) => {
  const { server } = await begin(t);
  const connection = await connect(t, server);
  const request = `GET /api/v1/rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n\r\n`;
  connection.socket.write(request.repeat(20));
  await until(() => connection.text.match(/HTTP\/1.1 200 OK/g)?.length === 20);
  connection.socket.write(request);
  await until(() => connection.text.match(/HTTP\/1.1 200 OK/g)?.length === 21);
});

/** Writes one byte of a request every now and then, until the connection ends. */
function drip(connection, text) {
  let at = 0;
  const timer = setInterval(() => connection.socket.write(text[at++ % text.length]), 100);
  return connection.ended.then(() => clearInterval(timer));
}

test('slow clients are cut off and do not stop others', async (t) => {
  const { server, api } = await begin(t, { 'api.request_timeout_s': 2, 'api.max_connections': 16 });
  const body = `POST /api/v1/rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`;
  const slow = [];
  for (let i = 0; i < 6; i++) {
    const inHeader = await connect(t, server);
    inHeader.socket.write('GET /health HTTP/1.1\r\nHost: x\r\n');
    slow.push(drip(inHeader, 'X-Y: z\r\n'));
    const inBody = await connect(t, server);
    inBody.socket.write(body);
    slow.push(drip(inBody, ' '));
  }
  const silent = await connect(t, server);
  slow.push(silent.ended);
  for (let i = 0; i < 50; i++) await alive(api);
  await within(Promise.all(slow), { timeout: 20000, what: 'the end of the slow ones' });
  await alive(api);
});

test('more slow clients than connections: who asks in time is still answered', async (t) => {
  const { server, api } = await begin(t, { 'api.request_timeout_s': 600, 'api.max_connections': 16 });
  for (let i = 0; i < 100; i++) (await connect(t, server)).socket.write('GET /health HTTP/1.1\r\nX: ');
  for (let i = 0; i < 50; i++) await alive(api);
});

test('the token for metrics is good for them only', async (t) => {
  const token = 'only-for-prometheus';
  const { api } = await startServer({ t, set: { 'api.metrics_token': token } });
  assert.match((await api.get('/metrics', { root: true, token })).expect(200).body, /^raduno_rooms 0$/m);
  (await api.get('/metrics', { root: true })).expect(200);
  problem(await api.get('/metrics', { root: true, token: 'only-for-prometheuz' }), 401, 'wrong_token');
  for (const path of ['/rooms', '/events', '/audit', '/rooms/blue/files/x/content']) problem(await api.get(path, { token }), 403, 'not_allowed');
  problem(await api.post('/rooms', { name: 'blue' }, { token }), 403, 'not_allowed');
});

test('metrics are Prometheus text', async (t) => {
  const { api } = await begin(t);
  (await api.post('/rooms', { name: 'blue' })).expect(201);
  (await api.get('/nowhere')).expect(404);
  const { headers, body } = (await api.get('/metrics', { root: true })).expect(200);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const types = new Map();
  const values = new Map();
  for (const line of body.trimEnd().split('\n')) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    const sample = /^([a-z_][a-z0-9_]*)(\{[a-z]+="[^"]*"\})? (\d+(?:\.\d+)?)$/.exec(line);
    if (type) {
      assert.ok(!types.has(type[1]), `${type[1]} twice`);
      types.set(type[1], type[2]);
    } else if (sample) {
      const name = types.has(sample[1]) ? sample[1] : sample[1].replace(/_(bucket|sum|count)$/, '');
      assert.ok(types.has(name), `${line} before its type`);
      assert.ok(!values.has(sample[1] + (sample[2] ?? '')), `${line} twice`);
      values.set(sample[1] + (sample[2] ?? ''), Number(sample[3]));
    } else {
      assert.match(line, /^# HELP \S+ \S/);
    }
  }
  assert.equal(values.get('raduno_rooms'), 1);
  assert.equal(values.get('raduno_participants'), 0);
  assert.equal(values.get('raduno_participants_talking'), 0);
  assert.equal(values.get('raduno_ports_used'), 0);
  assert.ok(values.get('raduno_ports') > 0);
  assert.ok(values.get('raduno_api_responses_total{class="2xx"}') > 0);
  assert.ok(values.get('raduno_api_responses_total{class="4xx"}') > 0);
  assert.ok(values.get('process_resident_memory_bytes') > 1e6);
  assert.ok(values.get('process_open_fds') > 5);
  assert.ok(values.has('raduno_media_tick_lateness_seconds_bucket{le="+Inf"}'));
  assert.ok(values.has('raduno_sip_requests_total'));
});

test('the histogram of lateness has a sum that fits its buckets', async (t) => {
  const { server, api } = await begin(t);
  await Caller.join({ t, server, room: 'blue', name: 'alice' });
  const name = 'raduno_media_tick_lateness_seconds';
  const { sum, count, buckets } = await until(async () => {
    const { body } = await api.get('/metrics', { root: true });
    const read = (rest) => Number(new RegExp(`^${name}_${rest} (\\S+)$`, 'm').exec(body)[1]);
    const all = [...body.matchAll(new RegExp(`^${name}_bucket\\{le="([0-9.]+)"\\} (\\d+)$`, 'gm'))];
    return read('count') > 50 && { sum: read('sum'), count: read('count'), buckets: all.map(([, le, n]) => ({ le: Number(le), n: Number(n) })) };
  });
  let least = 0;
  let below = { le: 0, n: 0 };
  for (const bucket of [...buckets, { n: count }]) { // each tick is at least as late as the bucket below
    least += (bucket.n - below.n) * below.le;
    below = bucket;
  }
  assert.ok(sum > 0 && sum >= least, `${sum} s, at least ${least} s`);
  assert.ok(buckets.at(-1).n < count || sum <= count * buckets.at(-1).le, `${sum} s of ${count} ticks`);
});

test('requests under way when the server ends are answered or cut, and it ends well', async (t) => {
  const { server, api } = await begin(t);
  const asking = Array.from({ length: 200 }, async (_, i) => {
    try {
      return (await api.post('/rooms', { name: `r${i}` })).status;
    } catch {
      return 'cut';
    }
  });
  await asking[0];
  await server.stop();
  for (const status of await Promise.all(asking)) assert.ok([201, 503, 'cut'].includes(status), `${status}`);
});
