/*
 * console_recordings.js - the recordings of a room: one begun, paused and ended by buttons; those that are there
 * listed, played, fetched, removed.
 *
 *   const recordings = new RecordingsBox({ client, room });
 *   container.append(recordings.element);  recordings.look();
 */
import { make, setText, show } from './dom.js';
import { part } from './console_client.js';
import { attempt, confirmed } from './console_say.js';
import { sizeOf, text } from './text.js';

const RUNNING = ['recording', 'paused'];

/** "1:02:03" */
function lengthOf(ms) {
  const seconds = Math.round(ms / 1000);
  const two = (number) => String(number).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export class RecordingsBox {
  #shown = '';
  #running = null;

  constructor({ client, room }) {
    Object.assign(this, { client, path: `/rooms/${part(room)}/recordings` });
    this.list = make('ul', { class: 'files' });
    this.player = make('div', { class: 'player' });
    this.mark = make('span', { class: 'tag recorded', role: 'status', hidden: '' });
    const button = (word, act) => {
      const made = make('button', { type: 'button', class: 'plain', text: text(word), id: `recording-${word.replaceAll('_', '-')}` });
      made.addEventListener('click', () => this.#do(act));
      return made;
    };
    this.sound = button('record_sound', () => this.client.post(this.path, { video: false }));
    this.pictures = button('record_video', () => this.client.post(this.path, { video: true }));
    this.pause = button('record_pause', () => this.#set(this.#running.state === 'paused' ? 'recording' : 'paused'));
    this.stop = button('record_stop', () => this.#set('stopped'));
    this.element = make('section', { class: 'box files-box' }, [
      make('header', { class: 'box-head' }, [make('h2', { text: text('recordings') }), this.mark, this.sound, this.pictures, this.pause, this.stop]), this.player, this.list,
    ]);
    this.#showButtons();
  }

  #set(state) {
    return this.client.patch(`${this.path}/${part(this.#running.id)}`, { state });
  }

  async #do(act) {
    await attempt(act);
    this.look();
  }

  #showButtons() {
    const isRunning = Boolean(this.#running), isPaused = this.#running?.state === 'paused';
    for (const [button, isShown] of [[this.sound, !isRunning], [this.pictures, !isRunning], [this.pause, isRunning], [this.stop, isRunning], [this.mark, isRunning]]) show(button, isShown);
    setText(this.pause, text(isPaused ? 'record_go_on' : 'record_pause'));
    setText(this.mark, text(isPaused ? 'record_is_paused' : 'record_is_on'));
  }

  async look() {
    const recordings = await this.client.all(this.path).catch(() => []);
    this.#running = recordings.find(({ state }) => RUNNING.includes(state)) ?? null;
    this.#showButtons();
    const there = recordings.filter(({ state }) => !RUNNING.includes(state)).reverse();
    const now = JSON.stringify(there.map(({ content, ...rest }) => rest));
    if (now === this.#shown) return;
    this.#shown = now;
    this.list.replaceChildren(...there.map((one) => this.#row(one)));
    if (!there.length) this.list.append(make('li', { class: 'empty', text: text('empty_recordings') }));
  }

  /** A link is good for a time: a new one is asked for. */
  async #contentOf(recording) {
    return (await this.client.get(`${this.path}/${part(recording.id)}`)).content;
  }

  async #play(recording) {
    const content = await this.#contentOf(recording);
    const player = make(recording.video ? 'video' : 'audio', { controls: '', src: content, 'aria-label': recording.name });
    this.player.replaceChildren(player);
    player.play().catch(() => {}); // the browser wants a click on it
  }

  #row(recording) {
    const isReady = recording.state === 'ready';
    const play = make('button', { type: 'button', class: 'link', text: recording.name, title: text('record_play') });
    play.addEventListener('click', () => attempt(() => this.#play(recording)));
    const fetchIt = make('button', { type: 'button', class: 'plain', text: text('record_fetch') });
    fetchIt.addEventListener('click', () => attempt(async () => make('a', { href: await this.#contentOf(recording), download: '' }).click()));
    const remove = make('button', { type: 'button', class: 'quiet', text: '×', title: text('remove'), 'aria-label': `${text('remove')}: ${recording.name}` });
    remove.addEventListener('click', async () => {
      if (await confirmed(text('ask_remove', { name: recording.name }), text('remove'))) await this.#do(() => this.client.remove(`${this.path}/${part(recording.id)}`));
    });
    const about = isReady ? `${lengthOf(recording.length_ms)} · ${sizeOf(recording.bytes)}` : text(`recording_${recording.state}`);
    return make('li', {}, [isReady ? play : make('span', { text: recording.name }), make('span', { class: 'soft', text: about }), ...(isReady ? [fetchIt] : []), remove]);
  }
}
