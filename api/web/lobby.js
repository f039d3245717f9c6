/*
 * lobby.js - before the call: how one looks and sounds, the name, the PIN, and the door.
 *
 *   const lobby = new Lobby({ room, devices, onJoin: async ({ name, pin }) => ... });
 *   lobby.open();  lobby.close();  lobby.submit();      onJoin may throw a Problem: it is said here
 */
import { canCapture } from './devices.js';
import { DeviceForm } from './device_form.js';
import { byId, press, setText, show } from './dom.js';
import { setIcon } from './icons.js';
import { Meter } from './meter.js';
import { recall, remember } from './store.js';
import { has, text, when } from './text.js';

/** What a problem means to whoever wants to come in. */
export function explain({ code, detail, retryAfter }) {
  if (code === 'too_many_requests' && retryAfter) return text('problem_too_many_requests_in', { seconds: retryAfter });
  if (code === 'not_begun' && retryAfter) return text('problem_not_begun_until', { time: when(new Date(Date.now() + retryAfter * 1000)) });
  return has(`problem_${code}`) ? text(`problem_${code}`, { detail }) : text('problem_other', { detail });
}

const NAME_BYTES = 127; /* that the server takes, in UTF-8 */

/** As many whole characters as fit. */
function shorten(name) {
  const letters = [...name];
  while (new TextEncoder().encode(letters.join('')).length > NAME_BYTES) letters.pop();
  return letters.join('');
}

export class Lobby {
  #problem = null;
  #isJoining = false;
  #isOpen = false;
  #meter = new Meter((level) => this.#showLevel(level));

  constructor({ room, devices, onJoin }) {
    Object.assign(this, { room, devices, onJoin });
    this.form = new DeviceForm(byId('lobby-devices'), devices);
    this.canCall = 'RTCPeerConnection' in window;
    byId('name').value = recall('name', '');
    byId('join-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    byId('lobby-mute').addEventListener('click', () => this.toggleMute());
    byId('lobby-camera').addEventListener('click', () => this.toggleCamera());
    byId('device-again').addEventListener('click', () => this.#again());
    byId('pin').addEventListener('input', () => byId('pin').removeAttribute('aria-invalid'));
    devices.addEventListener('change', () => this.#update());
  }

  async open() {
    this.#isOpen = true;
    show(byId('lobby'), true);
    this.#update();
    if (!this.devices.microphone) await this.devices.open();
  }

  close() {
    this.#isOpen = false;
    this.#meter.listen(null);
    byId('preview').srcObject = null;
    show(byId('lobby'), false);
  }

  translate() {
    this.form.translate();
    this.#update();
  }

  toggleMute() {
    if (this.devices.problems.microphone) this.devices.openOne('microphone');
    else this.devices.setMuted(!this.devices.isMuted);
  }

  toggleCamera() {
    this.devices.setCameraOn(!this.devices.camera);
  }

  /** What was refused or absent is asked for again. */
  async #again() {
    for (const [kind, problem] of Object.entries(this.devices.problems)) if (problem) await this.devices.openOne(kind);
  }

  async submit() {
    if (this.#isJoining || !this.canCall) return;
    const name = shorten(byId('name').value.trim());
    remember('name', name);
    this.#isJoining = true;
    this.#problem = null;
    this.#update();
    try {
      await this.onJoin({ name, pin: byId('pin-field').hidden ? '' : byId('pin').value.trim() });
    } catch (problem) {
      this.#problem = problem;
    }
    this.#isJoining = false;
    this.#update();
    if (this.#problem) this.#pointAt(this.#problem);
  }

  /** Puts the focus where something can be done about it. */
  #pointAt({ code }) {
    const isPin = code === 'pin_required' || code === 'wrong_pin';
    if (isPin) show(byId('pin-field'), true);
    if (code === 'wrong_pin') byId('pin').setAttribute('aria-invalid', 'true');
    byId(isPin ? 'pin' : 'join').focus();
    if (isPin) byId('pin').select();
  }

  #showLevel(level) {
    const isHeard = level > 0 && !this.devices.isMuted;
    byId('lobby-level').firstElementChild.style.transform = `scaleX(${isHeard ? level.toFixed(2) : 0})`;
    byId('lobby-level').setAttribute('aria-valuenow', isHeard ? Math.round(level * 10) * 10 : 0);
  }

  #whyNot() {
    const { microphone, camera } = this.devices.problems;
    if (!canCapture()) return text(window.isSecureContext ? 'old_browser' : 'insecure');
    if (microphone && microphone === camera && microphone !== 'busy') return text(`both_${microphone}`);
    return [microphone && text(`microphone_${microphone}`), camera && text(`camera_${camera}`)].filter(Boolean).join(' ');
  }

  #update() {
    if (!this.#isOpen) return;
    const { devices } = this;
    setText(byId('lobby-title'), text('title', { room: this.room }));
    const preview = byId('preview');
    if ((preview.srcObject?.getTracks()[0] ?? null) !== devices.camera)
      preview.srcObject = devices.camera && new MediaStream([devices.camera]);
    show(preview, Boolean(devices.camera));
    show(byId('preview-text'), !devices.camera);
    const isWaiting = devices.isAsking && !devices.microphone;
    setText(byId('preview-text'), text(isWaiting ? 'preview_wait' : devices.problems.camera ? 'preview_none' : 'preview_off'));
    this.#meter.listen(devices.microphone);
    showToggle(byId('lobby-mute'), { isOff: devices.isMuted || Boolean(devices.problems.microphone), icon: 'mic', title: 'mute', problem: devices.problems.microphone });
    showToggle(byId('lobby-camera'), { isOff: !devices.camera, icon: 'camera', title: 'camera', problem: devices.problems.camera });
    this.#updateDoor(isWaiting);
  }

  #updateDoor(isWaiting) {
    const why = this.canCall ? this.#whyNot() : '';
    show(byId('device-problem'), Boolean(why) && !isWaiting);
    setText(byId('device-problem-text'), why);
    show(byId('device-again'), canCapture());
    const isListener = !this.devices.microphone && !isWaiting;
    setText(byId('join'), text(this.#isJoining ? 'joining' : isListener ? 'join_listening' : 'join'));
    byId('join').disabled = this.#isJoining || !this.canCall;
    const problem = this.canCall ? this.#problem && explain(this.#problem) : text('old_browser');
    show(byId('join-problem'), Boolean(problem));
    setText(byId('join-problem'), problem ?? '');
  }
}

/** A button for microphone or camera: pressed is off. Also used in the room. */
export function showToggle(button, { isOff, icon, title, problem = null }) {
  press(button, isOff);
  button.classList.toggle('is-missing', Boolean(problem));
  setIcon(button.querySelector('[data-icon]'), isOff ? `${icon}_off` : icon);
  button.title = problem ? text(`${icon === 'mic' ? 'microphone' : 'camera'}_${problem}`) : text(`${title}_${isOff ? 'off' : 'on'}`);
}
