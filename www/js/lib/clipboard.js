/** Copying text, also on plain http, where the clipboard's own interface is missing. */

/** @param {string} text */
export async function copyText(text) {
    if (navigator.clipboard) {
        await navigator.clipboard.writeText(text);
        return;
    }
    const area = document.createElement('textarea');
    const had = document.activeElement;
    area.value = text;
    area.readOnly = true;
    area.className = 'sr';
    (had?.closest('dialog') ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    if (had instanceof HTMLElement) had.focus({ preventScroll: true });
    if (!done) throw new Error('This browser does not let the page copy.');
}
