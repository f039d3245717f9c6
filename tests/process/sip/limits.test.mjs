/* Large, repeated and unfinished: bodies at their limits, retransmissions, an ACK that never comes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseSdp, buildSdp } from '../../support/sdp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';

const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });
const pad = (bytes) => `${sdp}a=x:${'y'.repeat(bytes - sdp.length - 6)}\r\n`;

test('an offer of 500 m= lines: one is taken, the others keep their place', async (t) => {
  const server = await startServer({ t });
  for (const transport of ['udp', 'tcp']) {
    const sip = await SipEndpoint.open({ t, transport });
    const lines = Array.from({ length: 250 }, (_, i) => `m=video ${2000 + i} RTP/AVP 31`);
    const others = Array.from({ length: 249 }, (_, i) => `m=x${i} 9 FOO/${i} a b`);
    const call = sip.call(server.uri('blue', { transport }));
    const response = await call.invite([sdp.trimEnd(), ...lines, ...others, ''].join('\r\n'));
    assert.equal(response.status, 200);
    const { media } = parseSdp(response.body);
    assert.equal(media.length, 500);
    assert.ok(media[0].port > 0);
    assert.ok(media.slice(1).every(({ port }) => port === 0));
    assert.deepEqual(media.slice(251).map(({ kind, protocol }) => `${kind} ${protocol}`), others.map((line) => line.split(' ').filter((_, i) => i !== 1).slice(0, 2).join(' ').slice(2)));
    await call.bye();
  }
});

test('a body of 64 KiB is read, a larger one refused', async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t, transport: 'tcp' });
  const uri = server.uri('blue', { transport: 'tcp' });
  const call = sip.call(uri);
  assert.equal((await call.invite(pad(65536))).status, 200);
  await call.bye();
  assert.equal((await sip.call(uri).invite(pad(65537))).status, 413);
  assert.equal((await sip.request('OPTIONS', uri)).status, 200);
});

test('a message above every limit ends its connection, not the server', async (t) => {
  const server = await startServer({ t });
  const big = await SipEndpoint.open({ t, transport: 'tcp' });
  big.call(server.uri('blue', { transport: 'tcp' })).startInvite(pad(1000000));
  const sip = await SipEndpoint.open({ t });
  assert.equal((await sip.request('OPTIONS', server.uri('blue'))).status, 200);
});

test('an INVITE that is sent again makes one participant', async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t });
  const call = sip.call(server.uri('blue'));
  const transaction = call.startInvite(sdp);
  for (let i = 0; i < 5; i++) sip.sendRaw(transaction.text, { ip: '127.0.0.1', port: server.sipPort });
  assert.equal((await transaction.final).status, 200);
  sip.sendRaw(transaction.text, { ip: '127.0.0.1', port: server.sipPort });
  await sip.request('OPTIONS', server.uri('blue'));
  assert.equal((await server.api.get('/rooms/blue/participants')).body.items.length, 1);
  await call.bye();
});

test('a request that came by two ways is answered once: 482', async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t });
  const call = sip.call(server.uri('blue'));
  assert.equal((await call.invite(sdp)).status, 200);
  const copy = sip.call(server.uri('blue'), { localTag: call.localTag, callId: call.callId });
  assert.equal((await copy.invite(sdp)).status, 482);
  sip.calls.set(call.callId, call);
  await call.bye();
});

test('no ACK: the 200 is sent again, then we hang up', { timeout: 120000 }, async (t) => {
  const server = await startServer({ t });
  const sip = await SipEndpoint.open({ t });
  const events = await server.api.events('/events');
  const text = [
    `INVITE ${server.uri('blue')} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${sip.port};branch=z9hG4bKnoack`, 'Max-Forwards: 70',
    `From: <sip:mute@127.0.0.1>;tag=1`, `To: <${server.uri('blue')}>`, 'Call-ID: noack', 'CSeq: 1 INVITE',
    `Contact: <${sip.uri}>`, 'Content-Type: application/sdp', `Content-Length: ${sdp.length}`, '', sdp,
  ].join('\r\n');
  sip.onRequest = () => ({ status: 200 });
  sip.sendRaw(text, { ip: '127.0.0.1', port: server.sipPort });
  const { data } = await events.waitFor((event) => event.type === 'participant_left', { timeout: 60000 });
  assert.match(JSON.stringify(data), /"timed_out"/);
  assert.ok(sip.received.filter(({ status }) => status === 200).length >= 5);
  const bye = sip.received.find(({ method }) => method === 'BYE');
  assert.match(bye?.header('reason') ?? '', /cause=408/);
});
