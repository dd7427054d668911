/** What a room is: its name, topic and description, who may find and read it, what it tells; and its archive. */

import { h } from '../lib/dom.js';
import { plural } from '../lib/text.js';
import { full } from '../lib/time.js';
import { checkField, confirmDialog, field, openDialog, valueOf, workForm } from './dialog.js';
import { roomAvatar, roomName } from './names.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Room} Room */

/** @param {Room} room */
const kindOf = (room) => (room.kind === 'channel' ? 'Channel' : 'Group');

/** @param {App} app @param {Room} room */
function head(app, room) {
    return h('div', { class: 'profile-top' }, roomAvatar(app, room, 'huge'),
        h('p', { class: 'faint' }, `${room.visibility === 'public' ? 'Public' : 'Private'} ${kindOf(room).toLowerCase()} · ${plural(room.members, 'person', 'people')}`, h('br', null), `Since ${full(room.created_at)}`));
}

/** @param {App} app @param {Room} room */
export function roomSettingsDialog(app, room) {
    const form = workForm({
        submit: 'Save', cancel: () => dialog.close(),
        async run(data) {
            const flag = (/** @type {string} */ name) => valueOf(data, name) !== '';
            /** @type {Partial<Room>} */
            const now = {
                name: valueOf(data, 'name').trim(), topic: valueOf(data, 'topic').trim(), description: valueOf(data, 'description').trim(),
                visibility: flag('visibility') ? 'public' : 'private', history_open: flag('history_open'), notices: flag('notices'), receipts: flag('receipts'),
            };
            // Only what is different is said: two people may be at it at the same time.
            const change = Object.fromEntries(Object.entries(now).filter(([key, value]) => room[/** @type {keyof Room} */ (key)] !== value));
            if (Object.keys(change).length) await app.rooms.change(room.id, change);
            dialog.close();
        },
    },
    field('Name', h('input', { type: 'text', name: 'name', dir: 'auto', maxlength: 160, autocomplete: 'off', value: room.name })),
    field('Topic', h('input', { type: 'text', name: 'topic', dir: 'auto', maxlength: 500, autocomplete: 'off', value: room.topic ?? '' }), 'A line beside the name: what it is about just now.'),
    field('Description', h('textarea', { name: 'description', dir: 'auto', rows: 3, maxlength: 2000, value: room.description ?? '' }), 'What the room is for. Who looks for a room sees it.'),
    h('fieldset', { class: 'choices' }, h('legend', { class: 'label' }, 'Who'),
        checkField('visibility', 'Public', 'Everybody here can find it and join.', room.visibility === 'public'),
        checkField('history_open', 'Open history', 'Those who join later can read what was said before.', room.history_open)),
    h('fieldset', { class: 'choices' }, h('legend', { class: 'label' }, 'What it tells'),
        checkField('notices', 'Comings and goings', 'Who joined, left or changed something stands between the messages.', room.notices ?? true),
        checkField('receipts', 'Who has read', 'The last messages show who has seen them.', room.receipts ?? true)));
    const dialog = openDialog({ title: `${kindOf(room)} settings`, wide: true }, head(app, room), form);
}

/** @param {App} app @param {Room} room */
export function archiveDialog(app, room) {
    confirmDialog({
        title: `Archive ${roomName(app, room)}?`, submit: 'Archive for everybody',
        text: 'It moves to the archive for everybody: it can be read and searched, and nothing is written any more. You can take it out again.',
        run: () => app.rooms.change(room.id, { archived: true }),
    });
}
