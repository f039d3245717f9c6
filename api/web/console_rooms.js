/*
 * console_rooms.js - all rooms, with who is in them now; and a new one.
 */
import { make, show } from './dom.js';
import { part } from './console_client.js';
import { Form } from './console_form.js';
import { ROOM_FIELDS } from './console_resources.js';
import { explainProblem, openDialog } from './console_say.js';
import { count, text } from './text.js';

const WAIT_MS = 300;
const EVENTS = /^(room_|participant_(added|joined|left))/;

export class RoomsPage {
  #timer = null;
  #rooms = [];
  #search = '';

  constructor(client) {
    this.client = client;
  }

  open(container) {
    const search = make('input', { type: 'search', placeholder: text('search'), 'aria-label': text('search') });
    search.addEventListener('input', () => {
      this.#search = search.value.toLowerCase();
      this.#show();
    });
    const add = make('button', { type: 'button', class: 'primary', id: 'add', text: text('new_rooms') });
    add.addEventListener('click', () => this.#add());
    this.problem = make('p', { class: 'problem', role: 'alert', hidden: '' });
    this.list = make('ul', { class: 'cards' });
    container.append(make('header', { class: 'place-head' }, [make('h1', { text: text('place_rooms') }), search, ...(this.client.isAdmin ? [add] : [])]), this.problem, this.list);
    this.refresh();
  }

  close() {
    clearTimeout(this.#timer);
  }

  onEvent({ type }) {
    if (!EVENTS.test(type)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), WAIT_MS);
  }

  async refresh() {
    try {
      this.#rooms = await this.client.all('/rooms');
      show(this.problem, false);
      this.#show();
    } catch (problem) {
      this.problem.textContent = explainProblem(problem);
      show(this.problem, true);
    }
  }

  #show() {
    const fitting = this.#rooms.filter(({ name, display_name: title }) => `${name} ${title}`.toLowerCase().includes(this.#search));
    const sorted = fitting.sort((one, other) => other.participants - one.participants || (one.name < other.name ? -1 : 1));
    this.list.replaceChildren(...sorted.map((room) => this.#card(room)));
    if (!sorted.length) this.list.append(make('li', { class: 'empty', text: text(this.#rooms.length ? 'nothing_found' : 'empty_rooms') }));
  }

  #card({ name, display_name: title, participants, waiting, locked, persistent, speaker }) {
    const tags = [count('people_count', participants), waiting && count('waiting_count', waiting), locked && text('locked'), !persistent && text('is_passing')].filter(Boolean);
    const link = make('a', { href: `#/rooms/${part(name)}`, class: 'card-link' }, [make('strong', { text: title || name }), make('span', { class: 'soft', text: title ? name : '' })]);
    const element = make('li', { class: 'room-card' }, [link, make('span', { class: 'soft', text: tags.join(' · ') })]);
    element.classList.toggle('is-live', participants > 0);
    element.classList.toggle('person-talks', Boolean(speaker));
    return element;
  }

  #add() {
    const form = new Form(ROOM_FIELDS.fresh, null, {
      submit: 'create',
      onSubmit: async (values) => {
        const room = await this.client.post('/rooms', values);
        dialog.close();
        location.hash = `#/rooms/${part(room.name)}`;
      },
    });
    const dialog = openDialog(text('new_rooms'), form.element);
  }
}
