/*
 * console_people.js - the roster of a room, as one who runs it sees it: levels, quality, and what can be done.
 *
 *   const people = new People({ client, room });
 *   container.append(people.element);  people.show(participants);
 *
 * Rows stay while their people stay, so that a button is not taken away under the finger.
 */
import { make, setAttribute, setText, show } from './dom.js';
import { avatarBox } from './console_avatar.js';
import { part } from './console_client.js';
import { Form, wordOf } from './console_form.js';
import { attempt, confirmed, openDialog } from './console_say.js';
import { nameOf } from './roster.js';
import { figure, text } from './text.js';

const SILENT_DBOV = -60;

/** The keys of the buttons, on the row that has the focus. */
const KEYS = { m: 'mute', h: 'hard_mute', d: 'deafen', p: 'pin', k: 'kick', e: 'edit' };

const CHANGES = [
  { name: 'display_name', kind: 'text' },
  { name: 'role', kind: 'words', words: ['participant', 'moderator'] },
  { name: 'volume_in_db', kind: 'number', least: -60, most: 20 },
  { name: 'volume_out_db', kind: 'number', least: -60, most: 20 },
  { name: 'place', kind: 'number', least: -100, most: 100, step: 1 },
  { name: 'hand_raised', kind: 'flag' }, { name: 'video_muted', kind: 'flag' }, { name: 'presents', kind: 'flag' }, { name: 'hidden', kind: 'flag' },
  { name: 'says', kind: 'rooms', hint: 'main' }, { name: 'hears', kind: 'rooms', hint: 'main' },
  { name: 'room', kind: 'text' },
];

/** How well one is heard: "good", "fair", "poor", or "" if nothing is known. */
function qualityOf({ media }) {
  if (!media?.packets_received) return '';
  const lost = media.packets_lost / (media.packets_received + Math.max(0, media.packets_lost));
  const away = media.far_end?.fraction_lost ?? 0;
  const worst = Math.max(lost, away);
  if (worst > 0.08 || media.jitter_ms > 100 || media.round_trip_ms > 600) return 'poor';
  return worst > 0.02 || media.jitter_ms > 40 || media.round_trip_ms > 300 ? 'fair' : 'good';
}

function figuresOf({ media }) {
  if (!media) return '';
  const parts = [media.send_codec, `${text('lost')} ${figure(Math.max(0, media.packets_lost ?? 0))}`, `${text('jitter')} ${figure(media.jitter_ms ?? 0)} ms`];
  if (typeof media.round_trip_ms === 'number') parts.push(`${text('round_trip')} ${figure(media.round_trip_ms)} ms`);
  return parts.filter(Boolean).join(' · ');
}

class Row {
  constructor(id, act) {
    this.name = make('strong', { class: 'person-name' });
    this.about = make('span', { class: 'soft' });
    this.fill = make('div', { class: 'level-fill' });
    this.level = make('div', { class: 'level', role: 'meter', 'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-label': text('level_label') }, [this.fill]);
    this.quality = make('span', { class: 'quality' });
    this.buttons = Object.fromEntries(['admit', 'mute', 'hard_mute', 'deafen', 'pin', 'edit', 'kick'].map((name) => {
      const button = make('button', { type: 'button', class: name === 'kick' ? 'plain danger' : name === 'admit' ? 'primary' : 'plain', 'data-act': name });
      button.addEventListener('click', () => act[name](this.person));
      return [name, button];
    }));
    const names = make('div', { class: 'who' }, [this.name, this.about]);
    this.element = make('li', { class: 'member', 'data-id': id, tabindex: '0' }, [names, this.level, this.quality, make('div', { class: 'row-actions' }, Object.values(this.buttons))]);
    this.element.addEventListener('keydown', (event) => {
      const name = KEYS[event.key];
      if (event.target !== this.element || !name || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      act[name](this.person);
    });
  }

  show(person) {
    this.person = person;
    const { buttons, element } = this;
    const name = nameOf(person);
    const isWaiting = ['lobby', 'menu', 'pin'].includes(person.state);
    const state = person.state === 'connected' ? '' : wordOf(person.state, 'state');
    setText(this.name, name);
    setText(this.about, [person.uri, state, person.role === 'moderator' && text('is_moderator'), person.hand_raised && text('is_hand'), person.on_hold && text('on_hold'), person.early_media && text('is_early')].filter(Boolean).join(' · '));
    const dbov = person.muted ? SILENT_DBOV : person.media?.level_dbov ?? SILENT_DBOV;
    const share = Math.max(0, Math.min(1, 1 - dbov / SILENT_DBOV));
    this.fill.style.transform = `scaleX(${share.toFixed(2)})`;
    setAttribute(this.level, 'aria-valuenow', String(Math.round(share * 100)));
    const quality = qualityOf(person);
    setAttribute(this.quality, 'data-quality', quality || 'unknown');
    setText(this.quality, quality ? text(`quality_${quality}`) : '');
    setAttribute(this.quality, 'title', figuresOf(person));
    element.classList.toggle('person-talks', Boolean(person.talking) && !person.muted);
    const label = (button, word, isPressed) => {
      setText(button, text(word));
      setAttribute(button, 'aria-label', `${text(word)}: ${name}`);
      if (isPressed !== undefined) setAttribute(button, 'aria-pressed', String(Boolean(isPressed)));
    };
    label(buttons.admit, 'admit');
    label(buttons.mute, 'mute', person.muted);
    label(buttons.hard_mute, 'hard_mute', person.hard_muted);
    label(buttons.deafen, 'deafen', person.deafened);
    label(buttons.pin, 'pin', person.pinned);
    label(buttons.edit, 'more');
    label(buttons.kick, isWaiting ? 'refuse' : 'kick');
    show(buttons.admit, isWaiting && person.state !== 'menu');
    for (const one of ['mute', 'hard_mute', 'deafen', 'pin']) show(buttons[one], !isWaiting);
  }
}

export class People {
  #rows = new Map();

  constructor({ client, room }) {
    Object.assign(this, { client, room });
    this.element = make('ul', { class: 'members', 'aria-label': text('people') });
    this.empty = make('li', { class: 'empty' });
  }

  #path(person) {
    return `/rooms/${part(this.room)}/participants/${part(person.id)}`;
  }

  get #act() {
    const change = (values) => (person) => attempt(() => this.client.patch(this.#path(person), values(person)));
    return {
      admit: change(() => ({ admitted: true })),
      mute: change(({ muted }) => ({ muted: !muted })),
      hard_mute: change((person) => ({ hard_muted: !person.hard_muted })),
      deafen: change(({ deafened }) => ({ deafened: !deafened })),
      pin: change(({ pinned }) => ({ pinned: pinned ? 0 : 1 })),
      edit: (person) => this.#edit(person),
      kick: (person) => this.#kick(person),
    };
  }

  #edit(person) {
    const form = new Form(CHANGES, person, {
      onSubmit: async (values) => {
        await this.client.patch(this.#path(person), values);
        dialog.close();
      },
    });
    const dialog = openDialog(nameOf(person), make('p', { class: 'soft', text: figuresOf(person) }), avatarBox(this.client, this.#path(person)), form.element);
  }

  async #kick(person) {
    if (['lobby', 'menu', 'pin'].includes(person.state)) {
      await attempt(() => this.client.patch(this.#path(person), { admitted: false }));
      return;
    }
    if (await confirmed(text('ask_kick', { name: nameOf(person) }), text('kick'))) await attempt(() => this.client.remove(this.#path(person)), text('said_kicked', { name: nameOf(person) }));
  }

  show(people) {
    const here = new Set(people.map(({ id }) => id));
    for (const [id, row] of this.#rows)
      if (!here.has(id)) {
        row.element.remove();
        this.#rows.delete(id);
      }
    const rank = ({ state, hand_raised: hand }) => (state === 'lobby' ? 0 : hand ? 1 : 2);
    [...people].sort((one, other) => rank(one) - rank(other)).forEach((person, i) => {
      let row = this.#rows.get(person.id);
      if (!row) this.#rows.set(person.id, (row = new Row(person.id, this.#act)));
      row.show(person);
      if (this.element.children[i] !== row.element) this.element.insertBefore(row.element, this.element.children[i] ?? null);
    });
    setText(this.empty, text('empty_people', { room: this.room }));
    if (people.length) this.empty.remove();
    else this.element.append(this.empty);
  }
}
