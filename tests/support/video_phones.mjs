/*
 * video_phones.mjs - callers with cameras and screens: bench-video, which calls a room, and what it
 * saw. Each sender has a colour of its own and a mark in each picture (tests/bench/eye_mark.h).
 *
 *   const four = await VideoPhones.start({ t, server, room: 'blue', senders: 4 });     all are in
 *   const { legs } = await four.end();                       BYE to all; what they saw
 *   four.kill();                                             gone without a word
 *   const seen = await watch({ t, server, room: 'blue', grid: '2x2', codec: 'vp8' });
 *   seen.tiles[0]     { x, y, width, height, sender, fps, unread, rgb, worst_gap_ms, ... }
 *
 * Options are bench-video's, in camelCase (see its --help): senders, watchers, firstId, codec,
 * watchCodec, mode, profile, size, matrix, range, fps, kbps, loss, lossSide, nack, fault, talker,
 * grid, tiles, keep, warm, seconds, blind, avp, name. seconds 0: until end(). mirror: no server.
 */
import path from 'node:path';
import { atEnd } from './cleanup.mjs';
import { Child } from './process.mjs';
import { REPOSITORY } from './server.mjs';
import { explain, fatal, scaled, until, within } from './wait.mjs';

const BINARY = path.resolve(process.env.RADUNO_BENCH_VIDEO ?? path.join(REPOSITORY, 'build', 'bench-video'));
const UP = 'bench-video: up';

function argumentsOf(options) {
  return Object.entries(options).flatMap(([name, value]) => {
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [option];
    return value === undefined || value === false ? [] : [option, String(value)];
  });
}

export class VideoPhones {
  /** Calls; resolves when every call is answered, or refused. */
  static async start({ t, server, ...options }) {
    const phones = new VideoPhones();
    const target = server ? { server: `127.0.0.1:${server.sipPort}` } : {};
    const args = argumentsOf({ senders: 1, warm: 0, seconds: 0, ...target, ...options });
    phones.child = new Child(BINARY, args, { name: options.name ?? 'phones' });
    phones.unexplain = explain(() => phones.child.tail(4));
    atEnd(t, () => phones.#dispose());
    await until(() => {
      if (phones.child.lines.includes(UP)) return true;
      if (phones.child.ended) throw fatal(`bench-video ended at start\n${phones.child.tail()}`);
      return false;
    }, { timeout: 60000, what: 'the video phones are in' }); /* clips may have to be made first */
    return phones;
  }

  /** What they saw, once they are done by themselves. */
  async finished({ timeout = 60000 } = {}) {
    await within(this.child.exited, { timeout, what: 'the video phones are done' });
    this.unexplain();
    const from = this.child.lines.findIndex((line) => line.startsWith('{'));
    if (from < 0) throw new Error(`bench-video has no figures\n${this.child.tail()}`);
    return JSON.parse(this.child.lines.slice(from).filter((line) => !line.startsWith('bench-video:')).join('\n'));
  }

  /** Hangs up; what they saw. */
  async end() {
    this.child.kill('SIGTERM');
    return this.finished();
  }

  /** As a phone whose battery is out. */
  kill() {
    this.child.kill('SIGKILL');
  }

  async #dispose() {
    this.unexplain();
    await this.child.end({ timeout: 40000 });
  }
}

/** Somebody who comes, looks, and leaves: { ..., legs, tiles, picture }. `hidden`: takes no tile. */
export async function watch({ t, server, room, hidden = false, seconds = 2, warm = 1500, name = 'guest', ...options }) {
  const phones = await VideoPhones.start({
    t, server, room, name, senders: 0, watchers: 1, warm: scaled(warm), seconds: Math.round(scaled(seconds)), ...options,
  });
  if (hidden) await hide({ server, room, name });
  return phones.finished();
}

/** Takes the watchers of this name out of the composed picture. */
export async function hide({ server, room, name }) {
  const own = (await server.api.participants(room)).filter(({ uri }) => uri.includes(`${name}-w`));
  for (const { id } of own) (await server.api.patch(`/rooms/${room}/participants/${id}`, { hidden: true })).expect(200);
}

/** Makes a room whose pictures are composed so: see RoomVideo in api/openapi.yaml. */
export async function makeVideoRoom(server, room, video = {}) {
  const plain = { size: '720p', fps: 30, bitrate_kbps: 3000, names: false, frame_talker: false };
  return (await server.api.post('/rooms', { name: room, join_tone: 'none', video: { ...plain, ...video } })).expect(201).body;
}

/** A layout of columns x rows over all of the picture: who only watches has no tile in it. */
export function fixedGrid(columns, rows) {
  const percent = (value) => Math.floor(value * 100) / 100; /* two decimals are what the API takes */
  const [width, height] = [percent(100 / columns), percent(100 / rows)];
  return {
    tiles: Array.from({ length: columns * rows }, (_, i) => ({
      x: percent((i % columns) * width), y: percent(Math.floor(i / columns) * height), width, height,
    })),
  };
}
