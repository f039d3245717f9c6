/* Phones that are pages, JsSIP and SIP.js: they register, call, are called and write as phones do. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../support/baresip.mjs';
import { waitToHear } from '../support/ears.mjs';
import { startServer } from '../support/server.mjs';
import { until } from '../support/wait.mjs';
import { Browser } from './support/browser.mjs';
import { Cable, KINDS, WebPhone } from './support/web_phone.mjs';

const PASSWORD = 'a-long-secret-of-a-page';

async function assertTalk(phone, bob) {
  await phone.tab.listens();
  await waitToHear(phone.tab, { present: [700], absent: [440] });
  await waitToHear(bob, { present: [440], absent: [700] });
}

const registrationsOf = async (server, name) => (await server.api.get(`/accounts/${name}/registrations`)).expect(200).body.items;

/** In a room with bob. */
async function talksToARoom(server, phone, bob) {
  await bob.dial(server.uri('blue'));
  await phone.call('blue');
  await assertTalk(phone, bob);
  await phone.hangUp();
  await until(async () => (await server.api.participants('blue')).length === 1, { what: `${phone.name} has left` });
  await bob.hangup();
}

/** By bob, who dials the account. */
async function isCalled(server, phone, bob) {
  const from = await phone.mark();
  await bob.dial(server.uri(phone.name));
  await phone.notes('confirmed', { from });
  await assertTalk(phone, bob);
  await bob.hangup();
  await phone.notes('ended: remote', { from });
}

/** Its connection breaks: it comes back by itself, registers, and a room reaches it. */
async function comesBack(server, phone, cable) {
  const [before] = await registrationsOf(server, phone.name);
  cable.cut();
  await phone.notes('disconnected');
  await until(async () => (await registrationsOf(server, phone.name)).some(({ source }) => source !== before.source), { what: `${phone.name} is registered again` });
  const from = await phone.mark();
  (await server.api.post('/rooms/green/participants', { uri: `sip:${phone.name}@raduno` })).expect(201);
  await phone.notes('confirmed', { from });
  await phone.hangUp();
  await until(async () => !(await server.api.participants('green')).length, { what: `${phone.name} has hung up` });
}

test('phones that are pages', async (t) => {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' }, web: true });
  const browser = await Browser.start({ t, server, hz: 440 });
  const bob = await Baresip.start({ t, name: 'bob', hz: 700, codec: 'opus' });
  const phones = [];
  (await server.api.post('/rooms', { name: 'green' })).expect(201);
  for (const kind of KINDS) {
    await t.test(kind, async () => {
      const cable = await Cable.lay(t, server.webPort);
      (await server.api.post('/accounts', { name: kind, password: PASSWORD })).expect(201);
      const phone = await WebPhone.open({ browser, kind, url: `ws://127.0.0.1:${cable.port}/`, server, name: kind, password: PASSWORD });
      phones.push(phone);
      await phone.register();
      const [registration] = await registrationsOf(server, kind);
      assert.match(registration.contact, /\.invalid;transport=ws/);
      assert.match(registration.source, /^sip:127\.0\.0\.1:\d+;transport=ws$/);
      await talksToARoom(server, phone, bob);
      await isCalled(server, phone, bob);
      await comesBack(server, phone, cable);
    });
  }
  await t.test('they write to one another', async () => {
    const [ann, other] = phones;
    await ann.write(other.name, 'from JsSIP');
    await other.notes('message: from JsSIP');
    await other.write(ann.name, 'from SIP.js');
    await ann.notes('message: from SIP.js');
  });
});
