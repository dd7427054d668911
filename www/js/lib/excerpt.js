/** A message in a line of plain text: for the list of rooms and wherever there is no room for more. Pure. */

/** @typedef {import('../types.js').MarkdownNode} MarkdownNode */

const MOST = 160;
/** Elements that stand on lines of their own. */
const BLOCKS = new Set(['paragraph', 'heading', 'quote', 'list', 'item', 'code_block', 'table', 'row', 'cell', 'rule']);

/** @param {MarkdownNode} node @returns {string} */
function plain(node) {
    if (typeof node !== 'object' || node === null) return String(node);
    if (node.kind === 'mention') return `@${node.handle}`;
    if (node.kind === 'mention_room') return '@room';
    const inside = node.nodes?.length ? node.nodes.map(plain).join('') : node.text ?? '';
    return BLOCKS.has(node.kind) ? ` ${inside} ` : inside;
}

/** @param {{text: string | null, nodes?: MarkdownNode[]}} message */
export function oneLine({ text, nodes }) {
    // What it quotes has been said before; what it says itself counts, if it says anything.
    const own = nodes?.filter((node) => typeof node !== 'object' || node.kind !== 'quote');
    const said = nodes ? (own?.length ? own : nodes).map(plain).join('') : text ?? '';
    return said.slice(0, MOST * 2).replace(/\s+/gu, ' ').trim().slice(0, MOST);
}
