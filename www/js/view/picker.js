/** Finding people: a search field, the answers below it, and those chosen so far. */

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { personAvatar, personName } from './names.js';

const TYPING_MS = 180;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Person} Person */

/**
 * @param {App} app
 * @param {{label: string, many: boolean, without?: (id: string) => boolean,
 *   picked?: (person: Person) => void}} options
 */
export function peoplePicker(app, { label, many, without = () => false, picked }) {
    /** @type {Map<string, Person>} */
    const chosen = new Map();
    const input = h('input', { type: 'search', id: 'people-search', placeholder: 'Name or handle', autocomplete: 'off', 'aria-label': label, 'aria-controls': 'people-found' });
    const chips = h('div', { class: 'chips' });
    const found = h('div', { class: 'found', id: 'people-found', role: 'group', 'aria-label': 'Found' });
    const says = h('p', { class: 'found-says', role: 'status' });
    /** @type {AbortController | undefined} */
    let running;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;

    function drawChips() {
        fill(chips, ...[...chosen.values()].map((person) => h('button', {
            type: 'button', class: 'chip', 'aria-label': `Take ${personName(person)} out again`,
            on: { click: () => toggle(person) },
        }, personAvatar(person, 'tiny'), personName(person), icon('close'))));
        for (const option of found.children) {
            if (many) option.setAttribute('aria-pressed', String(chosen.has(/** @type {HTMLElement} */ (option).dataset.person ?? '')));
        }
    }

    /** @param {Person} person */
    function toggle(person) {
        if (!many) {
            picked?.(person);
            return;
        }
        if (!chosen.delete(person.id)) chosen.set(person.id, person);
        drawChips();
    }

    /** @param {Person} person */
    function option(person) {
        return h('button', {
            type: 'button', class: 'option', dataset: { person: person.id }, on: { click: () => toggle(person) },
        }, personAvatar(person, 'small'),
        h('span', { class: 'option-text' }, h('span', { class: 'option-name', dir: 'auto' }, personName(person)), h('span', { class: 'option-note' }, `@${person.handle}`)),
        many && h('span', { class: 'tick' }, icon('check')));
    }

    async function search() {
        running?.abort();
        running = new AbortController();
        const { signal } = running;
        try {
            const people = await app.people.search(input.value.trim(), signal);
            if (signal.aborted) return;
            const list = people.filter((person) => person.active && !without(person.id));
            fill(found, ...list.map(option));
            fill(says, list.length ? '' : input.value.trim() ? `Nobody is called “${input.value.trim()}”.` : 'There is nobody else here yet.');
            drawChips();
        } catch (error) {
            if (signal.aborted) return;
            fill(found);
            fill(says, `${/** @type {Error} */ (error).message} `, h('button', { type: 'button', class: 'link', on: { click: () => void search() } }, 'Retry'));
        }
    }

    input.addEventListener('input', () => {
        clearTimeout(timer);
        timer = setTimeout(() => void search(), TYPING_MS);
    });
    const node = h('div', { class: 'picker' }, chips, input, says, found);
    node.addEventListener('keydown', (event) => arrows(event, input, found));
    void search();
    return { node, ids: () => [...chosen.keys()] };
}

/**
 * Up and down between a field and the list below it; Enter in the field takes the first answer.
 * @param {KeyboardEvent} event @param {HTMLElement} input @param {HTMLElement} list
 */
export function arrows(event, input, list) {
    const all = [input, .../** @type {HTMLElement[]} */ ([...list.querySelectorAll('button, a')])];
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at < 0) return;
    if (event.key === 'Enter' && at === 0 && !event.isComposing) {
        event.preventDefault();
        all[1]?.click();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        all[Math.max(0, Math.min(all.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)))].focus();
    }
}
