/** A menu under a button: arrow keys, Escape, a press elsewhere closes it. */

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { place } from './popup.js';

/** @typedef {{label: string, icon: import('../lib/icons.js').IconName, danger?: boolean, run: () => void}} Item */

/**
 * @param {{label: string, glyph: import('../lib/icons.js').IconName, class?: string,
 *   items: () => Item[]}} options  `items` is asked at every opening
 */
export function menuButton({ label, glyph, class: look = 'icon-button', items }) {
    /** @type {HTMLElement | null} */
    let menu = null;
    const button = h('button', {
        type: 'button', class: look, 'aria-label': label, title: label, 'aria-haspopup': 'menu', 'aria-expanded': 'false',
        on: { click: () => (menu ? close() : open()) },
    }, icon(glyph));
    const node = h('div', { class: 'menu-anchor' }, button);

    function open() {
        menu = h('div', { class: 'menu', role: 'menu', 'aria-label': label }, ...items().map((item) => h('button', {
            type: 'button', role: 'menuitem', class: item.danger ? 'menu-item danger' : 'menu-item', tabIndex: -1,
            on: {
                click: () => {
                    close();
                    item.run();
                },
            },
        }, icon(item.icon), item.label)));
        menu.addEventListener('keydown', key);
        node.append(menu);
        place(menu, button.getBoundingClientRect());
        button.setAttribute('aria-expanded', 'true');
        document.addEventListener('pointerdown', outside, true);
        node.addEventListener('focusout', left);
        addEventListener('resize', close);
        move(0);
    }

    function close() {
        if (!menu) return;
        const held = menu.contains(document.activeElement);
        menu.remove();
        menu = null;
        button.setAttribute('aria-expanded', 'false');
        document.removeEventListener('pointerdown', outside, true);
        node.removeEventListener('focusout', left);
        removeEventListener('resize', close);
        if (held) button.focus();
    }

    /** @param {Event} event */
    function outside(event) {
        if (!node.contains(/** @type {Node} */ (event.target))) close();
    }

    /** @param {FocusEvent} event */
    function left(event) {
        if (event.relatedTarget && !node.contains(/** @type {Node} */ (event.relatedTarget))) close();
    }

    /** @param {number} step  0: to the first */
    function move(step) {
        const all = /** @type {HTMLElement[]} */ ([...(menu?.children ?? [])]);
        const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
        all[step === 0 ? 0 : (at + step + all.length) % all.length]?.focus();
    }

    /** @param {KeyboardEvent} event */
    function key(event) {
        if (event.key === 'Escape') close();
        else if (event.key === 'ArrowDown') move(1);
        else if (event.key === 'ArrowUp') move(-1);
        else if (event.key === 'Home') move(0);
        else return;
        event.preventDefault();
        event.stopPropagation();
    }

    return node;
}
