/* Composed pictures, decoded and looked at: who stands where, in the right colour, moving; as people come and go. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { colourOf, compose, decode, fieldOf, isColour, meanColour, readMark, ssim } from '../../support/picture.mjs';
import { Studio, assertTiles, gridTiles, tilesOption } from './studio.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-films-'));
test.after(() => fs.rmSync(folder, { recursive: true, force: true }));

test('four in a fixed grid: each where it belongs', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 2 });
  await studio.senders(4);
  const seen = await studio.sees([0, 1, 2, 3]);
  assert.deepEqual([seen.picture.width, seen.picture.height], [1280, 720]);
  assert.equal(seen.picture.range, 'limited'); /* the colours above were read by the matrix that is signalled */
});

test('every matrix and range comes out in the same colours', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 2 });
  const ways = [{ matrix: 601, range: 'limited' }, { matrix: 601, range: 'full' }, { matrix: 709, range: 'limited' }, { matrix: 709, range: 'full' }];
  for (const [firstId, way] of ways.entries()) await studio.senders(1, { firstId, ...way });
  await studio.sees([0, 1, 2, 3]);
});

test('portrait and small pictures are shown whole', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 1 });
  await studio.senders(1, { firstId: 0, size: '360x640' });
  await studio.senders(1, { firstId: 1, size: '320x180' });
  /* whole, its shape kept: in its half the portrait is 405 x 720, the small one 640 x 360 */
  const tiles = tilesOption([{ x: 118, y: 0, width: 405, height: 720 }, { x: 640, y: 180, width: 640, height: 360 }]);
  await studio.sees([0, 1], { tiles });
});

test('the grid follows who comes and goes', async (t) => {
  const studio = await Studio.open(t, { layout: 'grid' });
  const look = (rows) => studio.watch({ hidden: true, warm: 2500, tiles: tilesOption(gridTiles(rows)) });
  const three = await studio.senders(3);
  const fourth = await studio.senders(1, { firstId: 3 });
  assertTiles(await look([2, 2]), [0, 1, 2, 3]);
  await studio.senders(1, { firstId: 4 });
  assertTiles(await look([3, 2]), [0, 1, 2, 3, 4]);
  await fourth.end();
  const { tiles } = await look([2, 2]);
  assert.deepEqual(tiles.map(({ sender }) => sender).sort(), [0, 1, 2, 4]);
  await three.end();
  assertTiles(await look([1]), [4]);
});

test('the layout is changed while it is on', async (t) => {
  const studio = await Studio.open(t, { layout: 'grid' });
  await studio.senders(2, { talker: 9999 });
  const half = [{ x: 0, y: 180, width: 640, height: 360 }, { x: 640, y: 180, width: 640, height: 360 }];
  await studio.sees([0, 1], { hidden: true, warm: 2500, tiles: tilesOption(half) });
  (await studio.api.patch(`/rooms/${studio.room}`, { video: { layout: 'spotlight' } })).expect(200);
  const { id } = await studio.participant('eye-s1');
  (await studio.api.patch(`/rooms/${studio.room}/participants/${id}`, { pinned: 1 })).expect(200);
  await studio.sees([1], { hidden: true, warm: 2500, tiles: '0,0,1280,720' });
});

/** The clip that a sender plays, from bench-video's cache. */
function clipOf(sender) {
  const cache = path.join(process.env.XDG_CACHE_HOME || '/tmp', 'raduno-bench-video');
  const name = fs.readdirSync(cache).filter((one) => one.startsWith(`H264-640x360-30-800k-${sender}-v`)).sort().at(-1);
  return path.join(cache, name);
}

test('the composed picture is what ffmpeg composes', async (t) => {
  const studio = await Studio.open(t, { columns: 2, rows: 2, bitrate_kbps: 8000 });
  await studio.senders(4);
  const keep = path.join(folder, 'seen.ivf');
  await studio.sees([0, 1, 2, 3], { keep });
  const film = await decode(keep, { last: 10 });
  const rects = [0, 1, 2, 3].map((i) => ({ x: (i % 2) * 640, y: i < 2 ? 0 : 360, width: 640, height: 360 }));
  const [seen] = film.frames;
  const marks = rects.map((rect) => readMark(film, seen, rect));
  assert.deepEqual(marks.map((mark) => mark?.sender), [0, 1, 2, 3]);
  for (const rect of rects)
    assert.ok(isColour(meanColour(film, seen, fieldOf(rect)), colourOf(readMark(film, seen, rect).sender)));
  const sources = await Promise.all(marks.map(({ sender, frame }) => decode(clipOf(sender), { frame })));
  const reference = await compose(1280, 720, sources.map((source, i) => ({ film: source, frame: source.frames[0], rect: rects[i] })), film.matrix);
  const likeness = await ssim(film, seen, reference.film, reference.frame);
  assert.ok(likeness >= 0.97, `SSIM ${likeness}`);
});
