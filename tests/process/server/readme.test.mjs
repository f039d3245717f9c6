/* README.md, followed word for word by somebody with phones and a provider: each command does what it says. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { freePort } from '../../support/ports.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { REPOSITORY, startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';

const README = fs.readFileSync(path.join(REPOSITORY, 'README.md'), 'utf8');
const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });

/** The commands of a chapter, in their order; what begins with blanks goes on with the line before. */
function commandsOf(chapter) {
  const [, text] = new RegExp(`^## ${chapter}\\n([^]*?)^## `, 'm').exec(README);
  return [...text.matchAll(/^```\n([^]*?)^```/gm)].flatMap(([, block]) => block.replace(/\n[ \t]+/g, ' ').split('\n').filter((line) => line.trim()));
}

/** What `server/run.sh --set ...` of the chapter sets. */
const settingsOf = (chapter) => Object.fromEntries(commandsOf(chapter).filter((line) => line.startsWith('server/run.sh')).flatMap((line) => [...line.matchAll(/--set (\S+?)=(\S+)/g)].map(([, key, value]) => [key, value])));

/** A shell in which curl fails as loudly as a reader would notice; `places`: what the reader puts for what stands there. */
function shellIn(folder, places) {
  const prelude = commandsOf('Quick start').filter((line) => /^(auth|url)=/.test(line)).join('\n');
  const fill = (text) => Object.entries(places).reduce((filled, [from, to]) => filled.replaceAll(from, to), text);
  return (line, patienceS = 20) => new Promise((resolve, reject) => {
    const script = `set -euo pipefail\ncurl() { command curl -sS --fail-with-body --max-time ${patienceS} "$@"; }\n${prelude}\n${line}`;
    execFile('bash', ['-c', fill(script)], { cwd: folder }, (error, stdout, stderr) => (error ? reject(new Error(`${line}\n${stdout}${stderr}`)) : resolve(stdout)));
  });
}

async function begin(t) {
  const folder = fs.mkdtempSync('/tmp/raduno-readme-');
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const token = randomBytes(16).toString('hex');
  fs.mkdirSync(path.join(folder, 'data'));
  fs.writeFileSync(path.join(folder, 'data/admin-token'), token);
  const places = { HOST: '127.0.0.1' };
  const shell = shellIn(folder, places);
  await shell(commandsOf('Phones').filter((line) => /^(\w+=|openssl)/.test(line)).join('\n')); /* keys and certificates */
  const set = Object.fromEntries(Object.entries({ ...settingsOf('Phones'), 'sip.auth_algorithms': 'md5' }).map(([key, value]) => [key, value.replace(/^smime/, `${folder}/smime`)]));
  set['api.admin_token'] = token;
  set['sip.msrp_listen'] = [`tcp:127.0.0.1:${await freePort()}`, `tls:127.0.0.1:${await freePort()}`];
  const server = await startServer({ t, set });
  fs.writeFileSync(path.join(folder, 'slides.pdf'), '%PDF-1.4\n');
  Object.assign(places, { '127.0.0.1:8080': `127.0.0.1:${server.apiPort}` });
  return { server, api: server.api, shell, places };
}

const inside = async (api, room) => (await api.get(`/rooms/${room}/participants`)).expect(200).body.items;
const isConnected = ({ state }) => state === 'connected';

test('the commands of README.md', async (t) => {
  const { server, api, shell, places } = await begin(t);
  const follow = async (line) => JSON.parse((await shell(line)) || 'null');
  const phone = async (user, more) => {
    const sip = await SipEndpoint.open({ t, user, ...more });
    sip.onInvite = (incoming) => incoming.answer(sdp);
    return sip;
  };
  const [bob, gateway, far] = [await phone('bob'), await phone('gateway'), await phone('far', { ip: '127.0.0.3' })];
  Object.assign(places, { 'sip:bob@192.0.2.7': bob.uri, 'sip:gw.example.com': gateway.uri.replace('gateway@', ''), '192.0.2.0/24': '127.0.0.3' });

  await t.test('Quick start', async () => {
    for (const name of ['ann', 'ben']) await Caller.join({ t, server, room: 'blue', name });
    await api.waitForParticipants('blue', 2);
    for (const line of commandsOf('Quick start').filter((one) => one.startsWith('curl'))) {
      const room = /rooms\/(\w+)\/participants\/ID/.exec(line)?.[1];
      if (room) places['participants/ID'] = `participants/${(await inside(api, room)).find(isConnected).id}`;
      if (line.includes('snapshot.jpg')) continue; /* nobody has a camera here */
      if (line.includes('-N')) await assert.rejects(shell(line, 1), /retry: \d+/, 'it goes on until it is ended');
      else await follow(line);
      if (line.includes('"board", "pin"')) {
        (await api.post('/rooms/board/participants', { uri: bob.uri })).expect(201, 202);
        await until(async () => (await inside(api, 'board')).some(isConnected), { what: 'bob is in board' });
      }
    }
    assert.deepEqual((await inside(api, 'blue')).map(({ says }) => says), [['whisper']], 'one was sent away, the other whispers');
    assert.deepEqual((await inside(api, 'board')).map(({ pinned }) => pinned), [1]);
    assert.equal((await inside(api, 'green')).length, 1);
    assert.equal((await api.get('/rooms/board/files')).expect(200).body.items[0].name, 'slides.pdf');
    assert.equal((await api.get('/rooms/board/recordings')).expect(200).body.items.length, 1);
  });

  await t.test('Phones', async () => {
    const [makes, shows, calls, ...rest] = commandsOf('Phones').filter((one) => /^(curl|jq)/.test(one));
    await follow(makes);
    await Baresip.start({ t, name: 'alice', hz: 440, codec: 'PCMU', answer: 'auto', registrar: { server, password: 'a-long-secret' } });
    await until(async () => (await follow(shows)).items.length === 1, { what: 'her phone is shown' });
    const { id } = await follow(calls);
    await until(async () => (await inside(api, 'green')).some((one) => one.id === id && isConnected(one)), { what: 'her phone has answered' });
    for (const line of rest) await follow(line);
    assert.equal((await api.get('/accounts/alice')).expect(200).body.smime, 'required');
  });

  await t.test('Trunks', async () => {
    const commands = commandsOf('Trunks').filter((one) => one.startsWith('curl'));
    for (const line of commands) await follow(line);
    await until(async () => (await inside(api, 'board')).some(({ uri, state }) => uri === 'tel:+4930987654' && state === 'connected'), { what: 'the number has answered' });
    assert.match(gateway.received.find(({ method }) => method === 'INVITE').uri, /^sip:\+4930987654@/);
    assert.equal((await api.get('/trunks/line')).expect(200).body.lines, 30);
    for (const number of ['03012345', '03012300']) assert.equal((await far.call(server.uri(number)).invite(sdp)).status, 200);
    await until(async () => (await inside(api, 'board')).some(({ uri, state }) => uri.includes('far@') && state === 'pin'), { what: 'a caller of the number is asked for the PIN' });
    assert.match((await api.get('/rooms/board')).expect(200).body.number, /^\d+$/);
  });
});
