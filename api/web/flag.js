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

  constructor(call, name, { onForeign }) {
    Object.assign(this, { call, name, onForeign });
    this.value = this.#told = Boolean(call.mine[name]);
  }

  async set(value) {
    this.value = value;
    await this.push();
    return this.value;
  }

  push() {
    this.#pushing ??= this.#push().finally(() => (this.#pushing = null));
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

  get #isOld() {
    return this.#pushing !== null || Boolean(this.call.mine[this.name]) === this.#told;
  }

  async look() {
    if (this.#isLooking || this.#isOld) return;
    this.#isLooking = true;
    await this.call.refresh();
    this.#isLooking = false;
    if (this.call.isOver || this.#isOld) return;
    this.value = this.#told = !this.#told;
    this.onForeign(this.value);
  }
}
