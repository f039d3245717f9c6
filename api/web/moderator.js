/*
 * moderator.js - what a moderator does from the list of people: lets in who waits, mutes, hangs up, locks, records.
 *
 *   const moderator = new Moderator(call);
 *   moderator.look();                        after each change of the view
 *   moderator.actionsFor(person)             [{ word, act }], the buttons of one of the list
 *   moderator.end();
 *
 * The id of a moderator's call is the token for all of it; the server looks at each request who that is.
 */
import { actOn, changeRoom, endRecording, listWaiting, startRecording } from './api.js';
import { byId, make, press, setAttribute, setText, show } from './dom.js';
import { say } from './notices.js';
import { count, currentLanguage, text } from './text.js';

const ASK_MS = 5000; /* who waits may be another, and the number the same */

const nameOf = (person) => person.display_name || person.uri || text('nameless');

export class Moderator {
  #call;
  #seen = ''; /* where, and how many wait, as was asked last */
  #told = new Set(); /* who wait, and have been told of */
  #shown = '';
  #timer;
  #ended = new AbortController();

  constructor(call) {
    this.#call = call;
    const on = (id, act) => byId(id).addEventListener('click', act, { signal: this.#ended.signal });
    on('mute-all', () => this.#act('mute', { but_moderators: true }));
    on('admit-all', () => this.#act('admit', {}));
    on('lock', () => this.#try(() => changeRoom(this.#room.name, { locked: !this.#room.locked }, this.#token)));
    on('record', () => this.#try(() => (this.#isRecorded ? endRecording : startRecording)(this.#room.name, this.#token)));
    this.#timer = setInterval(() => this.#waiting && this.#read(), ASK_MS);
  }

  get #room() {
    return this.#call.view.room;
  }

  get #isRecorded() {
    return this.#room.recording_now !== 'none';
  }

  get #token() {
    return this.#call.view.id;
  }

  get #waiting() {
    return this.#call.isModerator ? this.#room.waiting : 0;
  }

  look() {
    const { isModerator } = this.#call;
    const waiting = this.#waiting;
    show(byId('moderator'), isModerator);
    press(byId('lock'), Boolean(this.#room.locked));
    press(byId('record'), this.#isRecorded);
    setText(byId('waiting-number'), waiting ? String(waiting) : '');
    show(byId('waiting-number'), waiting > 0);
    setAttribute(byId('waiting-number'), 'aria-label', count('waiting_count', waiting));
    const seen = `${this.#room.name} ${waiting}`;
    if (seen === this.#seen) return;
    this.#seen = seen;
    if (waiting) this.#read();
    else this.#show([]);
  }

  translate() {
    if (this.#waiting) this.#read();
  }

  end() {
    this.#ended.abort();
    clearInterval(this.#timer);
    this.#show([]);
    show(byId('moderator'), false);
    show(byId('waiting-number'), false);
  }

  /** Nothing for who is no moderator, nor about oneself. */
  actionsFor(person) {
    if (!this.#call.isModerator || person.id === this.#call.view.participant) return [];
    const button = (action, word) => ({ word, act: () => this.#act(action, { only: [person.id] }) });
    return [
      person.muted ? button('unmute', 'unmute_person') : button('mute', 'mute_person'),
      ...(person.hand_raised ? [button('lower_hand', 'lower_hand_person')] : []),
      button('kick', 'hang_up_person'),
    ];
  }

  async #try(act) {
    try {
      return await act();
    } catch (problem) {
      if (!this.#ended.signal.aborted) say(text('says_failed', { detail: problem.detail }));
      return null;
    }
  }

  async #act(action, whom) {
    const results = await this.#try(() => actOn(this.#room.name, action, whom, this.#token));
    const failed = results?.find(({ problem }) => problem);
    if (failed && !this.#ended.signal.aborted) say(text('says_failed', { detail: failed.problem.detail }));
    if (this.#waiting) this.#read();
  }

  async #read() {
    const seen = this.#seen;
    let people;
    try {
      people = await listWaiting(this.#room.name, this.#token);
    } catch {
      return; /* it is asked again soon */
    }
    if (seen === this.#seen && this.#waiting && !this.#ended.signal.aborted) this.#show(people);
  }

  #show(people) {
    for (const person of people)
      if (!this.#told.has(person.id)) say(text('says_waits', { name: nameOf(person) }), { ms: 9000 });
    this.#told = new Set(people.map(({ id }) => id));
    const shown = JSON.stringify([currentLanguage(), ...people.map((person) => [person.id, nameOf(person)])]);
    if (shown === this.#shown) return; /* what is pressed just now stays where it is */
    this.#shown = shown;
    const list = byId('waiting');
    const hadFocus = list.contains(document.activeElement);
    const focused = document.activeElement?.dataset.key;
    list.replaceChildren(...people.map((person) => this.#row(person)));
    show(byId('waiting-section'), people.length > 0);
    show(byId('admit-all'), people.length > 1);
    if (!hadFocus) return;
    const next = [...list.querySelectorAll('button')].find(({ dataset }) => dataset.key === focused);
    (next ?? list.querySelector('button') ?? byId('people-panel').querySelector('[data-close]')).focus();
  }

  #row(person) {
    const name = nameOf(person);
    const button = (action, word, look) => {
      const made = make('button', { type: 'button', class: look, text: text(word), 'aria-label': text(`${word}_name`, { name }), 'data-key': `${action} ${person.id}` });
      made.addEventListener('click', () => this.#act(action, { only: [person.id] }));
      return made;
    };
    return make('li', { class: 'person' }, [
      make('span', { class: 'person-names' }, [make('span', { class: 'person-name', text: name })]),
      button('admit', 'admit', 'plain'), button('refuse', 'refuse', 'plain'),
    ]);
  }
}
