/** How the connection is: a banner when something is wrong, a small light when all is well. */

import { fill, h, setData, setText } from '../lib/dom.js';

/** Shorter interruptions are not worth a word. */
const PATIENCE_MS = 1_500;

/** @type {Record<string, string>} */
const WAYS = { ws: 'WebSocket', sse: 'event stream', poll: 'long-poll', sync: 'polling' };

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */

export class StatusView {
    #app;
    #text = h('span', null);
    /** Not read out: it changes every second. */
    #count = h('span', { 'aria-hidden': 'true' });
    #button = h('button', { type: 'button', class: 'link', on: { click: () => this.#app.hub.post({ t: 'poke' }) } }, 'Retry now');
    banner = h('div', { class: 'banner', role: 'status', hidden: true }, h('span', null, this.#text, this.#count), this.#button);
    #words = h('span', null);
    light = h('div', { class: 'light' }, h('span', { class: 'light-dot' }), this.#words);
    #since = Date.now();
    #wasOnline = false;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    #timer;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
    }

    /** @param {State} state @param {State} old */
    render(state, old) {
        const { net } = state;
        setData(this.light, { state: net.state });
        setText(this.#words, net.state === 'online' ? `Connected · ${WAYS[net.transport] ?? net.transport}` : net.state === 'connecting' ? 'Connecting…' : 'Not connected');
        if (net.state === 'online') {
            this.#wasOnline = true;
            clearInterval(this.#timer);
            this.#timer = undefined;
            this.banner.hidden = true;
            return;
        }
        if (old.net.state === 'online' || this.#timer === undefined) {
            this.#since = Date.now();
            clearInterval(this.#timer);
            this.#timer = setInterval(() => this.#draw(), 500);
        }
        this.#draw();
    }

    #draw() {
        const { net } = this.#app.state;
        const patience = this.#wasOnline ? PATIENCE_MS : PATIENCE_MS * 2;
        this.banner.hidden = net.state === 'online' || Date.now() - this.#since < patience;
        const offline = !navigator.onLine;
        const seconds = Math.ceil((net.retryAt - Date.now()) / 1000);
        const waiting = net.state === 'offline' && seconds > 0;
        this.#button.hidden = !waiting;
        setData(this.banner, { state: offline ? 'offline' : 'reconnecting' });
        setText(this.#text, offline ? 'You are offline. What you write is sent when you are back.'
            : waiting ? 'Connection lost.' : 'Reconnecting…');
        setText(this.#count, !offline && waiting ? ` Trying again in ${seconds} s.` : '');
    }

    /** The session is over. */
    stop() {
        clearInterval(this.#timer);
        this.#timer = undefined;
        this.#wasOnline = false;
        fill(this.#text);
        this.banner.hidden = true;
    }
}
