/* Session timers (RFC 4028): who refreshes, how, and what happens if nobody does. The shortest
 * interval that the RFC allows is 90 s, so these calls run side by side. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const timeout = 150000;

async function join(t, server, headers) {
  const sip = await SipEndpoint.open({ t });
  const call = sip.call(server.uri('blue'));
  const response = await call.invite(sdp, { headers });
  assert.equal(response.status, 200);
  return { sip, call, response };
}

const came = (sip, method) => until(() => sip.received.find((m) => m.method === method), { timeout: 100000, what: `a ${method}` });

const cases = {
  'we refresh by UPDATE': async (t, server) => {
    const { sip, call, response } = await join(t, server, { Supported: 'timer', 'Session-Expires': '90;refresher=uas' });
    assert.match(response.header('session-expires'), /^90;refresher=uas/);
    const update = await came(sip, 'UPDATE');
    assert.match(update.header('session-expires'), /^90;refresher=uac/);
    assert.equal(update.body, '');
    await call.bye();
  },
  'we refresh by re-INVITE if there is no UPDATE, with the session as it is': async (t, server) => {
    const { sip, call, response } = await join(t, server, { Supported: 'timer', 'Session-Expires': '90;refresher=uas', Allow: 'INVITE, ACK, BYE' });
    call.onReinvite = () => sdp;
    const invite = await came(sip, 'INVITE');
    assert.equal(invite.body, response.body);
    await came(sip, 'ACK');
    await call.bye();
  },
  'the far end has no timer: we refresh alone': async (t, server) => {
    const { sip, call, response } = await join(t, server, {});
    assert.match(response.header('session-expires') ?? '', /refresher=uas/);
    await came(sip, 'UPDATE');
    await call.bye();
  },
  'the far end refreshes, and stays': async (t, server) => {
    const { sip, call, response } = await join(t, server, { Supported: 'timer', 'Session-Expires': '90;refresher=uac' });
    assert.match(response.header('session-expires'), /^90;refresher=uac/);
    assert.match(response.header('require') ?? '', /timer/);
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 30000)); /* an interval is what is tested */
      const again = await call.request('UPDATE', { headers: { Supported: 'timer', 'Session-Expires': '90;refresher=uac' } });
      assert.equal(again.status, 200);
      assert.match(again.header('session-expires'), /^90;refresher=uac/);
    }
    assert.equal(sip.received.find((m) => m.method === 'BYE'), undefined);
    await call.bye();
  },
  'the far end should refresh and does not: BYE before the session expires': async (t, server) => {
    const { sip } = await join(t, server, { Supported: 'timer', 'Session-Expires': '90;refresher=uac' });
    const bye = await came(sip, 'BYE');
    assert.match(bye.header('reason') ?? '', /cause=408/);
  },
  'dialled out: the 200 makes us the refresher': async (t, server) => {
    const bob = await SipEndpoint.open({ t, user: 'bob' });
    let call;
    bob.onInvite = (incoming) => {
      call = incoming.answer(sdp, { headers: { Supported: 'timer', 'Session-Expires': '90;refresher=uac', Allow: 'INVITE, ACK, BYE, UPDATE' } }) ?? incoming.call;
    };
    (await server.api.post('/rooms', { name: 'out' })).expect(201);
    (await server.api.post('/rooms/out/participants', { uri: bob.uri })).expect(201, 202);
    await came(bob, 'UPDATE');
    await call.bye();
  },
};

test('session timers', { timeout, concurrency: true }, async (t) => {
  const server = await startServer({ t, set: { 'sip.session_expires_s': 90, 'sip.min_session_expires_s': 90, 'media.no_media_timeout_s': 0 } });
  await Promise.all(Object.entries(cases).map(([name, run]) => t.test(name, { timeout }, (t2) => run(t2, server))));
});
