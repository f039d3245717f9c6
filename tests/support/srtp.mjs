/*
 * srtp.mjs - SRTP and SRTCP for a phone in JavaScript, by node:crypto: written from the RFCs (3711, 6188, 7714), apart
 * from the server's.
 *
 *   const ours = makeKey('AES_CM_128_HMAC_SHA1_80');       ours.line(1) is the value of its a=crypto
 *   const theirs = readKey('1 AES_CM_128_HMAC_SHA1_80 inline:...');
 *   const out = new Srtp(ours), back = new Srtp(theirs);
 *   socket.send(out.protect(rtp));  out.protectRtcp(rtcp);  back.open(bytes);  back.openRtcp(bytes);   null: not authentic
 *
 * A sender's roll-over counter follows its sequence numbers; no replay is refused here.
 */
import crypto from 'node:crypto';

export const SUITES = {
  AES_CM_128_HMAC_SHA1_80: { key: 16, salt: 14, tag: 10, rtcpTag: 10 },
  AES_CM_128_HMAC_SHA1_32: { key: 16, salt: 14, tag: 4, rtcpTag: 10 },
  AES_256_CM_HMAC_SHA1_80: { key: 32, salt: 14, tag: 10, rtcpTag: 10 },
  AES_256_CM_HMAC_SHA1_32: { key: 32, salt: 14, tag: 4, rtcpTag: 10 },
  AEAD_AES_128_GCM: { key: 16, salt: 12, tag: 16, rtcpTag: 16, gcm: true },
  AEAD_AES_256_GCM: { key: 32, salt: 12, tag: 16, rtcpTag: 16, gcm: true },
};

function keyOf(suite, bytes, mki) {
  const { key } = SUITES[suite];
  const behind = mki ? `|${mki.readUIntBE(0, mki.length)}:${mki.length}` : '';
  return {
    suite, key: bytes.subarray(0, key), salt: bytes.subarray(key), mki: mki ?? Buffer.alloc(0),
    line: (tag) => `${tag} ${suite} inline:${bytes.toString('base64')}${behind}`,
  };
}

/** A random key; `mki`: the bytes of its identifier. */
export const makeKey = (suite, { mki } = {}) => keyOf(suite, crypto.randomBytes(SUITES[suite].key + SUITES[suite].salt), mki);

/** The key in the value of an a=crypto. */
export function readKey(value) {
  const [, suite, text, id, length] = /^\d+ (\S+) inline:([^|\s]+)(?:\|2\^\d+)?(?:\|(\d+):(\d+))?/.exec(value);
  let mki;
  if (length) {
    mki = Buffer.alloc(Number(length));
    mki.writeUIntBE(Number(id), 0, mki.length);
  }
  return keyOf(suite, Buffer.from(text, 'base64'), mki);
}

const xor = (a, b) => Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));

function counter(key, block, data) {
  const cipher = crypto.createCipheriv(`aes-${8 * key.length}-ctr`, key, block);
  return cipher.update(data);
}

function derive({ key, salt }, label, bytes) {
  const block = Buffer.concat([salt, Buffer.alloc(16 - salt.length)]);
  block[7] ^= label;
  return counter(key, block, Buffer.alloc(bytes));
}

const headerBytes = (bytes) => {
  const at = 12 + 4 * (bytes[0] & 15);
  return bytes[0] & 0x10 ? at + 4 + 4 * bytes.readUInt16BE(at + 2) : at;
};

const word = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

export class Srtp {
  constructor(keys) {
    const { suite, mki } = keys;
    const row = SUITES[suite];
    const session = (label) => ({
      key: derive(keys, label, row.key), auth: derive(keys, label + 1, 20), salt: derive(keys, label + 2, row.salt),
    });
    Object.assign(this, { row, mki, rtp: session(0), rtcp: session(3), rollOver: new Map(), rtcpIndex: 0 });
  }

  /** The roll-over counter of the packet; the nearest to the last one. */
  #rollOver(bytes) {
    const ssrc = bytes.readUInt32BE(8), sequence = bytes.readUInt16BE(2);
    const last = this.rollOver.get(ssrc);
    if (!last) {
      this.rollOver.set(ssrc, { sequence, turns: 0 });
      return 0;
    }
    const ahead = (sequence - last.sequence + 0x10000) % 0x10000;
    const isAhead = ahead < 0x8000;
    let { turns } = last;
    if (isAhead && sequence < last.sequence) turns++;
    if (!isAhead && sequence > last.sequence) turns--;
    if (isAhead) this.rollOver.set(ssrc, { sequence, turns });
    return turns;
  }

  /** `index`: 6 bytes. */
  #crypt({ key, salt }, ssrc, index, data) {
    const where = Buffer.concat([Buffer.alloc(4), ssrc, index, Buffer.alloc(2)]);
    return counter(key, xor(Buffer.concat([salt, Buffer.alloc(2)]), where), data);
  }

  #nonce({ salt }, ssrc, index) {
    return xor(salt, Buffer.concat([Buffer.alloc(2), ssrc, index]));
  }

  #seal(session, ssrc, index, added, data) {
    const cipher = crypto.createCipheriv(`aes-${8 * session.key.length}-gcm`, session.key, this.#nonce(session, ssrc, index));
    cipher.setAAD(added);
    return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
  }

  #unseal(session, ssrc, index, added, data) {
    const name = `aes-${8 * session.key.length}-gcm`;
    const cipher = crypto.createDecipheriv(name, session.key, this.#nonce(session, ssrc, index));
    cipher.setAAD(added);
    cipher.setAuthTag(data.subarray(data.length - 16));
    try {
      return Buffer.concat([cipher.update(data.subarray(0, data.length - 16)), cipher.final()]);
    } catch {
      return null;
    }
  }

  #tag({ auth }, bytes, length) {
    return crypto.createHmac('sha1', auth).update(bytes).digest().subarray(0, length);
  }

  protect(bytes) {
    const at = headerBytes(bytes), header = bytes.subarray(0, at), ssrc = bytes.subarray(8, 12);
    const turns = word(this.#rollOver(bytes)), index = Buffer.concat([turns, bytes.subarray(2, 4)]);
    if (this.row.gcm) return Buffer.concat([header, this.#seal(this.rtp, ssrc, index, header, bytes.subarray(at)), this.mki]);
    const sealed = Buffer.concat([header, this.#crypt(this.rtp, ssrc, index, bytes.subarray(at))]);
    return Buffer.concat([sealed, this.mki, this.#tag(this.rtp, Buffer.concat([sealed, turns]), this.row.tag)]);
  }

  open(bytes) {
    const at = headerBytes(bytes), header = bytes.subarray(0, at), ssrc = bytes.subarray(8, 12);
    const { tag, gcm } = this.row;
    if (bytes.length < at + tag + this.mki.length) return null;
    const turns = word(this.#rollOver(bytes)), index = Buffer.concat([turns, bytes.subarray(2, 4)]);
    if (gcm) {
      const clear = this.#unseal(this.rtp, ssrc, index, header, bytes.subarray(at, bytes.length - this.mki.length));
      return clear && Buffer.concat([header, clear]);
    }
    const sealed = bytes.subarray(0, bytes.length - tag - this.mki.length);
    const right = this.#tag(this.rtp, Buffer.concat([sealed, turns]), tag);
    if (!right.equals(bytes.subarray(bytes.length - tag))) return null;
    return Buffer.concat([header, this.#crypt(this.rtp, ssrc, index, sealed.subarray(at))]);
  }

  protectRtcp(bytes) {
    const header = bytes.subarray(0, 8), ssrc = bytes.subarray(4, 8), number = this.rtcpIndex++;
    const last = word(0x80000000 + number), index = Buffer.concat([Buffer.alloc(2), word(number)]);
    if (this.row.gcm) {
      const sealed = this.#seal(this.rtcp, ssrc, index, Buffer.concat([header, last]), bytes.subarray(8));
      return Buffer.concat([header, sealed, last, this.mki]);
    }
    const sealed = Buffer.concat([header, this.#crypt(this.rtcp, ssrc, index, bytes.subarray(8)), last]);
    return Buffer.concat([sealed, this.mki, this.#tag(this.rtcp, sealed, this.row.rtcpTag)]);
  }

  openRtcp(bytes) {
    const header = bytes.subarray(0, 8), ssrc = bytes.subarray(4, 8), { rtcpTag, gcm } = this.row;
    const end = bytes.length - this.mki.length - (gcm ? 0 : rtcpTag);
    if (end < 12) return null;
    const last = bytes.subarray(end - 4, end), number = last.readUInt32BE(0) & 0x7fffffff;
    const index = Buffer.concat([Buffer.alloc(2), word(number)]);
    if (gcm) {
      const clear = this.#unseal(this.rtcp, ssrc, index, Buffer.concat([header, last]), bytes.subarray(8, end - 4));
      return clear && Buffer.concat([header, clear]);
    }
    const right = this.#tag(this.rtcp, bytes.subarray(0, end), rtcpTag);
    if (!right.equals(bytes.subarray(bytes.length - rtcpTag))) return null;
    return Buffer.concat([header, this.#crypt(this.rtcp, ssrc, index, bytes.subarray(8, end - 4))]);
  }
}
