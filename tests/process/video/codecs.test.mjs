/* Every codec sees the same picture, and every codec is seen. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Studio } from './studio.mjs';

const WATCHERS = [{ codec: 'h264' }, { codec: 'h264', mode: 0 }, { codec: 'h264', profile: 'high' }, { codec: 'vp8' }, { codec: 'vp9' }];

test('watchers of every codec see the same picture', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 2 });
  await studio.senders(4);
  for (const [i, way] of WATCHERS.entries()) {
    const seen = await studio.sees([0, 1, 2, 3], { name: `guest${i}`, ...way });
    assert.deepEqual([seen.picture.width, seen.picture.height], [1280, 720]);
  }
});

test('senders of every codec are seen by all', async (t) => {
  const studio = await Studio.open(t, { columns: 3, rows: 2 });
  const codecs = [{ codec: 'h264' }, { codec: 'h264', mode: 0 }, { codec: 'h264', profile: 'high' }, { codec: 'vp8' }, { codec: 'vp9' }];
  for (const [firstId, way] of codecs.entries()) await studio.senders(1, { firstId, ...way });
  for (const codec of ['h264', 'vp8']) {
    /* of 426 x 360 the picture takes 426 x 240, in the middle */
    const rects = codecs.map((_, i) => `${[0, 426, 854][i % 3]},${i < 3 ? 60 : 420},426,240`);
    await studio.sees([0, 1, 2, 3, 4], { name: codec, codec, tiles: rects.join(':') });
  }
  const { video } = await studio.participant('eye-s3');
  assert.deepEqual([video.codec, video.width, video.height, video.showing], ['VP8', 640, 360, true]);
});

test('a small picture for a small room', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 2, size: '360p', bitrate_kbps: 1500 });
  await studio.senders(4);
  const seen = await studio.sees([0, 1, 2, 3]);
  assert.deepEqual([seen.picture.width, seen.picture.height], [640, 360]);
});
