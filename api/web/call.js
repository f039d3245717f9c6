/*
 * call.js - one call: a peer connection and its seat in the room, from the first offer to the end.
 *
 *   const call = await Call.begin({ room, name, pin, microphone, camera, isMuted, bandwidth });   throws a Problem
 *   call.view                            what the server said last (see the API: participants, room, ...)
 *   call.state                           connecting connected reconnecting over
 *   await call.setMicrophone(track)  await call.setCamera(track)  await call.setSlides(track)
 *   await call.messagesAfter(id)  await call.write({ text, to })  await call.erase(id)
 *   await call.change({ hand_raised: true })  call.setBandwidth('low')  call.hangUp()
 *
 * Events: state (also offline or not), view, track { track }, over { reason }, message and message_deleted
 * { message }, listening (from now on no message is missed).
 *
 * The seat outlives the way to it: when the way breaks, a new one is looked for (an ICE restart) until
 * it is there or the server has given the seat away. Offers go out one after the other.
 */
import { changeCall, createCall, deleteMessage, endCall, postMessage, Problem, readCall, readMessages, watchCall } from './api.js';

const GRACE_MS = 1500; /* a way may come back by itself */
const SETTLE_MS = 6000; /* how long a new way may take */
const BACK_OFF_MS = [500, 1000, 2000, 4000, 8000];
const FIRST_MS = 25000; /* how long the first may take */
const RATES = {
  low: { camera: { maxBitrate: 300e3, scaleResolutionDownBy: 2 }, screen: { maxBitrate: 600e3, scaleResolutionDownBy: 1 } },
  medium: { camera: { maxBitrate: 1000e3, scaleResolutionDownBy: 1 }, screen: { maxBitrate: 1500e3, scaleResolutionDownBy: 1 } },
  high: { camera: { maxBitrate: 2500e3, scaleResolutionDownBy: 1 }, screen: { maxBitrate: 3000e3, scaleResolutionDownBy: 1 } },
};

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const isGone = ({ status }) => status === 404;

export class Call extends EventTarget {
  view = null;
  state = 'connecting';
  tracks = []; /* what comes: one voice, one picture */
  #pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  #audio;
  #video;
  #slides = null; /* what is presented has a section of its own, once there was something */
  #url = null;
  #source = null;
  #offers = Promise.resolve();
  #isRecovering = false;
  #cutPause = null;
  #wasSeen = false;
  #wasConnected = false;
  #asking = null;
  #bandwidth;
  #kind = navigator.connection?.type;
  #onNetwork = () => this.#wayChanged();
  #onChange = () => this.#onKind();
  #onOffline = () => this.#offline();

  static async begin({ room, name, pin, microphone, camera, isMuted, bandwidth }) {
    const call = new Call();
    try {
      await call.#begin({ room, name, pin, microphone, camera, isMuted, bandwidth });
      return call;
    } catch (error) {
      call.#close();
      throw error;
    }
  }

  get isOver() {
    return this.state === 'over';
  }

  /** Whether this room composes pictures: else the answer has none. */
  get hasVideo() {
    return ['sendrecv', 'recvonly'].includes(this.#video.currentDirection);
  }

  get self() {
    return this.view.participants?.find(({ id }) => id === this.view.participant) ?? null;
  }

  /** It waits until somebody lets it in. */
  get isInLobby() {
    return this.view?.state === 'lobby';
  }

  get isModerator() {
    return this.view?.role === 'moderator' && !this.isInLobby;
  }

  /** unmute, share, chat, present: whether the room lets it do that by itself. */
  may(what) {
    return this.view?.may?.[what] ?? true;
  }

  /** Its own part in the room: muted, hand_raised, presents. */
  get mine() {
    return this.self ?? this.view;
  }

  getStats() {
    return this.#pc.getStats();
  }

  async #begin({ room, name, pin, microphone, camera, isMuted, bandwidth }) {
    const pc = this.#pc;
    this.#bandwidth = bandwidth;
    pc.addEventListener('track', ({ track }) => {
      this.tracks.push(track);
      this.#tell('track', { track });
    });
    pc.addEventListener('connectionstatechange', () => this.#onConnection());
    const streams = [new MediaStream()];
    const add = (kind, track) =>
      pc.addTransceiver(track ?? kind, { direction: track ? 'sendrecv' : 'recvonly', streams });
    this.#audio = add('audio', microphone);
    this.#video = add('video', camera);
    await pc.setLocalDescription(await pc.createOffer());
    const { answer, url, ...view } = await createCall(room, {
      offer: pc.localDescription.sdp, ...(name && { display_name: name }), ...(pin && { pin }),
    });
    this.#url = url;
    this.view = view;
    try {
      await pc.setRemoteDescription({ type: 'answer', sdp: answer });
    } catch (error) {
      endCall(url);
      throw new Problem({ code: 'other', detail: error.message });
    }
    this.#applyBandwidth();
    if (isMuted) await this.change({ muted: true }).catch(() => {});
    this.#listen();
    window.addEventListener('online', this.#onNetwork);
    window.addEventListener('offline', this.#onOffline);
    navigator.connection?.addEventListener?.('change', this.#onChange);
    later(FIRST_MS).then(() => !this.#wasConnected && this.#fail());
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #setState(state) {
    if (this.isOver || state === this.state) return;
    if (state === 'connected') this.#wasConnected = true;
    this.state = state;
    this.#tell('state', { state });
  }

  /* ---- what is sent */

  setMicrophone(track) {
    return this.#send(this.#audio, track);
  }

  async setCamera(track) {
    if (!this.hasVideo) return;
    await this.#send(this.#video, track);
    this.#applyBandwidth();
  }

  /** What is presented, beside the camera; null: nothing any more. @return whether the server takes it. */
  async setSlides(track) {
    const isPlaced = this.#slides && this.#slides.direction !== 'stopped'; /* the server takes it */
    if (!this.hasVideo || (!track && !isPlaced)) return false;
    if (!isPlaced)
      this.#slides = this.#pc.addTransceiver('video', { direction: 'inactive' });
    await this.#send(this.#slides, track, track ? 'sendonly' : 'inactive');
    this.#applyBandwidth();
    return Boolean(track) && (this.#isRecovering || this.#slides.currentDirection === 'sendonly');
  }

  /** Another track on the same sender; the server is told only if something is sent now or no more. */
  async #send(transceiver, track, direction = track ? 'sendrecv' : 'recvonly') {
    if (this.isOver || transceiver.direction === 'stopped') return;
    await transceiver.sender.replaceTrack(track);
    if (transceiver.direction === direction) return;
    transceiver.direction = direction;
    if (!this.#isRecovering) await this.#offer(); /* else the next restart says it */
  }

  setBandwidth(bandwidth) {
    this.#bandwidth = bandwidth;
    this.#applyBandwidth();
  }

  #applyBandwidth() {
    const rates = RATES[this.#bandwidth];
    this.#bound(this.#video, rates.camera, 'balanced');
    if (this.#slides) this.#bound(this.#slides, rates.screen, 'maintain-resolution');
  }

  #bound({ sender }, rates, degradationPreference) {
    const parameters = sender.getParameters();
    if (!parameters.encodings?.length) return; /* nothing is negotiated */
    Object.assign(parameters.encodings[0], rates);
    parameters.degradationPreference = degradationPreference;
    sender.setParameters(parameters).catch(() => {});
  }

  /* ---- what is agreed on */

  /** A new offer and its answer, after those that are on their way. */
  #offer({ restart = false } = {}) {
    const next = this.#offers.catch(() => {}).then(async () => {
      if (this.isOver) return;
      await this.#pc.setLocalDescription(await this.#pc.createOffer({ iceRestart: restart }));
      const { answer, ...view } = await changeCall(this.#url, { offer: this.#pc.localDescription.sdp });
      if (this.isOver) return;
      await this.#pc.setRemoteDescription({ type: 'answer', sdp: answer });
      this.#take(view);
    });
    this.#offers = next;
    return next;
  }

  /** Changes its own part in the room: display_name, muted, hand_raised, presents. */
  async change(part) {
    const view = await changeCall(this.#url, part);
    this.#take(view);
    return view;
  }

  /* ---- the chat of the room where it is */

  /** All that are behind that one, "" for all, oldest first. */
  async messagesAfter(id) {
    const all = [];
    for (let after = id; after !== null;) {
      const { items, next } = await readMessages(this.view.room.name, this.view.id, after);
      all.push(...items);
      after = next;
    }
    return all;
  }

  write({ text, to }) {
    return postMessage(this.view.room.name, this.view.id, { text, ...(to && { to }) });
  }

  erase(id) {
    return deleteMessage(this.view.room.name, this.view.id, id);
  }

  /* ---- the way there */

  #onConnection() {
    const { connectionState } = this.#pc;
    if (connectionState === 'connected' && !this.#isRecovering) this.#setState('connected');
    if (connectionState === 'failed') this.#recover();
    if (connectionState === 'disconnected')
      later(GRACE_MS).then(() => this.#pc.connectionState === 'disconnected' && this.#recover());
  }

  /** A connection tells of each new guess at its speed, too: only another kind is another way. */
  #onKind() {
    if (navigator.connection.type === this.#kind) return;
    this.#kind = navigator.connection.type;
    this.#wayChanged();
  }

  /** The network is another one: the way may be gone, whatever it looks like. */
  #wayChanged() {
    this.#cutPause?.();
    if (this.state === 'connected') this.#recover();
    else this.#tell('state', { state: this.state });
  }

  #offline() {
    this.#tell('state', { state: this.state });
    if (this.state === 'connected') this.#recover();
  }

  async #recover() {
    if (this.isOver || this.#isRecovering) return;
    this.#isRecovering = true;
    if (this.#wasConnected) this.#setState('reconnecting');
    for (let tries = 0; !this.isOver && !(await this.#isThereAgain()); tries++)
      await this.#pause(BACK_OFF_MS[Math.min(tries, BACK_OFF_MS.length - 1)]);
    this.#isRecovering = false;
    if (this.isOver) return;
    this.#setState('connected');
    this.#listen(); /* the old stream may hang on the old way */
  }

  async #isThereAgain() {
    try {
      await this.#offer({ restart: true });
    } catch (problem) {
      if (isGone(problem)) this.#end('gone');
      if (problem.code === 'call_over') await this.#ask(); /* why */
      return false;
    }
    const begin = performance.now(); /* timers of a page in the background are slow */
    for (let waited = 0; waited < SETTLE_MS && !this.isOver; waited = performance.now() - begin) {
      if (this.#pc.connectionState === 'connected') return true;
      if (this.#pc.connectionState === 'failed' && waited > 1000) return false; /* before that it is the old way's */
      await later(100);
    }
    return false;
  }

  /** Waits, but not when the network has just come back. */
  #pause(ms) {
    return new Promise((resolve) => {
      this.#cutPause = resolve;
      setTimeout(resolve, ms);
    });
  }

  /* ---- what the server says */

  #listen() {
    this.#source?.close();
    if (this.isOver) return;
    const source = watchCall(this.#url);
    this.#source = source;
    source.addEventListener('room', ({ data }) => source === this.#source && this.#take(JSON.parse(data)));
    for (const type of ['message', 'message_deleted'])
      source.addEventListener(type, ({ data }) => source === this.#source && this.#tell(type, JSON.parse(data)));
    source.addEventListener('open', () => this.#ask().then(() => source === this.#source && this.#tell('listening')));
    source.addEventListener('error', () => {
      if (source !== this.#source) return;
      this.#ask(); /* the server ends the stream of a call that is over */
      if (source.readyState !== EventSource.CLOSED) return; /* it tries again by itself */
      later(BACK_OFF_MS[2]).then(() => source === this.#source && this.#listen());
    });
  }

  /** Reads the view, which also says whether and why the call is over. */
  #ask() {
    this.#asking ??= this.#read().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #read() {
    if (this.isOver) return;
    try {
      this.#take(await readCall(this.#url));
    } catch (problem) {
      if (isGone(problem)) this.#end('gone');
    }
  }

  /** The server's view without a doubt: asked for now, not told a moment ago. */
  async refresh() {
    await this.#asking;
    await this.#ask();
    return this.view;
  }

  #take(news) {
    if (this.isOver) return;
    this.view = { ...this.view, ...news };
    if (news.state === 'ended') return this.#end(news.reason ?? 'gone');
    const { self } = this;
    if (self) this.#wasSeen = true;
    else if (this.#wasSeen && !('state' in news)) this.#ask();
    if (self && self.role !== this.view.role) this.#ask(); /* what it may do is another, too */
    this.#tell('view', { view: this.view });
  }

  /* ---- the end */

  #fail() {
    if (this.isOver) return;
    endCall(this.#url);
    this.#end('failed');
  }

  hangUp() {
    if (this.isOver) return;
    endCall(this.#url);
    this.#end('hung_up');
  }

  #end(reason) {
    if (this.isOver) return;
    this.#setState('over');
    this.#close();
    this.#tell('over', { reason });
  }

  #close() {
    this.#source?.close();
    this.#pc.close();
    this.#cutPause?.();
    window.removeEventListener('online', this.#onNetwork);
    window.removeEventListener('offline', this.#onOffline);
    navigator.connection?.removeEventListener?.('change', this.#onChange);
  }
}
