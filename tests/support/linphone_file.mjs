/*
 * linphone_file.mjs - Linphone's own library, driven by linphone_file.py, sends a file in a message, or takes one.
 *
 *   const bob = await LinphoneFile.take({ t, name: 'bob', server, password });     it has registered
 *   await LinphoneFile.send({ t, name: 'alice', server, password, to: 'sip:bob@127.0.0.1', bytes });   ['FileTransferInProgress', ...]
 *   await bob.end()                       the states that its message has passed through; the bytes are in bob.file
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './cleanup.mjs';
import { freePort } from './ports.mjs';
import { Child } from './process.mjs';
import { until } from './wait.mjs';

const SCRIPT = fileURLToPath(new URL('linphone_file.py', import.meta.url));

const configuration = ({ name, server, password, sipPort }) => `[sip]
sip_port=${sipPort}
sip_tcp_port=0
sip_tls_port=0
bind_address=127.0.0.1
default_proxy=0
[auth_info_0]
username=${name}
passwd=${password}
realm=raduno
domain=127.0.0.1
[proxy_0]
reg_proxy=<sip:127.0.0.1:${server.sipPort}>
reg_route=<sip:127.0.0.1:${server.sipPort};lr>
reg_identity=sip:${name}@127.0.0.1
reg_sendregister=1
reg_expires=600
[sound]
use_files=1
`;

export class LinphoneFile {
  static async start({ t, name, server, password }, words) {
    const phone = new LinphoneFile();
    phone.folder = fs.mkdtempSync(path.join(os.tmpdir(), `raduno-linphone-${name}-`));
    phone.file = path.join(phone.folder, 'file');
    for (const folder of ['.local/share/linphone', '.config/linphone']) fs.mkdirSync(path.join(phone.folder, folder), { recursive: true });
    const rc = path.join(phone.folder, 'rc');
    fs.writeFileSync(rc, configuration({ name, server, password, sipPort: await freePort() }));
    atEnd(t, () => phone.remove());
    phone.child = new Child('python3', [SCRIPT, rc, `${server.apiUrl}/file-transfer`, ...words(phone)],
      { cwd: phone.folder, env: { ...process.env, HOME: phone.folder }, name });
    return phone;
  }

  static async take(options) {
    const phone = await LinphoneFile.start(options, ({ file }) => ['take', file]);
    await until(() => phone.child.lines.includes('ready') || phone.child.ended, { timeout: 30000, what: `${options.name} is ready` });
    return phone;
  }

  static async send({ to, bytes, ...options }) {
    const phone = await LinphoneFile.start(options, ({ file }) => {
      fs.writeFileSync(file, bytes);
      return ['send', to, file];
    });
    return phone.end();
  }

  async end() {
    const { code } = await this.child.exited;
    const states = this.child.lines.filter((line) => /^[A-Z][A-Za-z]+$/.test(line));
    if (code !== 0 || !states.length) throw new Error(`Linphone ended with ${code}: ${this.child.lines.slice(-12).join('\n')}`);
    return states;
  }

  async remove() {
    if (!this.child.ended) this.child.kill('SIGKILL');
    await this.child.exited;
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
