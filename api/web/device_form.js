/*
 * device_form.js - the choice of microphone, camera and speaker, before the call and in it.
 *
 *   const form = new DeviceForm(byId('lobby-devices'), devices);     follows the devices by itself
 *   form.translate();
 */
import { make, show } from './dom.js';
import { drawIcons } from './icons.js';
import { canChooseSpeaker } from './devices.js';
import { recall } from './store.js';
import { text } from './text.js';

const KINDS = [
  { kind: 'microphone', icon: 'mic', none: 'no_microphone' },
  { kind: 'camera', icon: 'camera', none: 'no_camera' },
  { kind: 'speaker', icon: 'speaker', none: 'device_default' },
];

export class DeviceForm {
  #selects = new Map();

  constructor(root, devices) {
    this.devices = devices;
    for (const { kind, icon } of KINDS) this.#addSelect(root, kind, icon);
    this.#addOriginal(root);
    drawIcons(root);
    devices.addEventListener('change', () => this.#fill());
    this.#fill();
  }

  #addSelect(root, kind, icon) {
    const select = make('select', { id: `${root.id}-${kind}` });
    select.addEventListener('change', () => this.devices.choose(kind, select.value));
    const label = make('label', { for: select.id }, [make('span', { 'data-icon': icon }), make('span', { 'data-text': kind })]);
    const field = make('div', { class: 'field device' }, [label, select]);
    this.#selects.set(kind, { select, field });
    root.append(field);
  }

  #addOriginal(root) {
    this.original = make('input', { type: 'checkbox', id: `${root.id}-original`, 'aria-describedby': `${root.id}-original-hint` });
    this.original.addEventListener('change', () => this.devices.setOriginal(this.original.checked));
    root.append(make('div', { class: 'field check' }, [
      this.original, make('label', { for: this.original.id, 'data-text': 'original' }),
      make('small', { id: `${root.id}-original-hint`, 'data-text': 'original_hint' }),
    ]));
  }

  #fill() {
    for (const { kind, none } of KINDS) {
      const { select, field } = this.#selects.get(kind);
      show(field, kind !== 'speaker' || canChooseSpeaker());
      const devices = this.devices.lists[kind];
      const options = devices.map(({ deviceId, label }, i) => ({
        value: deviceId, label: label || text('device_number', { kind: text(kind), number: i + 1 }),
      }));
      if (!options.length) options.push({ value: '', label: text(none) });
      const wanted = JSON.stringify(options);
      if (select.dataset.filled !== wanted) {
        select.replaceChildren(...options.map(({ value, label }) => make('option', { value, text: label })));
        select.dataset.filled = wanted;
      }
      const chosen = this.devices.chosen(kind);
      select.value = options.some(({ value }) => value === chosen) ? chosen : options[0].value;
      select.disabled = !devices.length;
    }
    this.original.checked = recall('original', false);
  }

  translate() {
    this.#fill();
  }
}
