/** Rooms: opening one, and everything that the menus do to them. */

import { queued, discarded } from '../reducers/outbox.js';
import { roomLoaded } from '../reducers/local.js';
import { dropRoom, without } from '../reducers/room.js';
import { uuid7 } from '../lib/uuid.js';

/** With more unread than this the log opens at the first of them instead of at the newest. */
const OPEN_AT_UNREAD = 40;
const ROSTER_PAGE = 200;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Room} Room */
/** @typedef {import('../types.js').Role} Role */
/** @typedef {import('../types.js').Roster} Roster */
/** @typedef {import('../types.js').OutEntry} OutEntry */

export class RoomActions {
    #app;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
    }

    /**
     * Shows a room; '' shows none.
     * @param {string} id @param {number} [seq]  a message to show there @param {number} [thread]  the thread in which to show it
     */
    open(id, seq = 0, thread = 0) {
        const { store } = this.#app;
        const room = store.state.rooms[id];
        const target = room ? id : '';
        if (store.state.room !== target) {
            // A log that failed to load, or that one has read back in, is begun anew.
            const old = store.state.logs[target];
            if (old?.status === 'failed' || (old?.status === 'ready' && !old.tail)) store.update((state) => ({ ...state, logs: without(state.logs, target) }));
            store.update((state) => ({
                ...state, room: target,
                marker: room && room.unread > 0 ? { room: id, seq: room.read_seq } : null,
            }));
        }
        const panel = this.#app.panels.forRoom(target, target ? thread : 0, seq);
        store.update((state) => ({ ...state, panel, target: target && seq && !thread ? { room: target, seq } : null }));
        this.address(target, seq, thread);
        this.load(target);
    }

    /** The address says what is shown. @param {string} id @param {number} [seq] @param {number} [thread] */
    address(id, seq = 0, thread = 0) {
        const hash = id ? ['#/room', id, ...(thread ? ['thread', thread] : []), ...(seq ? [seq] : [])].join('/') : '';
        if (location.hash !== hash) history.pushState(null, '', hash || location.pathname + location.search);
    }

    /** Makes sure that the log of a room is there or on its way. @param {string} id */
    load(id) {
        const { state, history: log } = this.#app;
        const room = state.rooms[id];
        const wanted = state.target?.room === id ? state.target.seq : 0;
        const old = state.logs[id];
        if (!room || (old && (!wanted || old.status !== 'ready' || (old.low <= wanted && wanted <= old.high)))) return;
        void log.load(id, wanted || (room.unread > OPEN_AT_UNREAD ? Math.max(1, room.read_seq) : 0));
    }

    /** @param {string} room @param {string} text @param {import('../types.js').SendMore} [more] */
    async send(room, text, more = {}) {
        const { store, hub, db } = this.#app;
        const account = store.state.me?.id ?? '';
        /** @type {OutEntry} */
        const entry = { client_id: uuid7(), account, room, text, created_at: new Date().toISOString(), state: 'pending', reason: '', ...more };
        store.update((state) => ({ ...queued(state, entry), marker: state.marker?.room === room ? null : state.marker }));
        await db.then((rows) => rows.put(entry)).catch(() => {});
        hub.post({ t: 'queue', entry });
    }

    /** @param {string} clientId */
    retry(clientId) {
        this.#app.hub.post({ t: 'retry', id: clientId });
    }

    /** @param {string} clientId */
    discard(clientId) {
        this.#app.store.update((state) => discarded(state, clientId));
        this.#app.hub.post({ t: 'discard', id: clientId });
    }

    /** @param {Room} room @returns {string} its id */
    #enter(room) {
        this.#app.store.update((state) => roomLoaded(state, room));
        this.open(room.id);
        return room.id;
    }

    /** @param {string} person @param {string} clientId */
    async direct(person, clientId) {
        const { data } = await this.#app.api.call('POST', '/api/rooms/direct', { body: { person, client_id: clientId } });
        return this.#enter(data);
    }

    /** @param {object} body */
    async create(body) {
        const { data } = await this.#app.api.call('POST', '/api/rooms', { body });
        return this.#enter(data);
    }

    /** @param {string} id */
    async join(id) {
        const { data } = await this.#app.api.call('POST', `/api/rooms/${id}/join`);
        return this.#enter(data);
    }

    /** @param {string} id @param {Partial<Room>} change */
    async change(id, change) {
        const { data } = await this.#app.api.call('PATCH', `/api/rooms/${id}`, { body: change });
        this.#app.store.update((state) => roomLoaded(state, data));
    }

    /** What only concerns me. @param {string} id @param {{notify?: string, muted_until?: string, favourite?: number}} change */
    async settings(id, change) {
        const { data } = await this.#app.api.call('PATCH', `/api/rooms/${id}/settings`, { body: change });
        this.#app.store.update((state) => roomLoaded(state, data));
    }

    /**
     * Puts a favourite between two places. Where there is no number left between them, all get new ones.
     * @param {Room[]} favourites  in order @param {string} id @param {number} low @param {number} high
     */
    async place(favourites, id, low, high) {
        const middle = Math.floor((low + high) / 2);
        if (middle > low && middle < high) {
            await this.settings(id, { favourite: middle });
            return;
        }
        const room = /** @type {Room} */ (favourites.find((one) => one.id === id));
        const rest = favourites.filter((one) => one.id !== id);
        const at = rest.findIndex((one) => Number(one.favourite) > low);
        rest.splice(at < 0 ? rest.length : at, 0, room);
        for (const [i, one] of rest.entries()) await this.settings(one.id, { favourite: (i + 1) * 1000 });
    }

    /** @param {string} id */
    async leave(id) {
        await this.#app.api.call('POST', `/api/rooms/${id}/leave`);
        this.#gone(id);
    }

    /** @param {string} id */
    async remove(id) {
        await this.#app.api.call('DELETE', `/api/rooms/${id}`);
        this.#gone(id);
    }

    /** @param {string} id */
    #gone(id) {
        this.#app.store.update((state) => dropRoom(state, id));
        if (this.#app.state.room === id) this.open('');
    }

    /** @param {string} id @param {string[]} people */
    async add(id, people) {
        await this.#app.api.call('POST', `/api/rooms/${id}/members`, { body: { people } });
        await this.roster(id);
    }

    /** @param {string} id @param {string} person */
    async expel(id, person) {
        await this.#app.api.call('DELETE', `/api/rooms/${id}/members/${person}`);
        this.#patchRoster(id, (roster) => ({ ...roster, list: roster.list.filter((member) => member.person.id !== person) }));
    }

    /** @param {string} id @param {string} person @param {Role} role */
    async setRole(id, person, role) {
        await this.#app.api.call('PATCH', `/api/rooms/${id}/members/${person}`, { body: { role } });
        this.#patchRoster(id, (roster) => ({ ...roster, list: roster.list.map((member) => (member.person.id === person ? { ...member, role } : member)) }));
    }

    /** The members of a room, a page at a time. @param {string} id @param {boolean} [more] */
    async roster(id, more = false) {
        const { store, api } = this.#app;
        const old = store.state.rosters[id];
        if (!more || !old) this.#setRoster(id, { status: 'loading', error: '', list: old?.list ?? [], next: '' });
        try {
            const after = more && old ? old.next : '';
            const { data, next } = await api.read(`/api/rooms/${id}/members`, { query: { after, limit: ROSTER_PAGE } });
            const list = more && old ? [...old.list, ...data.members] : data.members;
            this.#setRoster(id, { status: 'ready', error: '', list, next: new URLSearchParams(next).get('after') ?? '' });
        } catch (error) {
            this.#setRoster(id, { status: 'failed', error: /** @type {Error} */ (error).message, list: old?.list ?? [], next: old?.next ?? '' });
        }
    }

    /** @param {string} id @param {Roster} roster */
    #setRoster(id, roster) {
        this.#app.store.update((state) => {
            const people = { ...state.people };
            for (const { person } of roster.list) people[person.id] = person;
            return { ...state, people, rosters: { ...state.rosters, [id]: roster } };
        });
    }

    /** @param {string} id @param {(roster: Roster) => Roster} change */
    #patchRoster(id, change) {
        this.#app.store.update((state) => (state.rosters[id]
            ? { ...state, rosters: { ...state.rosters, [id]: change(state.rosters[id]) } } : state));
    }
}
