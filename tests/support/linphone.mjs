/*
 * linphone.mjs - linphonec 5.1, a real phone that knows of conferences: it subscribes to who is in by itself.
 *
 *   const alice = await Linphone.start({ t, name: 'alice', registrar: { server, password }, answer: 'auto' });
 *   await alice.call(server.uri('blue'));           resolves when it is up
 *   alice.command('transfer 1 sip:bob@...');        any of its commands
 *   alice.uri   alice.log()                         what it has sent and got, and thought, as text
 *   await alice.logged(/conference-info/);          until it is there
 *
 * registrar: where it has an account; none: it calls anybody, and watches no conference.
 * It has no sound card: it plays and records files. Each has a home, a SIP port and RTP ports of its own, and is ended by its pid.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { atEnd } from './cleanup.mjs';
import { freePort } from './ports.mjs';
import { Child } from './process.mjs';
import { DEFAULT_TIMEOUT, explain, fatal, scaled, until } from './wait.mjs';

/* Registered, all its calls go by that server; only then does it subscribe. */
const account = ({ name, registrar: { server, password } }) => `default_proxy=0
[auth_info_0]
username=${name}
passwd=${password}
realm=raduno
[proxy_0]
reg_proxy=<sip:127.0.0.1:${server.sipPort}>
reg_identity=<sip:${name}@127.0.0.1>
reg_sendregister=1
reg_expires=600
publish=0
`;

const configuration = ({ name, registrar, sipPort, rtpPort }) => `[sip]
sip_port=${sipPort}
sip_tcp_port=0
sip_tls_port=0
bind_address=127.0.0.1
media_encryption=none
${registrar ? account({ name, registrar }) : `contact="${name}" <sip:${name}@127.0.0.1:${sipPort}>\n`}[rtp]
audio_rtp_port=${rtpPort}
[sound]
echocancellation=0
[misc]
version_check_url_root=
conference_event_log_enabled=1
conference_server_enabled=0
`;

export class Linphone {
  static async start({ t, name, registrar, answer = 'manual' }) {
    const phone = new Linphone();
    phone.name = name;
    phone.folder = fs.mkdtempSync(path.join(os.tmpdir(), `raduno-linphone-${name}-`));
    phone.sipPort = await freePort();
    phone.logFile = path.join(phone.folder, 'log');
    for (const folder of ['.local/share/linphone', '.config/linphone']) fs.mkdirSync(path.join(phone.folder, folder), { recursive: true });
    fs.writeFileSync(path.join(phone.folder, 'rc'), configuration({ name, registrar, sipPort: phone.sipPort, rtpPort: await freePort(4) }));
    atEnd(t, () => phone.quit());
    phone.child = new Child('linphonec', ['-d', '6', '-l', phone.logFile, '-c', path.join(phone.folder, 'rc'), ...(answer === 'auto' ? ['-a'] : [])],
      { cwd: phone.folder, env: { ...process.env, HOME: phone.folder }, name, input: true });
    phone.unexplain = explain(() => phone.child.tail(12));
    phone.command('soundcard use files');
    await until(() => {
      if (phone.child.ended) throw fatal(`linphonec ended at start\n${phone.child.tail()}`);
      return phone.child.lines.some((line) => line.includes('files'));
    }, { timeout: 15000, what: `linphonec ${name} takes commands` });
    if (registrar) await phone.logged(/LinphoneRegistrationOk/);
    return phone;
  }

  get uri() {
    return `sip:${this.name}@127.0.0.1:${this.sipPort}`;
  }

  command(text) {
    this.child.write(`${text}\n`);
  }

  log() {
    return fs.existsSync(this.logFile) ? fs.readFileSync(this.logFile, 'utf8') : '';
  }

  logged(pattern, { timeout = DEFAULT_TIMEOUT } = {}) {
    return until(() => pattern.exec(this.log()), { timeout, what: `linphonec ${this.name} logs ${pattern}` });
  }

  /** Waits for a line of its output, from line `from` on. */
  said(pattern, { from = 0, timeout = DEFAULT_TIMEOUT } = {}) {
    return until(() => this.child.lines.slice(from).find((line) => pattern.test(line)), { timeout, what: `linphonec ${this.name} says ${pattern}` });
  }

  async call(uri) {
    const from = this.child.lines.length;
    this.command(`call ${uri}`);
    const line = await this.said(/Call \d+ .*(connected|ended|error)/, { from });
    if (!line.includes('connected')) throw new Error(`${this.name}: ${uri}: ${line}`);
    return Number(/Call (\d+)/.exec(line)[1]);
  }

  async quit() {
    if (!this.child || this.hasQuit) return;
    this.hasQuit = true;
    this.unexplain?.();
    if (!this.child.ended) {
      const timer = setTimeout(() => this.child.kill('SIGKILL'), scaled(3000));
      this.command('quit');
      await this.child.exited;
      clearTimeout(timer);
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
