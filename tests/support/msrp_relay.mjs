/*
 * msrp_relay.mjs - Kamailio as a relay of MSRP (RFC 4976, without logging in): what comes is answered, and passed on to the
 * next of its To-Path.
 *
 *   const relay = await startMsrpRelay({ t });
 *   end.path = `${relay.path} ${end.path}`;             in SDP; requests go to relay.path and the far end's
 */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { atEnd } from './cleanup.mjs';
import { freePort } from './ports.mjs';
import { Child } from './process.mjs';
import { explain, until } from './wait.mjs';

const MODULES = '/usr/lib/x86_64-linux-gnu/kamailio/modules/';

const config = (port) => `#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=1
tcp_children=1
tcp_accept_no_cl=yes
tcp_conn_wq_max=1048576
auto_aliases=no
dns=no
rev_dns=no
listen=tcp:127.0.0.1:${port}
mpath="${MODULES}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "msrp.so"
request_route { exit; }
event_route[msrp:frame-in] {
  msrp_reply_flags("1");
  if (msrp_is_reply()) { exit; }
  if ($msrp(method) == "SEND") { msrp_reply("200", "OK"); }
  msrp_relay();
}
`;

function isListening(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true) || socket.destroy());
    socket.on('error', () => resolve(false));
  });
}

export async function startMsrpRelay({ t }) {
  const port = await freePort();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-relay-'));
  const file = path.join(folder, 'kamailio.cfg');
  fs.writeFileSync(file, config(port));
  const child = new Child('kamailio', ['-DD', '-E', '-f', file, '-m', '32', '-M', '4', '-w', folder, '-Y', folder], { cwd: folder, name: 'kamailio' });
  atEnd(t, async () => {
    await child.end({ signal: 'SIGTERM' });
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const unexplain = explain(() => child.tail());
  await until(() => isListening(port), { what: 'the relay listens', timeout: 20000 });
  unexplain();
  return { port, child, path: `msrp://127.0.0.1:${port}/relay;tcp` };
}
