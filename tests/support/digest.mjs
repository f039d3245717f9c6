/*
 * digest.mjs - digest authentication, the caller's side: written from RFC 7616, not from the server.
 *
 *   const challenges = challengesOf(response);             of a 401, in its order
 *   const authorization = authorize(challenges[0], { name, password, uri, method: 'INVITE', qop: 'auth', body: sdp });
 *   await call.invite(sdp, { headers: { Authorization: authorization } });
 *
 * nc, cnonce, qop ('auth', 'auth-int'), isSession (-sess) may be chosen.
 */
import { createHash, randomBytes } from 'node:crypto';

const METHODS = { MD5: 'md5', 'SHA-256': 'sha256' };

export function challengesOf(response) {
  return (response.headers['www-authenticate'] ?? []).map((text) => {
    const fields = [...text.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map(([, name, quoted, plain]) => [name, quoted ?? plain]);
    return { text, ...Object.fromEntries(fields) };
  });
}

export function authorize({ realm, nonce, algorithm }, { name, password, uri, method = 'INVITE', qop = 'auth', nc = 1, isSession = false, body = '', cnonce = randomBytes(6).toString('hex') }) {
  const hash = (...parts) => createHash(METHODS[algorithm]).update(parts.join(':')).digest('hex');
  const count = nc.toString(16).padStart(8, '0');
  const a1 = hash(name, realm, password);
  const session = isSession ? hash(a1, nonce, cnonce) : a1;
  const a2 = qop === 'auth-int' ? hash(method, uri, hash(body)) : hash(method, uri);
  const response = hash(session, nonce, count, cnonce, qop, a2);
  return `Digest username="${name}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
    `algorithm=${algorithm}${isSession ? '-sess' : ''}, cnonce="${cnonce}", qop=${qop}, nc=${count}`;
}
