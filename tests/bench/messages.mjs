/*
 * messages.mjs [COUNT] [MESSAGES] - COUNT phones in one room that take messages; MESSAGES lines are
 * written to it, one after the other. Prints how long a line took to the first and the last of them, how
 * many came in the busiest 10 ms, and the processor time that the server took for each delivery.
 * RADUNO_BIN is the server.
 */
import fs from 'node:fs';
import { SipEndpoint } from '../support/sip.mjs';
import { startServer } from '../support/server.mjs';
import { until } from '../support/wait.mjs';

const [count = 500, lines = 5] = process.argv.slice(2).map(Number);
const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE';
const ends = [];
const t = { after: (act) => ends.unshift(act) };

/** Nothing comes from it, and what comes to its port is lost: this is about signalling. */
const sdp = (port) => ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${port} RTP/AVP 0`, 'a=recvonly', ''].join('\r\n');

const cpuMs = (pid) => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10; /* ticks of 10 ms */
};

const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'rooms.max_participants': count, 'sip.rate_per_source': 0, 'media.ports': '30000-39999' } });
const receipts = [];
for (let i = 0; i < count; i++) {
  const phone = await SipEndpoint.open({ t, user: `phone${i}` });
  phone.onRequest = ({ method }) => {
    if (method === 'MESSAGE') receipts.push(performance.now());
    return undefined;
  };
  const { status } = await phone.call(server.uri('blue'), { headers: { Allow: ALLOW } }).invite(sdp(20000 + 2 * i));
  if (status !== 200) throw new Error(`phone ${i}: ${status}`);
}
const events = await server.api.events('/events');
for (let i = 0; i < lines; i++) {
  receipts.length = 0;
  const before = cpuMs(server.pid);
  const begin = performance.now();
  const { body } = (await server.api.post('/rooms/blue/messages', { text: `line ${i}` })).expect(201);
  const { data } = await events.waitFor(({ type, data: { message } }) => type === 'message_settled' && message.id === body.id);
  await until(() => receipts.length >= count, { what: 'all have it' });
  const late = receipts.map((at) => at - begin).sort((a, b) => a - b);
  const busiest = Math.max(...late.map((at) => late.filter((one) => one >= at && one < at + 10).length));
  console.log(`${count} phones: first ${late[0].toFixed(1)} ms, last ${late.at(-1).toFixed(1)} ms, ${busiest} in the busiest 10 ms, ` +
    `${((cpuMs(server.pid) - before) * 1000 / count).toFixed(0)} us of processor each (media included), delivered ${data.message.outcome.delivered}`);
}
for (const end of ends) await end();
process.exit(0);
