/*
 * icons.js - the icons, drawn in 24 x 24 with lines; <span data-icon="hand"> gets the one it names.
 *
 *   drawIcons(document);  setIcon(span, 'mic_off');
 */
const SVG = 'http://www.w3.org/2000/svg';
const MIC = 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21M8.5 21h7';
const CAMERA = 'M5 6.5h8a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM15 10.8l6-3.3v9l-6-3.3';
const SLASH = 'M4 3.5l16.5 17';

const SHAPES = {
  mic: [MIC],
  mic_off: [MIC, SLASH],
  camera: [CAMERA],
  camera_off: [CAMERA, SLASH],
  screen: ['M4.5 4h15A1.5 1.5 0 0 1 21 5.5v10a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15.5v-10A1.5 1.5 0 0 1 4.5 4zM8 21h8M12 13.7V7.6M9.2 10.2L12 7.4l2.8 2.8'],
  hand: ['M8.2 13V6.4a1.45 1.45 0 0 1 2.9 0v4.4M11.1 10.8V4.4a1.45 1.45 0 0 1 2.9 0v6.4M14 10.8V5.9a1.45 1.45 0 0 1 2.9 0v6.3M16.9 9.2a1.45 1.45 0 0 1 2.9 0v5.3a6.8 6.8 0 0 1-6.8 6.8h-.8a6.8 6.8 0 0 1-5.5-2.8l-3.3-4.6a1.5 1.5 0 0 1 2.4-1.8l2.4 2.6'],
  chat: ['M5.5 4.5h13A1.5 1.5 0 0 1 20 6v9a1.5 1.5 0 0 1-1.5 1.5H11l-4.5 4v-4h-1A1.5 1.5 0 0 1 4 15V6a1.5 1.5 0 0 1 1.5-1.5zM8 9h8M8 12.5h5'],
  send: ['M4 11.5L20 4l-5 16.5-3.5-7.5zM11.5 13L20 4'],
  people: ['M9 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 20a6.5 6.5 0 0 1 13 0M15.7 4.8a3.5 3.5 0 0 1 0 6.5M18 14.3a6.5 6.5 0 0 1 3.5 5.7'],
  file: ['M6 3.5h7.5L19 9v10a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19V5a1.5 1.5 0 0 1 1.5-1.5zM13 3.8V9.5h5.7'],
  left: ['M14.5 5.5L8 12l6.5 6.5'],
  right: ['M9.5 5.5L16 12l-6.5 6.5'],
  trash: ['M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10.3 10.5v6M13.7 10.5v6'],
  settings: ['M4 7.5h7.5M16.5 7.5H20M4 16.5h3.5M12.5 16.5H20M14 5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM10 14a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z'],
  leave: ['M12 8.6c-3.9 0-7.2 1.1-9 3-.9 1-.8 2.6.1 3.5l.5.6c.5.5 1.3.6 1.9.2l2.3-1.5c.5-.3.8-.8.8-1.4v-1.5c2.2-.7 4.6-.7 6.8 0v1.5c0 .6.3 1.1.8 1.4l2.3 1.5c.6.4 1.4.3 1.9-.2l.5-.6c.9-.9 1-2.5.1-3.5-1.8-1.9-5.1-3-9-3z'],
  close: ['M6 6l12 12M18 6L6 18'],
  fullscreen: ['M4 9V4.5h5M15 4.5h5V9M20 15v4.5h-5M9 19.5H4V15'],
  link: ['M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1'],
  record: ['M12 5a7 7 0 1 0 0 14a7 7 0 1 0 0-14z', 'M12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6z'],
  lock: ['M6.5 10.5h11a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19v-7a1.5 1.5 0 0 1 1.5-1.5zM8 10.5V7.5a4 4 0 0 1 8 0v3'],
  speaker: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11'],
  signal: ['M5 20v-4', 'M12 20v-9', 'M19 20V5'],
  more: ['M12 5a.7.7 0 1 1 0 1.4.7.7 0 0 1 0-1.4zM12 11.3a.7.7 0 1 1 0 1.4.7.7 0 0 1 0-1.4zM12 17.6a.7.7 0 1 1 0 1.4.7.7 0 0 1 0-1.4z'],
  talk: ['M6 15v-6', 'M12 18V6', 'M18 15v-6'],
};
const FILLED = new Set(['leave', 'more']);

function draw(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', FILLED.has(name) ? 'icon icon-filled' : 'icon');
  for (const shape of SHAPES[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', shape);
    svg.append(path);
  }
  return svg;
}

export function setIcon(element, name) {
  if (element.dataset.drawn === name) return;
  element.dataset.drawn = name;
  element.replaceChildren(draw(name));
}

export function drawIcons(root) {
  for (const element of root.querySelectorAll('[data-icon]')) setIcon(element, element.dataset.icon);
}
