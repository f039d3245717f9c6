/*
 * join.js - the page /join/ROOM: lobby, room, and why it is over; wires them up.
 */
import { Call } from './call.js';
import { Devices } from './devices.js';
import { byId, make, setText, show } from './dom.js';
import { drawIcons } from './icons.js';
import { Lobby } from './lobby.js';
import { wirePanels } from './panels.js';
import { Room } from './room.js';
import { recall, remember } from './store.js';
import { currentLanguage, has, LANGUAGES, setLanguage, text, translate } from './text.js';

const KEYS = new Set(['m', 'v', 's', 'h', 'p', 'c', 'f', 'Escape']);
const TYPED_IN = 'input:not([type=checkbox]), textarea, select';

function roomName() {
  const part = location.pathname.split('/').filter(Boolean).at(-1) ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const name = roomName();
const devices = new Devices();
let overReason = null;

const room = new Room({ name, devices, onOver: showOver });
const lobby = new Lobby({ room: name, devices, onJoin: join });

async function join({ name: own, pin }) {
  const call = await Call.begin({
    room: name, name: own || text('guest'), pin, microphone: devices.microphone, camera: devices.camera,
    isMuted: devices.isMuted, bandwidth: recall('bandwidth', 'medium'),
  });
  lobby.close();
  room.enter(call);
}

/** A reason of the server's that has no words here is said as it came. */
function showOver(reason) {
  overReason = reason;
  devices.closeAll();
  const known = has(`over_${reason}`) ? reason : 'other';
  document.title = 'Raduno';
  setText(byId('over-title'), text(`over_${known}`));
  setText(byId('over-hint'), text(`over_${known}_hint`, { reason }));
  show(byId('over'), true);
  byId('over-title').focus();
}

async function joinAgain() {
  overReason = null;
  show(byId('over'), false);
  await lobby.open();
  await lobby.submit();
}

function translateAll() {
  translate();
  document.title = text('title', { room: name });
  lobby.translate();
  room.translate();
  if (overReason) showOver(overReason);
}

function wireLanguages() {
  for (const select of [byId('lobby-language'), byId('room-language')]) {
    select.append(...Object.entries(LANGUAGES).map(([value, texts]) => make('option', { value, lang: value, text: texts.language })));
    select.value = currentLanguage();
    select.addEventListener('change', () => {
      setLanguage(select.value);
      for (const other of [byId('lobby-language'), byId('room-language')]) other.value = select.value;
      translateAll();
    });
  }
}

document.addEventListener('keydown', (event) => {
  const key = event.key === 'Escape' ? event.key : event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !KEYS.has(key)) return;
  if (key !== 'Escape' && (!byId('keys-on').checked || event.target.matches?.(TYPED_IN))) return;
  const isMeant = room.call ? room.press(key) : pressInLobby(key);
  if (isMeant && key !== 'Escape') event.preventDefault();
});

function pressInLobby(key) {
  if (byId('lobby').hidden) return false;
  if (key === 'm') lobby.toggleMute();
  else if (key === 'v') lobby.toggleCamera();
  return key === 'm' || key === 'v';
}

window.addEventListener('pagehide', () => room.call?.hangUp());
byId('again').addEventListener('click', joinAgain);

/* Who speaks to the computer sets off keys that nobody meant (WCAG 2.1.4). */
byId('keys-on').checked = recall('keys', true);
byId('keys-on').addEventListener('change', ({ target }) => remember('keys', target.checked));

wireLanguages();
wirePanels();
drawIcons(document);
translateAll();
lobby.open();
