/*
 * notices.js - short words about what has just happened: shown for some seconds, and read out.
 *
 *   notices.say(text('says_hand', { name }));
 *   notices.say(words, { key: 'muted' });      one of a key at a time: the newest
 *   notices.forget('muted');
 */
import { byId, make } from './dom.js';

const MOST = 4;
const SHOWN_MS = 5000;

const kept = new Map();

export function say(words, { key = words, ms = SHOWN_MS } = {}) {
  const list = byId('notices');
  forget(key);
  const notice = make('p', { class: 'toast', text: words });
  list.append(notice);
  while (list.children.length > MOST) list.firstElementChild.remove();
  kept.set(key, notice);
  setTimeout(() => {
    notice.remove();
    if (kept.get(key) === notice) kept.delete(key);
  }, ms);
}

export function forget(key) {
  kept.get(key)?.remove();
  kept.delete(key);
}

export function forgetAll() {
  for (const key of [...kept.keys()]) forget(key);
}
