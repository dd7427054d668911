/** The lists beside the log: threads that I follow, messages that mention me, saved and pinned ones. */

import { fill, h, keyed } from '../lib/dom.js';
import { oneLine } from '../lib/excerpt.js';
import { icon } from '../lib/icons.js';
import { plural } from '../lib/text.js';
import { full, listTime, since } from '../lib/time.js';
import { mayPin } from '../actions/messages.js';
import { listKey } from '../reducers/lists.js';
import { unreadReplies } from '../reducers/marks.js';
import { personAvatar, personName, roomName } from './names.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').PanelState} PanelState */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../lib/icons.js').IconName} IconName */

/** @type {Record<string, {title: string, icon: IconName, nothing: string, hint: string}>} */
export const LIST_WORDS = {
    threads: { title: 'Threads', icon: 'thread', nothing: 'No threads yet', hint: 'Threads that you begin, answer or are mentioned in stand here.' },
    mentions: { title: 'Mentions', icon: 'at', nothing: 'Nobody has mentioned you yet', hint: 'When somebody writes @ and your handle, or @room, it stands here.' },
    saved: { title: 'Saved', icon: 'bookmark', nothing: 'Nothing saved yet', hint: 'Save a message from its menu to come back to it later. Only you see that.' },
    pins: { title: 'Pinned', icon: 'pin', nothing: 'Nothing pinned here', hint: 'Pin a message from its menu, and everybody in the room finds it here.' },
};

/** Unread ones first, each part in the order of the server. @param {Message[]} items */
function unreadFirst(items) {
    const unread = items.filter((message) => unreadReplies(message.replies) > 0);
    return unread.length ? [...unread, ...items.filter((message) => !unread.includes(message))] : items;
}

/** @param {Message} message */
function words(message) {
    if (message.damaged) return h('em', null, 'A damaged message');
    if (message.deleted || message.text === null) return h('em', null, 'This message was deleted');
    return oneLine(message) || h('em', null, message.files?.length ? plural(message.files.length, 'file', 'files') : 'No text');
}

export class ListView {
    #app;
    #list = h('ol', { class: 'items' });
    #says = h('div', { class: 'items-says', role: 'status' });
    #below = h('div', { class: 'items-below' });
    node = h('div', { class: 'panel-scroll' }, this.#says, this.#list, this.#below);
    /** @type {unknown[]} */
    #drawn = [];

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        this.#list.addEventListener('keydown', (event) => this.#key(event));
    }

    /** @param {State} state @param {PanelState} panel */
    render(state, panel) {
        const list = state.lists[listKey(panel)];
        const from = [panel.kind, list, state.people, state.rooms, state.day];
        if (from.length === this.#drawn.length && from.every((one, i) => one === this.#drawn[i])) return;
        if (panel.kind !== this.#drawn[0]) this.node.scrollTop = 0;
        this.#drawn = from;
        const { title, icon: glyph, nothing, hint } = LIST_WORDS[panel.kind];
        this.#list.setAttribute('aria-label', title);
        const again = (/** @type {() => void} */ run) => h('button', { type: 'button', class: 'button', on: { click: run } }, 'Retry');
        const items = (list?.items ?? []).filter((message) => message.room in state.rooms);
        const held = this.node.contains(document.activeElement);
        if (!list || (list.status === 'loading' && !items.length)) {
            fill(this.#says, h('div', { class: 'items-skeleton', 'aria-label': 'Loading' }, ...[1, 2, 3, 4].map(() => h('div', { class: 'skeleton' }))));
        } else if (list.status === 'failed') {
            fill(this.#says, h('div', { class: 'panel' }, h('span', { class: 'panel-icon bad' }, icon('alert')), h('h2', null, 'This could not be loaded'), h('p', null, list.error), again(() => void this.#app.panels.load(panel))));
        } else if (!items.length && !list.next) {
            fill(this.#says, h('div', { class: 'panel' }, h('span', { class: 'panel-icon' }, icon(glyph)), h('h2', null, nothing), h('p', null, hint)));
        } else fill(this.#says);
        keyed(this.#list, list?.status === 'failed' ? [] : panel.kind === 'threads' ? unreadFirst(items) : items, {
            key: (message) => `${panel.kind} ${message.room}/${message.seq}`,
            make: (message) => {
                const node = h('li');
                this.#draw(node, message, panel);
                return node;
            },
            update: (node, message) => this.#draw(node, message, panel),
        });
        const links = this.#buttons;
        this.#stopAt(links.find((one) => one.parentElement?.contains(document.activeElement)) ?? links[0]);
        // Whoever opened the list before it was there, or whose line has gone, comes to its first line.
        const side = /** @type {HTMLElement | null} */ (this.node.closest('.side'));
        const lost = held && !this.node.contains(document.activeElement);
        if ((lost || document.activeElement === side) && !this.focus() && lost) side?.focus();
        fill(this.#below, list?.next && list.status === 'ready' && (list.more === 'failed'
            ? h('p', { class: 'found-says' }, 'The rest could not be loaded. ', h('button', { type: 'button', class: 'link', on: { click: () => void this.#app.panels.more(panel) } }, 'Retry'))
            : h('button', { type: 'button', class: 'button quiet wide', disabled: list.more === 'busy', on: { click: () => void this.#app.panels.more(panel) } }, list.more === 'busy' ? 'Loading…' : 'Show more')));
    }

    /** @type {WeakMap<HTMLElement, unknown[]>} */
    #lines = new WeakMap();

    /** @param {HTMLElement} node @param {Message} message @param {PanelState} panel */
    #draw(node, message, panel) {
        const app = this.#app;
        const person = app.people.get(message.sender);
        const room = app.state.rooms[message.room];
        const where = panel.kind === 'pins' ? '' : `${room?.kind === 'direct' ? 'with' : 'in'} ${room ? roomName(app, room) : ''}`;
        const repliers = panel.kind === 'threads' ? (message.replies?.people ?? []).map((id) => app.people.get(id)) : [];
        const from = [message, person, where, app.state.day, room?.role, ...repliers];
        const old = this.#lines.get(node);
        if (old?.length === from.length && from.every((one, i) => one === old[i])) return;
        this.#lines.set(node, from);
        const held = [...node.children].findIndex((one) => one === document.activeElement);
        const remove = this.#removal(panel, message);
        const unread = panel.kind === 'threads' ? unreadReplies(message.replies) : 0;
        const open = () => (panel.kind === 'threads' ? app.panels.thread(message.room, message.seq) : app.panels.open(message));
        fill(node, h('button', { type: 'button', class: 'item', tabIndex: -1, dataset: { seq: message.seq, unread: unread > 0 ? 'yes' : undefined }, on: { click: open } },
            personAvatar(person, 'small'),
            h('span', { class: 'hit-main' },
                h('span', { class: 'hit-meta' },
                    h('span', { class: 'hit-who', dir: 'auto' }, message.sender === app.state.me?.id ? 'You' : personName(person)),
                    h('span', { class: 'hit-where', dir: 'auto' }, where),
                    h('time', { datetime: message.sent_at, title: full(message.sent_at) }, listTime(message.sent_at))),
                h('span', { class: 'hit-text', dir: 'auto' }, words(message)),
                panel.kind === 'threads' && message.replies && h('span', { class: 'item-thread' },
                    h('span', { class: 'faces' }, ...repliers.map((one) => personAvatar(one, 'tiny'))),
                    h('span', { class: 'thread-count' }, plural(message.replies.count, 'reply', 'replies')),
                    unread > 0 ? h('span', { class: 'badge' }, unread > 99 ? '99+' : unread, h('span', { class: 'sr' }, ' new')) : h('span', { class: 'thread-last' }, since(message.replies.last_at))),
                message.thread && panel.kind !== 'threads' && h('span', { class: 'item-thread faint' }, icon('thread'), 'In a thread'))),
        remove && h('button', { type: 'button', class: 'icon-button item-remove', 'aria-label': remove.label, title: remove.label, on: { click: remove.run } }, icon('close')));
        if (held >= 0) /** @type {HTMLElement | undefined} */ (node.children[held])?.focus();
    }

    /** How a message leaves the list, if it may. @param {PanelState} panel @param {Message} message */
    #removal(panel, message) {
        const { messages, state } = this.#app;
        if (panel.kind === 'saved') return { label: 'Remove from saved', run: () => messages.save(message, false) };
        return panel.kind === 'pins' && mayPin(message, state) ? { label: 'Unpin', run: () => messages.pin(message, false) } : null;
    }

    get #buttons() {
        return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll('.item')]);
    }

    /** Tab goes to one line, and from there to what can be done with it. @param {HTMLElement | undefined} stop */
    #stopAt(stop) {
        for (const button of this.#buttons) {
            for (const one of button.parentElement?.children ?? []) /** @type {HTMLElement} */ (one).tabIndex = button === stop ? 0 : -1;
        }
    }

    focus() {
        const first = this.#buttons[0];
        first?.focus();
        return Boolean(first);
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const all = this.#buttons;
        const at = all.findIndex((one) => one.parentElement?.contains(document.activeElement));
        const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
        if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        const next = all[Math.max(0, Math.min(all.length - 1, to))];
        this.#stopAt(next);
        next?.focus();
    }
}
