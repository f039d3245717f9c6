/* Conferences run by telephones alone: linphonec makes, watches, hands on and joins them; what it has no key for, SIPp asks. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Linphone } from '../../support/linphone.mjs';
import { startServer } from '../../support/server.mjs';
import { runSipp } from '../../support/sipp.mjs';
import { until } from '../../support/wait.mjs';

const inside = async (server, room) => ((await server.api.get(`/rooms/${room}/participants`)).body.items ?? [])
  .filter(({ state }) => state === 'connected').map(({ uri }) => uri.replace(/^sip:|@.*/g, '')).sort().join();
const has = (server, room, wanted) => until(async () => (await inside(server, room)) === wanted, { what: `${wanted || 'nobody'} in ${room}` });
const conferences = async (server) => (await server.api.get('/rooms')).expect(200).body.items.map(({ name }) => name);

test('linphonec makes a conference at the factory, is told who comes, and hands it on', async (t) => {
  const server = await startServer({ t, set: { 'sip.factory': 'conference' } });
  const registrar = { server, password: 'correct-horse' };
  for (const name of ['alice', 'carol']) (await server.api.post('/accounts', { name, password: registrar.password })).expect(201);
  const alice = await Linphone.start({ t, name: 'alice', registrar });
  const bob = await Linphone.start({ t, name: 'bob', answer: 'auto' });
  const carol = await Linphone.start({ t, name: 'carol', registrar });
  const id = await alice.call(server.uri('conference'));
  const [room] = await conferences(server);
  assert.match(room, /^conference-/);
  await alice.logged(/<conference-info [^>]*state="full"/);
  await carol.call(server.uri(room));
  await has(server, room, 'alice,carol');
  await alice.logged(/<user entity="sip:carol@127\.0\.0\.1" state="full"/);
  alice.command(`transfer ${id} ${bob.uri}`);
  await alice.said(/has been transfered/);
  await has(server, room, 'bob,carol');
  await carol.logged(/<user entity="sip:alice@127\.0\.0\.1" state="deleted"/);
});

test('attended transfer: linphonec joins its conference with one of another server', async (t) => {
  /* On the port that needs no saying, for linphonec does not say it in Refer-To. */
  const address = `127.77.${(process.pid >> 8) & 255}.${(process.pid & 255) || 1}`, red = `sip:red@${address}`;
  const here = await startServer({ t, set: { 'sip.factory': 'conference' } });
  const there = await startServer({ t, listen: [`udp:${address}:5060`] });
  const [alice, bob, carol] = [await Linphone.start({ t, name: 'alice' }), await Linphone.start({ t, name: 'bob' }), await Linphone.start({ t, name: 'carol' })];
  const first = await alice.call(here.uri('conference'));
  const [room] = await conferences(here);
  await bob.call(here.uri(room));
  await carol.call(red);
  alice.command(`pause ${first}`);
  await alice.said(/ paused/i);
  const second = await alice.call(red);
  await has(there, 'red', 'alice,carol');
  alice.command(`transfer ${first} --to-call ${second}`);
  await has(there, 'red', `carol,${room}`); /* by our INVITE with Replaces, of a stranger for them */
  await has(here, room, 'bob,red');
  assert.match(alice.log(), /^Refer-To: <sip:red@[0-9.]+\?Replaces=/mi);
});

/** A moderator who has SIPp: the factory, REFER in, REFER away, until it hangs up. */
const head = (method, cseq, more = '') => `
    ${method} [next_url] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    Max-Forwards: 70
    [routes]
    From: <sip:chair@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:conference@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: ${cseq} ${method}
    Contact: <sip:chair@[local_ip]:[local_port]>${more}
    Content-Length: 0
`;
const answer = `<send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>`;
const notified = (status) => `<recv request="NOTIFY" crlf="true"><action>
    <ereg regexp="SIP/2.0 ${status}" search_in="body" check_it="true" assign_to="seen" /></action></recv>
  ${answer}`;
const refer = (cseq, to) => `<send retrans="500"><![CDATA[${head('REFER', cseq, `\n    Refer-To: <${to}>`)}
  ]]></send>
  <recv response="202" />`;

const chair = (guest) => `<scenario name="chair">
  <send retrans="500"><![CDATA[
    INVITE sip:conference@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    Max-Forwards: 70
    From: <sip:chair@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:conference@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:chair@[local_ip]:[local_port]>
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=chair 1 1 IN IP[local_ip_type] [local_ip]
    s=-
    c=IN IP[media_ip_type] [media_ip]
    t=0 0
    m=audio [media_port] RTP/AVP 0
  ]]></send>
  <recv response="100" optional="true" />
  <recv response="180" optional="true" />
  <recv response="200" rrs="true" />
  <send><![CDATA[${head('ACK', 1)}
  ]]></send>
  ${refer(2, guest)}
  ${notified(100)}
  ${notified(180)}
  ${notified(200)}
  <pause milliseconds="1000" />
  ${refer(3, `${guest};method=BYE`)}
  ${notified(200)}
  <send retrans="500"><![CDATA[${head('BYE', 4)}
  ]]></send>
  <recv response="200" />
  <Reference variables="seen" />
</scenario>`;

test('SIPp chairs: linphonec is called in, is told who is there, and is sent away', async (t) => {
  const server = await startServer({ t, set: { 'sip.factory': 'conference' } });
  const registrar = { server, password: 'correct-horse' };
  (await server.api.post('/accounts', { name: 'guest', password: registrar.password })).expect(201);
  const guest = await Linphone.start({ t, name: 'guest', registrar, answer: 'auto' });
  const { code, errors, messages } = await runSipp({ scenario: chair(guest.uri), remote: `127.0.0.1:${server.sipPort}` });
  assert.equal(code, 0, `${errors}\n${messages.slice(-3000)}`);
  assert.match(guest.log(), /<user entity="sip:chair@127\.0\.0\.1" state="full"/);
  await guest.said(/Call 1 .* ended/);
});
