/**
 * Keeps the reader's place. At the bottom, new lines push the log up; anywhere else the line being
 * read stays where it is, whatever is added or dropped above or below it. The browser's own anchoring
 * is off (css/log.css), since not all have it and two would correct twice.
 */

const NEAR_PX = 40;

export class ScrollKeeper {
    /** Is the newest line to stay in sight? */
    stick = true;
    #scroller;
    #content;

    /** @param {HTMLElement} scroller @param {HTMLElement} content */
    constructor(scroller, content) {
        this.#scroller = scroller;
        this.#content = content;
        const watch = new ResizeObserver(() => { if (this.stick) this.toBottom(); });
        watch.observe(scroller);
        watch.observe(content);
    }

    get fromBottom() {
        const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
        return scrollHeight - scrollTop - clientHeight;
    }

    get fromTop() {
        return this.#scroller.scrollTop;
    }

    /** The person (or a program) has scrolled. */
    noticed() {
        this.stick = this.fromBottom < NEAR_PX;
    }

    toBottom() {
        this.#scroller.scrollTop = this.#scroller.scrollHeight;
    }

    /** Places a line a third of the way down. @param {Element} line */
    show(line) {
        const offset = line.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
        this.#scroller.scrollTop += offset - this.#scroller.clientHeight / 3;
        this.noticed();
    }

    /** Changes the content with the reader's place kept. @param {() => void} change */
    around(change) {
        const held = this.stick ? [] : this.visible();
        change();
        if (this.stick) {
            this.toBottom();
            return;
        }
        const anchor = held.find(({ node }) => node.isConnected);
        if (anchor) this.#scroller.scrollTop += anchor.node.getBoundingClientRect().top - anchor.top;
    }

    /** The lines in sight with their places. @returns {{node: HTMLElement, top: number}[]} */
    visible() {
        const view = this.#scroller.getBoundingClientRect();
        const lines = /** @type {HTMLElement[]} */ ([...this.#content.children]);
        // Lines are in order from top to bottom: find the first by halving.
        let low = 0;
        let high = lines.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (lines[middle].getBoundingClientRect().bottom <= view.top) low = middle + 1;
            else high = middle;
        }
        const found = [];
        for (let i = low; i < lines.length; i += 1) {
            const box = lines[i].getBoundingClientRect();
            if (box.top >= view.bottom) break;
            found.push({ node: lines[i], top: box.top, bottom: box.bottom });
        }
        return found;
    }

    /** The newest message whose end is in sight. @returns {HTMLElement | null} */
    lastSeen() {
        const floor = this.#scroller.getBoundingClientRect().bottom + 2;
        const whole = this.visible().filter(({ node }) => node.dataset.seq && node.getBoundingClientRect().bottom <= floor);
        return whole.length ? whole[whole.length - 1].node : null;
    }
}
