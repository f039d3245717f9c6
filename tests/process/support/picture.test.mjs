/* What looks at pictures: that it sees what is there, and not what is not. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { colourOf, compose, decode, fieldOf, isColour, meanColour, readMark, ssim } from '../../support/picture.mjs';
import { VideoPhones } from '../../support/video_phones.mjs';
import { until } from '../../support/wait.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-films-'));
test.after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A sender that sees its own picture, as its watcher counts it and as ffmpeg decodes it. */
async function mirror(t, options) {
  const keep = path.join(folder, `${Object.values(options).join('-')}.ivf`);
  const phones = await VideoPhones.start({ t, mirror: true, grid: '1x1', seconds: 1, keep, ...options });
  return { seen: await phones.finished(), film: await decode(keep) };
}

const WAYS = [
  { codec: 'h264' }, { codec: 'h264', mode: 0 }, { codec: 'vp8' }, { codec: 'vp9' },
  { codec: 'h264', profile: 'high', matrix: 709, range: 'full' }, { codec: 'h264', matrix: 709 },
];

for (const way of WAYS)
  test(`marks and colours of ${Object.values(way).join(' ')} are read`, async (t) => {
    const { seen, film } = await mirror(t, { ...way, firstId: 5 });
    const whole = { x: 0, y: 0, width: film.width, height: film.height };
    assert.equal(seen.blank, 0);
    assert.equal(film.codec, way.codec);
    assert.equal(film.frames.length, seen.legs[0].frames);
    assert.equal(film.matrix, way.matrix ?? 601);
    assert.equal(film.range, way.range ?? 'limited');
    film.frames.forEach((frame, i) => assert.deepEqual(readMark(film, frame, whole), { sender: 5, frame: i }));
    const colour = meanColour(film, film.frames[9], fieldOf(whole));
    assert.ok(isColour(colour, colourOf(5)), `${colour}`);
    assert.ok(isColour(seen.tiles[0].rgb, colourOf(5)), `${seen.tiles[0].rgb}`);
    const wrong = { ...film, range: film.range === 'full' ? 'limited' : 'full' };
    assert.ok(!isColour(meanColour(wrong, film.frames[9], fieldOf(whole)), colourOf(5)), 'a wrong range shows');
  });

test('composed pictures are read and compared', async (t) => {
  const { film } = await mirror(t, { codec: 'h264', matrix: 709, firstId: 2 });
  const rects = [{ x: 0, y: 0, width: 320, height: 180 }, { x: 320, y: 180, width: 320, height: 180 }];
  const make = (frames) => compose(640, 360, rects.map((rect, i) => ({ film, frame: film.frames[frames[i]], rect })));
  const [first, again, other] = await Promise.all([make([3, 7]), make([3, 7]), make([3, 15])]);
  assert.deepEqual(rects.map((rect) => readMark(first.film, first.frame, rect)), [{ sender: 2, frame: 3 }, { sender: 2, frame: 7 }]);
  assert.equal(readMark(first.film, first.frame, { ...rects[0], x: 320 }), null);
  assert.ok(isColour(meanColour(first.film, first.frame, fieldOf(rects[1])), colourOf(2)), 'BT.709 became BT.601');
  assert.equal(await ssim(first.film, first.frame, again.film, again.frame), 1);
  assert.ok(await ssim(first.film, first.frame, other.film, other.frame) < 0.97);
});

test('lost packets come again, or pictures stand still', async (t) => {
  const start = (nack) => VideoPhones.start({ t, mirror: true, grid: '1x1', seconds: 3, loss: 10, nack });
  const [asks, waits] = await Promise.all(['on', 'off'].map(start)).then((both) => Promise.all(both.map((one) => one.finished())));
  assert.ok(asks.packets_recovered > 0 && asks.total_resent > 0);
  assert.equal(waits.packets_recovered, 0);
  assert.ok(waits.total_key_requests_sent > 0 && waits.total_broken > 0);
  assert.ok(waits.tiles[0].frozen_ms > asks.tiles[0].frozen_ms);
});

for (const codec of ['H264', 'VP8', 'VP9'])
  test(`baresip sends and sees ${codec}`, async (t) => {
    const start = (name, options) => Baresip.start({ t, name, hz: 440, ...options });
    const alice = await start('alice', { video: { codec, colour: 'red' } });
    const bob = await start('bob', { answer: 'auto', video: { codec, colour: 'blue' } });
    await alice.dial(bob.uri);
    for (const [phone, wanted] of [[alice, [0, 0, 255]], [bob, [255, 0, 0]]])
      await until(async () => {
        const film = await decode(await phone.snapshot());
        return isColour(meanColour(film, film.frames[0], { x: 64, y: 36, width: 512, height: 288 }), wanted, 24);
      }, { timeout: 15000, every: 200, what: `${phone.name} sees ${wanted}` });
  });

for (const [codec, wanted] of [['h264', [0, 0, 255]], ['vp8', [255, 0, 0]], ['vp9', [255, 255, 0]]])
  test(`bench-video and baresip see each other: ${codec}`, async (t) => {
    const colour = { h264: 'blue', vp8: 'red', vp9: 'yellow' }[codec];
    const bob = await Baresip.start({ t, name: 'bob', hz: 440, answer: 'auto', video: { codec: codec.toUpperCase(), colour } });
    const phones = await VideoPhones.start({ t, server: bob, room: 'bob', codec, mode: 0, avp: true, firstId: 8, grid: '1x1' });
    await until(async () => {
      const film = await decode(await bob.snapshot());
      const whole = { x: 0, y: 0, width: film.width, height: film.height };
      assert.equal(readMark(film, film.frames[0], whole)?.sender, 8);
      return isColour(meanColour(film, film.frames[0], fieldOf(whole)), colourOf(8), 24);
    }, { timeout: 15000, every: 200, what: 'bob sees the sender' });
    const { legs: [leg], tiles: [tile] } = await phones.end();
    assert.ok(leg.frames > 0 && leg.undecodable === 0, `${leg.frames} pictures, ${leg.undecodable} bad`);
    assert.ok(isColour(tile.rgb, wanted, 24), `bob is ${tile.rgb}`);
  });
