/*
 * console_form.js - forms from descriptions, and what has changed in them.
 *
 *   const form = new Form([{ name: 'max_participants', kind: 'number', least: 1 }, ...], values, { onSubmit, submit: 'save' });
 *   container.append(form.element);
 *   form.values()      of a new thing: all that is filled in; of one that is there: what differs
 *
 * A kind is text, password, pin (never shown; `given` names the member that says whether there is one), number, flag, words (with `words`), lines (a list of texts, one a line),
 * rooms (the same, with commas; names of codecs, too), gateways (URI, priority and weight, one a line), keys (an object of words, one a line), time. A name with a dot is one in an object. A refusal of the server
 * is shown at its fields.
 */
import { make, show } from './dom.js';
import { explainProblem } from './console_say.js';
import { has, text } from './text.js';

let count = 0;

export const labelOf = (name) => (has(`field_${name}`) ? text(`field_${name}`) : name.replaceAll(/[._]/g, ' '));

/** A word of the API as people say it; where it means something else in a column than elsewhere, the column's. */
export function wordOf(word, column) {
  const key = [`${column}_${word}`, `word_${word}`].find(has);
  return key ? text(key) : word;
}

const read = (values, name) => name.split('.').reduce((value, key) => value?.[key], values);

function write(values, name, value) {
  const keys = name.split('.');
  const last = keys.pop();
  const inner = keys.reduce((at, key) => (at[key] ??= {}), values);
  inner[last] = value;
}

const listOf = (value, separator) => value.split(separator).map((one) => one.trim()).filter(Boolean);

/** How each kind is shown, and what of it goes to the server. */
const KINDS = {
  text: { input: () => make('input', { type: 'text', spellcheck: 'false' }), get: ({ value }) => value, set: (input, value) => (input.value = value ?? '') },
  password: { input: () => make('input', { type: 'password', autocomplete: 'new-password' }), get: ({ value }) => value, set: () => {} },
  pin: {
    input: () => make('input', { type: 'text', inputmode: 'numeric', autocomplete: 'off' }),
    get: ({ value, dataset }) => value || (dataset.removes ? '' : undefined),
    set: (input, value, isGiven) => {
      input.value = '';
      input.placeholder = isGiven ? text('pin_given') : text('pin_none');
      delete input.dataset.removes;
    },
  },
  number: {
    input: ({ least, most, step }) => make('input', { type: 'number', ...(least !== undefined && { min: least }), ...(most !== undefined && { max: most }), step: step ?? 'any' }),
    get: ({ value }) => (value === '' ? null : Number(value)), set: (input, value) => (input.value = value ?? ''),
  },
  flag: { input: () => make('input', { type: 'checkbox' }), get: ({ checked }) => checked, set: (input, value) => (input.checked = Boolean(value)) },
  words: {
    input: ({ words }) => make('select', {}, words.map((word) => make('option', { value: word, text: wordOf(word) }))),
    get: ({ value }) => value, set: (input, value) => value !== undefined && value !== null && (input.value = value),
  },
  lines: { input: () => make('textarea', { rows: '3', spellcheck: 'false' }), get: ({ value }) => listOf(value, '\n'), set: (input, value) => (input.value = (value ?? []).join('\n')) },
  block: { input: () => make('textarea', { rows: '3', spellcheck: 'false' }), get: ({ value }) => value.trim() ? value : null, set: (input, value) => (input.value = value ?? '') },
  rooms: { input: () => make('input', { type: 'text', spellcheck: 'false' }), get: ({ value }) => listOf(value, ','), set: (input, value) => (input.value = (value ?? []).join(', ')) },
  gateways: {
    input: () => make('textarea', { rows: '3', spellcheck: 'false' }),
    get: ({ value }) => listOf(value, '\n').map((line) => {
      const [uri, priority = 0, weight = 0] = line.split(/\s+/);
      return { uri, priority: Number(priority), weight: Number(weight) };
    }),
    set: (input, value) => (input.value = (value ?? []).map(({ uri, priority, weight }) => `${uri} ${priority} ${weight}`).join('\n')),
  },
  keys: {
    input: () => make('textarea', { rows: '6', spellcheck: 'false' }),
    get: ({ value }) => Object.fromEntries(listOf(value, '\n').map((line) => line.split(/\s+/, 2)).map(([keys, action]) => [keys, action ?? ''])),
    set: (input, value) => (input.value = Object.entries(value ?? {}).sort().map(([keys, action]) => `${keys} ${action}`).join('\n')),
    differs: (value, before) => mergePatch(value, before ?? {}),
  },
  time: {
    input: () => make('input', { type: 'datetime-local' }), get: ({ value }) => (value ? new Date(value).toISOString() : null),
    set: (input, value) => (input.value = value ? new Date(new Date(value) - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 16) : ''),
  },
};

/** What makes `before` what `value` is, as a merge patch (RFC 7396): what has gone is null; undefined: nothing. */
function mergePatch(value, before) {
  const changes = Object.entries(value).filter(([key, one]) => before[key] !== one);
  const gone = Object.keys(before).filter((key) => !(key in value)).map((key) => [key, null]);
  return changes.length + gone.length ? Object.fromEntries([...changes, ...gone]) : undefined;
}

const isSame = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

export class Form {
  #rows = [];
  #problem = make('p', { class: 'problem', role: 'alert' });

  constructor(fields, values, { onSubmit, submit = 'save', isNew = !values }) {
    Object.assign(this, { onSubmit, isNew });
    show(this.#problem, false);
    this.#rows = fields.map((field) => this.#makeRow(field));
    this.button = make('button', { type: 'submit', class: 'primary', text: text(submit) });
    this.element = make('form', { class: 'form', novalidate: '' }, [this.#problem, ...this.#rows.map(({ element }) => element), this.button]);
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.fill(values ?? {});
  }

  #makeRow(field) {
    const kind = KINDS[field.kind];
    const input = kind.input(field);
    const hint = make('small', { class: 'fault', id: `fault-${++count}` });
    Object.assign(input, { id: `field-${count}`, name: field.name, required: Boolean(field.isRequired) });
    input.setAttribute('aria-describedby', hint.id);
    if (field.hint) input.placeholder = field.hint;
    const label = make('label', { for: input.id, text: labelOf(field.label ?? field.name) });
    const isFlag = field.kind === 'flag';
    const remove = field.given ? this.#makeRemove(input) : null;
    const element = make('div', { class: isFlag ? 'field check' : 'field' }, isFlag ? [input, label, hint] : [label, input, ...(remove ? [remove] : []), hint]);
    return { field, kind, input, hint, remove, element };
  }

  /** What cannot be seen cannot be emptied either: a button says that it is to go. */
  #makeRemove(input) {
    const button = make('button', { type: 'button', text: text('pin_remove') });
    button.addEventListener('click', () => {
      input.value = '';
      input.dataset.removes = 'true';
      input.placeholder = text('pin_removed');
      input.focus();
    });
    return button;
  }

  /** Shows what is so now, but not where somebody is typing. */
  fill(values) {
    this.before = values;
    for (const { field, kind, input, remove } of this.#rows) {
      const isGiven = field.given && Boolean(read(values, field.given));
      if (remove) show(remove, isGiven);
      if (input !== document.activeElement) kind.set(input, read(values, field.name) ?? (this.isNew ? field.initial : undefined), isGiven);
    }
  }

  values() {
    const values = {};
    for (const { field, kind, input } of this.#rows) {
      const given = kind.get(input);
      const value = kind.differs ? kind.differs(given, read(this.before, field.name)) : given;
      const isEmpty = value === '' || value === null || (Array.isArray(value) && !value.length);
      const isLeftOut = field.kind === 'pin' || kind.differs ? value === undefined : this.isNew || field.kind === 'password' ? isEmpty : isSame(value, read(this.before, field.name) ?? (isEmpty ? value : undefined));
      if (!isLeftOut) write(values, field.name, value);
    }
    return values;
  }

  #showFaults(problem) {
    const rest = [];
    for (const { hint, input } of this.#rows) {
      hint.textContent = '';
      input.removeAttribute('aria-invalid');
    }
    for (const { field = '', detail } of problem?.errors ?? []) {
      const row = this.#rows.find(({ field: { name } }) => field === `/${name.replaceAll('.', '/')}` || field.startsWith(`/${name}/`));
      if (!row) rest.push(`${field} ${detail}`);
      else {
        row.hint.textContent = detail;
        row.input.setAttribute('aria-invalid', 'true');
      }
    }
    this.#problem.textContent = problem ? [explainProblem(problem), ...rest].join(' ') : '';
    show(this.#problem, Boolean(problem));
  }

  async #submit() {
    this.button.disabled = true;
    try {
      await this.onSubmit(this.values());
      this.#showFaults(null);
    } catch (problem) {
      this.#showFaults(problem);
      this.element.querySelector('[aria-invalid]')?.focus();
    } finally {
      this.button.disabled = false;
    }
  }
}
