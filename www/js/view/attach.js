/**
 * Files that go with the message being written: picked, dropped or pasted, each a line with its progress.
 * One of these belongs to each composer.
 */

import { h, keyed, setData, setText } from '../lib/dom.js';
import { sizeWords } from '../lib/files.js';
import { icon } from '../lib/icons.js';

/** A picture of this size is shown small beside its name while it is uploaded. */
const PREVIEW_MOST = 20 * 1024 * 1024;
const PREVIEWED = /^image\/(png|jpeg|gif|webp|avif)$/;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../upload.js').Upload} Upload */
/** @typedef {import('../types.js').FileInfo} FileInfo */

/** @param {DragEvent} event */
const hasFiles = (event) => Boolean(event.dataTransfer?.types.includes('Files'));

// A file dropped beside every zone must not take the page's place.
for (const type of ['dragover', 'drop']) {
    addEventListener(type, (event) => {
        const drag = /** @type {DragEvent} */ (event);
        if (!hasFiles(drag) || drag.defaultPrevented) return;
        drag.preventDefault();
        if (drag.dataTransfer) drag.dataTransfer.dropEffect = 'none';
    });
}

export class Attach {
    #app;
    #changed;
    #place = '';
    #room = '';
    #input = h('input', { type: 'file', multiple: true, hidden: true, tabIndex: -1, 'aria-hidden': 'true' });
    button = h('button', { type: 'button', class: 'composer-tool attach-button', 'aria-label': 'Attach files', title: 'Attach files', on: { click: () => this.#input.click() } }, icon('clip'), this.#input);
    node = h('ul', { class: 'attach-list', 'aria-label': 'Files to send', hidden: true });
    #hint = h('div', { class: 'drop-hint', 'aria-hidden': 'true' }, icon('clip'), h('span', null, 'Drop files here to attach them'));

    /** @param {App} app @param {() => void} changed  what is attached, or how far it is, has changed */
    constructor(app, changed) {
        this.#app = app;
        this.#changed = changed;
        this.#input.addEventListener('change', () => {
            this.add([...(this.#input.files ?? [])]);
            this.#input.value = '';
        });
        // The press on the hidden input comes back up to the button.
        this.#input.addEventListener('click', (event) => event.stopPropagation());
        app.uploads.subscribe(() => this.#draw());
    }

    /** @param {string} room @param {string} place  the room, or a thread of it */
    show(room, place) {
        this.button.hidden = !this.#app.state.limits.files;
        if (this.#place === place) return;
        this.#room = room;
        this.#place = place;
        this.#draw();
    }

    get #uploads() {
        return this.#app.uploads.of(this.#place);
    }

    get any() {
        return this.#uploads.length > 0;
    }

    /** Is something on its way? */
    get busy() {
        return this.#uploads.some(({ state }) => state !== 'done' && state !== 'failed');
    }

    get failed() {
        return this.#uploads.some(({ state }) => state === 'failed');
    }

    /** They go with the message. @returns {{files?: string[], shown?: FileInfo[]}} */
    take() {
        const shown = this.#app.uploads.take(this.#place);
        return shown.length ? { files: shown.map(({ id }) => id), shown } : {};
    }

    /** @param {File[]} files */
    add(files) {
        if (!files.length || !this.#room) return;
        const wrong = this.#app.uploads.add(this.#place, this.#room, files);
        if (wrong) this.#app.say(wrong);
    }

    /** Takes what is dropped on an element. @param {HTMLElement} zone */
    accept(zone) {
        let depth = 0;
        const end = () => {
            depth = 0;
            this.#hint.remove();
        };
        const usable = (/** @type {DragEvent} */ event) => hasFiles(event) && Boolean(this.#app.state.limits.files) && this.#room !== '';
        zone.addEventListener('dragenter', (event) => {
            if (!usable(event)) return;
            depth += 1;
            if (depth === 1) zone.append(this.#hint);
        });
        zone.addEventListener('dragleave', (event) => {
            if (!usable(event)) return;
            depth -= 1;
            if (depth <= 0) end();
        });
        zone.addEventListener('dragover', (event) => {
            if (!usable(event)) return;
            event.preventDefault();
            if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
        });
        zone.addEventListener('drop', (event) => {
            if (!usable(event)) return;
            event.preventDefault();
            end();
            this.add([...(event.dataTransfer?.files ?? [])]);
        });
    }

    /** Takes the files that are pasted. @param {ClipboardEvent} event */
    paste(event) {
        const data = event.clipboardData;
        // A copied text may bring a picture of itself along.
        if (!data?.files.length || data.types.includes('text/plain') || !this.#app.state.limits.files) return;
        event.preventDefault();
        this.add([...data.files]);
    }

    #draw() {
        const uploads = this.#uploads;
        this.node.hidden = uploads.length === 0;
        keyed(this.node, uploads, {
            key: ({ key }) => key,
            make: (upload) => this.#make(upload),
            update: (node, upload) => this.#update(node, upload),
        });
        this.#changed();
    }

    /** @param {Upload} upload */
    #make(upload) {
        const { file } = upload;
        const node = h('li', { class: 'attach' },
            h('span', { class: 'attach-picture' }, this.#picture(upload)),
            h('span', { class: 'attach-text' },
                h('span', { class: 'attach-name', dir: 'auto', title: file.name }, file.name),
                h('span', { class: 'attach-fact' })),
            h('progress', { class: 'attach-bar', max: file.size, 'aria-label': `Uploading ${file.name}` }),
            h('button', { type: 'button', class: 'attach-again', 'aria-label': `Try again: ${file.name}`, title: 'Try again', on: { click: () => this.#app.uploads.retry(upload) } }, icon('again')),
            h('button', { type: 'button', class: 'attach-remove', 'aria-label': `Remove ${file.name}`, title: 'Remove', on: { click: () => this.#app.uploads.remove(upload) } }, icon('close')));
        this.#update(node, upload);
        return node;
    }

    /** @param {Upload} upload */
    #picture({ file }) {
        if (!PREVIEWED.test(file.type) || file.size > PREVIEW_MOST) return icon('file');
        const url = URL.createObjectURL(file);
        const free = () => URL.revokeObjectURL(url);
        return h('img', { src: url, alt: '', width: 40, height: 40, decoding: 'async', on: { load: free, error: free } });
    }

    /** @param {HTMLElement} node @param {Upload} upload */
    #update(node, upload) {
        const { file, sent, state, problem } = upload;
        const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (node.querySelector(name));
        setData(node, { state });
        setText(find('.attach-fact'), state === 'failed' ? problem
            : state === 'done' ? sizeWords(file.size)
                : state === 'stalled' ? `${percent(sent, file.size)} – waiting for the connection`
                    : sent === file.size ? 'Almost there…' : `${percent(sent, file.size)} of ${sizeWords(file.size)}`);
        const bar = /** @type {HTMLProgressElement} */ (find('.attach-bar'));
        bar.hidden = state === 'done' || state === 'failed';
        bar.value = sent;
        find('.attach-again').hidden = state !== 'failed';
    }
}

/** @param {number} part @param {number} whole */
function percent(part, whole) {
    return `${Math.floor((part / whole) * 100)} %`;
}
