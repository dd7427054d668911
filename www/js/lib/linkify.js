/** Finds web addresses in plain text. Only http and https, only what the URL parser accepts. */

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u007f]+/giu;
const TRAILING = /[.,;:!?…*_~'"’”»]+$/u;

/** @type {[string, string][]} */
const PAIRS = [['(', ')'], ['[', ']'], ['{', '}']];

/**
 * Cuts off what belongs to the sentence and not to the address: punctuation at the end, and a
 * closing bracket whose opening one is not part of the address.
 * @param {string} address
 */
function trimEnd(address) {
    for (;;) {
        const before = address;
        address = address.replace(TRAILING, '');
        for (const [open, close] of PAIRS) {
            if (address.endsWith(close) && address.split(close).length > address.split(open).length) {
                address = address.slice(0, -1);
            }
        }
        if (address === before) return address;
    }
}

/** @param {string} address */
function safeHref(address) {
    try {
        const url = new URL(address);
        if (url.protocol !== 'http:' && url.protocol !== 'https:') return '';
        if (url.username || url.password || !url.hostname) return '';
        return url.href;
    } catch {
        return '';
    }
}

/**
 * @param {string} text
 * @returns {{text: string, href?: string}[]}  the same text in pieces, links with their target
 */
export function linkify(text) {
    /** @type {{text: string, href?: string}[]} */
    const pieces = [];
    let at = 0;
    for (const match of text.matchAll(ADDRESS)) {
        const address = trimEnd(match[0]);
        const href = safeHref(address);
        if (!href) continue;
        if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
        pieces.push({ text: address, href });
        at = match.index + address.length;
    }
    if (at < text.length) pieces.push({ text: text.slice(at) });
    return pieces;
}
