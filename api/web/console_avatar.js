/*
 * console_avatar.js - what is shown where somebody's picture would be: seen, replaced, removed.
 *
 *   openDialog(name, avatarBox(client, `/rooms/blue/participants/${id}`));
 */
import { make, show } from './dom.js';
import { attempt } from './console_say.js';
import { text } from './text.js';

export function avatarBox(client, path) {
  const image = make('img', { class: 'avatar-shown', alt: text('avatar'), hidden: '' });
  const none = make('p', { class: 'empty', text: text('empty_avatar') });
  const input = make('input', { type: 'file', accept: 'image/png,image/jpeg', 'aria-label': text('avatar_choose'), id: 'avatar-input' });
  const remove = make('button', { type: 'button', class: 'plain danger', text: text('remove'), 'aria-label': `${text('remove')}: ${text('avatar')}` });
  const look = async () => {
    const bytes = await client.blob(`${path}/avatar`).catch(() => null);
    if (image.src) URL.revokeObjectURL(image.src);
    if (bytes) image.src = URL.createObjectURL(bytes);
    else image.removeAttribute('src');
    show(image, Boolean(bytes));
    show(none, !bytes);
    show(remove, Boolean(bytes));
  };
  input.addEventListener('change', async () => {
    const [file] = input.files;
    if (file) await attempt(() => client.put(`${path}/avatar`, file), text('said_done'));
    input.value = '';
    look();
  });
  remove.addEventListener('click', async () => {
    await attempt(() => client.remove(`${path}/avatar`), text('said_removed'));
    look();
    input.focus();
  });
  look();
  return make('section', { class: 'avatar-box' }, [make('h3', { text: text('avatar') }), image, none, input, remove]);
}
