/* quality_panel.js - the word and the figures of quality.js, in the top line and in their panel. */
import { byId, make, setAttribute, setText } from './dom.js';
import { figure, text } from './text.js';

const UNKNOWN = '–';
const percent = (share) => `${figure(share * 100, share < 0.1 ? 1 : 0)} %`;
const milliseconds = (ms) => `${figure(ms)} ms`;
const rate = (kbps) => (kbps >= 1000 ? `${figure(kbps / 1000, 1)} Mbit/s` : `${figure(kbps)} kbit/s`);
const picture = ({ width, height, fps }) => `${width} × ${height}, ${figure(fps)}/s`;

const LINES = [
  ['round_trip', 'roundTrip', milliseconds], ['jitter', 'jitter', milliseconds], ['loss_in', 'lossIn', percent], ['loss_out', 'lossOut', percent],
  ['rate_in', 'rateIn', rate], ['rate_out', 'rateOut', rate], ['picture_in', 'pictureIn', picture], ['picture_out', 'pictureOut', picture],
];

export function showQuality(word) {
  const quality = text(`quality_${word}`);
  document.body.dataset.quality = word;
  setText(byId('quality-word'), quality);
  setAttribute(byId('quality'), 'aria-label', text('quality_button', { quality }));
  byId('quality').title = `${text('quality_button', { quality })}. ${text(`quality_hint_${word}`)}`;
  setText(byId('quality-verdict'), quality);
  setText(byId('quality-hint'), text(`quality_hint_${word}`));
}

export function showFigures(figures) {
  const said = ([, name, form]) => (figures[name] === null ? UNKNOWN : form(figures[name]));
  byId('figures').replaceChildren(...LINES.map((line) =>
    make('div', {}, [make('dt', { text: text(line[0]) }), make('dd', { text: said(line) })])));
}
