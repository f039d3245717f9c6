/*
 * flag.js - something of one's own that a moderator may change, too: muted, hand_raised, presents.
 *
 *   const hand = new Flag(call, 'hand_raised', { onForeign: (isRaised) => ... });
 *   await hand.set(true);                    throws a Problem; gives what it has become
 *   hand.look();                             on every view: has somebody else changed it?
 *   hand.push();                             after the connection was away: says again what is wanted
 *
 * News may be older than the answer to a change: so what looks changed is asked for before it counts.
 */
export class Flag {
  value = false;
  #told = false; /* what the server has, as far as is known */
  #pushing = null;
  #isLooking = false;
  #isDue = false; /* something looked changed */

  constructor(call, name, { onForeign }) {
    Object.assign(this, { call, name, onForeign });
    this.value = this.#told = Boolean(call.mine[name]);
  }

  async set(value) {
    this.value = value;
    try {
      await this.push();
    } catch (problem) {
      if (problem.code !== 'network') this.value = this.#told; /* else push() says it again later */
      throw problem;
    }
    return this.value;
  }

  push() {
    this.#pushing ??= this.#push().finally(() => {
      this.#pushing = null;
      if (this.#isDue) this.look();
    });
    return this.#pushing;
  }

  async #push() {
    while (this.value !== this.#told) {
      const wanted = this.value;
      const view = await this.call.change({ [this.name]: wanted });
      this.#told = Boolean(view[this.name]);
      if (this.#told !== wanted && this.value === wanted) this.value = this.#told; /* it is not granted */
    }
  }

  get #seen() {
    return Boolean(this.call.mine[this.name]);
  }

  async look() {
    if (this.#seen !== (this.#pushing ? this.value : this.#told)) this.#isDue = true;
    if (this.#pushing || this.#isLooking) return; /* then it is looked at afterwards */
    this.#isLooking = true;
    while (this.#isDue && !this.#pushing && !this.call.isOver) {
      this.#isDue = false;
      await this.call.refresh();
      if (this.#pushing) this.#isDue = true;
      else this.#accept();
    }
    this.#isLooking = false;
  }

  #accept() {
    if (this.call.isOver || this.#seen === this.#told) return;
    this.value = this.#told = this.#seen;
    this.onForeign(this.value);
  }
}
