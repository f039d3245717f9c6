/*
 * text.js - all texts of the page, in the language of the browser or the one chosen.
 *
 *   text('says_hand', { name: 'Ann' })       count('people_count', 3)
 *   addTexts({ en: ..., it: ... })                    those of another page
 *   setLanguage('it');  translate(document);  fills data-text, data-label, data-title, data-placeholder
 */
import en from './text_en.js';
import it from './text_it.js';
import { recall, remember } from './store.js';

export const LANGUAGES = { en, it };

/** More texts, by language: of another page. */
export function addTexts(texts) {
  for (const [one, more] of Object.entries(texts)) Object.assign(LANGUAGES[one], more);
}

const offered = (wanted) => wanted?.slice(0, 2).toLowerCase();
const preferred = () => [recall('language'), ...(navigator.languages ?? [navigator.language])].map(offered);

let language = preferred().find((one) => one in LANGUAGES) ?? 'en';

export const currentLanguage = () => language;

export function text(key, values = {}) {
  const pattern = LANGUAGES[language][key] ?? en[key] ?? key;
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const has = (key) => key in en;

export function count(key, number) {
  const rule = new Intl.PluralRules(language).select(number) === 'one' ? 'one' : 'other';
  return text(`${key}_${rule}`, { count: number });
}

/** A number as this language writes it. */
export const figure = (number, digits = 0) =>
  number.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/** So many bytes, as this language writes it. */
export function sizeOf(bytes) {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return new Intl.NumberFormat(language, { style: 'unit', unit: UNITS[unit], unitDisplay: 'short', maximumSignificantDigits: 3 }).format(bytes / 1000 ** unit);
}

/** When that is, as people of this language write it where the browser is at home: with the date, if it is not today. */
export function when(date) {
  const locale = (navigator.languages ?? []).find((one) => offered(one) === language) ?? language;
  const isToday = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(locale, { timeStyle: 'short', ...(!isToday && { dateStyle: 'medium' }) });
}

export function setLanguage(wanted) {
  language = wanted in LANGUAGES ? wanted : 'en';
  remember('language', language);
}

/** Puts the texts into everything below `root` that names one. */
export function translate(root = document) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll('[data-text]')) element.textContent = text(element.dataset.text);
  for (const element of root.querySelectorAll('[data-label]')) element.setAttribute('aria-label', text(element.dataset.label));
  for (const element of root.querySelectorAll('[data-title]')) element.title = text(element.dataset.title);
  for (const element of root.querySelectorAll('[data-placeholder]')) element.placeholder = text(element.dataset.placeholder);
}
