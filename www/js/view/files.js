/** The files of a message: pictures at their size from the first, players, and cards to save the rest. */

import { h } from '../lib/dom.js';
import { fileUrl, fit, kindOf, kindWords, pictureUrl, sizeWords } from '../lib/files.js';
import { icon } from '../lib/icons.js';
import { openLightbox } from './lightbox.js';

/** A picture alone, and one of several. */
const ALONE = { width: 380, height: 300 };
const TILE = { width: 168, height: 126 };

/** @typedef {import('../types.js').FileInfo} FileInfo */

/** Which file a picture in the page shows. @type {WeakMap<Element, FileInfo>} */
const shown = new WeakMap();

/** @param {HTMLElement} button  opens the large picture, with those before and behind it in the same log */
function enlarge(button) {
    const log = button.closest('[role="log"]') ?? button.parentElement ?? button;
    const buttons = [...log.querySelectorAll('.file-picture')];
    const files = buttons.flatMap((one) => shown.get(one) ?? []);
    openLightbox(files, Math.max(0, buttons.indexOf(button)));
}

/** @param {FileInfo} file @param {boolean} alone */
function picture(file, alone) {
    const box = alone ? ALONE : TILE;
    const size = alone ? fit(file.width ?? 1, file.height ?? 1, box.width, box.height) : box;
    const image = h('img', { src: pictureUrl(file), alt: file.name, width: size.width, height: size.height, loading: 'lazy', decoding: 'async', draggable: 'false' });
    const button = h('button', { type: 'button', class: 'file-picture', title: file.name, 'aria-label': `Picture ${file.name}: show it large`, on: { click: () => enlarge(button) } }, image);
    // The place stays, so that nothing moves; it says what it was.
    image.addEventListener('error', () => button.classList.add('broken'));
    shown.set(button, file);
    return button;
}

/** @param {FileInfo} file */
function card(file) {
    return h('a', { class: 'file-card', href: fileUrl(file, 'download'), download: file.name },
        h('span', { class: 'file-icon' }, icon('file'), h('span', { class: 'file-kind', 'aria-hidden': 'true' }, kindWords(file))),
        h('span', { class: 'file-text' },
            h('span', { class: 'file-name', dir: 'auto' }, file.name),
            h('span', { class: 'file-fact' }, sizeWords(file.size))),
        h('span', { class: 'file-save' }, icon('save'), h('span', { class: 'sr' }, 'Download')));
}

/** @param {FileInfo} file */
function video(file) {
    return h('div', { class: 'file-player' },
        h('video', { src: fileUrl(file), controls: true, preload: 'metadata', playsinline: true, width: ALONE.width, height: 214, 'aria-label': file.name }),
        card(file));
}

/** @param {FileInfo} file */
function audio(file) {
    return h('div', { class: 'file-player' },
        h('audio', { src: fileUrl(file), controls: true, preload: 'none', 'aria-label': file.name }),
        card(file));
}

/** @param {FileInfo[]} files @returns {HTMLElement[]} */
export function filesView(files) {
    const pictures = files.filter((file) => kindOf(file) === 'picture');
    const nodes = files.filter((file) => !pictures.includes(file)).map((file) => {
        const kind = kindOf(file);
        return kind === 'video' ? video(file) : kind === 'audio' ? audio(file) : card(file);
    });
    if (pictures.length === 0) return nodes;
    const alone = pictures.length === 1;
    return [h('div', { class: alone ? 'file-pictures alone' : 'file-pictures' }, ...pictures.map((file) => picture(file, alone))), ...nodes];
}
