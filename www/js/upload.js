/**
 * Files on their way to the server: chunk by chunk, a few at a time, going on after a lost connection where
 * they stopped. An upload belongs to the place that it was begun in (a room, or a thread of it), until a
 * message takes it along or the person takes it back. Lives in the tab, as the files do.
 */

import { ApiError } from './api.js';
import { backoff } from './lib/backoff.js';
import { sizeWords } from './lib/files.js';
import { uuid7 } from './lib/uuid.js';

const AT_ONCE = 2;
/** The last chunk is answered when the file has been looked at. */
const CHUNK_TIMEOUT_MS = 60_000;
/** Refusals of the offset or faults of the server in a row, after which it is not the network. */
const FAULTS_ALLOWED = 6;

/** @typedef {import('./types.js').FileInfo} FileInfo */
/** @typedef {import('./types.js').FileLimits} FileLimits */
/** @typedef {import('./api.js').Api} Api */
/**
 * @typedef {object} Upload
 * @property {string} key  of the client's own making
 * @property {string} place @property {string} room
 * @property {File} file
 * @property {string} id  the server's; '' before it has begun
 * @property {number} sent  bytes that are on the server's disk
 * @property {'waiting' | 'sending' | 'stalled' | 'done' | 'failed'} state
 * @property {string} problem
 * @property {FileInfo | null} info  when it is done
 * @property {AbortController} ender
 */

export class Uploads {
    #api;
    #limits;
    #sleep;
    /** @type {Upload[]} */
    #all = [];
    /** @type {Set<() => void>} */
    #listeners = new Set();

    /**
     * @param {Pick<Api, 'call'>} api @param {() => FileLimits | null} limits
     * @param {(ms: number) => Promise<void>} [sleep]
     */
    constructor(api, limits, sleep = whenOnline) {
        this.#api = api;
        this.#limits = limits;
        this.#sleep = sleep;
    }

    /** @param {() => void} listener */
    subscribe(listener) {
        this.#listeners.add(listener);
    }

    /** Those of one place, in order. @param {string} place */
    of(place) {
        return this.#all.filter((upload) => upload.place === place);
    }

    /**
     * Begins to upload; returns what is wrong with those that are not taken.
     * @param {string} place @param {string} room @param {File[]} files @returns {string}
     */
    add(place, room, files) {
        const limits = this.#limits();
        if (!limits) return 'This server takes no files.';
        const wrong = [];
        let left = limits.count_max - this.of(place).length;
        for (const file of files) {
            if (file.size === 0) wrong.push(`“${file.name}” is empty.`);
            else if (file.size > limits.size_max) wrong.push(`“${file.name}” has ${sizeWords(file.size)}; ${sizeWords(limits.size_max)} is the most.`);
            else if (left <= 0) wrong.push(`A message takes ${limits.count_max} files.`);
            else {
                left -= 1;
                this.#all.push({ key: uuid7(), place, room, file, id: '', sent: 0, state: 'waiting', problem: '', info: null, ender: new AbortController() });
            }
        }
        this.#changed();
        return [...new Set(wrong)].join(' ');
    }

    /** Takes one back, whatever has become of it. @param {Upload} upload */
    remove(upload) {
        this.#all = this.#all.filter((one) => one !== upload);
        upload.ender.abort();
        // What stays on the server although this fails is removed there after a day.
        if (upload.id) this.#api.call('DELETE', `/api/files/${upload.id}`).catch(() => {});
        this.#changed();
    }

    /** @param {Upload} upload */
    retry(upload) {
        if (upload.state !== 'failed') return;
        Object.assign(upload, { state: 'waiting', problem: '' });
        this.#changed();
    }

    /** A message takes those of a place along: they are no longer here. @param {string} place @returns {FileInfo[]} */
    take(place) {
        const taken = this.of(place);
        this.#all = this.#all.filter((upload) => upload.place !== place);
        this.#changed();
        return taken.flatMap(({ info }) => info ?? []);
    }

    /** The session is over. */
    stop() {
        for (const { ender } of this.#all.splice(0)) ender.abort();
        this.#changed();
    }

    #changed() {
        const running = this.#all.filter(({ state }) => state === 'sending' || state === 'stalled').length;
        for (const upload of this.#all.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, AT_ONCE - running))) {
            upload.state = 'sending';
            void this.#run(upload);
        }
        for (const listener of this.#listeners) listener();
    }

    /** @param {Upload} upload */
    async #run(upload) {
        const { signal } = upload.ender;
        let tries = 0;
        let faults = 0;
        while (!signal.aborted && upload.state !== 'failed' && upload.state !== 'done') {
            const before = upload.sent;
            try {
                if (!upload.id) await this.#begin(upload);
                else if (tries > 0) await this.#ask(upload);
                upload.state = 'sending';
                while (!upload.info) await this.#chunk(upload);
                upload.state = 'done';
            } catch (thrown) {
                if (signal.aborted) return;
                const error = thrown instanceof ApiError ? thrown : new ApiError(0, 'unreadable', 'The file can no longer be read.');
                if (upload.sent > before) tries = faults = 0;
                faults += error.status ? 1 : 0;
                if (error.type === 'unreadable' || error.signedOut || faults >= FAULTS_ALLOWED || !(error.transient || (upload.id && error.status === 409))) {
                    Object.assign(upload, { state: 'failed', problem: error.message });
                } else {
                    upload.state = 'stalled';
                    this.#changed();
                    await this.#sleep(Math.max(error.retryAfterMs, backoff(tries)));
                    tries += 1;
                }
            }
        }
        if (!signal.aborted) this.#changed();
    }

    /** @param {Upload} upload */
    async #begin(upload) {
        const { file, room, key, ender } = upload;
        const body = { client_id: key, name: nameOf(file), size: file.size };
        const { data } = await this.#api.call('POST', `/api/rooms/${room}/files`, { body, signal: ender.signal });
        upload.id = data.id;
        upload.sent = data.offset;
    }

    /** Where does it stand? @param {Upload} upload */
    async #ask(upload) {
        const { data } = await this.#api.call('GET', `/api/files/${upload.id}/upload`, { signal: upload.ender.signal });
        this.#heard(upload, data);
    }

    /** @param {Upload} upload */
    async #chunk(upload) {
        const { file, id, sent, ender } = upload;
        const most = this.#limits()?.chunk_max ?? 65536;
        // The last one is sent again if its answer was lost: that answer tells what the file is.
        const offset = sent < file.size ? sent : Math.floor((file.size - 1) / most) * most;
        const bytes = await file.slice(offset, offset + most).arrayBuffer();
        const { data } = await this.#api.call('PUT', `/api/files/${id}`, { query: { offset }, bytes, signal: ender.signal, timeout: CHUNK_TIMEOUT_MS });
        this.#heard(upload, data);
    }

    /** @param {Upload} upload @param {{offset: number, file?: FileInfo}} data */
    #heard(upload, data) {
        upload.sent = data.offset;
        upload.info = data.file ?? null;
        this.#changed();
    }
}

/** At most 200 characters, ending included. @param {File} file */
function nameOf(file) {
    const points = [...(file.name || 'file')];
    if (points.length <= 200) return points.join('');
    const ending = /\.[^.]{1,10}$/.exec(file.name)?.[0] ?? '';
    return points.slice(0, 200 - [...ending].length).join('') + ending;
}

/** Waits, but not longer than until the network is back. @param {number} ms @returns {Promise<void>} */
function whenOnline(ms) {
    return new Promise((resolve) => {
        const end = () => {
            clearTimeout(timer);
            removeEventListener('online', end);
            resolve();
        };
        const timer = setTimeout(end, ms);
        addEventListener('online', end);
    });
}
