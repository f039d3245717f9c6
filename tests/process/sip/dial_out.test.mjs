/* We call: answered, refused, redirected, withdrawn, too late. The far ends are SIPp servers. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { runSippServer } from '../../support/sipp.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';
import { buildSdp } from '../../support/sdp.mjs';
import { until, within } from '../../support/wait.mjs';

const scenario = (name) => new URL(`scenario/${name}.xml`, import.meta.url);
const sdp = buildSdp({ ip: '127.0.0.1', port: 40000 });

async function start(t, set = {}, options = {}) {
  const server = await startServer({ t, ...options, set: { 'sip.ring_timeout_s': 30, ...set } });
  (await server.api.post('/rooms', { name: 'desk' })).expect(201);
  return { server, api: server.api, events: await server.api.events('/rooms/desk/events') };
}

async function dial(api, uri) {
  return (await api.post('/rooms/desk/participants', { uri })).expect(201, 202).body.id;
}

const about = (id, ...types) => (event) => types.includes(event.type) && JSON.stringify(event.data).includes(id);
const left = (events, id) => events.waitFor(about(id, 'participant_left'));

async function finish(uas) {
  const { code, errors, messages } = await uas.finished;
  assert.equal(code, 0, `${errors}\n${messages.slice(-6000)}`);
}

const outcomes = [
  { name: 'rings, answers, and is hung up', far: 'uas_answer' },
  { name: 'a reliable 183 has the answer', far: 'uas_reliable' },
];

for (const { name, far } of outcomes) {
  for (const transport of ['u1', 't1']) {
    test(`dial-out: ${name} (${transport === 'u1' ? 'UDP' : 'TCP'})`, async (t) => {
      const { api, events } = await start(t);
      const uas = await runSippServer({ t, scenario: scenario(far), transport });
      const id = await dial(api, uas.uri('bob'));
      await events.waitFor(about(id, 'participant_joined'));
      (await api.delete(`/rooms/desk/participants/${id}`)).expect(204);
      await finish(uas);
    });
  }
}

test('dial-out: progress is seen as states', async (t) => {
  const { api, events } = await start(t);
  const uas = await runSippServer({ t, scenario: scenario('uas_answer') });
  const id = await dial(api, uas.uri('bob'));
  await events.waitFor((event) => about(id, 'participant_state')(event) && JSON.stringify(event.data).includes('ringing'));
  await events.waitFor(about(id, 'participant_joined'));
  (await api.delete(`/rooms/desk/participants/${id}`)).expect(204);
  await finish(uas);
});

/** What each refusal means, and more of it: headers, [what they add to the detail]. */
const meanings = {
  busy: [[486], [600]],
  no_answer: [[408], [480, 'Reason: Q.850;cause=20;text="subscriber absent"', 'subscriber absent'], [487]],
  declined: [[403], [433], [603], [607], [608]],
  not_found: [[404], [410], [484], [485], [604]],
  incompatible: [[406], [415], [488, 'Warning: 304 far.example.com "no such media"', 'no such media'], [606]],
  failed: [
    [300], [305], [380], [399], /* without a Contact there is nowhere to go on to */
    [400], [402], [405], [413, 'Retry-After: 1'], [414], [416], [420, 'Unsupported: timer'], [421, 'Require: x'], [423], [428], [436], [481], [482], [483], [489], [491], [493], [494], [499],
    [401, 'WWW-Authenticate: Digest realm="x", nonce="y"'], [407, 'Proxy-Authenticate: Digest realm="x", nonce="y"'], /* never answered with credentials */
    [422, 'Min-SE: 90000'], /* longer than we keep a session */
    [500, 'Retry-After: 1'], [501], [502], [503, 'Retry-After: 1'], [504], [505], [513], [555], [580], [599], [699], /* not tried again by themselves */
  ],
};
const refusals = Object.entries(meanings).flatMap(([reason, rows]) => rows.map(([status, extra, said]) => ({ reason, status, extra, detail: `${status} Phrase of ${status}${said ? `: ${said}` : ''}` })));

const response = (start, extra) => `<send${start.startsWith('1') ? '' : ' retrans="500"'}><![CDATA[
    SIP/2.0 ${start}
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]s[call_number]
    [last_Call-ID:]
    [last_CSeq:]${extra ? `\n    ${extra}` : ''}
    Content-Length: 0

  ]]></send>`;

/** One far end for all: who calls sNNN is refused so, half of them after all kinds of progress. */
const refuser = `<scenario name="refuser">
  <recv request="INVITE"><action>
    ${[['Contact:', 'isfocus'], ['Allow:', 'UPDATE'], ['Supported:', '100rel']].map(([header, regexp], i) => `<ereg regexp="${regexp}" search_in="hdr" header="${header}" check_it="true" assign_to="h${i}" />`).join('')}
    ${['opus/48000/2', 'G722/8000', 'PCMU/8000', 'a=sendrecv'].map((regexp, i) => `<ereg regexp="${regexp}" search_in="body" check_it="true" assign_to="b${i}" />`).join('')}
    ${refusals.map(({ status }) => `<ereg regexp="s${status}@" search_in="hdr" header="To:" assign_to="s${status}" />`).join('')}
  </action></recv>
  ${refusals.map(({ status }) => `<nop next="${status}" test="s${status}" />`).join('')}
  ${refusals.map(({ status, extra }) => `<label id="${status}" />${status % 2 ? [100, 181, 182, 183, 188, 199].map((one) => response(`${one} Progress`)).join('') : ''}${response(`${status} Phrase of ${status}`, extra)}<recv request="ACK" next="9" />`).join('')}
  <label id="9" />
  <Reference variables="h0,h1,h2,b0,b1,b2,b3,${refusals.map(({ status }) => `s${status}`).join()}" />
</scenario>`;

test('dial-out: what a refusal means', async (t) => {
  const { api, events } = await start(t, { 'sip.max_dial_outs': refusals.length }, { rtpPorts: 4 * refusals.length });
  const uas = await runSippServer({ t, scenario: refuser, calls: refusals.length });
  const ids = await Promise.all(refusals.map(({ status }) => dial(api, uas.uri(`s${status}`))));
  for (const [i, { reason, detail }] of refusals.entries()) {
    const { data } = await left(events, ids[i]);
    assert.deepEqual([data.reason, data.detail], [reason, detail]);
  }
  await finish(uas);
});

test('dial-out: an answer that is odd is one', async (t) => {
  const { api, events } = await start(t);
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  const lines = [
    [`486 ${'x'.repeat(5000)}`, /^486 x{100,123}$/], ['486 \xc3\xa4\t\x01', /^486 \u00e4$/], ['486', /^486 $/], ['700 Odd', /^700 Odd$/], ['999 Odd', /^999 Odd$/],
  ];
  for (const [line, detail] of lines) {
    bob.onRequest = (invite) => {
      if (invite.method !== 'INVITE') return { status: 200 };
      const copied = ['via', 'from', 'call-id', 'cseq'].flatMap((name) => invite.headers[name].map((value) => `${name}: ${value}`));
      bob.sendRaw(Buffer.from([`SIP/2.0 ${line}`, ...copied, `To: ${invite.header('to')};tag=x`, 'Content-Length: 0', '', ''].join('\r\n'), 'latin1'), invite.from);
      return 'ignore';
    };
    assert.match((await left(events, await dial(api, bob.uri))).data.detail, detail);
  }
  let asked = 0; /* for a session that is never long enough */
  bob.onRequest = (request) => (request.method === 'INVITE' ? { status: 422, tag: 'x', headers: { 'Min-SE': `${2000 + ++asked}` } } : { status: 200 });
  assert.match((await left(events, await dial(api, bob.uri))).data.detail, /^422 /);
  assert.equal(asked, 5);
  bob.onRequest = (request) => (request.method === 'INVITE' ? { status: 299, reason: 'Fine', tag: 'x', headers: { Contact: `<${bob.uri}>`, 'Content-Type': 'application/sdp' }, body: sdp } : { status: 200 });
  await events.waitFor(about(await dial(api, bob.uri), 'participant_joined'));
});

test('dial-out: nobody answers in time, CANCEL', async (t) => {
  const { api, events } = await start(t, { 'sip.ring_timeout_s': 1 });
  const uas = await runSippServer({ t, scenario: scenario('uas_cancelled') });
  const { data } = await left(events, await dial(api, uas.uri('bob')));
  assert.match(JSON.stringify(data), /"no_answer"/);
  await finish(uas);
});

test('dial-out: withdrawn while it rings, CANCEL', async (t) => {
  const { api, events } = await start(t);
  const uas = await runSippServer({ t, scenario: scenario('uas_cancelled') });
  const id = await dial(api, uas.uri('bob'));
  await events.waitFor((event) => about(id, 'participant_state')(event) && JSON.stringify(event.data).includes('ringing'));
  (await api.delete(`/rooms/desk/participants/${id}`)).expect(204);
  await finish(uas);
});

test('dial-out: a redirect is followed', async (t) => {
  const { api, events } = await start(t);
  const uas = await runSippServer({ t, scenario: scenario('uas_answer') });
  const first = await runSippServer({ t, scenario: scenario('uas_redirect'), keys: { contact: uas.uri('carol') } });
  const id = await dial(api, first.uri('bob'));
  await events.waitFor(about(id, 'participant_joined'));
  await finish(first);
  (await api.delete(`/rooms/desk/participants/${id}`)).expect(204);
  await finish(uas);
});

test('dial-out: redirects in a circle come to an end', async (t) => {
  const { api, events } = await start(t, { 'sip.max_redirects': 3 });
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  bob.onRequest = (request) => request.method === 'INVITE' && { status: 302, reason: 'Moved', tag: 'x', headers: { Contact: `<${bob.uri}>` } };
  const { data } = await left(events, await dial(api, bob.uri));
  assert.match(JSON.stringify(data), /Too Many Redirects/);
  assert.equal(new Set(bob.received.filter((m) => m.method === 'INVITE').map((m) => m.branch)).size, 4);
});

test('dial-out: a redirect to where may not be dialled is not followed', async (t) => {
  const { api, events } = await start(t, { 'sip.dial_allow': '127.0.0.1' });
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  bob.onRequest = (request) => request.method === 'INVITE' && { status: 302, reason: 'Moved', tag: 'x', headers: { Contact: '<sip:evil@127.0.0.2>' } };
  await left(events, await dial(api, bob.uri));
  const refused = await api.post('/rooms/desk/participants', { uri: 'sip:evil@127.0.0.2' });
  assert.equal(refused.status, 403, JSON.stringify(refused.body));
});

test('dial-out: a host with an escape in it is no host', async (t) => {
  const { api } = await start(t, { 'sip.dial_allow': '*.example.com' });
  const refused = await api.post('/rooms/desk/participants', { uri: 'sip:x@evil.com%00.example.com' });
  assert.ok([400, 422].includes(refused.status), JSON.stringify(refused.body));
});

test('dial-out: answered while our CANCEL is on its way: ACK and BYE', async (t) => {
  const { api, events } = await start(t);
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  let invite;
  bob.onRequest = (request) => {
    if (request.method === 'INVITE') {
      invite = request;
      bob.respond(request, 180, { tag: 'x', reason: 'Ringing' });
      return 'ignore';
    }
    if (request.method === 'CANCEL') bob.respond(invite, 200, { tag: 'x', reason: 'OK', body: sdp });
    return { status: 200, tag: 'x' };
  };
  const id = await dial(api, bob.uri);
  await events.waitFor((event) => about(id, 'participant_state')(event) && JSON.stringify(event.data).includes('ringing'));
  (await api.delete(`/rooms/desk/participants/${id}`)).expect(204);
  await until(() => bob.received.some((m) => m.method === 'BYE'), { what: 'a BYE' });
  assert.ok(bob.received.some((m) => m.method === 'ACK'));
  assert.match(bob.received.find((m) => m.method === 'BYE').header('reason') ?? '', /cause=200.*Removed/);
});

test('dial-out: who hangs up before the answer: the INVITE is cancelled, then the BYE is answered', async (t) => {
  const { api, events } = await start(t);
  const bob = await SipEndpoint.open({ t, user: 'bob' });
  for (const answers of [false, true]) {
    let incoming;
    bob.onInvite = (invite) => (incoming = invite).ring();
    bob.onRequest = ({ method }) => {
      if (method === 'CANCEL' && answers) incoming.answer(sdp);
    };
    const id = await dial(api, bob.uri);
    await events.waitFor((event) => about(id, 'participant_state')(event) && JSON.stringify(event.data).includes('ringing'));
    const bye = incoming.call.bye();
    assert.equal((await bye).status, 200);
    await left(events, id);
    await within(incoming.acknowledged, { what: 'ACK' });
    assert.ok(bob.received.some(({ method, callId }) => method === 'CANCEL' && callId === incoming.call.callId));
  }
});
