/* Phones register: by our endpoint, which can be wrong in every way, and by baresip, which is a phone. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { is } from '../../support/events.mjs';
import { contactsOf, register, registration } from '../../support/register.mjs';
import { startServer } from '../../support/server.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { until } from '../../support/wait.mjs';

const password = 'correct-horse';
const alice = { name: 'alice', password };

async function start(t, set = {}) {
  const server = await startServer({ t, set });
  (await server.api.post('/accounts', { name: 'alice', password, number: '101' })).expect(201);
  (await server.api.post('/accounts', { name: 'bob', password })).expect(201);
  return server;
}

const registrations = async (server, name = 'alice') => (await server.api.get(`/accounts/${name}/registrations`)).expect(200).body.items;
const isRegistered = async (server, name = 'alice') => (await server.api.get(`/accounts/${name}`)).expect(200).body.registered;

test('REGISTER: asked for, added, shown, refreshed, removed; and each is an event', async (t) => {
  const server = await start(t);
  const sip = await SipEndpoint.open({ t });
  const events = await server.api.events('/events');
  const call = registration(sip, server, alice);
  assert.equal((await register(sip, server, { name: 'alice' })).status, 401);
  assert.equal(await isRegistered(server), false);
  const first = await register(sip, server, { ...alice, call });
  assert.equal(first.status, 200);
  assert.deepEqual(contactsOf(first).map(({ uri, expires }) => [uri, expires]), [[sip.uri, 3600]]);
  const [shown] = await registrations(server);
  assert.equal(shown.contact, sip.uri);
  assert.equal(shown.source, `sip:127.0.0.1:${sip.port};transport=udp`);
  assert.equal(shown.user_agent, 'test');
  assert.equal(await isRegistered(server), true);
  await events.waitFor(is('registration_added', { account: 'alice' }));

  const again = await register(sip, server, { ...alice, call, expires: 600, index: 1 });
  assert.deepEqual(contactsOf(again).map(({ expires }) => expires), [600]);
  assert.equal((await registrations(server))[0].id, shown.id);

  const question = await register(sip, server, { ...alice, contact: null });
  assert.deepEqual(contactsOf(question).map(({ uri }) => uri), [sip.uri]);

  const gone = await register(sip, server, { ...alice, call, expires: 0 });
  assert.deepEqual([gone.status, contactsOf(gone)], [200, []]);
  await events.waitFor(is('registration_removed', { account: 'alice', reason: 'removed' }));
  assert.deepEqual(await registrations(server), []);
});

test('several contacts, their order, the number as address; * and the API take away', async (t) => {
  const server = await start(t, { 'sip.max_contacts': 4 });
  const sip = await SipEndpoint.open({ t });
  const contact = '<sip:a@192.0.2.1>;q=0.2, "Desk" <sip:a@192.0.2.2:5070;transport=tcp>;expires=120, <sip:a@192.0.2.3>;q=0.7;+sip.instance="<urn:uuid:1>"';
  const response = await register(sip, server, { ...alice, user: '101', contact });
  assert.equal(response.status, 200);
  assert.deepEqual(contactsOf(response).map(({ uri, expires }) => [uri, expires]),
    [['sip:a@192.0.2.2:5070;transport=tcp', 120], ['sip:a@192.0.2.3', 3600], ['sip:a@192.0.2.1', 3600]]);
  assert.match(contactsOf(response)[1].text, /;q=0\.700;\+sip\.instance="<urn:uuid:1>"/);
  assert.equal((await register(sip, server, { ...alice, contact: '<sip:A@192.0.2.1:5060;transport=udp>, <sip:b@192.0.2.5>, <sip:b@192.0.2.6>' })).status, 403);
  const same = await register(sip, server, { ...alice, contact: '<sip:a@192.0.2.1:5060;transport=UDP>' });
  assert.equal(contactsOf(same).length, 3, 'the port and transport that are meant anyway');
  const [{ id }] = await registrations(server);
  (await server.api.delete(`/accounts/alice/registrations/${id}`)).expect(204);
  (await server.api.delete(`/accounts/alice/registrations/${id}`)).expect(404);
  assert.equal((await registrations(server)).length, 2);
  assert.equal((await register(sip, server, { ...alice, contact: '*', expires: 0 })).status, 200);
  assert.deepEqual(await registrations(server), []);
  await register(sip, server, alice);
  (await server.api.patch('/accounts/alice', { enabled: false })).expect(200);
  assert.deepEqual(await registrations(server), []);
});

test('what is wrong has its answer, and changes nothing', async (t) => {
  const server = await start(t, { 'sip.auth_failures': 1000 });
  const sip = await SipEndpoint.open({ t });
  const call = registration(sip, server, alice);
  await register(sip, server, { ...alice, call });
  const before = await registrations(server);
  const many = Array.from({ length: 40 }, (_, i) => `<sip:a@192.0.2.${i}>`).join(', ');
  const cases = [
    { what: { password: 'wrong password' }, status: 401 },
    { what: { name: 'nobody' }, status: 401 },
    { what: { user: 'bob' }, status: 403 },
    { what: { expires: 10 }, status: 423, header: ['min-expires', '60'] },
    { what: { contact: '<sip:a@192.0.2.1>;expires=59' }, status: 423 },
    { what: { contact: '*' }, status: 400 },
    { what: { contact: '*, <sip:a@192.0.2.1>', expires: 0 }, status: 400 },
    { what: { contact: '<tel:+4930123>' }, status: 400 },
    { what: { contact: '<sip:a@192.0.2.1:99999>' }, status: 400 },
    { what: { contact: '<sip:a@192.0.2.1?Subject=x>' }, status: 400 },
    { what: { contact: '<sips:a@192.0.2.1>' }, status: 400 },
    { what: { contact: `<sip:${'a'.repeat(600)}@192.0.2.1>` }, status: 400 },
    { what: { contact: many }, status: 403 },
    { what: { headers: { Path: '<tel:1>' } }, status: 400 },
    { what: { headers: { Path: Array.from({ length: 9 }, () => '<sip:192.0.2.1;lr>').join(', ') } }, status: 400 },
    { what: { headers: { Supported: 'outbound', v: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx' }, contact: '<sip:a@192.0.2.1>;+sip.instance="<urn:uuid:1>";reg-id=1' }, status: 439 },
  ];
  for (const { what, status, header } of cases) {
    const response = await register(sip, server, { ...alice, ...what });
    assert.equal(response.status, status, JSON.stringify(what));
    if (header) assert.equal(response.header(header[0]), header[1]);
  }
  const late = await register(sip, server, { ...alice, call: Object.assign(registration(sip, server, alice), { callId: call.callId, cseq: 1 }) });
  assert.equal(late.status, 500, 'older than what it would change');
  assert.deepEqual(await registrations(server), before);
});

test('there are no more than configured in all: 503, and who is there stays', async (t) => {
  const server = await start(t, { 'sip.max_registrations': 2 });
  const sip = await SipEndpoint.open({ t });
  const ask = (contact, name = 'alice') => register(sip, server, { name, password, contact });
  assert.equal((await ask('<sip:a@192.0.2.1>, <sip:a@192.0.2.2>')).status, 200);
  const refused = await ask('<sip:b@192.0.2.3>', 'bob');
  assert.equal(refused.status, 503);
  assert.match(refused.header('retry-after'), /^\d+$/);
  assert.equal((await ask('<sip:a@192.0.2.1>')).status, 200, 'a refresh');
  assert.equal(await isRegistered(server, 'bob'), false);
});

test('Path and outbound are noted, and said again', async (t) => {
  const server = await start(t);
  const sip = await SipEndpoint.open({ t });
  const headers = { Supported: 'path, outbound', Path: '<sip:edge@192.0.2.9;lr;ob>' };
  const instance = '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"';
  const one = await register(sip, server, { ...alice, headers, contact: `<sip:a@192.0.2.1>;reg-id=1;${instance}` });
  assert.equal(one.status, 200);
  assert.equal(one.header('path'), '<sip:edge@192.0.2.9;lr;ob>');
  assert.match(one.header('require'), /outbound/);
  const moved = await register(sip, server, { ...alice, headers, contact: `<sip:a@192.0.2.77:1234>;reg-id=1;${instance}` });
  assert.deepEqual(contactsOf(moved).map(({ uri }) => uri), ['sip:a@192.0.2.77:1234'], 'the same phone elsewhere');
  const [shown] = await registrations(server);
  assert.deepEqual([shown.path, shown.instance, shown.reg_id], ['<sip:edge@192.0.2.9;lr;ob>', '<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>', 1]);
});

test('who does not refresh is gone; who did is there after a restart', async (t) => {
  const server = await start(t, { 'sip.register_min_s': 1 });
  const sip = await SipEndpoint.open({ t });
  const events = await server.api.events('/events');
  await register(sip, server, { ...alice, expires: 1 });
  await events.waitFor(is('registration_removed', { account: 'alice', reason: 'expired' }));
  await register(sip, server, { ...alice, expires: 600 });
  const before = await registrations(server);
  await until(() => fs.readFileSync(path.join(server.dataDir, 'raduno.db-wal')).includes(before[0].id), { what: 'it is written' });
  await server.kill9();
  await server.restart();
  const [after] = await registrations(server);
  const near = (a, b) => assert.ok(Math.abs(new Date(a) - new Date(b)) < 2000, `${a} ${b}`);
  near(after.expires_at, before[0].expires_at);
  assert.deepEqual({ ...after, expires_at: 0 }, { ...before[0], expires_at: 0 });
});

test('baresip registers over UDP and TCP, with outbound and without, stays, and goes', async (t) => {
  const server = await start(t, { 'sip.auth_algorithms': 'md5' }); /* it takes the first offer, or fails */
  for (const [transport, outbound] of [['udp', false], ['tcp', false], ['udp', true], ['tcp', true]]) {
    const phone = await Baresip.start({ t, name: 'alice', hz: 440, codec: 'PCMU', transport, outbound, registrar: { server, password } });
    const shown = await until(async () => (await registrations(server))[0], { what: `alice registered over ${transport}` });
    assert.match(shown.source, new RegExp(`transport=${transport}$`));
    assert.match(shown.user_agent, /baresip/i);
    assert.equal(shown.reg_id, outbound ? 1 : 0);
    await phone.quit();
    await until(async () => (await registrations(server)).length === 0, { what: 'alice is gone' });
  }
});
