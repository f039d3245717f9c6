/*
 * console_server.js - the page of the server: how much it does, how much is left, over the last hour.
 *
 * What it shows is what this page has seen: it asks while it is signed in, whichever place is open.
 */
import { make, setText } from './dom.js';
import { lateness, readMetrics } from './console_metrics.js';
import { Plot } from './console_plot.js';
import { figure, text } from './text.js';

const EVERY_MS = 5000;
const percent = (share) => `${figure(share * 100, share < 0.1 ? 1 : 0)} %`;

/** Each figure, from what was asked before, now, and the seconds between. */
const PLOTS = [
  { key: 'plot_participants', of: (now) => now.get('raduno_participants') },
  { key: 'plot_calls', of: (now) => now.get('raduno_sip_calls') + now.get('raduno_browser_calls') },
  { key: 'plot_sound_load', most: 1, show: percent, of: (now, before, seconds) => (now.get('raduno_media_busy_seconds_total') - before.get('raduno_media_busy_seconds_total')) / seconds / Math.max(1, now.get('raduno_media_workers')) },
  { key: 'plot_video_load', most: 1, show: percent, of: (now) => now.get('raduno_video_load') },
  { key: 'plot_late', most: 0.01, show: percent, of: (now, before) => lateness(before, now) },
  { key: 'plot_packets', show: (value) => figure(value), of: (now, before, seconds) => (now.get('raduno_media_packets_received_total') - before.get('raduno_media_packets_received_total')) / seconds },
  { key: 'plot_memory', show: (value) => `${figure(value)} MiB`, of: (now) => now.get('process_resident_memory_bytes') / 2 ** 20 },
  { key: 'plot_requests', show: (value) => figure(value, 1), of: (now, before, seconds) => (now.sum('raduno_api_responses_total') - before.sum('raduno_api_responses_total')) / seconds },
];

const FACTS = [
  ['rooms', (now) => figure(now.get('raduno_rooms'))],
  ['ports_left', (now) => `${figure(now.get('raduno_ports') - now.get('raduno_ports_used'))} / ${figure(now.get('raduno_ports'))}`],
  ['registrations', (now) => figure(now.get('raduno_sip_registrations'))],
  ['encodes', (now) => figure(now.get('raduno_media_encodes_total'))],
  ['unauthentic', (now) => figure(now.get('raduno_media_packets_unauthentic_total'))],
  ['refused_by_rate', (now) => figure(now.get('raduno_sip_refused_by_rate_total'))],
  ['connections', (now) => figure(now.get('raduno_api_connections'))],
];

export class ServerPage {
  #before = null;
  #plots = PLOTS.map((plot) => ({ ...plot, drawn: new Plot(text(plot.key), plot) }));
  #facts = FACTS.map(([key, of]) => ({ key, of, value: make('dd') }));

  constructor(client) {
    this.client = client;
    this.timer = setInterval(() => this.#ask(), EVERY_MS);
    this.#ask();
  }

  open(container) {
    const facts = make('dl', { class: 'figures' }, this.#facts.map(({ key, value }) => make('div', {}, [make('dt', { text: text(`fact_${key}`) }), value])));
    container.append(make('header', { class: 'place-head' }, [make('h1', { text: text('place_server') })]), make('div', { class: 'plots' }, this.#plots.map(({ drawn }) => drawn.element)), facts);
  }

  close() {}

  onEvent() {}

  end() {
    clearInterval(this.timer);
  }

  async #ask() {
    try {
      const now = { metrics: readMetrics(await this.client.text('/metrics', { root: true })), time: Date.now() };
      const before = this.#before ?? now;
      this.#before = now;
      const seconds = Math.max(0.001, (now.time - before.time) / 1000);
      for (const { drawn, of } of this.#plots) drawn.add(now.time, of(now.metrics, before.metrics, seconds));
      for (const { of, value } of this.#facts) setText(value, of(now.metrics));
    } catch {
      /* the head of the page says that there is no connection */
    }
  }
}
