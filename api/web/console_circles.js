/*
 * console_circles.js - who says something to which circles of a room, and who hears which, in one table.
 *
 *   openCircles(client, 'blue');
 *
 * A circle is there while somebody names it; all are in "main" if nothing else is said.
 */
import { make } from './dom.js';
import { part } from './console_client.js';
import { attempt, explainProblem, openDialog } from './console_say.js';
import { text } from './text.js';

const nameOf = (person) => person.display_name || person.uri;
const circlesOf = (value) => value.split(',').map((one) => one.trim()).filter(Boolean);

function field(client, path, person, member) {
  const before = (person[member] ?? []).join(', ');
  const input = make('input', { type: 'text', spellcheck: 'false', value: before, 'aria-label': `${text(`field_${member}`)}: ${nameOf(person)}`, 'data-member': member });
  input.addEventListener('change', async () => {
    const isTaken = await attempt(() => client.patch(`${path}/${part(person.id)}`, { [member]: circlesOf(input.value) }), text('said_done'));
    if (!isTaken) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  });
  return make('td', { 'data-name': text(`field_${member}`) }, [input]);
}

export async function openCircles(client, room) {
  const path = `/rooms/${part(room)}/participants`;
  const body = make('div', { class: 'rows' });
  openDialog(text('circles'), make('p', { class: 'soft', text: text('circles_hint') }), body).classList.add('wide');
  try {
    const people = await client.all(path);
    const head = make('tr', {}, ['field_name', 'field_says', 'field_hears'].map((word) => make('th', { scope: 'col', text: text(word) })));
    const rows = people.map((person) => make('tr', {}, [make('td', { text: nameOf(person) }), field(client, path, person, 'says'), field(client, path, person, 'hears')]));
    body.append(people.length ? make('table', {}, [make('thead', {}, [head]), make('tbody', {}, rows)]) : make('p', { class: 'empty', text: text('empty_people', { room }) }));
  } catch (problem) {
    body.append(make('p', { class: 'problem', role: 'alert', text: explainProblem(problem) }));
  }
}
