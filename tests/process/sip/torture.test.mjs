/* The torture messages of RFC 4475, each written anew after its description there: every one is
 * parsed or refused, over UDP and TCP, and the server answers the next question. Over TCP the
 * responses come back to us whatever Via says, and are compared. */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const folder = new URL('torture/', import.meta.url);
const names = fs.readdirSync(folder).filter((name) => name.endsWith('.dat')).map((name) => name.slice(0, -4));
const bytesOf = (name) => fs.readFileSync(new URL(`${name}.dat`, folder));

/** The final status over TCP; null: dropped, or more is waited for; a list: any of these. */
const finals = {
  /* valid */
  wsinv: 481 /* its To has a tag */, intmeth: null /* a NUL byte ends the stack's reading */, esc01: 404, escnull: 401, esc02: 501,
  lwsdisp: 200, longreq: 200, dblreq: 401, semiuri: [200, 404], transports: 200, mpart01: 404, unreason: null, noreason: null,
  /* invalid */
  badinv01: null, clerr: null, ncl: 400, scalar02: 400, scalarlg: null, quotbal: 400, ltgtruri: 400, lwsruri: null, lwsstart: [200, 400],
  trws: [200, 400], escruri: [200, 400], baddate: [200, 400], regbadct: 400, badaspec: [200, 400], baddn: 400, badvers: 505,
  mismatch01: 400, mismatch02: 400, bigcode: null,
  /* the transaction layer, the application layer, and of old */
  badbranch: 200, insuf: 400, unkscm: 416, novelsc: 416, unksm2: 401, bext01: 420, invut: 415, regaut01: 401, multi01: 400, mcl01: 400,
  bcast: null, zeromf: [200, 483], cparam01: 401, cparam02: 401, regescrt: 401, sdp01: [200, 406], inv2543: 400 /* has no Contact: nobody could hang up */,
};

async function isAlive(server, sip) {
  assert.equal((await sip.request('OPTIONS', server.uri('blue'))).status, 200);
}

test('there is a message for each expectation', () => assert.deepEqual([...names].sort(), Object.keys(finals).sort()));

test('over UDP', async (t) => {
  const server = await startServer({ t, set: { 'server.drain_timeout_s': 1 } });
  const sip = await SipEndpoint.open({ t });
  const socket = dgram.createSocket('udp4');
  t.after(() => socket.close());
  for (const name of names) {
    await t.test(name, async () => {
      socket.send(bytesOf(name), server.sipPort, '127.0.0.1');
      await isAlive(server, sip);
    });
  }
});

/** The final statuses that come back on a connection of its own; `isAwaited`: waits for the first. */
async function ask(t, server, name, isAwaited) {
  const text = bytesOf(name).toString('latin1').replace(/(SIP\s*\/\s*2\.0\s*\/)UDP/g, '$1TCP');
  const socket = net.connect(server.sipPort, '127.0.0.1');
  t.after(() => socket.destroy());
  let received = '';
  socket.on('data', (bytes) => (received += bytes.toString('latin1')));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.write(Buffer.from(text, 'latin1'), resolve));
  const finalsSeen = () => [...received.matchAll(/^SIP\/2\.0 (\d+)/gm)].map(([, status]) => Number(status)).filter((status) => status >= 200);
  if (isAwaited) await until(() => finalsSeen().length > 0, { what: `an answer to ${name}` });
  return finalsSeen;
}

test('over TCP', async (t) => {
  const server = await startServer({ t, set: { 'server.drain_timeout_s': 1 } });
  const sip = await SipEndpoint.open({ t });
  for (const name of names) {
    await t.test(name, async (t2) => {
      const want = [finals[name]].flat();
      const seen = await ask(t2, server, name, want[0] !== null);
      await isAlive(server, sip);
      if (want[0] === null) assert.deepEqual(seen().filter((status) => status < 300), []);
      else assert.ok(want.includes(seen()[0]), `${seen()} instead of ${want}`);
    });
  }
});
