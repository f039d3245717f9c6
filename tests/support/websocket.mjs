/*
 * websocket.mjs - a WebSocket client made of bytes, so that it can be as wrong as a test wants.
 *
 *   const socket = await WebSocketClient.connect({ t, port });        opened, with subprotocol sip; localAddress, localPort: from there
 *   socket.text('REGISTER ...');  socket.send(frame({ opcode: 9 }));  any frame, any bytes
 *   const { opcode, body } = await socket.next();                     the next frame that comes
 *   socket.onMessage = (bytes) => ...                                 messages go there instead
 *   await socket.closed()                                             the code of its Close, or null
 *   const answer = await httpAnswer({ port, head });                  what a handshake is answered with
 */
import net from 'node:net';
import tls from 'node:tls';
import { createHash, randomBytes } from 'node:crypto';
import { atEnd } from './cleanup.mjs';
import { until } from './wait.mjs';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
export const OPCODE = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** One frame of a client. `mask` null: none; `length`: what is said instead of the truth. */
export function frame({ opcode = OPCODE.text, body = '', fin = true, mask = randomBytes(4), reserved = 0, length }) {
  const bytes = Buffer.from(body);
  const said = BigInt(length ?? bytes.length);
  const head = [(fin ? 0x80 : 0) | reserved << 4 | opcode];
  const masked = mask ? 0x80 : 0;
  let more = Buffer.alloc(0);
  if (said < 126n) {
    head.push(masked | Number(said));
  } else if (said < 65536n) {
    head.push(masked | 126);
    more = Buffer.alloc(2);
    more.writeUInt16BE(Number(said));
  } else {
    head.push(masked | 127);
    more = Buffer.alloc(8);
    more.writeBigUInt64BE(said);
  }
  return Buffer.concat([Buffer.from(head), more, mask ?? Buffer.alloc(0), bytes.map((byte, i) => byte ^ (mask ? mask[i % 4] : 0))]);
}

/** The head of a handshake; `headers` adds, replaces, or with undefined takes away. */
export function handshake({ start = 'GET / HTTP/1.1', key = randomBytes(16).toString('base64'), headers = {} } = {}) {
  const all = {
    Host: 'localhost', Upgrade: 'websocket', Connection: 'keep-alive, Upgrade', 'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key, 'Sec-WebSocket-Protocol': 'sip', ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== undefined).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${start}\r\n${lines.join('')}\r\n`;
}

function open({ port, host = '127.0.0.1', ca, localAddress, localPort }) {
  const socket = ca ? tls.connect({ port, host, ca, servername: 'localhost' }) : net.connect({ port, host, localAddress, localPort });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once(ca ? 'secureConnect' : 'connect', () => resolve(socket));
  });
}

export class WebSocketClient {
  static async connect({ t, key = randomBytes(16).toString('base64'), headers, early = '', ...where }) {
    const client = new WebSocketClient(await open(where));
    atEnd(t, () => client.socket.destroy());
    client.send(handshake({ key, headers }) + early);
    const head = await until(() => client.#takeHead() ?? (client.ended && { ended: true }), { what: 'the handshake is answered' });
    const accept = createHash('sha1').update(key + GUID).digest('base64');
    if (!head.startsWith?.('HTTP/1.1 101 ') || !head.includes(`Sec-WebSocket-Accept: ${accept}\r\n`) || !head.includes('Sec-WebSocket-Protocol: sip\r\n'))
      throw new Error(`no WebSocket: ${head}`);
    return client;
  }

  constructor(socket) {
    this.socket = socket;
    this.bytes = Buffer.alloc(0);
    this.frames = [];
    this.ended = false;
    socket.on('data', (data) => {
      this.bytes = Buffer.concat([this.bytes, data]);
      this.#handOn();
    });
    socket.on('error', () => (this.ended = true));
    socket.on('close', () => (this.ended = true));
    socket.on('end', () => (this.ended = true));
  }

  #takeHead() {
    const end = this.bytes.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const head = this.bytes.subarray(0, end + 4).toString();
    this.bytes = this.bytes.subarray(end + 4);
    return head;
  }

  /** The first frame of what has come, or undefined. */
  #takeFrame() {
    const { bytes } = this;
    if (bytes.length < 2) return undefined;
    const short = bytes[1] & 0x7f, more = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (bytes.length < 2 + more) return undefined;
    const length = more === 2 ? bytes.readUInt16BE(2) : more === 8 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < 2 + more + length) return undefined;
    this.bytes = bytes.subarray(2 + more + length);
    return { opcode: bytes[0] & 0x0f, fin: Boolean(bytes[0] & 0x80), masked: Boolean(bytes[1] & 0x80), body: bytes.subarray(2 + more, 2 + more + length) };
  }

  set onMessage(handler) {
    this.handler = handler;
    this.#handOn();
  }

  #handOn() {
    if (!this.handler) return;
    for (let found; (found = this.#takeFrame());) {
      if (found.opcode === OPCODE.text || found.opcode === OPCODE.binary) this.handler(found.body);
      else if (found.opcode === OPCODE.ping) this.send(frame({ opcode: OPCODE.pong, body: found.body }));
    }
  }

  get local() {
    return `${this.socket.localAddress}:${this.socket.localPort}`;
  }

  send(bytes) {
    this.socket.write(bytes);
  }

  text(body) {
    this.send(frame({ body }));
  }

  /** The next frame; one of `opcode`, if it is given, and others are passed over. */
  async next(opcode) {
    for (;;) {
      const found = await until(() => this.#takeFrame() ?? (this.ended && { ended: true }), { every: 5, what: 'a frame comes' });
      if (found.ended) throw new Error('the WebSocket has ended');
      if (opcode === undefined || found.opcode === opcode) return found;
    }
  }

  /** The next SIP message, as text. */
  async message() {
    return (await this.next(OPCODE.text)).body.toString();
  }

  /** Waits until it is closed. @return the code that was said; null: none. */
  async closed() {
    let code = null;
    await until(() => {
      for (let found; (found = this.#takeFrame());)
        if (found.opcode === OPCODE.close) code = found.body.length ? found.body.readUInt16BE() : 1005;
      return this.ended;
    }, { timeout: 20000, what: 'the WebSocket is closed' });
    return code;
  }
}

/** Sends `head` and gives the status of the answer; null: the connection ends without one. */
export async function httpStatus({ head, ...where }) {
  const socket = await open(where);
  let text = '', ended = false;
  socket.on('data', (data) => (text += data));
  for (const event of ['end', 'close', 'error']) socket.on(event, () => (ended = true));
  socket.write(head);
  await until(() => ended || text.includes('\r\n\r\n'), { timeout: 20000, what: 'the server answers or closes' });
  socket.destroy();
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text);
  return status && Number(status[1]);
}
