/*
 * upload.js - a file on its way to the room, by tus: goes on where it was after the network was away.
 *
 *   const upload = new Upload({ room, token, file, onProgress: (part) => ... });    part: 0 to 1
 *   await upload.run();                  rejects with a Problem; code "cancelled" after upload.cancel()
 */
import { Problem } from './api.js';

const WAIT_MS = 1000; /* before it is tried again; twice as long each time */
const TRIES = 6; /* in a row without a byte that came through */
const TUS = { 'Tus-Resumable': '1.0.0' };

/** Upload-Metadata wants base64 of UTF-8. */
const base64 = (words) => btoa(String.fromCharCode(...new TextEncoder().encode(words)));

function problemOf(request) {
  let body = {};
  try {
    body = JSON.parse(request.responseText);
  } catch {
    /* a proxy's page, or nothing */
  }
  return new Problem({ code: body.code, status: request.status, detail: body.detail || `HTTP ${request.status}` });
}

export class Upload {
  #request = null;
  #isCancelled = false;
  #url = null;
  #offset = 0;

  constructor({ room, token, file, onProgress }) {
    Object.assign(this, { room, token, file, onProgress });
  }

  cancel() {
    this.#isCancelled = true;
    this.#request?.abort();
    if (this.#url) this.#send('DELETE', this.#url).catch(() => {});
  }

  async run() {
    for (let tries = 0; ;) {
      const before = this.#offset;
      try {
        await this.#goOn();
        return;
      } catch (problem) {
        if (this.#isCancelled) throw new Problem({ code: 'cancelled' });
        const isPassing = problem.code === 'network' || problem.status === 423 || problem.status === 409;
        tries = this.#offset > before ? 1 : tries + 1;
        if (!isPassing || tries >= TRIES) throw problem;
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS * 2 ** (tries - 1)));
      }
    }
  }

  async #goOn() {
    if (this.#url) {
      const { getResponseHeader } = await this.#send('HEAD', this.#url);
      this.#offset = Number(getResponseHeader('Upload-Offset'));
    } else {
      const { getResponseHeader } = await this.#send('POST', `/api/v1/rooms/${encodeURIComponent(this.room)}/uploads`,
        { 'Upload-Length': this.file.size, 'Upload-Metadata': `filename ${base64(this.file.name)}` });
      this.#url = getResponseHeader('Location');
    }
    await this.#send('PATCH', this.#url, { 'Upload-Offset': this.#offset, 'Content-Type': 'application/offset+octet-stream' }, this.file.slice(this.#offset));
  }

  /* Not by fetch(), which does not tell how much has gone. */
  #send(method, url, headers = {}, body = undefined) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.#request = request;
      request.open(method, url);
      for (const [name, value] of Object.entries({ Authorization: `Bearer ${this.token}`, ...TUS, ...headers })) request.setRequestHeader(name, value);
      if (body) request.upload.onprogress = ({ loaded }) => this.onProgress(this.file.size ? (this.#offset + loaded) / this.file.size : 1);
      request.onload = () => {
        if (request.status >= 300) reject(problemOf(request));
        else resolve({ getResponseHeader: (name) => request.getResponseHeader(name) });
      };
      request.onerror = request.onabort = () => reject(new Problem({ code: 'network' }));
      request.send(body);
    });
  }
}
