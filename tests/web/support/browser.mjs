/*
 * browser.mjs - Chromium without a screen, at the page /join/ROOM: it plays a tone into its microphone, holds
 * a colour before its camera, hears, sees, and is asked what its page shows.
 *
 *   const browser = await Browser.start({ t, server, hz: 440, colour: [240, 16, 16] });
 *   const ann = await browser.open('blue', { name: 'Ann' });      the page before joining
 *   await ann.join();                                   in the room, the picture is there
 *   await waitToHear(ann, { present: [700] });          a listener as ears.mjs takes them, once listens() was called
 *   const [colour] = await ann.colours([[0.5, 0.5]]);   of the composed picture, at parts of its width and height
 *   await ann.says('You are muted.');                   waits until the page says so anywhere
 *   await ann.press('mute');  await ann.isPressed('mute')
 *   ann.page                                            all else: Playwright's
 *
 * A tab has a context of its own: what one remembers another does not know. All that is asked for is allowed, a
 * screen, too; with `asks` only what open() has in `allow` of microphone and camera (both), and no screen. Tones pass only if the page's "original sound" is on,
 * which join() sees to. What the console complains of is in `complaints`; a violated policy is among it.
 * playwright-core is taken from build/web, where tests/run.sh installs it.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { atEnd } from '../../support/cleanup.mjs';
import { REPOSITORY } from '../../support/server.mjs';
import { writeTone } from '../../support/tone.mjs';
import { DEFAULT_TIMEOUT, explain, scaled, until } from '../../support/wait.mjs';

const RATE = 48000;
const TONE_SECONDS = 10; /* the file is played again and again */
const CAMERA = { width: 640, height: 360, fps: 15, frames: 2 };
const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const HTTP_STATUS = /the server responded with a status of/; /* Chromium complains of each; tests ask for some */

function playwright() {
  const folder = process.env.RADUNO_WEB_MODULES ?? path.join(REPOSITORY, 'build', 'web');
  try {
    return createRequire(path.join(folder, 'package.json'))('playwright-core');
  } catch (error) {
    throw new Error(`there is no playwright-core in ${folder} ("tests/run.sh web" installs it): ${error.message}`);
  }
}

/** A camera that sees one colour: a film of Y'CbCr BT.601, limited. */
function writeCamera(file, [r, g, b]) {
  const { width, height, fps, frames } = CAMERA;
  const y = 16 + (65.738 * r + 129.057 * g + 25.064 * b) / 256;
  const cb = 128 + (-37.945 * r - 74.494 * g + 112.439 * b) / 256;
  const cr = 128 + (112.439 * r - 94.154 * g - 18.285 * b) / 256;
  const planes = [Buffer.alloc(width * height, y), Buffer.alloc((width * height) / 4, cb), Buffer.alloc((width * height) / 4, cr)];
  const frame = Buffer.concat([Buffer.from('FRAME\n'), ...planes]);
  const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420mpeg2\n`);
  fs.writeFileSync(file, Buffer.concat([head, ...Array.from({ length: frames }, () => frame)]));
}

export class Browser {
  static async start({ t, server, hz = 440, colour = [240, 16, 16], asks = false }) {
    const browser = new Browser();
    browser.server = server;
    browser.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-browser-'));
    const [microphone, camera] = ['microphone.wav', 'camera.y4m'].map((name) => path.join(browser.folder, name));
    writeTone(microphone, { hz, rate: RATE, seconds: TONE_SECONDS });
    writeCamera(camera, colour);
    atEnd(t, () => browser.#dispose());
    browser.chromium = await playwright().chromium.launch({
      executablePath: process.env.RADUNO_CHROMIUM ?? PROGRAMS.find((program) => fs.existsSync(program)),
      headless: true, timeout: scaled(30000),
      args: [
        '--allow-loopback-in-peer-connection', '--disable-dev-shm-usage', '--disable-gpu', '--use-fake-device-for-media-stream',
        `--use-file-for-fake-audio-capture=${microphone}`, `--use-file-for-fake-video-capture=${camera}`,
        ...(asks ? [] : ['--use-fake-ui-for-media-stream']),
      ],
    });
    return browser;
  }

  /** A tab at the page of a room, its devices opened or refused. `onPage` prepares it before it loads. */
  async open(room, { name = 'Ann', onPage, ...context } = {}) {
    const tab = await this.openAt(`/join/${encodeURIComponent(room)}`, { name, room, onPage, ...context });
    await tab.page.locator('#lobby').waitFor();
    await tab.devicesAsked();
    return tab;
  }

  /** A tab at any page of the server, or at a URL. */
  async openAt(path, { name = 'Ann', room, allow = ['microphone', 'camera'], locale = 'en-GB', onPage = async () => {}, ...context } = {}) {
    const own = await this.chromium.newContext({ locale, permissions: [...allow, 'clipboard-write'], viewport: { width: 1280, height: 800 }, ...context });
    own.setDefaultTimeout(scaled(DEFAULT_TIMEOUT));
    const tab = new Tab({ context: own, page: await own.newPage(), name, room });
    await tab.prepare();
    await onPage(tab.page);
    await tab.page.goto(new URL(path, this.server.apiUrl).href);
    return tab;
  }

  async #dispose() {
    await this.chromium?.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/* ---- what runs in the page */

/** Remembers the page's peer connections. */
function watchPeers() {
  window.testPeers = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      window.testPeers.push(this);
    }
  };
}

/** Hands on what is heard, in pieces of 100 ms, 16 bits, base64. */
async function handOn(rate) {
  const [track] = document.getElementById('sound').srcObject.getAudioTracks();
  const frames = new MediaStreamTrackProcessor({ track }).readable.getReader();
  const piece = new Int16Array(rate / 10);
  for (let filled = 0; ; ) {
    const { value: sound, done } = await frames.read();
    if (done) return;
    const samples = new Float32Array(sound.numberOfFrames);
    sound.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
    if (sound.sampleRate !== rate) throw new Error(`sound of ${sound.sampleRate} Hz`);
    sound.close();
    for (const sample of samples) {
      piece[filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (filled < piece.length) continue;
      window.testHeard(btoa(String.fromCharCode(...new Uint8Array(piece.buffer))));
      filled = 0;
    }
  }
}

/** Colours of the composed picture: the mean of a small square round each point. */
function coloursOf(points) {
  const video = document.getElementById('picture');
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  return points.map(([x, y]) => {
    const { data } = context.getImageData(Math.round(x * canvas.width) - 4, Math.round(y * canvas.height) - 4, 8, 8);
    const mean = (channel) => data.filter((_, i) => i % 4 === channel).reduce((sum, value) => sum + value, 0) / 64;
    return [0, 1, 2].map((channel) => Math.round(mean(channel)));
  });
}

/** Figures of the newest peer connection. */
async function figures() {
  const report = [...(await window.testPeers.at(-1).getStats()).values()];
  const inbound = (kind) => report.find((one) => one.type === 'inbound-rtp' && one.kind === kind) ?? {};
  const { framesDecoded = 0, freezeCount = 0, frameWidth = 0, frameHeight = 0 } = inbound('video');
  return { framesDecoded, freezeCount, frameWidth, frameHeight, voicePackets: inbound('audio').packetsReceived ?? 0, state: window.testPeers.at(-1).connectionState };
}

/* ---- one page */

export class Tab {
  complaints = [];
  rate = RATE;
  #pieces = [];
  #length = 0;

  constructor({ context, page, name, room }) {
    Object.assign(this, { context, page, name, room });
  }

  async prepare() {
    const { page } = this;
    page.on('console', (message) => message.type() === 'error' && !HTTP_STATUS.test(message.text()) && this.complaints.push(message.text()));
    page.on('pageerror', (error) => this.complaints.push(error.stack));
    await page.exposeBinding('testHeard', (_, base64) => this.#hear(Buffer.from(base64, 'base64')));
    await page.addInitScript(watchPeers);
    this.unexplain = explain(() => this.complaints.map((one) => `  ${this.name}| ${one}`).join('\n'));
  }

  /** The browser was asked for the devices, and has answered. */
  devicesAsked() {
    return until(() => this.page.evaluate(() =>
      Boolean(document.getElementById('preview').srcObject) || !document.getElementById('device-problem').hidden),
    { what: `${this.name}: microphone and camera are there or refused` });
  }

  /** Comes in: by the button, with the name, with sound as it is. */
  async join({ pin, isSeen = true } = {}) {
    await this.page.locator('#lobby-devices-original').check();
    await this.knock({ pin });
    await this.page.locator('#room').waitFor();
    await until(async () => (await this.figures()).state === 'connected', { timeout: 20000, every: 100, what: `${this.name} is connected` });
    if (isSeen) await this.page.locator('#picture').waitFor();
  }

  /** Fills in what is asked for and presses the button. */
  async knock({ pin } = {}) {
    await this.page.locator('#name').fill(this.name);
    if (pin !== undefined) await this.page.locator('#pin').fill(pin);
    await this.page.locator('#join').click();
  }

  async press(id) {
    await this.page.locator(`#${id}`).click();
  }

  async isPressed(id) {
    return (await this.page.locator(`#${id}`).getAttribute('aria-pressed')) === 'true';
  }

  /** Waits until a text is to be seen somewhere on the page. */
  async says(text) {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  /** The names in the list of people, as they are shown. */
  people() {
    return this.page.locator('#people .person-name').allTextContents();
  }

  figures() {
    return this.page.evaluate(figures);
  }

  colours(points) {
    return this.page.evaluate(coloursOf, points);
  }

  async close() {
    this.unexplain();
    await this.context.close();
  }

  /* ---- as a listener of ears.mjs */

  /** From now on what is heard is kept. */
  async listens() {
    await this.page.evaluate(`void (${handOn})(${RATE}).catch((error) => console.error(error))`);
  }

  #hear(bytes) {
    const samples = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    this.#pieces.push({ at: this.#length, samples });
    this.#length += samples.length;
  }

  mark() {
    return this.#length;
  }

  heardAfter(mark) {
    const samples = new Int16Array(Math.max(0, this.#length - mark));
    for (const piece of this.#pieces)
      if (piece.at >= mark) samples.set(piece.samples, piece.at - mark);
    return { rate: RATE, samples };
  }

  async listen(mark = this.mark(), seconds = 3) {
    await until(() => this.#length - mark >= seconds * RATE, { timeout: seconds * 1000 + DEFAULT_TIMEOUT, every: 100, what: `${this.name} hears ${seconds} s` });
    return { rate: RATE, samples: this.heardAfter(mark).samples.subarray(0, seconds * RATE) };
  }
}
