/** One picture large, over everything; the arrow keys lead to the others of the log. */

import { fill, h, setText } from '../lib/dom.js';
import { fileUrl, largeUrl, sizeWords } from '../lib/files.js';
import { icon } from '../lib/icons.js';

/** @typedef {import('../types.js').FileInfo} FileInfo */

/** @param {FileInfo[]} files @param {number} at  which of them */
export function openLightbox(files, at) {
    const opener = document.activeElement;
    const stage = h('div', { class: 'lightbox-stage' });
    const name = h('p', { class: 'lightbox-name', dir: 'auto' });
    const fact = h('p', { class: 'lightbox-fact' });
    const save = h('a', { class: 'icon-button', 'aria-label': 'Download', title: 'Download' }, icon('save'));
    const arrow = (/** @type {1 | -1} */ way) => h('button', {
        type: 'button', class: way < 0 ? 'lightbox-arrow back' : 'lightbox-arrow on',
        'aria-label': way < 0 ? 'Picture before' : 'Next picture', on: { click: () => step(way) },
    }, icon('back'));
    const [before, behind] = [arrow(-1), arrow(1)];
    const dialog = h('dialog', { class: 'lightbox', 'aria-label': 'Picture' },
        h('header', { class: 'lightbox-head' },
            h('div', { class: 'lightbox-text' }, name, fact), save,
            h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', title: 'Close (Esc)', autofocus: true, on: { click: () => dialog.close() } }, icon('close'))),
        before, stage, behind);

    function draw() {
        const file = files[at];
        setText(name, file.name);
        setText(fact, [`${file.width} × ${file.height}`, sizeWords(file.size), files.length > 1 ? `${at + 1} of ${files.length}` : ''].filter(Boolean).join(' · '));
        save.setAttribute('href', fileUrl(file, 'download'));
        save.setAttribute('download', file.name);
        const image = h('img', { src: largeUrl(file), alt: file.name, width: file.width, height: file.height, on: {
            load: () => stage.classList.remove('loading'),
            error: () => fill(stage, h('p', { class: 'lightbox-gone' }, 'This picture cannot be shown.')),
        } });
        stage.classList.add('loading');
        fill(stage, image);
        before.hidden = at === 0;
        behind.hidden = at === files.length - 1;
    }

    /** @param {number} way */
    function step(way) {
        const next = at + way;
        if (next < 0 || next >= files.length) return;
        at = next;
        draw();
    }

    dialog.addEventListener('keydown', (event) => {
        const way = { ArrowLeft: -1, ArrowRight: 1, Home: -at, End: files.length - 1 - at }[event.key];
        if (way === undefined) return;
        event.preventDefault();
        step(way);
    });
    dialog.addEventListener('click', (event) => { if (event.target === stage || event.target === dialog) dialog.close(); });
    dialog.addEventListener('close', () => {
        dialog.remove();
        if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    });
    draw();
    document.body.append(dialog);
    dialog.showModal();
}
