/*
 * twinkle.mjs - twinkle-console 1.10, a phone with two lines, which transfers the call of one to the party of the other.
 *
 *   const alice = await Twinkle.start({ t, name: 'alice', password, answer: 'auto' });
 *   await alice.call(server.uri('blue'));           resolves when it is answered
 *   alice.command('line 2');                        any of its commands ("help")
 *   await alice.said(/^Line 1: far end ended call/);
 *
 * It has no sound card, but twinkle_aid.c. It is ended by its pid if it does not follow "quit": some of its commands
 * ("transfer -c" without a destination) make it hang.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './cleanup.mjs';
import { freePort } from './ports.mjs';
import { Child } from './process.mjs';
import { DEFAULT_TIMEOUT, explain, fatal, scaled, until } from './wait.mjs';

const AID = fileURLToPath(new URL('../../build/twinkle_aid.so', import.meta.url));

const user = ({ name, password }) => `user_name=${name}
user_domain=127.0.0.1
auth_name=${name}
auth_pass=${password}
register_at_startup=no
codecs=g711a
sip_transport=udp
allow_refer=yes
ask_user_to_refer=no
ext_replaces=yes
`;

const system = ({ sipPort, rtpPort }) => `dev_ringtone=alsa:null
dev_speaker=alsa:null
dev_mic=alsa:null
validate_audio_dev=no
play_ringtone=no
play_ringback=no
sip_port=${sipPort}
rtp_port=${rtpPort}
`;

export class Twinkle {
  static async start({ t, name, password, answer = 'manual' }) {
    assert.ok(fs.existsSync(AID), `${AID} is not built`);
    const phone = Object.assign(new Twinkle(), { name, folder: fs.mkdtempSync(path.join(os.tmpdir(), `raduno-twinkle-${name}-`)), sipPort: await freePort() });
    const write = (file, text) => fs.writeFileSync(path.join(phone.folder, file), text);
    fs.mkdirSync(path.join(phone.folder, '.twinkle'));
    write('.asoundrc', 'pcm.!default { type null }\nctl.!default { type null }\n');
    write(`.twinkle/${name}.cfg`, user({ name, password }));
    write('.twinkle/twinkle.sys', system({ sipPort: phone.sipPort, rtpPort: await freePort(8) }));
    phone.child = new Child('twinkle-console', [`${name}.cfg`], { cwd: phone.folder, env: { ...process.env, HOME: phone.folder, LD_PRELOAD: AID }, name, input: true });
    atEnd(t, () => phone.quit());
    phone.unexplain = explain(() => phone.child.tail(12));
    await phone.said(/^Local IP/);
    if (answer === 'auto') {
      phone.command('auto_answer -a on');
      await phone.said(/Auto answer enabled/);
    }
    return phone;
  }

  get uri() {
    return `sip:${this.name}@127.0.0.1:${this.sipPort}`;
  }

  command(text) {
    this.child.write(`${text}\n`);
  }

  /** Waits for a line of its output, from line `from` on. */
  said(pattern, { from = 0, timeout = DEFAULT_TIMEOUT } = {}) {
    return until(() => {
      if (this.child.ended) throw fatal(`twinkle-console ${this.name} has ended\n${this.child.tail()}`);
      return this.child.lines.slice(from).find((line) => pattern.test(line));
    }, { timeout, what: `twinkle ${this.name} says ${pattern}` });
  }

  /** Calls by the line that is active. */
  async call(uri) {
    const from = this.child.lines.length;
    this.command(`call ${uri}`);
    await this.said(/far end answered call/, { from });
  }

  async quit() {
    this.unexplain?.();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), scaled(3000));
    this.command('quit');
    await this.child.exited;
    clearTimeout(timer);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
