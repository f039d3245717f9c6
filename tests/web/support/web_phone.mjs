/*
 * web_phone.mjs - a phone that is a page: JsSIP or SIP.js in Chromium, over a WebSocket.
 *
 *   const phone = await WebPhone.open({ browser, kind: 'jssip', url, server, name: 'alice', password });
 *   await phone.register();              waits until it is registered
 *   await phone.call('blue');            waits until it is answered; takes calls by itself
 *   await phone.write('bob', 'Hello');   MESSAGE
 *   await phone.notes('message: Hello')  waits until the page has noted that
 *   await waitToHear(phone.tab, ...)     once phone.tab.listens() was called
 *
 *   const cable = await Cable.lay(t, server.webPort);  a way to the server at cable.port, which can be cut()
 *
 * Both libraries come from build/web, bundled with esbuild.
 */
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { createRequire } from 'node:module';
import { atEnd } from '../../support/cleanup.mjs';
import { REPOSITORY } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

export const KINDS = ['jssip', 'sipjs'];
const HTML = '<!doctype html><title>phone</title><link rel="icon" href="data:,"><audio id="sound" autoplay></audio>';

/** The page of all phones, from a server of its own: Chromium lets no page that came from nowhere connect to the loopback. */
let pages;

async function pageUrl() {
  pages ??= new Promise((resolve) => {
    const server = http.createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(HTML));
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}/`)).unref();
  });
  return pages;
}

let bundled;

/** Both libraries as one script that sets window.JsSIP and window.SIP. */
function libraries() {
  if (bundled) return bundled;
  const folder = process.env.RADUNO_WEB_MODULES ?? path.join(REPOSITORY, 'build', 'web');
  const esbuild = createRequire(path.join(folder, 'package.json'))('esbuild');
  const contents = "import JsSIP from 'jssip'; import * as SIP from 'sip.js'; Object.assign(window, { JsSIP, SIP });";
  const { outputFiles: [{ text }] } = esbuild.buildSync({ stdin: { contents, resolveDir: folder }, bundle: true, write: false, format: 'iife', platform: 'browser' });
  bundled = text;
  return text;
}

/* ---- what runs in the page */

/** Makes window.testPhone: { register(), call(uri), hangUp(), write(uri, text), notes }. */
function makePhone({ kind, url, host, name, password }) {
  const notes = [];
  const note = (text) => notes.push(text);
  const constraints = { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false }, video: false };
  const hear = (peer) => {
    const show = () => {
      const tracks = peer.getReceivers().map(({ track }) => track).filter((track) => track?.kind === 'audio');
      document.getElementById('sound').srcObject = new MediaStream(tracks);
    };
    peer.addEventListener('track', show);
    show();
  };

  function jssip() {
    const ua = new window.JsSIP.UA({ sockets: [new window.JsSIP.WebSocketInterface(url)], uri: `sip:${name}@${host}`, password, connection_recovery_min_interval: 1, connection_recovery_max_interval: 2 });
    let current;
    ua.on('registered', () => note('registered'));
    ua.on('registrationFailed', ({ cause }) => note(`not registered: ${cause}`));
    ua.on('disconnected', () => note('disconnected'));
    ua.on('newMessage', ({ originator, request }) => originator === 'remote' && note(`message: ${request.body}`));
    ua.on('newRTCSession', ({ originator, session, request }) => {
      current = session;
      session.on('accepted', () => note('accepted'));
      session.on('confirmed', () => note('confirmed'));
      session.on('failed', ({ cause }) => note(`failed: ${cause}`));
      session.on('ended', ({ originator: who }) => note(`ended: ${who}`));
      session.on('peerconnection', ({ peerconnection }) => hear(peerconnection));
      if (session.connection) hear(session.connection);
      if (originator !== 'remote') return;
      note(`called: ${request.body}`);
      session.answer({ mediaConstraints: constraints, pcConfig: { iceServers: [] } });
    });
    return {
      register: () => ua.start(),
      call: (uri) => ua.call(uri, { mediaConstraints: constraints, pcConfig: { iceServers: [] } }),
      hangUp: () => current.terminate(),
      write: (uri, text) => ua.sendMessage(uri, text, { eventHandlers: { succeeded: () => note('written'), failed: ({ cause }) => note(`not written: ${cause}`) } }),
    };
  }

  function sipjs() {
    const { UserAgent, Registerer, Inviter, Messager, SessionState, RegistererState } = window.SIP;
    const prepare = (session) => {
      current = session;
      session.stateChange.addListener((state) => {
        if (state === SessionState.Established) {
          note('accepted');
          note('confirmed');
          hear(session.sessionDescriptionHandler.peerConnection);
        } else if (state === SessionState.Terminated) {
          note('ended: remote');
        }
      });
    };
    const options = { sessionDescriptionHandlerOptions: { constraints } };
    let current, registerer;
    const ua = new UserAgent({
      uri: UserAgent.makeURI(`sip:${name}@${host}`), transportOptions: { server: url }, authorizationUsername: name, authorizationPassword: password,
      logLevel: 'error', sessionDescriptionHandlerFactoryOptions: { peerConnectionConfiguration: { iceServers: [] }, iceGatheringTimeout: 500 },
      delegate: {
        onInvite: (invitation) => {
          note(`called: ${invitation.body}`);
          prepare(invitation);
          invitation.accept(options);
        },
        onMessage: (message) => {
          note(`message: ${message.request.body}`);
          message.accept();
        },
        onConnect: () => registerer?.register(),
        onDisconnect: (error) => {
          note('disconnected');
          if (error) setTimeout(() => ua.reconnect().catch(() => note('not reconnected')), 500);
        },
      },
    });
    return {
      async register() {
        registerer = new Registerer(ua);
        registerer.stateChange.addListener((state) => note(state === RegistererState.Registered ? 'registered' : `registration: ${state}`));
        await ua.start();
      },
      call: (uri) => {
        const inviter = new Inviter(ua, UserAgent.makeURI(uri), options);
        prepare(inviter);
        return inviter.invite({ requestDelegate: { onReject: ({ message }) => note(`failed: ${message.statusCode}`) } });
      },
      hangUp: () => current.bye(),
      write: (uri, text) => new Messager(ua, UserAgent.makeURI(uri), text).message({ requestDelegate: { onAccept: () => note('written'), onReject: ({ message }) => note(`not written: ${message.statusCode}`) } }),
    };
  }

  window.testPhone = { notes, ...(kind === 'jssip' ? jssip() : sipjs()) };
}

/* ---- the way to the server */

export class Cable {
  static async lay(t, to) {
    const cable = new Cable();
    cable.sockets = new Set();
    const server = net.createServer((near) => {
      const far = net.connect({ port: to, host: '127.0.0.1' });
      for (const [one, other] of [[near, far], [far, near]]) {
        cable.sockets.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy()).on('close', () => other.destroy());
      }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    cable.port = server.address().port;
    atEnd(t, () => {
      cable.cut();
      server.close();
    });
    return cable;
  }

  /** All that are connected are so no more; who comes again is let through. */
  cut() {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }
}

/* ---- one phone */

export class WebPhone {
  static async open({ browser, kind, url, server, name, password }) {
    const phone = new WebPhone();
    Object.assign(phone, { kind, name, host: `127.0.0.1:${server.sipPort}` });
    phone.tab = await browser.openAt(await pageUrl(), { name });
    await phone.tab.page.addScriptTag({ content: libraries() });
    await phone.tab.page.evaluate(makePhone, { kind, url, host: phone.host, name, password });
    return phone;
  }

  /** Those since `from` that begin so. */
  async noted(text, from = 0) {
    const notes = await this.tab.page.evaluate(() => window.testPhone.notes);
    return notes.slice(from).filter((note) => note.startsWith(text));
  }

  /** So many there are. */
  async mark() {
    return this.tab.page.evaluate(() => window.testPhone.notes.length);
  }

  /** Waits until the page has noted that, since `from`. */
  async notes(text, { from = 0, timeout = 20000 } = {}) {
    let notes = [];
    try {
      return await until(async () => {
        notes = await this.tab.page.evaluate(() => window.testPhone.notes);
        return notes.slice(from).find((note) => note.startsWith(text));
      }, { timeout, every: 50, what: `${this.name} (${this.kind}) notes "${text}"` });
    } catch (error) {
      throw new Error(`${error.message}\n  noted: ${notes.join(' | ')}`);
    }
  }

  async register() {
    await this.tab.page.evaluate(() => window.testPhone.register());
    await this.notes('registered');
  }

  async call(target) {
    const from = await this.mark();
    await this.tab.page.evaluate((uri) => void window.testPhone.call(uri), `sip:${target}@${this.host}`);
    await this.notes('confirmed', { from });
  }

  async hangUp() {
    await this.tab.page.evaluate(() => void window.testPhone.hangUp());
  }

  async write(target, text) {
    const from = await this.mark();
    await this.tab.page.evaluate(([uri, body]) => void window.testPhone.write(uri, body), [`sip:${target}@${this.host}`, text]);
    await this.notes('written', { from });
  }

  close() {
    return this.tab.close();
  }
}
