/**
 * What stands at a message besides its text: that it was edited, is pinned or saved; the reactions to it; who has
 * read so far. A button for a reaction that is there already adds mine to it, or takes it away.
 */

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { listed } from '../lib/text.js';
import { full } from '../lib/time.js';
import { personAvatar, personName } from './names.js';

const FACES = 5;
const NAMES = 12;

/** @typedef {import('./rows.js').MessageRow} MessageRow */
/** @typedef {import('../types.js').Person} Person */
/** @typedef {import('../types.js').Reaction} Reaction */
/**
 * @typedef {{me: string, person: (id: string) => Person, react: (row: MessageRow, emoji: string, on: boolean) => void,
 *   pick: (row: MessageRow, anchor: HTMLElement) => void, editor: (row: MessageRow) => HTMLElement}} MarksAround
 */

/** "You, Ann and 3 others". @param {string[]} ids @param {number} count @param {MarksAround} around */
function names(ids, count, { me, person }) {
    const order = ids.includes(me) ? [me, ...ids.filter((id) => id !== me)] : ids;
    return listed(order.slice(0, NAMES).map((id) => (id === me ? 'You' : personName(person(id)))), count);
}

/** @param {HTMLElement} node @param {MessageRow} row */
export function drawFlags(node, row) {
    fill(node,
        row.pinned && h('span', { class: 'flag', title: 'Pinned' }, icon('pin'), h('span', { class: 'sr' }, 'Pinned.')),
        row.saved && h('span', { class: 'flag saved', title: 'Saved by you' }, icon('bookmark'), h('span', { class: 'sr' }, 'Saved by you.')),
        row.edited && h('span', { class: 'flag edited', title: `Edited ${full(row.edited)}` }, 'edited'),
        row.busy && h('span', { class: 'flag busy' }, icon('clock'), h('span', { class: 'sr' }, 'Saving…')));
}

/** @param {MessageRow} row @param {Reaction} reaction @param {MarksAround} around */
function reactionButton(row, { emoji, count, mine, people }, around) {
    const who = names(people, count, around);
    return h('button', {
        type: 'button', class: 'reaction', 'aria-pressed': String(mine), 'aria-label': `${emoji} ${count}: ${who}`, title: `${who} reacted with ${emoji}`, dataset: { emoji },
        on: { click: () => around.react(row, emoji, !mine) },
    }, h('span', { class: 'reaction-emoji' }, emoji), h('span', { class: 'reaction-count' }, count));
}

/** @param {HTMLElement} node @param {MessageRow} row @param {MarksAround} around */
export function drawReactions(node, row, around) {
    const list = row.reactions ?? [];
    const focused = node.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.emoji ?? '' : null;
    fill(node, ...list.map((reaction) => reactionButton(row, reaction, around)), list.length > 0 && h('button', {
        type: 'button', class: 'reaction add', 'aria-label': 'Add a reaction', title: 'Add a reaction', 'aria-haspopup': 'dialog', 'aria-expanded': 'false',
        on: { click: (/** @type {MouseEvent} */ event) => around.pick(row, /** @type {HTMLElement} */ (event.currentTarget)) },
    }, icon('smile')));
    node.hidden = list.length === 0;
    if (focused === null) return;
    const again = [...node.children].find((one) => /** @type {HTMLElement} */ (one).dataset.emoji === focused) ?? node.lastElementChild ?? node.closest('.msg');
    /** @type {HTMLElement | null} */ (again)?.focus({ preventScroll: true });
}

/** @param {HTMLElement} node @param {MessageRow} row @param {MarksAround} around */
export function drawSeen(node, row, around) {
    const ids = row.seen ? row.seen.split(' ') : [];
    if (!ids.length) {
        fill(node);
        return;
    }
    const who = `Seen by ${names(ids, ids.length, around)}`;
    fill(node, h('span', { class: 'seen-faces', title: who, role: 'img', 'aria-label': who },
        ...ids.slice(0, FACES).map((id) => personAvatar(around.person(id), 'mini')),
        ids.length > FACES && h('span', { class: 'seen-more' }, `+${ids.length - FACES}`)));
}

/** Are names or faces drawn that may have become known? @param {MessageRow} row */
export function namesPeople(row) {
    return row.reactions !== undefined || row.seen !== '' || row.replies !== undefined;
}
