/*
 * sound.js - what is sent of oneself: the microphone as it is or, while something with sound is shared, both.
 *
 *   const sound = new Sound();
 *   call.setMicrophone(sound.of(devices.microphone, share.sound));     each may be null
 *   sound.close();
 *
 * The two become one track, so that nothing is agreed on anew. A microphone that is off is silence in it.
 */
export class Sound {
  #context = null;
  #out = null;
  #sources = new Map(); /* of the mix, by track */

  /** The track to be sent; null: there is nothing. */
  of(microphone, shared) {
    if (!shared) {
      this.close();
      return microphone;
    }
    if (!this.#context) {
      this.#context = new AudioContext();
      this.#out = this.#context.createMediaStreamDestination();
    }
    this.#context.resume(); /* it may begin asleep */
    this.#mix(new Set([microphone, shared].filter(Boolean)));
    return this.#out.stream.getAudioTracks()[0];
  }

  #mix(tracks) {
    for (const [track, source] of this.#sources) {
      if (tracks.has(track)) continue;
      source.disconnect();
      this.#sources.delete(track);
    }
    for (const track of tracks) {
      if (this.#sources.has(track)) continue;
      const source = this.#context.createMediaStreamSource(new MediaStream([track]));
      source.connect(this.#out);
      this.#sources.set(track, source);
    }
  }

  close() {
    this.#context?.close();
    this.#context = this.#out = null;
    this.#sources.clear();
  }
}
