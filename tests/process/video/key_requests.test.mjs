/* Key frames: a joiner gets one at once, a storm of requests gets no more than the others can bear. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Studio } from './studio.mjs';

const MOST_PER_SECOND = 2; /* requests within 500 ms are one */

for (const fault of ['pli-storm', 'fir-storm'])
  test(`a ${fault} from one leg`, async (t) => {
    const studio = await Studio.open(t, { columns: 2, rows: 2 });
    await studio.senders(4);
    const storm = await studio.senders(0, { watchers: 1, name: 'storm', fault });
    const seen = await studio.sees([0, 1, 2, 3], { seconds: 4 });
    const { seconds, legs: [leg] } = seen;
    assert.ok(leg.key_frames <= MOST_PER_SECOND * seconds + 1, `${leg.key_frames} key frames in ${seconds} s`);
    const { legs: [stormLeg] } = await storm.end();
    assert.ok(stormLeg.key_requests_sent > 100);
    assert.ok(stormLeg.key_frames > 0, 'it gets some');
  });

test('a NACK flood from one leg', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 2 });
  await studio.senders(4);
  const storm = await studio.senders(0, { watchers: 1, name: 'storm', fault: 'nack-storm' });
  await studio.sees([0, 1, 2, 3], { seconds: 3 });
  const { legs: [leg] } = await storm.end();
  assert.ok(leg.nacks_sent > 10000);
  assert.ok(leg.received < leg.nacks_sent / 10, `of ${leg.nacks_sent} packets asked for ${leg.received} came`);
});

for (const codec of ['h264', 'vp8', 'vp9'])
  test(`who joins later gets a picture: ${codec}`, async (t) => {
    const studio = await Studio.open(t, { columns: 2, rows: 2 });
    await studio.senders(4);
    for (let i = 0; i < 3; i++) {
      const { blank, legs: [leg] } = await studio.watch({ name: `late${i}`, codec, warm: 500, seconds: 1 });
      assert.equal(blank, 0);
      assert.ok(leg.first_picture_ms >= 0, 'a whole key frame came');
      assert.equal(leg.undecodable, 0);
    }
  });

test('senders are not asked for key frames without need', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 2 });
  const four = await studio.senders(4);
  for (let i = 0; i < 5; i++) await studio.watch({ name: `late${i}`, warm: 200, seconds: 1 });
  const { legs } = await four.end();
  for (const leg of legs) assert.ok(leg.key_requests_received <= 2, `${leg.name}: ${leg.key_requests_received}`);
});
