/*
 * console_metrics.js - the server's metrics, in the manner of Prometheus, as numbers.
 *
 *   const now = readMetrics(text);             now.get('raduno_rooms')   now.sum('raduno_sip_responses_total')
 *   lateness(before, now)                      the share of ticks later than 5 ms, between the two
 */
const LATE_S = 0.005;

class Metrics {
  #samples = new Map(); /* name -> [{ labels, value }] */

  add(name, labels, value) {
    if (!this.#samples.has(name)) this.#samples.set(name, []);
    this.#samples.get(name).push({ labels, value });
  }

  get(name, labels = '') {
    return this.#samples.get(name)?.find((one) => one.labels.includes(labels))?.value ?? 0;
  }

  sum(name) {
    return (this.#samples.get(name) ?? []).reduce((sum, { value }) => sum + value, 0);
  }
}

export function readMetrics(text) {
  const metrics = new Metrics();
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found) metrics.add(found[1], found[2] ?? '', Number(found[3]));
  }
  return metrics;
}

export function lateness(before, now) {
  const name = 'raduno_media_tick_lateness_seconds';
  const since = (what, labels) => now.get(what, labels) - before.get(what, labels);
  const all = since(`${name}_count`, '');
  return all ? 1 - since(`${name}_bucket`, `le="${LATE_S}"`) / all : 0;
}
