/* How a room's pictures are composed, over REST: set, refused field by field, kept; how somebody is
 * shown; avatars; snapshots of nothing. (What is to be seen: tests/process/video.) */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Caller } from '../../support/caller.mjs';
import { png } from '../../support/png.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';
import { fieldsOf, problem } from './problem.mjs';

const usual = {
  enabled: true, size: '720p', fps: 30, bitrate_kbps: 2000, layout: 'auto', own_view: false, names: true,
  frame_talker: true, fill: false, ground: '#15181c', background: '', logo: '', cost: { shared: 0, own_view: 0 }, now: null,
};

const tiles = { tiles: [
  { x: 0, y: 0, width: 66.67, height: 100, role: 'talker' }, { x: 66.67, y: 0, width: 33.33, height: 50, role: 'anyone' },
  { x: 66.67, y: 50, width: 33.33, height: 50, role: 'presenter' }] };

const other = {
  enabled: false, size: { width: 1080, height: 1080 }, fps: 5, bitrate_kbps: 64, layout: tiles, own_view: true, names: false,
  frame_talker: false, fill: true, ground: '#00ff7a', background: 'Bär 1.png', logo: 'logo.webp',
};

async function begin(t, set = {}) {
  const server = await startServer({ t, set });
  return { server, api: server.api };
}

test('video is set, is as configured by null, and what is not named stays', async (t) => {
  const { api } = await begin(t);
  const videoOf = (answer, status) => answer.expect(status).body.video;
  assert.deepEqual(videoOf(await api.post('/rooms', { name: 'a' }), 201), usual);
  assert.deepEqual(videoOf(await api.patch('/rooms/a', { video: other }), 200), { ...usual, ...other });
  assert.deepEqual(videoOf(await api.get('/rooms/a'), 200), { ...usual, ...other });
  assert.deepEqual(videoOf(await api.patch('/rooms/a', { video: { fps: 15, layout: 'one_seven' } }), 200), { ...usual, ...other, fps: 15, layout: 'one_seven' });
  assert.deepEqual(videoOf(await api.patch('/rooms/a', { video: {} }), 200), { ...usual, ...other, fps: 15, layout: 'one_seven' });
  assert.deepEqual(videoOf(await api.patch('/rooms/a', { video: { size: null, layout: null, ground: null, logo: null, names: null } }), 200),
    { ...usual, ...other, fps: 15, layout: 'auto', size: '720p', ground: '#15181c', logo: '', names: true });
  assert.deepEqual(videoOf(await api.patch('/rooms/a', { video: null }), 200), usual);
  assert.deepEqual(videoOf(await api.post('/rooms', { name: 'b', video: { size: '1080p' } }), 201), { ...usual, size: '1080p' });
  assert.deepEqual(videoOf(await api.post('/rooms', { name: 'c', video: null }), 201), usual);
  assert.equal(videoOf(await api.patch('/rooms/c', { video: { size: { width: 1280, height: 720 } } }), 200).size, '720p');
});

test('each layout and size that has a word is taken', async (t) => {
  const { api } = await begin(t);
  (await api.post('/rooms', { name: 'a' })).expect(201);
  for (const layout of ['auto', 'grid', 'speaker', 'one_five', 'one_seven', 'one_nine', 'side_by_side', 'picture_in_picture', 'presentation', 'spotlight'])
    assert.equal((await api.patch('/rooms/a', { video: { layout } })).expect(200).body.video.layout, layout);
  for (const size of ['360p', '480p', '540p', '720p', '1080p'])
    assert.equal((await api.patch('/rooms/a', { video: { size } })).expect(200).body.video.size, size);
});

test('what cannot be taken is refused, each field by name, and nothing is changed', async (t) => {
  const { api } = await begin(t);
  (await api.post('/rooms', { name: 'a' })).expect(201);
  const tile = { x: 0, y: 0, width: 50, height: 50 };
  for (const [video, ...fields] of [
    [[], ''], ['720p', ''], [{ surprise: 1 }, '/surprise'], [{ enabled: 1 }, '/enabled'],
    [{ size: '720' }, '/size'], [{ size: 720 }, '/size'], [{ size: {} }, '/size/width', '/size/height'],
    [{ size: { width: 641, height: 360 } }, '/size/width'], [{ size: { width: 640, height: 361 } }, '/size/height'],
    [{ size: { width: 318, height: 1082, depth: 3 } }, '/size/width', '/size/height', '/size/depth'],
    [{ fps: 4 }, '/fps'], [{ fps: 31 }, '/fps'], [{ fps: 12.5 }, '/fps'], [{ bitrate_kbps: 63 }, '/bitrate_kbps'], [{ bitrate_kbps: 8001 }, '/bitrate_kbps'],
    [{ layout: 'custom' }, '/layout'], [{ layout: 'sing' }, '/layout'], [{ layout: 5 }, '/layout'], [{ layout: {} }, '/layout/tiles'],
    [{ layout: { tiles: [] } }, '/layout/tiles'], [{ layout: { tiles: Array(26).fill(tile) } }, '/layout/tiles'], [{ layout: { tiles: tile } }, '/layout/tiles'],
    [{ layout: { tiles: [5, tile] } }, '/layout/tiles/0'], [{ layout: { tiles: [tile, { ...tile, x: 0.001 }] } }, '/layout/tiles/1/x'],
    [{ layout: { tiles: [{ ...tile, x: 101, role: 'king' }, { x: 0 }] } }, '/layout/tiles/0/x', '/layout/tiles/0/role', '/layout/tiles/1/y',
      '/layout/tiles/1/width', '/layout/tiles/1/height'],
    [{ layout: { tiles: [{ ...tile, x: 60 }] } }, '/layout'], [{ layout: { tiles: [{ ...tile, width: 0 }] } }, '/layout'],
    [{ ground: 'black' }, '/ground'], [{ ground: '#12345' }, '/ground'], [{ ground: '#12345g' }, '/ground'],
    [{ background: '../secret' }, '/background'], [{ logo: '.x' }, '/logo'], [{ logo: 'a'.repeat(129) }, '/logo'],
    [{ cost: { shared: 0, own_view: 0 } }, '/cost'], [{ now: null }, '/now'],
    [{ names: 'yes', layout: 'sing', size: 'huge', fps: 99 }, '/names', '/fps', '/size', '/layout'],
  ]) {
    const { errors } = problem(await api.patch('/rooms/a', { video }), 422, 'invalid_body');
    assert.deepEqual(fieldsOf({ errors }).sort(), fields.map((field) => `/video${field}`).sort(), JSON.stringify(video));
    problem(await api.post('/rooms', { name: 'b', video }), 422, 'invalid_body');
    assert.deepEqual((await api.get('/rooms/a')).body.video, usual);
  }
  const both = problem(await api.patch('/rooms/a', { menu: { '*x': 'mute' }, video: { fps: 1 } }), 422, 'invalid_body');
  assert.deepEqual(fieldsOf(both), ['/menu/*x', '/video/fps']);
});

test('video is kept over a restart, and told in events without what changes all the time', async (t) => {
  const { server, api } = await begin(t);
  const events = await api.events('/events');
  (await api.post('/rooms', { name: 'kept', video: other })).expect(201);
  (await api.patch('/rooms/kept', { video: { fps: 7 } })).expect(200);
  const { data } = await events.waitFor(({ type }) => type === 'room_changed');
  assert.deepEqual(data.settings.video, { ...other, fps: 7 });
  events.close();
  await server.kill9();
  await server.restart();
  assert.deepEqual((await server.api.get('/rooms/kept')).expect(200).body.video, { ...usual, ...other, fps: 7 });
});

test('rooms are as configured, and a server without video says so', async (t) => {
  const images = fs.mkdtempSync('/tmp/raduno-images-');
  t.after(() => fs.rmSync(images, { recursive: true }));
  const { api } = await begin(t, {
    'media.video': false, 'media.images_directory': images, 'rooms.video': false, 'rooms.video_size': '360p', 'rooms.video_fps': 10, 'rooms.video_bitrate_kbps': 500,
    'rooms.video_layout': 'speaker', 'rooms.video_own_view': true, 'rooms.video_names': false, 'rooms.video_frame_talker': false,
    'rooms.video_fill': true, 'rooms.video_ground': '#ABCDEF', 'rooms.video_background': 'b.png', 'rooms.video_logo': 'l.png',
  });
  assert.deepEqual((await api.post('/rooms', { name: 'a' })).expect(201).body.video, {
    enabled: false, size: '360p', fps: 10, bitrate_kbps: 500, layout: 'speaker', own_view: true, names: false, frame_talker: false,
    fill: true, ground: '#abcdef', background: 'b.png', logo: 'l.png', cost: null, now: null,
  });
  assert.equal(await api.metric('raduno_video_workers'), undefined);
});

test('a directory of images that is not there stops the start', async (t) => {
  await assert.rejects(startServer({ t, set: { 'media.images_directory': '/nowhere' } }), /media\.images_directory/);
});

test('how somebody is shown is set, and told', async (t) => {
  const { server, api } = await begin(t);
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice' });
  const { id, ...before } = await alice.participant();
  const look = ({ video_muted, presents, hidden, pinned }) => ({ video_muted, presents, hidden, pinned });
  const plain = { video_muted: false, presents: false, hidden: false, pinned: 0 };
  assert.deepEqual(look(before), plain);
  assert.equal(before.video, null);
  assert.equal(before.avatar, false);
  const events = await api.events('/events');
  const change = { video_muted: true, presents: true, hidden: true, pinned: 49 };
  const at = `/rooms/blue/participants/${id}`;
  assert.deepEqual(look((await api.patch(at, change)).expect(200).body), change);
  const { data } = await events.waitFor(({ type }) => type === 'participant_changed');
  assert.deepEqual(look(data.participant), change);
  assert.deepEqual(look((await api.patch(at, Object.fromEntries(Object.keys(change).map((name) => [name, null])))).expect(200).body), plain);
  for (const wrong of [{ pinned: -1 }, { pinned: 50 }, { pinned: 1.5 }, { hidden: 1 }, { video: null }, { avatar: true }])
    assert.deepEqual(fieldsOf(problem(await api.patch(at, wrong), 422, 'invalid_body')), [`/${Object.keys(wrong)[0]}`]);
});

test('an avatar is put, shown as it is, replaced, and gone with its participant', async (t) => {
  const { server, api } = await begin(t);
  const directory = path.join(server.dataDir, 'avatars');
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice' });
  const { id } = await alice.participant();
  const at = `/rooms/blue/participants/${id}/avatar`;
  const put = (body, type = 'image/png') => api.request('PUT', at, body, { headers: { 'content-type': type } });
  problem(await api.get(at), 404, 'no_avatar');
  problem(await api.delete(at), 404, 'no_avatar');
  (await put(png(64, 64))).expect(204);
  const answer = await fetch(`${server.apiUrl}/api/v1${at}`, { headers: { authorization: `Bearer ${server.token}` } });
  assert.equal(answer.headers.get('content-type'), 'image/png');
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), png(64, 64));
  assert.equal((await alice.participant()).avatar, true);
  const [first, ...none] = fs.readdirSync(directory);
  assert.deepEqual(none, []);
  assert.equal(fs.statSync(path.join(directory, first)).mode & 0o777, 0o600);
  (await put(png(32, 64), 'image/jpeg')).expect(204); // what it is counts, not what it is called
  assert.equal((await api.get(at)).expect(200).headers['content-type'], 'image/png');
  await until(() => !fs.readdirSync(directory).includes(first), { what: 'the one before is removed' });
  for (const [body, type, status, code] of [
    ['x'.repeat(100), 'image/png', 422, 'bad_image'], ['', 'image/png', 422, 'bad_image'], [png(8, 8).subarray(0, 20), 'image/png', 422, 'bad_image'],
    [png(8, 8), 'image/gif', 415, 'wrong_media_type'], [png(8, 8), 'application/json', 415, 'wrong_media_type'],
    [Buffer.alloc((1 << 20) + 1), 'image/png', 413, 'body_too_large'],
  ])
    problem(await put(body, type), status, code);
  problem(await api.request('PUT', '/rooms/blue/participants/x/avatar', png(8, 8), { headers: { 'content-type': 'image/png' } }), 404, 'no_such_participant');
  await until(() => fs.readdirSync(directory).length === 1, { what: 'what was refused left nothing' });
  (await api.delete(at)).expect(204);
  await until(() => fs.readdirSync(directory).length === 0, { what: 'what was deleted is removed' });
  (await put(png(8, 8))).expect(204);
  await alice.leave();
  await until(() => fs.readdirSync(directory).length === 0, { what: 'the avatar is removed' });
});

test('what an earlier process left of avatars is removed', async (t) => {
  const { server, api } = await begin(t);
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice' });
  const { id } = await alice.participant();
  (await api.request('PUT', `/rooms/blue/participants/${id}/avatar`, png(8, 8), { headers: { 'content-type': 'image/png' } })).expect(204);
  await server.kill9();
  assert.equal(fs.readdirSync(path.join(server.dataDir, 'avatars')).length, 1);
  await server.restart();
  assert.deepEqual(fs.readdirSync(path.join(server.dataDir, 'avatars')), []);
});

test('where nobody has video there is nothing to be seen', async (t) => {
  const { server, api } = await begin(t);
  const alice = await Caller.join({ t, server, room: 'blue', name: 'alice' });
  const { id } = await alice.participant();
  for (const at of ['/rooms/blue', `/rooms/blue/participants/${id}`]) {
    problem(await api.get(`${at}/snapshot.jpg`), 404, 'no_picture');
    problem(await api.get(`${at}/snapshot.jpg?width=16`), 404, 'no_picture');
    for (const width of ['15', '1921', '', 'x', '100000', '1e3', '-5'])
      assert.equal(problem(await api.get(`${at}/snapshot.jpg?width=${width}`), 400, 'invalid_parameter').errors[0].parameter, 'width');
  }
  problem(await api.get('/rooms/none/snapshot.jpg'), 404, 'no_such_room');
  problem(await api.get('/rooms/blue/participants/x/snapshot.jpg'), 404, 'no_such_participant');
  assert.equal(await api.metric('raduno_video_rooms'), 0);
  assert.equal(await api.metric('raduno_video_legs'), 0);
  assert.equal(await api.metric('raduno_video_frames_encoded_total'), 0);
});
