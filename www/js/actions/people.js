/** Persons: those that some line names and that nobody has told us, fetched in batches. */

import { peopleLoaded } from '../reducers/local.js';

const GATHER_MS = 40;
const BATCH = 100;
const RETRY_MS = 5_000;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Person} Person */

/** How a person is drawn whom the server does not know (any more). @param {string} id @returns {Person} */
function unknownPerson(id) {
    return { id, handle: '', name: 'Somebody', avatar: '', active: false };
}

export class PeopleActions {
    #app;
    /** @type {Set<string>} */
    #wanted = new Set();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
    }

    /** The person, or what to show until it is known. @param {string} id @returns {Person} */
    get(id) {
        const person = this.#app.state.people[id];
        if (person) return person;
        if (id && !this.#wanted.has(id)) {
            this.#wanted.add(id);
            this.#timer ??= setTimeout(() => void this.#fetch(), GATHER_MS);
        }
        return { ...unknownPerson(id), name: '…', active: true };
    }

    async #fetch() {
        this.#timer = undefined;
        const ids = [...this.#wanted].slice(0, BATCH);
        const { store, api } = this.#app;
        if (!ids.length || store.state.phase !== 'ready') {
            this.#wanted.clear();
            return;
        }
        try {
            const { data } = await api.read('/api/people', { query: { ids: ids.join(',') } });
            const found = new Set(data.people.map((/** @type {Person} */ person) => person.id));
            const rest = ids.filter((id) => !found.has(id)).map(unknownPerson);
            for (const id of ids) this.#wanted.delete(id);
            store.update((state) => peopleLoaded(state, [...data.people, ...rest]));
        } catch (error) {
            if (/** @type {import('../api.js').ApiError} */ (error).transient) {
                this.#timer = setTimeout(() => void this.#fetch(), RETRY_MS);
                return;
            }
            for (const id of ids) this.#wanted.delete(id);
            store.update((state) => peopleLoaded(state, ids.map(unknownPerson)));
        }
        if (this.#wanted.size) this.#timer = setTimeout(() => void this.#fetch(), GATHER_MS);
    }

    /** @param {string} q @param {AbortSignal} [signal] @returns {Promise<Person[]>} */
    async search(q, signal) {
        const { data } = await this.#app.api.read('/api/people', { query: { q, limit: 30 }, signal });
        this.#app.store.update((state) => peopleLoaded(state, data.people));
        return data.people;
    }
}
