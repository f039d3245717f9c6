/*
 * picture.mjs - pictures as ffmpeg decodes them: their colours, the marks of senders in them
 * (tests/bench/eye_mark.h), how alike two are.
 *
 *   const film = await decode('seen.ivf', { last: 10 });    the last ten pictures
 *   film.width, film.height, film.codec, film.matrix, film.range, film.frames
 *   readMark(film, film.frames[0], { x: 0, y: 0, width: 640, height: 360 })     { sender, frame } or null
 *   meanColour(film, film.frames[0], rect)                  [r, g, b], 0..255, by matrix and range
 *   fieldOf(rect)                                           where a sender's colour is, in its tile
 *   colourOf(sender)                                        what it should be
 *   isColour([r, g, b], wanted, tolerance)
 *   await ssim(film, film.frames[0], other, other.frames[3])     1: the same
 *
 * A film is I420, whatever it was; stills (PNG, JPEG) are read by the same function.
 */
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const COLOURS = [
  [240, 16, 16], [16, 240, 16], [16, 16, 240], [240, 240, 16], [240, 16, 240], [16, 240, 240], [240, 130, 16], [130, 16, 240],
  [16, 240, 130], [120, 120, 120], [240, 180, 180], [100, 60, 16], [180, 240, 180], [16, 60, 100], [150, 150, 240], [60, 100, 16],
];
const BLOCKS = 26; /* white, black, 6 bits of sender, 10 of frame, 8 of CRC; one is 1/28 of the width */
const FIELD = { top: 0.2, end: 0.36 }; /* of the height */
const ROW = { top: 0.38, end: 0.5 };
const LEAST_CONTRAST = 60;

export const colourOf = (sender) => COLOURS[sender % COLOURS.length];

/** True if no channel is off by more than `tolerance`. */
export const isColour = (seen, wanted, tolerance = 8) => seen.every((value, i) => Math.abs(value - wanted[i]) <= tolerance);

async function probe(file) {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_streams', '-of', 'json', file]);
  const [stream] = JSON.parse(stdout).streams;
  if (!stream) throw new Error(`${file} has no picture`);
  return stream;
}

/** All that a program writes to stdout; fails with what it said if it fails. */
function outputOf(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const out = [];
    let said = '';
    child.stdout.on('data', (bytes) => out.push(bytes));
    child.stderr.on('data', (bytes) => (said += bytes));
    child.once('error', reject);
    child.once('close', (code) => (code ? reject(new Error(`${command}: ${said}`)) : resolve(Buffer.concat(out))));
  });
}

/** Decodes a file: all of it, its `last` pictures, or only number `frame`. */
export async function decode(file, { last, frame } = {}) {
  const stream = await probe(file);
  const { width, height } = stream;
  const full = /^yuvj/.test(stream.pix_fmt) || (stream.color_range === 'pc' && /^yuv/.test(stream.pix_fmt));
  const select = frame === undefined ? [] : ['-vf', `select=eq(n\\,${frame})`, '-frames:v', '1'];
  /* the range is kept; RGB becomes limited BT.601 by swscale */
  const bytes = await outputOf('ffmpeg', ['-v', 'error', '-i', file, ...select, '-vsync', '0', '-f', 'rawvideo', '-pix_fmt', full ? 'yuvj420p' : 'yuv420p', '-']);
  const size = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
  const frames = Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
  return {
    width, height, codec: stream.codec_name, profile: stream.profile,
    matrix: stream.color_space === 'bt709' ? 709 : 601,
    range: full ? 'full' : 'limited',
    frames: last ? frames.slice(-last) : frames,
  };
}

function planeOf(film, plane) {
  const [width, height] = [Math.ceil(film.width / 2), Math.ceil(film.height / 2)];
  if (!plane) return { at: 0, width: film.width, height: film.height, share: 1 };
  return { at: film.width * film.height + (plane - 1) * width * height, width, height, share: 0.5 };
}

function mean(film, frame, plane, rect) {
  const { at, width, height, share } = planeOf(film, plane);
  const end = (value, most) => Math.min(Math.max(Math.ceil(value * share), 1), most);
  const [endX, endY] = [end(rect.x + rect.width, width), end(rect.y + rect.height, height)];
  let sum = 0;
  let count = 0;
  for (let y = Math.min(Math.floor(rect.y * share), height - 1); y < endY; y++)
    for (let x = Math.min(Math.floor(rect.x * share), width - 1); x < endX; x++, count++) sum += frame[at + y * width + x];
  return sum / count;
}

/** The mean colour of a rectangle. */
export function meanColour(film, frame, rect) {
  const [red, blue] = film.matrix === 709 ? [0.2126, 0.0722] : [0.299, 0.114];
  const full = film.range === 'full';
  const luma = mean(film, frame, 0, rect);
  const y = full ? luma : ((luma - 16) * 255) / 219;
  const [cb, cr] = [1, 2].map((plane) => (mean(film, frame, plane, rect) - 128) * (full ? 1 : 255 / 224));
  const [r, b] = [y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb];
  const g = (y - red * r - blue * b) / (1 - red - blue);
  return [r, g, b].map((value) => Math.min(Math.max(Math.round(value), 0), 255));
}

/** The middle of the colour field of the picture that fills this rectangle. */
export function fieldOf({ x, y, width, height }) {
  const field = (FIELD.end - FIELD.top) * height;
  return { x: x + 0.2 * width, y: y + FIELD.top * height + field / 4, width: 0.6 * width, height: field / 2 };
}

function crcOf(bits) {
  let crc = 0xff;
  for (let bit = 15; bit >= 0; bit--) {
    const top = ((crc >> 7) ^ (bits >> bit)) & 1;
    crc = ((crc << 1) ^ (top ? 7 : 0)) & 0xff;
  }
  return crc;
}

function readOnce(film, frame, rect) {
  const block = rect.width / (BLOCKS + 2);
  const luma = Array.from({ length: BLOCKS }, (_, i) => mean(film, frame, 0, {
    x: rect.x + (i + 1.25) * block, width: block / 2,
    y: rect.y + (ROW.top + 0.3 * (ROW.end - ROW.top)) * rect.height, height: 0.4 * (ROW.end - ROW.top) * rect.height,
  }));
  const [white, black, ...bits] = luma;
  if (white - black < LEAST_CONTRAST) return null;
  const code = bits.reduce((sum, value) => sum * 2 + (value > (white + black) / 2 ? 1 : 0), 0);
  return crcOf(code >> 8) === (code & 0xff) ? { sender: code >> 18, frame: (code >> 8) & 1023 } : null;
}

/** Whose picture fills the rectangle, and which of its pictures; null: it cannot be read. */
export function readMark(film, frame, rect) {
  for (const scale of [1, 0.97, 0.94, 0.91]) {
    const gone = (1 - scale) / 2;
    const mark = readOnce(film, frame, {
      x: rect.x + gone * rect.width, y: rect.y + gone * rect.height, width: rect.width * scale, height: rect.height * scale,
    });
    if (mark) return mark;
  }
  return null;
}

const rawInput = (film, file) => ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${film.width}x${film.height}`, '-i', file];

/** How alike two pictures of the same size are, by ffmpeg's filter (all planes). */
export async function ssim(filmA, frameA, filmB, frameB) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-picture-'));
  try {
    const [a, b] = ['a', 'b'].map((name) => path.join(folder, name));
    fs.writeFileSync(a, frameA);
    fs.writeFileSync(b, frameB);
    const { stderr } = await run('ffmpeg', ['-hide_banner', ...rawInput(filmA, a), ...rawInput(filmB, b), '-lavfi', 'ssim', '-f', 'null', '-']);
    return Number(/All:([\d.]+)/.exec(stderr)[1]);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts pictures into tiles as ffmpeg does it, in one matrix, limited: [{ film, frame, rect }] on black. */
export async function compose(width, height, tiles, matrix = 601) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-picture-'));
  try {
    const inputs = tiles.flatMap(({ film, frame }, i) => {
      fs.writeFileSync(path.join(folder, `${i}`), frame);
      return rawInput(film, path.join(folder, `${i}`));
    });
    const scaled = tiles.map(({ film, rect }, i) =>
      `[${i}:v]scale=${rect.width}:${rect.height}:flags=area:in_color_matrix=bt${film.matrix}:out_color_matrix=bt${matrix}:out_range=tv[t${i}];`);
    const laid = tiles.map(({ rect }, i) => `[c${i}][t${i}]overlay=${rect.x}:${rect.y}:format=yuv420[c${i + 1}]`);
    const graph = `color=black:s=${width}x${height},format=yuv420p[c0];${scaled.join('')}${laid.join(';')}`;
    const bytes = await outputOf('ffmpeg', ['-v', 'error', ...inputs, '-filter_complex', graph, '-map', `[c${tiles.length}]`,
      '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-']);
    return { film: { width, height, matrix, range: 'limited' }, frame: bytes };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
