/*
 * caller.mjs - a phone in JavaScript: SIP endpoint, RTP endpoint and SDP, put together.
 *
 *   const eve = await Caller.join({ t, server, room: 'blue', name: 'eve', hz: 440, codec: 'PCMU' });
 *   eve.audio          the server's answer (parseSdp().media[0]); eve.media: all of it
 *   eve.rtp  eve.call  eve.sip
 *   const me = await eve.participant();                as the API shows it
 *   await eve.renegotiate({ direction: 'sendonly' });  re-INVITE; method: 'UPDATE' for the other way
 *   await eve.leave();
 *
 *   const bob = await Caller.wait({ t, name: 'bob', hz: 700 });       answers calls: bob.uri
 *   bob.onInvite = async (incoming) => incoming.reject(486);           ... or not
 *   await bob.answered;
 *
 * from: the URI of its From, if it is not its own.
 *
 * With srtp ({ suite, protocol, mki }) its media is encrypted, if the answer agrees: with keys in SDP.
 *
 * With smime (smime.mjs) its bodies are signed and encrypted, and so have to be those that it gets.
 *
 * Without hz it sends nothing by itself. It sends RTCP unless reports is 0 (ms between two).
 */
import assert from 'node:assert/strict';
import { atEnd } from './cleanup.mjs';
import { RtpEndpoint } from './rtp.mjs';
import { buildSdp, parseSdp } from './sdp.mjs';
import { SipEndpoint } from './sip.mjs';
import { Srtp, makeKey, readKey } from './srtp.mjs';
import { until } from './wait.mjs';

const SUITE = 'AES_CM_128_HMAC_SHA1_80';

export class Caller {
  static async #make({ t, name = 'caller', ip = '127.0.0.1', transport = 'udp', codec = 'PCMU', ptime, rtcpMux = false, reports = 500, hz, amplitude, sdp = {}, server, room, srtp, smime }) {
    const caller = new Caller();
    Object.assign(caller, { name, codec, ptime, rtcpMux, every: reports, hz, amplitude, sdp, server, room, srtp, smime, version: 1 });
    if (srtp) caller.ours = makeKey(srtp.suite ?? SUITE, srtp);
    caller.rtp = await RtpEndpoint.open({ t, ip, cname: `${name}@test` });
    caller.sip = await SipEndpoint.open({ t, ip, transport, user: name });
    atEnd(t, () => caller.leave());
    return caller;
  }

  /** Calls the room and begins to speak. */
  static async join(options) {
    const caller = await Caller.#make(options);
    const { ip = '127.0.0.1', transport } = options;
    const uri = caller.server.uri(caller.room, { ip, transport: transport === 'tcp' ? 'tcp' : undefined });
    caller.call = caller.sip.call(uri, { headers: options.headers ?? {}, ...(options.from ? { localUri: options.from } : {}) });
    const response = await caller.call.invite(...caller.seal(caller.describe()));
    assert.equal(response.status, 200, `${caller.name}: ${response.start}\n${caller.sip.story()}`);
    caller.settle({ body: caller.open(response) });
    return caller;
  }

  /** Waits to be called; answers with its own SDP. */
  static async wait(options) {
    const caller = await Caller.#make(options);
    caller.answered = new Promise((resolve) => (caller.onAnswered = resolve));
    caller.onInvite = (incoming) => caller.answer(incoming);
    caller.sip.onInvite = (incoming) => caller.onInvite(incoming);
    return caller;
  }

  get uri() {
    return this.sip.uri;
  }

  /** Accepts an incoming call. */
  async answer(incoming) {
    this.call = incoming.call;
    incoming.answer(...this.seal(this.describe()));
    await incoming.acknowledged;
    const offer = this.open(incoming.request);
    this.settle({ body: offer });
    this.onAnswered(incoming);
  }

  /** Our SDP; each one is a new version. */
  describe(changes = {}) {
    const { ip, port } = this.rtp;
    const body = buildSdp({
      ip, port, codecs: [this.codec].flat(), ptime: this.ptime, rtcpMux: this.rtcpMux, version: this.version++,
      ...(this.srtp ? { protocol: this.srtp.protocol ?? 'RTP/SAVP' } : {}), ...this.sdp, ...changes,
    });
    return this.ours ? `${body}a=crypto:${this.ours.line(this.srtp.tag ?? 1)}\r\n` : body;
  }

  /** A body on its way out: what goes, and the options of its request. */
  seal(text, type = 'application/sdp') {
    if (!this.smime) return [text, { type }];
    const { body, ...options } = this.smime.wrap(text, type);
    return [body, options];
  }

  /** The text of a message that came. */
  open(message) {
    return this.smime ? this.smime.open(message) : message.body;
  }

  /** What both have said of keys; those of before go on as they are. */
  #secure() {
    const value = this.audio.attributes.find((line) => line.startsWith('crypto:'))?.slice(7);
    const isSame = this.rtp.srtp && this.rtp.srtp.ours === this.ours && this.rtp.srtp.theirs === value;
    if (isSame) return;
    const { ours } = this;
    this.rtp.srtp = value && ours ? { ours, theirs: value, out: new Srtp(ours), in: new Srtp(readKey(value)) } : null;
  }

  /** A new key, in a re-INVITE. */
  rekey(changes) {
    this.ours = makeKey(this.srtp.suite ?? SUITE, this.srtp);
    return this.renegotiate(changes);
  }

  /** Takes the far end's SDP, and begins to send. */
  settle({ body }) {
    this.media = parseSdp(body).media;
    [this.audio] = this.media;
    this.#secure();
    this.rtp.rtcpMux = this.rtcpMux && this.audio.rtcpMux;
    this.rtp.remote = this.audio;
    if (this.hz && !this.rtp.cancelTone) this.speak();
    if (this.every) this.rtp.startReports({ every: this.every });
  }

  /** Sends the tone; options as in RtpEndpoint.sendTone(). */
  speak(options = {}) {
    const { hz, ptime, amplitude } = this;
    this.rtp.sendTone({ hz, ptime, amplitude, codec: [this.codec].flat()[0], ...options });
  }

  async renegotiate(changes = {}, { method = 'INVITE' } = {}) {
    const [body, options] = this.seal(this.describe(changes));
    const response = method === 'INVITE' ? await this.call.reinvite(body, options) : await this.call.request(method, { body, ...options });
    assert.equal(response.status, 200, `${this.name}: ${method}: ${response.start}`);
    this.media = parseSdp(this.open(response)).media;
    [this.audio] = this.media;
    this.#secure();
    this.rtp.remote = this.audio;
    return this.audio;
  }

  /** How the API shows it, once it does (and `fits`). */
  participant({ room = this.room, fits = () => true } = {}) {
    return until(async () => {
      const all = await this.server.api.participants(room);
      return all.find((p) => p.uri.includes(`:${this.name}@`) && fits(p));
    }, { what: `participant ${this.name} in room ${room}` });
  }

  /** BYE, if the call still stands. */
  async leave() {
    this.rtp.stopTone();
    this.rtp.stopReports?.();
    if (!this.call?.isEstablished || this.call.isOver || this.server?.isStopped) return; /* or nobody is there to hear it */
    await this.call.bye().catch(() => {});
  }
}
