/* What is presented: a file of the room, an image or a PDF page by page; and the slides of a phone, beside its camera. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { is } from '../../support/events.mjs';
import { pdf } from '../../support/pdf.mjs';
import { decode, isColour, meanColour } from '../../support/picture.mjs';
import { png } from '../../support/png.mjs';
import { RtpEndpoint } from '../../support/rtp.mjs';
import { startServer } from '../../support/server.mjs';
import { makeVideoRoom, VideoPhones } from '../../support/video_phones.mjs';
import { until } from '../../support/wait.mjs';
import { webOffer } from '../../support/web_offer.mjs';
import { problem } from '../api/problem.mjs';

const [RED, GREEN, BLUE] = [[230, 20, 20], [20, 220, 20], [20, 20, 230]];

async function begin(t) {
  const server = await startServer({ t, set: { 'media.video_when_full': 'admit' } });
  await makeVideoRoom(server, 'blue', { layout: 'auto', fps: 10 });
  const { api } = server;
  const share = async (name, bytes) => (await api.request('POST', `/rooms/blue/files?name=${name}`, bytes, { headers: { 'content-type': 'application/octet-stream' } })).expect(201).body.id;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-presentation-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'snapshot.jpg');
  /** The colours at these points; without: a little left of the middle, where the large tile is. */
  const colours = async (points) => {
    const response = await fetch(`${server.apiUrl}/api/v1/rooms/blue/snapshot.jpg`, { headers: { Authorization: `Bearer ${server.token}` } });
    assert.equal(response.status, 200);
    fs.writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    const film = await decode(file);
    return points.map(([x, y]) => meanColour(film, film.frames[0], { x: film.width * x, y: film.height * y, width: 16, height: 16 }));
  };
  const colour = async () => (await colours([[0.3, 0.45]]))[0];
  const sees = (wanted, what) => until(async () => isColour(await colour(), wanted, 40), { timeout: 20000, every: 200, what });
  return { server, api, share, sees, colour, colours };
}

test('an image and the pages of a PDF are seen by all, and go with their file', async (t) => {
  const { server, api, share, sees, colour } = await begin(t);
  const [image, slides] = [await share('a.png', png(320, 180, RED)), await share('b.pdf', pdf([GREEN, BLUE]))];
  const events = await api.events('/rooms/blue/events');
  const told = (fits) => events.waitFor(({ type, data }) => type === 'room_presentation' && fits(data.presentation));
  (await api.post('/rooms/blue/presentation', { file: image })).expect(201); // nobody is in yet
  await VideoPhones.start({ t, server, room: 'blue', senders: 1 });
  await sees(RED, 'the image is seen');

  const { body } = (await api.post('/rooms/blue/presentation', { file: slides })).expect(201);
  assert.deepEqual([body.file, body.name, body.state, body.page, body.pages], [slides, 'b.pdf', 'preparing', 1, null]);
  await told((one) => one?.state === 'shown' && one.page === 1 && one.pages === 2);
  await sees(GREEN, 'the first page is seen');
  (await api.patch('/rooms/blue/presentation', { page: 2 })).expect(200);
  await sees(BLUE, 'the second page is seen');
  problem(await api.patch('/rooms/blue/presentation', { page: 3 }), 422, 'invalid_body');
  const { body: shown } = (await api.get('/rooms/blue/presentation')).expect(200);
  assert.equal(shown.page, 2);
  assert.deepEqual((await api.get('/rooms/blue')).expect(200).body.presentation, shown);
  const kept = fs.readdirSync(path.join(server.dataDir, 'files')).length;
  assert.equal(kept, 3, 'two files, and the page that is seen');

  (await api.delete(`/rooms/blue/files/${slides}`)).expect(204);
  await told((one) => one === null);
  await until(async () => !isColour(await colour(), BLUE, 40), { timeout: 20000, every: 200, what: 'the caller is seen again' });
  problem(await api.get('/rooms/blue/presentation'), 404, 'no_presentation');
  assert.equal((await api.get('/rooms/blue')).expect(200).body.presentation, null);
  await until(() => fs.readdirSync(path.join(server.dataDir, 'files')).length === 1, { what: 'the image alone is left' });
});

test('what cannot be presented, and who may not', async (t) => {
  const { api, share } = await begin(t);
  const present = (file, more, options) => api.post('/rooms/blue/presentation', { file, ...more }, options);
  problem(await present(await share('a.txt', 'words')), 422, 'not_presentable');
  problem(await present('none'), 422, 'no_such_file');
  const events = await api.events('/rooms/blue/events');
  (await present(await share('broken.pdf', '%PDF-1.4\nand no more'))).expect(201);
  await events.waitFor(({ type, data }) => type === 'room_presentation' && data.presentation?.state === 'failed');
  (await api.delete('/rooms/blue/presentation')).expect(204);

  const image = await share('a.png', png(64, 64, RED));
  const join = async () => ({ token: (await api.post('/rooms/blue/calls', { offer: webOffer() }, { token: null })).expect(201).body.id });
  const [ann, bob] = [await join(), await join()];
  await until(async () => (await present(image, {}, ann)).status === 201, { what: 'Ann is in, and presents' });
  problem(await present(image, {}, bob), 409, 'somebody_presents');
  problem(await api.delete('/rooms/blue/presentation', bob), 409, 'somebody_presents');
  (await api.delete(`/rooms/blue/calls/${ann.token}`, { token: null })).expect(204);
  await until(async () => (await api.get('/rooms/blue/presentation')).status === 404, { what: 'it ends with Ann' });
  (await api.patch('/rooms/blue', { who_may_present: 'moderators' })).expect(200);
  problem(await present(image, {}, bob), 403, 'may_not_present');
});

/** One key frame of VP8, all of one colour, as a payload. */
function still(folder, [r, g, b]) {
  const file = path.join(folder, `${r}-${g}-${b}.ivf`);
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `color=0x${Buffer.from([r, g, b]).toString('hex')}:s=320x180:r=1:d=1`, '-c:v', 'libvpx', '-pix_fmt', 'yuv420p', '-y', file]);
  const ivf = fs.readFileSync(file);
  return Buffer.concat([Buffer.from([0x10]), ivf.subarray(44, 44 + ivf.readUInt32LE(32))]);
}

test('a phone’s slides are seen beside its camera, as long as it sends them', async (t) => {
  const { server, api, sees, colours } = await begin(t);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-slides-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const [camera, slides] = [await RtpEndpoint.open({ t }), await RtpEndpoint.open({ t })];
  const pictures = (direction) => [
    `m=video ${camera.port} RTP/AVP 96`, 'a=rtpmap:96 VP8/90000', 'a=content:main', 'a=label:11',
    `m=video ${slides.port} RTP/AVP 96`, 'a=rtpmap:96 VP8/90000', 'a=content:slides', 'a=label:12', `a=${direction}`,
    'm=application 5070 UDP/BFCP *', 'a=floorctrl:c-only', 'a=confid:1', 'a=userid:1', 'a=floorid:1 mstrm:12',
  ];
  const film = (rtp, media, colour) => {
    const payload = still(folder, colour);
    rtp.remote = media;
    rtp.sendFrames({ make: () => payload, type: 96, ptime: 100, samples: 9000, mutate: (fields) => ({ ...fields, marker: true }) });
  };
  const phone = await Caller.join({ t, server, room: 'blue', name: 'ann', hz: 300, sdp: { extra: pictures('sendonly') } });
  const [, main, second, floor] = phone.media;
  assert.deepEqual([main.direction, second.direction, second.port !== 0, floor.port], ['sendrecv', 'recvonly', true, 0]);
  assert.ok(second.attributes.includes('content:slides'), 'it is said what it is');
  const events = await api.events('/rooms/blue/events');
  film(camera, main, RED);
  await sees(RED, 'its camera is seen');
  let { slides: shown, presents } = await phone.participant();
  assert.deepEqual([presents, shown.sending, shown.receiving, shown.showing], [false, true, false, false]);

  film(slides, second, GREEN);
  await events.waitFor(is('participant_changed', { who: 'ann', presents: true }));
  await sees(GREEN, 'its slides are seen');
  const strip = Array.from({ length: 12 }, (_, i) => [0.9, (i + 0.2) / 12]);
  const isBeside = async (colour) => (await colours(strip)).some((one) => isColour(one, colour, 40));
  await until(() => isBeside(RED), { timeout: 20000, every: 200, what: 'its camera is seen beside them' });
  ({ slides: shown } = await phone.participant({ fits: (one) => one.slides.codec === 'VP8' }));
  assert.deepEqual([shown.width, shown.height, shown.showing, shown.sent_codec], [320, 180, true, null]);

  await phone.renegotiate({ extra: pictures('inactive') });
  await events.waitFor(is('participant_changed', { who: 'ann', presents: false }));
  await sees(RED, 'its camera is seen alone');
  const [, , place] = phone.media;
  assert.deepEqual([place.direction, place.port], ['inactive', second.port], 'the place stays');

  await phone.renegotiate({ extra: pictures('sendonly') });
  await sees(GREEN, 'its slides are seen again');
  const { id } = await phone.participant();
  (await api.patch(`/rooms/blue/participants/${id}`, { presents: false })).expect(200);
  await sees(RED, 'a moderator has ended it');
});
