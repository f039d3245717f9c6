/* RTCP as a far end sees it: reports, names, goodbye; and what the API shows of the far end's reports. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const LONG = { timeout: 20000 }; /* RFC 3550 section 6.2: some seconds between reports */
const quiet = { 'rooms.join_tone': 'none' };

async function begin(t, options = {}) {
  const server = await startServer({ t, set: quiet });
  const eve = await Caller.join({ t, server, room: 'lab', name: 'eve', hz: 440, ...options });
  return { server, api: server.api, eve };
}

test('SR with a report about us, SDES with a CNAME, and BYE at the end', async (t) => {
  const { api, eve } = await begin(t);
  const { rtp } = eve;
  const report = await until(() => rtp.reportsOf('SR').find((sr) => sr.reports.length), { ...LONG, what: 'an SR with a report block' });
  const [{ ssrc }] = rtp.packets;
  assert.equal(report.ssrc, ssrc, 'the SR is of the SSRC of the audio');
  assert.equal(report.reports[0].ssrc, rtp.ssrc, 'the block is about us');
  assert.ok(report.packets > 0 && report.octets === report.packets * 160, JSON.stringify(report));
  const names = new Set(rtp.reportsOf('SDES').map(({ cname }) => cname));
  assert.equal(names.size, 1, `one CNAME, not ${[...names]}`);
  assert.match([...names][0], /^\S+$/);
  assert.ok(rtp.reports.every(({ parts }) => parts.some(({ kind }) => kind === 'SDES')), 'SDES in each compound');
  assert.ok(rtp.reports.every(({ from, isMuxed }) => !isMuxed && from.port === eve.audio.rtcpPort));
  const { id } = await eve.participant();
  (await api.delete(`/rooms/lab/participants/${id}`)).expect(204);
  const [bye] = await until(() => rtp.reportsOf('BYE').length && rtp.reportsOf('BYE'), { what: 'RTCP BYE' });
  assert.deepEqual(bye.ssrcs, [ssrc]);
  assert.deepEqual(rtp.malformed, []);
});

test('who sends nothing gets no block about itself', async (t) => {
  const { eve } = await begin(t, { hz: undefined, reports: 0 });
  const sr = await until(() => eve.rtp.reportsOf('SR')[0], { ...LONG, what: 'an SR' });
  assert.deepEqual(sr.reports, []);
});

test('round trip, loss and jitter of the far end are shown', async (t) => {
  const { eve } = await begin(t, { reports: 0 });
  eve.rtp.startReports({ every: 200, claim: { lost: 42, fraction: 64, jitter: 80 } });
  const { media } = await eve.participant({ fits: (p) => p.media.round_trip_ms !== null })
    .catch(() => eve.participant({ fits: (p) => p.media.round_trip_ms !== null }));
  assert.ok(media.round_trip_ms > 0 && media.round_trip_ms < 5000, `${media.round_trip_ms}`);
  assert.deepEqual(media.far_end, { packets_lost: 42, fraction_lost: 0.25, jitter_ms: 10 });
  assert.ok(media.rtcp_received > 0 && media.rtcp_sent > 0);
});

test('loss on the way to the server is reported to the sender', async (t) => {
  const { eve } = await begin(t);
  eve.speak({ fate: (n) => (n % 4 === 3 ? [] : [0]) });
  const lossy = () => eve.rtp.reportsOf('SR').flatMap((sr) => sr.reports).find((block) => block.fraction > 40);
  const block = await until(lossy, { ...LONG, what: 'a report of about 64/256 lost' });
  assert.ok(block.fraction <= 90, `fraction ${block.fraction}`);
  assert.ok(block.lost > 0);
});

for (const agreed of [true, false]) {
  test(agreed ? 'rtcp-mux: RTCP comes and goes on the RTP port' : 'rtcp-mux is not answered when not offered', async (t) => {
    const { eve } = await begin(t, { rtcpMux: agreed });
    assert.equal(eve.audio.rtcpMux, agreed);
    await until(() => eve.rtp.reportsOf('SR').length, { ...LONG, what: 'an SR' });
    assert.ok(eve.rtp.reports.every(({ isMuxed }) => isMuxed === agreed));
    await until(async () => (await eve.participant()).media.round_trip_ms !== null, { ...LONG, what: 'the round trip is known' });
  });
}

test('b=RS:0 b=RR:0: no RTCP', async (t) => {
  const { eve } = await begin(t, { sdp: { bandwidth: ['RS:0', 'RR:0'] }, reports: 0 });
  const other = await Caller.join({ t, server: eve.server, room: 'lab', name: 'other', hz: 700 });
  await until(() => other.rtp.reportsOf('SR').length > 1, { timeout: 30000, what: 'two SR at somebody else' });
  assert.equal(eve.rtp.reports.length, 0);
});
