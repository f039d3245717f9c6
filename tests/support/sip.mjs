/*
 * sip.mjs - a tiny SIP endpoint over UDP or TCP: it shows every header, and it can misbehave.
 *
 *   const sip = await SipEndpoint.open({ t, ip: '127.0.0.1', transport: 'udp', user: 'alice' });
 *                                                      transport: 'tls', tls: { key, cert, ca } (tls.mjs)
 *                                                      transport: 'ws', web: { port, ca } (websocket.mjs)
 *   const call = sip.call('sip:blue@127.0.0.1:5060', { headers: { Supported: 'timer' } });
 *   const response = await call.invite(sdpText);       the final response; ACK is sent by itself
 *   response.status  response.header('contact')  response.headers.via  response.body  response.bytes
 *   await call.reinvite(sdp);  await call.request('UPDATE', { body });  await call.bye();
 *   call.cancel();                                     while call.invite() waits
 *   await call.ended                                   the far end's BYE (the request)
 *
 *   sip.onInvite = async (incoming) => { incoming.ring(); incoming.answer(sdp); incoming.reject(486, 'Busy Here'); };
 *   sip.onRequest = (request) => ...                   may give { status, reason, headers, body };
 *                                                      'ignore': no answer at all
 *   sip.received                                       every message that came, in order
 *   sip.sendRaw(bytes, { ip, port })                   anything
 *   sip.together({ ip, port }, () => ...)              what is sent within goes as one write; not over UDP
 *   const response = await sip.request('OPTIONS', uri)    outside of a dialog
 *
 * Requests over UDP are sent again by T1 = 500 ms. A request in a dialog is answered with 200 if
 * onRequest says nothing; BYE ends the call. onReinvite(request) of a call gives the SDP to answer.
 */
import dgram from 'node:dgram';
import net from 'node:net';
import tls from 'node:tls';
import { randomBytes } from 'node:crypto';
import { atEnd } from './cleanup.mjs';
import { freePort } from './ports.mjs';
import { DEFAULT_TIMEOUT, explanations, within } from './wait.mjs';
import { WebSocketClient } from './websocket.mjs';

const T1 = 500;
const RETRANSMISSIONS = 7;
const COMPACT = { v: 'via', f: 'from', t: 'to', i: 'call-id', m: 'contact', c: 'content-type', l: 'content-length', k: 'supported', s: 'subject', e: 'content-encoding' };
const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK';

const token = (bytes = 6) => randomBytes(bytes).toString('hex');
const bracketed = (ip) => (ip.includes(':') ? `[${ip}]` : ip);

/** user, host, port and transport of a SIP URI. */
export function parseUri(text) {
  const match = /sips?:(?:([^@>;]*)@)?(\[[^\]]+\]|[^:;>?]+)(?::(\d+))?([^>]*)/i.exec(text);
  if (!match) throw new Error(`no SIP URI: ${text}`);
  const transport = /;transport=(\w+)/i.exec(match[4])?.[1]?.toLowerCase();
  return { user: match[1], ip: match[2].replace(/[[\]]/g, ''), port: Number(match[3] ?? 5060), transport };
}

/** A message that came: headers by lower-case full name, each a list. */
export class SipMessage {
  constructor(head, bytes, from) {
    const [start, ...lines] = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
    Object.assign(this, { start, body: bytes.toString('utf8'), bytes, from, headers: {} });
    for (const line of lines) {
      const [, name, value] = /^([^:\s]+)\s*:\s*(.*)$/.exec(line) ?? [null, line, ''];
      const key = COMPACT[name.toLowerCase()] ?? name.toLowerCase();
      (this.headers[key] ??= []).push(value);
    }
    const response = /^SIP\/2.0 (\d+) ?(.*)$/.exec(start);
    if (response) Object.assign(this, { status: Number(response[1]), reason: response[2] });
    else [this.method, this.uri] = start.split(' ');
  }

  /** The first header of that name, or undefined. */
  header(name) {
    return this.headers[name.toLowerCase()]?.[0];
  }

  tag(name) {
    return /;tag=([^;>\s]+)/.exec(this.header(name) ?? '')?.[1];
  }

  get callId() {
    return this.header('call-id');
  }

  get cseq() {
    const [number, method] = (this.header('cseq') ?? '').split(/\s+/);
    return { number: Number(number), method };
  }

  get branch() {
    return /;branch=([^;,\s]+)/.exec(this.header('via') ?? '')?.[1];
  }

  toString() {
    return `${this.start} (${this.cseq.method})`;
  }
}

/** Takes whole messages off a stream's beginning; gives what is left. */
function splitStream(buffer, onMessage) {
  for (;;) {
    while (buffer.length >= 2 && buffer[0] === 13 && buffer[1] === 10) buffer = buffer.subarray(2);
    const end = buffer.indexOf('\r\n\r\n');
    if (end < 0) return buffer;
    const head = buffer.toString('utf8', 0, end);
    const length = Number(/^(?:content-length|l)\s*:\s*(\d+)/im.exec(head)?.[1] ?? 0);
    if (buffer.length < end + 4 + length) return buffer;
    onMessage(head, buffer.subarray(end + 4, end + 4 + length));
    buffer = buffer.subarray(end + 4 + length);
  }
}

/** One request of ours and the responses to it. */
class Transaction {
  constructor(endpoint, text, { branch, method, to, isReliable }) {
    Object.assign(this, { endpoint, text, branch, method, to, responses: [] });
    this.final = new Promise((resolve) => (this.finish = resolve));
    endpoint.sendRaw(text, to);
    if (!isReliable) this.#again(T1, 1);
  }

  #again(after, count) {
    this.timer = setTimeout(() => {
      this.endpoint.sendRaw(this.text, this.to);
      if (count < RETRANSMISSIONS) this.#again(Math.min(after * 2, 4000), count + 1);
    }, after);
    this.timer.unref();
  }

  /** Ends retransmission. */
  stop() {
    clearTimeout(this.timer);
  }

  onResponse(response) {
    if (response.status >= 200 || this.method === 'INVITE') this.stop();
    this.responses.push(response);
    this.onAny?.(response);
    if (response.status >= 200) this.finish(response);
  }
}

/** One dialog, begun by us or by the far end. */
export class SipCall {
  constructor(endpoint, fields) {
    Object.assign(this, {
      endpoint, localTag: token(), remoteTag: null, callId: `${token(8)}@test`, cseq: 1, routes: [], headers: {},
      requests: [], ...fields,
    });
    this.ended = new Promise((resolve) => (this.onEnd = resolve)).then((request) => (this.endedBy = request));
    endpoint.calls.set(this.callId, this);
  }

  #headers(method, cseq, branch, extra) {
    const { endpoint } = this;
    const tagged = (uri, tag) => `<${uri}>${tag ? `;tag=${tag}` : ''}`;
    const via = `SIP/2.0/${endpoint.transport.toUpperCase()} ${bracketed(endpoint.ip)}:${endpoint.port};branch=${branch};rport`;
    return {
      Via: via, 'Max-Forwards': 70, From: tagged(this.localUri, this.localTag), To: tagged(this.remoteUri, this.remoteTag),
      'Call-ID': this.callId, CSeq: `${cseq} ${method}`, Contact: `<${endpoint.uri}>`, 'User-Agent': 'test',
      ...(this.routes.length ? { Route: this.routes } : {}), ...this.headers, ...extra,
    };
  }

  #send(method, { body, headers = {}, cseq = this.cseq++, branch = `z9hG4bK${token()}`, type = 'application/sdp', uri = this.target } = {}) {
    const extra = { ...(body !== undefined ? { 'Content-Type': type } : {}), ...headers };
    const text = formatMessage(`${method} ${uri} SIP/2.0`, this.#headers(method, cseq, branch, extra), body);
    return { text, branch, cseq, method };
  }

  /** Begins a request in this dialog and gives its transaction. */
  start(method, options = {}) {
    const request = this.#send(method, options);
    const transaction = this.endpoint.transact({ ...request, to: this.address });
    transaction.cseq = request.cseq;
    return transaction;
  }

  /** A request in this dialog; its final response. */
  request(method, { timeout = DEFAULT_TIMEOUT, ...options } = {}) {
    const transaction = this.start(method, options);
    return within(transaction.final, { timeout, what: `the final response to ${method} ${this.target}` })
      .finally(() => transaction.stop());
  }

  /** Begins an INVITE; ACKs whatever comes. `ackBody`: SDP for the ACK, or (offer) => SDP. */
  startInvite(body, { headers, ackBody, ...options } = {}) {
    const transaction = this.start('INVITE', { body, headers: { Allow: this.headers?.Allow ?? ALLOW, ...headers }, ...options });
    this.inviting = transaction;
    transaction.onAny = (response) => {
      if (response.status > 100 && !this.remoteTag) this.remoteTag = response.tag('to');
      if (response.status >= 200) this.#acknowledge(transaction, response, ackBody);
    };
    return transaction;
  }

  /** INVITE (again: re-INVITE) and its final response. */
  invite(body, { timeout = 20000, ...options } = {}) {
    const transaction = this.startInvite(body, options);
    return within(transaction.final, { timeout, what: `the final response to INVITE ${this.target}` });
  }

  reinvite(body, options) {
    return this.invite(body, options);
  }

  #acknowledge(transaction, response, ackBody) {
    const isSuccess = response.status < 300;
    if (isSuccess) {
      this.remoteTag = response.tag('to');
      this.isEstablished = true;
      const contact = response.header('contact');
      if (contact) this.target = /<([^>]+)>/.exec(contact)?.[1] ?? contact;
      this.routes = [...(response.headers['record-route'] ?? [])].reverse();
    }
    const ack = this.#send('ACK', {
      cseq: transaction.cseq, body: typeof ackBody === 'function' ? ackBody(response.body) : ackBody,
      ...(isSuccess ? {} : { branch: transaction.branch, headers: { To: response.header('to') } }),
    });
    if (!this.withholdAck) this.endpoint.sendRaw(ack.text, this.address);
  }

  /** Withdraws the INVITE under way; the response to the CANCEL. */
  cancel() {
    const { branch, cseq } = this.inviting;
    const request = this.#send('CANCEL', { cseq, branch });
    const transaction = this.endpoint.transact({ ...request, to: this.address });
    return within(transaction.final, { what: 'the response to CANCEL' }).finally(() => transaction.stop());
  }

  bye(options) {
    this.isOver = true;
    return this.request('BYE', options);
  }

  /** A request of the far end in this dialog. */
  onRequest(request) {
    this.requests.push(request);
    if (request.method === 'BYE') {
      this.isOver = true;
      this.onEnd(request);
    }
    if (request.method === 'INVITE' || (request.method === 'UPDATE' && request.body))
      return this.onReinvite ? { status: 200, body: this.onReinvite(request) } : { status: 488 };
    return { status: 200 };
  }
}

/** An INVITE that came: answer or reject it. `call` is its dialog. */
class Incoming {
  constructor(endpoint, request) {
    Object.assign(this, { endpoint, request });
    const from = request.header('from');
    this.call = new SipCall(endpoint, {
      callId: request.callId, remoteTag: request.tag('from'), address: request.from,
      localUri: /<([^>]+)>/.exec(request.header('to'))?.[1] ?? request.uri,
      remoteUri: /<([^>]+)>/.exec(from)?.[1] ?? from,
      target: /<([^>]+)>/.exec(request.header('contact') ?? '')?.[1] ?? request.uri,
    });
    this.call.onAck = () => this.#stop();
    this.cancelled = new Promise((resolve) => (this.onCancel = resolve));
    this.acknowledged = new Promise((resolve) => (this.onAcknowledged = resolve));
  }

  #stop() {
    clearInterval(this.timer);
    this.onAcknowledged();
  }

  respond(status, options = {}) {
    return this.endpoint.respond(this.request, status, { tag: this.call.localTag, ...options });
  }

  ring(status = 180) {
    this.respond(status);
  }

  /** 200 with this SDP, sent again until the ACK comes. */
  answer(body, { headers, type } = {}) {
    this.call.isEstablished = true;
    const send = () => this.respond(200, { body, type, headers: { Allow: ALLOW, ...headers } });
    send();
    this.timer = setInterval(send, T1);
    this.timer.unref();
  }

  reject(status, options) {
    this.respond(status, options);
  }
}

const REASONS = { 100: 'Trying', 180: 'Ringing', 183: 'Session Progress', 200: 'OK', 302: 'Moved Temporarily', 404: 'Not Found', 480: 'Temporarily Unavailable', 481: 'Call/Transaction Does Not Exist', 486: 'Busy Here', 487: 'Request Terminated', 488: 'Not Acceptable Here', 491: 'Request Pending', 500: 'Server Internal Error', 603: 'Decline' };

/** A message as text: headers whose value is a list are repeated, null ones left out. */
export function formatMessage(start, headers, body = '') {
  const lines = Object.entries({ ...headers, 'Content-Length': headers['Content-Length'] ?? Buffer.byteLength(body) })
    .filter(([, value]) => value !== null && value !== undefined)
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  return [start, ...lines, '', body].join('\r\n');
}

export class SipEndpoint {
  static async open({ t, ip = '127.0.0.1', port, transport = 'udp', user = 'alice', tls: secrets, web } = {}) {
    const endpoint = new SipEndpoint();
    Object.assign(endpoint, { ip, transport, user, secrets, port: port ?? await freePort(), received: [], calls: new Map(), transactions: new Map(), connections: new Map() });
    await (web ? endpoint.#openWeb(t, web) : transport === 'udp' ? endpoint.#openUdp() : endpoint.#openStream());
    atEnd(t, () => endpoint.close());
    return endpoint;
  }

  get uri() {
    if (this.web) return `sip:${this.user}@${this.user}-page.invalid;transport=ws`;
    return `sip:${this.user}@${bracketed(this.ip)}:${this.port}${this.transport === 'udp' ? '' : `;transport=${this.transport}`}`;
  }

  #openUdp() {
    return new Promise((resolve, reject) => {
      this.socket = dgram.createSocket(this.ip.includes(':') ? 'udp6' : 'udp4');
      this.socket.once('error', reject);
      this.socket.on('message', (bytes, from) => {
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0) return;
        this.#onMessage(bytes.toString('utf8', 0, end), bytes.subarray(end + 4), { ip: from.address, port: from.port });
      });
      this.socket.bind({ port: this.port, address: this.ip, exclusive: true }, resolve);
    });
  }

  /** A phone that is a page: it is reached by the WebSocket that it opens, and nowhere else. */
  async #openWeb(t, where) {
    this.web = await WebSocketClient.connect({ t, ...where });
    this.web.onMessage = (bytes) => {
      const end = bytes.indexOf('\r\n\r\n');
      this.#onMessage(bytes.toString('utf8', 0, end), bytes.subarray(end + 4), { ip: this.ip, port: where.port });
    };
  }

  #openStream() {
    const onConnection = (socket) => this.#adopt(socket, { ip: socket.remoteAddress, port: socket.remotePort });
    return new Promise((resolve, reject) => {
      this.listener = this.secrets ? tls.createServer(this.secrets, onConnection) : net.createServer(onConnection);
      this.listener.on('tlsClientError', () => {});
      this.listener.once('error', reject);
      this.listener.listen({ port: this.port, host: this.ip, exclusive: true }, resolve);
    });
  }

  #adopt(socket, peer) {
    const key = `${peer.ip}:${peer.port}`;
    let buffer = Buffer.alloc(0);
    this.connections.set(key, socket);
    socket.on('data', (bytes) => {
      buffer = splitStream(Buffer.concat([buffer, bytes]), (head, body) => this.#onMessage(head, Buffer.from(body), peer));
    });
    socket.on('error', () => {});
    socket.on('close', () => this.connections.get(key) === socket && this.connections.delete(key));
    return socket;
  }

  /** Sends bytes as they are. */
  sendRaw(bytes, { ip, port }) {
    if (this.isClosed) return;
    if (this.web) {
      this.web.text(bytes);
      return;
    }
    if (this.socket) {
      this.socket.send(bytes, port, ip);
      return;
    }
    const socket = this.connections.get(`${ip}:${port}`) ?? this.#adopt(this.#connect(ip, port), { ip, port });
    socket.write(bytes);
  }

  together({ ip, port }, send) {
    const socket = this.connections.get(`${ip}:${port}`);
    socket.cork();
    try {
      return send();
    } finally {
      socket.uncork();
    }
  }

  #connect(ip, port) {
    return this.secrets ? tls.connect({ port, host: ip, ...this.secrets }) : net.connect({ port, host: ip });
  }

  /** Sends a request and routes the responses to it; gives the Transaction. */
  transact({ text, branch, method, to }) {
    const transaction = new Transaction(this, text, { branch, method, to, isReliable: this.transport !== 'udp' });
    this.transactions.set(`${branch} ${method}`, transaction);
    return transaction;
  }

  /** A call to `uri`, not begun yet. */
  call(uri, fields = {}) {
    const { ip, port } = parseUri(uri);
    return new SipCall(this, { localUri: `sip:${this.user}@${bracketed(this.ip)}`, remoteUri: uri, target: uri, address: { ip, port }, ...fields });
  }

  /** A request outside of any dialog; its final response. */
  request(method, uri, options) {
    return this.call(uri).request(method, options);
  }

  respond(request, status, { tag, reason = REASONS[status] ?? 'Something', headers = {}, body, type = 'application/sdp' } = {}) {
    const to = request.header('to');
    const text = formatMessage(`SIP/2.0 ${status} ${reason}`, {
      Via: request.headers.via, 'Record-Route': request.headers['record-route'], From: request.header('from'),
      To: /;tag=/.test(to) || !tag ? to : `${to};tag=${tag}`, 'Call-ID': request.callId, CSeq: request.header('cseq'),
      Contact: status < 300 || status >= 400 ? `<${this.uri}>` : undefined,
      ...(body !== undefined ? { 'Content-Type': type } : {}), ...headers,
    }, body);
    this.sendRaw(text, request.from);
  }

  #onMessage(head, bytes, from) {
    const message = new SipMessage(head, bytes, from);
    this.received.push(message);
    if (message.status) this.#onResponse(message);
    else this.#onRequest(message);
  }

  #onResponse(response) {
    this.transactions.get(`${response.branch} ${response.cseq.method}`)?.onResponse(response);
  }

  #onRequest(request) {
    const call = this.calls.get(request.callId);
    if (request.method === 'ACK') {
      call?.onAck?.();
      return;
    }
    if (this.#isCopy(request)) return;
    const own = this.onRequest?.(request);
    if (own === 'ignore') return;
    if (own) this.respond(request, own.status, { tag: call?.localTag, ...own });
    else if (request.method === 'CANCEL') this.#onCancel(request, call);
    else if (request.method === 'INVITE' && !call) this.#onInvite(request);
    else if (call) this.#inDialog(request, call);
    else this.respond(request, request.method === 'OPTIONS' ? 200 : 481, { tag: token() });
  }

  /** A retransmission of what came before (same branch and method): the handler answers once. */
  #isCopy(request) {
    const same = this.received.filter((m) => !m.status && m.method === request.method && m.branch === request.branch);
    return same.length > 1;
  }

  #inDialog(request, call) {
    const { status, ...rest } = call.onRequest(request);
    this.respond(request, status, { tag: call.localTag, ...rest });
  }

  #onInvite(request) {
    const incoming = new Incoming(this, request);
    incoming.call.incoming = incoming;
    if (this.onInvite) Promise.resolve(this.onInvite(incoming)).catch((error) => incoming.reject(500, { reason: error.message }));
    else incoming.reject(480);
  }

  #onCancel(request, call) {
    this.respond(request, call?.incoming ? 200 : 481, { tag: call?.localTag });
    if (!call?.incoming || call.isEstablished) return;
    call.incoming.reject(487);
    call.incoming.onCancel(request);
  }

  /** The story so far, for failures. */
  story() {
    return this.received.map((message) => `  ${this.user} < ${message}`).join('\n') + explanations();
  }

  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const transaction of this.transactions.values()) transaction.stop();
    for (const { incoming } of this.calls.values()) clearInterval(incoming?.timer);
    this.socket?.close();
    this.web?.socket.destroy();
    this.listener?.close();
    for (const socket of this.connections.values()) socket.destroy();
  }
}
