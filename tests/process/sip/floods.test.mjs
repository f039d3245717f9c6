/* What strangers send a hundred times is refused with its code each time, is a few lines in the log, and counted; and nobody else is harmed. */
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { freePort } from '../../support/ports.mjs';
import { register } from '../../support/register.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { makeCertificates } from '../../support/tls.mjs';
import { until } from '../../support/wait.mjs';

const TIMES = 100, AT_ONCE = 10, LINES = 5;
const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const alice = { name: 'alice', password: 'correct-horse' };
const file = (version) => buildSdp({ ip: '127.0.0.1', port: 40000, version }) + ['m=message 9 TCP/MSRP *', 'a=path:msrp://127.0.0.1:9/x;tcp', 'a=accept-types:*', 'a=sendonly', 'a=file-selector:name:"../../etc/passwd" size:1', `a=file-transfer-id:${version}`, ''].join('\r\n');

/** Asks TIMES times, a few at once; how often it was answered so. */
async function repeat(ask, atOnce = AT_ONCE) {
  const counts = {};
  let next = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (next < TIMES) {
      const status = await ask(next++);
      counts[status] = (counts[status] ?? 0) + 1;
    }
  }));
  return counts;
}

/** A connection that writes what it writes: resolves once it is closed. */
const connectTo = (port, bytes) => new Promise((resolve, reject) => {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes)).resume();
  socket.on('error', reject).on('close', () => resolve('closed'));
});

async function begin(t) {
  const { cert, key } = makeCertificates(t).issue('raduno');
  const msrpPort = await freePort();
  const server = await startServer({ t, set: { 'sip.msrp_listen': [`tcp:127.0.0.1:${msrpPort}`], 'sip.smime_certificate': cert, 'sip.smime_key': key, 'sip.auth_failures': 1000, 'sip.dial_allow': ['127.0.0.1'] } });
  (await server.api.post('/accounts', alice)).expect(201);
  const phones = {};
  for (const user of ['chair', 'guest', 'other']) {
    phones[user] = await SipEndpoint.open({ t, user });
    phones[`${user}Call`] = phones[user].call(server.uri('blue'));
    assert.equal((await phones[`${user}Call`].invite(sdp)).status, 200);
  }
  const { items } = (await server.api.get('/rooms/blue/participants')).expect(200).body;
  (await server.api.patch(`/rooms/blue/participants/${items.find(({ uri }) => uri.includes('chair')).id}`, { role: 'moderator' })).expect(200);
  await until(() => server.log.filter((line) => line.includes('room blue: joined')).length === 3, { what: 'the log of them all' });
  return { server, msrpPort, ...phones };
}

test('floods of each kind are refused, budgeted, logged a few times, and counted', async (t) => {
  const { server, msrpPort, chair, chairCall, guest, guestCall, other, otherCall } = await begin(t);
  const uri = server.uri('blue');
  const refer = async (call, to) => (await call.request('REFER', { headers: { 'Refer-To': `<${to}>` } })).status;
  const stranger = (user) => guest.call(uri, { localUri: `sip:${user}@127.0.0.1` });
  const many = Array.from({ length: 40 }, (_, i) => `<sip:a@192.0.2.${i}>`).join(', ');
  const sealed = { body: 'bm8gQ01T', type: 'application/pkcs7-mime; smime-type=enveloped-data' };
  const notify = { headers: { Event: 'refer', 'Subscription-State': 'active' } };

  const floods = [
    { what: 'registrations with a wrong password', ask: async (i) => (await register(guest, server, { ...alice, password: `wrong ${i}` })).status, want: 401, lines: 0 },
    { what: 'registrations of too many contacts', ask: async () => (await register(chair, server, { ...alice, contact: many })).status, want: 403, says: /account alice cannot register: 403/ },
    { what: 'a guest who calls premium numbers', ask: () => refer(guestCall, 'sip:+900123456@127.0.0.1'), want: 403, says: /REFER refused: 403 Not Allowed To Guests/, alike: 2 },
    { what: 'Refer-To with headers of others', ask: (i) => refer(chairCall, `sip:bob@127.0.0.1?Subject=${i}&From=x`), want: 403, says: /REFER refused: 403 Headers/ },
    { what: 'REFER of who is not there', ask: (i) => refer(stranger(`x${i}`), 'sip:bob@127.0.0.1'), want: 403, says: /REFER refused: 403 Not In A Conference/ },
    { what: 'NOTIFYs that nobody has asked for', ask: async () => (await guest.request('NOTIFY', uri, notify)).status, want: 405, lines: 0 },
    { what: 'SUBSCRIBEs of strangers', ask: async (i) => (await stranger(`y${i}`).request('SUBSCRIBE', { headers: { Event: 'conference' } })).status, want: 401, lines: 0 },
    { what: 'broken S/MIME', ask: async () => (await guestCall.request('MESSAGE', sealed)).status, want: 400, says: /S\/MIME of sip:guest@127.0.0.1: 400/ },
    { what: 'offers that are none', ask: async () => (await guest.call(uri).invite('v=0 none')).status, want: 400, says: /refused: 400 Bad Request/ },
    { what: 'changes that are none', ask: async () => (await guestCall.request('UPDATE', { body: 'v=0 none' })).status, want: 400, says: /change refused: 400/, atOnce: 1 },
    { what: 'files with a path for a name', ask: async (i) => (await otherCall.reinvite(file(i + 2))).status, want: 200, says: /a file that is offered or asked for cannot be had/, atOnce: 1 },
    { what: 'connections that speak no MSRP', ask: () => connectTo(msrpPort, 'GET / HTTP/1.1\r\n\r\n'), want: 'closed', says: /127\.0\.0\.1 sends what is no MSRP/ },
  ];
  let from = server.log.length;
  for (const { what, ask, want, says, lines = LINES, alike = 1, atOnce } of floods) {
    await t.test(what, async () => {
      assert.deepEqual(await repeat(ask, atOnce), { [want]: TIMES });
      const said = () => server.log.slice(from).filter((line) => says?.test(line));
      await until(() => said().length === lines, { what: `${lines} lines of ${what}` });
      assert.ok(server.log.length - from <= lines * alike, server.log.slice(from).join('\n'));
      from = server.log.length;
    });
  }

  for (const call of [chairCall, guestCall, otherCall]) assert.equal((await call.reinvite(sdp)).status, 200, 'they are all still there');
  await server.stop();
  const told = server.log.filter((line) => line.includes(` ${TIMES - LINES} more like this`));
  for (const { what, says } of floods.filter((one) => one.says)) assert.ok(told.some((line) => says.test(line)), `${what}: ${told.join('\n')}`);
});
