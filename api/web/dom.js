/*
 * dom.js - elements: found, made, shown. Texts only ever go in as text.
 *
 *   byId('join')        make('li', { class: 'person', text: name }, [avatar, label])
 *   show(element, isShown)                 press(button, isPressed)
 */
export const byId = (id) => document.getElementById(id);

export function make(tag, { text, ...attributes } = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

export function show(element, isShown) {
  if (element.hidden === isShown) element.hidden = !isShown;
}

export function press(button, isPressed) {
  setAttribute(button, 'aria-pressed', String(isPressed));
}

/** Sets what differs only: a screen reader is not told of the same twice. */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function setText(element, value) {
  if (element.textContent !== value) element.textContent = value;
}
