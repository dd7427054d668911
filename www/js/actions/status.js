/**
 * How I am here: available, not to be disturbed, or invisible by choice; idle when nobody has touched the page
 * for a while. The hub makes one of what all tabs say.
 */

import { keep, kept } from '../lib/kept.js';

const IDLE_MS = 5 * 60_000;
const LOOK_MS = 20_000;
const KEY = 'status';

/** @typedef {import('../app.js').App} App */
/** @typedef {'' | 'dnd' | 'invisible'} Choice */
/** @typedef {{status: 'online' | 'idle' | 'dnd', device: string, invisible?: true}} SelfShown */

/** The choice holds for all tabs of this browser. @returns {Choice} */
export function statusChoice() {
    const choice = kept(KEY);
    return choice === 'dnd' || choice === 'invisible' ? choice : '';
}

/** @returns {string} */
function device() {
    if (matchMedia('(pointer: fine)').matches) return 'desktop';
    return Math.min(screen.width, screen.height) < 600 ? 'phone' : 'tablet';
}

export class StatusActions {
    #app;
    #touched = Date.now();
    #said = '';

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        for (const name of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart']) {
            addEventListener(name, () => this.#touch(), { passive: true, capture: true });
        }
        document.addEventListener('visibilitychange', () => this.#touch());
        setInterval(() => this.#say(), LOOK_MS);
        app.store.subscribe((state, old) => {
            if (state.phase !== 'ready') this.#said = '';
            else if (old.phase !== 'ready' || (state.net.state === 'online' && old.net.state !== 'online')) this.#say(true);
        });
    }

    #touch() {
        const idle = Date.now() - this.#touched > IDLE_MS;
        this.#touched = Date.now();
        if (idle) this.#say();
    }

    /** @param {Choice} choice */
    choose(choice) {
        keep(KEY, choice);
        this.#say();
    }

    /** @param {boolean} [again]  the hub may be another one */
    #say(again = false) {
        if (this.#app.state.phase !== 'ready') return;
        const choice = statusChoice();
        const idle = Date.now() - this.#touched > IDLE_MS;
        /** @type {SelfShown} */
        const show = { status: choice === 'dnd' ? 'dnd' : idle ? 'idle' : 'online', device: device(), ...(choice === 'invisible' ? { invisible: true } : {}) };
        const text = JSON.stringify(show);
        if (text === this.#said && !again) return;
        this.#said = text;
        this.#app.hub.post({ t: 'self', show });
    }
}
