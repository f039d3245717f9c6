/*
 * console_chat.js - the chat of a room: what was written, writing to all or to one, taking lines away.
 *
 *   const chat = new ChatBox({ client, room });
 *   container.append(chat.element);  chat.look();  chat.showPeople(participants);
 */
import { partsOf } from './chat_text.js';
import { make, setText } from './dom.js';
import { part } from './console_client.js';
import { attempt } from './console_say.js';
import { nameOf } from './roster.js';
import { currentLanguage, has, text } from './text.js';

export class ChatBox {
  #isAsking = false;
  #shown = '';

  constructor({ client, room }) {
    Object.assign(this, { client, path: `/rooms/${part(room)}/messages` });
    this.log = make('div', { class: 'chat-log', role: 'log', 'aria-label': text('chat'), tabindex: '0' });
    this.to = make('select', { 'aria-label': text('chat_to') }, [make('option', { value: '', text: text('chat_to_all') })]);
    this.input = make('input', { type: 'text', 'aria-label': text('chat_write'), placeholder: text('chat_write'), maxlength: '4000', id: 'chat-text' });
    const form = make('form', { class: 'chat-form' }, [this.to, this.input, make('button', { type: 'submit', class: 'primary', text: text('send') })]);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.element = make('section', { class: 'box chat' }, [make('h2', { text: text('chat') }), this.log, form]);
  }

  async look() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      this.#show(await this.client.all(this.path));
    } catch {
      /* the room's own question says what is wrong */
    } finally {
      this.#isAsking = false;
    }
  }

  showPeople(people) {
    const wanted = ['', ...people.map(({ id }) => id)];
    for (const option of [...this.to.options]) if (!wanted.includes(option.value)) option.remove();
    for (const person of people) {
      const old = [...this.to.options].find(({ value }) => value === person.id);
      if (old) setText(old, nameOf(person));
      else this.to.append(make('option', { value: person.id, text: nameOf(person) }));
    }
  }

  #show(messages) {
    const now = JSON.stringify(messages);
    if (now === this.#shown) return;
    this.#shown = now;
    const isAtEnd = this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 4;
    this.log.replaceChildren(...messages.map((message) => this.#line(message)));
    if (!messages.length) this.log.append(make('p', { class: 'empty', text: text('empty_chat') }));
    if (isAtEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  #line(message) {
    const { id, time, from, origin, to, text: words, deleted } = message;
    const who = from?.display_name || (has(`origin_${origin}`) ? text(`origin_${origin}`) : origin);
    const names = to ? `${who} → ${to.display_name || text('nameless')}` : who;
    const head = make('span', { class: 'chat-head' }, [make('strong', { text: names }), make('time', { class: 'soft', datetime: time, text: new Date(time).toLocaleTimeString(currentLanguage(), { timeStyle: 'short' }) })]);
    const line = make('div', { class: deleted ? 'chat-line is-deleted' : 'chat-line' }, [head, make('span', { class: 'chat-text' }, deleted ? [text('chat_deleted')] : partsOf(message))]);
    if (!deleted) {
      const remove = make('button', { type: 'button', class: 'quiet', text: '×', title: text('remove'), 'aria-label': `${text('remove')}: ${words.slice(0, 40)}` });
      remove.addEventListener('click', () => attempt(() => this.client.remove(`${this.path}/${part(id)}`)).then(() => this.look()));
      head.append(remove);
    }
    return line;
  }

  async #send() {
    const words = this.input.value.trim();
    if (!words) return;
    const sent = await attempt(() => this.client.post(this.path, { text: words, ...(this.to.value && { to: this.to.value }) }));
    if (sent) this.input.value = '';
    this.look();
  }
}
