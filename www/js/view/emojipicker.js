/**
 * Choosing an emoji: search, groups, those used lately, skin tones. Arrow keys move in the grid, letters go
 * to the search.
 *
 *     const emoji = await pickEmoji(button);   // null: none was chosen
 */

import { TONES, TONE_NAMES, chooseTone, chosenTone, loadEmoji, recentEmoji, searchEmoji, usedEmoji, withTone } from '../lib/emoji.js';
import { fill, h, setText } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { openPopup } from './popup.js';

const COLUMNS = 8;
const FOUND_MOST = 80;
const HAND = '✋';
/** What stands on the tab of a group instead of its first emoji. @type {Record<string, string>} */
const TAB_SIGNS = { 'Animals & Nature': '🐻', 'Food & Drink': '🍎', 'Travel & Places': '✈️', Activities: '⚽', Objects: '💡', Symbols: '💯' };

/** @typedef {import('../lib/emoji.js').Emoji} Emoji */
/** @typedef {import('../lib/emoji.js').EmojiTable} EmojiTable */

/** The one that is open. @type {{anchor: Element, close: () => void} | null} */
let current = null;

/**
 * @param {HTMLElement} anchor  asking again with the same one closes it
 * @returns {Promise<string | null>}
 */
export function pickEmoji(anchor) {
    const again = current?.anchor === anchor;
    current?.close();
    if (again) return Promise.resolve(null);
    return new Promise((resolve) => {
        const picker = new EmojiPicker((emoji) => {
            usedEmoji(emoji);
            resolve(emoji);
            popup.close();
        });
        // A message may be the anchor as well: only a button can be said to have opened it.
        const button = anchor.matches('button') ? anchor : null;
        button?.setAttribute('aria-expanded', 'true');
        const popup = openPopup(anchor, picker.node, {
            back: button,
            closed() {
                button?.setAttribute('aria-expanded', 'false');
                if (current?.anchor === anchor) current = null;
                resolve(null);
            },
        });
        current = { anchor, close: popup.close };
        void picker.begin();
    });
}

class EmojiPicker {
    #pick;
    #input = h('input', { type: 'search', placeholder: 'Search emoji', 'aria-label': 'Search emoji', autocomplete: 'off', spellcheck: 'false' });
    #tabs = h('div', { class: 'emoji-tabs', role: 'group', 'aria-label': 'Groups of emoji' });
    #body = h('div', { class: 'emoji-body' });
    #says = h('p', { class: 'sr', role: 'status' });
    #name = h('span', { class: 'emoji-name', 'aria-hidden': 'true' });
    #tones = h('div', { class: 'emoji-tones', role: 'radiogroup', 'aria-label': 'Skin tone' });
    node = h('div', { class: 'popup sheet emoji-picker', role: 'dialog', 'aria-label': 'Choose an emoji' },
        h('div', { class: 'search-box' }, icon('search'), this.#input), this.#tabs, this.#body, this.#says,
        h('footer', { class: 'emoji-foot' }, this.#name, this.#tones));
    /** @type {EmojiTable | null} */
    #table = null;
    #round = 0;

    /** @param {(emoji: string) => void} pick */
    constructor(pick) {
        this.#pick = pick;
        this.#input.addEventListener('input', () => this.#draw());
        this.node.addEventListener('keydown', (event) => this.#key(event));
        this.#body.addEventListener('click', ({ target }) => this.#choose(/** @type {Element} */ (target).closest('.emoji-cell')));
        for (const type of ['focusin', 'pointerover']) this.#body.addEventListener(type, ({ target }) => this.#tell(/** @type {Element} */ (target).closest('.emoji-cell')));
        this.#drawTones();
    }

    async begin() {
        // On a phone the keyboard would cover what there is to choose from.
        if (matchMedia('(pointer: fine)').matches) this.#input.focus();
        fill(this.#body, h('p', { class: 'found-says' }, 'Loading…'));
        try {
            this.#table = await loadEmoji();
        } catch {
            fill(this.#body, h('p', { class: 'found-says' }, 'The emoji could not be loaded. ', h('button', { type: 'button', class: 'link', on: { click: () => void this.begin() } }, 'Retry')));
            return;
        }
        this.#draw();
    }

    #draw() {
        const table = this.#table;
        if (!table) return;
        const round = ++this.#round;
        const text = this.#input.value.trim();
        this.#tabs.hidden = text !== '';
        this.#body.scrollTop = 0;
        if (text) {
            const found = searchEmoji(table, text, FOUND_MOST);
            fill(this.#body, found.length ? this.#section('Found', found) : h('p', { class: 'found-says' }, `There is no emoji “${text}”.`));
            setText(this.#says, found.length ? `${found.length} found` : 'None found');
        } else {
            setText(this.#says, '');
            const lately = recentEmoji().map((emoji) => ({ emoji, name: nameOf(table, emoji), codes: [], toned: false }));
            const sections = [...(lately.length ? [{ name: 'Used lately', list: lately }] : []), ...table.groups];
            fill(this.#body, ...sections.slice(0, 2).map(({ name, list }) => this.#section(name, list)));
            // The rest is out of sight and may come a little later.
            const rest = sections.slice(2);
            const more = () => {
                const next = rest.shift();
                if (round !== this.#round || !next || !this.node.isConnected) return;
                this.#body.append(this.#section(next.name, next.list));
                setTimeout(more);
            };
            setTimeout(more);
            fill(this.#tabs, ...sections.map(({ name, list }) => h('button', {
                type: 'button', class: 'emoji-tab', 'aria-label': name, title: name, on: { click: () => this.#goTo(name) },
            }, name === 'Used lately' ? icon('clock') : TAB_SIGNS[name] ?? list[0].emoji)));
        }
        const first = this.#cells[0];
        if (first) first.tabIndex = 0;
        this.#tell(null);
    }

    /** @param {string} name @param {Emoji[]} list */
    #section(name, list) {
        const tone = chosenTone();
        const rows = [];
        for (let at = 0; at < list.length; at += COLUMNS) {
            rows.push(h('div', { class: 'emoji-row', role: 'row' }, ...list.slice(at, at + COLUMNS).map((one) => h('button', {
                type: 'button', class: 'emoji-cell', role: 'gridcell', tabIndex: -1, 'aria-label': one.name, dataset: { code: one.codes[0] },
            }, one.toned ? withTone(one.emoji, tone) : one.emoji))));
        }
        const section = h('section', { class: 'emoji-group', dataset: { group: name } },
            h('h3', { 'aria-hidden': 'true' }, name), h('div', { role: 'grid', 'aria-label': name }, ...rows));
        section.style.containIntrinsicSize = `auto ${rows.length * 40 + 28}px`;
        return section;
    }

    #drawTones() {
        const chosen = chosenTone();
        fill(this.#tones, ...TONES.map((tone, i) => h('button', {
            type: 'button', class: 'emoji-tone', role: 'radio', 'aria-checked': String(tone === chosen), 'aria-label': TONE_NAMES[i], title: TONE_NAMES[i], tabIndex: tone === chosen ? 0 : -1,
            on: {
                click: () => {
                    chooseTone(tone);
                    this.#drawTones();
                    this.#draw();
                    /** @type {HTMLElement | null} */ (this.#tones.querySelector('[aria-checked="true"]'))?.focus();
                },
            },
        }, withTone(HAND, tone))));
    }

    /** @param {string} name */
    #goTo(name) {
        const section = [...this.#body.children].find((one) => /** @type {HTMLElement} */ (one).dataset.group === name);
        section?.scrollIntoView({ block: 'start' });
        this.#move(/** @type {HTMLElement | null} */ (section?.querySelector('.emoji-cell') ?? null));
    }

    /** @param {Element | null} cell */
    #choose(cell) {
        if (cell?.textContent) this.#pick(cell.textContent);
    }

    /** @param {Element | null} cell */
    #tell(cell) {
        const code = /** @type {HTMLElement | null} */ (cell)?.dataset.code;
        setText(this.#name, cell ? (code ? `:${code}:` : cell.getAttribute('aria-label') ?? '') : '');
    }

    get #cells() {
        return /** @type {HTMLElement[]} */ ([...this.#body.querySelectorAll('.emoji-cell')]);
    }

    /** @param {HTMLElement | null | undefined} cell */
    #move(cell) {
        if (!cell) return;
        for (const old of this.#body.querySelectorAll('.emoji-cell[tabindex="0"]')) /** @type {HTMLElement} */ (old).tabIndex = -1;
        cell.tabIndex = 0;
        cell.focus();
    }

    /** The cell in the same column, so many rows further. @param {HTMLElement} cell @param {number} step */
    #below(cell, step) {
        const rows = [...this.#body.querySelectorAll('.emoji-row')];
        const row = /** @type {Element} */ (cell.parentElement);
        const cells = rows[rows.indexOf(row) + step]?.children;
        return /** @type {HTMLElement | undefined} */ (cells?.[Math.min([...row.children].indexOf(cell), cells.length - 1)]);
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const cell = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('.emoji-cell'));
        if (event.target === this.#input) this.#searchKey(event);
        else if (cell) this.#cellKey(event, cell);
        else if (/** @type {Element} */ (event.target).closest('.emoji-tones')) this.#toneKey(event);
    }

    /** @param {KeyboardEvent} event */
    #searchKey(event) {
        const [first] = this.#cells;
        if (event.isComposing || !first) return;
        if (event.key === 'ArrowDown') this.#move(first);
        else if (event.key === 'Enter' && this.#input.value.trim()) this.#choose(first);
        else if (event.key !== 'Enter') return;
        event.preventDefault();
    }

    /** @param {KeyboardEvent} event */
    #toneKey(event) {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const at = TONES.indexOf(chosenTone());
        /** @type {HTMLElement} */ (this.#tones.children[(at + step + TONES.length) % TONES.length]).click();
    }

    /** @param {KeyboardEvent} event @param {HTMLElement} cell */
    #cellKey(event, cell) {
        const cells = this.#cells;
        const at = cells.indexOf(cell);
        const row = /** @type {Element} */ (cell.parentElement);
        switch (event.key) {
            case 'ArrowRight': this.#move(cells[at + 1]); break;
            case 'ArrowLeft': this.#move(cells[at - 1]); break;
            case 'ArrowDown': this.#move(this.#below(cell, 1)); break;
            case 'ArrowUp': {
                const above = this.#below(cell, -1);
                if (above) this.#move(above);
                else this.#input.focus();
                break;
            }
            case 'Home': this.#move(/** @type {HTMLElement} */ (row.firstElementChild)); break;
            case 'End': this.#move(/** @type {HTMLElement} */ (row.lastElementChild)); break;
            case 'PageDown': this.#move(this.#below(cell, 5) ?? cells[cells.length - 1]); break;
            case 'PageUp': this.#move(this.#below(cell, -5) ?? cells[0]); break;
            default:
                if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey) this.#input.focus();
                return;
        }
        event.preventDefault();
    }
}

/** @param {EmojiTable} table @param {string} emoji */
function nameOf(table, emoji) {
    const plain = emoji.replace(/[\u{1f3fb}-\u{1f3ff}\ufe0f]/gu, '');
    return table.all.find((one) => one.emoji.replaceAll('\ufe0f', '') === plain)?.name ?? emoji;
}
