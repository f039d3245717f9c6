/*
 * console_client.js - the API, as one who has a token asks it.
 *
 *   const client = new Client(token, { onRefused });
 *   await client.get('/rooms/blue')      .post(path, body)  .patch(path, body)  .put(path, file)  .remove(path)
 *   await client.all('/rooms')           all pages of a list, most of them
 *   await client.blob('/rooms/blue/snapshot.jpg')
 *   await client.text('/metrics', { root: true })
 *
 * Errors are a Problem (api.js). A token that is not taken (any more) is told to onRefused, too.
 */
import { ask, problemOf } from './api.js';

const MOST = 2000;
const ROOT = '/api/v1';

export class Client {
  constructor(token, { onRefused = () => {} } = {}) {
    Object.assign(this, { token, onRefused });
  }

  get headers() {
    return { Authorization: `Bearer ${this.token}` };
  }

  async #ask(method, path, body) {
    try {
      return await ask(method, ROOT + path, body, this.headers);
    } catch (problem) {
      if (problem.status === 401) this.onRefused(problem);
      throw problem;
    }
  }

  get(path) {
    return this.#ask('GET', path);
  }

  post(path, body = {}) {
    return this.#ask('POST', path, body);
  }

  patch(path, body) {
    return this.#ask('PATCH', path, body);
  }

  /** The bytes of a file, as they are. */
  async put(path, file) {
    const response = await fetch(ROOT + path, { method: 'PUT', headers: { ...this.headers, 'content-type': file.type }, body: file });
    if (!response.ok) throw await problemOf(response);
  }

  remove(path) {
    return this.#ask('DELETE', path);
  }

  async all(path) {
    const items = [];
    const join = path.includes('?') ? '&' : '?';
    for (let after = null; ;) {
      const page = await this.get(after === null ? path : `${path}${join}after=${encodeURIComponent(after)}`);
      items.push(...page.items);
      after = page.next ?? null;
      if (after === null || items.length >= MOST) return items;
    }
  }

  async #fetch(path, root) {
    const response = await fetch((root ? '' : ROOT) + path, { headers: this.headers, cache: 'no-store' });
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  async blob(path) {
    return (await this.#fetch(path)).blob();
  }

  async text(path, { root = false } = {}) {
    return (await this.#fetch(path, root)).text();
  }
}

/** One part of a path. */
export const part = (text) => encodeURIComponent(text);
