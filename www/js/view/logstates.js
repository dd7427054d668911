/** What stands in the place of messages: while they load, when that failed, when there are none. */

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { roomAvatar, roomName } from './names.js';

const SKELETONS = ['long', 'short', 'medium', 'own', 'medium', 'own short', 'long'];

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Room} Room */

export function loadingLog() {
    return h('div', { class: 'skeletons', role: 'status', 'aria-label': 'Loading messages' },
        ...SKELETONS.map((kind) => h('div', { class: `skeleton ${kind}` })));
}

/** @param {string} error @param {() => void} retry */
export function failedLog(error, retry) {
    return h('div', { class: 'panel', role: 'alert' },
        h('span', { class: 'panel-icon bad' }, icon('alert')),
        h('h2', null, 'The messages could not be loaded'),
        h('p', null, error),
        h('button', { type: 'button', class: 'button', on: { click: retry } }, 'Retry'));
}

/** @param {App} app @param {Room} room */
export function emptyLog(app, room) {
    const direct = room.kind === 'direct';
    return h('div', { class: 'panel' },
        roomAvatar(app, room, 'huge'),
        h('h2', { dir: 'auto' }, direct ? roomName(app, room) : `Welcome to ${room.name}`),
        h('p', null, direct ? 'This is the beginning of your conversation. Say hello!'
            : 'Nothing has been said here yet. The first message is yours.'));
}
