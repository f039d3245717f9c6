/*
 * msrp.mjs - one end of a session of MSRP, written after RFC 4975: it shows what came, and can misbehave.
 *
 *   const end = await MsrpEnd.open({ t });              listens; tls: { key, cert } (secretsOf() of tls.mjs)
 *   end.path   end.port   end.section({ setup })        its m=message lines, for our SDP
 *   await end.connect(theirPath);                       and says who it is; { via: port } another way there
 *   const response = await end.send(bytes, { type, id, range, flag, headers });
 *   await end.sendAll(text, { type, chunk: 100 })       in chunks; the last response
 *   await end.request('NICKNAME', { headers: ['Use-Nickname: "Ann"'] })
 *   end.certificate  of the far end, with TLS
 *   end.received     requests that came: { method, headers, type, body, flag }
 *   end.answer = (request) => 200;                      what they are answered; 0: nothing; reports go where they are asked for
 *   readCpim(body)   cpim({ from, to, type, text })     envelopes
 */
import net from 'node:net';
import tls from 'node:tls';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { atEnd } from './cleanup.mjs';
import { within } from './wait.mjs';

const token = () => randomBytes(8).toString('hex');

export const CPIM = 'message/cpim';

export function cpim({ from, to, type = 'text/plain', text, more = [] }) {
  const tos = [to].flat().map((uri) => `To: <${uri}>`);
  return [`From: <${from}>`, ...tos, ...more, '', `Content-Type: ${type}`, '', text].join('\r\n');
}

/** Headers of both blocks, and the text. */
export function readCpim(body) {
  const [envelope, content, ...text] = body.split('\r\n\r\n');
  const field = (block, name) => new RegExp(`^${name}: *(.*)$`, 'im').exec(block.replaceAll('\r', ''))?.[1];
  const [, name, from] = /^(?:"(.*)" )?<(.*)>$/.exec(field(envelope, 'From'));
  return { name, from, to: /<(.*)>/.exec(field(envelope, 'To'))[1], type: field(content, 'Content-Type'), text: text.join('\r\n\r\n') };
}

/** Where the end line of `transaction` is in `bytes`: { at, flag, next }. */
function findEnd(bytes, transaction, from) {
  const mark = `-------${transaction}`;
  for (let at = bytes.indexOf(mark, from); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    const flag = String.fromCharCode(bytes[at + mark.length] ?? 0);
    const isLine = '$+#'.includes(flag) && bytes.toString('latin1', at + mark.length + 1, at + mark.length + 3) === '\r\n';
    if (isLine) return { at, flag, next: at + mark.length + 3 };
  }
  return null;
}

function readHead(text) {
  const [start, ...lines] = text.split('\r\n');
  const [, transaction, what, comment] = /^MSRP (\S+) (\S+) ?(.*)$/.exec(start);
  const headers = Object.fromEntries(lines.filter(Boolean).map((line) => {
    const [, name, value] = /^([^:]+): ?(.*)$/.exec(line);
    return [name.toLowerCase(), value];
  }));
  const status = /^\d{3}$/.test(what) ? Number(what) : undefined;
  return { transaction, ...(status ? { status, comment } : { method: what }), headers, type: headers['content-type'] };
}

/** Takes whole frames off `bytes`. @return [frames, rest] */
function takeFrames(bytes) {
  const frames = [];
  for (;;) {
    const line = bytes.indexOf('\r\n');
    const transaction = /^MSRP (\S+) /.exec(bytes.toString('latin1', 0, Math.max(line, 0)))?.[1];
    const end = transaction && findEnd(bytes, transaction, line);
    if (!end) return [frames, bytes];
    const blank = bytes.indexOf('\r\n\r\n');
    const hasBody = blank >= 0 && blank < end.at;
    const frame = readHead(bytes.toString('utf8', 0, hasBody ? blank : end.at));
    const body = hasBody ? bytes.subarray(blank + 4, Math.max(end.at - 2, blank + 4)) : Buffer.alloc(0);
    frames.push({ ...frame, bytes: Buffer.from(body), body: body.toString('utf8'), flag: end.flag });
    bytes = bytes.subarray(end.next);
  }
}

export class MsrpEnd {
  static async open({ t, ip = '127.0.0.1', tls: secrets } = {}) {
    const end = new MsrpEnd();
    Object.assign(end, { ip, secrets, session: token(), received: [], waiting: new Map(), answer: () => 200, sockets: new Set() });
    const options = { ...secrets, requestCert: true, rejectUnauthorized: false };
    end.server = secrets ? tls.createServer(options) : net.createServer();
    end.server.on(secrets ? 'secureConnection' : 'connection', (socket) => end.#adopt(socket));
    end.server.on('tlsClientError', () => {});
    end.server.listen(0, ip);
    await once(end.server, 'listening');
    end.port = end.server.address().port;
    end.path = `${secrets ? 'msrps' : 'msrp'}://${ip}:${end.port}/${end.session};tcp`;
    atEnd(t, () => end.close());
    return end;
  }

  get isOpen() {
    return Boolean(this.socket && !this.socket.destroyed);
  }

  /** The lines of its section. `path`: what it says of itself, before its own (relays). */
  section({ setup = 'active', types = CPIM, wrapped = 'text/plain application/im-iscomposing+xml', chatroom = 'nickname private-messages', path = this.path, port = this.port, extra = [] } = {}) {
    return [
      `m=message ${port} ${this.secrets ? 'TCP/TLS/MSRP' : 'TCP/MSRP'} *`, `c=IN IP4 ${this.ip}`, `a=accept-types:${types}`,
      ...(wrapped ? [`a=accept-wrapped-types:${wrapped}`] : []), `a=path:${path}`, ...(setup ? [`a=setup:${setup}`] : []),
      ...(chatroom === undefined ? [] : [`a=chatroom${chatroom && `:${chatroom}`}`]), ...extra,
    ];
  }

  #adopt(socket) {
    let rest = Buffer.alloc(0);
    this.socket = socket;
    if (this.secrets) this.certificate = socket.getPeerX509Certificate(); // later it may be forgotten
    this.sockets.add(socket);
    socket.on('data', (bytes) => {
      const [frames, left] = takeFrames(Buffer.concat([rest, bytes]));
      rest = left;
      frames.forEach((frame) => this.#take(frame, socket));
    });
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
  }

  #take(frame, socket) {
    if (frame.status) {
      this.waiting.get(frame.transaction)?.(frame);
      this.waiting.delete(frame.transaction);
      return;
    }
    this.received.push(frame);
    const status = frame.method === 'REPORT' || frame.headers['failure-report'] === 'no' ? 0 : this.answer(frame);
    if (frame.headers['success-report'] === 'yes' && frame.method === 'SEND') this.#report(frame, socket);
    const to = frame.headers['from-path'].split(' ');
    if (!status) return;
    socket.write(`MSRP ${frame.transaction} ${status} ${status === 200 ? 'OK' : 'No'}\r\nTo-Path: ${frame.method === 'SEND' ? to[0] : to.join(' ')}\r\n` +
      `From-Path: ${this.path}\r\n-------${frame.transaction}$\r\n`);
  }

  /** That this chunk has come. */
  #report({ headers, bytes }, socket) {
    const [, first, total] = /^(\d+)-.*\/(.*)$/.exec(headers['byte-range']);
    const transaction = token();
    socket.write(`MSRP ${transaction} REPORT\r\nTo-Path: ${headers['from-path']}\r\nFrom-Path: ${this.path}\r\nMessage-ID: ${headers['message-id']}\r\n` +
      `Byte-Range: ${first}-${Number(first) + bytes.length - 1}/${total}\r\nStatus: 000 200 OK\r\n-------${transaction}$\r\n`);
  }

  /** Connects to where `path` says, and names itself. */
  async connect(path, { via, silent = false } = {}) {
    const [, host, port] = /^msrps?:\/\/([^:/]+):(\d+)\//.exec(path.split(' ')[0]);
    this.far = path;
    const options = { host, port: via ?? Number(port), ...this.secrets, rejectUnauthorized: false };
    const socket = this.secrets ? tls.connect(options) : net.connect(options);
    await within(once(socket, this.secrets ? 'secureConnect' : 'connect'), { what: 'MSRP connects' });
    this.#adopt(socket);
    return silent ? undefined : this.request('SEND', { headers: [`Message-ID: ${token()}`] });
  }

  /** Writes a request. @return its transaction */
  write(method, { headers = [], type, body = '', flag = '$', to = this.far, from = this.path } = {}) {
    const transaction = token();
    const head = [`MSRP ${transaction} ${method}`, `To-Path: ${to}`, `From-Path: ${from}`, ...headers];
    const start = type ? [...head, `Content-Type: ${type}`, '', ''] : [...head, ''];
    this.socket.write(Buffer.concat([Buffer.from(start.join('\r\n')), Buffer.from(body), Buffer.from(`${type ? '\r\n' : ''}-------${transaction}${flag}\r\n`)]));
    return transaction;
  }

  request(method, options) {
    const transaction = this.write(method, options);
    const answered = new Promise((resolve) => this.waiting.set(transaction, resolve));
    return within(answered, { what: `a response to ${method}` });
  }

  send(body, { type = CPIM, id = token(), range, headers = [], ...more } = {}) {
    const length = Buffer.byteLength(body);
    return this.request('SEND', { type, body, headers: [`Message-ID: ${id}`, `Byte-Range: ${range ?? `1-${length}/${length}`}`, ...headers], ...more });
  }

  async sendAll(body, { chunk = 100, id = token(), ...options } = {}) {
    const bytes = Buffer.from(body);
    let last;
    for (let at = 0; at < bytes.length; at += chunk) {
      const piece = bytes.subarray(at, at + chunk);
      const isLast = at + chunk >= bytes.length;
      last = await this.send(piece, { id, range: `${at + 1}-${at + piece.length}/${bytes.length}`, flag: isLast ? '$' : '+', ...options });
    }
    return last;
  }

  /** Messages that came, as envelopes are read. */
  get messages() {
    return this.received.filter(({ method, type }) => method === 'SEND' && type === CPIM).map(({ body }) => readCpim(body));
  }

  close() {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
