/*
 * console_list.js - a page that lists what there is of something, and lets it be made, changed and removed.
 *
 *   const page = new ListPage(client, ACCOUNTS);     a description: see console_resources.js
 *   page.open(container);  page.onEvent({ type, data });  page.close();
 *   openList(client, roomBans('blue'));              the same in a dialog
 */
import { byId, make, show } from './dom.js';
import { WORD_COLUMNS } from './console_resources.js';
import { Form, labelOf, wordOf } from './console_form.js';
import { attempt, confirmed, explainProblem, openDialog } from './console_say.js';
import { part } from './console_client.js';
import { figure, text } from './text.js';

const WAIT_MS = 300; /* for more of the same */

/** A value as a cell shows it. */
export function shown(value) {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return text(value ? 'yes' : 'no');
  if (typeof value === 'number') return figure(value, Number.isInteger(value) ? 0 : 1);
  if (Array.isArray(value)) return value.length ? value.map(shown).join(', ') : '–';
  if (typeof value === 'object') return JSON.stringify(value);
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return new Date(value).toLocaleString(document.documentElement.lang, { dateStyle: 'short', timeStyle: 'medium' });
  return String(value);
}

const valueOf = (item, column) => column.split('.').reduce((value, key) => value?.[key], item);

export function cellOf(item, column) {
  const value = valueOf(item, column);
  if (column === 'rooms' && value?.includes('*')) return text('all_rooms');
  if (column === 'events' && !value?.length) return text('word_all');
  return shown(value && WORD_COLUMNS.has(column) ? wordOf(value, column.split('.').at(-1)) : value);
}

/** A list that is of something: in a dialog. */
export function openList(client, description) {
  const page = new ListPage(client, description);
  const body = make('div', { class: 'list-within' });
  page.isWithin = true;
  const dialog = openDialog([text(`place_${description.key}`), description.of].filter(Boolean).join(': '), body);
  dialog.classList.add('wide');
  dialog.addEventListener('close', () => page.close());
  page.open(body);
  return dialog;
}

export class ListPage {
  #timer = null;
  #items = [];
  #search = '';

  constructor(client, description) {
    Object.assign(this, { client, description });
  }

  get #path() {
    return this.description.path;
  }

  open(container) {
    const { key, fields } = this.description;
    this.problem = make('p', { class: 'problem', role: 'alert', hidden: '' });
    this.body = make('div', { class: 'rows' });
    const search = make('input', { type: 'search', placeholder: text('search'), 'aria-label': text('search') });
    search.addEventListener('input', () => {
      this.#search = search.value.toLowerCase();
      this.#show();
    });
    const add = make('button', { type: 'button', class: 'primary', id: 'add', text: text(`new_${key}`) });
    add.addEventListener('click', () => this.#add());
    const asks = (this.description.asks ?? []).map(({ word, act }) => {
      const button = make('button', { type: 'button', class: 'plain', text: text(word) });
      button.addEventListener('click', () => attempt(() => act(this.client), text('said_done')).then(() => this.refresh()));
      return button;
    });
    const title = this.isWithin ? [] : [make('h1', { text: text(`place_${key}`) })];
    container.append(make('header', { class: 'place-head' }, [...title, search, ...asks, ...(fields ? [add] : [])]), this.problem, this.body);
    this.refresh();
    if (this.description.every) this.poll = setInterval(() => this.refresh(), this.description.every);
  }

  close() {
    clearTimeout(this.#timer);
    clearInterval(this.poll);
  }

  onEvent({ type }) {
    if (!this.description.events?.test(type)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), WAIT_MS);
  }

  async refresh() {
    try {
      const { items } = this.description;
      this.#items = items ? items(await this.client.get(this.#path)) : await this.client.all(this.#path);
      show(this.problem, false);
    } catch (problem) {
      this.problem.textContent = explainProblem(problem);
      show(this.problem, true);
    }
    this.#show();
  }

  #show() {
    const { key, columns } = this.description;
    const fitting = this.#items.filter((item) => !this.#search || JSON.stringify(item).toLowerCase().includes(this.#search));
    if (!fitting.length) {
      this.body.replaceChildren(make('p', { class: 'empty', text: text(this.#items.length ? 'nothing_found' : `empty_${key}`) }));
      return;
    }
    const head = make('tr', {}, [...columns.map((column) => make('th', { scope: 'col', text: labelOf(column) })), ...(this.#hasButtons ? [make('th', {}, [make('span', { class: 'unseen', text: text('actions') })])] : [])]);
    this.body.replaceChildren(make('table', {}, [make('thead', {}, [head]), make('tbody', {}, fitting.map((item) => this.#row(item)))]));
  }

  #row(item) {
    const cells = this.description.columns.map((column) => make('td', { text: cellOf(item, column), 'data-name': labelOf(column) }));
    const buttons = this.#hasButtons ? [make('td', {}, [make('div', { class: 'row-actions' }, this.#buttons(item))])] : [];
    return make('tr', {}, [...cells, ...buttons]);
  }

  get #hasButtons() {
    const { changes, actions, within, removes = true } = this.description;
    return Boolean(changes || actions || within || removes);
  }

  #buttons(item) {
    const { changes, actions = [], within, removes = true } = this.description;
    const button = (word, act, kind = 'plain') => {
      const made = make('button', { type: 'button', class: kind, text: text(word), 'aria-label': `${text(word)}: ${this.#nameOf(item)}` });
      made.addEventListener('click', act);
      return made;
    };
    return [
      ...(within ? [button(within.word, () => openList(this.client, within.of(item)))] : []),
      ...actions.filter(({ fits }) => !fits || fits(item)).map(({ word, act }) => button(word, () => attempt(() => act(this.client, item)).then(() => this.refresh()))),
      ...(changes ? [button('change', () => this.#change(item))] : []),
      ...(removes ? [button('remove', () => this.#remove(item), 'plain danger')] : []),
    ];
  }

  #nameOf(item) {
    const { title, id } = this.description;
    return (typeof title === 'function' ? title(item) : item[title]) ?? item[id];
  }

  #pathOf(item) {
    return `${this.#path.split('?')[0]}/${part(item[this.description.id])}`;
  }

  #add() {
    const { key, fields, made } = this.description;
    const form = new Form(fields, null, {
      submit: 'create',
      onSubmit: async (values) => {
        const item = await this.client.post(this.#path, values);
        dialog.close();
        if (made) this.#showMade(made, item);
        this.refresh();
      },
    });
    const dialog = openDialog(text(`new_${key}`), form.element);
  }

  /** What is told once only, a new token for example. */
  #showMade(name, item) {
    if (!item[name]) return;
    const field = make('input', { type: 'text', readonly: '', value: item[name], 'aria-label': labelOf(name), id: 'made' });
    openDialog(text(`made_${name}`), make('p', { text: text('made_hint') }), field);
    field.select();
  }

  #change(item) {
    const form = new Form(this.description.changes, item, {
      onSubmit: async (values) => {
        await this.client.patch(this.#pathOf(item), values);
        dialog.close();
        this.refresh();
      },
    });
    const dialog = openDialog(this.#nameOf(item), form.element);
  }

  async #remove(item) {
    if (!(await confirmed(text('ask_remove', { name: this.#nameOf(item) }), text('remove')))) return;
    await attempt(() => this.client.remove(this.#pathOf(item)), text('said_removed'));
    this.refresh();
    if (!this.isWithin) byId('place').focus();
  }
}
