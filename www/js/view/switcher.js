/** Ctrl+K: type a few letters, go there. */

import { fill, h } from '../lib/dom.js';
import { closeDialogs, openDialog } from './dialog.js';
import { roomAvatar, roomName } from './names.js';
import { arrows } from './picker.js';
import { roomsByActivity } from './roomlist.js';

const SHOWN = 12;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Room} Room */

/** Lower case without accents. @param {string} text */
function plain(text) {
    return text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();
}

/** Lower is better; -1: no match. @param {string} name @param {string} query */
export function matchRank(name, query) {
    const hay = plain(name);
    const needle = plain(query.trim());
    if (!needle) return 0;
    if (hay.startsWith(needle)) return 1;
    if (hay.split(/[\s._-]+/u).some((word) => word.startsWith(needle))) return 2;
    if (hay.includes(needle)) return 3;
    let at = -1;
    for (const letter of needle) {
        at = hay.indexOf(letter, at + 1);
        if (at < 0) return -1;
    }
    return 4;
}

/** @param {App} app @param {() => void} opened */
export function openSwitcher(app, opened) {
    closeDialogs();
    const input = h('input', { type: 'search', placeholder: 'Where to?', 'aria-label': 'Find a conversation', autocomplete: 'off' });
    const list = h('div', { class: 'found', role: 'group', 'aria-label': 'Conversations' });

    /** @param {Room} room */
    const option = (room) => h('button', {
        type: 'button', class: 'option',
        on: {
            click: () => {
                dialog.close();
                app.rooms.open(room.id);
                opened();
            },
        },
    }, roomAvatar(app, room, 'small'), h('span', { class: 'option-text' }, h('span', { class: 'option-name', dir: 'auto' }, roomName(app, room))),
    room.unread > 0 && h('span', { class: 'badge' }, room.unread));

    const draw = () => {
        const ranked = roomsByActivity(app.state)
            .map((room) => ({ room, rank: matchRank(roomName(app, room), input.value) }))
            .filter(({ rank }) => rank >= 0)
            .sort((a, b) => a.rank - b.rank)
            .slice(0, SHOWN);
        fill(list, ...(ranked.length ? ranked.map(({ room }) => option(room)) : [h('p', { class: 'found-says' }, 'No conversation is called so.')]));
    };
    input.addEventListener('input', draw);
    draw();
    const body = h('div', { class: 'picker' }, input, list);
    body.addEventListener('keydown', (event) => arrows(event, input, list));
    const dialog = openDialog({ title: 'Go to' }, body);
}
