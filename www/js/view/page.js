/** The whole page: which view is shown, the title, the passing remarks, what tests can see. */

import { titleCount } from '../lib/attention.js';
import { fill, h, setData } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { pageShortcut } from '../keys.js';
import { Alerts } from './alerts.js';
import { closeDialogs } from './dialog.js';
import { openKeyHelp } from './keyhelp.js';
import { roomName } from './names.js';
import { Shell } from './shell.js';
import { signInView } from './signin.js';

const TOAST_MS = 6_000;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */

export class Page {
    #app;
    #root;
    #toast = h('div', { class: 'toast', role: 'status', hidden: true });
    /** @type {Shell | null} */
    #shell = null;
    #shown = '';
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /** @param {App} app @param {HTMLElement} root */
    constructor(app, root) {
        this.#app = app;
        this.#root = root;
        document.body.append(this.#toast);
        document.addEventListener('keydown', (event) => this.#key(event));
        app.store.subscribe((state, old) => this.render(state, old));
        new Alerts(app);
    }

    /** @param {State} state @param {State} old */
    render(state, old) {
        this.#tellTests(state);
        if (state.phase !== this.#shown) this.#show(state);
        else if (state.phase === 'failed' && state.problem !== old.problem) this.#show(state);
        this.#shell?.render(state, old);
        this.#title(state);
        if (state.notice && state.notice !== old.notice) this.#say(state.notice);
    }

    /** @param {State} state */
    #show(state) {
        // The shell stays through a short absence of the state, such as a resync.
        this.#shown = state.phase;
        closeDialogs();
        this.#shell?.stop();
        this.#shell = null;
        if (state.phase === 'ready') {
            this.#shell = new Shell(this.#app);
            fill(this.#root, this.#shell.node);
        } else if (state.phase === 'signed-out') {
            fill(this.#root, signInView(this.#app, state));
            /** @type {HTMLElement | null} */ (this.#root.querySelector('[autofocus]'))?.focus();
        } else if (state.phase === 'failed') {
            fill(this.#root, h('main', { class: 'signin' }, h('div', { class: 'signin-card', role: 'alert' },
                h('span', { class: 'panel-icon bad' }, icon('alert')),
                h('h1', null, 'Not there yet'), h('p', null, state.problem),
                h('button', { type: 'button', class: 'button', on: { click: () => void this.#app.session.retry() } }, 'Retry'))));
        } else {
            fill(this.#root, h('div', { class: 'boot', role: 'status' }, h('span', { class: 'spinner' }), h('span', { class: 'sr' }, 'Loading')));
        }
    }

    /** @param {State} state */
    #tellTests(state) {
        setData(document.documentElement, {
            state: state.phase === 'signed-out' ? 'signed-out' : state.phase === 'ready' ? state.net.state : 'connecting',
            transport: state.net.transport,
            share: this.#app.hub.mode,
        });
    }

    /** @param {State} state */
    #title(state) {
        const unread = titleCount(Object.values(state.rooms));
        const room = state.rooms[state.room];
        const title = `${unread ? `(${unread}) ` : ''}${room ? `${roomName(this.#app, room)} – ` : ''}Confab`;
        if (document.title !== title) document.title = title;
    }

    /** @param {string} text */
    #say(text) {
        fill(this.#toast, text);
        this.#toast.hidden = false;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            this.#toast.hidden = true;
            this.#app.say('');
        }, TOAST_MS);
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const shell = this.#shell;
        const id = shell && !event.defaultPrevented ? pageShortcut(event) : '';
        // A dialog keeps the keys to itself, but for those that open another one.
        if (!shell || !id || (document.querySelector('dialog[open]') && id !== 'switcher' && id !== 'search' && id !== 'help')) return;
        event.preventDefault();
        if (id === 'help') openKeyHelp();
        else shell.shortcut(id);
    }
}
