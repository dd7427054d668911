/** Going to what was said on a day. */

import { h } from '../lib/dom.js';
import { field, openDialog, valueOf, workForm } from './dialog.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Room} Room */

/** "2026-11-20", here. @param {Date} date */
export function isoDay(date) {
    const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The beginning of that day here. @param {string} day @returns {Date | null} */
export function dayStart(day) {
    const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
    if (!parts) return null;
    const date = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
    return isoDay(date) === day ? date : null;
}

/** @param {App} app @param {Room} room @param {string} [at]  a moment of the day to begin with */
export function jumpDialog(app, room, at = new Date().toISOString()) {
    const today = new Date();
    const input = h('input', { type: 'date', name: 'day', value: isoDay(new Date(at)), max: isoDay(today), min: isoDay(new Date(room.created_at)) });
    const days = /** @type {[string, number][]} */ ([['Today', 0], ['Yesterday', 1], ['A week ago', 7], ['A month ago', 30]]);
    const go = async (/** @type {Date} */ date) => {
        await app.history.jump(room.id, date);
        dialog.close();
    };
    const form = workForm({
        submit: 'Go there', cancel: () => dialog.close(),
        async run(data) {
            const date = dayStart(valueOf(data, 'day'));
            if (!date) throw new Error('Please give a day.');
            await go(date);
        },
    },
    field('Day', input),
    h('div', { class: 'chips' }, ...days.map(([label, ago]) => h('button', {
        type: 'button', class: 'chip plain', on: {
            click: () => {
                input.value = isoDay(new Date(today.getFullYear(), today.getMonth(), today.getDate() - ago));
                form.requestSubmit();
            },
        },
    }, label))));
    const dialog = openDialog({ title: 'Go to a day' }, form);
}
