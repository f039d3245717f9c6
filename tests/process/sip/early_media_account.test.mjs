/* Who calls an account hears what its phone plays before it answers. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { register } from '../../support/register.mjs';
import { startServer } from '../../support/server.mjs';
import { runSipp } from '../../support/sipp.mjs';
import { until, within } from '../../support/wait.mjs';

const password = 'correct-horse';
const ANN = 440, DESK = 700, OTHER = 1000; // who calls; what the phones play
const hear = (listener, what) => waitToHear(listener, { seconds: 0.2, ...what });

test('early media of accounts', async (t) => {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const { api } = server;
  (await api.post('/accounts', { name: 'bob', password, number: '102' })).expect(201);
  const phoneOf = async (hz, options = {}) => {
    const phone = await Caller.wait({ t, name: 'bob', hz, ...options });
    assert.equal((await register(phone.sip, server, { name: 'bob', password })).status, 200);
    phone.next = () => new Promise((resolve) => {
      phone.rtp.stopTone();
      phone.onInvite = (incoming) => {
        phone.call = incoming.call;
        resolve(incoming);
      };
    });
    return phone;
  };
  const progress = (phone, incoming, { changes = {}, ...options } = {}) => {
    incoming.respond(183, { body: phone.describe(changes), ...options });
    phone.settle({ body: incoming.request.body });
    phone.speak();
  };
  const desk = await phoneOf(DESK);

  /** Ann calls bob; gives the transaction. `heard()`: the 183 with SDP. */
  async function call(user = 'bob', { headers, from } = {}) {
    const ann = from ?? await Caller.wait({ t, name: 'ann', hz: ANN });
    ann.call = ann.sip.call(server.uri(user));
    const invite = ann.call.startInvite(ann.describe(), { headers });
    const heard = async () => {
      const response = await until(() => invite.responses.find(({ status, body }) => status === 183 && body), { what: 'a 183 with SDP' });
      ann.settle(response);
      return response;
    };
    const answered = async (status = 200) => {
      const response = await within(invite.final, { what: 'the final response' });
      assert.equal(response.status, status);
      return response;
    };
    return { ann, invite, heard, answered };
  }
  const shown = async (uri) => (await api.get('/rooms')).body.items.length && (await api.participants((await api.get('/rooms')).body.items[0].name)).find((one) => one.uri.startsWith(uri));
  const settled = () => until(async () => (await api.get('/rooms')).body.items.length === 0, { what: 'all is over' });

  await t.test('one phone: 183 with our SDP; heard, and nobody is heard by it; the answer has another codec', async () => {
    const next = desk.next();
    const { ann, invite, heard, answered } = await call();
    const incoming = await next;
    incoming.ring();
    await until(() => invite.responses.some(({ status }) => status === 180), { what: '180' });
    progress(desk, incoming);
    const response = await heard();
    assert.equal(response.header('require'), undefined);
    await Promise.all([hear(ann.rtp, { present: [DESK] }), hear(desk.rtp, { silent: true, absent: [ANN] })]);
    const me = await shown('sip:ann@');
    assert.deepEqual([me.state, me.early_media, me.joined_at], ['connecting', true, null]);
    desk.rtp.stopTone();
    desk.codec = 'PCMA';
    await desk.answer(incoming);
    assert.equal((await answered()).body, response.body, 'the same again');
    await Promise.all([hear(ann.rtp, { present: [DESK] }), hear(desk.rtp, { present: [ANN] })]);
    assert.equal((await shown('sip:ann@')).early_media, false);
    desk.codec = 'PCMU';
    await ann.leave();
    await settled();
  });

  await t.test('reliably on both sides; the 200s have no SDP; the phone answers before the PRACK, or after an UPDATE', async () => {
    for (const isQuick of [true, false]) {
      const next = desk.next();
      const { ann, heard, answered } = await call('bob', { headers: { Supported: '100rel' } });
      const incoming = await next;
      progress(desk, incoming, { headers: { Require: '100rel', RSeq: 7 } });
      const response = await heard();
      assert.equal(response.header('require'), '100rel');
      await until(() => desk.sip.received.some(({ method, callId }) => method === 'PRACK' && callId === incoming.request.callId), { what: 'a PRACK to the phone' });
      const update = () => ann.call.request('UPDATE', { body: ann.describe() });
      if (isQuick) {
        incoming.answer();
        await until(async () => (await shown('sip:bob@'))?.state === 'connected', { what: 'bob is in' });
        assert.equal((await update()).status, 500, 'not before our answer is there');
      }
      assert.equal((await ann.call.request('PRACK', { headers: { RAck: `${response.header('rseq')} ${response.header('cseq')}` } })).status, 200);
      if (!isQuick) {
        ann.rtp.stopTone();
        ann.codec = 'PCMA';
        const changed = await update();
        assert.equal(changed.status, 200);
        ann.settle(changed);
        await Promise.all([hear(ann.rtp, { present: [DESK] }), hear(desk.rtp, { silent: true })]);
        incoming.answer();
      }
      assert.equal((await answered()).body, '');
      await Promise.all([hear(ann.rtp, { present: [DESK] }), hear(desk.rtp, { present: [ANN] })]);
      await ann.leave();
      await settled();
    }
  });

  await t.test('busy, or given up: nobody is left', async () => {
    for (const isBusy of [true, false]) {
      const next = desk.next();
      const { ann, heard, answered } = await call();
      const incoming = await next;
      progress(desk, incoming);
      await heard();
      await hear(ann.rtp, { present: [DESK] });
      if (isBusy) incoming.reject(486);
      else ann.call.cancel();
      await answered(isBusy ? 486 : 487);
      if (!isBusy) await incoming.cancelled;
      await settled();
    }
  });

  await t.test('several phones: the first that has some; once it is gone, the next; any may answer', async () => {
    const other = await phoneOf(OTHER);
    for (const ends of ['first answers', 'second answers', 'first is gone']) {
      const both = [desk.next(), other.next()];
      const { ann, heard, answered } = await call();
      const [one, two] = await Promise.all(both);
      progress(desk, one);
      await heard();
      await hear(ann.rtp, { present: [DESK] });
      progress(other, two);
      await hear(ann.rtp, { present: [DESK], absent: [OTHER] });
      if (ends === 'first is gone') {
        one.reject(480);
        await hear(ann.rtp, { present: [OTHER], absent: [DESK] });
      }
      const [winner, incoming, tone] = ends === 'first answers' ? [desk, one, DESK] : [other, two, OTHER];
      winner.rtp.stopTone();
      await winner.answer(incoming);
      await answered();
      await Promise.all([hear(ann.rtp, { present: [tone], absent: [tone === DESK ? OTHER : DESK] }), hear(winner.rtp, { present: [ANN] })]);
      await ann.leave();
      await settled();
    }
    assert.equal((await register(other.sip, server, { name: 'bob', password, expires: 0 })).status, 200);
  });

  await t.test('a trunk has a say in it; a room that calls hears nothing; who offers nothing hears nothing', async () => {
    (await api.post('/trunks', { name: 'line', networks: ['127.0.0.2'], early_media: 'out' })).expect(201);
    (await api.post('/numbers', { number: '+493012345', leads_to: 'account', target: 'bob' })).expect(201);
    for (const [says, status] of [['out', 180], ['in', 183]]) {
      (await api.patch('/trunks/line', { early_media: says })).expect(200);
      const next = desk.next();
      const ann = await Caller.wait({ t, name: 'ann', ip: '127.0.0.2' });
      const { invite, answered } = await call('+493012345', { from: ann });
      const incoming = await next;
      progress(desk, incoming);
      const response = await until(() => invite.responses.find((one) => one.status === status), { what: `${status}` });
      if (status === 183) {
        ann.settle(response);
        await hear(ann.rtp, { present: [DESK] });
      }
      desk.rtp.stopTone();
      await desk.answer(incoming);
      await answered();
      assert.equal(invite.responses.some((one) => one.status === 183), status === 183, says);
      await ann.leave();
      await settled();
    }
    const next = desk.next();
    const silent = await Caller.wait({ t, name: 'ann' });
    silent.call = silent.sip.call(server.uri('bob'));
    const invite = silent.call.startInvite(undefined, { ackBody: () => silent.describe() });
    const incoming = await next;
    progress(desk, incoming);
    await until(async () => (await shown('sip:bob@'))?.early_media, { what: 'bob is heard' });
    await desk.answer(incoming);
    assert.equal((await within(invite.final, { what: 'the answer' })).status, 200);
    assert.deepEqual(invite.responses.map((one) => one.status).filter((one) => one > 100), [180, 200]);
    await silent.leave();
    await settled();
    const again = desk.next();
    const alice = await Caller.join({ t, server, room: 'blue', name: 'alice', hz: ANN });
    (await api.post('/rooms/blue/participants', { uri: 'sip:bob@raduno' })).expect(201);
    const rung = await again;
    progress(desk, rung);
    await until(async () => (await shown('sip:bob@'))?.state === 'ringing', { what: 'bob rings' });
    await hear(alice.rtp, { silent: true });
    rung.reject(486);
    await alice.leave();
    await settled();
  });

  await t.test('a number that the call goes on to by a trunk; and beside the phone, where the first of both is heard', async () => {
    const mobile = await Caller.wait({ t, name: 'mobile', hz: OTHER });
    const rings = () => new Promise((resolve) => {
      mobile.rtp.stopTone();
      mobile.onInvite = resolve;
    });
    (await api.patch('/trunks/line', { early_media: 'out', numbers: ['+49.'], health_interval_s: 0, gateways: [{ uri: `sip:127.0.0.1:${mobile.sip.port}` }] })).expect(200);
    (await api.patch('/accounts/bob', { forwarding: 'trunk', forward_to: '+49301' })).expect(200);
    for (const when of ['always', 'beside']) {
      (await api.patch('/accounts/bob', { forward_when: when })).expect(200);
      const [both, isBeside] = [[rings(), ...(when === 'beside' ? [desk.next()] : [])], when === 'beside'];
      const { ann, heard, answered } = await call();
      const [far, near] = await Promise.all(both);
      progress(mobile, far);
      await heard();
      await hear(ann.rtp, { present: [OTHER] });
      if (isBeside) {
        progress(desk, near);
        await hear(ann.rtp, { present: [OTHER], absent: [DESK] });
        far.reject(486);
        await hear(ann.rtp, { present: [DESK], absent: [OTHER] });
        desk.rtp.stopTone();
        await desk.answer(near);
      } else {
        mobile.rtp.stopTone();
        await mobile.answer(far);
      }
      await answered();
      await hear(ann.rtp, isBeside ? { present: [DESK] } : { present: [OTHER] });
      await ann.leave();
      await settled();
    }
    const both = [rings(), desk.next()];
    const { ann, heard, answered } = await call();
    const [far, near] = await Promise.all(both);
    progress(desk, near);
    await heard();
    progress(mobile, far);
    await hear(ann.rtp, { present: [DESK], absent: [OTHER] });
    near.reject(480);
    await hear(ann.rtp, { present: [OTHER], absent: [DESK] });
    far.reject(486);
    await answered(486);
    (await api.patch('/accounts/bob', { forwarding: 'none' })).expect(200);
    await settled();
  });

  await t.test('without SDP, but with 100rel: our offer is in the 183, the answer in the PRACK; UPDATE', async () => {
    for (const [headers, first] of [[{ Supported: '100rel' }, 183], [{ Require: '100rel' }, 180]]) {
      const next = desk.next();
      const ann = await Caller.wait({ t, name: 'ann', hz: ANN });
      ann.call = ann.sip.call(server.uri('bob'));
      const invite = ann.call.startInvite(undefined, { headers });
      const incoming = await next;
      progress(desk, incoming);
      const response = await until(() => invite.responses.find(({ status, body }) => status === first && body), { what: `${first} with an offer` });
      assert.equal(response.header('require'), '100rel');
      const rack = `${response.header('rseq')} ${response.header('cseq')}`;
      assert.equal((await ann.call.request('PRACK', { headers: { RAck: rack }, body: ann.describe() })).status, 200);
      ann.settle(response);
      await Promise.all([hear(ann.rtp, { present: [DESK] }), hear(desk.rtp, { silent: true })]);
      assert.equal((await shown('sip:ann@')).state, 'connecting');
      ann.codec = 'PCMA';
      assert.equal((await ann.call.request('UPDATE', { body: ann.describe() })).status, 200);
      desk.rtp.stopTone();
      ann.rtp.stopTone();
      ann.speak();
      await desk.answer(incoming);
      const final = await within(invite.final, { what: 'the answer' });
      assert.deepEqual([final.status, final.body], [200, '']);
      await Promise.all([hear(ann.rtp, { present: [DESK] }), hear(desk.rtp, { present: [ANN] })]);
      await ann.leave();
      await settled();
    }
  });

  await t.test('real ones: baresip hears it; SIPp, by PRACK', async () => {
    const ann = await Baresip.start({ t, name: 'ann', codec: 'PCMU', hz: ANN });
    const next = desk.next();
    await ann.invite(server.uri('bob'));
    const incoming = await next;
    progress(desk, incoming);
    await hear(ann, { present: [DESK] });
    desk.rtp.stopTone();
    await desk.answer(incoming);
    await Promise.all([hear(ann, { present: [DESK] }), hear(desk.rtp, { present: [ANN] })]);
    await ann.hangup();
    await settled();
    const refused = desk.next().then((rung) => {
      progress(desk, rung);
      return rung;
    });
    const scenario = fs.readFileSync(new URL('scenario/early_refused.xml', import.meta.url), 'utf8').replaceAll('403', '486');
    const sipp = runSipp({ t, scenario, remote: `127.0.0.1:${server.sipPort}`, service: 'bob' });
    const rung = await refused;
    await until(async () => (await shown('sip:bob@'))?.early_media, { what: 'bob is heard' });
    rung.reject(486);
    const { code, errors } = await sipp;
    assert.equal(code, 0, errors);
    await settled();
  });
});
