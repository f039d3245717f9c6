/*
 * smime.mjs - bodies signed and encrypted by openssl(1), the other side of S/MIME.
 *
 *   const smime = new Smime({ own, server });                own, server: { cert, key } of tls.mjs
 *   const { body, type, headers } = smime.wrap(sdp, 'application/sdp');
 *   smime.tunnel(call, 'INVITE', { body: sdp, type })        the next request of a SipCall within itself: { body, type, headers }
 *   smime.open(message)                                      the text; throws if it is not for us, or not of the server
 *   smime.openWhole(message)                                 of a message within it: { type, start, headers, text }
 *   const { server, api, sip, smime, invite, own, alice, ca } = await beginSmime(t, { account: { smime: 'required' } })
 *
 * signs, encrypts: false leaves that out, both ways. opaque: what is signed is within the signature. padding: RSA by PSS
 * and OAEP. bare: signatures as reSIProcate writes them, without certificate and attributes, as bytes; only in what is
 * encrypted. digest; also: who signs, too; recipients: for how many it encrypts.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { buildSdp } from './sdp.mjs';
import { startServer } from './server.mjs';
import { SipEndpoint } from './sip.mjs';
import { makeCertificates } from './tls.mjs';

const cms = (input, ...args) => execFileSync('openssl', ['cms', '-binary', ...args], { input, stdio: ['pipe', 'pipe', 'pipe'] });
const entity = (type, body) => Buffer.concat([Buffer.from(`Content-Type: ${type}\r\n\r\n`), Buffer.from(body)]);

/** Header lines and body of an entity. */
function split(bytes) {
  const text = bytes.toString('latin1');
  const { index, 0: gap } = /\r?\n\r?\n/.exec(text);
  return { type: /^content-type:\s*(.*?)\r?$/im.exec(text.slice(0, index))[1], bytes: bytes.subarray(index + gap.length) };
}

const bareSigned = (bytes, der) => ({
  type: 'multipart/signed;boundary=b0;micalg=sha256;protocol="application/pkcs7-signature"',
  body: Buffer.concat([
    Buffer.from('--b0\r\n'), bytes,
    Buffer.from('\r\n--b0\r\nContent-Type: application/pkcs7-signature;name=smime.p7s\r\nContent-Transfer-Encoding: binary\r\n\r\n'), der,
    Buffer.from('\r\n--b0--\r\n'),
  ]),
  headers: {},
});

/** openssl(1) reads signatures in base64 only. */
function withBase64({ type, bytes }) {
  const [, front, der, end] = /^([^]*Content-Transfer-Encoding: )binary(?=\r\n)([^]*)(\r\n--[^]*)$/.exec(bytes.toString('latin1'));
  const [, lines, signature] = /^([^]*?\r\n\r\n)([^]*)$/.exec(der);
  const { body } = inBase64(Buffer.from(signature, 'latin1'));
  return { type, bytes: Buffer.from(`${front}base64${lines}${body}${end}`, 'latin1') };
}

const inBase64 = (der) => ({ body: der.toString('base64').replace(/.{64}/g, '$&\r\n'), headers: { 'Content-Transfer-Encoding': 'base64' } });

export class Smime {
  constructor({ own, server, signs = true, encrypts = true, opaque = false, bare = false, padding = false, cipher = '-aes-256-gcm', digest = 'sha256', also = null, recipients = 1 }) {
    Object.assign(this, { own, server, signs, encrypts, opaque, bare, padding, cipher, digest, also, recipients });
  }

  padded(mode) {
    return this.padding ? ['-keyopt', `rsa_padding_mode:${mode}`] : [];
  }

  sign(text, type) {
    const signers = [this.own, this.also].filter(Boolean).flatMap(({ cert, key }) => ['-signer', cert, '-inkey', key, ...this.padded('pss')]);
    const args = ['-sign', ...signers, '-md', this.digest];
    if (this.opaque) return { type: 'application/pkcs7-mime; smime-type=signed-data', ...inBase64(cms(entity(type, text), ...args, '-nodetach', '-outform', 'DER')) };
    if (this.bare) return bareSigned(entity(type, text), cms(entity(type, text), ...args, '-nocerts', '-noattr', '-outform', 'DER'));
    const signed = split(cms(entity(type, text), ...args, '-outform', 'SMIME'));
    return { type: signed.type, body: signed.bytes.toString('latin1'), headers: {} };
  }

  encrypt({ body, type, headers }) {
    const lines = Object.entries(headers).map(([name, value]) => `\r\n${name}: ${value}`).join('');
    const recipient = ['-recip', this.server.cert, ...this.padded('oaep')];
    const der = cms(entity(`${type}${lines}`, body), '-encrypt', this.cipher, '-outform', 'DER', ...Array(this.recipients).fill(recipient).flat());
    return { type: 'application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m', ...inBase64(der) };
  }

  wrap(text, type) {
    const inner = this.signs ? this.sign(text, type) : { body: text, type, headers: {} };
    return this.encrypts ? this.encrypt(inner) : inner;
  }

  /** `change`: header lines that differ from those that the call will send; null: without. `text`: makes another text of it. */
  tunnel(call, method, { body = '', type = 'application/sdp', change = {}, text = (lines) => lines } = {}) {
    const tagged = (uri, tag) => `<${uri}>${tag ? `;tag=${tag}` : ''}`;
    const headers = {
      From: tagged(call.localUri, call.localTag), To: tagged(call.remoteUri, call.remoteTag), 'Call-ID': call.callId, CSeq: `${call.cseq} ${method}`,
      Contact: `<${call.endpoint.uri}>`, Date: new Date().toUTCString(), ...(body ? { 'Content-Type': type } : {}), ...change,
    };
    const lines = Object.entries(headers).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}\r\n`);
    return this.wrap(text(`${method} ${call.target} SIP/2.0\r\n${lines.join('')}\r\n${body}`), 'message/sip');
  }

  open(message) {
    return this.#take(message).bytes.toString('utf8');
  }

  openWhole(message) {
    const { type, bytes } = this.#take(message);
    const [, head, text] = /^([^]*?)\r\n\r\n([^]*)$/.exec(bytes.toString('utf8'));
    const [start, ...lines] = head.split('\r\n');
    return { type, start, headers: Object.fromEntries(lines.map((line) => /^([^:]*): (.*)$/.exec(line).slice(1))), text };
  }

  #take(message) {
    let at = { type: message.header('content-type'), bytes: message.bytes };
    if (this.encrypts) {
      assert.match(at.type, /^application\/pkcs7-mime;/);
      at = split(cms(at.bytes, '-decrypt', '-inform', 'DER', '-recip', this.own.cert, '-inkey', this.own.key));
    }
    if (this.signs) {
      assert.match(at.type, /^multipart\/signed;/);
      if (this.bare) at = withBase64(at);
      const signed = Buffer.concat([Buffer.from('MIME-Version: 1.0\r\n'), entity(at.type, at.bytes)]);
      at = split(cms(signed, '-verify', '-inform', 'SMIME', '-crlfeol', '-nointern', '-noverify', '-certfile', this.server.cert));
    }
    return at;
  }
}

export const password = 'correct-horse';
export const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
export const sdpType = 'application/sdp';

/** A server with a certificate, and the account alice@raduno with hers; `smime` makes bodies of alice, `invite` sends them. */
export async function beginSmime(t, { account = {}, set = {}, kind, altName = 'URI:sip:raduno' } = {}) {
  const ca = makeCertificates(t), own = ca.issue('raduno', { kind, altName });
  const alice = ca.issue('alice', { kind, altName: 'URI:sip:alice@raduno' });
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'sip.smime_certificate': own.cert, 'sip.smime_key': own.key, ...set } });
  const certificate = fs.readFileSync(alice.cert, 'utf8');
  (await server.api.post('/accounts', { name: 'alice', password, certificate, ...account })).expect(201);
  const sip = await SipEndpoint.open({ t, transport: 'tcp' });
  const smime = (options = {}) => new Smime({ own: alice, server: own, ...options });
  /** INVITE with this body; its final response. */
  const invite = async ({ body, ...options }, from = 'sip:alice@raduno') => {
    const call = sip.call(server.uri('blue', { transport: 'tcp' }), { localUri: from });
    const response = await call.invite(body, options);
    if (response.status === 200) await call.bye();
    return response;
  };
  return { t, ca, own, alice, certificate, server, api: server.api, sip, smime, invite };
}
