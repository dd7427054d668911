/**
 * Takes a stream of server-sent events apart. Text may arrive in any pieces: it is given to feed()
 * as it comes, and each complete block comes out.
 */

/** @typedef {{id?: string, event: string, data: string, retry?: number}} Block */

/** @param {(block: Block) => void} emit */
export function sseParser(emit) {
    let rest = '';
    /** @type {Block} */
    let block = { event: '', data: '' };
    let any = false;

    /** @param {string} line */
    function take(line) {
        if (line === '') {
            if (any) emit({ ...block, data: block.data.replace(/\n$/, '') });
            block = { event: '', data: '' };
            any = false;
            return;
        }
        if (line.startsWith(':')) return;
        const colon = line.indexOf(':');
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (field === 'data') block.data += `${value}\n`;
        else if (field === 'event') block.event = value;
        else if (field === 'id' && !value.includes('\0')) block.id = value;
        else if (field === 'retry' && /^\d+$/.test(value)) block.retry = Number(value);
        else return;
        any = true;
    }

    return {
        /** @param {string} text */
        feed(text) {
            rest += text;
            for (;;) {
                const end = rest.search(/[\r\n]/);
                if (end < 0) return;
                // A carriage return at the very end may be half of a pair.
                if (rest[end] === '\r' && end === rest.length - 1) return;
                const width = rest[end] === '\r' && rest[end + 1] === '\n' ? 2 : 1;
                take(rest.slice(0, end));
                rest = rest.slice(end + width);
            }
        },
    };
}
