/*
 * asks.mjs - the requests by which openapi.test.mjs meets what is documented of one resource each.
 *
 * ask(method, path, body, options) checks the answer against the document; `large` is a body that is too
 * large, `type` are options with a wrong media type.
 */

export async function askTokens({ ask, large, type }) {
  const key = { headers: { 'idempotency-key': 'token' } };
  const wanted = { name: 'one', role: 'moderator', rooms: ['blue'], expires_at: '2099-01-01T00:00:00Z' };
  const { body: token } = await ask('POST', '/tokens', wanted, key);
  await ask('POST', '/tokens', wanted, key);
  await ask('POST', '/tokens', { ...wanted, name: 'two' }, key);
  await ask('POST', '/tokens', { name: 'one', role: 'moderator' });
  await ask('GET', '/tokens?limit=1');
  await ask('GET', '/tokens?limit=x');
  const one = `/tokens/${token.id}`;
  await askVersions({ ask, paths: [one] });
  await ask('PATCH', one, { expires_at: null, rooms: ['*'] });
  await ask('PATCH', one, { role: 'king' });
  for (const [method, path] of [['POST', '/tokens'], ['PATCH', one]]) {
    await ask(method, path, '{}', type);
    await ask(method, path, large);
  }
  await ask('DELETE', one);
  for (const method of ['GET', 'PATCH', 'DELETE']) await ask(method, one, method === 'PATCH' ? {} : undefined);
}

export async function askWebhooks({ ask, large, type, names }) {
  const key = { headers: { 'idempotency-key': 'webhook' } };
  const wanted = { url: 'http://127.0.0.1:9/', events: names.slice(0, 16), rooms: ['blue'] };
  const { body: hook } = await ask('POST', '/webhooks', wanted, key);
  await ask('POST', '/webhooks', wanted, key);
  await ask('POST', '/webhooks', { url: 'https://example.com' }, key);
  await ask('POST', '/webhooks', { url: 'ftp://example.com', events: ['rooom_created'], secret: 'x' });
  await ask('GET', '/webhooks?limit=1');
  await ask('GET', '/webhooks?limit=x');
  const one = `/webhooks/${hook.id}`;
  await askVersions({ ask, paths: [one] });
  for (let at = 0; at < names.length; at += 16) // each name that is documented is known
    (await ask('PATCH', one, { events: names.slice(at, at + 16) })).expect(200);
  await ask('PATCH', one, { events: null, rooms: null });
  await ask('PATCH', one, { url: 'x' });
  const again = { headers: { 'idempotency-key': 'ping' } };
  await ask('POST', `${one}/deliveries`, {}, again);
  await ask('POST', `${one}/deliveries`, {}, again);
  await ask('POST', `${one}/deliveries`, { delivery: 'x' }, again);
  await ask('GET', `${one}/deliveries`);
  await ask('POST', `${one}/deliveries`, { delivery: 'none' });
  await ask('PATCH', one, { enabled: false });
  await ask('POST', `${one}/deliveries`, {}); // disabled
  for (const [method, path] of [['POST', '/webhooks'], ['PATCH', one], ['POST', `${one}/deliveries`]]) {
    await ask(method, path, '{}', type);
    await ask(method, path, large);
  }
  await ask('DELETE', one);
  for (const method of ['GET', 'PATCH', 'DELETE']) await ask(method, one, method === 'PATCH' ? {} : undefined);
  await ask('GET', `${one}/deliveries`);
  await ask('POST', `${one}/deliveries`, {});
}

export async function askCallRecords({ ask }) {
  const { body } = await ask('GET', '/call-records?limit=200');
  if (!body.items.some(({ voice }) => voice)) throw new Error('no record of a call with a voice');
  await ask('GET', '/call-records?room=blue&uri=x&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z');
  await ask('GET', '/call-records?from=x');
}

export async function askAudit({ ask }) {
  const { body } = await ask('GET', '/audit?limit=200&token=admin');
  if (!body.items.some(({ status }) => status === 201)) throw new Error('nothing was made by the administrator');
  await ask('GET', '/audit?after=x');
}

/* Each is there. */
export async function askVersions({ ask, paths }) {
  for (const path of paths) {
    const { headers } = (await ask('GET', path)).expect(200);
    (await ask('GET', path, undefined, { headers: { 'if-none-match': headers.etag } })).expect(304);
    (await ask('PATCH', path, {}, { headers: { 'if-match': headers.etag } })).expect(200);
    (await ask('PATCH', path, {}, { headers: { 'if-match': '"other"' } })).expect(412);
    (await ask('DELETE', path, undefined, { headers: { 'if-match': '"other"' } })).expect(412);
  }
}
