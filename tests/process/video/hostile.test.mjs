/* Bad senders: their avatar is shown, the room goes on, counters say why. */
import test from 'node:test';
import { SLOWNESS, until } from '../../support/wait.mjs';
import { Studio, assertTiles } from './studio.mjs';

/* What is sent is what matters here: small pictures cost a sanitizer's server a quarter. */
const open = (t, options = {}) => Studio.open(t, { columns: 2, rows: 2, size: '360p', ...options });

/* A sanitizer's server is looked at in shorter glances, perhaps in more of them: what it says is said while the senders send. */
const glance = SLOWNESS > 1 ? { warm: 500, seconds: 1 } : {};

const bad = (media) => media.frames_broken + media.frames_refused + media.packets_malformed;

const FAULTS = {
  'garbage behind valid heads': { options: { fault: 'garbage' }, says: bad },
  'VP8 garbage behind valid heads': { options: { fault: 'garbage', codec: 'vp8' }, says: bad },
  'VP9 garbage behind valid heads': { options: { fault: 'garbage', codec: 'vp9' }, says: bad },
  'random payloads': { options: { fault: 'random' }, says: bad },
  'fragments cut short': { options: { fault: 'truncated' }, says: bad },
  'VP8 cut short': { options: { fault: 'truncated', codec: 'vp8' }, says: bad },
  'an SPS of 16384 x 16384': { options: { fault: 'huge' }, says: bad },
  'a VP8 key frame of 16383 x 16383': { options: { fault: 'huge', codec: 'vp8' }, says: (media) => media.frames_refused },
  'no parameter sets': { options: { fault: 'no-sets' }, says: bad },
  '20 Mbit/s': { options: { fault: 'flood' }, says: (media) => media.packets_refused + bad(media) },
};

for (const [name, { options, says }] of Object.entries(FAULTS))
  test(`${name}: others go on, the counters say so`, async (t) => {
    const studio = await open(t);
    await studio.senders(3);
    await studio.senders(1, { firstId: 7, name: 'eve', ...options });
    await studio.waitForMedia('eve-s7', (media, video) => says(media) > 0 && !video.showing, 'is counted, and not shown');
    await studio.sees([0, 1, 2, null], glance);
  });

const HARMLESS = {
  'packets out of order': { fault: 'swapped' },
  'large pictures': { size: '1080p', kbps: 2500 },
};

for (const [name, options] of Object.entries(HARMLESS))
  test(`${name}: seen all the same`, async (t) => {
    const studio = await open(t);
    await studio.senders(3);
    await studio.senders(1, { firstId: 3, name: 'eve', ...options });
    await studio.sees([0, 1, 2, 3], glance);
  });

test('120 pictures a second: now and then cut off, others go on', async (t) => {
  const studio = await open(t);
  await studio.senders(3);
  await studio.senders(1, { firstId: 7, name: 'eve', fault: 'fast' });
  await studio.waitForMedia('eve-s7', (media) => media.packets_refused + bad(media) > 0, 'is counted');
  const seen = await studio.watch();
  assertTiles({ ...seen, tiles: seen.tiles.slice(0, 3) }, [0, 1, 2]);
});

test('a picture above the limit is refused before it is decoded', async (t) => {
  const studio = await open(t, { rows: 1, set: { 'media.video_max_width': 1280, 'media.video_max_height': 720 } });
  await studio.senders(1);
  await studio.senders(1, { firstId: 7, name: 'eve', size: '1080p' });
  await studio.waitForMedia('eve-s7', (media) => media.frames_refused > 0 && media.frames_decoded === 0, 'is refused');
  await studio.sees([0, null], { ...glance, tiles: '0,90,320,180:320,90,320,180' });
});

test('a camera that is gone without BYE: its avatar, and the room goes on', async (t) => {
  const studio = await open(t, { set: { 'media.no_media_timeout_s': 60 } });
  await studio.senders(3);
  const eve = await studio.senders(1, { firstId: 7, name: 'eve' });
  await studio.sees([0, 1, 2, 7], glance);
  eve.kill();
  await until(async () => (await studio.participant('eve-s7')).video.showing === false, { timeout: 20000, what: 'it is not shown any more' });
  await studio.sees([0, 1, 2, null], { ...glance, name: 'later' });
});

test('a camera comes back', async (t) => {
  const studio = await open(t);
  await studio.senders(3);
  const eve = await studio.senders(1, { firstId: 7, name: 'eve', fault: 'garbage' });
  await studio.waitForMedia('eve-s7', (media) => bad(media) > 0, 'is counted');
  await eve.end();
  await studio.senders(1, { firstId: 7, name: 'eve' });
  await studio.sees([0, 1, 2, 7], glance);
});
