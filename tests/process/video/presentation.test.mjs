/* A file of the room in its pictures: an image, a PDF page by page, and what ends it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { pdf } from '../../support/pdf.mjs';
import { decode, isColour, meanColour } from '../../support/picture.mjs';
import { png } from '../../support/png.mjs';
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
  /** The colour a little left of the middle, where the large tile is. */
  const colour = async () => {
    const response = await fetch(`${server.apiUrl}/api/v1/rooms/blue/snapshot.jpg`, { headers: { Authorization: `Bearer ${server.token}` } });
    assert.equal(response.status, 200);
    fs.writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    const film = await decode(file);
    return meanColour(film, film.frames[0], { x: film.width * 0.3, y: film.height * 0.45, width: 16, height: 16 });
  };
  const sees = (wanted, what) => until(async () => isColour(await colour(), wanted, 40), { timeout: 20000, every: 200, what });
  return { server, api, share, sees, colour };
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
