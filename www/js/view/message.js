/** One message as an element. It is updated in place, so that a screen reader hears it only once. */

import { fill, h, setData, setText } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { linkify } from '../lib/linkify.js';
import { clock, full } from '../lib/time.js';
import { filesView } from './files.js';
import { markdown } from './markdown.js';
import { personAvatar, personName } from './names.js';

let count = 0;

/** @typedef {import('../types.js').Person} Person */
/** @typedef {import('./rows.js').MessageRow} MessageRow */
/** @typedef {{person: Person, me: string, retry: (id: string) => void, discard: (id: string) => void}} Around */

/** @type {WeakMap<HTMLElement, {row: MessageRow, person: Person}>} */
const drawn = new WeakMap();

/** @param {MessageRow} row @param {Around} around */
function body(row, around) {
    if (row.damaged) return [h('em', { class: 'absent' }, icon('alert'), 'This message is damaged and cannot be shown.')];
    if (row.deleted || row.text === null) return [h('em', { class: 'absent' }, icon('bin'), 'This message was deleted.')];
    if (row.nodes) return markdown(row.nodes, { me: around.me });
    return linkify(row.text).map(({ text, href }) => (href
        ? h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, text) : text));
}

/** @param {MessageRow} row @param {Around} around */
function fate(row, around) {
    if (row.state === 'pending') return [icon('clock'), h('span', { class: 'sr' }, 'Sending…')];
    if (row.state !== 'failed') return [];
    return [
        icon('alert'),
        h('span', { class: 'reason' }, `Not sent: ${row.reason}`),
        h('button', { type: 'button', class: 'link', on: { click: () => around.retry(row.clientId) } }, 'Retry'),
        h('button', { type: 'button', class: 'link', on: { click: () => around.discard(row.clientId) } }, 'Delete'),
    ];
}

/** @param {MessageRow} row @param {Around} around */
export function makeMessage(row, around) {
    const id = `msg-${count += 1}`;
    const node = h('div', { class: 'msg', role: 'article', tabIndex: -1, 'aria-labelledby': `${id}-who ${id}-text ${id}-time` },
        h('span', { class: 'msg-avatar' }),
        h('div', { class: 'msg-main' },
            h('div', { class: 'msg-meta' }, h('span', { class: 'who', dir: 'auto', id: `${id}-who` }), h('time', { id: `${id}-time` })),
            h('div', { class: 'bubble' }, h('div', { class: 'text', dir: 'auto', id: `${id}-text` })),
            h('div', { class: 'files' }),
            h('div', { class: 'fate' })));
    updateMessage(node, row, around);
    return node;
}

/** @param {HTMLElement} node @param {MessageRow} row @param {Around} around */
export function updateMessage(node, row, around) {
    const old = drawn.get(node);
    const { person } = around;
    if (old && old.person === person && sameRow(old.row, row)) return;
    drawn.set(node, { row, person });
    setData(node, {
        seq: row.seq || undefined, clientId: row.clientId, state: row.state,
        own: row.own ? 'yes' : undefined, head: row.head ? 'yes' : undefined, tail: row.tail ? 'yes' : undefined,
    });
    const [avatar, main] = /** @type {HTMLElement[]} */ ([...node.children]);
    const [meta, bubble, files, below] = /** @type {HTMLElement[]} */ ([...main.children]);
    const [who, time] = /** @type {HTMLElement[]} */ ([...meta.children]);
    if (!old || old.person !== person || old.row.head !== row.head) {
        fill(avatar, row.head && !row.own && personAvatar(person));
        setText(who, row.own ? 'You' : personName(person));
        setData(who, { hue: avatar.querySelector('.avatar')?.getAttribute('data-hue') ?? undefined });
    }
    if (!old || old.row.at !== row.at) {
        setText(time, clock(row.at));
        time.setAttribute('datetime', row.at);
        bubble.title = full(row.at);
    }
    if (!old || old.row.text !== row.text || old.row.nodes !== row.nodes || old.row.deleted !== row.deleted || old.row.damaged !== row.damaged) {
        fill(/** @type {HTMLElement} */ (bubble.firstElementChild), ...body(row, around));
        setData(bubble, { big: row.big ? 'yes' : undefined, absent: row.text === null ? 'yes' : undefined, empty: row.text === '' ? 'yes' : undefined });
    }
    if (!sameFiles(old?.row.files, row.files)) fill(files, ...filesView(row.files ?? []));
    if (!old ? row.state !== 'sent' : old.row.state !== row.state || old.row.reason !== row.reason) {
        fill(below, ...fate(row, around));
    }
}

/** They never change: what was drawn while the message was on its way stays. @param {MessageRow['files']} a @param {MessageRow['files']} b */
function sameFiles(a, b) {
    return a === b || (a ?? []).map(({ id }) => id).join() === (b ?? []).map(({ id }) => id).join();
}

/** @param {MessageRow} a @param {MessageRow} b */
function sameRow(a, b) {
    return /** @type {(keyof MessageRow)[]} */ (Object.keys(a)).every((key) => a[key] === b[key]);
}
