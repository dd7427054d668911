/** One message as an element. It is updated in place, so that a screen reader hears it only once. */

import { fill, h, setData, setText } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { linkify } from '../lib/linkify.js';
import { calm } from '../lib/text.js';
import { clock, full } from '../lib/time.js';
import { filesView } from './files.js';
import { markdown } from './markdown.js';
import { personAvatar, personName } from './names.js';
import { drawFlags, drawReactions, drawSeen, namesPeople } from './messagemarks.js';
import { drawThreadFoot } from './threadfoot.js';

let count = 0;

/** @typedef {import('../types.js').Person} Person */
/** @typedef {import('./rows.js').MessageRow} MessageRow */
/** @typedef {{person: Person, me: string, retry: (id: string) => void, discard: (id: string) => void,
 *   marks?: import('./messagemarks.js').MarksAround, thread?: import('./threadfoot.js').ThreadAround, people?: object, poll?: (row: MessageRow) => HTMLElement | null}} Around
 *   `people`: all that are known; when it is another object, names may have come */

/** @type {WeakMap<HTMLElement, {row: MessageRow, person: Person, people?: object}>} */
const drawn = new WeakMap();

/** @param {MessageRow} row @param {Around} around */
function body(row, around) {
    if (row.damaged) return [h('em', { class: 'absent' }, icon('alert'), 'This message is damaged and cannot be shown.')];
    if (row.deleted || row.text === null) return [h('em', { class: 'absent' }, icon('bin'), 'This message was deleted.')];
    if (row.nodes) return markdown(row.nodes, { me: around.me });
    return linkify(calm(row.text)).map(({ text, href }) => (href
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
    const node = h('div', { class: 'msg', role: 'article', tabIndex: -1, 'aria-labelledby': `${id}-who ${id}-text ${id}-time ${id}-flags` },
        h('span', { class: 'msg-avatar' }),
        h('div', { class: 'msg-main' },
            h('div', { class: 'msg-meta' }, h('span', { class: 'who', dir: 'auto', id: `${id}-who` }), h('time', { id: `${id}-time` })),
            h('div', { class: 'bubble' }, h('div', { class: 'text', dir: 'auto', id: `${id}-text` }), h('div', { class: 'flags', id: `${id}-flags`, 'aria-live': 'off' })),
            h('div', { class: 'files' }),
            h('div', { class: 'fate' }),
            h('div', { class: 'reactions', role: 'group', 'aria-label': 'Reactions', 'aria-live': 'off', hidden: true }),
            h('div', { class: 'msg-thread' }),
            h('div', { class: 'seen', 'aria-live': 'off' })));
    updateMessage(node, row, around);
    return node;
}

/** @param {HTMLElement} node @param {MessageRow} row @param {Around} around */
export function updateMessage(node, row, around) {
    const old = drawn.get(node);
    const { person } = around;
    const renamed = old?.people !== around.people;
    if (old && old.person === person && sameRow(old.row, row) && !(renamed && namesPeople(row))) return;
    drawn.set(node, { row, person, people: around.people });
    setData(node, {
        seq: row.seq || undefined, clientId: row.clientId, state: row.state,
        own: row.own ? 'yes' : undefined, means: row.means ? 'yes' : undefined, busy: row.busy ? 'yes' : undefined, editing: row.editing === undefined ? undefined : 'yes', head: row.head ? 'yes' : undefined, tail: row.tail ? 'yes' : undefined,
    });
    const [avatar, main] = /** @type {HTMLElement[]} */ ([...node.children]);
    const [meta, bubble, files, below, reactions, thread, seen] = /** @type {HTMLElement[]} */ ([...main.children]);
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
    if (!old ? row.poll : Boolean(old.row.poll) !== Boolean(row.poll) || (row.poll && old.row.seq !== row.seq)) {
        bubble.querySelector('.poll')?.remove();
        bubble.append(around.poll?.(row) ?? '');
    }
    if (!sameFiles(old?.row.files, row.files)) fill(files, ...filesView(row.files ?? []));
    if (!old ? row.state !== 'sent' : old.row.state !== row.state || old.row.reason !== row.reason) {
        fill(below, ...fate(row, around));
    }
    if (!old || old.row.edited !== row.edited || old.row.pinned !== row.pinned || old.row.saved !== row.saved || old.row.busy !== row.busy) {
        drawFlags(/** @type {HTMLElement} */ (bubble.children[1]), row);
    }
    if (around.marks) drawMarks(node, row, old?.row, around.marks, renamed, reactions, seen);
    if (!old || old.row.replies !== row.replies || old.row.thread !== row.thread || old.row.seq !== row.seq || (renamed && row.replies)) drawThreadFoot(thread, row, around.thread);
}

/**
 * @param {HTMLElement} node @param {MessageRow} row @param {MessageRow | undefined} old @param {import('./messagemarks.js').MarksAround} around
 * @param {boolean} renamed  people may be called otherwise now @param {HTMLElement} reactions @param {HTMLElement} seen
 */
function drawMarks(node, row, old, around, renamed, reactions, seen) {
    if (!old ? row.reactions : old.reactions !== row.reactions || old.seq !== row.seq || renamed) drawReactions(reactions, row, around);
    if (!old ? row.seen : old.seen !== row.seen || renamed) drawSeen(seen, row, around);
    const bubble = /** @type {HTMLElement} */ (node.querySelector('.bubble'));
    if (old?.editing !== row.editing) {
        bubble.querySelector('.edit-form')?.remove();
        if (row.editing !== undefined) bubble.append(around.editor(row));
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
