/*
 * files.js - the files of the room: the list, and those that are on their way there.
 *
 *   const files = new Files(call);  files.look();  files.end();      look(): after each change of the view
 *   files.isThere                                                    the server takes files
 *
 * Pictures and PDFs can be presented from here, and pages turned by who presents.
 */
import { beginPresentation, endPresentation, listFiles, PRESENTABLE, removeFile, sendFile, turnPresentation } from './api.js';
import { byId, make, setText, show } from './dom.js';
import { setIcon } from './icons.js';
import { say } from './notices.js';
import { isOpen, toggle } from './panels.js';
import { has, sizeOf, text } from './text.js';
import { Upload } from './upload.js';

function iconButton(icon, label, act) {
  const button = make('button', { type: 'button', class: 'quiet', 'aria-label': label, title: label });
  const drawn = make('span', { 'aria-hidden': 'true' });
  setIcon(drawn, icon);
  button.append(drawn);
  button.addEventListener('click', act);
  return button;
}

export class Files {
  #call;
  #revision = null;
  #ended = new AbortController();
  #uploads = new Set();

  constructor(call) {
    this.#call = call;
    const on = (element, type, act) => element.addEventListener(type, act, { signal: this.#ended.signal });
    on(byId('add-file'), 'click', () => byId('file-input').click());
    on(byId('file-input'), 'change', ({ target }) => {
      this.#add(target.files);
      target.value = '';
    });
    const turn = (by) => this.#try(() => turnPresentation(this.#room, this.#presentation.page + by, this.#token));
    on(byId('page-before'), 'click', () => turn(-1));
    on(byId('page-next'), 'click', () => turn(1));
    on(byId('presentation-end'), 'click', () => this.#try(() => endPresentation(this.#room, this.#token)));
    on(document, 'dragover', (event) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault(); /* or else the browser would leave the page and show the file */
      event.dataTransfer.dropEffect = this.#maySend ? 'copy' : 'none';
    });
    on(document, 'drop', (event) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      if (this.#maySend) this.#add(event.dataTransfer.files);
    });
  }

  get isThere() {
    return Number.isInteger(this.#call.view.room?.files_revision);
  }

  get #room() {
    return this.#call.view.room.name;
  }

  get #token() {
    return this.#call.view.id;
  }

  get #presentation() {
    return this.#call.view.room?.presentation ?? null;
  }

  get #maySend() {
    return this.isThere && this.#call.may('share');
  }

  look() {
    const { isThere } = this;
    show(byId('files-button'), isThere);
    show(byId('add-file'), this.#maySend);
    if (!isThere) return;
    this.#showPresentation();
    const { room, role } = this.#call.view; /* and rows have the buttons that who sees them may use */
    const revision = [room.name, room.files_revision, role, this.#call.may('present')].join(' ');
    if (revision === this.#revision) return;
    this.#revision = revision;
    this.#read();
  }

  end() {
    this.#ended.abort();
    for (const upload of this.#uploads) upload.cancel();
    byId('files').replaceChildren();
    byId('uploads').replaceChildren();
    show(byId('files-button'), false);
  }

  async #read() {
    const revision = this.#revision;
    try {
      const files = await listFiles(this.#room, this.#token);
      if (revision === this.#revision && !this.#ended.signal.aborted) this.#show(files);
    } catch {
      if (revision === this.#revision) this.#revision = null; /* with the next look */
    }
  }

  #show(files) {
    byId('files').replaceChildren(...files.map((file) => this.#row(file)).reverse());
    show(byId('files-empty'), !files.length);
    setText(byId('files-number'), files.length ? String(files.length) : '');
  }

  #row(file) {
    const { view } = this.#call;
    const link = make('a', { class: 'file-name', href: file.content, download: file.name, text: file.name });
    const from = file.shared_by && text('file_from', { name: file.shared_by });
    const about = make('span', { class: 'file-about', text: [sizeOf(file.bytes), from].filter(Boolean).join(', ') });
    const row = make('li', { class: 'file' }, [make('span', { class: 'file-names' }, [link, about])]);
    if (PRESENTABLE.has(file.type) && this.#call.may('present'))
      row.append(iconButton('screen', text('present_file', { name: file.name }), () => this.#try(() => beginPresentation(this.#room, file.id, this.#token))));
    if (view.role === 'moderator')
      row.append(iconButton('send', text('send_file', { name: file.name }), () => this.#send(file)));
    if (file.shared_by_id === view.participant || view.role === 'moderator')
      row.append(iconButton('trash', text('remove_file', { name: file.name }), () => this.#try(() => removeFile(this.#room, file.id, this.#token))));
    return row;
  }

  #showPresentation() {
    const { view } = this.#call;
    const presentation = this.#presentation;
    show(byId('presentation'), Boolean(presentation));
    if (!presentation) return;
    const { state, page, pages, presenter } = presentation;
    const isPaged = pages > 1;
    setText(byId('presentation-text'), text(state === 'shown' ? 'presentation_page' : `presentation_${state}`, { ...presentation, pages: pages ?? 1 }));
    const mayTurn = presenter === view.participant || view.role === 'moderator';
    for (const id of ['page-before', 'page-next']) show(byId(id), mayTurn && isPaged);
    show(byId('presentation-end'), mayTurn);
    byId('page-before').disabled = page <= 1;
    byId('page-next').disabled = page >= pages;
  }

  async #send(file) {
    try {
      const sent = await sendFile(this.#room, file.id, this.#token);
      say(text('says_file_sent', { name: file.name, whom: sent.map(({ display_name: name }) => name).join(', ') }));
    } catch ({ code, detail }) {
      say(code === 'nobody_takes_files' ? text('says_no_phone') : text('says_failed', { detail }));
    }
  }

  async #try(act) {
    try {
      await act();
    } catch (problem) {
      say(text('says_failed', { detail: problem.detail }));
    }
  }

  #add(list) {
    if (!isOpen('files-panel')) toggle('files-panel');
    for (const file of list) this.#upload(file);
  }

  async #upload(file) {
    const { name } = file;
    const bar = make('progress', { max: '1', value: '0', 'aria-label': text('upload_progress', { name }) });
    const upload = new Upload({ room: this.#room, token: this.#token, file, onProgress: (part) => (bar.value = part) });
    const row = make('li', { class: 'file' }, [make('span', { class: 'file-names' }, [make('span', { class: 'file-name', text: name }), bar]),
      iconButton('close', text('cancel_upload', { name }), () => upload.cancel())]);
    byId('uploads').append(row);
    this.#uploads.add(upload);
    try {
      await upload.run();
      say(text('says_file', { name }));
    } catch ({ code, detail }) {
      const reason = has(`file_${code}`) ? text(`file_${code}`) : text('file_other', { detail });
      if (code !== 'cancelled') say(text('says_file_failed', { name, reason }), { ms: 9000 });
    } finally {
      this.#uploads.delete(upload);
      row.remove();
    }
  }
}
