/*
 * console_stream.js - server-sent events with a token, which an EventSource cannot send.
 *
 *   const stream = new Stream(client, '/events', { onEvent: ({ type, data }) => ..., onState: (isLive) => ... });
 *   stream.close();
 *
 * What breaks is begun again where it was (Last-Event-ID), with back-off.
 * Source: WHATWG HTML, section 9.2.
 */
const LEAST_MS = 1000;
const MOST_MS = 15000;

export class Stream {
  #stop = new AbortController();
  #lastId = null;

  constructor(client, path, { onEvent, onState = () => {} }) {
    Object.assign(this, { client, path, onEvent, onState });
    this.#run();
  }

  close() {
    this.#stop.abort();
  }

  async #run() {
    for (let pause = LEAST_MS; !this.#stop.signal.aborted; pause = Math.min(2 * pause, MOST_MS)) {
      try {
        await this.#read(() => {
          pause = LEAST_MS / 2;
        });
      } catch (error) {
        if (error.isRefused) return this.onState(false);
      }
      if (this.#stop.signal.aborted) return undefined;
      this.onState(false);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return undefined;
  }

  async #read(onOpen) {
    const headers = { ...this.client.headers, ...(this.#lastId && { 'Last-Event-ID': this.#lastId }) };
    const response = await fetch(`/api/v1${this.path}`, { headers, signal: this.#stop.signal, cache: 'no-store' });
    if (!response.ok) throw Object.assign(new Error(`HTTP ${response.status}`), { isRefused: response.status < 500 });
    onOpen();
    this.onState(true);
    let rest = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop();
      blocks.forEach((block) => this.#take(block));
    }
  }

  #take(block) {
    const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2)));
    if (fields.id) this.#lastId = fields.id;
    if (fields.data) this.onEvent({ type: fields.event ?? 'message', data: JSON.parse(fields.data) });
  }
}
