/** A message as a quote in Markdown, with whose it is and where it stands. Pure. */

/** Longer ones are cut: the link leads to the rest. */
const QUOTED_MOST = 400;
const LINES_MOST = 8;

/** Signs that would be Markdown in a name. @param {string} text */
const plain = (text) => text.replace(/[*_~`[\]#>|@:+\-]/gu, '\\$&');

/** @param {{text: string | null}} message @param {string} name @param {string} link */
export function quoteOf({ text }, name, link) {
    // A quote within it has been answered already.
    const said = (text ?? '').split('\n').filter((line) => !line.startsWith('>')).join('\n').trim() || (text ?? '').trim();
    const points = [...said];
    const lines = (points.length > QUOTED_MOST ? `${points.slice(0, QUOTED_MOST).join('').trimEnd()} …` : said).split('\n');
    const shown = lines.length > LINES_MOST ? [...lines.slice(0, LINES_MOST), '…'] : lines;
    // A fence that was cut off would take in what follows.
    const fences = shown.filter((line) => line.startsWith('```')).length;
    return [`[${plain(name)}](${link}):`, ...shown, ...(fences % 2 ? ['```'] : [])].map((line) => `> ${line}`.trimEnd()).join('\n') + '\n\n';
}
