/*
 * server.mjs - the real server, in a data directory and on ports of its own.
 *
 *   const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
 *   server.sipPort  server.apiUrl  server.token  server.dataDir  server.log  server.pid
 *   server.api                           an Api (api.mjs) with the admin token
 *   server.uri('blue')                   sip:blue@127.0.0.1:PORT; { ip: '::1', transport: 'tcp' }
 *   await server.stop();                 SIGTERM; fails unless it exits with 0 and no sanitizer spoke
 *   await server.kill9();                then restart() starts it again: same ports, same data
 *
 * `set` becomes --set KEY=VALUE (a value that is no string is written as JSON; undefined: not said), `config` the
 * configuration file, `env` is added to the environment. With `t` (a node:test context, or any
 * object with after()) the server is stopped, and so checked, and its directory removed when the
 * test ends. RADUNO_BIN names the program (default: build/raduno); RADUNO_TEST_LOG=1 shows its log.
 * runServer() is for starts that are meant to fail: it resolves with { code, signal, log }.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Api } from './api.mjs';
import { atEnd } from './cleanup.mjs';
import { PortBlock } from './ports.mjs';
import { Child } from './process.mjs';
import { explain, fatal, until } from './wait.mjs';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
export const BINARY = path.resolve(process.env.RADUNO_BIN ?? path.join(REPOSITORY, 'build', 'raduno'));

const SANITIZER = /ERROR: (Address|Leak|Thread)Sanitizer|WARNING: ThreadSanitizer|runtime error:|LeakSanitizer: detected/;
const READY_TIMEOUT = 20000;
const RTP_PORTS = 200;

/** The environment of the server: ours without RADUNO_*, with sanitizers set to stop. */
function environment(extra) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('RADUNO_'));
  return {
    UBSAN_OPTIONS: 'print_stacktrace=1',
    TSAN_OPTIONS: 'halt_on_error=0',
    ...Object.fromEntries(own),
    ...extra,
  };
}

function arguments_(configFile, set) {
  const said = Object.entries(set).filter(([, value]) => value !== undefined);
  const sets = said.flatMap(([key, value]) =>
    ['--set', `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`]);
  return ['--config', configFile, ...sets];
}

export class Server {
  constructor({ set, env, config, ports, sipPort, tlsPort, webPort, apiPort, token, dataDir, ca }) {
    Object.assign(this, { set, env, ports, sipPort, tlsPort, webPort, apiPort, token, dataDir });
    this.apiUrl = `${ca ? 'https' : 'http'}://127.0.0.1:${apiPort}`;
    this.webUrl = `ws://127.0.0.1:${webPort}/`;
    this.log = [];
    this.configFile = path.join(dataDir, '..', 'raduno.json');
    fs.writeFileSync(this.configFile, JSON.stringify(config));
    this.api = new Api(this.apiUrl, token, { ca });
  }

  get pid() {
    return this.child.pid;
  }

  /** The address of a room, as a phone dials it. */
  uri(room, { ip = '127.0.0.1', transport } = {}) {
    const host = ip.includes(':') ? `[${ip}]` : ip;
    return `sip:${room}@${host}:${this.sipPort}${transport ? `;transport=${transport}` : ''}`;
  }

  async start() {
    const show = process.env.RADUNO_TEST_LOG;
    this.child = new Child(BINARY, arguments_(this.configFile, this.set), {
      cwd: path.dirname(this.configFile), env: environment(this.env), name: 'raduno',
      onLine: (line) => {
        this.log.push(line);
        if (show) process.stderr.write(`raduno| ${line}\n`);
      },
    });
    const firstLine = this.log.length;
    this.unexplain = explain(() => this.child.tail());
    await until(() => this.#isReady(firstLine), { timeout: READY_TIMEOUT, what: 'the server is ready' });
    return this;
  }

  async #isReady(firstLine) {
    const { ended } = this.child;
    if (ended) {
      const why = ended.error?.message ?? `code ${ended.code}, signal ${ended.signal}`;
      throw fatal(`${BINARY} ended at start: ${why}\n${this.child.tail()}`);
    }
    const { status } = await this.api.get('/ready', { root: true, token: null });
    const named = this.log.slice(firstLine).some((line) => line.includes(`:${this.sipPort}`));
    return status === 200 && named;
  }

  #checkSanitizers() {
    const at = this.log.findIndex((line) => SANITIZER.test(line));
    if (at < 0) return;
    throw new Error(`a sanitizer spoke:\n${this.log.slice(at, at + 60).join('\n')}`);
  }

  /** SIGTERM; the exit code must be 0 and no sanitizer may have reported anything. */
  async stop({ timeout = 30000 } = {}) {
    if (this.isStopped) return;
    this.isStopped = true;
    this.api.close();
    const { code, signal } = await this.child.end({ timeout });
    this.unexplain();
    this.#checkSanitizers();
    if (code !== 0)
      throw new Error(`the server ended with code ${code}, signal ${signal}\n${this.child.tail()}`);
  }

  /** The hard end: no chance to save anything. */
  async kill9() {
    this.isStopped = true;
    this.api.close();
    await this.child.end({ signal: 'SIGKILL' });
    this.unexplain();
    this.#checkSanitizers();
  }

  /** Starts again (after stop() if it still runs) on the same ports and data. */
  async restart() {
    await this.stop();
    this.isStopped = false;
    return this.start();
  }

  /** Stops if need be, removes the data, gives the ports back. */
  async dispose() {
    try {
      await this.stop();
    } finally {
      this.ports.release();
      fs.rmSync(path.dirname(this.configFile), { recursive: true, force: true });
    }
  }
}

/** Both addresses of the loopback, both transports. */
function listeners(port) {
  return ['udp:127.0.0.1', 'tcp:127.0.0.1', 'udp:[::1]', 'tcp:[::1]'].map((at) => `${at}:${port}`);
}

/** In a block of its own; if others have too many ports of that one, in another. */
async function takePorts(rtpPorts, tries = 10) {
  const ports = await PortBlock.reserve();
  try {
    return { ports, sipPort: await ports.take(), tlsPort: await ports.take(), webPort: await ports.take(), apiPort: await ports.take(), browserPort: await ports.take(), rtp: await ports.take(rtpPorts) };
  } catch (error) {
    if (tries > 1) return await takePorts(rtpPorts, tries - 1).finally(() => ports.release());
    ports.release();
    throw error;
  }
}

async function makeServer({ set = {}, env = {}, config = {}, rtpPorts = RTP_PORTS, tls = false, web, listen = [], ca }) {
  const { ports, sipPort, tlsPort, webPort, apiPort, browserPort, rtp } = await takePorts(rtpPorts);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-test-'));
  const dataDir = path.join(folder, 'data');
  fs.mkdirSync(dataDir);
  const token = randomBytes(16).toString('hex');
  const own = {
    'sip.listen': [...listeners(sipPort), ...(tls ? [`tls:127.0.0.1:${tlsPort}`] : []), ...(web ? [`${web === 'wss' ? 'wss' : 'ws'}:127.0.0.1:${webPort}`] : []), ...listen],
    'sip.rate_per_source': 0,
    'media.ports': `${rtp}-${rtp + rtpPorts - 1}`,
    'media.browser_port': browserPort,
    'media.ice_timeout_s': 0, /* those of web_offer.mjs have no ICE */
    'api.listen': `127.0.0.1:${apiPort}`,
    'api.admin_token': token,
    'data.directory': dataDir,
    'rooms.announcements': false, // tests listen to tones: nobody speaks unless asked to
  };
  return new Server({
    set: { ...own, ...set }, env, config, ports, sipPort, tlsPort, webPort, apiPort, dataDir, ca,
    token: set['api.admin_token'] ?? token,
  });
}

const TAKEN = /Address already in use/;

/** Starts a server and waits until it takes calls; on other ports if somebody was faster to take
 *  these. `rtpPorts`: how many (2 per leg). `tls`: listens for it, too,
 *  on server.tlsPort; `web`: for WebSockets,
 *  on server.webPort ('wss': with TLS). `listen`: more of sip.listen. `ca`: the authority of api.tls_certificate. */
export async function startServer({ t, ...options } = {}) {
  for (let triesLeft = 3; ; triesLeft--) {
    const server = await makeServer(options);
    try {
      await server.start();
      atEnd(t, () => server.dispose());
      return server;
    } catch (error) {
      await server.child?.end({ signal: 'SIGKILL' });
      server.isStopped = true;
      server.unexplain?.();
      await server.dispose();
      if (!triesLeft || !TAKEN.test(error.message)) throw error;
    }
  }
}

/** Runs the program with these arguments until it ends by itself (or is killed after `timeout`). */
export async function runServer(args, { env = {}, cwd, timeout = 20000 } = {}) {
  const child = new Child(BINARY, args, { cwd, env: environment(env), name: 'raduno' });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  const { code, signal } = await child.exited;
  clearTimeout(timer);
  return { code, signal, log: child.lines };
}
