/**
 * Presence for the whole browser: the rooms that any of its tabs has open are entered once. Over a
 * WebSocket by frames, else by POST, which also has to renew the lease.
 */

import { backoff } from '../lib/backoff.js';
import { nextInside } from '../reducers/presence.js';

const LEASE_MS = 20_000;

/** @typedef {import('../types.js').WireEvent} WireEvent */
/** @typedef {import('../types.js').Inside} Inside */
/** @typedef {import('./link.js').Link} Link */
/** @typedef {import('../api.js').Api} Api */

export class EnteredRooms {
    #link;
    #api;
    #emit;
    /** @type {Set<string>} */
    #wanted = new Set();
    /** @type {Map<string, Inside>} */
    #inside = new Map();
    /** @type {ReturnType<typeof setInterval> | undefined} */
    #lease;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #again;
    #failures = 0;
    /** What this person shows in a room: said again whenever it is entered. @type {Map<string, object>} */
    #shown = new Map();
    /** How this person is here, in every room. @type {Record<string, any>} */
    #self = {};

    /** @param {{link: Link, api: Api, emit: (event: WireEvent) => void}} parts */
    constructor({ link, api, emit }) {
        this.#link = link;
        this.#api = api;
        this.#emit = emit;
    }

    /** @param {Iterable<string>} rooms  all that are open in some tab */
    set(rooms) {
        const wanted = new Set(rooms);
        const enter = [...wanted].filter((room) => !this.#wanted.has(room));
        const exit = [...this.#wanted].filter((room) => !wanted.has(room));
        this.#wanted = wanted;
        for (const room of exit) {
            this.#inside.delete(room);
            this.#shown.delete(room);
        }
        this.#send([
            ...exit.map((room) => ({ do: 'exit', room })),
            ...enter.map((room) => this.#entry(room)),
        ]);
    }

    /** A connection has begun: the server knows of none of our rooms. */
    opened() {
        this.#failures = 0;
        this.#enterAll();
        clearInterval(this.#lease);
        if (this.#byPost) this.#lease = setInterval(() => this.#renew(), LEASE_MS);
    }

    stop() {
        clearInterval(this.#lease);
        clearTimeout(this.#again);
    }

    #enterAll() {
        clearTimeout(this.#again);
        this.#send([...this.#wanted].map((room) => this.#entry(room)));
    }

    /** Remembers who is inside, for tabs that open the room later. @param {WireEvent} event */
    note(event) {
        if (!event.event.startsWith('presence') && event.event !== 'moved') return;
        this.#inside.set(event.room, nextInside(this.#inside.get(event.room), event));
    }

    /** What a tab that opens the room now has missed. @param {string} room @returns {WireEvent | null} */
    stateOf(room) {
        const inside = this.#inside.get(room);
        return inside ? { event: 'presence_state', room, ...inside, shown: Object.values(inside.shown) } : null;
    }

    get #byPost() {
        return this.#link.way === 'sse' || this.#link.way === 'poll';
    }

    #renew() {
        if (this.#wanted.size && this.#link.online) this.#send([{ do: 'ping' }]);
    }

    /** Somebody writes in a tab. Nothing is lost if it does not arrive. @param {string} room @param {number} thread */
    typing(room, thread) {
        if (!this.#wanted.has(room) || !this.#link.online) return;
        const frame = thread ? { do: 'typing', room, thread } : { do: 'typing', room };
        if (!this.#byPost) this.#link.send(frame);
        else this.#api.call('POST', '/frames', { body: { stream: this.#link.stream, frames: [frame] } }).catch(() => {});
    }

    /** @param {string} room */
    #entry(room) {
        return { do: 'enter', room, ...this.#self, ...this.#shown.get(room) };
    }

    /** How one is here. Who becomes invisible leaves, and enters unseen. @param {Record<string, any>} self */
    self(self) {
        const again = Boolean(self.invisible) !== Boolean(this.#self.invisible);
        this.#self = self;
        if (!this.#link.online) return;
        this.#send([...this.#wanted].flatMap((room) => (again ? [{ do: 'exit', room }, this.#entry(room)]
            : [{ do: 'state', room, status: self.status, device: self.device }])));
    }

    /** What one shows in a room: a place, a sign for a moment. @param {string} room @param {Record<string, any>} show */
    show(room, show) {
        if (!this.#wanted.has(room)) return;
        const lasting = Object.fromEntries(Object.entries(show).filter(([key]) => !key.startsWith('emoji')));
        this.#shown.set(room, { ...this.#shown.get(room), ...lasting });
        const moves = Object.keys(show).every((key) => key === 'x' || key === 'y');
        if (this.#link.online) this.#send([{ do: moves ? 'move' : 'state', room, ...show }]);
    }

    /** @param {object[]} frames */
    #send(frames) {
        if (!frames.length || !this.#link.online) return;
        if (!this.#byPost) {
            for (const frame of frames) this.#link.send(frame);
            return;
        }
        this.#api.call('POST', '/frames', { body: { stream: this.#link.stream, frames } }).then(
            ({ data }) => {
                this.#failures = 0;
                for (const event of data?.events ?? []) this.#emit(event);
            },
            // The pusher may not know the stream (yet, or any more). Presence is lost for a while, messages are not.
            () => {
                clearTimeout(this.#again);
                this.#again = setTimeout(() => this.#enterAll(), backoff(this.#failures));
                this.#failures += 1;
            },
        );
    }
}
