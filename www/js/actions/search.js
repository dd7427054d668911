/** Searching messages: the last question and its answers stay, so that one can come back to them. */

import { QuestionError, readQuestion, resolve } from '../lib/searchquery.js';
import { roomName } from '../view/names.js';

const PAGE = 20;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Message & {thread?: number, in_room?: boolean, files?: {name: string}[]}} Message */
/** @typedef {{message: Message, highlights: [number, number][]}} Hit */
/**
 * @typedef {object} Search
 * @property {'idle' | 'busy' | 'ready' | 'failed' | 'wrong'} status  wrong: the question cannot be asked so
 * @property {string} text  the question as it was typed
 * @property {Hit[]} hits
 * @property {string} next  the query of the next page
 * @property {'' | 'busy' | 'failed'} more
 * @property {boolean} whole  false: some messages are not indexed yet
 * @property {string} error
 */

/** @returns {Search} */
const nothing = () => ({ status: 'idle', text: '', hits: [], next: '', more: '', whole: true, error: '' });

export class SearchActions {
    #app;
    /** @type {AbortController | undefined} */
    #running;
    now = nothing();
    /** Called after each change, while the view is open. @type {() => void} */
    changed = () => {};

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        app.store.subscribe((state, old) => { if (state.me?.id !== old.me?.id) this.forget(); });
    }

    /** @param {Partial<Search>} change */
    #set(change) {
        this.now = { ...this.now, ...change };
        this.changed();
    }

    /** Another person's page now. */
    forget() {
        this.#running?.abort();
        this.now = nothing();
    }

    /** Asks anew. @param {string} text */
    async ask(text) {
        this.#running?.abort();
        const question = readQuestion(text);
        if (!question.words && !question.filters.length) {
            this.#set({ ...nothing(), text });
            return;
        }
        const running = new AbortController();
        this.#running = running;
        this.#set({ status: 'busy', text, error: '' });
        try {
            const query = await resolve(question, { now: new Date(), person: (name) => this.#person(name, running.signal), room: (name) => this.#room(name) });
            if (running.signal.aborted) return;
            const { data, next } = await this.#app.api.read('/api/search', { query: { ...query, limit: PAGE }, signal: running.signal });
            if (running.signal.aborted) return;
            this.#set({ status: 'ready', hits: data.results, next, more: '', whole: data.whole });
            if (!data.results.length && next) await this.more();
        } catch (thrown) {
            if (running.signal.aborted) return;
            const error = /** @type {Error & {status?: number, errors?: {detail: string}[]}} */ (thrown);
            const wrong = thrown instanceof QuestionError || error.status === 422 || error.status === 404;
            const tooShort = error.status === 422 && !question.filters.some(({ key }) => key === 'from' || key === 'has');
            this.#set({ status: wrong ? 'wrong' : 'failed', hits: [], next: '', more: '', error: tooShort ? 'Type a word of at least two letters.' : error.message });
        }
    }

    /** The next page. */
    async more() {
        const { next, more } = this.now;
        if (!next || more === 'busy') return;
        const running = this.#running;
        this.#set({ more: 'busy' });
        try {
            const answer = await this.#app.api.read(`/api/search?${next}`, { signal: running?.signal });
            if (running?.signal.aborted) return;
            const have = new Set(this.now.hits.map(({ message }) => `${message.room} ${message.seq}`));
            const hits = answer.data.results.filter((/** @type {Hit} */ { message }) => !have.has(`${message.room} ${message.seq}`));
            this.#set({ hits: [...this.now.hits, ...hits], next: answer.next, more: '' });
            // A page may be empty though there is more.
            if (!hits.length && answer.next) await this.more();
        } catch {
            if (!running?.signal.aborted) this.#set({ more: 'failed' });
        }
    }

    /** Opens the conversation at what was found. @param {Hit} hit */
    show({ message }) {
        this.#app.panels.open(message);
    }

    /** @param {string} handle @param {AbortSignal} signal */
    async #person(handle, signal) {
        const wanted = handle.toLowerCase();
        const { me, people } = this.#app.state;
        if (me && (wanted === 'me' || wanted === me.handle)) return me.id;
        const is = (/** @type {import('../types.js').Person} */ person) => person.handle === wanted;
        return (Object.values(people).find(is) ?? (await this.#app.people.search(wanted, signal)).find(is))?.id ?? '';
    }

    /** By its whole name, or by the beginning of one. @param {string} name */
    #room(name) {
        const { rooms, room, people } = this.#app.state;
        const wanted = name.toLocaleLowerCase();
        if (wanted === 'here') return room;
        const names = Object.values(rooms).map((one) => ({ id: one.id, name: roomName(this.#app, one).toLocaleLowerCase(), handle: people[one.person ?? '']?.handle ?? '' }));
        return (names.find((one) => one.name === wanted || one.handle === wanted) ?? names.find((one) => one.name.startsWith(wanted)))?.id ?? '';
    }
}
