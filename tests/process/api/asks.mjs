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
  await ask('GET', one);
  await ask('PATCH', one, { expires_at: null, rooms: ['*'] });
  await ask('PATCH', one, { role: 'king' });
  for (const [method, path] of [['POST', '/tokens'], ['PATCH', one]]) {
    await ask(method, path, '{}', type);
    await ask(method, path, large);
  }
  await ask('DELETE', one);
  for (const method of ['GET', 'PATCH', 'DELETE']) await ask(method, one, method === 'PATCH' ? {} : undefined);
}
