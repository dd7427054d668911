/**
 * Who is writing, in a line above what one writes. Its room is always kept, so that nothing jumps. A screen reader
 * hears of it at most every half a minute, and only when somebody begins.
 *
 *     const line = new TypingLine(app);
 *     panel.append(line.node);                 // above the composer
 *     line.render(state, room, thread);        // with every change
 */

import { h, setData, setText } from '../lib/dom.js';
import { listed } from '../lib/text.js';
import { typistsOf } from '../reducers/typing.js';
import { personName } from './names.js';

const NAMED = 3;
const SAY_EVERY_MS = 30_000;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */

/** "Ann, Bob and 2 others are writing …" @param {string[]} names  of some of them @param {number} count */
export function typingText(names, count) {
    if (count < 1) return '';
    const shown = count > NAMED ? names.slice(0, NAMED - 1) : names.slice(0, NAMED);
    return `${listed(shown, count)} ${count === 1 ? 'is' : 'are'} writing …`;
}

export class TypingLine {
    #app;
    #text = h('span', { class: 'typing-text', dir: 'auto' });
    #says = h('span', { class: 'sr', role: 'status' });
    node = h('div', { class: 'typing' }, h('span', { class: 'typing-dots', 'aria-hidden': 'true' }, h('i', null), h('i', null), h('i', null)), this.#text, this.#says);
    #saidAt = 0;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
    }

    /** @param {State} state @param {string} room @param {number} [thread] */
    render(state, room, thread = 0) {
        const { people, count } = typistsOf(state, room, thread);
        const text = typingText(people.map((id) => personName(this.#app.people.get(id))), count);
        const was = this.#text.textContent;
        setText(this.#text, text);
        setData(this.node, { on: text ? 'yes' : undefined });
        if (!text) setText(this.#says, '');
        else if (!was && Date.now() - this.#saidAt > SAY_EVERY_MS) {
            this.#saidAt = Date.now();
            setText(this.#says, text);
        }
    }
}
