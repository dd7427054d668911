/**
 * Completion while one writes: a sign begins it (`:` an emoji, `@` a person), letters narrow it, arrow keys and
 * Enter or Tab take one. The text area keeps the focus; the list is told to screen readers by
 * aria-activedescendant.
 *
 * A trigger is a row: {sign, least, letters, find}. js/view/triggers.js has those of the composer; any other
 * text area takes the same ones:
 *
 *     const completer = new Completer(area, triggersFor(app, () => room));
 *     box.append(completer.node);            // box is positioned; the list stands above it
 *     area.addEventListener('keydown', (event) => { if (completer.key(event)) return; ... });
 */

import { fill, h, setText } from '../lib/dom.js';
import { plural } from '../lib/text.js';

const SHOWN = 8;

/**
 * @typedef {{key: string, label: string, note?: string, picture: () => Node | string, insert: string, chosen?: () => void}} Choice
 * @typedef {{sign: string, name: string, least: number, letters: RegExp,
 *   find: (query: string) => Choice[] | Promise<Choice[]>}} Trigger  `letters`: what a query is made of, as one
 *   character class; `least`: that many of them at least; `name`: what the list is called
 */

let count = 0;

/** Puts text in the place of a part, in a way that the person can undo. @param {HTMLTextAreaElement} area @param {number} start @param {number} end @param {string} text */
export function replaceRange(area, start, end, text) {
    area.focus({ preventScroll: true });
    area.setSelectionRange(start, end);
    if (document.execCommand('insertText', false, text)) return;
    area.setRangeText(text, start, end, 'end');
    area.dispatchEvent(new Event('input', { bubbles: true }));
}

/** Puts text where the cursor is. @param {HTMLTextAreaElement} area @param {string} text */
export function insertAtCursor(area, text) {
    replaceRange(area, area.selectionStart, area.selectionEnd, text);
}

/**
 * What is being completed: the sign closest before the cursor that stands at the beginning of a word.
 * @param {string} before  the text before the cursor @param {Trigger[]} triggers
 * @returns {{trigger: Trigger, query: string, start: number} | null}
 */
export function tokenAt(before, triggers) {
    for (const trigger of triggers) {
        const start = before.lastIndexOf(trigger.sign);
        if (start < 0 || (start > 0 && !/[\s([{"'“‘]/u.test(before[start - 1]))) continue;
        const query = before.slice(start + trigger.sign.length);
        if (query.length < trigger.least || !new RegExp(`^${trigger.letters.source}*$`, 'u').test(query)) continue;
        return { trigger, query, start };
    }
    return null;
}

export class Completer {
    #area;
    #triggers;
    #id = `complete-${count += 1}`;
    #list = h('div', { class: 'complete-list', role: 'listbox', id: this.#id });
    #says = h('span', { class: 'sr', role: 'status' });
    node = h('div', { class: 'complete' }, this.#list, this.#says);
    /** @type {{trigger: Trigger, query: string, start: number} | null} */
    #token = null;
    /** @type {Choice[]} */
    #choices = [];
    #at = 0;
    #round = 0;
    /** Where the person has said no. */
    #refused = -1;

    /** @param {HTMLTextAreaElement} area @param {Trigger[]} triggers */
    constructor(area, triggers) {
        this.#area = area;
        this.#triggers = triggers;
        this.#list.hidden = true;
        area.setAttribute('aria-autocomplete', 'list');
        area.setAttribute('aria-controls', this.#id);
        area.addEventListener('input', () => void this.#look());
        area.addEventListener('click', () => void this.#look());
        area.addEventListener('keyup', (event) => { if (/^(Arrow(Left|Right)|Home|End)$/.test(event.key)) void this.#look(); });
        area.addEventListener('blur', () => this.close());
        // The press must not take the focus out of the text.
        this.#list.addEventListener('pointerdown', (event) => event.preventDefault());
        this.#list.addEventListener('mousedown', (event) => event.preventDefault());
        this.#list.addEventListener('click', (event) => {
            const option = /** @type {Element} */ (event.target).closest('[role=option]');
            if (option) this.#take([...this.#list.children].indexOf(option));
        });
    }

    get open() {
        return !this.#list.hidden;
    }

    close() {
        this.#round += 1;
        this.#token = null;
        if (this.#list.hidden) return;
        this.#list.hidden = true;
        fill(this.#list);
        setText(this.#says, '');
        this.#area.removeAttribute('aria-activedescendant');
    }

    async #look() {
        const { selectionStart, selectionEnd, value } = this.#area;
        const token = selectionStart === selectionEnd ? tokenAt(value.slice(0, selectionStart), this.#triggers) : null;
        if (!token || token.start === this.#refused) {
            if (!token) this.#refused = -1;
            this.close();
            return;
        }
        const round = ++this.#round;
        this.#token = token;
        /** @type {Choice[]} */
        let choices = [];
        try {
            choices = (await token.trigger.find(token.query)).slice(0, SHOWN);
        } catch {
            /* No list, then: one can go on writing. */
        }
        if (round !== this.#round) return;
        this.#show(token.trigger, choices);
    }

    /** @param {Trigger} trigger @param {Choice[]} choices */
    #show(trigger, choices) {
        if (!choices.length) {
            this.close();
            return;
        }
        const was = this.#list.hidden ? '' : this.#choices[this.#at]?.key;
        this.#choices = choices;
        this.#list.setAttribute('aria-label', trigger.name);
        fill(this.#list, ...choices.map((choice, i) => h('div', { class: 'complete-option', role: 'option', id: `${this.#id}-${i}` },
            h('span', { class: 'complete-picture', 'aria-hidden': 'true' }, choice.picture()),
            h('span', { class: 'complete-label', dir: 'auto' }, choice.label),
            choice.note && h('span', { class: 'complete-note' }, choice.note))));
        this.#list.hidden = false;
        this.#mark(Math.max(0, this.#at > 0 ? choices.findIndex(({ key }) => key === was) : 0));
        setText(this.#says, plural(choices.length, 'suggestion', 'suggestions'));
    }

    /** @param {number} at */
    #mark(at) {
        this.#at = at;
        [...this.#list.children].forEach((option, i) => option.setAttribute('aria-selected', String(i === at)));
        this.#list.children[at]?.scrollIntoView({ block: 'nearest' });
        this.#area.setAttribute('aria-activedescendant', `${this.#id}-${at}`);
    }

    /** @param {number} at */
    #take(at) {
        const choice = this.#choices[at];
        const token = this.#token;
        if (!choice || !token) return;
        const end = token.start + token.trigger.sign.length + token.query.length;
        this.close();
        this.#at = 0;
        replaceRange(this.#area, token.start, end, choice.insert);
        choice.chosen?.();
        this.close();
    }

    /** Does this key belong to the list? Then it has been dealt with. @param {KeyboardEvent} event */
    key(event) {
        if (this.#list.hidden || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return false;
        const { length } = this.#choices;
        if (event.key === 'ArrowDown') this.#mark((this.#at + 1) % length);
        else if (event.key === 'ArrowUp') this.#mark((this.#at + length - 1) % length);
        else if ((event.key === 'Enter' && !event.shiftKey) || (event.key === 'Tab' && !event.shiftKey)) this.#take(this.#at);
        else if (event.key === 'Escape') {
            this.#refused = this.#token?.start ?? -1;
            this.close();
        } else return false;
        event.preventDefault();
        event.stopPropagation();
        return true;
    }
}
