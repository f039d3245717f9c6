/*
 * kamailio.mjs - Kamailio as a provider: registrar with digest, and what else its routes say; and
 * as the proxy at the edge of our network.
 *
 *   const provider = await startKamailio({ t, password: 'secret', callee: 'sip:bob@127.0.0.1:5070' });
 *   provider.port   provider.uri('123')
 *
 * The account "line" may register, with this password (digest, MD5). Its own calls are asked for it,
 * too, and go to `callee`. Calls of all others go to where "line" has registered; the number that
 * was dialled is left in To.
 *
 *   const edge = await startEdge({ t, server });
 *   edge.sipPort                     for phones, as if it were the server's
 *
 * All requests of phones go on to the server: REGISTER with a Path, INVITE with a Record-Route. What
 * comes from the server goes where its Route says.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { atEnd } from './cleanup.mjs';
import { freePort } from './ports.mjs';
import { Child } from './process.mjs';
import { SipEndpoint } from './sip.mjs';
import { explain } from './wait.mjs';

const MODULES = '/usr/lib/x86_64-linux-gnu/kamailio/modules/';

const HEAD = ({ port, control }) => `#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
disable_tcp=yes
auto_aliases=no
dns=no
rev_dns=no
listen=udp:127.0.0.1:${port}
mpath="${MODULES}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "jsonrpcs.so"
loadmodule "ctl.so"
modparam("ctl", "binrpc", "unix:${control}")
modparam("jsonrpcs", "transport", 0)
modparam("tm", "fr_timer", 2000)
`;

const PROVIDER = ({ port, password, callee }) => `
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
request_route {
  force_rport();
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) { if (loose_route()) t_relay(); else if (is_method("ACK") && t_check_trans()) t_relay(); exit; }
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("provider", "${password}", "0")) { www_challenge("provider", "1"); exit; }
    save("location");
    exit;
  }
  if (!is_method("INVITE")) exit;
  if ($fU == "line") {
    if (!pv_proxy_authenticate("provider", "${password}", "0")) { proxy_challenge("provider", "1"); exit; }
    consume_credentials();
    record_route();
    $ru = "${callee}";
    t_relay();
    exit;
  }
  record_route();
  $ru = "sip:line@127.0.0.1:${port}";
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  t_relay();
}
`;

const EDGE = ({ server }) => `
loadmodule "path.so"
modparam("path", "use_received", 1)
request_route {
  force_rport();
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) { if (loose_route()) t_relay(); else if (is_method("ACK") && t_check_trans()) t_relay(); exit; }
  if (is_method("OPTIONS") && $rU == $null) { sl_send_reply("200", "OK"); exit; }
  if (is_method("REGISTER")) add_path_received();
  else record_route();
  if ($sp == ${server.sipPort}) { if (!loose_route_preloaded()) { sl_send_reply("481", "No Route"); exit; } }
  else $du = "sip:127.0.0.1:${server.sipPort}";
  t_relay();
}
`;

async function start(t, routes, options) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-kamailio-'));
  const port = await freePort();
  const file = path.join(folder, 'kamailio.cfg');
  fs.writeFileSync(file, HEAD({ port, control: path.join(folder, 'ctl') }) + routes({ port, ...options }));
  const child = new Child('kamailio', ['-DD', '-E', '-f', file, '-m', '32', '-M', '4', '-w', folder, '-Y', folder], { cwd: folder, name: 'kamailio' });
  atEnd(t, async () => {
    await child.end({ signal: 'SIGTERM' });
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const asker = await SipEndpoint.open({ t, user: 'asker' });
  const unexplain = explain(() => child.tail());
  await asker.request('OPTIONS', `sip:127.0.0.1:${port}`, { timeout: 20000 });
  unexplain();
  return { port, sipPort: port, child, uri: (user) => `sip:${user}@127.0.0.1:${port}` };
}

export const startKamailio = ({ t, ...options }) => start(t, PROVIDER, options);
export const startEdge = ({ t, ...options }) => start(t, EDGE, options);
