/**
 * The classroom: loading it, and what people do in it. Seats and hands go to the handlers and are the
 * server's to decide; where one stands on the floor goes to the pusher, often, and only the last place counts.
 */

import { classForeseen, classLoaded, emptyClass, pollKey } from '../reducers/class.js';

/** Another place is told at most so often; a stream that has to post each time is asked less. */
const MOVE_MS = 100;
const MOVE_POST_MS = 400;
const EMOJI_MS = 6_000;
const AGAIN_MS = 300;
const RETRY_MS = 5_000;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').ClassState} ClassState */

export class ClassActions {
    #app;
    /** Rooms that are being asked for. @type {Set<string>} */
    #busy = new Set();
    /** @type {{x: number, y: number} | null} */
    #place = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #mover;
    #moved = 0;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        app.store.subscribe((state, old) => {
            const room = state.rooms[state.room];
            if (room?.kind === 'classroom') {
                const known = state.classes[room.id];
                if (!known || (known.stale && known.status === 'ready') || (state.net.state === 'online' && old.net.state !== 'online' && known.status === 'failed')) this.load(room.id);
            }
            if (state.polls !== old.polls) for (const [key, poll] of Object.entries(state.polls)) if (poll.stale) this.#askPoll(key);
        });
    }

    /** @param {string} id */
    load(id) {
        if (this.#busy.has(id)) return;
        this.#busy.add(id);
        const { store, api } = this.#app;
        store.update((state) => (state.classes[id] ? { ...state, classes: { ...state.classes, [id]: { ...state.classes[id], stale: false } } }
            : { ...state, classes: { ...state.classes, [id]: emptyClass() } }));
        api.read(`/api/rooms/${id}/class`).then(
            ({ data }) => store.update((state) => classLoaded(state, id, data)),
            (error) => {
                store.update((state) => classForeseen({ ...state, classes: { ...state.classes, [id]: { ...(state.classes[id] ?? emptyClass()), status: 'failed', error: error.message } } }, id, (room) => room));
                setTimeout(() => { if (this.#app.state.room === id) this.load(id); }, RETRY_MS);
            },
        ).finally(() => setTimeout(() => {
            this.#busy.delete(id);
            if (this.#app.state.classes[id]?.stale) this.load(id);
        }, AGAIN_MS));
    }

    /**
     * A call that changes the class. What it will mean is shown at once; if it is refused, the server's state comes back.
     * @param {string} method @param {string} tail @param {object} [body] @param {(room: ClassState) => ClassState} [foreseen]
     */
    async #do(method, tail, body, foreseen) {
        const { store, api } = this.#app;
        const id = store.state.room;
        if (foreseen) store.update((state) => classForeseen(state, id, foreseen));
        try {
            await api.call(method, `/api/rooms/${id}/class${tail}`, body ? { body } : {});
        } catch (error) {
            this.#app.say(/** @type {Error} */ (error).message);
            this.load(id);
        }
    }

    get #me() {
        return this.#app.state.me?.id ?? '';
    }

    /** @param {number} desk @param {number} seat @param {string} [person] */
    sit(desk, seat, person) {
        const who = person ?? this.#me;
        return this.#do('PUT', '/seat', { desk, seat, ...(person ? { person } : {}) }, (room) => (room.seats.some((one) => one.desk === desk && one.seat === seat) ? room
            : { ...room, seats: [...room.seats.filter((one) => one.person !== who), { desk, seat, person: who }] }));
    }

    /** @param {string} [person] */
    stand(person) {
        const who = person ?? this.#me;
        return this.#do('DELETE', `/seat${person ? `?person=${person}` : ''}`, undefined, (room) => ({ ...room, seats: room.seats.filter((one) => one.person !== who) }));
    }

    raise() {
        return this.#do('PUT', '/hand', undefined, (room) => ({ ...room, hands: [...room.hands, { person: this.#me, raised_at: '', called: false }] }));
    }

    /** @param {string} [person] */
    lower(person) {
        const who = person ?? this.#me;
        return this.#do('DELETE', `/hand${person ? `?person=${person}` : ''}`, undefined, (room) => ({ ...room, hands: room.hands.filter((one) => one.person !== who) }));
    }

    /** @param {string} person */
    call(person) {
        return this.#do('POST', '/call', { person });
    }

    clear() {
        return this.#do('DELETE', '/hands');
    }

    /** @param {boolean} open */
    check(open) {
        return this.#do(open ? 'POST' : 'DELETE', '/check');
    }

    /** @param {'done' | 'time' | 'question'} answer */
    answer(answer) {
        return this.#do('PUT', '/answer', { answer });
    }

    /** @param {boolean} locked */
    lock(locked) {
        return this.#do('PATCH', '', { locked });
    }

    /** @param {boolean} all */
    shuffle(all) {
        return this.#do('POST', '/shuffle', { all });
    }

    /** @param {{rows: number, columns: number, seats: number}} floor */
    async floor(floor) {
        await this.#app.api.call('PUT', `/api/rooms/${this.#app.state.room}/class/floor`, { body: floor });
    }

    /** @param {number} x @param {number} y @param {number} seats */
    addDesk(x, y, seats) {
        return this.#do('POST', '/desks', { x, y, seats });
    }

    /** @param {number} desk @param {number} x @param {number} y */
    moveDesk(desk, x, y) {
        return this.#do('PATCH', `/desks/${desk}`, { x, y }, (room) => ({ ...room, desks: room.desks.map((one) => (one.desk === desk ? { ...one, x, y } : one)) }));
    }

    /** @param {number} desk */
    removeDesk(desk) {
        return this.#do('DELETE', `/desks/${desk}`);
    }

    /** Where I am on the floor, told at a bounded pace; only the last place counts. @param {number} x @param {number} y */
    move(x, y) {
        this.#place = { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) };
        if (this.#mover) return;
        const pace = this.#app.state.net.transport === 'ws' ? MOVE_MS : MOVE_POST_MS;
        this.#mover = setTimeout(() => this.#tellPlace(), Math.max(0, this.#moved + pace - Date.now()));
    }

    #tellPlace() {
        this.#mover = undefined;
        this.#moved = Date.now();
        if (this.#place) this.#app.hub.post({ t: 'show', room: this.#app.state.room, show: this.#place });
    }

    /** A sign that stands beside me for a moment. @param {string} emoji */
    react(emoji) {
        this.#app.hub.post({ t: 'show', room: this.#app.state.room, show: { emoji, emoji_ms: EMOJI_MS } });
    }

    /** @param {string} room @param {number} seq */
    poll(room, seq) {
        const key = pollKey(room, seq);
        if (!this.#app.state.polls[key]) this.#askPoll(key);
    }

    /** @param {string} key */
    #askPoll(key) {
        if (this.#busy.has(key)) return;
        this.#busy.add(key);
        const { store, api } = this.#app;
        const [room, seq] = key.split('/');
        store.update((state) => (state.polls[key] ? { ...state, polls: { ...state.polls, [key]: { ...state.polls[key], stale: false } } } : state));
        api.read(`/api/rooms/${room}/messages/${seq}/poll`).then(
            ({ data }) => store.update((state) => ({ ...state, polls: { ...state.polls, [key]: { ...data, stale: state.polls[key]?.stale ?? false } } })),
            () => {},
        ).finally(() => setTimeout(() => {
            this.#busy.delete(key);
            if (this.#app.state.polls[key]?.stale) this.#askPoll(key);
        }, AGAIN_MS));
    }

    /** @param {string} room @param {number} seq @param {number} choice  0 takes the vote back */
    async vote(room, seq, choice) {
        const path = `/api/rooms/${room}/messages/${seq}/poll/vote`;
        try {
            if (choice) await this.#app.api.call('PUT', path, { body: { choice } });
            else await this.#app.api.call('DELETE', path);
        } catch (error) {
            this.#app.say(/** @type {Error} */ (error).message);
        }
        this.#askPoll(pollKey(room, seq));
    }

    /** @param {string} room @param {number} seq */
    async closePoll(room, seq) {
        await this.#app.api.call('POST', `/api/rooms/${room}/messages/${seq}/poll/close`).catch((error) => this.#app.say(error.message));
        this.#askPoll(pollKey(room, seq));
    }
}
