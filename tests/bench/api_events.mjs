/*
 * api_events.mjs URL TOKEN ROOM COUNT SECONDS - COUNT subscribers to a room's events; the room is
 * changed ten times a second for SECONDS; prints how long each change took to reach them, from the
 * request on: of all receipts, and of the last subscriber of each change.
 */
import http from 'node:http';

const [base, token, room, count, seconds] = process.argv.slice(2);
const headers = { authorization: `Bearer ${token}` };
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
const sent = new Map(); // title of a change -> when it was asked for [ms]
const receipts = []; // [ms]
const last = new Map(); // title -> the last receipt [ms]

function subscribe() {
  return new Promise((resolve, reject) => {
    const request = http.get(`${base}/api/v1/rooms/${room}/events`, { headers, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${response.statusCode}: no stream`));
      response.setEncoding('latin1');
      response.on('data', (text) => {
        for (const [, title] of text.matchAll(/"display_name": ?"(change-\d+)"/g)) {
          const took = performance.now() - sent.get(title);
          receipts.push(took);
          last.set(title, took);
        }
      });
      resolve(request);
    });
    request.on('error', reject);
  });
}

function change(title) {
  return new Promise((resolve, reject) => {
    sent.set(title, performance.now());
    const request = http.request(`${base}/api/v1/rooms/${room}`, {
      method: 'PATCH', agent, headers: { ...headers, 'content-type': 'application/merge-patch+json' },
    }, (response) => response.resume().on('end', () => resolve(response.statusCode)));
    request.on('error', reject);
    request.end(JSON.stringify({ display_name: title }));
  });
}

const share = (values, part) => values[Math.min(values.length - 1, Math.floor(values.length * part))]?.toFixed(1);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const streams = [];
for (let i = 0; i < Number(count); i += 50) {
  const some = Array.from({ length: Math.min(50, Number(count) - i) }, subscribe);
  streams.push(...await Promise.all(some));
}
const changes = Number(seconds) * 10;
for (let i = 0; i < changes; i++) {
  await change(`change-${i}`);
  await pause(100);
}
for (let i = 0; i < 50 && receipts.length < changes * streams.length; i++) await pause(100);
for (const stream of streams) stream.on('error', () => {}).destroy();
receipts.sort((a, b) => a - b);
const lasts = [...last.values()].sort((a, b) => a - b);
console.log(`${receipts.length} of ${changes * streams.length} receipts; p50 ${share(receipts, 0.5)} ms, p99 ${share(receipts, 0.99)} ms; `
  + `all have it: p50 ${share(lasts, 0.5)} ms, p99 ${share(lasts, 0.99)} ms`);
agent.destroy();
