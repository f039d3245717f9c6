/* What there was of calls is kept: who, when, why, how it sounded; found again by filter. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { problem } from './problem.mjs';

const records = async (api, query = '') => (await api.get(`/call-records${query}`)).expect(200).body;

test('each stay in a room leaves a record', async (t) => {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const { api } = server;
  (await api.post('/rooms', { name: 'red' })).expect(201);
  const before = new Date(Date.now() - 1).toISOString();
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice', hz: 440 });
  const { id, uri } = await alice.participant({ fits: (p) => p.media?.packets_received > 20 });
  assert.deepEqual((await records(api)).items, []);
  assert.equal(await api.metric('raduno_voice_legs{codec="PCMU"}'), 1);
  const score = await api.metric('raduno_voice_mos{quantile="1"}');
  assert.ok(score > 3.5 && score <= 4.5, `a call on one machine is scored ${score}`);
  for (const name of ['loss_ratio', 'jitter_seconds']) assert.ok(await api.metric(`raduno_voice_${name}{quantile="0.5"}`) >= 0, name);
  assert.equal(await api.metric('raduno_webhook_deliveries_waiting'), 0);
  (await api.patch(`/rooms/blue/participants/${id}`, { room: 'red' })).expect(200);
  const [moved] = await until(async () => {
    const { items } = await records(api);
    return items.length && items;
  }, { what: 'the record of the first room' });
  assert.deepEqual([moved.participant, moved.room, moved.reason, moved.kind, moved.direction], [id, 'blue', 'moved', 'sip', 'in']);
  assert.ok(Date.parse(moved.began_at) <= Date.parse(moved.joined_at) && Date.parse(moved.joined_at) <= Date.parse(moved.ended_at), JSON.stringify(moved));
  assert.equal(moved.voice.codec, 'PCMU');
  await api.waitForParticipants('red', 1);
  (await api.delete(`/rooms/red/participants/${id}`)).expect(204);
  const [last] = await until(async () => {
    const { items } = await records(api, '?room=red');
    return items.length && items;
  }, { what: 'the record of the second room' });
  assert.deepEqual([last.participant, last.uri, last.reason], [id, uri, 'kicked']);
  assert.ok(last.duration_s >= 0 && last.voice.packets_received > 20 && last.voice.octets_received > 0);
  assert.ok(last.voice.loss >= 0 && last.voice.loss < 1 && last.voice.mos > 1 && last.voice.mos <= 4.5, JSON.stringify(last.voice));
  assert.equal(last.video, null);

  const { body: call } = (await api.post('/rooms/green/calls', { offer: webOffer(), display_name: 'Bob' }, { token: null })).expect(201);
  await api.delete(`/rooms/green/calls/${call.id}`);
  const [browser] = (await records(api, '?room=green')).items;
  assert.deepEqual([browser.kind, browser.display_name, browser.joined_at !== undefined, browser.reason], ['browser', 'Bob', true, 'hung_up']);

  const rooms = async (query) => (await records(api, query)).items.map(({ room }) => room);
  assert.deepEqual(await rooms(''), ['green', 'red', 'blue']);
  assert.deepEqual(await rooms(`?uri=${encodeURIComponent(uri)}`), ['red', 'blue']);
  assert.deepEqual(await rooms(`?uri=${encodeURIComponent(uri)}&room=blue`), ['blue']);
  assert.deepEqual(await rooms(`?to=${before}`), []);
  assert.deepEqual(await rooms(`?from=${before}`), ['green', 'red', 'blue']);
  assert.deepEqual(await rooms(`?from=${last.ended_at}&room=red`), ['red']);
  const page = await records(api, '?limit=2');
  assert.equal(page.next, page.items[1].id);
  const rest = await records(api, `?limit=2&after=${page.next}`);
  assert.deepEqual([rest.items.map(({ room }) => room), rest.next], [['blue'], null]);
  for (const query of ['?from=today', '?to=2026', '?after=x', '?after=-1', '?limit=0']) problem(await api.get(`/call-records${query}`), 400, 'invalid_parameter');

  await server.stop();
  const again = await startServer({ t, set: { 'data.directory': server.dataDir } });
  assert.deepEqual((await records(again.api)).items.map(({ room }) => room), ['green', 'red', 'blue']);
});

test('none is written if none is to be kept', async (t) => {
  const server = await startServer({ t, set: { 'data.call_records_days': 0 } });
  const { body: call } = (await server.api.post('/rooms/green/calls', { offer: webOffer() }, { token: null })).expect(201);
  await server.api.delete(`/rooms/green/calls/${call.id}`);
  assert.deepEqual((await records(server.api)).items, []);
});
