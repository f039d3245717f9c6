/*
 * console_say.js - what has happened, in words; and questions before what cannot be undone.
 *
 *   await attempt(() => client.remove(path), text('said_deleted'));     false: it was refused, and that was said
 *   if (await confirmed(text('ask_delete', { name }))) ...
 *   const dialog = openDialog(text('new_room'), form.element);  dialog.close();
 */
import { make } from './dom.js';
import { setIcon } from './icons.js';
import { say } from './notices.js';
import { has, text } from './text.js';

/** A code that has no words here is said as it came. */
export const explainProblem = (problem) => (has(`problem_${problem.code}`) ? text(`problem_${problem.code}`) : problem.detail || problem.message);

export async function attempt(act, words) {
  try {
    const result = await act();
    if (words) say(words);
    return result ?? true;
  } catch (problem) {
    say(text('said_failed', { detail: explainProblem(problem) }), { ms: 9000 });
    return false;
  }
}

export function openDialog(title, ...content) {
  const closer = make('button', { type: 'button', class: 'quiet', 'aria-label': text('close') });
  setIcon(closer, 'close');
  const heading = make('h2', { text: title, id: 'dialog-title' });
  const dialog = make('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title' }, [make('header', {}, [heading, closer]), ...content]);
  closer.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function confirmed(question, yes = text('yes')) {
  return new Promise((resolve) => {
    const button = make('button', { type: 'button', class: 'primary danger', text: yes });
    const dialog = openDialog(question, button);
    button.addEventListener('click', () => {
      resolve(true);
      dialog.close();
    });
    dialog.addEventListener('close', () => resolve(false));
  });
}
