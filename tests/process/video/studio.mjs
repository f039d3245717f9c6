/*
 * studio.mjs - a room with video: who is in it, what is seen there, and what has to be so.
 *
 *   const studio = await Studio.open(t, { columns: 2, rows: 2 });      a fixed grid; or { layout: 'grid' }
 *   await studio.senders(3);  await studio.senders(1, { firstId: 3, codec: 'vp8' });
 *   const seen = await studio.sees([0, 1, 2, 3], { codec: 'vp8' });   who stands where, moving, in its colour
 *   await studio.participant('bob-s7')                                 as the API shows it
 */
import assert from 'node:assert/strict';
import { colourOf, isColour } from '../../support/picture.mjs';
import { startServer } from '../../support/server.mjs';
import { VideoPhones, fixedGrid, makeVideoRoom, watch } from '../../support/video_phones.mjs';
import { SLOWNESS, until } from '../../support/wait.mjs';

const ROOM = 'studio';
const FPS = 30; /* of the senders: how fast their counters run, however many pictures are seen of them */
/** On a busy machine fewer pictures are composed; of a sanitizer's server any are enough. */
const LEAST_FPS = SLOWNESS > 1 ? 0 : 2;
/** Others may have the cores just then: whoever comes gets its picture all the same. */
const ON_A_BUSY_MACHINE = { 'media.video_when_full': 'admit' };

export class Studio {
  /** 15 pictures a second show as much as 30, and cost half. */
  static async open(t, { columns, rows, set = {}, layout = fixedGrid(columns, rows), fps = 15, ...video } = {}) {
    const studio = new Studio();
    studio.t = t;
    studio.room = ROOM;
    studio.grid = columns && `${columns}x${rows}`;
    studio.server = await startServer({ t, set: { ...ON_A_BUSY_MACHINE, ...set } });
    studio.api = studio.server.api;
    await makeVideoRoom(studio.server, ROOM, { layout, fps, ...video });
    return studio;
  }

  /** Callers who send, from now on. */
  async senders(count, options = {}) {
    const phones = await VideoPhones.start({ t: this.t, server: this.server, room: ROOM, senders: count, ...options });
    return phones;
  }

  /** Somebody comes and looks at the tiles for two seconds. */
  watch(options = {}) {
    return watch({ t: this.t, server: this.server, room: ROOM, grid: options.tiles ? undefined : this.grid, ...options });
  }

  /** Somebody comes and has to see this; a busy machine gets some tries. @return what was seen. */
  async sees(senders, options = {}) {
    for (let tries = 4; ; tries--) {
      const seen = await this.watch(options);
      try {
        assertTiles(seen, senders);
        return seen;
      } catch (error) {
        if (tries === 1) throw error;
      }
    }
  }

  /** A participant by the user part of its address. */
  async participant(user) {
    const found = (await this.api.participants(ROOM)).find(({ uri }) => uri.includes(`:${user}@`));
    assert.ok(found, `${user} is in the room`);
    return (await this.api.get(`/rooms/${ROOM}/participants/${found.id}`)).expect(200).body;
  }

  /** Waits until a counter of a participant's video fits. */
  waitForMedia(user, fits, what) {
    return until(async () => {
      const { video } = await this.participant(user);
      return fits(video.media, video) && video;
    }, { timeout: 15000, every: 200, what: `${user}: ${what}` });
  }
}

/** In each tile stands this sender, in its own colour, moving; null: nobody's picture. */
export function assertTiles(seen, senders, { tolerance = 8, speed = FPS } = {}) {
  assert.equal(seen.blank, 0, 'the watcher saw a picture');
  const story = JSON.stringify(seen.tiles.map(({ sender, fps, speed: own, rgb, unread }) => ({ sender, fps, speed: own, rgb, unread })));
  assert.deepEqual(seen.tiles.map(({ sender }) => (sender < 0 ? null : sender)), senders, story);
  for (const tile of seen.tiles.filter(({ sender }) => sender >= 0)) {
    assert.equal(tile.senders, 0, `tile ${tile.x},${tile.y} did not change hands`);
    assert.ok(isColour(tile.rgb, colourOf(tile.sender), tolerance), `${tile.rgb} is ${colourOf(tile.sender)}: ${story}`);
    assert.ok(tile.speed > 0.6 * speed && tile.speed < 1.5 * speed, `counters advance at the frame rate: ${story}`);
    assert.ok(tile.fps > LEAST_FPS, `pictures come: ${story}`);
  }
}

/** Rectangles of the usual shape, in rows of so many, as large as they fit into 1280 x 720. */
export function gridTiles(rows, [width, height] = [1280, 720]) {
  const columns = Math.max(...rows);
  const tile = Math.min(width / columns, ((height / rows.length) * 16) / 9);
  const [tileWidth, tileHeight] = [tile, (tile * 9) / 16];
  const top = (height - tileHeight * rows.length) / 2;
  return rows.flatMap((count, row) => Array.from({ length: count }, (_, i) => ({
    x: (width - tileWidth * count) / 2 + i * tileWidth, y: top + row * tileHeight, width: tileWidth, height: tileHeight,
  })));
}

/** Rectangles as bench-video takes them. */
export const tilesOption = (rects) =>
  rects.map(({ x, y, width, height }) => [x, y, width, height].map(Math.floor).join(',')).join(':');
