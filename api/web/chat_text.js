/*
 * chat_text.js - what was written, with its links; one to a shared file has words instead of its address.
 *
 *   element.replaceChildren(...partsOf({ text: 'see https://example.com', origin: 'participant' }));
 */
import { make } from './dom.js';
import { text } from './text.js';

const LINK = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;
const FILE = /^https?:\/\/[^/]+(\/api\/v1\/rooms\/[^/]+\/files\/\w+\/content\?[\w=&]+)$/; /* the server does not know by which name the page has it */

const link = (url, words = url) => make('a', { href: url, target: '_blank', rel: 'noopener noreferrer', text: words });

/** Texts and elements. */
export function partsOf({ text: words, origin }) {
  const parts = [];
  let at = 0;
  for (const { 0: url, index } of words.matchAll(LINK)) {
    const [, file] = (origin === 'system' && FILE.exec(url)) || [];
    parts.push(words.slice(at, index), file ? link(file, text('chat_file')) : link(url));
    at = index + url.length;
  }
  return [...parts, words.slice(at)];
}
