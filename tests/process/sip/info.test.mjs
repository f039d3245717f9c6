/* Digits by SIP INFO, in both of its forms: each told once, whatever else an INFO may carry; wishes for key frames. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { digitsOf, is } from '../../support/events.mjs';
import { SipEndpoint } from '../../support/sip.mjs';
import { startServer } from '../../support/server.mjs';

const RELAY = 'application/dtmf-relay';
const PLAIN = 'application/dtmf';
const CONTROL = 'application/media_control+xml';

async function begin(t, options = {}) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' }, rtpPorts: 20 });
  const events = await server.api.events('/events');
  const eve = await Caller.join({ t, server, room: 'menu', name: 'eve', ...options });
  await server.api.waitForParticipants('menu', 1);
  const info = (type, body, more = {}) => eve.call.request('INFO', { type, body, ...more });
  return { server, events, eve, info };
}

/** The last digit, by RTP: what came before it has been told by then, and once. */
async function digitsUpTo(events, eve, last) {
  await eve.rtp.sendDigits(last);
  await events.waitFor(is('participant_digit', { who: 'eve', digit: last }));
  return digitsOf(events, 'eve');
}

for (const transport of ['udp', 'tcp']) {
  test(`each digit is told once, over ${transport}`, async (t) => {
    const { events, eve, info } = await begin(t, { transport });
    const presses = [
      [RELAY, 'Signal=5\r\nDuration=160'], [PLAIN, '5'], [RELAY, 'Signal= *\r\nDuration= 250\r\n'], [PLAIN, '#\r\n'],
      ['Application/DTMF-Relay', 'signal=10\nduration=100\n'], [PLAIN, '11'], [RELAY, 'Signal=a\r\n'], [`${RELAY}; charset=utf-8`, 'Signal=0\r\n'],
    ];
    for (const [type, body] of presses) {
      const response = await info(type, body);
      assert.equal(response.status, 200, `${type} ${body}: ${response.start}`);
    }
    assert.equal(await digitsUpTo(events, eve, '9'), '55*#*#A09');
  });
}

test('an INFO that is sent again is the same press', async (t) => {
  const { events, eve } = await begin(t);
  const transaction = eve.call.start('INFO', { type: PLAIN, body: '7' });
  eve.sip.sendRaw(transaction.text, transaction.to);
  await transaction.final;
  eve.sip.sendRaw(transaction.text, transaction.to);
  assert.equal(await digitsUpTo(events, eve, '9'), '79');
});

const others = [
  { name: 'no digit', type: RELAY, body: 'Duration=160\r\n', status: 400 },
  { name: 'two digits', type: PLAIN, body: '55', status: 400 },
  { name: 'a digit that is none', type: RELAY, body: 'Signal=16\r\n', status: 400 },
  { name: 'an empty body', type: RELAY, body: '', status: 400 },
  { name: 'a body without end', type: PLAIN, body: `${' '.repeat(20000)}5`, status: 400 },
  { name: 'bytes', type: RELAY, body: 'Signal=\u0000\u0001\u00ff', status: 400 },
  { name: 'another type', type: 'text/plain', body: '5', status: 415 },
  { name: 'a wish for a key frame (RFC 5168)', type: CONTROL, status: 200,
    body: '<?xml version="1.0"?><media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>' },
  { name: 'an error of media control', type: CONTROL, body: '<media_control><vc_primitive><general_error>x</general_error></vc_primitive></media_control>', status: 200 },
  { name: 'media control that is cut off', type: CONTROL, body: '<?xml version="1.0"?><media_control><vc_primitive>', status: 400 },
  { name: 'media control without end', type: CONTROL, body: `${' '.repeat(20000)}<media_control/>`, status: 400 },
  { name: 'SDP', type: 'application/sdp', body: 'v=0\r\n', status: 415 },
  { name: 'an encoding', type: PLAIN, body: '5', headers: { 'Content-Encoding': 'gzip' }, status: 415 },
  { name: 'nothing at all', status: 200 },
];

test('what is no digit says why, and the call goes on', async (t) => {
  const { events, eve, info } = await begin(t);
  for (const { name, type, body, status, headers } of others) {
    await t.test(name, async () => {
      const response = await info(type, body, { headers });
      assert.equal(response.status, status, response.start);
      if (status === 415) assert.deepEqual((response.header('accept') ?? '').split(/,\s*/), [RELAY, PLAIN, CONTROL]);
    });
  }
  assert.equal(await digitsUpTo(events, eve, '9'), '9');
  assert.equal(eve.call.isOver, undefined);
});

test('INFO is allowed, and only within a call', async (t) => {
  const { server, events, eve } = await begin(t);
  const sip = await SipEndpoint.open({ t });
  const options = await sip.request('OPTIONS', server.uri('menu'));
  assert.match(options.header('allow'), /\bINFO\b/);
  assert.equal((await sip.request('INFO', server.uri('menu'), { type: PLAIN, body: '1' })).status, 481);
  const stray = sip.call(server.uri('menu'), { remoteTag: 'gone' });
  assert.equal((await stray.request('INFO', { type: PLAIN, body: '1' })).status, 481);
  assert.equal(await digitsUpTo(events, eve, '9'), '9');
});
