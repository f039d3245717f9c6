/*
 * api.mjs - a small client of the REST API and of its event streams.
 *
 *   const api = new Api(server.apiUrl, server.token);            apiUrl: http://127.0.0.1:PORT
 *   const { status, headers, body } = await api.post('/rooms', { name: 'blue' });
 *   await api.patch('/rooms/blue', { locked: true });            a path is below /api/v1 ...
 *   await api.get('/ready', { root: true });                     ... or not
 *
 *   const events = await api.events('/rooms/blue/events', { lastEventId: '12' });
 *   const joined = await events.waitFor((e) => e.type === 'participant_joined');
 *   for await (const event of events) ...                        { id, type, data }
 *   events.close();
 *
 * With an https URL, `ca` is the authority that its certificate comes from.
 *
 * A JSON body (application/json, application/problem+json) comes parsed, any other as text.
 * No status is an error here; expect() makes it one:  (await api.get('/rooms')).expect(200).body
 */
import http from 'node:http';
import https from 'node:https';
import { DEFAULT_TIMEOUT, explanations, scaled, until } from './wait.mjs';

function parse(headers, text) {
  if (!/json/.test(headers['content-type'] ?? '') || !text) return text;
  return JSON.parse(text);
}

class Answer {
  constructor(what, status, headers, body) {
    this.what = what;
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** Itself if the status is one of these; throws with the body otherwise. */
  expect(...statuses) {
    if (statuses.includes(this.status)) return this;
    const body = JSON.stringify(this.body).slice(0, 800);
    throw new Error(`${this.what}: ${this.status}, wanted ${statuses}: ${body}`);
  }
}

/** One event stream, being read until close(). `all` is everything that came. */
export class EventStream {
  constructor(response, request) {
    this.response = response;
    this.request = request;
    this.all = [];
    this.comments = 0;
    this.isEnded = false;
    this.waiters = new Set();
    this.buffer = '';
    response.setEncoding('utf8');
    response.on('data', (text) => this.#read(text));
    response.on('error', () => {});
    response.on('close', () => {
      this.isEnded = true;
      this.#wake();
    });
  }

  #read(text) {
    this.buffer += text;
    for (;;) {
      const end = /\r?\n\r?\n/.exec(this.buffer);
      if (!end) break;
      this.#block(this.buffer.slice(0, end.index));
      this.buffer = this.buffer.slice(end.index + end[0].length);
    }
    this.#wake();
  }

  #block(text) {
    const event = { id: null, type: 'message', data: null };
    const data = [];
    for (const line of text.split(/\r?\n/)) {
      const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
      if (field === '') this.comments += 1;
      else if (field === 'id') event.id = value;
      else if (field === 'event') event.type = value;
      else if (field === 'data') data.push(value);
    }
    if (!data.length) return;
    event.data = JSON.parse(data.join('\n'));
    this.all.push(event);
  }

  #wake() {
    for (const wake of this.waiters) wake();
    this.waiters.clear();
  }

  #more() {
    return new Promise((resolve) => this.waiters.add(resolve));
  }

  /** The types seen so far, optionally of those that fit. */
  types(predicate = () => true) {
    return this.all.filter(predicate).map((event) => event.type);
  }

  /** The first event, already seen or still to come, that fits. */
  async waitFor(predicate, { timeout = DEFAULT_TIMEOUT, what = predicate.toString(), from = 0 } = {}) {
    const end = performance.now() + scaled(timeout);
    for (let at = from; ; ) {
      for (; at < this.all.length; at++) if (predicate(this.all[at])) return this.all[at];
      const left = end - performance.now();
      if (left <= 0 || this.isEnded) {
        const seen = this.all.slice(-20).map((event) => `  ${event.type} ${JSON.stringify(event.data).slice(0, 300)}`);
        const why = this.isEnded ? 'the stream ended before' : `no event within ${scaled(timeout)} ms:`;
        throw new Error(`${why} ${what}; seen:\n${seen.join('\n')}\n${explanations()}`);
      }
      let timer;
      await Promise.race([this.#more(), new Promise((resolve) => (timer = setTimeout(resolve, left)))]);
      clearTimeout(timer);
    }
  }

  async *[Symbol.asyncIterator]() {
    for (let at = 0; ; ) {
      for (; at < this.all.length; at++) yield this.all[at];
      if (this.isEnded) return;
      await this.#more();
    }
  }

  close() {
    this.request.destroy();
  }
}

export class Api {
  constructor(url, token, { ca } = {}) {
    this.ca = ca;
    this.url = url.replace(/\/$/, '');
    this.token = token;
    this.streams = new Set();
  }

  #open(method, path, { root = false, token = this.token, headers = {} } = {}) {
    const url = `${this.url}${root ? '' : '/api/v1'}${path}`;
    const authorization = token ? { authorization: `Bearer ${token}` } : {};
    const program = this.ca ? https : http;
    return program.request(url, { method, agent: false, ca: this.ca, headers: { ...authorization, ...headers } });
  }

  /** Any request; `body` is sent as JSON unless it is a string or a Buffer. */
  request(method, path, body, options = {}) {
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const payload = body === undefined || isRaw ? body : JSON.stringify(body);
    const headers = payload === undefined
      ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(payload) };
    const request = this.#open(method, path, { ...options, headers: { ...headers, ...options.headers } });
    const what = `${method} ${path}`;
    return new Promise((resolve, reject) => {
      request.setTimeout(scaled(options.timeout ?? DEFAULT_TIMEOUT), () =>
        request.destroy(new Error(`${what}: no answer in time`)));
      request.on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => {
          try {
            resolve(new Answer(what, response.statusCode, response.headers, parse(response.headers, text)));
          } catch (error) {
            reject(new Error(`${what}: ${error.message}: ${text.slice(0, 200)}`));
          }
        });
      });
      request.end(payload);
    });
  }

  get(path, options) {
    return this.request('GET', path, undefined, options);
  }

  post(path, body, options) {
    return this.request('POST', path, body, options);
  }

  patch(path, body, options) {
    return this.request('PATCH', path, body, options);
  }

  delete(path, options) {
    return this.request('DELETE', path, undefined, options);
  }

  /** Opens an event stream; rejects with the answer if it is refused. */
  events(path = '/events', { lastEventId, ...options } = {}) {
    const headers = { accept: 'text/event-stream' };
    if (lastEventId !== undefined) headers['last-event-id'] = String(lastEventId);
    const request = this.#open('GET', path, { ...options, headers });
    return new Promise((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        if (response.statusCode !== 200) {
          response.resume();
          reject(new Error(`GET ${path}: ${response.statusCode}`));
          return;
        }
        const stream = new EventStream(response, request);
        this.streams.add(stream);
        resolve(stream);
      });
      request.end();
    });
  }

  /** The participants of a room (all pages). */
  async participants(room) {
    const { body } = (await this.get(`/rooms/${room}/participants?limit=200`)).expect(200);
    return Array.isArray(body) ? body : body.items ?? body.participants;
  }

  /** Waits until the room has exactly `count` participants that are in the mix, and gives them. */
  waitForParticipants(room, count, { timeout, fits = () => true } = {}) {
    return until(async () => {
      const inside = (await this.participants(room)).filter((p) => p.state === 'connected');
      return inside.length === count && inside.every(fits) && inside;
    }, { timeout, what: `${count} participants connected in room ${room}` });
  }

  /** A value of /metrics by its name (with labels, if it has some), or undefined. */
  async metric(name) {
    const { body } = (await this.get('/metrics', { root: true })).expect(200);
    const line = body.split('\n').find((one) => one.startsWith(`${name} `));
    return line && Number(line.slice(name.length + 1));
  }

  close() {
    for (const stream of this.streams) stream.close();
    this.streams.clear();
  }
}
