/**
 * Reaching the messages: a bar of actions beside the one under the mouse or with the focus, a menu with all of
 * them (a long press, or the button with the dots), and the keyboard.
 *
 * The messages are articles of which one is a stop of the Tab key; arrow keys go from one to the next, Enter
 * opens the menu, single letters are the actions' shortcuts. The bar stands outside of the list, which is a
 * live region, so that showing it is not read out.
 */

import { fill, h, setData } from '../lib/dom.js';
import { recentEmoji } from '../lib/emoji.js';
import { icon } from '../lib/icons.js';
import { isShortcut, pressed, spell } from '../keys.js';
import { actionsFor, labelOf } from './messageactions.js';
import { openPopup } from './popup.js';

const LONG_PRESS_MS = 450;
const MOVED_PX = 10;
const GAP_PX = 6;
/** So much of the bubble is covered where there is no room beside it. */
const OVER_PX = 14;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('./messageactions.js').MessageAction} MessageAction */

export class MessageMenu {
    #app;
    #scroller;
    #list;
    #messageOf;
    #leave;
    #bar = h('div', { class: 'msg-tools', role: 'toolbar', 'aria-label': 'What can be done with the message', hidden: true });
    /** The message that the bar belongs to. @type {HTMLElement | null} */
    #shown = null;
    /** What the bar was drawn for. */
    #drawn = '';
    /** Buttons that go take the focus with them, which is nobody's wish. */
    #drawing = false;
    /** The message that Tab goes to. @type {HTMLElement | null} */
    #stop = null;
    #chosen = false;
    /** @type {{node: HTMLElement, close: () => void} | null} */
    #menu = null;
    /** @type {{timer: ReturnType<typeof setTimeout>, x: number, y: number} | null} */
    #press = null;

    /**
     * @param {App} app
     * @param {{scroller: HTMLElement, list: HTMLElement, messageOf: (node: HTMLElement) => Message | undefined,
     *   leave: () => void}} parts  `scroller`: positioned, holds the list; `leave`: takes the focus after Escape
     */
    constructor(app, { scroller, list, messageOf, leave }) {
        this.#app = app;
        this.#scroller = scroller;
        this.#list = list;
        this.#messageOf = messageOf;
        this.#leave = leave;
        scroller.append(this.#bar);
        list.addEventListener('pointerover', (event) => { if (event.pointerType === 'mouse') this.#show(this.#at(event.target)); });
        scroller.addEventListener('pointerleave', () => { if (!this.#menu) this.#show(this.#focused); });
        list.addEventListener('focusin', (event) => this.#focus(this.#at(event.target)));
        scroller.addEventListener('focusout', (event) => { if (!scroller.contains(/** @type {Node | null} */ (event.relatedTarget)) && !this.#menu && !this.#drawing) this.#show(null); });
        list.addEventListener('keydown', (event) => this.#key(event));
        this.#bar.addEventListener('keydown', (event) => this.#barKey(event));
        list.addEventListener('pointerdown', (event) => this.#down(event));
        list.addEventListener('pointermove', (event) => { if (this.#press && Math.hypot(event.clientX - this.#press.x, event.clientY - this.#press.y) > MOVED_PX) this.#up(); });
        for (const type of ['pointerup', 'pointercancel']) list.addEventListener(type, () => this.#up());
    }

    /** @param {EventTarget | null} target @returns {HTMLElement | null} */
    #at(target) {
        return target instanceof Element ? target.closest('.msg[data-seq]') : null;
    }

    get #focused() {
        return this.#list.contains(document.activeElement) ? this.#at(document.activeElement) : null;
    }

    /** The list has been drawn: the bar and the Tab stop follow. */
    follow() {
        if (this.#shown && (!this.#shown.isConnected || !this.#messageOf(this.#shown))) this.#show(null);
        else if (this.#shown) this.#draw(this.#shown);
        if (this.#stop?.isConnected && this.#chosen) return;
        let last = this.#list.lastElementChild;
        while (last && !last.matches('.msg[data-seq]')) last = last.previousElementSibling;
        this.#stopAt(/** @type {HTMLElement | null} */ (last), false);
    }

    /** @param {HTMLElement | null} node @param {boolean} chosen */
    #stopAt(node, chosen) {
        this.#chosen = chosen;
        if (node === this.#stop) return;
        if (this.#stop) this.#stop.tabIndex = -1;
        this.#stop = node;
        if (node) node.tabIndex = 0;
    }

    /** Gives the focus to the message that Tab would go to. */
    enter() {
        this.#stop?.focus();
    }

    /** @param {HTMLElement} node */
    focus(node) {
        this.#stopAt(node, true);
        node.focus({ preventScroll: true });
    }

    /** @param {HTMLElement | null} node */
    #focus(node) {
        if (!node) return;
        this.#stopAt(node, true);
        this.#show(node);
    }

    /** @param {HTMLElement | null} node */
    #show(node) {
        if (node === this.#shown) return;
        this.#shown = node;
        this.#bar.hidden = !node;
        if (node) this.#draw(node);
    }

    /** @param {HTMLElement} node */
    #draw(node) {
        const message = this.#messageOf(node);
        const actions = message ? actionsFor(message, this.#app.state) : [];
        if (!message || !actions.length || 'editing' in node.dataset) {
            this.#bar.hidden = true;
            return;
        }
        const quick = actions.filter((action) => action.quick);
        const labels = quick.map((action) => labelOf(action, message, this.#app.state));
        const key = `${message.seq} ${labels.join('\n')}`;
        if (key !== this.#drawn) {
            this.#drawn = key;
            this.#drawing = true;
            fill(this.#bar, ...quick.map((action, i) => h('button', {
                type: 'button', class: 'msg-tool quick', tabIndex: i === 0 ? 0 : -1, 'aria-label': labels[i],
                title: action.shortcut ? `${labels[i]} (${spell(action.shortcut).join(' ')})` : labels[i], dataset: { action: action.id },
                on: { click: (/** @type {MouseEvent} */ event) => this.#run(action, /** @type {HTMLElement} */ (this.#shown), /** @type {HTMLElement} */ (event.currentTarget)) },
            }, icon(action.icon))), h('button', {
                type: 'button', class: 'msg-tool more', tabIndex: quick.length ? -1 : 0, 'aria-label': 'More actions', title: 'More actions', 'aria-haspopup': 'menu', 'aria-expanded': 'false',
                on: { click: (/** @type {MouseEvent} */ event) => this.#shown && this.open(this.#shown, /** @type {HTMLElement} */ (event.currentTarget)) },
            }, icon('more')));
            this.#drawing = false;
        }
        this.#bar.hidden = false;
        this.#place(node);
    }

    /** Beside the bubble if there is room, else over its edge. @param {HTMLElement} node */
    #place(node) {
        const bubble = (node.querySelector('.bubble') ?? node).getBoundingClientRect();
        const line = this.#list.getBoundingClientRect();
        const view = this.#scroller.getBoundingClientRect();
        const { offsetWidth: width, offsetHeight: height } = this.#bar;
        const own = 'own' in node.dataset;
        const beside = own ? bubble.left - GAP_PX - width : bubble.right + GAP_PX;
        const fits = beside >= line.left && beside + width <= line.right;
        const left = fits ? beside : Math.max(line.left + 2, own ? bubble.left : bubble.right - width);
        const top = fits ? bubble.top + (Math.min(bubble.height, height) - height) / 2 : bubble.top - height + OVER_PX;
        this.#bar.style.left = `${left - view.left}px`;
        this.#bar.style.top = `${top - view.top + this.#scroller.scrollTop}px`;
    }

    /** @param {MessageAction} action @param {HTMLElement} node @param {HTMLElement} [anchor] */
    #run(action, node, anchor = /** @type {HTMLElement} */ (node.querySelector('.bubble')) ?? node) {
        const message = this.#messageOf(node);
        if (!message) return;
        // What has changed since it was drawn is asked again.
        if (!action.when(message, this.#app.state)) return;
        Promise.resolve(action.run({ app: this.#app, message, node, anchor })).catch((error) => this.#app.say(error.message));
    }

    /** The menu with everything. @param {HTMLElement} node @param {HTMLElement} [anchor] */
    open(node, anchor = /** @type {HTMLElement} */ (node.querySelector('.bubble')) ?? node) {
        const message = this.#messageOf(node);
        if (!message) return;
        const again = this.#menu?.node.dataset.seq === String(message.seq);
        this.#menu?.close();
        if (again) return;
        const { state } = this.#app;
        const items = actionsFor(message, state).map((action) => h('button', {
            type: 'button', role: 'menuitem', class: action.danger ? 'menu-item danger' : 'menu-item', tabIndex: -1, dataset: { action: action.id },
            'aria-keyshortcuts': action.shortcut,
            on: {
                click: () => {
                    popup.close();
                    this.#run(action, node);
                },
            },
        }, icon(action.icon), h('span', { class: 'menu-label' }, labelOf(action, message, state)), action.shortcut && h('kbd', { 'aria-hidden': 'true' }, ...spell(action.shortcut))));
        const quick = this.#quick(message, () => popup.close());
        const menu = h('div', { class: 'menu popup sheet', role: 'menu', 'aria-label': 'Message', dataset: { seq: message.seq } },
            quick.length > 0 && h('div', { class: 'menu-quick', role: 'group', 'aria-label': 'React' }, ...quick), ...items);
        const at = () => quick.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
        const aside = (/** @type {number} */ to) => quick[(to + quick.length) % quick.length].focus();
        const move = (/** @type {number} */ to) => items[(to + items.length) % items.length]?.focus();
        menu.addEventListener('keydown', (event) => {
            const place = items.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
            const emoji = at();
            if (emoji >= 0 && event.key === 'ArrowRight') aside(emoji + 1);
            else if (emoji >= 0 && event.key === 'ArrowLeft') aside(emoji - 1);
            else if (event.key === 'ArrowUp' && place === 0 && quick.length) aside(0);
            else if (event.key === 'ArrowDown') move(place + 1);
            else if (event.key === 'ArrowUp') move(place - 1);
            else if (event.key === 'Home') move(0);
            else if (event.key === 'End') move(items.length - 1);
            else if (event.key === 'Tab') popup.close();
            else if (!this.#shortcut(event, node, () => popup.close())) return;
            event.preventDefault();
            event.stopPropagation();
        });
        const button = anchor.matches('[aria-haspopup]') ? anchor : null;
        button?.setAttribute('aria-expanded', 'true');
        const popup = openPopup(anchor, menu, {
            back: button ?? node,
            closed: () => {
                this.#menu = null;
                button?.setAttribute('aria-expanded', 'false');
                setData(node, { menu: undefined });
                if (!this.#scroller.contains(document.activeElement)) this.#show(null);
            },
        });
        this.#menu = popup;
        setData(node, { menu: 'open' });
        this.#show(node);
        move(0);
    }

    /** The reactions that one takes most. @param {Message} message @param {() => void} close */
    #quick(message, close) {
        const { state, messages } = this.#app;
        if (message.deleted || !(message.room in state.rooms)) return [];
        return quickEmoji(message).map((emoji) => {
            const mine = Boolean(message.reactions?.some((one) => one.emoji === emoji && one.mine));
            return h('button', {
                type: 'button', class: 'menu-emoji', role: 'menuitemcheckbox', 'aria-checked': String(mine), 'aria-label': `React with ${emoji}`, tabIndex: -1,
                on: {
                    click: () => {
                        close();
                        messages.react(message, emoji, !mine);
                    },
                },
            }, emoji);
        });
    }

    /** Runs the action that this key stands for. @param {KeyboardEvent} event @param {HTMLElement} node @param {() => void} [before] */
    #shortcut(event, node, before) {
        const message = this.#messageOf(node);
        const action = message && actionsFor(message, this.#app.state).find(({ shortcut }) => shortcut && pressed(event, shortcut));
        if (!action) return false;
        before?.();
        this.#run(action, node);
        return true;
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const node = this.#at(event.target);
        if (!node) return;
        if (event.target !== node) {
            // On a link or a button inside: Escape comes back to the message, the rest is theirs.
            if (event.key !== 'Escape') return;
            node.focus({ preventScroll: true });
        } else if (isShortcut(event, 'messages-move')) this.#move(event.key, node);
        else if (isShortcut(event, 'messages-menu') || (event.key === 'F10' && event.shiftKey)) this.open(node);
        else if (isShortcut(event, 'messages-leave')) this.#leave();
        else if (!this.#shortcut(event, node)) return;
        event.preventDefault();
        event.stopPropagation();
    }

    /** @param {string} key @param {HTMLElement} node */
    #move(key, node) {
        const all = /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll('.msg[data-seq]')]);
        const at = all.indexOf(node);
        const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[key] ?? at;
        if (to >= all.length) {
            this.#leave();
            return;
        }
        all[Math.max(0, to)].focus({ preventScroll: true });
        all[Math.max(0, to)].scrollIntoView({ block: 'nearest' });
    }

    /** @param {KeyboardEvent} event */
    #barKey(event) {
        const all = /** @type {HTMLElement[]} */ ([...this.#bar.children]);
        const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
        const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
        if (to !== undefined) all[(to + all.length) % all.length].focus();
        else if (event.key === 'Escape') this.#shown?.focus({ preventScroll: true });
        else return;
        event.preventDefault();
    }

    /** @param {PointerEvent} event */
    #down(event) {
        const node = this.#at(event.target);
        if (event.pointerType === 'mouse' || !node || /** @type {Element} */ (event.target).closest('a, button')) return;
        this.#up();
        this.#press = {
            x: event.clientX, y: event.clientY,
            timer: setTimeout(() => {
                this.#press = null;
                // The lifting of the finger is no press on what is under it now, and no browser's menu follows.
                swallow();
                this.open(node);
            }, LONG_PRESS_MS),
        };
    }

    #up() {
        clearTimeout(this.#press?.timer);
        this.#press = null;
    }
}

const QUICK = ['👍', '❤️', '😂', '🎉', '👀', '✅'];

/** Those that were used lately, filled up with the most usual ones. @param {Message} message */
function quickEmoji(message) {
    const mine = (message.reactions ?? []).filter((one) => one.mine).map((one) => one.emoji);
    return [...new Set([...mine, ...recentEmoji().slice(0, 3), ...QUICK])].slice(0, QUICK.length);
}

/** What a browser makes of a long press is kept from whatever lies under the finger by now; the keyboard's presses are not. */
function swallow() {
    const stop = (/** @type {Event} */ event) => {
        if (event.type === 'click' && /** @type {UIEvent} */ (event).detail === 0) return;
        event.preventDefault();
        event.stopPropagation();
    };
    const types = ['contextmenu', 'mousedown', 'mouseup', 'click'];
    for (const type of types) addEventListener(type, stop, true);
    addEventListener('pointerdown', () => {
        for (const type of types) removeEventListener(type, stop, true);
    }, { capture: true, once: true });
}
