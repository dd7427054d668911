/**
 * A box that floats by something: an emoji picker, a menu. One way to place it, to close it (Escape, a press
 * elsewhere, the focus going away), and to give the focus back. On a small screen a `sheet` lies at the
 * bottom instead (css/popup.css).
 */

const GAP_PX = 4;
const EDGE_PX = 8;

/** @typedef {{node: HTMLElement, close: () => void}} Popup */

/**
 * Below the anchor and ending where it ends, or wherever there is room. The box is fixed to the window, so
 * that a scrolling panel around it does not cut it off.
 * @param {HTMLElement} box @param {DOMRect} anchor
 */
export function place(box, anchor) {
    const { offsetWidth: width, offsetHeight: height } = box;
    const below = anchor.bottom + GAP_PX;
    const above = anchor.top - GAP_PX - height;
    const top = below + height <= innerHeight - EDGE_PX ? below : above >= EDGE_PX ? above : Math.max(EDGE_PX, innerHeight - EDGE_PX - height);
    const end = document.dir === 'rtl' ? anchor.left : anchor.right - width;
    const left = Math.min(innerWidth - width - EDGE_PX, Math.max(EDGE_PX, end));
    box.style.top = `${top}px`;
    box.style.left = `${left}px`;
}

/**
 * @param {Element | DOMRect} anchor  what it belongs to; a press on an element that is the anchor does not close it
 * @param {HTMLElement} node
 * @param {{closed?: () => void, back?: HTMLElement | null}} [options]  `back`: gets the focus when the
 *   popup that has it closes; by default whatever had it before
 * @returns {Popup}
 */
export function openPopup(anchor, node, { closed, back } = {}) {
    const element = anchor instanceof Element ? anchor : null;
    const home = element?.closest('dialog') ?? document.body;
    const before = back ?? (document.activeElement instanceof HTMLElement ? document.activeElement : null);
    let open = true;

    function put() {
        const box = element ? element.getBoundingClientRect() : /** @type {DOMRect} */ (anchor);
        if (element && !element.isConnected) close();
        else place(node, box);
    }

    function close() {
        if (!open) return;
        open = false;
        const held = node.contains(document.activeElement) || document.activeElement === document.body;
        document.removeEventListener('pointerdown', outside, true);
        removeEventListener('resize', put);
        node.remove();
        if (held && before?.isConnected) before.focus({ preventScroll: true });
        closed?.();
    }

    /** @param {Event} event */
    function outside(event) {
        const target = /** @type {Node} */ (event.target);
        if (!node.contains(target) && !element?.contains(target)) close();
    }

    node.addEventListener('keydown', (event) => {
        if (event.key !== 'Escape') return;
        // The dialog around it stays.
        event.preventDefault();
        event.stopPropagation();
        close();
    });
    node.addEventListener('focusout', (event) => {
        const next = /** @type {Node | null} */ (event.relatedTarget);
        if (next && open && !node.contains(next) && !element?.contains(next)) close();
    });
    home.append(node);
    put();
    document.addEventListener('pointerdown', outside, true);
    addEventListener('resize', put);
    return { node, close };
}
