/*
 * console_files.js - the files of a room: listed, brought there by button or by dropping them, fetched, sent to phones, removed.
 *
 *   const files = new FilesBox({ client, room });
 *   container.append(files.element);  files.look();
 */
import { PRESENTABLE } from './api.js';
import { make, setText, show } from './dom.js';
import { part } from './console_client.js';
import { attempt, confirmed, explainProblem, openDialog } from './console_say.js';
import { say } from './notices.js';
import { sizeOf, text } from './text.js';
import { Upload } from './upload.js';

const MOST_SENT = 5;
const IS_OVER = new Set(['delivered', 'declined', 'failed', 'cancelled']);
const PLAYABLE = /^(audio|video)\//;

export class FilesBox {
  #shown = '';
  #names = new Map();

  constructor({ client, room }) {
    Object.assign(this, { client, room, path: `/rooms/${part(room)}/files`, presentation: `/rooms/${part(room)}/presentation`, offers: `/rooms/${part(room)}/file-offers` });
    this.list = make('ul', { class: 'files' });
    this.running = make('ul', { class: 'files' });
    this.sent = make('ul', { class: 'files sent-files' });
    this.input = make('input', { type: 'file', multiple: '', hidden: '', id: 'file-input' });
    this.input.addEventListener('change', () => this.#bring([...this.input.files]));
    const add = make('button', { type: 'button', class: 'plain', text: text('add_file') });
    add.addEventListener('click', () => this.input.click());
    this.pages = make('span', { class: 'soft' });
    this.pager = make('div', { class: 'pager', role: 'group', 'aria-label': text('presented') }, [
      this.pages, this.#button('page_back', () => this.#turn(-1)), this.#button('page_on', () => this.#turn(1)), this.#button('present_end', () => this.#present(() => this.client.remove(this.presentation))),
    ]);
    show(this.pager, false);
    this.element = make('section', { class: 'box files-box' }, [make('header', { class: 'box-head' }, [make('h2', { text: text('files') }), add, this.input]), this.pager, this.list, this.running, this.sent]);
    for (const type of ['dragenter', 'dragover']) this.element.addEventListener(type, (event) => this.#hover(event, true));
    this.element.addEventListener('dragleave', (event) => this.#hover(event, false));
    this.element.addEventListener('drop', (event) => {
      this.#hover(event, false);
      this.#bring([...event.dataTransfer.files]);
    });
  }

  #button(word, act) {
    const button = make('button', { type: 'button', class: 'plain', text: text(word) });
    button.addEventListener('click', act);
    return button;
  }

  #hover(event, isOver) {
    event.preventDefault();
    this.element.classList.toggle('is-over', isOver);
  }

  async look() {
    const files = await this.client.all(this.path).catch(() => []);
    const offers = await this.client.all(this.offers).catch(() => []);
    this.sent.replaceChildren(...offers.slice(-MOST_SENT).map((offer) => this.#sentRow(offer)).reverse());
    const now = JSON.stringify(files);
    if (now === this.#shown) return;
    this.#shown = now;
    this.#names = new Map(files.map(({ id, name }) => [id, name]));
    this.list.replaceChildren(...files.map((file) => this.#row(file)));
    if (!files.length) this.list.append(make('li', { class: 'empty', text: text('empty_files') }));
  }

  /** What the room says of it; null: there is none. */
  showPresentation(shown) {
    this.page = shown?.page;
    show(this.pager, Boolean(shown));
    setText(this.pages, shown ? text('page_of', { name: shown.name, page: shown.page, pages: shown.pages || '?' }) : '');
  }

  /** Of a file that is in the list; undefined: it is not. */
  nameOf(id) {
    return this.#names.get(id);
  }

  #row(file) {
    const fetchIt = make('button', { type: 'button', class: 'link', text: file.name });
    fetchIt.addEventListener('click', () => attempt(() => this.#fetch(file)));
    const remove = make('button', { type: 'button', class: 'quiet', text: '×', title: text('remove'), 'aria-label': `${text('remove')}: ${file.name}` });
    remove.addEventListener('click', async () => {
      if (await confirmed(text('ask_remove', { name: file.name }), text('remove'))) await attempt(() => this.client.remove(`${this.path}/${part(file.id)}`));
      this.look();
    });
    const present = PRESENTABLE.has(file.type) ? [this.#button('present', () => this.#present(() => this.client.post(this.presentation, { file: file.id })))] : [];
    const play = PLAYABLE.test(file.type) ? [this.#button('play', () => attempt(() => this.client.post(`/rooms/${part(this.room)}/plays`, { room_file: file.id })))] : [];
    const send = this.#button('send_to', () => this.#send(file));
    return make('li', {}, [fetchIt, make('span', { class: 'soft', text: `${sizeOf(file.bytes)} · ${file.type}` }), ...present, ...play, send, remove]);
  }

  #sentRow({ id, name, display_name: whom, state, sent_bytes: sent, bytes, detail }) {
    const words = state === 'sending' ? `${sizeOf(sent)} / ${sizeOf(bytes)}` : [text(`sent_${state}`), detail].filter(Boolean).join(': ');
    const stop = make('button', { type: 'button', class: 'quiet', text: '×', title: text('cancel'), 'aria-label': `${text('cancel')}: ${name}` });
    stop.addEventListener('click', () => attempt(() => this.client.remove(`${this.offers}/${part(id)}`)));
    return make('li', {}, [make('span', { text: `${name} → ${whom}` }), make('span', { class: 'soft', text: words }), ...(IS_OVER.has(state) ? [] : [stop])]);
  }

  /** To one whose phone may take it, or to all that are known to. */
  async #send(file) {
    const people = (await this.client.all(`/rooms/${part(this.room)}/participants`).catch(() => [])).filter(({ state, takes_files: takes }) => state === 'connected' && takes !== 'no');
    const whom = make('select', { 'aria-label': text('send_whom') }, [make('option', { value: '', text: text('send_to_all') }),
      ...people.map(({ id, display_name: name, uri }) => make('option', { value: id, text: name || uri }))]);
    const go = make('button', { type: 'button', class: 'primary', text: text('send') });
    const dialog = openDialog(text('send_file', { name: file.name }), whom, go);
    go.addEventListener('click', async () => {
      dialog.close();
      await attempt(() => this.client.post(this.offers, { file: file.id, ...(whom.value ? { to: whom.value } : {}) }));
      this.look();
    });
  }

  async #present(act) {
    await attempt(act);
    this.look();
  }

  #turn(by) {
    return this.#present(() => this.client.patch(this.presentation, { page: this.page + by }));
  }

  /** A link would go without the token: the bytes are fetched, then saved. */
  async #fetch(file) {
    const url = URL.createObjectURL(await this.client.blob(`${this.path}/${part(file.id)}/content`));
    make('a', { href: url, download: file.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  async #bring(files) {
    this.input.value = '';
    for (const file of files) {
      const bar = make('progress', { max: '1', value: '0', 'aria-label': file.name });
      const stop = make('button', { type: 'button', class: 'quiet', text: '×', 'aria-label': `${text('cancel')}: ${file.name}` });
      const row = make('li', {}, [make('span', { text: file.name }), bar, stop]);
      const upload = new Upload({ room: this.room, token: this.client.token, file, onProgress: (done) => (bar.value = done) });
      stop.addEventListener('click', () => upload.cancel());
      this.running.append(row);
      await upload.run().catch((problem) => problem.code !== 'cancelled' && say(text('said_failed', { detail: explainProblem(problem) }), { ms: 9000 }));
      row.remove();
      await this.look();
    }
  }
}
