/*
 * wire.mjs - what goes over the loopback, as somebody on the way sees it: tshark captures it.
 *
 *   const wire = await Wire.tap(t, server);            all UDP of the server's media ports, from now on
 *   const mark = wire.mark(), isToIt = ({ to }) => to === phone.port;
 *   wire.heard(isToIt, mark)                         { rate, samples }: its RTP, read as G.711 that is not encrypted
 *   wire.having('raduno-', isToIt, mark)             packets that have this text
 *
 * Capturing takes a right (CAP_NET_RAW: root, or the group wireshark after dpkg-reconfigure wireshark-common). Where it
 * is missing, tap() fails and says so: a test that saw nothing has shown nothing.
 */
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { atEnd } from './cleanup.mjs';
import { decode } from './g711.mjs';
import { fatal, until } from './wait.mjs';

const TYPES = { 0: 'PCMU', 8: 'PCMA' };
const SAMPLES = 160;

export class Wire {
  static async tap(t, server) {
    const ports = server.set['media.ports'];
    const wire = new Wire();
    wire.packets = [];
    const child = spawn('tshark', ['-i', 'lo', '-n', '-l', '-Q', '-f', `udp portrange ${ports}`, '-T', 'fields', '-e', 'udp.srcport', '-e', 'udp.dstport', '-e', 'udp.payload'],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    let rest = '', words = '', ended = null;
    child.stdout.on('data', (bytes) => {
      const lines = (rest + bytes).split('\n');
      rest = lines.pop();
      for (const line of lines) wire.#take(line);
    });
    child.stderr.on('data', (bytes) => (words += bytes));
    child.once('error', (error) => (ended = error.message));
    child.once('exit', (code) => (ended ??= `code ${code}`));
    atEnd(t, () => child.kill('SIGINT'));
    await wire.#prove(t, Number(ports.split('-')[1]), () => ended && `tshark cannot capture on lo (${ended}; it takes root or CAP_NET_RAW): ${words}`);
    return wire;
  }

  #take(line) {
    const [from, to, hex] = line.split('\t');
    if (hex) this.packets.push({ from: Number(from), to: Number(to), bytes: Buffer.from(hex.replaceAll(':', ''), 'hex') });
  }

  /** A packet of ours is seen: from now on all are. To the last port, which nobody has yet. */
  async #prove(t, port, fails) {
    const socket = dgram.createSocket('udp4');
    atEnd(t, () => socket.close());
    await until(() => {
      if (fails()) throw fatal(fails());
      socket.send('is anybody listening?', port, '127.0.0.1');
      return this.packets.length > 0;
    }, { every: 100, timeout: 20000, what: 'tshark sees what is sent' });
  }

  mark() {
    return this.packets.length;
  }

  /** RTP of G.711 after `mark` that fits, by its header: ({ from, to, bytes }) => ... */
  rtp(fits, mark = 0) {
    return this.packets.slice(mark).filter((p) => fits(p) && p.bytes.length >= 12 + SAMPLES && p.bytes[0] === 0x80 && TYPES[p.bytes[1] & 0x7f]);
  }

  /** The last `seconds` of it, as if it were plain. */
  heard(fits, mark, { seconds = 2 } = {}) {
    const parts = this.rtp(fits, mark).slice(-50 * seconds).map(({ bytes }) => decode(TYPES[bytes[1] & 0x7f], bytes.subarray(12, 12 + SAMPLES)));
    return { rate: 8000, samples: Int16Array.from(parts.flatMap((samples) => [...samples])) };
  }

  /** Packets after `mark` that fit and have this text. */
  having(text, fits, mark = 0) {
    return this.packets.slice(mark).filter((p) => fits(p) && p.bytes.includes(text));
  }
}
