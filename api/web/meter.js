/*
 * meter.js - how loud a microphone is, also while it is muted (it listens to a copy of the track).
 *
 *   const meter = new Meter((level) => ...);     level: 0 to 1, some ten times a second
 *   meter.listen(track);  meter.listen(null);
 */
const EVERY_MS = 66;
const QUIETEST_DB = -60;
const LOUDEST_DB = -8;
const FALL = 0.75; /* the needle falls more slowly than it rises */

export class Meter {
  #context = null;
  #source = null;
  #copy = null;
  #track = null;
  #timer = null;
  #level = 0;

  constructor(onLevel) {
    this.onLevel = onLevel;
    /* Before the first click a browser may keep an AudioContext asleep. */
    for (const type of ['pointerdown', 'keydown'])
      document.addEventListener(type, () => this.#context?.resume?.(), { capture: true, passive: true });
  }

  listen(track) {
    if (track === this.#track) return;
    this.#stop();
    this.#track = track;
    const Context = window.AudioContext ?? window.webkitAudioContext;
    if (!track || !Context) return this.onLevel(0);
    this.#context ??= new Context();
    this.#context.resume().catch(() => {});
    this.#copy = track.clone();
    this.#copy.enabled = true;
    this.#source = this.#context.createMediaStreamSource(new MediaStream([this.#copy]));
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 1024;
    this.#source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => this.#measure(analyser, samples), EVERY_MS);
  }

  #measure(analyser, samples) {
    analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    const decibel = 10 * Math.log10(sum / samples.length + 1e-12);
    const now = Math.min(1, Math.max(0, (decibel - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)));
    this.#level = Math.max(now, this.#level * FALL);
    this.onLevel(this.#level);
  }

  #stop() {
    clearInterval(this.#timer);
    this.#source?.disconnect();
    this.#copy?.stop();
    this.#source = this.#copy = this.#timer = null;
    this.#level = 0;
  }
}
