/* Media that no phone sends, and strangers: refused and counted; the others go on, which is measured. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { assertKeepsHearing, waitToHear } from '../../support/ears.mjs';
import * as rtcp from '../../support/rtcp.mjs';
import { RtpEndpoint, rtpPacket } from '../../support/rtp.mjs';
import { until } from '../../support/wait.mjs';
import { ALICE, BOB, EVE, begin, goesOn } from './den.mjs';

const STRANGER = 1500;

const payload = Buffer.alloc(160, 0x55);
const ODD = {
  'version 0': (f) => rtpPacket({ ...f, payload, version: 0 }),
  'version 1': (f) => rtpPacket({ ...f, payload, version: 1 }),
  'version 3': (f) => rtpPacket({ ...f, payload, version: 3 }),
  'an unknown payload type': (f) => rtpPacket({ ...f, payload, type: 77 }),
  'an empty datagram': () => Buffer.alloc(0),
  'one byte': () => Buffer.from([0x80]),
  'a header cut short': (f) => rtpPacket({ ...f }).subarray(0, 11),
  'more CSRCs than there are bytes': (f) => rtpPacket({ ...f, csrcCount: 15, payload: Buffer.alloc(8) }),
  'an extension longer than the packet': (f) => rtpPacket({ ...f, extension: { words: 0xffff, data: Buffer.alloc(4) }, payload }),
  'an extension cut in its header': (f) => Buffer.concat([rtpPacket({ ...f, extension: { data: Buffer.alloc(0) } })]).subarray(0, 14),
  'padding longer than the payload': (f) => {
    const bytes = rtpPacket({ ...f, payload: Buffer.alloc(20), padding: 4 });
    bytes[bytes.length - 1] = 0xff;
    return bytes;
  },
  'padding of zero': (f) => {
    const bytes = rtpPacket({ ...f, payload, padding: 4 });
    bytes[bytes.length - 1] = 0;
    return bytes;
  },
  'a telephone-event of 3 bytes': (f) => rtpPacket({ ...f, type: 101, payload: Buffer.alloc(3) }),
  'text': () => Buffer.from('OPTIONS sip:den@127.0.0.1 SIP/2.0\r\n\r\n'),
};

test('RTP that is none: counted, and nobody is harmed', async (t) => {
  const all = await begin(t);
  const { alice, eve, media } = all;
  eve.speak({ hz: EVE });
  await goesOn(all, [EVE]);
  const counted = ({ packets_malformed, packets_refused }) => packets_malformed + packets_refused;
  for (const [name, make] of Object.entries(ODD)) {
    await t.test(name, async () => {
      const before = counted(await media());
      for (let i = 0; i < 50; i++) eve.rtp.send(make(eve.rtp.next(0)));
      await until(async () => counted(await media()) >= before + 50, { what: `50 packets of ${name} counted` });
      await waitToHear(alice.rtp, { present: [BOB, EVE], absent: [ALICE] });
    });
  }
  await goesOn(all, [EVE]);
});

test('RTP: lengths of payload from 0 to more than a tick: the mix goes on', async (t) => {
  const all = await begin(t);
  const { eve, api } = all;
  for (let length = 0; length <= 1400; length += 7)
    eve.rtp.send(rtpPacket({ ...eve.rtp.next(160), payload: Buffer.alloc(length, 0xff) }));
  await goesOn(all);
  eve.speak({ hz: EVE });
  await goesOn(all, [EVE]);
  (await api.get('/health', { root: true })).expect(200);
});

/** A good compound, and all that can be wrong with one. */
function oddCompounds(ssrc) {
  const good = rtcp.compound(
    rtcp.senderReport({ ssrc, packets: 1, octets: 160, reports: [{ ssrc: 1 }, { ssrc: 2 }] }),
    rtcp.sdes({ ssrc, cname: 'eve@test' }), rtcp.bye({ ssrc }));
  const withByte = (at, value) => {
    const bytes = Buffer.from(good);
    bytes[at] = value;
    return bytes;
  };
  return [
    ...Array.from({ length: good.length }, (_, length) => good.subarray(0, length)),
    ...[0x00, 0x40, 0xc0, 0x9f, 0xbf].map((first) => withByte(0, first)),
    ...[0xff, 0x00].map((length) => withByte(2, length)), withByte(3, 0xff), withByte(1, 223),
    withByte(76 + 4 + 5, 0xff), /* an SDES item longer than its chunk */
  ];
}

test('RTCP: compounds cut short at every byte, and wrong in every field', async (t) => {
  const all = await begin(t, { eve: { reports: 0 } });
  const { eve, media, api } = all;
  eve.speak({ hz: EVE });
  await goesOn(all, [EVE]);
  for (const bytes of oddCompounds(eve.rtp.ssrc)) eve.rtp.sendRtcp(bytes);
  for (const bytes of oddCompounds(0)) eve.rtp.send(bytes);
  await goesOn(all, [EVE]);
  eve.rtp.startReports({ every: 300 });
  await until(async () => (await media()).round_trip_ms !== null, { timeout: 20000, what: 'good RTCP counts again' });
  (await api.get('/ready', { root: true })).expect(200);
});

for (const forged of [false, true]) {
  test(`a stranger${forged ? " with eve's SSRC" : ''} is not heard and does not get the audio`, async (t) => {
    const all = await begin(t);
    const { alice, eve, media } = all;
    eve.speak({ hz: EVE });
    await goesOn(all, [EVE]);
    const stranger = await RtpEndpoint.open({ t, cname: 'stranger@test' });
    if (forged) Object.assign(stranger, { ssrc: eve.rtp.ssrc, sequence: eve.rtp.sequence + 100, timestamp: eve.rtp.timestamp });
    stranger.remote = eve.audio;
    stranger.sendTone({ hz: STRANGER });
    stranger.startReports({ every: 100 });
    await until(async () => (await media()).packets_refused > 50, { what: 'packets of the stranger are refused' });
    await assertKeepsHearing(alice.rtp, { present: [BOB, EVE], absent: [STRANGER] }, 2);
    await assertKeepsHearing(eve.rtp, { present: [ALICE, BOB], absent: [EVE, STRANGER] }, 1);
    assert.equal(stranger.packets.length, 0, 'the stranger was sent audio');
    assert.equal(stranger.reports.length, 0, 'the stranger was sent RTCP');
  });
}
