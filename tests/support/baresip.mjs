/*
 * baresip.mjs - baresip 1.0.0, a real SIP phone without a screen: it plays a tone, it records what it hears.
 *
 *   const alice = await Baresip.start({ t, name: 'alice', hz: 440, codec: 'PCMU' });
 *   await alice.dial(server.uri('blue'));            resolves when the call is established
 *   const mark = alice.mark();
 *   const { rate, samples } = await alice.listen(mark, 3);    3 s, heard after the mark
 *   await alice.hold();  await alice.resume();  await alice.digits('12#');  await alice.hangup();
 *   await alice.waitFor((e) => e.type === 'CALL_CLOSED');      its events (ctrl_tcp)
 *
 *   const bob = await Baresip.start({ t, name: 'bob', hz: 700, video: { codec: 'H264', colour: 'red' } });
 *   const png = await bob.snapshot();                what it sees, a file (picture.mjs reads it)
 *
 * secrets: { pem, ca } (tls.mjs): with transport tls, its certificate and whom it trusts.
 * codec: PCMU PCMA G722 opus GSM AMR AMR-WB L16/8000 ..., or several ('PCMU,opus'): the first is preferred. transport: udp tcp tls;
 * ip: 127.0.0.1 or ::1; answer: manual, auto. volume of the tone: amplitude (1 is full scale).
 * srtp: 'srtp' (RTP/AVP and a=crypto), 'srtp-mand' (RTP/SAVP), 'srtp-mandf' (RTP/SAVPF), 'dtls_srtp' (UDP/TLS/RTP/SAVP).
 * registrar: { server, password }: it registers with the account of its name; outbound: keeps its way there open (RFC 5626).
 * contact: a URI; control.command('message', text) writes to it.
 * mux: rtcp-mux; ice: with ICE. hasMediaPort(port): whether its media goes by it.
 * Each has a configuration folder, a SIP port, RTP ports and a control port of its own, and is ended
 * by its pid.
 */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { atEnd } from './cleanup.mjs';
import { freePort } from './ports.mjs';
import { Child } from './process.mjs';
import { readWav, writeTone } from './tone.mjs';
import { DEFAULT_TIMEOUT, explain, fatal, scaled, until, within } from './wait.mjs';

const MODULES = '/usr/lib/baresip/modules';
const RTP_PORTS = 20;
const TONE_SECONDS = 120;

/** What baresip calls a codec, and the rate of its audio. An unknown name would mean "all". */
const CODECS = {
  PCMU: { name: 'PCMU/8000/1', rate: 8000, module: 'g711' },
  PCMA: { name: 'PCMA/8000/1', rate: 8000, module: 'g711' },
  G722: { name: 'G722/16000/1', rate: 16000, module: 'g722' },
  opus: { name: 'opus/48000/1', rate: 48000, module: 'opus' },
  GSM: { name: 'GSM/8000/1', rate: 8000, module: 'gsm' },
  AMR: { name: 'AMR/8000/1', rate: 8000, module: 'amr' },
  'AMR-WB': { name: 'AMR-WB/16000/1', rate: 16000, module: 'amr' },
  'L16/8000': { name: 'L16/8000/1', rate: 8000, module: 'l16' },
  'L16/16000': { name: 'L16/16000/1', rate: 16000, module: 'l16' },
  'L16/48000': { name: 'L16/48000/1', rate: 48000, module: 'l16' },
};

/** True if baresip has the module of this codec. */
export const hasCodec = (codec) => fs.existsSync(path.join(MODULES, `${CODECS[codec].module}.so`));

/** Modules of a video codec; a camera of one colour (any name of ffmpeg's). */
const VIDEO_MODULES = { H264: ['avcodec'], VP8: ['vp8'], VP9: ['vp9'] };

function videoConfiguration({ codec = 'H264', colour = 'red', size = '640x360', fps = 25 }) {
  return [
    `video_source avformat,lavfi,color=c=${colour}:s=${size}:r=${fps}`, 'video_display fakevideo,', `video_size ${size}`,
    `video_fps ${fps}`, 'video_bitrate 800000', 'videnc_format yuv420p', 'avcodec_h264enc libx264', 'avcodec_h264dec h264',
    ...[...VIDEO_MODULES[codec], 'avformat', 'swscale', 'fakevideo', 'snapshot'].map((name) => `module ${name}.so`),
  ];
}

function codecList(codec) {
  return codec.split(',').map((name) => {
    if (!CODECS[name]) throw new Error(`no such codec: ${name}`);
    return CODECS[name];
  });
}

const bracketed = (ip) => (ip.includes(':') ? `[${ip}]` : ip);

function configuration({ ip, sipPort, controlPort, rtpPort, folder, codecs, ptime, video, secrets, srtp, ice, mux, contact }) {
  const { rate } = codecs[0];
  const modules = [...new Set(codecs.map((codec) => codec.module)), 'aufile', 'sndfile'];
  return [
    'poll_method epoll', `sip_listen ${bracketed(ip)}:${sipPort}`, `sip_transports udp,tcp${secrets ? ',tls' : ''}`,
    ...(secrets ? [`sip_certificate ${secrets.pem}`, `sip_cafile ${secrets.ca}`] : []),
    'call_local_timeout 120', 'call_max_calls 4', 'audio_path /nowhere',
    `audio_source aufile,${folder}/tone.wav`, `audio_player aufile,${folder}/player.wav`,
    `audio_alert aufile,${folder}/alert.wav`,
    `ausrc_srate ${rate}`, `auplay_srate ${rate}`, 'ausrc_channels 1', 'auplay_channels 1',
    'audio_level no', 'audio_buffer 20-160',
    `rtp_ports ${rtpPort}-${rtpPort + RTP_PORTS - 1}`, `rtcp_mux ${mux ? 'yes' : 'no'}`, 'rtp_stats yes', 'jitter_buffer_delay 5-10',
    `net_interface ${ip}`, `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    `snd_path ${folder}`, 'opus_bitrate 32000', 'opus_samplerate 48000', 'opus_stereo no', 'opus_sprop_stereo no',
    ...(ptime ? [`opus_ptime ${ptime}`] : []),
    `module_path ${MODULES}`, ...modules.map((name) => `module ${name}.so`),
    ...(video ? videoConfiguration(video) : []), ...(srtp ? [`module ${srtp.startsWith('dtls') ? 'dtls_srtp' : 'srtp'}.so`] : []), ...(ice ? ['module ice.so'] : []),
    'module_tmp uuid.so', 'module_tmp account.so',
    ...['ctrl_tcp', 'menu', 'debug_cmd', ...(contact ? ['contact'] : [])].map((name) => `module_app ${name}.so`), '',
  ].join('\n');
}

/** With a registrar it registers there, and calls by it. */
function account({ name, ip, sipPort, transport, answer, codecs, ptime, video, srtp, ice, registrar, outbound }) {
  const list = codecs.map((codec) => codec.name).join(',');
  const port = registrar ? (transport === 'tls' ? registrar.server.tlsPort : registrar.server.sipPort) : sipPort;
  return `<sip:${name}@${bracketed(ip)}:${port};transport=${transport}>;answermode=${answer}` +
    (registrar ? `;regint=60;auth_user=${name};auth_pass=${registrar.password}${outbound ? `;sipnat=outbound;outbound="sip:${ip}:${port};transport=${transport}"` : ''}` : ';regint=0') +
    `;audio_codecs=${list}${ptime ? `;ptime=${ptime}` : ''}${video ? `;video_codecs=${video.codec ?? 'H264'}` : ''}` +
    `${srtp ? `;mediaenc=${srtp}` : ''}${ice ? ';medianat=ice' : ''}\n`;
}

/** baresip's control connection: netstrings of JSON, both ways. */
class Control {
  constructor(socket, onEvent) {
    this.socket = socket;
    this.onEvent = onEvent;
    this.buffer = Buffer.alloc(0);
    this.token = 0;
    this.pending = new Map();
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('error', () => {});
  }

  static open(port, onEvent) {
    return new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Control(socket, onEvent)));
    });
  }

  #read(bytes) {
    this.buffer = Buffer.concat([this.buffer, bytes]);
    for (;;) {
      const colon = this.buffer.indexOf(':');
      if (colon < 0) return;
      const end = colon + 1 + Number(this.buffer.toString('latin1', 0, colon));
      if (this.buffer.length < end + 1) return;
      const message = JSON.parse(this.buffer.toString('utf8', colon + 1, end));
      this.buffer = this.buffer.subarray(end + 1);
      this.#message(message);
    }
  }

  #message(message) {
    if (!message.response) {
      this.onEvent(message);
      return;
    }
    this.pending.get(message.token)?.(message);
    this.pending.delete(message.token);
  }

  command(command, params = '') {
    const token = String(++this.token);
    const text = JSON.stringify({ command, params, token });
    this.socket.write(`${Buffer.byteLength(text)}:${text},`);
    return within(new Promise((resolve) => this.pending.set(token, resolve)), { what: `baresip ${command}` });
  }

  close() {
    this.socket.destroy();
  }
}

export class Baresip {
  static async start({ t, ...options }) {
    const phone = new Baresip();
    await phone.#prepare(options);
    atEnd(t, () => phone.quit());
    await phone.#run();
    return phone;
  }

  async #prepare({
    name, hz, codec = 'PCMU', transport = 'udp', ip = '127.0.0.1', answer = 'manual', ptime, amplitude, video, secrets, srtp, ice, mux, registrar, outbound, contact,
  }) {
    Object.assign(this, { name, hz, transport, ip, events: [] });
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), `raduno-baresip-${name}-`));
    this.sipPort = await freePort(2); /* baresip listens for TLS on the next one, asked or not */
    this.controlPort = await freePort();
    const codecs = codecList(codec);
    const rtpPort = await freePort(RTP_PORTS);
    this.hasMediaPort = (port) => port >= rtpPort && port < rtpPort + RTP_PORTS;
    const all = { name, ip, transport, answer, codecs, ptime, video, secrets, srtp, ice, mux, registrar, outbound, contact, rtpPort, sipPort: this.sipPort, controlPort: this.controlPort, folder: this.folder };
    this.rate = codecs[0].rate;
    writeTone(path.join(this.folder, 'tone.wav'), { hz, rate: this.rate, seconds: TONE_SECONDS, amplitude });
    fs.writeFileSync(path.join(this.folder, 'config'), configuration(all));
    fs.writeFileSync(path.join(this.folder, 'accounts'), account(all));
    fs.writeFileSync(path.join(this.folder, 'contacts'), contact ? `"contact" <${contact}>\n` : '');
  }

  async #run() {
    this.child = new Child('baresip', ['-v', '-f', this.folder], { cwd: this.folder, name: this.name });
    this.unexplain = explain(() => this.child.tail(12));
    this.control = await until(() => {
      if (this.child.ended) throw fatal(`baresip ended at start\n${this.child.tail()}`);
      return Control.open(this.controlPort, (event) => this.events.push(event));
    }, { timeout: 15000, what: `baresip ${this.name} listens` });
  }

  get uri() {
    const transport = this.transport === 'udp' ? '' : `;transport=${this.transport}`;
    const port = this.transport === 'tls' ? this.sipPort + 1 : this.sipPort; /* so is baresip */
    return `sip:${this.name}@${bracketed(this.ip)}:${port}${transport}`;
  }

  /** Any menu command ("hold", "dial", ...); its text. */
  async command(command, params) {
    const { ok, data } = await this.control.command(command, params);
    if (!ok) throw new Error(`baresip ${this.name}: ${command} ${params ?? ''}: ${data}\n${this.child.tail()}`);
    return data;
  }

  /** The first event, from number `from` on, that fits. */
  waitFor(fits, { timeout = DEFAULT_TIMEOUT, from = 0, what = fits.toString() } = {}) {
    return until(() => this.events.slice(from).find(fits), { timeout, what: `baresip ${this.name}: ${what}` });
  }

  /** Begins a call. */
  async invite(uri) {
    await this.command('dial', uri);
  }

  /** Begins a call and waits until it is established. */
  async dial(uri, { timeout } = {}) {
    const from = this.events.length;
    await this.command('dial', uri);
    const event = await this.waitFor((e) => ['CALL_ESTABLISHED', 'CALL_CLOSED'].includes(e.type),
      { timeout, from, what: `${uri} answers` });
    if (event.type === 'CALL_CLOSED') throw new Error(`${this.name}: ${uri} refused: ${event.param}`);
  }

  /** Waits until the far end (or anything else) has ended the call; gives the reason's text. */
  async closed({ from = 0, timeout } = {}) {
    const event = await this.waitFor((e) => e.type === 'CALL_CLOSED', { from, timeout, what: 'the call is over' });
    return event.param;
  }

  async hold() {
    await this.command('hold');
  }

  async resume() {
    await this.command('resume');
  }

  /** Digits as RTP events, one after the other. */
  async digits(text) {
    for (const digit of text) await this.command('sndcode', digit);
  }

  async hangup() {
    await this.command('hangup');
  }

  /** The newest recording of what it hears. */
  #recording() {
    const files = fs.readdirSync(this.folder).filter((file) => /^dump-.*-dec\.wav$/.test(file));
    const stamped = files.map((file) => path.join(this.folder, file))
      .map((file) => ({ file, time: fs.statSync(file).mtimeMs }));
    return stamped.sort((a, b) => b.time - a.time)[0]?.file;
  }

  /** All that was heard in the newest call so far. */
  heard() {
    const file = this.#recording();
    return file ? readWav(file) : { rate: this.rate, channels: 1, samples: new Int16Array(0) };
  }

  /** A place in the recording: now. */
  mark() {
    return this.heard().samples.length;
  }

  /** What was heard after `mark`. */
  heardAfter(mark) {
    const { rate, samples } = this.heard();
    return { rate, samples: samples.subarray(Math.min(mark, samples.length)) };
  }

  /** Waits until `seconds` were heard after `mark` (or now) and gives them. */
  async listen(mark = this.mark(), seconds = 3, { timeout = DEFAULT_TIMEOUT } = {}) {
    const heard = await until(() => {
      const now = this.heard();
      return now.samples.length - mark >= seconds * now.rate && now;
    }, { timeout: seconds * 1000 + timeout, every: 100, what: `baresip ${this.name} records ${seconds} s` });
    const { rate, samples } = heard;
    return { rate, samples: samples.subarray(mark, mark + Math.round(seconds * rate)) };
  }

  /** A picture of what it sees now: the path of a PNG, gone with the phone. */
  async snapshot() {
    const file = path.join(this.folder, `seen-${this.snapshots = (this.snapshots ?? 0) + 1}.png`);
    await this.command('snapshot_recv', file);
    let size = 0;
    await until(() => {
      const before = size;
      size = fs.existsSync(file) ? fs.statSync(file).size : 0;
      return size && size === before;
    }, { every: 100, what: `baresip ${this.name} has written ${file}` });
    return file;
  }

  /** Ends it, politely if it can. */
  async quit() {
    if (!this.child || this.hasQuit) return;
    this.hasQuit = true;
    this.unexplain?.();
    if (!this.child.ended) {
      const timer = setTimeout(() => this.child.kill('SIGKILL'), scaled(3000));
      this.control?.command('quit').catch(() => {});
      if (!this.control) this.child.kill('SIGTERM');
      await this.child.exited;
      clearTimeout(timer);
    }
    this.control?.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
