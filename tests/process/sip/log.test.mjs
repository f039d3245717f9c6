/* The log: as JSON, changed while running, and what fail2ban finds in it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { authorize, challengesOf } from '../../support/digest.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;

/** The filter that we ship, as fail2ban reads it: without the time, <HOST> is an address. */
function fail2ban() {
  const text = fs.readFileSync(new URL('../../../conf/fail2ban/raduno.conf', import.meta.url), 'utf8');
  const lines = /^failregex = (.*(?:\n +.*)*)$/m.exec(text)[1].split('\n');
  return lines.map((line) => new RegExp(line.trim().replace('<HOST>', '(?<host>[0-9a-fA-F.:]+)')));
}

/** Reads the configuration file again, with another log.format. */
async function reload(server, format) {
  fs.writeFileSync(server.configFile, JSON.stringify({ log: { format } }));
  const from = server.log.length;
  process.kill(server.pid, 'SIGHUP');
  await until(() => server.log.slice(from).some((line) => /configuration was read again/.test(line)), { what: 'it is read again' });
  return from;
}

test('JSON: every line is an object, whatever a caller is called; SIGHUP changes the format', async (t) => {
  const server = await startServer({ t, config: { log: { format: 'json' } } });
  const name = 'Ann "x"} \\ {"level":"error"';
  await Caller.join({ t, server, room: 'blue', name: 'ann', headers: { From: `"Ann \\"x\\"} \\\\ {\\"level\\":\\"error\\"" <sip:ann@test>;tag=1` } });
  await server.api.waitForParticipants('blue', 1);
  const lines = () => server.log.map((line) => JSON.parse(line));
  const joined = await until(() => lines().find(({ message }) => message.includes('joined')), { what: 'a line of who joined' });
  assert.ok(joined.message.includes(`"${name}"`), joined.message);
  for (const line of lines()) {
    assert.match(line.time, STAMP);
    assert.ok(['info', 'warn'].includes(line.level), JSON.stringify(line));
    assert.match(line.area, /^[a-z]+$/);
    assert.deepEqual(Object.keys(line).filter((key) => !['time', 'level', 'area', 'call', 'message'].includes(key)), []);
  }
  assert.ok(lines().some(({ message }) => /^Raduno \S+ is ready\.$/.test(message)), 'the greeting is in the log');

  assert.equal(await server.api.metric('raduno_file_jobs_waiting'), 0);
  assert.equal(await server.api.metric('raduno_sip_messages_waiting'), 0);
  assert.ok((await server.api.metric('raduno_log_lines_waiting')) >= 0);

  const from = await reload(server, 'text');
  await until(() => server.log.length > from, { what: 'a line of text' });
  for (const line of server.log.slice(from)) assert.match(line, /^\S+Z (info|warn) {2}[a-z]+ +\S/);
});

test('each line of a call has the id of its participant, from the first to the last', async (t) => {
  const server = await startServer({ t, set: { 'log.format': 'json', 'sip.dial_out': true } });
  const linesOf = (id) => server.log.map((line) => JSON.parse(line)).filter(({ call }) => call === id);
  const says = (id, text) => until(() => linesOf(id).some(({ message }) => message.includes(text)), { what: `${id}: ${text}` });
  const first = (id) => linesOf(id)[0].message;

  const ann = await Caller.join({ t, server, room: 'blue', name: 'ann' });
  const [{ id: dialledIn }] = await server.api.waitForParticipants('blue', 1);
  const bob = await Caller.wait({ t, name: 'bob' });
  const { id: dialledOut } = (await server.api.post('/rooms/blue/participants', { uri: bob.uri })).expect(201).body;
  await bob.answered;
  const { participant: browser, id: secret, ...web } = (await server.api.post('/rooms/blue/calls', { offer: webOffer() }, { token: null })).expect(201).body;
  assert.ok(web.answer);

  assert.equal(await until(() => linesOf(dialledIn).length && first(dialledIn), { what: 'a line' }), `sip:ann@127.0.0.1 dials blue, Call-ID ${ann.call.callId}`);
  await says(dialledIn, 'joined: "');
  await says(dialledOut, `INVITE goes to ${bob.uri}, Call-ID ${bob.call.callId}`);
  await says(dialledOut, 'joined: "');
  await says(browser, 'a browser at 127.0.0.1 joins blue');
  await ann.leave();
  await says(dialledIn, 'left after');
  (await server.api.delete(`/rooms/blue/participants/${dialledOut}`)).expect(204);
  await says(dialledOut, 'left after');
  (await server.api.delete(`/rooms/blue/calls/${secret}`, { token: null })).expect(204);
  await says(browser, 'left after');
  for (const id of [dialledIn, dialledOut, browser]) {
    const others = server.log.map((line) => JSON.parse(line)).filter(({ call, message }) => call !== id && message.includes(id));
    assert.deepEqual(others, [], 'no line has it in its text only');
  }
  assert.ok(!server.log.join('\n').includes(secret), 'what a browser may do with its call is in no line');
});

test('a call that is refused has an id, too', async (t) => {
  const server = await startServer({ t, set: { 'log.format': 'json', 'rooms.auto_create': false } });
  const sip = await SipEndpoint.open({ t });
  const call = sip.call(server.uri('nowhere'));
  assert.equal((await call.invite(buildSdp({ ip: '127.0.0.1', port: 40000 }))).status, 404);
  const lines = () => server.log.map((line) => JSON.parse(line));
  const came = await until(() => lines().find(({ message }) => message.endsWith(call.callId)), { what: 'it comes in' });
  await until(() => lines().some(({ call: id, message }) => id === came.call && /^refused: /.test(message)), { what: 'it is refused' });
});

test('fail2ban finds who is banned, in both formats', async (t) => {
  const server = await startServer({ t, set: { 'sip.authenticate': 'invites', 'sip.auth_failures': 1 } });
  for (const format of ['text', 'json']) {
    await reload(server, format);
    const from = server.log.length;
    const sip = await SipEndpoint.open({ t });
    const uri = server.uri('blue');
    const body = buildSdp({ ip: '127.0.0.1', port: 40000 });
    const [challenge] = challengesOf(await sip.call(uri).invite(body));
    const authorization = authorize(challenge, { name: 'alice', password: 'guess', uri, body });
    await sip.call(uri).invite(body, { headers: { Authorization: authorization } });
    const line = await until(() => server.log.slice(from).find((one) => /auth: banned/.test(one)), { what: 'a line for fail2ban' });
    const rest = line.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/, '');
    const hosts = fail2ban().map((regex) => regex.exec(rest)?.groups.host).filter(Boolean);
    assert.deepEqual(hosts, ['127.0.0.1'], line);
    (await server.api.delete('/bans/127.0.0.1')).expect(204);
  }
});
