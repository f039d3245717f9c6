/*
 * panels.js - what opens beside the picture: people, chat, settings, connection. One at a time.
 *
 *   panels.toggle('people-panel');  panels.close();     the focus goes in, and back where it came from
 *   panels.isOpen('people-panel')                      an opened one gets an event `open`
 */
import { byId, setAttribute, show } from './dom.js';

let open = null;

const openerOf = (id) => document.querySelector(`[aria-controls="${id}"]`);

export const isOpen = (id) => open === id;

export function close({ focus = true } = {}) {
  if (!open) return false;
  const had = byId(open).contains(document.activeElement);
  const opener = openerOf(open);
  show(byId(open), false);
  setAttribute(opener, 'aria-expanded', 'false');
  open = null;
  if (focus && had) opener.focus();
  return true;
}

export function toggle(id) {
  const wasOpen = open === id;
  close();
  if (wasOpen) return;
  open = id;
  show(byId(id), true);
  setAttribute(openerOf(id), 'aria-expanded', 'true');
  const first = byId(id).querySelector('[data-first]');
  (first?.checkVisibility() ? first : byId(id).querySelector('[data-close]')).focus();
  byId(id).dispatchEvent(new Event('open'));
}

export function wirePanels() {
  for (const opener of document.querySelectorAll('[aria-controls]'))
    opener.addEventListener('click', () => toggle(opener.getAttribute('aria-controls')));
  for (const button of document.querySelectorAll('[data-close]')) button.addEventListener('click', () => close());
}
