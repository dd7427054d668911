/**
 * What stands beside the log: which one it is, the address of a thread, and the lists. On a wide screen the
 * people of the room stand there unless the person has closed them; on a narrow one it is in the log's place.
 */

import { keep, kept } from '../lib/kept.js';
import { listKey, loadingList } from '../reducers/lists.js';

const PAGE = 30;
/** Under this name it is kept that the person wants nothing beside the log. */
const CLOSED = 'side.closed';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').PanelState} PanelState */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../types.js').MessageList} MessageList */

/** @type {Record<string, {path: (panel: PanelState) => string, messages: (data: any) => Message[]}>} */
const LISTS = {
    threads: { path: () => '/api/threads', messages: (data) => data.threads.map(rootOf) },
    mentions: { path: () => '/api/mentions', messages: (data) => data.messages },
    saved: { path: () => '/api/saved', messages: (data) => data.messages },
    pins: { path: (panel) => `/api/rooms/${/** @type {{room: string}} */ (panel).room}/pins`, messages: (data) => data.messages },
};

/** A thread as its first message, which has all that is told of it. @param {any} thread @returns {Message} */
function rootOf({ root, count, last_at, last_no, read_no, people }) {
    return { ...root, replies: { count, last_at, last_no, read_no, following: true, people } };
}

export class PanelActions {
    #app;
    #gen = 0;
    /** What a thread was opened from. @type {PanelState | null} */
    #under = null;
    /** Is there space beside the log? The view says. */
    beside = () => false;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        app.store.subscribe((state) => {
            const key = state.phase === 'ready' ? listKey(state.panel) : '';
            const list = state.lists[key];
            if (key && (!list || list.stale)) void this.load(/** @type {PanelState} */ (state.panel));
        });
    }

    /** What is shown beside a room that is being opened. @param {string} room @param {number} thread @param {number} at @returns {PanelState | null} */
    forRoom(room, thread, at) {
        const { panel } = this.#app.state;
        if (thread) {
            if (panel && panel.kind !== 'thread') this.#under = panel;
            return { kind: 'thread', room, seq: thread, at };
        }
        // Where there is no space the room itself is what was asked for.
        if (!this.beside()) return null;
        const old = panel?.kind === 'thread' && !(panel.room === room && at) ? this.#under : panel;
        const next = old && 'room' in old && old.kind !== 'thread' ? (room ? { ...old, room } : null) : old;
        // In a classroom everybody stands on the floor.
        const floor = this.#app.state.rooms[room]?.kind === 'classroom';
        if (floor && next?.kind === 'people') return null;
        return next ?? (room && !floor && !kept(CLOSED) ? { kind: 'people', room } : null);
    }

    /** @param {PanelState} panel */
    show(panel) {
        this.#under = null;
        if (panel.kind === 'people') keep(CLOSED, '');
        this.#app.store.update((state) => ({ ...state, panel }));
    }

    /** Shows it, or closes it if that is what is shown. @param {PanelState} panel */
    toggle(panel) {
        if (this.#app.state.panel?.kind === panel.kind) this.close();
        else this.show(panel);
    }

    /** @param {string} room @param {number} seq @param {number} [at]  the reply to show */
    thread(room, seq, at = 0) {
        this.#app.rooms.open(room, at, seq);
    }

    close() {
        const { store, rooms } = this.#app;
        const { panel } = store.state;
        if (!panel) return;
        // The people stand there only where there is space.
        const under = panel.kind === 'thread' && (this.beside() || this.#under?.kind !== 'people') ? this.#under : null;
        this.#under = null;
        if (panel.kind === 'people' && this.beside()) keep(CLOSED, 'yes');
        const home = panel.kind !== 'people' && this.beside() && store.state.room && !kept(CLOSED) ? /** @type {PanelState} */ ({ kind: 'people', room: store.state.room }) : null;
        store.update((state) => ({ ...state, panel: under ?? home }));
        if (panel.kind === 'thread') rooms.address(store.state.room);
    }

    /** The first page of a list. @param {PanelState} panel */
    async load(panel) {
        const key = listKey(panel);
        const gen = ++this.#gen;
        this.#app.store.update((state) => ({ ...state, lists: { ...state.lists, [key]: loadingList(gen, state.lists[key]) } }));
        const { path, messages } = LISTS[panel.kind];
        try {
            const { data, next } = await this.#app.api.read(path(panel), { query: panel.kind === 'pins' ? {} : { limit: PAGE } });
            this.#patch(key, gen, (list) => ({ ...list, status: 'ready', items: messages(data), next, more: '' }));
        } catch (error) {
            this.#patch(key, gen, (list) => ({ ...list, status: 'failed', error: /** @type {Error} */ (error).message }));
        }
    }

    /** The next page. @param {PanelState} panel */
    async more(panel) {
        const key = listKey(panel);
        const list = this.#app.state.lists[key];
        if (!list?.next || list.more === 'busy') return;
        const { path, messages } = LISTS[panel.kind];
        this.#patch(key, list.gen, (now) => ({ ...now, more: 'busy' }));
        try {
            const { data, next } = await this.#app.api.read(`${path(panel)}?${list.next}`);
            this.#patch(key, list.gen, (now) => {
                const have = new Set(now.items.map((message) => `${message.room}/${message.seq}`));
                return { ...now, items: [...now.items, ...messages(data).filter((message) => !have.has(`${message.room}/${message.seq}`))], next, more: '' };
            });
        } catch {
            this.#patch(key, list.gen, (now) => ({ ...now, more: 'failed' }));
        }
    }

    /** @param {string} key @param {number} gen @param {(list: MessageList) => MessageList} change */
    #patch(key, gen, change) {
        this.#app.store.update((state) => {
            const list = state.lists[key];
            return list?.gen === gen ? { ...state, lists: { ...state.lists, [key]: change(list) } } : state;
        });
    }

    /** A message is not in the log: is it a reply? @param {string} room @param {number} seq */
    async elsewhere(room, seq) {
        const { api } = this.#app;
        try {
            const { data: { message } } = await api.read(`/api/rooms/${room}/messages/${seq}`);
            if (message.thread && this.#app.state.room === room) {
                this.thread(room, message.thread, seq);
                return;
            }
        } catch {
            /* Not that either. */
        }
        this.#app.say('That message is not here any more. This is what stood beside it.');
    }

    /** There is space beside the log now, or there is none any more. */
    resized() {
        const { store } = this.#app;
        const { panel, room } = store.state;
        if (!this.beside() && panel?.kind === 'people') store.update((state) => ({ ...state, panel: null }));
        else if (this.beside() && !panel) store.update((state) => ({ ...state, panel: this.forRoom(room, 0, 0) }));
    }

    /** Opens what a list shows: a message where it stands. @param {Message} message */
    open(message) {
        const { rooms } = this.#app;
        if (message.thread && !message.in_room) rooms.open(message.room, message.seq, message.thread);
        else rooms.open(message.room, message.seq);
    }
}
