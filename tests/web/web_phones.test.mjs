/* Phones that are pages, JsSIP and SIP.js: they register, call, are called and write as phones do. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../support/baresip.mjs';
import { waitToHear } from '../support/ears.mjs';
import { startServer } from '../support/server.mjs';
import { until } from '../support/wait.mjs';
import { Browser } from './support/browser.mjs';
import { KINDS, WebPhone } from './support/web_phone.mjs';

const PASSWORD = 'a-long-secret-of-a-page';

test('pages register, and talk to a room', async (t) => {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' }, web: true });
  const browser = await Browser.start({ t, server, hz: 440 });
  const bob = await Baresip.start({ t, name: 'bob', hz: 700, codec: 'opus' });
  await bob.dial(server.uri('blue'));
  for (const kind of KINDS) {
    await t.test(kind, async () => {
      await server.api.post('/accounts', { name: kind, password: PASSWORD });
      const phone = await WebPhone.open({ browser, kind, url: server.webUrl, server, name: kind, password: PASSWORD });
      await phone.register();
      const { body: { items: [registration] } } = await server.api.get(`/accounts/${kind}/registrations`);
      assert.match(registration.contact, /\.invalid;transport=ws/);
      assert.match(registration.source, /^sip:127\.0\.0\.1:\d+;transport=ws$/);
      await phone.call('blue');
      await phone.tab.listens();
      await waitToHear(phone.tab, { present: [700], absent: [440] });
      await waitToHear(bob, { present: [440], absent: [700] });
      await phone.hangUp();
      await until(async () => (await server.api.participants('blue')).length === 1, { what: `${kind} has left` });
      await phone.close();
    });
  }
});
