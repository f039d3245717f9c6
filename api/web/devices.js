/*
 * devices.js - microphone, camera and speaker: opened, chosen, closed, and why one is not there.
 *
 *   const devices = new Devices();
 *   await devices.open();                    asks once for both; what is refused is just not there
 *   devices.microphone  devices.camera       tracks or null
 *   devices.problems                         { microphone, camera }: null refused absent busy
 *   devices.isMuted  devices.isCameraOn      what is wished, whether there is a device or not
 *   devices.addEventListener('change', ...)  a track, the list or a problem has changed
 *
 * A camera that is off is closed, so that its light is off, too. A muted microphone stays open: it
 * sends silence, and whoever talks while muted can be told so.
 */
import { recall, remember } from './store.js';

const KINDS = { microphone: 'audioinput', camera: 'videoinput', speaker: 'audiooutput' };
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

export const canCapture = () => Boolean(navigator.mediaDevices?.getUserMedia);
export const canShare = () => Boolean(navigator.mediaDevices?.getDisplayMedia);
export const canChooseSpeaker = () => 'setSinkId' in HTMLMediaElement.prototype;

function reasonOf(error) {
  if (error.name === 'NotAllowedError' || error.name === 'SecurityError') return 'refused';
  if (error.name === 'NotReadableError' || error.name === 'AbortError') return 'busy';
  return 'absent';
}

function wishOf(kind) {
  const id = recall(kind);
  const device = id ? { deviceId: { ideal: id } } : {};
  if (kind === 'camera') return { ...device, ...PICTURE };
  const isProcessed = !recall('original', false);
  return { ...device, echoCancellation: isProcessed, noiseSuppression: isProcessed, autoGainControl: isProcessed };
}

const nameOf = (kind) => (kind === 'camera' ? 'video' : 'audio');

export class Devices extends EventTarget {
  microphone = null;
  camera = null;
  problems = { microphone: null, camera: null };
  isMuted = recall('muted', false);
  isCameraOn = recall('camera_on', true);
  isAsking = false;
  lists = { microphone: [], camera: [], speaker: [] };
  #turn = { microphone: 0, camera: 0 }; /* the newest wish counts, whatever comes when */

  constructor() {
    super();
    navigator.mediaDevices?.addEventListener?.('devicechange', () => this.#onDeviceChange());
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }

  /** Opens what is wanted: with one question of the browser, or else one after the other. */
  async open() {
    if (!canCapture()) return this.#changed();
    if (this.isCameraOn && (await this.#openBoth())) return;
    for (const kind of ['microphone', ...(this.isCameraOn ? ['camera'] : [])]) await this.openOne(kind);
  }

  /** What others do to it (not `isOwn`) is not remembered for the next call. */
  setMuted(isMuted, { isOwn = true } = {}) {
    this.isMuted = isMuted;
    if (isOwn) remember('muted', isMuted);
    if (this.microphone) this.microphone.enabled = !isMuted;
    this.#changed();
  }

  async setCameraOn(isCameraOn) {
    this.isCameraOn = isCameraOn;
    remember('camera_on', isCameraOn);
    if (isCameraOn) await this.openOne('camera');
    else this.close('camera');
  }

  async #openBoth() {
    const turns = { microphone: ++this.#turn.microphone, camera: ++this.#turn.camera };
    this.#asks(true);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: wishOf('microphone'), video: wishOf('camera') });
      this.#take('microphone', stream.getAudioTracks()[0], turns.microphone);
      this.#take('camera', stream.getVideoTracks()[0], turns.camera);
      return true;
    } catch {
      return false; /* which of the two it was is only found one by one */
    } finally {
      await this.#listed();
    }
  }

  async openOne(kind) {
    if (!canCapture()) return null;
    const turn = ++this.#turn[kind];
    this.#asks(true);
    try {
      /* Some systems open a microphone once only: the old one goes first. */
      this[kind]?.stop();
      const stream = await navigator.mediaDevices.getUserMedia({ [nameOf(kind)]: wishOf(kind) });
      this.#take(kind, stream.getTracks()[0], turn);
    } catch (error) {
      if (turn === this.#turn[kind]) {
        this[kind] = null;
        this.problems[kind] = reasonOf(error);
      }
    }
    await this.#listed();
    return this[kind];
  }

  #asks(isAsking) {
    this.isAsking = isAsking;
    this.#changed();
  }

  #take(kind, track, turn) {
    if (turn !== this.#turn[kind]) return track.stop();
    this[kind]?.stop();
    this[kind] = track;
    this.problems[kind] = null;
    if (kind === 'microphone') track.enabled = !this.isMuted;
    track.addEventListener('ended', () => this.#onEnded(kind, track));
  }

  close(kind) {
    this.#turn[kind]++;
    this[kind]?.stop();
    this[kind] = null;
    this.problems[kind] = null;
    this.#changed();
  }

  closeAll() {
    this.close('microphone');
    this.close('camera');
  }

  /** Takes another device of a kind from now on. Of a closed camera it is remembered only. */
  async choose(kind, id) {
    remember(kind, id || null);
    if (kind !== 'speaker' && (this[kind] || this.problems[kind])) await this.openOne(kind);
    else this.#changed();
  }

  async setOriginal(isOriginal) {
    remember('original', isOriginal);
    if (this.microphone) await this.openOne('microphone');
  }

  /** Which device is in use (or would be). */
  chosen(kind) {
    return this[kind]?.getSettings?.().deviceId ?? recall(kind) ?? '';
  }

  async #listed() {
    this.isAsking = false;
    try {
      const all = await navigator.mediaDevices.enumerateDevices();
      for (const [kind, type] of Object.entries(KINDS))
        this.lists[kind] = all.filter((device) => device.kind === type && device.deviceId);
    } catch {
      /* the lists stay as they were */
    }
    this.#changed();
  }

  /** A track that ends by itself: unplugged, or taken back in the browser's own menu. */
  async #onEnded(kind, track) {
    if (this[kind] !== track) return;
    this[kind] = null;
    this.dispatchEvent(new CustomEvent('gone', { detail: { kind, label: track.label } }));
    await this.openOne(kind); /* there may be another one */
  }

  async #onDeviceChange() {
    await this.#listed();
    for (const kind of ['microphone', 'camera'])
      if (this.problems[kind] === 'absent' && this.lists[kind].length) await this.openOne(kind);
  }
}
