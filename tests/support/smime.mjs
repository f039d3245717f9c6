/*
 * smime.mjs - bodies signed and encrypted by openssl(1), the other side of S/MIME.
 *
 *   const smime = new Smime({ own, server });                own, server: { cert, key } of tls.mjs
 *   const { body, type, headers } = smime.wrap(sdp, 'application/sdp');
 *   smime.tunnel(call, 'INVITE', { body: sdp, type })        the next request of a SipCall within itself: { body, type, headers }
 *   smime.open(message)                                      the text; throws if it is not for us, or not of the server
 *
 * signs, encrypts: false leaves that out, both ways. opaque: what is signed is within the signature. padding: RSA by PSS
 * and OAEP. digest; also: who signs, too; recipients: for how many it encrypts.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

const cms = (input, ...args) => execFileSync('openssl', ['cms', '-binary', ...args], { input, stdio: ['pipe', 'pipe', 'pipe'] });
const entity = (type, body) => Buffer.concat([Buffer.from(`Content-Type: ${type}\r\n\r\n`), Buffer.from(body)]);

/** Header lines and body of an entity. */
function split(bytes) {
  const text = bytes.toString('latin1');
  const { index, 0: gap } = /\r?\n\r?\n/.exec(text);
  return { type: /^content-type:\s*(.*?)\r?$/im.exec(text.slice(0, index))[1], bytes: bytes.subarray(index + gap.length) };
}

const inBase64 = (der) => ({ body: der.toString('base64').replace(/.{64}/g, '$&\r\n'), headers: { 'Content-Transfer-Encoding': 'base64' } });

export class Smime {
  constructor({ own, server, signs = true, encrypts = true, opaque = false, padding = false, cipher = '-aes-256-gcm', digest = 'sha256', also = null, recipients = 1 }) {
    Object.assign(this, { own, server, signs, encrypts, opaque, padding, cipher, digest, also, recipients });
  }

  padded(mode) {
    return this.padding ? ['-keyopt', `rsa_padding_mode:${mode}`] : [];
  }

  sign(text, type) {
    const signers = [this.own, this.also].filter(Boolean).flatMap(({ cert, key }) => ['-signer', cert, '-inkey', key, ...this.padded('pss')]);
    const args = ['-sign', ...signers, '-md', this.digest];
    if (this.opaque) return { type: 'application/pkcs7-mime; smime-type=signed-data', ...inBase64(cms(entity(type, text), ...args, '-nodetach', '-outform', 'DER')) };
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
    let at = { type: message.header('content-type'), bytes: message.bytes };
    if (this.encrypts) {
      assert.match(at.type, /^application\/pkcs7-mime;/);
      at = split(cms(at.bytes, '-decrypt', '-inform', 'DER', '-recip', this.own.cert, '-inkey', this.own.key));
    }
    if (this.signs) {
      assert.match(at.type, /^multipart\/signed;/);
      const signed = Buffer.concat([Buffer.from('MIME-Version: 1.0\r\n'), entity(at.type, at.bytes)]);
      at = split(cms(signed, '-verify', '-inform', 'SMIME', '-crlfeol', '-nointern', '-noverify', '-certfile', this.server.cert));
    }
    return at.bytes.toString('utf8');
  }
}
