/** What can be done with the open room: settings, leave, delete. */

import { h } from '../lib/dom.js';
import { checkField, confirmDialog, field, openDialog, valueOf, workForm } from './dialog.js';
import { addPeopleDialog, mayManage } from './people.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Room} Room */
/** @typedef {import('./menu.js').Item} Item */

/** @param {App} app @param {Room} room */
function settingsDialog(app, room) {
    const form = workForm({
        submit: 'Save', cancel: () => dialog.close(),
        async run(data) {
            await app.rooms.change(room.id, {
                name: valueOf(data, 'name').trim(),
                visibility: valueOf(data, 'visibility') ? 'public' : 'private',
                history_open: valueOf(data, 'history_open') !== '',
            });
            dialog.close();
        },
    },
    field('Name', h('input', { type: 'text', name: 'name', dir: 'auto', maxlength: 160, autocomplete: 'off', value: room.name })),
    checkField('visibility', 'Public', 'Everybody here can find it and join.', room.visibility === 'public'),
    checkField('history_open', 'Open history', 'Those who join later can read what was said before.', room.history_open));
    const dialog = openDialog({ title: 'Name and settings' }, form);
}

/** @param {App} app @param {Room} room @param {() => void} showPeople @returns {Item[]} */
export function roomMenu(app, room, showPeople) {
    /** @type {Item[]} */
    const items = [{ label: 'People', icon: 'people', run: showPeople }];
    if (room.kind === 'direct') return items;
    if (mayManage(room)) {
        items.push({ label: 'Add people', icon: 'plus', run: () => addPeopleDialog(app, room) });
        items.push({ label: 'Name and settings', icon: 'pencil', run: () => settingsDialog(app, room) });
    }
    items.push({
        label: 'Leave', icon: 'door',
        run: () => confirmDialog({
            title: `Leave ${room.name}?`, submit: 'Leave',
            text: room.visibility === 'public' ? 'You can join again at any time.' : 'Somebody in it has to add you if you want to come back.',
            run: () => app.rooms.leave(room.id),
        }),
    });
    if (room.role === 'owner') {
        items.push({
            label: 'Delete', icon: 'bin', danger: true,
            run: () => confirmDialog({
                title: `Delete ${room.name}?`, submit: 'Delete for everybody',
                text: 'All its messages go, for everybody. This cannot be undone.',
                run: () => app.rooms.remove(room.id),
            }),
        });
    }
    return items;
}
