/** The list of my rooms, latest activity first. Arrow keys move in it. */

import { fill, h, keyed, setData, setText } from '../lib/dom.js';
import { isShortcut } from '../keys.js';
import { filesWords } from '../lib/files.js';
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

/** The last message in a line. @param {App} app @param {Room} room */
function preview(app, room) {
    const { me, outbox } = app.state;
    const waiting = outbox.filter((entry) => entry.room === room.id && !entry.message).pop();
    if (waiting) return `${waiting.state === 'failed' ? 'Not sent' : 'Sending'}: ${oneLine(waiting.text) || filesWords(waiting.shown ?? [])}`;
    const last = room.last_message;
    if (!last) return 'No messages yet';
    const text = last.damaged ? 'Damaged message' : last.deleted ? 'Deleted message' : oneLine(last.text ?? '') || filesWords(last.files ?? []);
    if (last.sender === me?.id) return `You: ${text}`;
    return room.kind === 'direct' ? text : `${personName(app.people.get(last.sender))}: ${text}`;
}

/** @param {string} text */
function oneLine(text) {
    return text.slice(0, 160).replace(/\s+/gu, ' ');
}

export class RoomList {
    #app;
    #list = h('ul', { class: 'rooms', 'aria-label': 'Conversations' });
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
        const rooms = roomsByActivity(state);
        this.#empty.hidden = rooms.length > 0;
        const focused = document.activeElement;
        keyed(this.#list, rooms, {
            key: (room) => room.id,
            make: (room) => this.#make(room),
            update: (node, room) => this.#update(node, room),
        });
        if (focused instanceof HTMLElement && focused !== document.activeElement && this.#list.contains(focused)) focused.focus();
        const links = this.#links;
        const stop = links.find((link) => link === document.activeElement) ?? links.find((link) => link.hasAttribute('aria-current')) ?? links[0];
        for (const link of links) link.tabIndex = link === stop ? 0 : -1;
    }

    get #links() {
        return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll('a')]);
    }

    /** @param {Room} room */
    #make(room) {
        const node = h('li', null, h('a', { class: 'room-link', href: `#/room/${room.id}` },
            h('span', { class: 'slot' }),
            h('span', { class: 'room-text' },
                h('span', { class: 'room-line' }, h('span', { class: 'room-name', dir: 'auto' }), h('time', { class: 'room-time' })),
                h('span', { class: 'room-line' }, h('span', { class: 'room-preview', dir: 'auto' }), h('span', { class: 'badge', hidden: true })))));
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
        const badge = find('.badge');
        badge.hidden = room.unread === 0;
        setText(badge, room.unread > 99 ? '99+' : String(room.unread));
        badge.setAttribute('aria-label', plural(room.unread, 'unread message', 'unread messages'));
        setData(link, { unread: room.unread > 0 ? 'yes' : undefined, room: room.id });
        if (app.state.room === room.id) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
    }

    /** Opens the conversation above or below the open one. @param {1 | -1} way @param {boolean} unread  only those with something new */
    step(way, unread) {
        const rooms = roomsByActivity(this.#app.state);
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
