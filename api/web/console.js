/*
 * console.js - the page /: signs in with a token, shows the place that the address names (#/rooms/blue), and
 * follows what happens.
 */
import { byId, make, setAttribute, setText, show } from './dom.js';
import { Client } from './console_client.js';
import { ListPage } from './console_list.js';
import { RESOURCES } from './console_resources.js';
import { RoomPage } from './console_room.js';
import { RoomsPage } from './console_rooms.js';
import { explainProblem } from './console_say.js';
import { ServerPage } from './console_server.js';
import { Stream } from './console_stream.js';
import en from './console_text_en.js';
import it from './console_text_it.js';
import { drawIcons } from './icons.js';
import { addTexts, currentLanguage, LANGUAGES, setLanguage, text, translate } from './text.js';

const KEY = 'raduno.token'; /* in sessionStorage: gone with the tab */
const PLACES = ['rooms', ...RESOURCES.map(({ key }) => key), 'server'];

let client = null;
let stream = null;
let page = null;
let server = null;

addTexts({ en, it });

/* ---- places ---- */

function makePage([place = 'rooms', name]) {
  if (place === 'rooms') return name ? new RoomPage(client, decodeURIComponent(name), { onState: showLive }) : new RoomsPage(client);
  if (!client.isAdmin) return new RoomsPage(client);
  if (place === 'server') return server;
  const resource = RESOURCES.find(({ key }) => key === place);
  return resource ? new ListPage(client, resource) : new RoomsPage(client);
}

function go() {
  if (!client) return;
  const parts = location.hash.replace(/^#\/?/, '').split('/').filter(Boolean);
  page?.close();
  byId('place').replaceChildren();
  page = makePage(parts);
  page.open(byId('place'));
  for (const link of byId('places').children) setAttribute(link, 'aria-current', link.hash === `#/${parts[0] ?? 'rooms'}` ? 'page' : 'false');
  byId('places').querySelector('[aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  document.title = `${byId('place').querySelector('h1')?.textContent || (parts[1] ?? '')} · Raduno`;
  byId('place').focus({ preventScroll: true });
}

/* ---- in and out ---- */

function showSignIn(words = '') {
  show(byId('desk'), false);
  show(byId('sign-in'), true);
  show(byId('sign-in-problem'), Boolean(words));
  setText(byId('sign-in-problem'), words);
  document.title = 'Raduno';
  byId('token').focus();
}

function signOut(words) {
  stream?.close();
  page?.close();
  server?.end();
  stream = page = client = server = null;
  sessionStorage.removeItem(KEY);
  showSignIn(words);
}

const showLive = (isLive) => setText(byId('live'), isLive ? '' : text('not_live'));

function showDesk() {
  show(byId('sign-in'), false);
  show(byId('desk'), true);
  byId('places').replaceChildren(...(client.isAdmin ? PLACES : ['rooms']).map((place) => make('a', { href: `#/${place}`, text: text(`place_${place}`) })));
  if (client.isAdmin) {
    server = new ServerPage(client);
    stream = new Stream(client, '/events', { onEvent: (event) => page?.onEvent(event), onState: showLive });
  }
  go();
}

/** A moderator's token is good for its rooms, and for nothing else here. */
async function signIn(token) {
  const asking = new Client(token, { onRefused: () => client === asking && signOut(text('token_refused')) });
  await asking.get('/rooms?limit=1');
  asking.isAdmin = await asking.get('/accounts?limit=1').then(() => true, (problem) => {
    if (problem.status !== 403) throw problem;
    return false;
  });
  client = asking;
  sessionStorage.setItem(KEY, token);
  showDesk();
}

async function submitToken() {
  const token = byId('token').value.trim();
  byId('token').value = '';
  if (!token) return showSignIn(text('token_missing'));
  try {
    await signIn(token);
  } catch (problem) {
    showSignIn(problem.status === 401 ? text('token_refused') : explainProblem(problem));
  }
  return undefined;
}

/* ---- begin ---- */

function fillLanguages() {
  const select = byId('language');
  select.replaceChildren(...Object.keys(LANGUAGES).map((one) => make('option', { value: one, lang: one, text: new Intl.DisplayNames([one], { type: 'language' }).of(one) })));
  select.value = currentLanguage();
  select.addEventListener('change', () => {
    setLanguage(select.value);
    translate();
    const token = client?.token;
    if (token) {
      stream?.close();
      server?.end();
      showDesk();
    }
  });
}

translate();
drawIcons(document);
fillLanguages();
byId('sign-in-form').addEventListener('submit', (event) => {
  event.preventDefault();
  submitToken();
});
byId('sign-out').addEventListener('click', () => signOut());
window.addEventListener('hashchange', go);
const kept = sessionStorage.getItem(KEY);
if (kept) signIn(kept).catch((problem) => showSignIn(explainProblem(problem)));
else showSignIn();
