/*
 * console_room.js - one room: its picture, its people, and everything that can be done to it.
 *
 *   const page = new RoomPage(client, 'blue', { onState });  page.open(container);  page.onEvent(event);  page.close();
 *
 * Who is no administrator hears of this room only, by a stream of this page's own.
 */
import { make, press, setText, show } from './dom.js';
import { ChatBox } from './console_chat.js';
import { openCircles } from './console_circles.js';
import { part } from './console_client.js';
import { FilesBox } from './console_files.js';
import { Form, wordOf } from './console_form.js';
import { LayoutPicker } from './console_layout.js';
import { RecordingsBox } from './console_recordings.js';
import { ROOM_FIELDS, roomBans } from './console_resources.js';
import { People } from './console_people.js';
import { attempt, confirmed, explainProblem, openDialog } from './console_say.js';
import { openList, shown } from './console_list.js';
import { Stream } from './console_stream.js';
import { count, has, text } from './text.js';

const EVERY_MS = 1000;
const MOST_EVENTS = 200;
const PICTURE_WIDTH = 960;

export class RoomPage {
  #timer = null;
  #picture = null; /* the URL that is shown */
  #isAsking = false;
  #settings = {};

  constructor(client, room, { onState }) {
    Object.assign(this, { client, room, onState, path: `/rooms/${part(room)}` });
    this.people = new People({ client, room });
    this.chat = new ChatBox({ client, room });
    this.files = new FilesBox({ client, room });
    this.recordings = new RecordingsBox({ client, room });
    this.layouts = new LayoutPicker((layout) => this.#change({ video: { layout } }));
  }

  open(container) {
    this.title = make('h1');
    this.number = make('span', { class: 'tag' });
    this.recorded = make('span', { class: 'tag recorded', text: text('record_is_on'), hidden: '' });
    this.problem = make('p', { class: 'problem', role: 'alert', hidden: '' });
    this.image = make('img', { class: 'snapshot', alt: text('snapshot_label'), hidden: '' });
    this.noImage = make('p', { class: 'empty', text: text('empty_picture') });
    this.events = make('ol', { class: 'log', 'aria-label': text('events') });
    this.admit = this.#button('admit_all', () => this.#act('admit'));
    this.lock = this.#button('lock_room', () => this.#change({ locked: !this.#settings.locked }));
    const head = make('header', { class: 'place-head' }, [
      make('a', { href: '#/rooms', text: `‹ ${text('place_rooms')}` }), this.title, this.number, this.recorded, this.lock,
      this.#button('dial', () => this.#dial()), this.#button('play', () => this.#play()), this.#button('mute_all', () => this.#act('mute')),
      this.admit, this.#button('circles', () => openCircles(this.client, this.room)), this.#button('room_bans', () => openList(this.client, roomBans(this.room))),
      this.#button('settings', () => this.#settingsDialog()), this.#button('copy_link', () => this.#copyLink()),
      this.#button('end_room', () => this.#end(), 'plain danger'),
    ]);
    const log = make('details', { class: 'box' }, [make('summary', { text: text('events') }), this.events]);
    this.left = make('section', { class: 'room-left' }, [make('div', { class: 'picture-box' }, [this.image, this.noImage]), this.layouts.element, this.chat.element, this.files.element, this.recordings.element, log]);
    this.right = make('section', { class: 'room-right' }, [this.people.element]);
    container.append(head, this.problem, make('div', { class: 'room-desk' }, [this.left, this.right]));
    if (!this.client.isAdmin) this.stream = new Stream(this.client, `${this.path}/events`, { onEvent: (event) => this.onEvent(event), onState: this.onState });
    this.chat.look();
    this.files.look();
    this.recordings.look();
    this.#look();
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  close() {
    clearInterval(this.#timer);
    this.stream?.close();
    if (this.#picture) URL.revokeObjectURL(this.#picture);
  }

  onEvent({ type, data }) {
    if (data.room !== this.room || type === 'participant_talking') return;
    if (type.startsWith('message')) this.chat.look();
    if (type.startsWith('recording_')) this.recordings.look();
    if (type.startsWith('file_')) this.files.look();
    const about = [data.participant?.display_name || data.participant?.uri, data.reason && wordOf(data.reason, 'reason'), data.digit, data.message?.text, data.file?.name, data.recording?.name].filter(Boolean).join(' · ');
    this.events.prepend(make('li', {}, [make('time', { text: new Date(data.time).toLocaleTimeString() }), make('span', { text: has(`event_${type}`) ? text(`event_${type}`) : type.replaceAll('_', ' ') }), make('span', { class: 'soft', text: about })]));
    while (this.events.children.length > MOST_EVENTS) this.events.lastElementChild.remove();
    this.#look();
  }

  #button(word, act, kind = 'plain') {
    const made = make('button', { type: 'button', class: kind, text: text(word), id: `room-${word.replaceAll('_', '-')}` });
    made.addEventListener('click', act);
    return made;
  }

  async #look() {
    if (this.#isAsking || document.visibilityState !== 'visible') return;
    this.#isAsking = true;
    try {
      const [settings, people] = await Promise.all([this.client.get(this.path), this.client.all(`${this.path}/participants`)]);
      this.#show(settings, people);
      await this.#showPicture(settings);
    } catch (problem) {
      setText(this.problem, explainProblem(problem));
      show(this.problem, true);
      if (problem.status === 404) this.#show(this.#settings, []);
    } finally {
      this.#isAsking = false;
    }
  }

  #show(settings, people) {
    this.#settings = settings;
    setText(this.title, settings.display_name || settings.name || this.room);
    setText(this.number, count('people_count', people.length));
    show(this.recorded, settings.recording_now === 'recording');
    show(this.problem, !settings.name);
    setText(this.lock, text(settings.locked ? 'unlock_room' : 'lock_room'));
    press(this.lock, Boolean(settings.locked));
    this.layouts.show(settings.video?.layout);
    this.people.show(people);
    this.chat.showPeople(people);
    this.files.showPresentation(settings.presentation);
    show(this.admit, people.some(({ state }) => state === 'lobby'));
  }

  async #showPicture({ video }) {
    let url = null;
    if (video?.now) {
      const bytes = await this.client.blob(`${this.path}/snapshot.jpg?width=${PICTURE_WIDTH}`).catch(() => null);
      url = bytes && URL.createObjectURL(bytes);
    }
    if (this.#picture) URL.revokeObjectURL(this.#picture);
    this.#picture = url;
    if (url) this.image.src = url;
    show(this.image, Boolean(url));
    show(this.noImage, !url);
  }

  async #change(values) {
    await attempt(() => this.client.patch(this.path, values));
    this.#look();
  }

  #act(action) {
    return attempt(() => this.client.post(`${this.path}/actions`, { action }), text('said_done'));
  }

  #dial() {
    const fields = [{ name: 'uri', kind: 'text', isRequired: true, hint: 'sip:bob@example.com' }, { name: 'display_name', kind: 'text' }, { name: 'muted', kind: 'flag' }];
    const form = new Form(fields, null, {
      submit: 'dial',
      onSubmit: async (values) => {
        await this.client.post(`${this.path}/participants`, values);
        dialog.close();
      },
    });
    const dialog = openDialog(text('dial'), form.element);
  }

  async #play() {
    const fields = [{ name: 'prompt', kind: 'text', hint: 'welcome' }, { name: 'file', kind: 'text', hint: 'music.wav' }, { name: 'url', kind: 'text', hint: 'https://' }, { name: 'volume_db', kind: 'number', least: -60, most: 20 }, { name: 'loop', kind: 'flag' }];
    const form = new Form(fields, null, {
      submit: 'play',
      onSubmit: async (values) => {
        await this.client.post(`${this.path}/plays`, values);
        refresh();
      },
    });
    const list = make('ul', { class: 'plays' });
    const dialog = openDialog(text('play'), form.element, list);
    const refresh = async () => {
      const plays = await this.client.all(`${this.path}/plays`).catch(() => []);
      list.replaceChildren(...plays.map((play) => {
        const stop = make('button', { type: 'button', class: 'plain', text: text('stop') });
        stop.addEventListener('click', () => attempt(() => this.client.remove(`${this.path}/plays/${part(play.id)}`)).then(refresh));
        const isPaused = play.state === 'paused';
        const pause = make('button', { type: 'button', class: 'plain', text: text(isPaused ? 'go_on' : 'pause') });
        pause.addEventListener('click', () => attempt(() => this.client.patch(`${this.path}/plays/${part(play.id)}`, { paused: !isPaused })).then(refresh));
        const name = play.prompt ?? play.file ?? play.url ?? this.files.nameOf(play.room_file) ?? play.room_file;
        return make('li', {}, [make('span', { text: shown(name) }), pause, stop]);
      }));
    };
    const timer = setInterval(refresh, EVERY_MS);
    dialog.addEventListener('close', () => clearInterval(timer));
    refresh();
  }

  #settingsDialog() {
    const form = new Form(ROOM_FIELDS.changes, this.#settings, {
      onSubmit: async (values) => {
        await this.client.patch(this.path, values);
        dialog.close();
        this.#look();
      },
    });
    const dialog = openDialog(text('settings'), form.element);
  }

  async #copyLink() {
    const link = `${location.origin}/join/${part(this.room)}`;
    await attempt(() => navigator.clipboard.writeText(link), text('link_copied'));
  }

  async #end() {
    if (!(await confirmed(text('ask_end', { name: this.room }), text('end_room')))) return;
    if (await attempt(() => this.client.remove(this.path), text('said_removed'))) location.hash = '#/rooms';
  }
}
