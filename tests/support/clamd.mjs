/*
 * clamd.mjs - ClamAV's daemon with a database of one signature, made by hand: the EICAR test file's.
 *
 *   const clamd = await Clamd.start({ t });          clamd.path, its socket; or { tcp: true }: clamd.address
 *   clamd.stop();  EICAR                           what it finds, as bytes
 */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { atEnd } from './cleanup.mjs';
import { freePort } from './ports.mjs';
import { Child } from './process.mjs';
import { explain, fatal, until } from './wait.mjs';

const BINARY = '/usr/sbin/clamd';

/** Not as one text: a scanner on this machine would find this file. */
export const EICAR = Buffer.from(['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!', '$H+H*'].join(''));

export class Clamd {
  static async start({ t, tcp = false, settings = [] }) {
    const clamd = new Clamd();
    if (!fs.existsSync(BINARY)) throw fatal(`${BINARY} is not installed: Debian's clamav-daemon (tests/run.sh installs it)`);
    clamd.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-clamd-'));
    atEnd(t, () => fs.rmSync(clamd.folder, { recursive: true, force: true }));
    clamd.path = path.join(clamd.folder, 'clamd.ctl');
    const port = tcp && (await freePort());
    clamd.address = tcp ? `127.0.0.1:${port}` : clamd.path;
    fs.writeFileSync(path.join(clamd.folder, 'test.ndb'), `Eicar-Test:0:*:${EICAR.toString('hex')}\n`);
    const where = tcp ? [`TCPSocket ${port}`, 'TCPAddr 127.0.0.1'] : [`LocalSocket ${clamd.path}`];
    fs.writeFileSync(path.join(clamd.folder, 'clamd.conf'),
      ['Foreground yes', `DatabaseDirectory ${clamd.folder}`, `TemporaryDirectory ${clamd.folder}`, 'MaxThreads 2', ...where, ...settings, ''].join('\n'));
    clamd.child = new Child(BINARY, ['--config-file', path.join(clamd.folder, 'clamd.conf')], { name: 'clamd' });
    clamd.unexplain = explain(() => clamd.child.tail(6));
    atEnd(t, () => clamd.stop());
    await until(() => {
      if (clamd.child.ended) throw fatal(`clamd ended at start\n${clamd.child.tail()}`);
      return clamd.#answers(tcp ? { port, host: '127.0.0.1' } : { path: clamd.path });
    }, { timeout: 30000, what: 'clamd answers' });
    return clamd;
  }

  #answers(where) {
    return new Promise((resolve) => {
      const socket = net.connect(where);
      socket.on('error', () => resolve(false)).on('connect', () => socket.write('zPING\0')).on('data', (bytes) => {
        socket.destroy();
        resolve(bytes.toString() === 'PONG\0');
      });
    });
  }

  async stop() {
    this.unexplain();
    await this.child.end({ signal: 'SIGTERM', timeout: 10000 });
  }
}
