/** Who has reacted with what, in full: where there is no mouse to point with, and where names do not fit a hint. */

import { h } from '../lib/dom.js';
import { plural } from '../lib/text.js';
import { openDialog } from './dialog.js';
import { personAvatar, personName } from './names.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Message} Message */

/** @param {App} app @param {Message} message */
export function reactorsDialog(app, message) {
    const me = app.state.me?.id;
    openDialog({ title: 'Reactions' }, ...(message.reactions ?? []).map(({ emoji, count, people }) => h('section', { class: 'reactors', 'aria-label': `${emoji}, ${plural(count, 'person', 'people')}` },
        h('h3', null, h('span', { class: 'reaction-emoji' }, emoji), String(count)),
        h('ul', null, ...people.map((id) => {
            const person = app.people.get(id);
            return h('li', null, personAvatar(person, 'tiny'), h('span', { dir: 'auto' }, personName(person)), id === me && h('span', { class: 'faint' }, '(you)'));
        })),
        count > people.length && h('p', { class: 'faint' }, `and ${plural(count - people.length, 'other', 'others')}`))));
}
