/*
 * roster.js - who is in the room: a list whose rows stay while their people stay.
 *
 *   const roster = new Roster(byId('people'));
 *   roster.show(view.participants, { self: view.participant, count: view.room.count });
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
    this.element = make('li', { class: 'person' }, [this.initials, names, ...this.marks]);
  }

  show(person, isSelf) {
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
  }
}

export class Roster {
  #rows = new Map();
  #more = make('li', { class: 'person-more' });

  constructor(list) {
    this.list = list;
  }

  show(people, { self, count }) {
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
      row.show(person, person.id === self);
      if (this.list.children[i] !== row.element) this.list.insertBefore(row.element, this.list.children[i] ?? null);
    });
    const missing = count - sorted.length;
    setText(this.#more, missing > 0 ? text('is_more', { count: missing }) : '');
    if (missing > 0) this.list.append(this.#more);
    else this.#more.remove();
  }
}
