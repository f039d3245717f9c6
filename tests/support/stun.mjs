/*
 * stun.mjs - ICE's checks, as a browser would send them, and keep-alives of phones (RFC 8445, RFC 8489, RFC 5626).
 *
 *   const request = bindingRequest({ username: 'THEIRS:OURS', password, nominate: true });
 *   socket.send(request, port, host);
 *   keepAlive({ type: 0x0011 });         without credentials; this type is an indication, 1 (default) a request
 *   keepAlive({ classic: true });        of RFC 3489: the transaction has 16 bytes, and there is no cookie
 *   const answer = readStun(bytes);      { kind: 'success' | 'error' | ..., code, transaction, mapped, isAuthentic(password) }; null: no STUN
 */
import crypto from 'node:crypto';

const COOKIE = 0x2112a442, FINGERPRINT_XOR = 0x5354554e;
const USERNAME = 0x0006, MAPPED = 0x0020, INTEGRITY = 0x0008, ERROR = 0x0009, PRIORITY = 0x0024, USE_CANDIDATE = 0x0025, FINGERPRINT = 0x8028, CONTROLLED = 0x8029, CONTROLLING = 0x802a;
const KINDS = { 0x0001: 'request', 0x0101: 'success', 0x0111: 'error', 0x0011: 'indication' };

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});
const crc32 = (bytes) => ~bytes.reduce((crc, byte) => CRC[(crc ^ byte) & 0xff] ^ (crc >>> 8), 0xffffffff) >>> 0;

function attribute(type, value) {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}

/** The message with its length as if `more` bytes followed. */
function withLength(bytes, more) {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(bytes.length - 20 + more, 2);
  return copy;
}

const integrity = (bytes, password) => crypto.createHmac('sha1', password).update(withLength(bytes, 24)).digest();

function uint32(...values) {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32BE(value >>> 0, 4 * i));
  return bytes;
}

/** `password` null: without MESSAGE-INTEGRITY; `controlled`: the wrong role towards a lite agent; `more`: attributes, [type, bytes], protected. */
export function bindingRequest({ username, password, nominate = false, transaction = crypto.randomBytes(12), controlled = false, more = [] }) {
  const head = Buffer.concat([Buffer.from([0, 1, 0, 0]), uint32(COOKIE), transaction]);
  let message = Buffer.concat([
    head, attribute(USERNAME, Buffer.from(username)), attribute(PRIORITY, uint32(0x6e0001ff)),
    attribute(controlled ? CONTROLLED : CONTROLLING, crypto.randomBytes(8)),
    ...(nominate ? [attribute(USE_CANDIDATE, Buffer.alloc(0))] : []), ...more.map(([type, bytes]) => attribute(type, bytes)),
  ]);
  if (password !== null) message = Buffer.concat([message, attribute(INTEGRITY, integrity(message, password))]);
  message = withLength(message, 8);
  return Buffer.concat([message, attribute(FINGERPRINT, uint32(crc32(message) ^ FINGERPRINT_XOR))]);
}

export function keepAlive({ type = 1, classic = false, transaction = crypto.randomBytes(classic ? 16 : 12), more = [] } = {}) {
  const head = Buffer.concat([Buffer.from([type >> 8, type & 0xff, 0, 0]), ...(classic ? [] : [uint32(COOKIE)]), transaction]);
  return withLength(Buffer.concat([head, ...more.map(([of, bytes]) => attribute(of, bytes))]), 0);
}

/** "192.0.2.1:5060" of an XOR-MAPPED-ADDRESS of IPv4. */
function addressOf(value) {
  const address = (value.readUInt32BE(4) ^ COOKIE) >>> 0;
  return `${[24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')}:${value.readUInt16BE(2) ^ (COOKIE >>> 16)}`;
}

export function readStun(bytes) {
  if (bytes.length < 20 || bytes[0] > 3 || bytes.readUInt32BE(4) !== COOKIE) return null;
  const at = {};
  for (let i = 20; i + 4 <= bytes.length;) {
    const length = bytes.readUInt16BE(i + 2);
    at[bytes.readUInt16BE(i)] = { start: i, value: bytes.subarray(i + 4, i + 4 + length) };
    i += 4 + length + (-length & 3);
  }
  const error = at[ERROR]?.value;
  return {
    kind: KINDS[bytes.readUInt16BE(0)], transaction: bytes.subarray(8, 20), code: error ? error[2] * 100 + error[3] : 0,
    mapped: at[MAPPED] ? addressOf(at[MAPPED].value) : null,
    isAuthentic: (password) => at[INTEGRITY] !== undefined && integrity(bytes.subarray(0, at[INTEGRITY].start), password).equals(at[INTEGRITY].value),
  };
}
