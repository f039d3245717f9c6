/*
 * store.js - what this browser remembers from call to call: the name, the devices, the language.
 *
 *   remember('name', 'Ann');  recall('name')  recall('bandwidth', 'medium')
 *
 * Where storage is refused (private windows), it is remembered until the page is left.
 */
const PREFIX = 'raduno.';
const here = new Map();

export function recall(key, otherwise = null) {
  if (here.has(key)) return here.get(key);
  try {
    const kept = localStorage.getItem(PREFIX + key);
    return kept === null ? otherwise : JSON.parse(kept);
  } catch {
    return otherwise;
  }
}

export function remember(key, value) {
  here.set(key, value);
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    /* it is in `here` */
  }
}
