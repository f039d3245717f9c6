/* The process: killed and started again, asked to end, out of ports, started where another one is. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { runServer, startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const quiet = { 'rooms.join_tone': 'none' };

test('kill -9: rooms made by the API are there again, those made by calls are not', async (t) => {
  const server = await startServer({ t, set: quiet });
  const { api } = server;
  const made = [];
  for (let i = 0; i < 20; i++) {
    const settings = { display_name: `Saal ${i} \u2713`, max_participants: i + 2, join_tone: i % 2 ? 'both' : 'none', alone: i % 3 ? 'noise' : 'silence' };
    made.push((await api.post('/rooms', { name: `kept-${i}`, ...settings })).expect(201).body);
  }
  made[3] = (await api.patch('/rooms/kept-3', { locked: true })).expect(200).body;
  (await api.delete('/rooms/kept-5')).expect(204);
  await Caller.join({ t, server, room: 'kept-7', name: 'alice', hz: 440 });
  await Caller.join({ t, server, room: 'fleeting', name: 'bob', hz: 700 });
  await api.waitForParticipants('kept-7', 1);
  await server.kill9();
  await server.restart();
  const { items } = (await api.get('/rooms?limit=200')).expect(200).body;
  const byName = (a, b) => (a.name < b.name ? -1 : 1);
  assert.deepEqual(items.sort(byName), made.filter(({ name }) => name !== 'kept-5').sort(byName));
  const again = await Caller.join({ t, server, room: 'kept-7', name: 'again', hz: 440 });
  const other = await Caller.join({ t, server, room: 'kept-7', name: 'other', hz: 700 });
  await waitToHear(again.rtp, { present: [700], absent: [440] });
  await other.leave();
});

test('SIGTERM with calls: BYE to all, exit 0', async (t) => {
  const server = await startServer({ t, set: quiet });
  const callers = [];
  for (const [i, transport] of ['udp', 'tcp', 'udp'].entries())
    callers.push(await Caller.join({ t, server, room: `r${i % 2}`, name: `c${i}`, hz: 440 + 100 * i, transport }));
  const phone = await Baresip.start({ t, name: 'phone', hz: 900 });
  await phone.dial(server.uri('r0'));
  const events = await server.api.events('/events');
  const stopped = server.stop();
  for (const caller of callers) assert.equal((await caller.call.ended).method, 'BYE');
  await phone.closed();
  await until(() => callers.every((c) => c.rtp.reportsOf('BYE').length), { what: 'RTCP BYE at each' });
  await stopped;
  await until(() => events.isEnded, { what: 'the event stream ends' });
});

test('while it drains new calls get 503, and it ends in time though somebody does not answer BYE', async (t) => {
  const server = await startServer({ t, set: { ...quiet, 'server.drain_timeout_s': 3 } });
  const deaf = await Caller.join({ t, server, room: 'r', name: 'deaf', hz: 440 });
  const late = await Caller.wait({ t, name: 'late' });
  let asked;
  const bye = new Promise((resolve) => (asked = resolve));
  deaf.sip.onRequest = (request) => {
    if (request.method === 'BYE') asked();
    deaf.call.isOver = true;
    return 'ignore';
  };
  const stopped = server.stop({ timeout: 12000 }); /* killed, and so failed, after that */
  await bye;
  const response = await late.sip.call(server.uri('r')).invite(late.describe());
  assert.equal(response.status, 503, response.start);
  assert.ok(response.header('retry-after'), 'with Retry-After');
  await stopped;
});

test('no port left: 503 with Retry-After; when one is given back, calls go on', async (t) => {
  const server = await startServer({ t, set: quiet, rtpPorts: 4 });
  const alice = await Caller.join({ t, server, room: 'r', name: 'alice', hz: 440 });
  const bob = await Caller.join({ t, server, room: 'r', name: 'bob', hz: 700 });
  const carol = await Caller.wait({ t, name: 'carol', hz: 1000 });
  const response = await carol.sip.call(server.uri('r')).invite(carol.describe());
  assert.equal(response.status, 503, response.start);
  assert.ok(response.header('retry-after'), 'with Retry-After');
  await waitToHear(alice.rtp, { present: [700], absent: [440] });
  await bob.leave();
  await until(async () => (await server.api.metric('raduno_ports_used')) === 1, { what: 'one pair of ports in use' });
  const dave = await Caller.join({ t, server, room: 'r', name: 'dave', hz: 1200 });
  await waitToHear(alice.rtp, { present: [1200], absent: [440] });
  await waitToHear(dave.rtp, { present: [440], absent: [1200] });
});

/** Arguments for a second server beside a running one. */
function beside(server, t, changes) {
  const directory = path.join(path.dirname(server.dataDir), 'second');
  const set = {
    'sip.listen': `udp:127.0.0.1:${server.sipPort}`, 'api.listen': `127.0.0.1:${server.apiPort}`,
    'media.ports': server.set['media.ports'], 'media.browser_port': 0, 'data.directory': directory, ...changes,
  };
  return Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}

test('an address in use: a clear error, an exit code, and the first server goes on', async (t) => {
  const server = await startServer({ t, set: quiet });
  const free = await server.ports.take();
  for (const [what, changes, named] of [
    ['UDP', { 'api.listen': `127.0.0.1:${free}` }, server.sipPort],
    ['TCP', { 'sip.listen': `udp:127.0.0.1:${free},tcp:127.0.0.1:${server.sipPort}`, 'api.listen': `127.0.0.1:${free}` }, server.sipPort],
    ['HTTP', { 'sip.listen': `udp:127.0.0.1:${free}` }, server.apiPort],
    ['browsers', { 'sip.listen': `udp:127.0.0.1:${free}`, 'media.browser_port': server.set['media.browser_port'] }, server.set['media.browser_port']],
  ]) {
    const { code, signal, log } = await runServer(beside(server, t, changes), { cwd: path.dirname(server.dataDir) });
    const text = log.join('\n');
    assert.ok(code > 0 && !signal, `${what}: code ${code}, signal ${signal}\n${text}`);
    assert.match(text, new RegExp(String(named)), `${what}: the port is named`);
    assert.match(text, /in use/i, `${what}: the reason is named`);
    assert.doesNotMatch(text, /is ready/);
  }
  const alice = await Caller.join({ t, server, room: 'r', name: 'alice', hz: 440 });
  await alice.leave();
});

test('a data directory that is a file, a database that is none: said clearly', async (t) => {
  const server = await startServer({ t, set: quiet });
  const folder = path.dirname(server.dataDir);
  const ports = { 'sip.listen': `udp:127.0.0.1:${await server.ports.take()}`, 'api.listen': `127.0.0.1:${await server.ports.take()}` };
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, 'x');
  const broken = path.join(folder, 'broken');
  fs.mkdirSync(broken);
  fs.writeFileSync(path.join(broken, 'raduno.db'), 'this is no database, '.repeat(100));
  for (const directory of [file, broken]) {
    const { code, log } = await runServer(beside(server, t, { ...ports, 'data.directory': directory }), { cwd: folder });
    assert.ok(code > 0, `${directory}: code ${code}`);
    assert.ok(log.some((line) => line.includes(directory) || /database/.test(line)), log.join('\n'));
  }
});
