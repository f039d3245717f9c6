/*
 * chat.js - the chat of the room: what was written, to all or to one, and who is writing.
 *
 *   const chat = new Chat();
 *   chat.enter(call);  chat.leave();  chat.translate();
 *
 * What was written before is read when the call hears of what comes, so that nothing is missed between
 * the two; after a break only what is behind the last line. While the panel is closed what is new is said
 * as a notice, and counted on the button. Texts go in as text; addresses of pages in them become links.
 */
import { partsOf } from './chat_text.js';
import { byId, make, setAttribute, setText, show } from './dom.js';
import { setIcon } from './icons.js';
import { explain } from './lobby.js';
import { say } from './notices.js';
import { isOpen } from './panels.js';
import { nameOf } from './roster.js';
import { count, text, when } from './text.js';

const TYPING_MS = 8000; /* it is said again; the server forgets it after 15 s */
const SAID_LETTERS = 80;

const senderOf = ({ origin, from }) => from.display_name || text(origin === 'system' ? 'chat_server' : origin === 'api' ? 'chat_host' : 'nameless');

/** One message: a row of the log. */
class Line {
  constructor(message, { self, onDelete }) {
    this.message = message;
    this.self = self;
    this.name = make('span', { class: 'chat-name' });
    this.private = make('span', { class: 'chat-private' });
    this.time = make('time', { datetime: message.time });
    this.text = make('p', { class: 'chat-text' });
    this.delete = make('button', { type: 'button', class: 'quiet' });
    this.delete.addEventListener('click', () => onDelete(this.message.id));
    setIcon(this.delete, 'trash');
    this.element = make('li', { class: 'chat-line' }, [make('p', { class: 'chat-head' }, [this.name, this.private, this.time]), this.text, this.delete]);
  }

  get isOwn() {
    return this.message.from.participant === this.self;
  }

  show({ mayDelete }) {
    const { message } = this;
    const name = senderOf(message);
    setText(this.name, this.isOwn ? `${name} (${text('you')})` : name);
    setText(this.private, !message.to ? '' : message.to.participant === this.self ? text('chat_private_you') : text('chat_private_to', { name: message.to.display_name }));
    setText(this.time, when(new Date(message.time)));
    this.element.classList.toggle('chat-gone', message.deleted);
    if (message.deleted) this.text.replaceChildren(text('chat_deleted'));
    else if (!this.text.childNodes.length) this.text.replaceChildren(...partsOf(message));
    show(this.delete, !message.deleted && (this.isOwn || mayDelete));
    setAttribute(this.delete, 'aria-label', text('chat_delete', { name }));
    setAttribute(this.delete, 'title', text('chat_delete', { name }));
  }
}

export class Chat {
  #call = null;
  #room = null;
  #lines = new Map(); /* by id */
  #last = ''; /* the highest id: all have as many digits */
  #isRead = false; /* what was before */
  #unread = 0;
  #toldTyping = -Infinity;
  #isSending = false;
  #reading = Promise.resolve();

  constructor() {
    byId('chat-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    byId('chat-text').addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    byId('chat-text').addEventListener('input', () => this.#tellTyping());
    byId('chat-panel').addEventListener('open', () => this.#onOpen());
  }

  enter(call) {
    this.#call = call;
    call.addEventListener('listening', () => this.#read());
    call.addEventListener('view', () => this.#look());
    call.addEventListener('message', ({ detail }) => this.#take([detail.message], { isNew: true }));
    call.addEventListener('message_deleted', ({ detail }) => this.#take([detail.message]));
    this.#clear();
    this.#look();
  }

  leave() {
    this.#call = null;
    this.#clear();
    byId('chat-text').value = '';
  }

  translate() {
    if (!this.#call) return;
    this.#look();
    for (const line of this.#lines.values()) {
      line.text.replaceChildren();
      line.show(this.#rights);
    }
  }

  get #self() {
    return this.#call.view.participant;
  }

  get #rights() {
    return { mayDelete: this.#call.mine.role === 'moderator' };
  }

  get #mayWrite() {
    const who = this.#call.view.room?.who_may_chat;
    return who === 'all' || (who === 'moderators' && this.#call.mine.role === 'moderator');
  }

  #clear() {
    this.#room = null;
    this.#isRead = false;
    this.#lines.clear();
    this.#last = '';
    byId('chat-log').replaceChildren();
    this.#toldTyping = -Infinity;
    this.#setUnread(0);
  }

  /* ---- what was written */

  /** One reading after the other: what is behind the last line, or all of another room. */
  #read() {
    this.#reading = this.#reading.then(() => this.#readNow()).catch(() => {}); /* the next break of the way brings it */
  }

  async #readNow() {
    const call = this.#call;
    const room = call?.view.room?.name;
    if (!room || call.isInLobby) return;
    if (room !== this.#room) this.#clear();
    this.#room = room;
    const isFirst = !this.#isRead;
    setAttribute(byId('chat-log'), 'aria-busy', 'true');
    try {
      const messages = await call.messagesAfter(isFirst ? '' : this.#last);
      if (call !== this.#call || room !== this.#room) return;
      this.#isRead = true;
      this.#take(messages, { isNew: !isFirst });
    } finally {
      setAttribute(byId('chat-log'), 'aria-busy', 'false');
    }
  }

  #take(messages, { isNew = false } = {}) {
    const log = byId('chat-log');
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    for (const message of messages) {
      const known = this.#lines.get(message.id);
      if (known) this.#change(known, message);
      else this.#add(message, { isNew });
    }
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  }

  #change(line, message) {
    if (message.deleted !== line.message.deleted) line.text.replaceChildren();
    line.message = message;
    line.show(this.#rights);
  }

  #add(message, { isNew }) {
    const line = new Line(message, { self: this.#self, onDelete: (id) => this.#erase(id) });
    this.#lines.set(message.id, line);
    line.show(this.#rights);
    const later = message.id < this.#last ? [...this.#lines.values()].filter((one) => one.message.id > message.id) : []; /* one came while those before were read */
    if (later.length) later.reduce((first, one) => (one.message.id < first.message.id ? one : first)).element.before(line.element);
    else byId('chat-log').append(line.element);
    if (message.id > this.#last) this.#last = message.id;
    if (!isNew || line.isOwn || message.deleted || isOpen('chat-panel')) return;
    this.#setUnread(this.#unread + 1);
    const words = line.text.textContent.replace(/\s+/g, ' ');
    say(text('says_message', { name: senderOf(message), text: words.length > SAID_LETTERS ? `${words.slice(0, SAID_LETTERS)}…` : words }), { key: 'message' });
  }

  #setUnread(number) {
    this.#unread = number;
    show(byId('chat-number'), number > 0);
    setText(byId('chat-number'), String(number));
    setText(byId('chat-unread'), number ? count('chat_unread', number) : '');
  }

  #onOpen() {
    this.#setUnread(0);
    byId('chat-log').scrollTop = byId('chat-log').scrollHeight;
  }

  /* ---- who is there, and writes */

  #look() {
    const { view, isInLobby } = this.#call;
    if (view.room && view.room.name !== this.#room && this.#room !== null) this.#read(); /* moved */
    if (this.#room === null && view.room && !isInLobby && view.state === 'connected') this.#read();
    const others = (view.participants ?? []).filter(({ id }) => id !== view.participant);
    const mayWrite = this.#mayWrite && !isInLobby;
    show(byId('chat-form'), mayWrite);
    show(byId('chat-closed'), !mayWrite);
    this.#showReceivers(others);
    this.#showTyping(others.filter(({ typing }) => typing).map(nameOf));
    for (const line of this.#lines.values()) line.show(this.#rights);
  }

  /** Whoever was chosen stays so while he is there. */
  #showReceivers(others) {
    const select = byId('chat-to');
    const wanted = [['', text('chat_to_all')], ...others.map((person) => [person.id, text('chat_to_one', { name: nameOf(person) })])];
    const isSame = wanted.length === select.length && wanted.every(([value, words], i) => select[i].value === value && select[i].text === words);
    if (isSame) return;
    const chosen = select.value;
    select.replaceChildren(...wanted.map(([value, words]) => make('option', { value, text: words })));
    select.value = wanted.some(([value]) => value === chosen) ? chosen : '';
  }

  #showTyping(names) {
    const [name, other] = names;
    const words = !names.length ? '' : names.length === 1 ? text('chat_typing_one', { name }) : names.length === 2 ? text('chat_typing_two', { name, other }) : text('chat_typing_many');
    setText(byId('chat-typing'), words);
  }

  /* ---- what is done */

  #tellTyping() {
    const isTyping = byId('chat-text').value !== '' && byId('chat-to').value === '';
    const now = performance.now();
    if (isTyping ? now - this.#toldTyping < TYPING_MS : this.#toldTyping === -Infinity) return;
    this.#toldTyping = isTyping ? now : -Infinity;
    this.#call?.change({ typing: isTyping }).catch(() => {});
  }

  async #send() {
    const field = byId('chat-text');
    const words = field.value.trim();
    const call = this.#call;
    if (!words || !call || this.#isSending) return;
    this.#isSending = true;
    try {
      const message = await call.write({ text: words, to: byId('chat-to').value });
      if (call !== this.#call) return;
      this.#take([message]);
      byId('chat-log').scrollTop = byId('chat-log').scrollHeight;
      if (field.value.trim() === words) field.value = '';
      this.#toldTyping = -Infinity; /* the server has forgotten it, too */
    } catch (problem) {
      if (call === this.#call) say(problem.status === 429 ? text('says_too_fast') : text('says_message_failed', { detail: explain(problem) }), { key: 'message-problem', ms: 8000 });
    } finally {
      this.#isSending = false;
    }
  }

  async #erase(id) {
    try {
      await this.#call?.erase(id);
    } catch (problem) {
      if (this.#call && problem.status !== 404) say(text('says_failed', { detail: explain(problem) }));
    }
  }
}
