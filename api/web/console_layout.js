/*
 * console_layout.js - the layouts, drawn, to choose from.
 *
 *   const picker = new LayoutPicker((layout) => ...);
 *   container.append(picker.element);  picker.show('speaker');
 */
import { make, setAttribute } from './dom.js';
import { text } from './text.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Rectangles in per cent: x, y, width, height. */
const strip = (count) => Array.from({ length: count }, (_, i) => [(100 / count) * i, 76, 100 / count, 24]);
const around = (big, side) => { /* one large at the top left, small ones to the right and below */
  const small = 100 - big;
  const right = Array.from({ length: side }, (_, i) => [big, i * small, small, small]);
  const below = Array.from({ length: side + 1 }, (_, i) => [i * small, big, small, small]);
  return [[0, 0, big, big], ...right, ...below];
};
const DRAWINGS = {
  auto: null,
  grid: [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => [column * 33.3, row * 33.3, 33.3, 33.3])),
  speaker: [[0, 0, 100, 76], ...strip(5)],
  one_five: around(66.7, 2),
  one_seven: around(75, 3),
  one_nine: around(80, 4),
  side_by_side: [[0, 25, 50, 50], [50, 25, 50, 50]],
  picture_in_picture: [[0, 0, 100, 100], [70, 70, 26, 26]],
  presentation: [[0, 0, 80, 100], [80, 0, 20, 25], [80, 25, 20, 25], [80, 50, 20, 25], [80, 75, 20, 25]],
  spotlight: [[0, 0, 100, 100]],
};

function draw(tiles) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 64 36');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'layout-drawing');
  for (const [x, y, width, height] of tiles ?? []) {
    const rectangle = document.createElementNS(SVG, 'rect');
    const at = { x: x * 0.64 + 0.5, y: y * 0.36 + 0.5, width: width * 0.64 - 1, height: height * 0.36 - 1, rx: 1 };
    for (const [name, value] of Object.entries(at)) rectangle.setAttribute(name, value.toFixed(2));
    svg.append(rectangle);
  }
  if (!tiles) {
    const letter = document.createElementNS(SVG, 'text');
    for (const [name, value] of Object.entries({ x: 32, y: 25, 'text-anchor': 'middle' })) letter.setAttribute(name, value);
    letter.textContent = 'A';
    svg.append(letter);
  }
  return svg;
}

export class LayoutPicker {
  #buttons = new Map();

  constructor(onChoose) {
    this.element = make('div', { class: 'layouts', role: 'group', 'aria-label': text('layout') });
    for (const [name, tiles] of Object.entries(DRAWINGS)) {
      const button = make('button', { type: 'button', class: 'layout', title: text(`layout_${name}`), 'aria-label': text(`layout_${name}`), 'aria-pressed': 'false' }, [draw(tiles)]);
      button.addEventListener('click', () => onChoose(name));
      this.#buttons.set(name, button);
      this.element.append(button);
    }
  }

  /** The operator's own layout, an object, is none of these. */
  show(layout) {
    for (const [name, button] of this.#buttons) setAttribute(button, 'aria-pressed', String(name === layout));
  }
}
