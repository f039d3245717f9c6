/*
 * nsd.mjs - NSD, a real name server, for a server under test: what it says is in a zone file.
 *
 *   const nsd = await startNsd({ t, zone: 'provider.example', records: '_sip._udp.gw 60 IN SRV 1 1 5060 a\na 60 IN A 127.0.0.1' });
 *   const server = await startServer({ t, env: { ...nsd.env } });
 *   nsd.change(records);                it says this from now on
 *   nsd.port
 *
 * Names without a dot at their end are in the zone. Errors in records end it at once, and are said.
 */
import dgram from 'node:dgram';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { atEnd } from './cleanup.mjs';
import { asking } from './dns.mjs';
import { freePort } from './ports.mjs';
import { Child } from './process.mjs';
import { explain, fatal, until } from './wait.mjs';

const configuration = ({ port, folder, zone }) => `server:
  ip-address: 127.0.0.1
  port: ${port}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  pidfile: "${folder}/pid"
  zonesdir: "${folder}"
  xfrdfile: "${folder}/xfrd"
  xfrdir: "${folder}"
  zonelistfile: "${folder}/zones"
  cookie-secret-file: "${folder}/cookies"
remote-control:
  control-enable: no
zone:
  name: "${zone}"
  zonefile: "zone"
`;

/** Whether somebody answers a question for the zone's SOA there. */
function answers(port, zone) {
  const labels = Buffer.concat([...zone.split('.').map((part) => Buffer.from([part.length, ...Buffer.from(part)])), Buffer.from([0, 0, 6, 0, 1])]);
  const socket = dgram.createSocket('udp4');
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 200, false);
    socket.once('message', (message) => resolve((message[3] & 15) === 0));
    socket.once('error', () => resolve(false));
    socket.once('close', () => clearTimeout(timer));
    socket.send(Buffer.concat([Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), labels]), port, '127.0.0.1');
  }).finally(() => socket.close());
}

export async function startNsd({ t, zone, records }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-nsd-'));
  const port = await freePort();
  let serial = 0;
  const write = (text) => fs.writeFileSync(path.join(folder, 'zone'), `$ORIGIN ${zone}.\n@ 60 IN SOA ns admin ${++serial} 60 60 60 1\n@ 60 IN NS ns\nns 60 IN A 127.0.0.1\n${text}\n`);
  write(records);
  fs.writeFileSync(path.join(folder, 'nsd.conf'), configuration({ port, folder, zone }));
  const child = new Child('nsd', ['-d', '-c', path.join(folder, 'nsd.conf')], { cwd: folder, name: 'nsd', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
  atEnd(t, async () => {
    await child.end({ signal: 'SIGTERM' });
    fs.rmSync(folder, { recursive: true });
  });
  const unexplain = explain(() => child.tail());
  await until(() => {
    if (child.ended) throw fatal(`nsd ended at start\n${child.tail()}`);
    return answers(port, zone);
  }, { what: 'nsd answers' });
  unexplain();
  return {
    port,
    env: asking(t, port),
    change: (text) => {
      write(text);
      child.process.kill('SIGHUP');
    },
  };
}
