/**
 * The heart that all tabs of a browser share: the one stream, the rooms entered, the outbox. It runs
 * in a SharedWorker, or in the tab that leads, or (where neither is possible) in each tab alone. It
 * keeps no chat state: it hands events on, and each tab applies them.
 *
 * A tab listens first, then loads the state by GET /api/sync, then joins. So whatever this hub has
 * handed on before is in that state, and whatever it hands on later the tab hears.
 */

import { makeApi } from '../api.js';
import { openOutboxDb } from '../lib/db.js';
import { streamId } from '../lib/uuid.js';
import { Outbox, bodyOf } from '../outbox.js';
import { Link } from './link.js';
import { EnteredRooms } from './rooms.js';

/** A tab that has been silent for so long is gone (hidden tabs have slow timers). */
const TAB_GONE_MS = 150_000;
const SWEEP_MS = 30_000;

/** @typedef {import('../types.js').WireEvent} WireEvent */
/** @typedef {{t: string, [more: string]: any}} Note  what tabs and hub tell each other */
/** @typedef {{room: string, visible: boolean, seen: number, self?: Record<string, any>}} Tab */

export class Hub {
    id = streamId();
    #sweeper;
    #tell;
    #account = '';
    #startCursor = '';
    #sent = 0;
    /** @type {WireEvent[]} */
    #batch = [];
    #batchCursor = '';
    #flushQueued = false;
    /** @type {Map<string, Tab>} */
    #tabs = new Map();
    #api;
    #link;
    #rooms;
    /** @type {Outbox | null} */
    #outbox = null;

    /** @param {{tell: (note: Note, to?: string) => void, pinned?: string}} options */
    constructor({ tell, pinned = '' }) {
        this.#tell = tell;
        this.#api = makeApi({ onSignedOut: () => this.#end() });
        this.#link = new Link({
            pinned,
            on: {
                event: (event) => this.#event(event),
                cursor: (cursor) => this.#queue(null, cursor),
                net: (net) => {
                    if (net.state !== 'online') this.#outbox?.wayLost();
                    this.#tell({ t: 'net', net });
                },
                ended: () => this.#end(),
            },
        });
        const pushApi = makeApi({ request: (path, init) => fetch(`${this.#link.base}${path}`, init) });
        this.#rooms = new EnteredRooms({ link: this.#link, api: pushApi, emit: (event) => this.#event(event) });
        this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
        this.#tell({ t: 'born', hub: this.id });
    }

    /** @param {Note} note  from the tab `note.tab` */
    handle(note) {
        const tab = this.#tabs.get(note.tab);
        if (tab) tab.seen = Date.now();
        switch (note.t) {
            case 'attach': this.#tell({ t: 'attached', hub: this.id, n: this.#sent }, note.tab); break;
            case 'join': void this.#join(note); break;
            case 'view': this.#view(note); break;
            // A tab that slept for long has been given up: it is to join again.
            case 'alive': this.#tell({ t: tab || !this.#account ? 'alive' : 'unknown' }, note.tab); break;
            case 'poke': this.#link.poke(); this.#outbox?.poke(); break;
            case 'queue': this.#outbox?.add(note.entry); break;
            case 'retry': this.#outbox?.retry(note.id); break;
            case 'discard': this.#outbox?.discard(note.id); this.#tell({ t: 'discarded', id: note.id }); break;
            case 'typing': this.#rooms.typing(note.room, note.thread); break;
            case 'self': this.#self(note, tab); break;
            case 'show': this.#rooms.show(note.room, note.show); break;
            case 'leave': this.#leave(note.tab); break;
            case 'end': this.#end(); break;
            default: break;
        }
    }

    /** @param {Note} note */
    async #join(note) {
        this.#tabs.set(note.tab, { room: note.room, visible: note.visible, seen: Date.now() });
        if (this.#account && this.#account !== note.account) this.#end();
        if (!this.#account) {
            this.#account = note.account;
            this.#startCursor = note.cursor;
            this.#link.stream = streamId();
            this.#link.start({ base: note.base, heartbeatMs: note.heartbeatMs, cursor: note.cursor });
            await this.#openOutbox(note.account);
        } else if (note.since !== this.id && note.cursor !== this.#startCursor && note.cursor !== this.#link.cursor) {
            // It followed an earlier hub, and may have missed what lies between that one and us.
            this.#tell({ t: 'stale' }, note.tab);
        }
        this.#tell({ t: 'net', net: this.#link.net }, note.tab);
        this.#tell({ t: 'outbox', entries: this.#outbox?.entries ?? [] }, note.tab);
        this.#view(note);
    }

    /** @param {string} account */
    async #openOutbox(account) {
        const outbox = new Outbox({
            db: await openOutboxDb(),
            post: async (entry) => {
                const { data } = await this.#api.call('POST', `/api/rooms/${entry.room}/messages`, { body: bodyOf(entry) });
                return data.message;
            },
            frame: (frame) => this.#link.way === 'ws' && this.#link.send(frame),
            changed: (entry) => this.#tell({ t: 'outbox', entries: [entry] }),
            stored: (message) => this.#tell({ t: 'sent', message }),
        });
        this.#outbox = outbox;
        await outbox.load(account);
    }

    /** Which room the tab shows, and whether anybody sees it. @param {Note} note */
    #view(note) {
        const tab = this.#tabs.get(note.tab);
        if (!tab) return;
        const opened = note.room && note.room !== tab.room;
        tab.room = note.room;
        tab.visible = note.visible;
        this.#link.hidden = ![...this.#tabs.values()].some((one) => one.visible);
        this.#enter();
        const state = opened || note.t === 'join' ? this.#rooms.stateOf(note.room) : null;
        if (state) this.#tell({ t: 'batch', hub: this.id, n: 0, events: [state], cursor: '' }, note.tab);
    }

    /** One person however many tabs: here if any tab is; the latest word about being disturbed holds. @param {Note} note @param {any} tab */
    #self(note, tab) {
        if (!tab) return;
        tab.self = note.show;
        const active = [...this.#tabs.values()].some((one) => one.self?.status === 'online');
        this.#rooms.self({ ...note.show, status: note.show.status === 'idle' && active ? 'online' : note.show.status });
    }

    #enter() {
        this.#rooms.set([...this.#tabs.values()].map((tab) => tab.room).filter(Boolean));
    }

    /** @param {WireEvent} event */
    #event(event) {
        if (event.event === 'hello') {
            this.#rooms.opened();
            this.#outbox?.poke();
        } else if (event.event === 'ack' || (event.event === 'error' && event.client_id)) {
            this.#outbox?.answered(event);
            return;
        }
        this.#rooms.note(event);
        this.#queue(event, '');
    }

    /** @param {WireEvent | null} event @param {string} cursor */
    #queue(event, cursor) {
        if (event) this.#batch.push(event);
        if (cursor) this.#batchCursor = cursor;
        if (this.#flushQueued) return;
        this.#flushQueued = true;
        setTimeout(() => {
            this.#flushQueued = false;
            const note = { t: 'batch', hub: this.id, n: ++this.#sent, events: this.#batch, cursor: this.#batchCursor };
            this.#batch = [];
            this.#batchCursor = '';
            this.#tell(note);
        }, 0);
    }

    /** @param {string} tab */
    #leave(tab) {
        this.#tabs.delete(tab);
        this.#enter();
    }

    #sweep() {
        const old = Date.now() - TAB_GONE_MS;
        for (const [id, tab] of this.#tabs) if (tab.seen < old) this.#leave(id);
    }

    /** Another hub has taken over: this one falls silent. */
    stop() {
        clearInterval(this.#sweeper);
        this.#tell = () => {};
        this.#end();
    }

    /** The session is over: nothing of it stays here. */
    #end() {
        const account = this.#account;
        this.#account = '';
        this.#link.stop();
        this.#rooms.stop();
        this.#rooms.set([]);
        this.#outbox?.stop();
        this.#outbox = null;
        this.#batch = [];
        this.#tell({ t: 'ended', account });
    }
}
