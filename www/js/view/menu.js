/** A menu under a button: arrow keys, Escape, a press elsewhere closes it. */

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';

const GAP_PX = 4;
const EDGE_PX = 8;

/** @typedef {{label: string, icon: import('../lib/icons.js').IconName, danger?: boolean, run: () => void}} Item */

/**
 * Below the button and ending where it ends, or wherever there is room. The menu is fixed to the
 * window, so that a scrolling panel around it does not cut it off.
 * @param {HTMLElement} menu @param {DOMRect} button
 */
function place(menu, button) {
    const { offsetWidth: width, offsetHeight: height } = menu;
    const below = button.bottom + GAP_PX;
    const top = below + height > innerHeight - EDGE_PX ? Math.max(EDGE_PX, button.top - GAP_PX - height) : below;
    const left = Math.min(innerWidth - width - EDGE_PX, Math.max(EDGE_PX, button.right - width));
    menu.style.top = `${top}px`;
    menu.style.left = `${left}px`;
}

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
