/** The dialogs of a classroom: its desks in rows, and a poll for any room. */

import { h } from '../lib/dom.js';
import { uuid7 } from '../lib/uuid.js';
import { checkField, field, openDialog, valueOf, workForm } from './dialog.js';

const CHOICES = 8;

/** @typedef {import('../app.js').App} App */

/** @param {string} name @param {number} value @param {number} most */
const number = (name, value, most) => h('input', { type: 'number', name, min: 1, max: most, value: String(value), required: true, inputmode: 'numeric' });

/** @param {App} app */
export function floorDialog(app) {
    const form = workForm({
        submit: 'Set up', cancel: () => dialog.close(),
        async run(data) {
            await app.class.floor({ rows: Number(valueOf(data, 'rows')), columns: Number(valueOf(data, 'columns')), seats: Number(valueOf(data, 'seats')) });
            dialog.close();
        },
    },
    field('Rows', number('rows', 4, 14)), field('Desks in a row', number('columns', 4, 14)),
    field('Seats at a desk', number('seats', 2, 8), 'Those who sit stay where they are, as far as their desk and seat are still there.'));
    const dialog = openDialog({ title: 'Desks in rows' }, form);
}

/** @param {App} app @param {string} room */
export function pollDialog(app, room) {
    const clientId = uuid7();
    const inputs = Array.from({ length: CHOICES }, (_, i) => h('input', { type: 'text', name: `choice${i}`, maxlength: 100, autocomplete: 'off', dir: 'auto', 'aria-label': `Choice ${i + 1}`, placeholder: i < 2 ? `Choice ${i + 1}` : 'Another, if you like' }));
    const form = workForm({
        submit: 'Ask', cancel: () => dialog.close(),
        async run(data) {
            const choices = inputs.map((input) => input.value.trim()).filter(Boolean);
            await app.api.call('POST', `/api/rooms/${room}/messages`, { body: { client_id: clientId, text: valueOf(data, 'text'), choices, anonymous: valueOf(data, 'anonymous') !== '' } });
            dialog.close();
        },
    },
    field('Question', h('textarea', { name: 'text', rows: 2, dir: 'auto', autofocus: true })),
    h('div', { class: 'field', dataset: { field: 'choices' } }, h('span', { class: 'label' }, 'Choices'), ...inputs, h('p', { class: 'problem', role: 'alert' })),
    checkField('anonymous', 'Anonymous', 'Nobody sees who chose what.', false));
    const dialog = openDialog({ title: 'New poll' }, form);
}

/** How I am called in this room for as long as I am in it. @param {App} app @param {string} room */
export function nameDialog(app, room) {
    const shown = app.state.inside[room]?.shown[app.state.me?.id ?? '']?.name ?? '';
    const form = workForm({
        submit: 'Use it', cancel: () => dialog.close(),
        async run(data) {
            app.hub.post({ t: 'show', room, show: { name: valueOf(data, 'name').trim() || null } });
            dialog.close();
        },
    }, field('Name', h('input', { type: 'text', name: 'name', maxlength: 64, autocomplete: 'off', dir: 'auto', value: shown }), 'Everybody in the room sees it while you are here. Empty: your own name again.'));
    const dialog = openDialog({ title: 'Your name in this room' }, form);
}
