/*
 * share.js - the screen, a window or a tab, as the room's presentation.
 *
 *   const share = new Share({ call, devices, onEnd: () => ... });
 *   await share.begin();                     the browser asks which; false: nothing was chosen
 *   await share.end();                       back to the camera
 *   share.track                              null: nothing is shared
 *
 * Whoever presents next takes the large tile: then ours ends (see room.js).
 */
const PICTURE = { frameRate: { ideal: 15, max: 30 } };

export class Share {
  track = null;

  constructor({ call, devices, onEnd }) {
    Object.assign(this, { call, devices, onEnd });
  }

  async begin() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getDisplayMedia({ video: PICTURE, audio: false });
    } catch {
      return false;
    }
    const [track] = stream.getVideoTracks();
    if (this.call.isOver) {
      track.stop();
      return false;
    }
    if ('contentHint' in track) track.contentHint = 'detail';
    track.addEventListener('ended', () => track === this.track && this.onEnd());
    this.track = track;
    await this.call.setPicture(track, 'screen');
    return true;
  }

  async end() {
    const { track } = this;
    this.track = null;
    track?.stop();
    if (!this.call.isOver) await this.call.setPicture(this.devices.camera, 'camera');
  }
}
