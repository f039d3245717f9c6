/*
 * share.js - the screen, a window or a tab, as the room's presentation, beside the camera.
 *
 *   const share = new Share({ call, onEnd: () => ..., onSound: () => ... });
 *   await share.begin();                     the browser asks which; false: nothing was chosen, or the server takes none
 *   await share.end();
 *   share.track                              null: nothing is shared
 *   share.sound                              null: it has none, or the browser gives none
 *
 * Whoever presents next takes the large tile: then ours ends (see room.js).
 */
const WANTED = {
  video: { frameRate: { ideal: 15, max: 30 } },
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, restrictOwnAudio: true },
  systemAudio: 'exclude', /* the others are in it */
};

export class Share {
  track = null;
  sound = null;

  constructor({ call, onEnd, onSound }) {
    Object.assign(this, { call, onEnd, onSound });
  }

  async begin() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getDisplayMedia(WANTED);
    } catch {
      return false;
    }
    const [track] = stream.getVideoTracks();
    if (this.call.isOver) {
      stream.getTracks().forEach((each) => each.stop());
      return false;
    }
    if ('contentHint' in track) track.contentHint = 'detail';
    track.addEventListener('ended', () => track === this.track && this.onEnd());
    this.track = track;
    this.#takeSound(stream.getAudioTracks()[0] ?? null);
    const isTaken = await this.call.setSlides(track).catch(() => false);
    if (track !== this.track) return false; /* it has ended meanwhile */
    if (!isTaken) await this.end();
    return isTaken;
  }

  #takeSound(sound) {
    if (!sound && !this.sound) return;
    this.sound?.stop();
    this.sound = sound;
    sound?.addEventListener('ended', () => sound === this.sound && this.#takeSound(null));
    this.onSound();
  }

  async end() {
    const { track } = this;
    this.track = null;
    track?.stop();
    this.#takeSound(null);
    if (!this.call.isOver) await this.call.setSlides(null).catch(() => {}); /* the next offer says it */
  }
}
