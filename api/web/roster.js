/*
 * roster.js - who is in the room: a list whose rows stay while their people stay.
 *
 *   const roster = new Roster(byId('people'));
 *   roster.show(view.participants, { self: view.participant, count: view.room.count, actionsFor: (person) => [{ word, act }] });
 *
 * Oneself comes first, then raised hands, then names.
 */
import { make, setAttribute, setText, show } from './dom.js';
import { setIcon } from './icons.js';
import { currentLanguage, text } from './text.js';

const COLOURS = 8;

export const nameOf = (person) => person.display_name || text('nameless');

/** Up to two letters of a name; of whatever script it is. */
function initialsOf(name) {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toLocaleUpperCase()).join('') || '?';
}

function colourOf(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)) >>> 0;
  return sum % COLOURS;
}

/** The marks behind a name, in the order they stand there. */
const MARKS = [
  { icon: 'hand', word: 'is_hand', of: (person) => person.hand_raised },
  { icon: 'screen', word: 'is_presenting', of: (person) => person.presents },
  { icon: 'talk', word: 'is_talking', of: (person) => person.talking && !person.muted },
  { icon: 'mic_off', word: 'is_muted', of: (person) => person.muted },
];

/** What may be done with a person: a button that shows some more. */
class Actions {
  #shown = '';

  constructor(id) {
    this.group = make('span', { class: 'person-actions', role: 'group', id: `actions-${id}` });
    this.opener = make('button', { type: 'button', class: 'quiet', 'aria-controls': this.group.id });
    const drawn = make('span');
    setIcon(drawn, 'more');
    this.opener.append(drawn);
    this.opener.addEventListener('click', () => this.#open(this.group.hidden));
    this.elements = [this.opener, this.group];
    for (const element of this.elements) element.addEventListener('keydown', (event) => this.#onKey(event));
    this.#open(false);
  }

  show(actions, name) {
    const label = text('actions_label', { name });
    setAttribute(this.opener, 'aria-label', label);
    setAttribute(this.opener, 'title', label);
    setAttribute(this.group, 'aria-label', label);
    show(this.opener, actions.length > 0);
    if (!actions.length) this.#open(false);
    const shown = actions.map(({ word }) => text(word)).join('\n');
    if (shown === this.#shown) return;
    this.#shown = shown;
    const had = this.group.contains(document.activeElement);
    this.group.replaceChildren(...actions.map((action) => this.#button(action)));
    if (had) this.opener.focus();
  }

  #button({ word, act }) {
    const button = make('button', { type: 'button', class: 'plain', text: text(word) });
    button.addEventListener('click', () => {
      this.#close();
      act();
    });
    return button;
  }

  #open(isOpen) {
    show(this.group, isOpen);
    setAttribute(this.opener, 'aria-expanded', String(isOpen));
  }

  #close() {
    this.#open(false);
    this.opener.focus();
  }

  #onKey(event) {
    if (event.key !== 'Escape' || this.group.hidden) return;
    event.stopPropagation(); /* the panel stays open */
    this.#close();
  }
}

class Row {
  constructor(id) {
    this.initials = make('span', { class: `avatar avatar-${colourOf(id)}`, 'aria-hidden': 'true' });
    this.name = make('span', { class: 'person-name' });
    this.you = make('span', { class: 'person-you' });
    this.role = make('span', { class: 'person-role' });
    this.marks = MARKS.map(({ icon }) => {
      const mark = make('span', { class: `mark mark-${icon}`, role: 'img' });
      setIcon(mark, icon);
      return mark;
    });
    const names = make('span', { class: 'person-names' }, [this.name, this.you, this.role]);
    this.actions = new Actions(id);
    this.element = make('li', { class: 'person' }, [this.initials, names, ...this.marks, ...this.actions.elements]);
  }

  show(person, isSelf, actions) {
    const name = nameOf(person);
    setText(this.initials, initialsOf(name));
    setText(this.name, name);
    setText(this.you, isSelf ? `(${text('you')})` : '');
    setText(this.role, person.role === 'moderator' ? text('is_moderator') : '');
    this.element.classList.toggle('person-talks', Boolean(person.talking) && !person.muted);
    MARKS.forEach(({ word, of }, i) => {
      show(this.marks[i], Boolean(of(person)));
      setAttribute(this.marks[i], 'aria-label', text(word));
      setAttribute(this.marks[i], 'title', text(word));
    });
    this.actions.show(actions, name);
  }
}

export class Roster {
  #rows = new Map();
  #more = make('li', { class: 'person-more' });

  constructor(list) {
    this.list = list;
  }

  show(people, { self, count, actionsFor = () => [] }) {
    const focused = this.list.contains(document.activeElement) ? document.activeElement : null;
    const collator = new Intl.Collator(currentLanguage());
    const rank = ({ id, hand_raised: hand }) => (id === self ? 0 : hand ? 1 : 2);
    const sorted = [...people].sort((a, b) => rank(a) - rank(b) || collator.compare(nameOf(a), nameOf(b)) || (a.id < b.id ? -1 : 1));
    const here = new Set(sorted.map(({ id }) => id));
    for (const [id, row] of this.#rows)
      if (!here.has(id)) {
        row.element.remove();
        this.#rows.delete(id);
      }
    sorted.forEach((person, i) => {
      let row = this.#rows.get(person.id);
      if (!row) this.#rows.set(person.id, (row = new Row(person.id)));
      row.show(person, person.id === self, actionsFor(person));
      if (this.list.children[i] !== row.element) this.list.insertBefore(row.element, this.list.children[i] ?? null);
    });
    const missing = count - sorted.length;
    setText(this.#more, missing > 0 ? text('is_more', { count: missing }) : '');
    if (missing > 0) this.list.append(this.#more);
    else this.#more.remove();
    if (!focused || this.list.contains(document.activeElement)) return;
    if (focused.isConnected) focused.focus(); /* its row has moved */
    else this.list.closest('.panel')?.querySelector('[data-close]').focus();
  }
}
