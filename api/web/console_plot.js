/*
 * console_plot.js - a figure over the last hour, drawn as a line.
 *
 *   const plot = new Plot(text('load'), { most: 1, show: (value) => `${Math.round(value * 100)} %` });
 *   container.append(plot.element);  plot.add(time_ms, value);
 */
import { make, setText } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const SPAN_MS = 3600000;
const LEAST_SPAN_MS = 120000; /* at the beginning, when there is little to see */
const WIDTH = 300;
const HEIGHT = 80;

export class Plot {
  #points = []; /* [time_ms, value], in order */

  constructor(title, { most = 0, show = String } = {}) {
    Object.assign(this, { most, show });
    this.value = make('strong');
    this.line = document.createElementNS(SVG, 'polyline');
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    svg.append(this.line);
    this.element = make('figure', { class: 'plot' }, [make('figcaption', {}, [make('span', { text: title }), this.value]), svg]);
  }

  add(time, value) {
    this.#points.push([time, value]);
    while (this.#points[0][0] < time - SPAN_MS) this.#points.shift();
    const top = Math.max(this.most, ...this.#points.map(([, one]) => one)) || 1;
    const span = Math.max(LEAST_SPAN_MS, time - this.#points[0][0]);
    const x = (at) => WIDTH - ((time - at) / span) * WIDTH;
    const y = (one) => HEIGHT - 2 - (one / top) * (HEIGHT - 4);
    this.line.setAttribute('points', this.#points.map(([at, one]) => `${x(at).toFixed(1)},${y(one).toFixed(1)}`).join(' '));
    setText(this.value, this.show(value));
  }
}
