/** What a message in the log tells of its thread: how many replies there are below it, or that it is one itself. */

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { plural } from '../lib/text.js';
import { full, since } from '../lib/time.js';
import { unreadReplies } from '../reducers/marks.js';
import { personAvatar } from './names.js';

const MINUTE_MS = 60_000;

/** @typedef {import('./rows.js').MessageRow} MessageRow */
/** @typedef {import('../types.js').Person} Person */
/**
 * @typedef {{open: (seq: number, at?: number) => void, person: (id: string) => Person, said: (seq: number) => string, inside: boolean}} ThreadAround
 *   `inside`: the message stands in the thread itself; `said`: what a reply answers, in a few words
 */

// "5 minutes ago" is another text a minute later.
if (typeof document === 'object') {
    setInterval(() => {
        for (const time of document.querySelectorAll('.thread-foot time')) fill(time, lastly(/** @type {HTMLTimeElement} */ (time).dateTime));
    }, MINUTE_MS);
}

/** @param {string} at */
function lastly(at) {
    const words = since(at);
    return words === 'just now' ? words : `last ${words}`;
}

/** @param {MessageRow} row @param {ThreadAround} around */
function below({ seq, replies }, { open, person }) {
    if (!replies || replies.count < 1) return [];
    const unread = unreadReplies(replies);
    return [h('button', { type: 'button', class: 'thread-foot', dataset: { unread: unread > 0 ? 'yes' : undefined }, on: { click: () => open(seq) } },
        h('span', { class: 'faces' }, ...replies.people.map((id) => personAvatar(person(id), 'tiny'))),
        h('span', { class: 'thread-count' }, plural(replies.count, 'reply', 'replies')),
        unread > 0 && h('span', { class: 'thread-new' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), `${unread} new`),
        h('span', { class: 'thread-last' }, h('time', { datetime: replies.last_at, title: full(replies.last_at) }, lastly(replies.last_at))))];
}

/** @param {HTMLElement} node @param {MessageRow} row @param {ThreadAround | undefined} around */
export function drawThreadFoot(node, row, around) {
    if (!around || row.deleted && !row.replies) fill(node);
    else if (around.inside) fill(node, row.thread > 0 && row.inRoom && h('span', { class: 'thread-ref' }, 'Also sent to the room'));
    else if (row.thread > 0) {
        fill(node, h('button', { type: 'button', class: 'thread-ref', on: { click: () => around.open(row.thread, row.seq) } },
            icon('thread'), h('span', { dir: 'auto' }, around.said(row.thread))));
    } else fill(node, ...below(row, around));
}
