/**
 * A message's text as elements, from the tree that the server made of it (docs/PROTOCOL.md, "The text as
 * a tree"). What the tree says is not trusted further than that: an address is looked at again, a kind that
 * is not known here is shown as its text, and no tree is drawn deeper than it may be.
 */

import { copyText } from '../lib/clipboard.js';
import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { calm } from '../lib/text.js';

const DEEPEST = 24;
const COPIED_MS = 2000;
const SCHEMES = new Set(['http:', 'https:', 'mailto:']);

/** @typedef {import('../types.js').MarkdownNode} MarkdownNode */
/** @typedef {import('../types.js').MarkdownElement} MarkdownElement */
/** `me`: my handle, so that I see where I am meant. @typedef {{me: string}} Reader */

/** @param {string | undefined} href */
function safeHref(href) {
    try {
        const url = new URL(String(href));
        return SCHEMES.has(url.protocol) && !url.password && (url.protocol === 'mailto:' || (url.hostname && !url.username)) ? url.href : '';
    } catch {
        return '';
    }
}

/** @param {MarkdownElement} node @param {Node[]} inside */
function link(node, inside) {
    const href = safeHref(node.href);
    if (!href) return h('span', null, ...inside);
    const shown = inside.map((one) => one.textContent).join('');
    // Where it goes, if its text does not say so.
    const title = shown === node.href || href.endsWith(shown) ? undefined : href;
    return h('a', { href, title, target: '_blank', rel: 'noopener noreferrer nofollow' }, ...inside);
}

/** @param {MarkdownElement} node */
function codeBlock(node) {
    const text = String(node.text ?? '');
    const button = h('button', { type: 'button', class: 'md-copy', 'aria-label': 'Copy code', title: 'Copy' }, icon('copy'));
    button.addEventListener('click', async () => {
        const done = await copyText(text).then(() => true, () => false);
        button.replaceChildren(icon(done ? 'check' : 'alert'));
        button.setAttribute('aria-label', done ? 'Copied' : 'Copying failed');
        setTimeout(() => {
            button.replaceChildren(icon('copy'));
            button.setAttribute('aria-label', 'Copy code');
        }, COPIED_MS);
    });
    return h('div', { class: 'md-block' },
        h('div', { class: 'md-bar' }, h('span', { class: 'md-language' }, node.language ?? ''), button),
        h('pre', { tabIndex: 0, dir: 'ltr' }, h('code', null, calm(text))));
}

/** @param {MarkdownElement} node @param {Reader} reader @param {number} depth */
function table(node, reader, depth) {
    /** @param {MarkdownNode} row @param {'th' | 'td'} tag */
    const cells = (row, tag) => h('tr', null, ...list(row).map((cell) => h(tag, {
        scope: tag === 'th' ? 'col' : undefined, dataset: { align: typeof cell === 'object' ? cell.align : undefined },
    }, ...drawn(list(cell), reader, depth + 2))));
    const [head, ...rows] = list(node);
    return h('div', { class: 'md-table', tabIndex: 0 },
        h('table', null, h('thead', null, head !== undefined && cells(head, 'th')), h('tbody', null, ...rows.map((row) => cells(row, 'td')))));
}

/** @param {MarkdownElement} node @param {Node[]} inside */
function item(node, inside) {
    if (typeof node.checked !== 'boolean') return h('li', null, ...inside);
    const box = h('input', { type: 'checkbox', checked: node.checked, disabled: true, 'aria-label': node.checked ? 'Done' : 'To do' });
    return h('li', { class: 'md-task' }, box, h('div', null, ...inside));
}

/** @param {string} handle @param {boolean} me */
const mention = (handle, me) => h('span', { class: 'mention', dataset: { handle, me: me ? 'yes' : undefined } }, `@${handle}`);

/** What each kind becomes, with what is inside it. @type {Record<string, (node: MarkdownElement, inside: Node[]) => Node>} */
const KINDS = {
    paragraph: (_, inside) => h('p', null, ...inside),
    heading: (_, inside) => h('p', { class: 'md-heading' }, ...inside),
    quote: (_, inside) => h('blockquote', null, ...inside),
    list: (node, inside) => (Number.isInteger(node.start) ? h('ol', { start: node.start }, ...inside) : h('ul', null, ...inside)),
    item,
    rule: () => h('hr', null),
    emphasis: (_, inside) => h('em', null, ...inside),
    strong: (_, inside) => h('strong', null, ...inside),
    strike: (_, inside) => h('s', null, ...inside),
    code: (node) => h('code', { dir: 'ltr' }, calm(String(node.text ?? ''))),
    code_block: codeBlock,
    link,
};

/** The nodes within one. @param {MarkdownNode} node @returns {MarkdownNode[]} */
const list = (node) => (typeof node === 'object' && node !== null && Array.isArray(node.nodes) ? node.nodes : []);

/** @param {MarkdownNode[]} nodes @param {Reader} reader @param {number} depth @returns {Node[]} */
function drawn(nodes, reader, depth) {
    if (depth > DEEPEST) return [];
    return nodes.map((node) => {
        if (typeof node !== 'object' || node === null) return document.createTextNode(calm(String(node)));
        if (node.kind === 'table') return table(node, reader, depth + 1);
        if (node.kind === 'mention') return mention(String(node.handle), node.handle === reader.me);
        if (node.kind === 'mention_room') return mention('room', true);
        const inside = drawn(list(node), reader, depth + 1);
        if (Object.hasOwn(KINDS, node.kind)) return KINDS[node.kind](node, inside);
        return h('span', null, ...(inside.length > 0 ? inside : [String(node.text ?? '')]));
    });
}

/** @param {MarkdownNode[]} nodes @param {Reader} reader @returns {Node[]} */
export function markdown(nodes, reader) {
    return drawn(nodes, reader, 0);
}
