/**
 * Building the page: elements are made by code, text is always text. Nothing here (or anywhere in
 * the client) turns a string into markup.
 */

/** @typedef {Node | string | number | null | undefined | false} Child */
/**
 * @typedef {{class?: string, dataset?: Record<string, string | number | undefined>,
 *   on?: Record<string, (event: any) => void>, [attribute: string]: unknown}} Props
 */

/** Set as properties, because their attribute is only the start value. */
const PROPERTIES = new Set(['value', 'checked', 'disabled', 'hidden', 'tabIndex', 'readOnly']);

/** @param {Element} node @param {Props} props */
export function setProps(node, props) {
    for (const [name, value] of Object.entries(props)) {
        if (name === 'class') {
            node.setAttribute('class', String(value ?? ''));
        } else if (name === 'dataset') {
            setData(/** @type {HTMLElement} */ (node), props.dataset ?? {});
        } else if (name === 'on') {
            for (const [type, listener] of Object.entries(props.on ?? {})) node.addEventListener(type, listener);
        } else if (PROPERTIES.has(name)) {
            if (value !== undefined) /** @type {any} */ (node)[name] = value;
        } else if (value === false || value === null || value === undefined) {
            node.removeAttribute(name);
        } else {
            node.setAttribute(name, value === true ? '' : String(value));
        }
    }
}

/** @param {HTMLElement} node @param {Record<string, string | number | undefined>} data */
export function setData(node, data) {
    for (const [key, value] of Object.entries(data)) {
        if (value === undefined) delete node.dataset[key];
        else if (node.dataset[key] !== String(value)) node.dataset[key] = String(value);
    }
}

/** @param {Child[]} children @returns {(Node | string)[]} */
function present(children) {
    /** @type {(Node | string)[]} */
    const list = [];
    for (const child of children) {
        if (child === null || child === undefined || child === false) continue;
        list.push(typeof child === 'number' ? String(child) : child);
    }
    return list;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props | null} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props, ...children) {
    const node = document.createElement(tag);
    node.append(...present(children));
    if (props) setProps(node, props);
    return node;
}

/** Replaces what is inside. @param {Element} node @param {...Child} children */
export function fill(node, ...children) {
    node.replaceChildren(...present(children));
}

/** Sets text only when it differs, so that live regions stay quiet. @param {Node} node @param {string} text */
export function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

/** @type {WeakMap<Element, Map<string, HTMLElement>>} */
const keyedNodes = new WeakMap();

/**
 * Makes the children of `parent` mirror `items`, keeping the node of each key. Nodes that go are
 * removed first, so that adding at either end moves nothing.
 * @template T
 * @param {HTMLElement} parent
 * @param {readonly T[]} items
 * @param {{key: (item: T) => string, make: (item: T) => HTMLElement,
 *   update?: (node: HTMLElement, item: T) => void}} how
 */
export function keyed(parent, items, how) {
    const old = keyedNodes.get(parent) ?? new Map();
    /** @type {Map<string, HTMLElement>} */
    const now = new Map();
    for (const item of items) {
        const key = how.key(item);
        let node = old.get(key);
        if (!node) node = how.make(item);
        else how.update?.(node, item);
        now.set(key, node);
    }
    for (const [key, node] of old) {
        if (now.get(key) !== node) node.remove();
    }
    let next = parent.firstChild;
    for (const node of now.values()) {
        if (node === next) next = next.nextSibling;
        else parent.insertBefore(node, next);
    }
    keyedNodes.set(parent, now);
}
