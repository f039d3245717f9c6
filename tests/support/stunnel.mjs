/*
 * stunnel.mjs - a client without TLS gets it: what comes to a port of TCP goes on by TLS, if the far end's certificate is good.
 *
 *   const tunnel = await startTunnel({ t, to: server.tlsPort, ca: ca.file });
 *   ... connect to tunnel.port by TCP; tunnel.log: its lines ...
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { atEnd } from './cleanup.mjs';
import { freePort } from './ports.mjs';
import { Child } from './process.mjs';
import { fatal, until } from './wait.mjs';

export async function startTunnel({ t, to, ca, ip = '127.0.0.1' }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-stunnel-'));
  const port = await freePort();
  const file = path.join(folder, 'stunnel.conf');
  fs.writeFileSync(file, [
    'foreground = yes', 'pid =', 'debug = info', 'syslog = no', '[sip]', 'client = yes', `accept = ${ip}:${port}`, `connect = ${ip}:${to}`,
    `CAfile = ${ca}`, 'verifyChain = yes', `checkIP = ${ip}`, '',
  ].join('\n'));
  const child = new Child('stunnel4', [file], { cwd: folder });
  atEnd(t, async () => {
    await child.end({});
    fs.rmSync(folder, { recursive: true, force: true });
  });
  await until(() => {
    if (child.ended) throw fatal(`stunnel4 ended at start: ${child.ended.error?.message ?? ''}\n${child.tail()}`);
    return child.lines.some((line) => /Configuration successful/.test(line));
  }, { what: 'stunnel4 listens' });
  return { port, log: child.lines };
}
