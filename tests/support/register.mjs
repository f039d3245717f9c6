/*
 * register.mjs - REGISTER by a SipEndpoint: asked for the password, it shows it.
 *
 *   const response = await register(sip, server, { name: 'alice', password });
 *   contactsOf(response)                          [{ uri, expires, q, text }]
 *
 * contact: the header's value (default: the endpoint's own URI; null: none, a question); expires: the header (default 3600);
 * ip: of the server; user: of the address of record, if it is not the name; headers: more of them. call: a SipCall, to register again in the same
 * Call-ID.
 */
import { authorize, challengesOf } from './digest.mjs';

export function registration(sip, server, { name, user = name, ip = '127.0.0.1' } = {}) {
  const host = ip.includes(':') ? `[${ip}]` : ip, aor = `sip:${user}@${host}`;
  return sip.call(server.uri('x', { ip }).replace('x@', ''), { localUri: aor, remoteUri: aor });
}

export async function register(sip, server, { name, password, user, contact = `<${sip.uri}>`, expires = 3600, headers = {}, ip, call = registration(sip, server, { name, user, ip }), index = 0 } = {}) {
  const all = { ...(expires === null ? {} : { Expires: expires }), Contact: contact === null ? undefined : contact, ...headers };
  const first = await call.request('REGISTER', { headers: all });
  if (first.status !== 401 || !password) return first;
  const challenge = challengesOf(first)[index];
  const Authorization = authorize(challenge, { name, password, uri: call.target, method: 'REGISTER' });
  return call.request('REGISTER', { headers: { ...all, Authorization } });
}

/** The pieces of a header's list: commas in <> and quotes are not between them. */
const pieces = (text) => text.match(/(?:"[^"]*"|<[^>]*>|[^,<"])+/g) ?? [];

export function contactsOf(response) {
  return pieces((response.headers.contact ?? []).join(', ')).map((text) => ({
    text, uri: /<([^>]*)>/.exec(text)?.[1], expires: Number(/;expires=(\d+)/.exec(text)?.[1]), q: /;q=([\d.]+)/.exec(text)?.[1],
  }));
}
