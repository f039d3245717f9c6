/*
 * relay.mjs - the way between a browser and the server, which a test can cut and mend, and make bad.
 *
 *   const relay = new Relay(t);
 *   const ann = await browser.open('blue', { onPage: (page) => relay.lieBetween(page) });
 *   relay.cut();  ...  relay.mend();
 *   relay.loss = 0.3;                                   of what goes to the browser but checks and handshakes, evenly
 *
 * It rewrites the candidates in the server's answers, so that the browser's packets go through sockets of its
 * own: for each of the server's ports one in front, for each address of the browser one behind. No rights are
 * needed for that, and nobody else's packets are touched.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { atEnd } from '../../support/cleanup.mjs';

const HOST = '127.0.0.1';
const CANDIDATE = /^a=candidate:(\S+) (\d) (\S+) (\d+) (\S+) (\d+) typ host.*$/gim;
const isCall = ({ pathname }) => /^\/api\/v1\/rooms\/[^/]+\/calls(\/[^/]+)?$/.test(pathname);

export class Relay {
  packets = 0; /* that were let through */
  dropped = 0;
  loss = 0;
  #owed = 0; /* packets, to be lost */
  #isCut = false;
  #fronts = new Map();
  #sockets = [];

  constructor(t) {
    atEnd(t, () => this.#sockets.forEach((socket) => socket.close()));
  }

  cut() {
    this.#isCut = true;
  }

  mend() {
    this.#isCut = false;
  }

  /** From now on this page's calls go through here. */
  async lieBetween(page) {
    await page.route(isCall, async (route) => {
      if (!['POST', 'PATCH'].includes(route.request().method())) return route.fallback();
      const response = await route.fetch();
      const body = await response.text();
      return route.fulfill({ response, body: body.includes('"answer"') ? await this.#rewrite(body) : body });
    });
  }

  async #rewrite(body) {
    const view = JSON.parse(body);
    const found = [...view.answer.matchAll(CANDIDATE)].filter(([, , , transport, , ip]) => /udp/i.test(transport) || ip.includes('.'));
    const fronts = new Map();
    for (const [line, , , , , ip, port] of found) if (ip.includes('.')) fronts.set(line, await this.#front(ip, Number(port)));
    view.answer = view.answer.replace(CANDIDATE, (line, foundation, component, transport, priority) =>
      fronts.has(line) ? `a=candidate:${foundation} ${component} ${transport} ${priority} ${HOST} ${fronts.get(line)} typ host` : 'a=x-not-this-way');
    return JSON.stringify(view);
  }

  async #socket() {
    const socket = dgram.createSocket('udp4');
    socket.on('error', () => {}); /* nobody is there any more */
    socket.bind(0, HOST);
    await once(socket, 'listening');
    this.#sockets.push(socket);
    return socket;
  }

  async #front(ip, port) {
    const key = `${ip}:${port}`;
    if (!this.#fronts.has(key)) this.#fronts.set(key, this.#makeFront(ip, port));
    return this.#fronts.get(key);
  }

  async #makeFront(ip, port) {
    const front = await this.#socket();
    const backs = new Map();
    front.on('message', async (bytes, from) => {
      const key = `${from.address}:${from.port}`;
      if (!backs.has(key)) backs.set(key, this.#makeBack(front, from));
      const back = await backs.get(key);
      this.#pass(() => back.send(bytes, port, ip));
    });
    return front.address().port;
  }

  async #makeBack(front, { address, port }) {
    const back = await this.#socket();
    back.on('message', (bytes) => this.#isLost(bytes) || this.#pass(() => front.send(bytes, port, address)));
    return back;
  }

  #isLost([first]) {
    if (first < 128) return false; /* RFC 7983: no RTP */
    this.#owed += this.loss;
    const isLost = this.#owed >= 1;
    if (isLost) [this.#owed, this.dropped] = [this.#owed - 1, this.dropped + 1];
    return isLost;
  }

  #pass(send) {
    if (this.#isCut) this.dropped++;
    else {
      this.packets++;
      send();
    }
  }
}
