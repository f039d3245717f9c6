/* Lost packets: asked for again on the way in, sent again on the way out; without NACK a key frame instead. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Studio } from './studio.mjs';

test('what is lost on the way in is asked for', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 1 });
  const well = await studio.senders(1);
  const bad = await studio.senders(1, { firstId: 1, loss: 5, lossSide: 'up' });
  const tiles = '0,180,640,360:640,180,640,360';
  const seen = await studio.sees([0, 1], { tiles, seconds: 4 });
  await studio.waitForMedia('eye-s1', (media) => media.nacks_sent > 0 && media.packets_recovered > 0, 'NACKs were sent and answered');
  const [{ legs: [wellLeg] }, { legs: [badLeg] }] = [await well.end(), await bad.end()];
  assert.ok(badLeg.nacks_received > 0 && badLeg.resent > 0, `${badLeg.nacks_received}, ${badLeg.resent}`);
  assert.equal(wellLeg.nacks_received, 0, 'who loses nothing is asked for nothing');
});

test('what is lost on the way out is sent again', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 1 });
  await studio.senders(2);
  const seen = await studio.sees([0, 1], { tiles: '0,180,640,360:640,180,640,360', loss: 5, lossSide: 'down', seconds: 4 });
  assert.ok(seen.packets_recovered > 0, 'it came again');
  assert.ok(seen.packets_lost <= seen.packets_recovered / 5, `${seen.packets_lost} were lost for good`);
});

test('without NACK a key frame is asked for', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 1 });
  await studio.senders(1);
  const bad = await studio.senders(1, { firstId: 1, loss: 5, lossSide: 'up', nack: 'off' });
  await studio.waitForMedia('eye-s1', (media) => media.frames_broken > 0 && media.key_requests_sent > 2, 'broken pictures, and key frames asked for');
  const { legs: [leg] } = await bad.end();
  assert.equal(leg.nacks_received, 0);
  assert.ok(leg.key_jumps > 0);
});

test('one bad link spoils nobody else\'s picture', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 1 });
  await studio.senders(2);
  const lossy = await studio.senders(0, { watchers: 1, name: 'lossy', loss: 20, lossSide: 'down' });
  await studio.sees([0, 1], { tiles: '0,180,640,360:640,180,640,360' });
  const { legs: [leg] } = await lossy.end();
  assert.ok(leg.frames > 0, 'even that one saw something');
});
