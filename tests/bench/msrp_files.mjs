/*
 * msrp_files.mjs [MIB] [ROUNDS] [LEGS] - a file of MIB over MSRP to a room and from it, beside the same bytes over a bare TCP
 * connection into a file and out of one, in the same run, while LEGS callers talk. Prints the rates, how much memory the server
 * took at its peak above what it had, and how many ticks of the mix were late. The far end is this program in all four, so it
 * costs the same in each; RADUNO_BIN is the server, build/bench-load the callers.
 */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { MsrpEnd } from '../support/msrp.mjs';
import { freePort } from '../support/ports.mjs';
import { Child } from '../support/process.mjs';
import { parseSdp } from '../support/sdp.mjs';
import { SipEndpoint } from '../support/sip.mjs';
import { BINARY, startServer } from '../support/server.mjs';
import { until } from '../support/wait.mjs';

const [mib = 1024, rounds = 3, legs = 20] = process.argv.slice(2).map(Number);
const total = mib * 1024 * 1024;
const block = randomBytes(1 << 20);
const ends = [];
const t = { after: (act) => ends.unshift(act) };

/* The other end of the bare connection, a process as the server is one: bytes to a file, or out of it. */
const BARE = `const net = require('net'), fs = require('fs'); const [what, file] = process.argv.slice(1);
net.createServer((socket) => {
  if (what === 'give') return fs.createReadStream(file, { highWaterMark: 1 << 20 }).pipe(socket);
  const fd = fs.openSync(file, 'w');
  socket.on('data', (bytes) => fs.writeSync(fd, bytes)).on('end', () => { fs.closeSync(fd); socket.end('.'); });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

async function bareEnd(what, file) {
  const child = new Child(process.execPath, ['-e', BARE, what, file], { name: what });
  t.after(() => child.end());
  return Number(await until(() => child.lines[0], { what: 'a port' }));
}

const connect = async (port) => {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
};

/** All of the file, as fast as it is taken. */
async function pour(socket) {
  for (let i = 0; i < mib; i++)
    if (!socket.write(block)) await once(socket, 'drain');
}

async function timed(act) {
  const begin = performance.now();
  await act();
  return mib * 1000 / (performance.now() - begin);
}

const field = (pid, name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))[1]);
const late = async (server) => Number(/^raduno_media_ticks_late_total (\d+)$/m.exec((await server.api.get('/metrics', { root: true })).body)[1]);
const attribute = (media, name) => media.attributes.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1);
const body = (lines) => `${['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ...lines].join('\r\n')}\r\n`;

async function open(server, direction, selector) {
  const end = await MsrpEnd.open({ t });
  const sip = await SipEndpoint.open({ t, user: 'ann' });
  const call = sip.call(server.uri('files'));
  const extra = [`a=${direction}`, `a=file-selector:${selector}`, 'a=file-transfer-id:one'];
  const response = await call.invite(body(end.section({ types: '*', wrapped: '', chatroom: undefined, extra })));
  if (response.status !== 200) throw new Error(`${direction}: ${response.status}`);
  return { end, call, far: attribute(parseSdp(response.body).media[0], 'path') };
}

async function up(server, sha1) {
  const { end, call, far } = await open(server, 'sendonly', `name:"large" type:application/octet-stream size:${total} hash:sha-1:${sha1}`);
  await end.connect(far);
  const rate = await timed(async () => {
    end.socket.write(`MSRP large SEND\r\nTo-Path: ${far}\r\nFrom-Path: ${end.path}\r\nMessage-ID: large\r\nByte-Range: 1-${total}/${total}\r\nContent-Type: application/octet-stream\r\n\r\n`);
    const answered = new Promise((resolve) => end.waiting.set('large', resolve));
    await pour(end.socket);
    end.socket.write('\r\n-------large$\r\n');
    const { status } = await answered;
    if (status !== 200) throw new Error(`sent: ${status}`);
  });
  await call.bye();
  return rate;
}

/** Reads requests off the socket, answers them, and counts what is in them: no more than that, for it is the far end that is not
 *  to be measured. */
function count(socket, { far, own }, wanted) {
  let rest = Buffer.alloc(0), got = 0;
  return new Promise((resolve) => {
    socket.on('data', (bytes) => {
      rest = rest.length ? Buffer.concat([rest, bytes]) : bytes;
      for (;;) {
        const blank = rest.indexOf('\r\n\r\n');
        const [, transaction, what] = /^MSRP (\S+) (\S+)/.exec(rest.toString('latin1', 0, 200)) ?? [];
        const mark = `-------${transaction}`;
        const end = what === 'SEND' && blank < 0 ? -1 : rest.indexOf(mark, what === 'SEND' ? blank + 4 : 0);
        if (!transaction || end < 0 || rest.length < end + mark.length + 3) return;
        rest = rest.subarray(end + mark.length + 3);
        if (what !== 'SEND') continue;
        got += end - 2 - (blank + 4);
        socket.write(`MSRP ${transaction} 200 OK\r\nTo-Path: ${far}\r\nFrom-Path: ${own}\r\n${mark}$\r\n`);
        if (got === wanted) resolve();
      }
    });
  });
}

async function down(server) {
  const { end, call, far } = await open(server, 'recvonly', `name:"large" size:${total}`);
  const socket = await connect(Number(/:(\d+)\//.exec(far)[1]));
  const rate = await timed(async () => {
    const whole = count(socket, { far, own: end.path }, total);
    socket.write(`MSRP bound SEND\r\nTo-Path: ${far}\r\nFrom-Path: ${end.path}\r\nMessage-ID: bound\r\n-------bound$\r\n`);
    await whole;
  });
  socket.destroy();
  await call.bye();
  return rate;
}

const middle = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

const hash = createHash('sha1');
for (let i = 0; i < mib; i++) hash.update(block);
const sha1 = hash.digest('hex').match(/../g).join(':');
const server = await startServer({ t, set: { 'rooms.join_tone': 'none', 'sip.rate_per_source': 0, 'sip.msrp_listen': [`tcp:127.0.0.1:${await freePort()}`],
  'files.max_mib': mib, 'files.room_quota_mib': 2 * mib, 'media.ports': '30000-31999' } });
(await server.api.post('/rooms', { name: 'files' })).expect(201);
const load = new Child(path.join(path.dirname(BINARY), 'bench-load'),
  ['--server', `127.0.0.1:${server.sipPort}`, '--legs', String(legs), '--codec', 'pcmu', '--talkers', '3', '--seconds', '3600'], { name: 'bench-load' });
t.after(() => load.end());
await until(async () => (await server.api.get('/rooms')).body.items.some(({ participants }) => participants === legs), { timeout: 30000, what: 'the callers are in' });
const [begin, lateBefore] = [field(server.pid, 'VmRSS'), await late(server)];
const copy = path.join(server.dataDir, 'bare');
const rates = { 'bare up': [], 'msrp up': [], 'bare down': [], 'msrp down': [] };
for (let i = 0; i < rounds; i++) {
  const into = await connect(await bareEnd('take', copy));
  rates['bare up'].push(await timed(async () => { await pour(into); into.end(); await once(into, 'data'); }));
  rates['msrp up'].push(await up(server, sha1));
  const [file] = await until(async () => { const { items } = (await server.api.get('/rooms/files/files')).body; return items.length && items; }, { timeout: 60000, what: 'it is shared' });
  const from = await connect(await bareEnd('give', copy));
  rates['bare down'].push(await timed(async () => { from.resume(); await once(from, 'end'); from.end(); }));
  rates['msrp down'].push(await down(server));
  (await server.api.delete(`/rooms/files/files/${file.id}`)).expect(204);
}
for (const way of ['up', 'down']) {
  const [bare, msrp] = [middle(rates[`bare ${way}`]), middle(rates[`msrp ${way}`])];
  console.log(`${way.padEnd(5)} bare TCP ${bare.toFixed(0)} MiB/s   MSRP ${msrp.toFixed(0)} MiB/s   MSRP/bare ${(msrp / bare).toFixed(2)}`);
}
console.log(`memory ${((field(server.pid, 'VmHWM') - begin) / 1024).toFixed(0)} MiB more at its peak; late ticks ${await late(server) - lateBefore}, with ${legs} callers`);
for (const end of ends) await end();
process.exit(0);
