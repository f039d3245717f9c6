/*
 * sipp.mjs - SIPp with a scenario of ours, on ports of its own.
 *
 *   const { code, errors, messages } = await runSipp({
 *     scenario: new URL('invite.xml', import.meta.url), remote: `127.0.0.1:${server.sipPort}`,
 *     service: 'blue', calls: 3, keys: { subject: 'hello' } });
 *   assert.equal(code, 0, errors);
 *
 *   const uas = await runSippServer({ t, scenario: '<?xml ...' });    a UAS on a free port
 *   ... dial uas.uri('bob') ...
 *   const { code } = await uas.finished;                              after `calls` calls
 *   await uas.stop();
 *
 * scenario: a file (path or URL), inline XML, or the name of a built-in one ('uac', 'uas').
 * transport: u1 udp, t1 tcp (ui needs csv: one address per row); remote and ip may be IPv6 ('[::1]:5060', '::1').
 * keys: [name] in the scenario; csv: rows (an array of arrays) or a file, [field0] in the scenario.
 * code: 0 all calls passed, 1 some failed, 97-99 internal, 255 fatal, null: ended by us (timedOut).
 * errors, messages: the error log and the trace of all SIP messages, as text.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './cleanup.mjs';
import { freePort } from './ports.mjs';
import { Child } from './process.mjs';
import { scaled, until } from './wait.mjs';

const MEDIA_PORTS = 20;

function scenarioArguments(scenario, folder) {
  if (scenario instanceof URL) return ['-sf', fileURLToPath(scenario)];
  const text = scenario.trimStart();
  if (text.startsWith('<')) {
    const file = path.join(folder, 'scenario.xml');
    fs.writeFileSync(file, text.startsWith('<?xml') ? text : `<?xml version="1.0" encoding="ISO-8859-1" ?>\n${text}`);
    return ['-sf', file];
  }
  return /[/.]/.test(scenario) ? ['-sf', path.resolve(scenario)] : ['-sn', scenario];
}

function csvArguments(csv, folder) {
  if (!csv) return [];
  if (!Array.isArray(csv)) return ['-inf', csv instanceof URL ? fileURLToPath(csv) : csv];
  const file = path.join(folder, 'rows.csv');
  fs.writeFileSync(file, `SEQUENTIAL\n${csv.map((row) => [row].flat().join(';')).join('\n')}\n`);
  return ['-inf', file];
}

const bracketed = (ip) => (ip.includes(':') && !ip.startsWith('[') ? `[${ip}]` : ip);

function read(folder, name) {
  try {
    return fs.readFileSync(path.join(folder, name), 'utf8');
  } catch {
    return '';
  }
}

/** One SIPp process in a folder of its own. */
class Sipp {
  static async start({
    scenario, remote, service, transport = 'u1', calls = 1, args = [], keys = {}, csv,
    ip, port, timeout = 30000,
  }) {
    const sipp = new Sipp();
    sipp.ip = ip ?? (remote?.startsWith('[') ? '::1' : '127.0.0.1');
    sipp.transport = transport;
    sipp.port = port ?? (await freePort());
    sipp.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-sipp-'));
    const media = await freePort(MEDIA_PORTS);
    const control = await freePort();
    const all = [
      ...(remote ? [remote] : []), ...scenarioArguments(scenario, sipp.folder), ...csvArguments(csv, sipp.folder),
      ...(service ? ['-s', service] : []),
      '-t', transport, '-i', bracketed(sipp.ip), '-p', sipp.port, '-mi', sipp.ip,
      '-mp', media, '-cp', control,
      '-m', calls, '-nostdin',
      '-trace_err', '-error_file', path.join(sipp.folder, 'errors'),
      '-trace_msg', '-message_file', path.join(sipp.folder, 'messages'),
      '-trace_logs', '-log_file', path.join(sipp.folder, 'log'),
      ...Object.entries(keys).flatMap(([key, value]) => ['-key', key, value]), ...args,
    ];
    sipp.child = new Child('sipp', all.map(String), { cwd: sipp.folder, name: 'sipp', env: { ...process.env, TERM: 'dumb' } });
    const timer = setTimeout(() => {
      sipp.timedOut = true;
      sipp.child.kill('SIGKILL');
    }, scaled(timeout));
    sipp.finished = sipp.child.exited.then((end) => {
      clearTimeout(timer);
      return sipp.#result(end);
    });
    return sipp;
  }

  #result({ code, error }) {
    const errors = [error?.message, read(this.folder, 'errors'), this.timedOut && 'SIPp took too long']
      .filter(Boolean).join('\n');
    const result = {
      code, errors, timedOut: Boolean(this.timedOut), log: read(this.folder, 'log'),
      messages: read(this.folder, 'messages'), output: this.child.lines,
    };
    fs.rmSync(this.folder, { recursive: true, force: true });
    return result;
  }

  /** What was sent and received so far. */
  get messages() {
    return read(this.folder, 'messages');
  }

  uri(user = 'sipp') {
    const transport = this.transport.startsWith('t') ? ';transport=tcp' : '';
    return `sip:${user}@${bracketed(this.ip)}:${this.port}${transport}`;
  }

  async stop() {
    await this.child.end({ signal: 'SIGKILL' });
    return this.finished;
  }
}

/** Runs a client scenario to its end. */
export async function runSipp(options) {
  const sipp = await Sipp.start(options);
  return sipp.finished;
}

/** True when a socket of that port is bound on this machine: the server listens. */
function isBound(port, protocol) {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  return [protocol, `${protocol}6`].some((table) =>
    read('/proc/net', table).split('\n').some((line) => line.slice(0, 60).trim().split(/\s+/)[1]?.concat(' ').endsWith(hex)));
}

/** Starts a server scenario and waits until it listens. With `t` it ends with the test. */
export async function runSippServer({ t, ...options }) {
  const sipp = await Sipp.start(options);
  atEnd(t, () => sipp.stop());
  const protocol = sipp.transport.startsWith('t') ? 'tcp' : 'udp';
  await until(() => sipp.child.ended || isBound(sipp.port, protocol), { what: 'SIPp listens' });
  return sipp;
}
