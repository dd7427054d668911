/**
 * Where a message is written: grows with the text, keeps a draft per room, counts near the limit, completes
 * emoji and people. `above` is room for what belongs to the message being written (a reply's parent, files),
 * `below` for how it is sent; `tools` for buttons beside the text. It writes to the open room, or to what
 * render() says: a thread has a composer of its own.
 */

import { h, setText } from '../lib/dom.js';
import { loadDraft, saveDraft } from '../lib/drafts.js';
import { icon } from '../lib/icons.js';
import { countPoints, isBlank } from '../lib/text.js';
import { isShortcut } from '../keys.js';
import { Attach } from './attach.js';
import { Completer, insertAtCursor, replaceRange } from './complete.js';
import { pickEmoji } from './emojipicker.js';
import { triggersFor } from './triggers.js';

const DRAFT_MS = 250;
/** The counter appears when fewer code points than this are left. */
const COUNTER_FROM = 200;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */

export class Composer {
    #app;
    #sent;
    #area = h('textarea', { rows: 1, dir: 'auto', enterkeyhint: 'send', autocomplete: 'off' });
    #button = h('button', { type: 'submit', class: 'send', disabled: true, 'aria-label': 'Send', title: 'Send (Enter)' }, icon('send'));
    #left = h('span', { class: 'left' });
    #label = h('label', { class: 'sr' }, 'Message');
    #emoji = h('button', { type: 'button', class: 'composer-tool', 'aria-label': 'Emoji', title: 'Emoji', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', on: { click: () => void this.pick() } }, icon('smile'));
    /** @type {Completer} */
    #completer;
    /** @type {Attach} */
    #attach;
    /** The message goes as soon as its files are there. */
    #armed = false;
    above = h('div', { class: 'composer-above' });
    tools = h('div', { class: 'composer-tools' }, this.#emoji);
    below = h('div', { class: 'composer-below' });
    #box = h('div', { class: 'composer-box' }, this.#area, this.#left, this.tools, this.#button);
    node = h('form', { class: 'composer', on: { submit: (/** @type {Event} */ event) => this.#submit(event) } },
        this.#label, this.above, this.#box, this.below);
    #room = '';
    /** The seq of the thread's first message; 0: the room's own log. */
    #thread = 0;
    #more;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #timer;

    /**
     * @param {App} app @param {() => void} sent  called before a message goes
     * @param {{id?: string, more?: () => import('../types.js').SendMore}} [options]  `more`: asked as it goes
     */
    constructor(app, sent, { id = 'compose', more = () => ({}) } = {}) {
        this.#app = app;
        this.#sent = sent;
        this.#more = more;
        this.#area.id = id;
        this.#label.htmlFor = id;
        this.#left.id = `${id}-left`;
        this.#area.setAttribute('aria-describedby', this.#left.id);
        this.#completer = new Completer(this.#area, triggersFor(app, () => this.#room));
        this.#box.append(this.#completer.node);
        this.#attach = new Attach(app, () => this.#attached());
        this.above.append(this.#attach.node);
        this.tools.prepend(this.#attach.button);
        this.#area.addEventListener('paste', (event) => this.#attach.paste(event));
        this.#area.addEventListener('input', () => this.#changed(true));
        this.#area.addEventListener('keydown', (event) => this.#key(event));
        this.node.addEventListener('quote', (event) => this.#quote(/** @type {CustomEvent<string>} */ (event).detail));
        window.addEventListener('pagehide', () => this.#save());
    }

    /** @param {State} state @param {string} label  the name of the room @param {{room?: string, thread?: number, hint?: string}} [place] */
    render(state, label, { room = state.room, thread = 0, hint = `Message ${label}` } = {}) {
        if (room !== this.#room || thread !== this.#thread) {
            this.#save();
            this.#room = room;
            this.#thread = thread;
            this.#area.value = room ? loadDraft(this.#draft) : '';
            this.#changed();
        }
        this.#attach.show(room, this.#draft);
        if (this.#area.placeholder !== hint) this.#area.placeholder = hint;
    }

    /** What its draft is kept under. */
    get #draft() {
        return this.#thread ? `${this.#room}.${this.#thread}` : this.#room;
    }

    /** Files that are dropped on an element go with this message. @param {HTMLElement} zone */
    accept(zone) {
        this.#attach.accept(zone);
    }

    /** Something is attached, or has come further. */
    #attached() {
        const armed = this.#armed;
        this.#ready();
        if (!armed) return;
        if (this.#attach.busy) this.#arm(true);
        else if (!this.#attach.failed && this.#attach.any) this.node.requestSubmit();
    }

    /** @param {boolean} armed */
    #arm(armed) {
        this.#armed = armed;
        this.node.toggleAttribute('data-armed', armed);
    }

    focus() {
        this.#area.focus({ preventScroll: true });
    }

    /** Puts text where the cursor is. @param {string} text */
    insert(text) {
        insertAtCursor(this.#area, text);
    }

    /** An emoji, chosen and put in. */
    async pick() {
        const emoji = await pickEmoji(this.#emoji);
        if (emoji) this.insert(emoji);
    }

    /** A quote goes before what has been written. @param {string} text */
    #quote(text) {
        const rest = this.#area.value;
        replaceRange(this.#area, 0, 0, rest && !rest.startsWith('\n') && rest.startsWith('>') ? `${text}\n` : text);
        this.#area.setSelectionRange(this.#area.value.length, this.#area.value.length);
        this.#area.scrollTop = this.#area.scrollHeight;
    }

    #save() {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        if (this.#room && this.#app.state.me) saveDraft(this.#draft, this.#area.value);
    }

    /** @param {boolean} [typed]  by the person */
    #changed(typed = false) {
        if (typed && !isBlank(this.#area.value)) this.#app.typing.wrote(this.#room, this.#thread);
        this.#area.style.height = 'auto';
        this.#area.style.height = `${this.#area.scrollHeight}px`;
        const limit = this.#app.state.limits.message_max;
        const left = limit - countPoints(this.#area.value);
        setText(this.#left, left <= Math.min(COUNTER_FROM, limit / 2) ? String(left) : '');
        this.#left.classList.toggle('over', left < 0);
        this.#ready();
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#save(), DRAFT_MS);
    }

    /** Can it be sent? Whoever goes on writing does not want it sent yet. */
    #ready() {
        this.#arm(false);
        const { value } = this.#area;
        this.#button.disabled = countPoints(value) > this.#app.state.limits.message_max || (isBlank(value) && !this.#attach.any);
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        if (this.#completer.key(event)) return;
        if (isShortcut(event, 'composer-edit') && this.#area.value === '' && !event.isComposing) {
            if (this.#app.messages.editLast(this.#room, this.#thread)) event.preventDefault();
            return;
        }
        // 229: the key belongs to an input method that is still composing (older browsers tell so).
        if (!isShortcut(event, 'composer-send') || event.isComposing || event.keyCode === 229) return;
        event.preventDefault();
        this.node.requestSubmit();
    }

    /** @param {Event} event */
    #submit(event) {
        event.preventDefault();
        if (this.#button.disabled || !this.#room) return;
        if (this.#attach.failed) {
            this.#app.say('A file could not be uploaded. Try again, or remove it.');
            return;
        }
        this.#arm(this.#attach.busy);
        if (this.#armed) return;
        const text = this.#area.value.trim();
        const files = this.#attach.take();
        this.#area.value = '';
        this.#changed();
        this.#save();
        this.#sent();
        this.#app.typing.sent(this.#room, this.#thread);
        void this.#app.rooms.send(this.#room, text, { ...(this.#thread && { thread: this.#thread }), ...this.#more(), ...files });
        this.focus();
    }
}
