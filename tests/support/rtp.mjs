/*
 * rtp.mjs - an RTP endpoint that does what it is told, also what no phone does.
 *
 *   const rtp = await RtpEndpoint.open({ t, ip: '127.0.0.1' });       rtp.port, RTCP on rtp.port + 1
 *   rtp.remote = { ip, port, rtcpPort };                               where to send
 *   rtp.sendTone({ hz: 440, codec: 'PCMU', ptime: 20, fate: (n) => n % 50 === 0 ? [] : [0] });
 *   rtp.sendFrames({ make: (n) => payload, type: 111, samples: 960 });  any codec: a payload per packet
 *   rtp.stopTone();
 *   await rtp.sendDigits('12#', { fate });                             RFC 4733
 *   rtp.startReports({ every: 500 });                                  SR/RR + SDES
 *   const mark = rtp.mark();
 *   const { samples, rate } = await rtp.listen(mark, 2);               2 s, heard after the mark
 *   rtp.packets   rtp.reports                                          all that came, parsed
 *   rtp.srtp = { out, in };                                            encrypted from now on (srtp.mjs); sendWire() is not
 *   rtp.send(rtpPacket({ ...rtp.next(), version: 1, payload }));       one packet, as odd as you like
 *
 * fate(n) says when packet n goes out, as numbers of packets later: [0] now, [] never (lost), [0, 0]
 * twice, [2] after two others (reordered).
 */
import dgram from 'node:dgram';
import { atEnd } from './cleanup.mjs';
import { decode, encode } from './g711.mjs';
import { freePort } from './ports.mjs';
import * as rtcp from './rtcp.mjs';
import { sine } from './tone.mjs';
import { DEFAULT_TIMEOUT, until } from './wait.mjs';

const RATE = 8000;
const TYPES = { PCMU: 0, PCMA: 8 };
const NAMES = { 0: 'PCMU', 8: 'PCMA' };
const DIGITS = '0123456789*#ABCD';
const MAX_GAP = 60 * RATE;
const MIDDLE = (ntp) => (((ntp[0] & 0xffff) << 16) | (ntp[1] >>> 16)) >>> 0;

const random = (bits) => Math.floor(Math.random() * 2 ** bits);
const now = () => performance.now();

/** The bytes of a packet; every field may be wrong. `extension`: { profile, words, data }. */
export function rtpPacket({
  version = 2, padding = 0, marker = false, type = 0, sequence = 0, timestamp = 0, ssrc = 0,
  csrc = [], csrcCount = csrc.length, extension, payload = Buffer.alloc(0),
}) {
  const header = Buffer.alloc(12 + 4 * csrc.length);
  header[0] = (version << 6) | (padding ? 0x20 : 0) | (extension ? 0x10 : 0) | csrcCount;
  header[1] = (marker ? 0x80 : 0) | type;
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc >>> 0, 8);
  csrc.forEach((id, i) => header.writeUInt32BE(id >>> 0, 12 + 4 * i));
  const parts = [header];
  if (extension) {
    const { profile = 0xbede, data = Buffer.alloc(0), words = data.length / 4 } = extension;
    const head = Buffer.alloc(4);
    head.writeUInt16BE(profile, 0);
    head.writeUInt16BE(words, 2);
    parts.push(head, data);
  }
  parts.push(payload);
  if (padding) parts.push(Buffer.alloc(padding, padding));
  return Buffer.concat(parts);
}

/** What is in a packet, or null if it is none. */
export function parseRtp(bytes) {
  if (bytes.length < 12 || bytes[0] >> 6 !== 2) return null;
  let at = 12 + 4 * (bytes[0] & 0x0f);
  let extension = null;
  if (bytes[0] & 0x10) {
    const length = 4 * bytes.readUInt16BE(at + 2);
    extension = { profile: bytes.readUInt16BE(at), data: bytes.subarray(at + 4, at + 4 + length) };
    at += 4 + length;
  }
  const end = bytes.length - (bytes[0] & 0x20 ? bytes[bytes.length - 1] : 0);
  return {
    marker: Boolean(bytes[1] & 0x80), type: bytes[1] & 0x7f, sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4), ssrc: bytes.readUInt32BE(8),
    csrc: Array.from({ length: bytes[0] & 0x0f }, (_, i) => bytes.readUInt32BE(12 + 4 * i)),
    extension, headerBytes: at, payload: bytes.subarray(at, end),
  };
}

/** RTCP on a muxed port: packet types 192-223 (RFC 5761 section 4). */
const isRtcp = (bytes) => bytes.length >= 8 && bytes[1] >= 192 && bytes[1] <= 223;

function bind(ip, port) {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket({ type: ip.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 });
    socket.once('error', reject);
    socket.bind({ port, address: ip, exclusive: true }, () => {
      socket.removeListener('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

export class RtpEndpoint {
  static async open({ t, ip = '127.0.0.1', cname = 'endpoint@test', port } = {}) {
    const endpoint = new RtpEndpoint();
    endpoint.port = port ?? (await freePort(2));
    endpoint.sockets = [await bind(ip, endpoint.port), await bind(ip, endpoint.port + 1)];
    endpoint.sockets[0].on('message', (bytes, from) => endpoint.#onRtp(bytes, from));
    endpoint.sockets[1].on('message', (bytes, from) => endpoint.#onRtcp(bytes, from));
    Object.assign(endpoint, {
      ip, cname, ssrc: random(32), sequence: random(16), timestamp: random(32), remote: null, rtcpMux: false,
      packets: [], reports: [], malformed: [], unopened: [], srtp: null, sent: 0, sentOctets: 0, timers: new Set(),
    });
    atEnd(t, () => endpoint.close());
    return endpoint;
  }

  get rtcpPort() {
    return this.rtcpMux ? this.port : this.port + 1;
  }

  #onRtp(bytes, from) {
    if (isRtcp(bytes)) {
      this.#onRtcp(bytes, from, true);
      return;
    }
    const clear = this.srtp ? this.srtp.in.open(bytes) : bytes;
    const packet = clear && parseRtp(clear);
    if (packet) this.packets.push({ ...packet, from, at: now(), wire: bytes });
    else (clear ? this.malformed : this.unopened).push(bytes);
  }

  #onRtcp(bytes, from, isMuxed = false) {
    const clear = this.srtp ? this.srtp.in.openRtcp(bytes) : bytes;
    if (!clear) {
      this.unopened.push(bytes);
      return;
    }
    try {
      const parts = rtcp.parseCompound(clear);
      this.reports.push({ parts, from, isMuxed, at: now() });
    } catch (error) {
      this.malformed.push(bytes);
    }
  }

  /** Sends bytes to the remote RTP port, or wherever `to` says. */
  send(bytes, to = this.remote) {
    this.sendWire(this.srtp ? this.srtp.out.protect(bytes) : bytes, to);
  }

  /** The bytes as they are, encrypted or not. */
  sendWire(bytes, to = this.remote) {
    if (to) this.sockets[0].send(bytes, to.port, to.ip);
  }

  /** Sends bytes as RTCP: from the RTP port if muxed. */
  sendRtcp(bytes, to = this.remote) {
    if (!to) return;
    const wire = this.srtp ? this.srtp.out.protectRtcp(bytes) : bytes;
    if (this.rtcpMux) this.sockets[0].send(wire, to.port, to.ip);
    else this.sockets[1].send(wire, to.rtcpPort ?? to.port + 1, to.ip);
  }

  /** Header fields of the next packet; `samples`: what it advances the clock by. */
  next(samples = 160) {
    const fields = { sequence: this.sequence, timestamp: this.timestamp, ssrc: this.ssrc };
    this.sequence = (this.sequence + 1) & 0xffff;
    this.timestamp = (this.timestamp + samples) >>> 0;
    return fields;
  }

  #every(ms, step) {
    const timer = setInterval(step, ms);
    this.timers.add(timer);
    return () => {
      clearInterval(timer);
      this.timers.delete(timer);
    };
  }

  /**
   * Sends a tone, packet after packet by the clock. `mutate(fields, n)` may change a packet before
   * it is written. Replaces a tone that is being sent; a new talkspurt begins with the marker.
   */
  sendTone({ hz, codec = 'PCMU', type = TYPES[codec], ptime = 20, amplitude, ...options } = {}) {
    const wave = encode(codec, sine({ hz, rate: RATE, seconds: 1, amplitude }));
    const twice = Buffer.concat([wave, wave]);
    const samples = (RATE / 1000) * ptime;
    const make = (n) => twice.subarray((n * samples) % RATE, ((n * samples) % RATE) + samples);
    this.sendFrames({ make, type, ptime, samples, ...options });
  }

  /** Sends what `make(n)` gives, every `ptime` ms; `samples`: what a packet advances the RTP clock by.
   *  mutate may give null: that packet is not sent, and its time passes (a pause). */
  sendFrames({ make, type, ptime = 20, samples = (RATE / 1000) * ptime, fate = () => [0], mutate = (f) => f }) {
    this.stopTone();
    const later = new Map();
    const start = now();
    let n = 0;
    const step = () => {
      for (; start + n * ptime <= now(); n++) {
        const fields = mutate({ ...this.next(samples), type, marker: n === 0, payload: make(n) }, n);
        for (const delay of fields ? fate(n) : []) later.set(n + delay, [...(later.get(n + delay) ?? []), fields]);
        for (const due of later.get(n) ?? []) this.#sendCounted(due);
        later.delete(n);
      }
    };
    this.cancelTone = this.#every(5, step);
    step();
  }

  #sendCounted(fields) {
    this.sent += 1;
    this.sentOctets += fields.payload.length;
    this.send(rtpPacket(fields));
  }

  stopTone() {
    this.cancelTone?.();
    this.cancelTone = null;
  }

  /** One digit as RFC 4733 wants it: updates every 20 ms, the end three times; paused tone goes on. */
  async sendDigit(digit, { type = 101, ms = 100, fate = () => [0] } = {}) {
    const event = DIGITS.indexOf(digit);
    if (event < 0) throw new Error(`no digit: ${digit}`);
    const timestamp = this.timestamp;
    const updates = Math.max(1, Math.round(ms / 20));
    for (let n = 0; n < updates + 2; n++) {
      const isEnd = n >= updates - 1;
      const duration = Math.min(n + 1, updates) * 160;
      const payload = Buffer.from([event, (isEnd ? 0x80 : 0) | 10, duration >> 8, duration & 0xff]);
      const { sequence, ssrc } = this.next();
      const bytes = rtpPacket({ sequence, ssrc, timestamp, type, marker: n === 0, payload });
      for (let i = 0; i < fate(n).length; i++) this.send(bytes);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async sendDigits(digits, { pause = 60, ...options } = {}) {
    for (const digit of digits) {
      await this.sendDigit(digit, options);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** A report block about what we receive; `claim` overrides its fields. */
  #blocks(claim) {
    const last = this.packets.at(-1);
    if (!last) return [];
    const reports = this.reports.flatMap(({ parts, at }) => parts.map((part) => ({ ...part, at })));
    const sr = reports.filter((part) => part.kind === 'SR').at(-1);
    const lsr = sr ? MIDDLE(sr.ntp) : 0;
    const dlsr = sr ? Math.round(((now() - sr.at) / 1000) * 65536) : 0;
    return [{ ssrc: last.ssrc, sequence: last.sequence, lsr, dlsr, ...claim }];
  }

  sendReport({ claim = {}, more = [] } = {}) {
    const { ssrc, cname } = this;
    const reports = this.#blocks(claim);
    const head = this.sent
      ? rtcp.senderReport({ ssrc, timestamp: this.timestamp, packets: this.sent, octets: this.sentOctets, reports })
      : rtcp.receiverReport({ ssrc, reports });
    this.sendRtcp(rtcp.compound(head, rtcp.sdes({ ssrc, cname }), ...more));
  }

  startReports({ every = 500, claim } = {}) {
    this.stopReports?.();
    this.stopReports = this.#every(every, () => this.sendReport({ claim }));
  }

  /** All RTCP packets of a kind that came, newest last. */
  reportsOf(kind) {
    return this.reports.flatMap(({ parts }) => parts.filter((part) => part.kind === kind));
  }

  /** A place in what is received: now. */
  mark() {
    return this.packets.length;
  }

  /** The bytes of a RED payload (RFC 2198): `before`, lists of { payload, offset }, oldest first. */
  static redundant(type, before, payload) {
    const heads = before.map(({ offset, payload: { length } }) => {
      const head = Buffer.alloc(4);
      head.writeUInt32BE((((0x80 | type) << 24) | (offset << 10) | length) >>> 0, 0);
      return head;
    });
    return Buffer.concat([...heads, Buffer.from([type]), ...before.map((block) => block.payload), payload]);
  }

  /** Audio of the packets after `mark`, each at its time stamp's place; what is missing is silence. */
  heard(mark = 0) {
    const packets = this.packets.slice(mark).filter(({ type }) => NAMES[type]);
    if (!packets.length) return { rate: RATE, samples: new Int16Array(0) };
    const { timestamp: origin, ssrc } = packets[0];
    const placed = packets.filter((packet) => packet.ssrc === ssrc)
      .map((packet) => ({ at: (packet.timestamp - origin) | 0, pcm: decode(NAMES[packet.type], packet.payload) }))
      .filter(({ at }) => at >= 0 && at < MAX_GAP);
    const samples = new Int16Array(Math.max(...placed.map(({ at, pcm }) => at + pcm.length)));
    for (const { at, pcm } of placed) samples.set(pcm, at);
    return { rate: RATE, samples };
  }

  heardAfter(mark) {
    return this.heard(mark);
  }

  /** Waits until `seconds` were heard after `mark` (or now) and gives them. */
  async listen(mark = this.mark(), seconds = 2, { timeout = DEFAULT_TIMEOUT } = {}) {
    const heard = await until(() => {
      const { samples } = this.heard(mark);
      return samples.length >= seconds * RATE && samples;
    }, { timeout: seconds * 1000 + timeout, every: 50, what: `${seconds} s of audio at ${this.ip}:${this.port}` });
    return { rate: RATE, samples: heard.subarray(0, seconds * RATE) };
  }

  /** Digits received as RFC 4733 events: one per time stamp. */
  digits({ type = 101, from = 0 } = {}) {
    const seen = new Map();
    for (const { type: is, timestamp, payload } of this.packets.slice(from))
      if (is === type && payload.length >= 4) seen.set(timestamp, DIGITS[payload[0]]);
    return [...seen.values()].join('');
  }

  close() {
    for (const timer of this.timers) clearInterval(timer);
    this.timers.clear();
    if (!this.isClosed) this.sockets.forEach((socket) => socket.close());
    this.isClosed = true;
  }
}
