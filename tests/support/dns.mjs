/*
 * dns.mjs - a name server for a server under test, which asks it instead of the machine's.
 *
 *   const dns = await NameServer.open({ t, a: { 'one.example': '127.0.0.1' } });
 *   const server = await startServer({ t, env: { ...dns.env } });
 *
 * `a`: addresses by name; `srv`: { port, target, priority, weight }, or a list of them, by name ("_sips._tcp.one.example"); `naptr`: lists
 * of { order, preference, flags, service, replacement }. What is in none of them does not exist; names in the set `mute` are never answered.
 * A real one is nsd.mjs.
 * dns.asked    "A one.example", ... in the order in which it came
 */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './cleanup.mjs';

const PRELOADED = fileURLToPath(new URL('../../build/resolv_conf.so', import.meta.url));
const TYPES = { A: 1, AAAA: 28, SRV: 33, NAPTR: 35 };
const TTL_S = 60;

const labels = (name) => Buffer.concat([...name.split('.').map((part) => Buffer.from([part.length, ...Buffer.from(part)])), Buffer.from([0])]);
const text = (string) => Buffer.from([string.length, ...Buffer.from(string)]);
const u16 = (...numbers) => Buffer.concat(numbers.map((number) => Buffer.from([number >> 8, number & 255])));

/** { name, type, bytes } of the first question. */
function question(message) {
  const parts = [];
  let at = 12;
  for (; message[at]; at += 1 + message[at]) parts.push(message.toString('latin1', at + 1, at + 1 + message[at]));
  return { name: parts.join('.').toLowerCase(), type: Object.keys(TYPES).find((type) => TYPES[type] === message.readUInt16BE(at + 1)), bytes: message.subarray(12, at + 5) };
}

/** The environment of a server that asks the name server on this port of 127.0.0.1. */
export function asking(t, port) {
  assert.ok(fs.existsSync(PRELOADED), `${PRELOADED} is not built`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-dns-'));
  const file = path.join(folder, 'resolv.conf');
  fs.writeFileSync(file, `port ${port}\nnameserver 127.0.0.1\n`);
  atEnd(t, () => fs.rmSync(folder, { recursive: true }));
  /* with a sanitizer, too, which would rather be the first to be loaded */
  return { RESOLV_CONF: file, LD_PRELOAD: PRELOADED, ASAN_OPTIONS: 'verify_asan_link_order=0' };
}

export class NameServer {
  static async open({ t, a = {}, srv = {}, naptr = {} }) {
    const dns = Object.assign(new NameServer(), { a, srv, naptr, mute: new Set(), asked: [], socket: dgram.createSocket('udp4') });
    await new Promise((resolve) => dns.socket.bind(0, '127.0.0.1', resolve));
    dns.socket.on('message', (message, from) => {
      const answer = dns.#answer(message);
      if (answer) dns.socket.send(answer, from.port, from.address);
    });
    dns.env = asking(t, dns.socket.address().port);
    atEnd(t, () => dns.socket.close());
    return dns;
  }

  /** What is known of that, as it is written in records. */
  #data(type, name) {
    const { a: { [name]: address }, srv: { [name]: services }, naptr: { [name]: ways } } = this;
    if (type === 'A' && address) return [Buffer.from(address.split('.').map(Number))];
    if (type === 'SRV' && services)
      return [services].flat().map(({ port, target, priority = 1, weight = 1 }) => Buffer.concat([u16(priority, weight, port), labels(target)]));
    if (type === 'NAPTR' && ways)
      return ways.map(({ order = 1, preference = 1, flags = 's', service, replacement }) =>
        Buffer.concat([u16(order, preference), text(flags), text(service), text(''), labels(replacement)]));
    return [];
  }

  #answer(message) {
    const { name, type, bytes } = question(message);
    this.asked.push(`${type} ${name}`);
    if (this.mute.has(name)) return null;
    const data = this.#data(type, name);
    const exists = ['A', 'SRV', 'NAPTR'].some((each) => this.#data(each, name).length);
    const head = Buffer.concat([message.subarray(0, 2), u16(exists ? 0x8580 : 0x8583, 1, data.length, 0, 0), bytes]);
    return Buffer.concat([head, ...data.flatMap((one) => [u16(0xc00c, TYPES[type], 1, 0, TTL_S, one.length), one])]);
  }
}
