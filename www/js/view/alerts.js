/**
 * Telling a person who looks elsewhere: a sound, a notification of the browser, the count in the title, a dot on
 * the icon. The settings of the rooms decide (js/lib/attention.js); those of this browser are kept here. Several
 * tabs tell once: whoever gets the lock of a message first, and a tab in which it is being read gets it at once.
 */

import { statusChoice } from '../actions/status.js';
import { rings, titleCount } from '../lib/attention.js';
import { keep, kept } from '../lib/kept.js';
import { ring } from '../lib/sound.js';
import { personName, roomName } from './names.js';

/** Older messages came while we were away: they count, and do not ring. */
const FRESH_MS = 120_000;
const PAUSE_MS = 1_500;
/** Tabs in which nobody is let those go first in which somebody is. */
const YIELD_MS = 120;
const HOLD_MS = 3_000;
const BODY_MOST = 160;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Room} Room */
/** @typedef {import('../types.js').Message} Message */

export const soundWanted = () => kept('alerts.sound') !== 'off';
/** @param {boolean} on */
export const wantSound = (on) => keep('alerts.sound', on ? '' : 'off');

/** @returns {'missing' | 'default' | 'denied' | 'granted'}  what the browser says */
export function permission() {
    return typeof Notification === 'function' && isSecureContext ? Notification.permission : 'missing';
}
export const noticesWanted = () => permission() === 'granted' && kept('alerts.notices') !== 'off';
/** @param {boolean} on */
export const wantNotices = (on) => keep('alerts.notices', on ? '' : 'off');

/** Runs the work in one tab of the browser only. @param {string} name @param {() => void} work */
async function once(name, work) {
    if (!navigator.locks) {
        work();
        return;
    }
    await navigator.locks.request(`confab-alert-${name}`, { ifAvailable: true }, async (lock) => {
        if (!lock) return;
        work();
        await new Promise((resolve) => { setTimeout(resolve, HOLD_MS); });
    });
}

export class Alerts {
    #app;
    #rangAt = 0;
    #icon = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel=icon]'));

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        app.store.subscribe((state, old) => this.#look(state, old));
    }

    /** @param {State} state @param {State} old */
    #look(state, old) {
        const many = titleCount(Object.values(state.rooms));
        this.#dot(many > 0);
        if (state.phase !== 'ready' || old.phase !== 'ready' || state.rooms === old.rooms || state.me?.id !== old.me?.id) return;
        for (const [id, room] of Object.entries(state.rooms)) {
            const before = old.rooms[id];
            if (!before || before === room || !rings(room, before)) continue;
            const message = room.last_message;
            if (!message || message.sender === state.me?.id || Date.now() - Date.parse(message.sent_at) > FRESH_MS) continue;
            void this.#tell(room, message);
        }
    }

    /** @param {Room} room @param {Message} message */
    async #tell(room, message) {
        const reading = document.visibilityState === 'visible' && document.hasFocus() && this.#app.state.room === room.id;
        const name = `${room.id}-${message.seq}`;
        if (reading) {
            await once(name, () => {});
            return;
        }
        await new Promise((resolve) => { setTimeout(resolve, YIELD_MS); });
        await once(name, () => {
            if (statusChoice() === 'dnd') return;
            if (soundWanted() && Date.now() - this.#rangAt > PAUSE_MS) {
                this.#rangAt = Date.now();
                void ring();
            }
            if (noticesWanted() && !(document.visibilityState === 'visible' && document.hasFocus())) this.#show(room, message);
        });
    }

    /** @param {Room} room @param {Message} message */
    #show(room, message) {
        const app = this.#app;
        const who = personName(app.people.get(message.sender));
        try {
            const notice = new Notification(room.kind === 'direct' ? who : `${who} – ${roomName(app, room)}`, {
                body: (message.text ?? 'A new message').slice(0, BODY_MOST), tag: `confab-${room.id}`, icon: 'img/confab.svg', silent: true,
            });
            notice.onclick = () => {
                window.focus();
                app.panels.open(message);
                notice.close();
            };
        } catch {
            /* Some browsers of phones only let workers show them. */
        }
    }

    /** @param {boolean} on */
    #dot(on) {
        const href = on ? 'img/confab-new.svg' : 'img/confab.svg';
        if (this.#icon && this.#icon.getAttribute('href') !== href) this.#icon.setAttribute('href', href);
    }
}
