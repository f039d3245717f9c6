/*
 * rtcp.mjs - RTCP compounds, written and read (RFC 3550 section 6).
 *
 *   const bytes = compound(senderReport({ ssrc, ... }), sdes({ ssrc, cname: 'me@here' }), bye({ ssrc }));
 *   for (const part of parseCompound(bytes)) ...   { kind: 'SR' | 'RR' | 'SDES' | 'BYE' | 'APP' | number, ... }
 *
 * parseCompound() is strict: it throws where a packet does not keep the rules.
 */

const KINDS = { 200: 'SR', 201: 'RR', 202: 'SDES', 203: 'BYE', 204: 'APP' };
const NTP_EPOCH = 2208988800;

/** Now as NTP time: [seconds, fraction]. */
export function ntpNow(now = Date.now()) {
  return [Math.floor(now / 1000) + NTP_EPOCH, Math.floor(((now % 1000) / 1000) * 2 ** 32)];
}

function part(type, count, body) {
  const header = Buffer.alloc(4);
  header[0] = 0x80 | count;
  header[1] = type;
  header.writeUInt16BE(body.length / 4, 2);
  return Buffer.concat([header, body]);
}

function block({ ssrc, fraction = 0, lost = 0, sequence = 0, jitter = 0, lsr = 0, dlsr = 0 }) {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32BE(ssrc >>> 0, 0);
  bytes.writeUInt32BE((((fraction & 0xff) << 24) | (lost & 0xffffff)) >>> 0, 4);
  [sequence, jitter, lsr, dlsr].forEach((value, i) => bytes.writeUInt32BE(value >>> 0, 8 + 4 * i));
  return bytes;
}

export function senderReport({ ssrc, ntp = ntpNow(), timestamp = 0, packets = 0, octets = 0, reports = [] }) {
  const bytes = Buffer.alloc(24);
  [ssrc, ntp[0], ntp[1], timestamp, packets, octets].forEach((value, i) => bytes.writeUInt32BE(value >>> 0, 4 * i));
  return part(200, reports.length, Buffer.concat([bytes, ...reports.map(block)]));
}

export function receiverReport({ ssrc, reports = [] }) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(ssrc >>> 0, 0);
  return part(201, reports.length, Buffer.concat([bytes, ...reports.map(block)]));
}

export function sdes({ ssrc, cname }) {
  const name = Buffer.from(cname);
  const length = 4 + 2 + name.length + 1;
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  bytes.writeUInt32BE(ssrc >>> 0, 0);
  bytes[4] = 1;
  bytes[5] = name.length;
  name.copy(bytes, 6);
  return part(202, 1, bytes);
}

export function bye({ ssrc }) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(ssrc >>> 0, 0);
  return part(203, 1, bytes);
}

export const compound = (...parts) => Buffer.concat(parts);

function readBlock(bytes, at) {
  return {
    ssrc: bytes.readUInt32BE(at), fraction: bytes[at + 4], lost: bytes.readIntBE(at + 5, 3),
    sequence: bytes.readUInt32BE(at + 8), jitter: bytes.readUInt32BE(at + 12),
    lsr: bytes.readUInt32BE(at + 16), dlsr: bytes.readUInt32BE(at + 20),
  };
}

function readBlocks(body, at, count) {
  return Array.from({ length: count }, (_, i) => readBlock(body, at + 24 * i));
}

function readSdes(body, count) {
  const chunks = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const chunk = { ssrc: body.readUInt32BE(at), items: {} };
    for (at += 4; body[at] !== 0; at += 2 + body[at + 1])
      chunk.items[body[at]] = body.toString('utf8', at + 2, at + 2 + body[at + 1]);
    at = (Math.floor(at / 4) + 1) * 4;
    chunks.push(chunk);
  }
  return { ssrc: chunks[0]?.ssrc, cname: chunks[0]?.items[1], chunks };
}

const READERS = {
  SR: (body, count) => ({
    ssrc: body.readUInt32BE(0), ntp: [body.readUInt32BE(4), body.readUInt32BE(8)],
    timestamp: body.readUInt32BE(12), packets: body.readUInt32BE(16), octets: body.readUInt32BE(20),
    reports: readBlocks(body, 24, count),
  }),
  RR: (body, count) => ({ ssrc: body.readUInt32BE(0), reports: readBlocks(body, 4, count) }),
  SDES: readSdes,
  BYE: (body, count) => ({ ssrcs: Array.from({ length: count }, (_, i) => body.readUInt32BE(4 * i)) }),
  APP: (body) => ({ ssrc: body.readUInt32BE(0), name: body.toString('latin1', 4, 8) }),
};

export function parseCompound(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] >> 6 !== 2) throw new Error('RTCP: wrong version');
    const length = 4 + 4 * bytes.readUInt16BE(at + 2);
    if (at + length > bytes.length) throw new Error('RTCP: a packet longer than its datagram');
    const kind = KINDS[bytes[at + 1]] ?? bytes[at + 1];
    const body = bytes.subarray(at + 4, at + length);
    parts.push({ kind, ...READERS[kind]?.(body, bytes[at] & 0x1f) });
    at += length;
  }
  if (!['SR', 'RR'].includes(parts[0]?.kind)) throw new Error('RTCP: a compound begins with SR or RR');
  return parts;
}
