/**
 * The list of my rooms: favourites in the order that I gave them, then the others, latest activity first, then the
 * archive. Arrow keys move in it.
 */

import { fill, h, keyed, setData, setText } from '../lib/dom.js';
import { badgeOf, isMuted } from '../lib/attention.js';
import { icon } from '../lib/icons.js';
import { isShortcut } from '../keys.js';
import { oneLine } from '../lib/excerpt.js';
import { filesWords } from '../lib/files.js';
import { isReply } from '../reducers/outbox.js';
import { plural } from '../lib/text.js';
import { listTime } from '../lib/time.js';
import { personName, roomAvatar, roomAvatarKey, roomName } from './names.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Room} Room */

/** @param {State} state */
export function roomsByActivity(state) {
    return Object.values(state.rooms).sort((a, b) => (a.active_at < b.active_at ? 1 : a.active_at > b.active_at ? -1 : a.id < b.id ? 1 : -1));
}

/**
 * The rooms as the list shows them. @param {State} state
 * @returns {{favourites: Room[], others: Room[], archived: Room[]}}
 */
export function roomsInOrder(state) {
    const all = roomsByActivity(state);
    const live = all.filter((room) => !room.archived);
    return {
        favourites: live.filter((room) => room.favourite).sort((a, b) => Number(a.favourite) - Number(b.favourite) || Number(a.id) - Number(b.id)),
        others: live.filter((room) => !room.favourite),
        archived: all.filter((room) => room.archived),
    };
}

/** The last message in a line. @param {App} app @param {Room} room */
function preview(app, room) {
    const { me, outbox } = app.state;
    const waiting = outbox.filter((entry) => entry.room === room.id && !entry.message && (entry.state === 'failed' || !isReply(entry))).pop();
    if (waiting) return `${waiting.state === 'failed' ? 'Not sent' : 'Sending'}: ${oneLine(waiting) || filesWords(waiting.shown ?? [])}`;
    const last = room.last_message;
    if (!last) return 'No messages yet';
    const text = last.damaged ? 'Damaged message' : last.deleted ? 'Deleted message' : oneLine(last) || filesWords(last.files ?? []);
    if (last.sender === me?.id) return `You: ${text}`;
    return room.kind === 'direct' ? text : `${personName(app.people.get(last.sender))}: ${text}`;
}

export class RoomList {
    #app;
    #favourites = h('ul', { class: 'rooms', 'aria-label': 'Favourites' });
    #others = h('ul', { class: 'rooms', 'aria-label': 'Conversations' });
    #archived = h('ul', { class: 'rooms', id: 'rooms-archived', 'aria-label': 'Archive', hidden: true });
    #favouritesHead = h('h2', { class: 'rooms-head', hidden: true }, 'Favourites');
    #othersHead = h('h2', { class: 'rooms-head', hidden: true }, 'Conversations');
    #archivedHead = h('button', { type: 'button', class: 'rooms-head', hidden: true, 'aria-expanded': 'false', 'aria-controls': 'rooms-archived', on: { click: () => this.#fold() } }, icon('archive'), h('span', null, 'Archive'), h('span', { class: 'count' }));
    #list = h('div', null, this.#favouritesHead, this.#favourites, this.#othersHead, this.#others, this.#archivedHead, this.#archived);
    #empty = h('p', { class: 'rooms-empty', hidden: true }, 'No conversations yet. Start one with the + button, or browse the public rooms.');
    node = h('nav', { class: 'room-nav', 'aria-label': 'Conversations' }, this.#list, this.#empty);
    /** @type {WeakMap<HTMLElement, string>} */
    #avatars = new WeakMap();
    #drawn = false;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        this.#list.addEventListener('keydown', (event) => this.#key(event));
    }

    /** @param {State} state @param {State} old */
    render(state, old) {
        if (this.#drawn && state.rooms === old.rooms && state.room === old.room && state.people === old.people
            && state.outbox === old.outbox && state.me === old.me && state.day === old.day) return;
        this.#drawn = true;
        const { favourites, others, archived } = roomsInOrder(state);
        this.#empty.hidden = favourites.length + others.length + archived.length > 0;
        this.#favouritesHead.hidden = favourites.length === 0;
        this.#othersHead.hidden = favourites.length === 0 || others.length === 0;
        this.#archivedHead.hidden = archived.length === 0;
        setText(/** @type {Element} */ (this.#archivedHead.lastElementChild), String(archived.length));
        // The open one is never hidden.
        if (state.rooms[state.room]?.archived && !(state.room === old.room && old.rooms[state.room]?.archived)) this.#fold(true);
        const focused = document.activeElement;
        for (const [list, rooms] of /** @type {[HTMLElement, Room[]][]} */ ([[this.#favourites, favourites], [this.#others, others], [this.#archived, archived]])) {
            keyed(list, rooms, {
                key: (room) => room.id,
                make: (room) => this.#make(room),
                update: (node, room) => this.#update(node, room),
            });
        }
        if (focused instanceof HTMLElement && focused !== document.activeElement && this.#list.contains(focused)) focused.focus();
        const links = this.#links;
        const stop = links.find((link) => link === document.activeElement) ?? links.find((link) => link.hasAttribute('aria-current')) ?? links[0];
        for (const link of links) link.tabIndex = link === stop ? 0 : -1;
    }

    /** Shows the archive, or hides it again. @param {boolean} [open] */
    #fold(open = this.#archived.hidden) {
        this.#archived.hidden = !open;
        this.#archivedHead.setAttribute('aria-expanded', String(open));
    }

    get #links() {
        return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll('ul:not([hidden]) a')]);
    }

    /** @param {Room} room */
    #make(room) {
        const node = h('li', null, h('a', { class: 'room-link', href: `#/room/${room.id}` },
            h('span', { class: 'slot' }),
            h('span', { class: 'room-text' },
                h('span', { class: 'room-line' }, h('span', { class: 'room-name', dir: 'auto' }), h('time', { class: 'room-time' })),
                h('span', { class: 'room-line' }, h('span', { class: 'room-preview', dir: 'auto' }), h('span', { class: 'room-muted', role: 'img', 'aria-label': 'Muted', hidden: true }, icon('belloff')), h('span', { class: 'badge means', role: 'img', hidden: true }), h('span', { class: 'badge count', hidden: true })))));
        this.#update(node, room);
        return node;
    }

    /** @param {HTMLElement} node @param {Room} room */
    #update(node, room) {
        const app = this.#app;
        const link = /** @type {HTMLElement} */ (node.firstElementChild);
        const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (link.querySelector(name));
        const avatar = roomAvatarKey(app, room);
        if (this.#avatars.get(node) !== avatar) {
            this.#avatars.set(node, avatar);
            fill(find('.slot'), roomAvatar(app, room));
        }
        setText(find('.room-name'), roomName(app, room));
        setText(find('.room-time'), listTime(room.active_at));
        setText(find('.room-preview'), preview(app, room));
        const badge = find('.badge.count');
        const { count, mentions } = badgeOf(room);
        // Where only mentions count, one number says it all.
        badge.hidden = count === 0 || (room.notify === 'mentions' && count === room.mentions);
        setText(badge, count > 99 ? '99+' : String(count));
        badge.setAttribute('role', 'img');
        badge.setAttribute('aria-label', plural(count, 'unread message', 'unread messages'));
        const means = find('.badge.means');
        means.hidden = !mentions;
        setText(means, `@${room.mentions > 99 ? '99+' : room.mentions}`);
        means.setAttribute('aria-label', `${plural(room.mentions, 'mention', 'mentions')} of you`);
        const muted = isMuted(room);
        find('.room-muted').hidden = !muted;
        setData(link, { unread: room.unread > 0 ? 'yes' : undefined, muted: muted ? 'yes' : undefined, room: room.id });
        if (app.state.room === room.id) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
    }

    /** Opens the conversation above or below the open one. @param {1 | -1} way @param {boolean} unread  only those with something new */
    step(way, unread) {
        const { favourites, others } = roomsInOrder(this.#app.state);
        const rooms = [...favourites, ...others];
        const at = rooms.findIndex(({ id }) => id === this.#app.state.room);
        const order = way > 0 ? rooms.slice(at + 1) : rooms.slice(0, Math.max(0, at)).reverse();
        const next = order.find((room) => !unread || room.unread > 0);
        if (next) this.#app.rooms.open(next.id);
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        if (!isShortcut(event, 'rooms-move')) return;
        const links = this.#links;
        const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
        const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
        if (target === undefined) return;
        event.preventDefault();
        const next = links[Math.max(0, Math.min(links.length - 1, target))];
        for (const link of links) link.tabIndex = link === next ? 0 : -1;
        next?.focus();
    }
}
