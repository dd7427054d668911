/** Dialogs: one way to open and close them, and one way to run a form with its errors. */

import { ApiError } from '../api.js';
import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';

/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {{node: HTMLDialogElement, body: HTMLElement, close: () => void}} Opened */

let count = 0;

/** Closes all, for when the session ends under them. */
export function closeDialogs() {
    for (const node of document.querySelectorAll('dialog')) node.close();
}

/**
 * @param {{title: string, wide?: boolean, closed?: () => void}} options
 * @param {...Child} content
 * @returns {Opened}
 */
export function openDialog({ title, wide = false, closed }, ...content) {
    count += 1;
    const id = `dialog-${count}`;
    const opener = document.activeElement;
    const body = h('div', { class: 'dialog-body' }, ...content);
    const node = h('dialog', { class: wide ? 'dialog wide' : 'dialog', 'aria-labelledby': id },
        h('header', { class: 'dialog-head' },
            h('h2', { id, dir: 'auto' }, title),
            h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', on: { click: () => node.close() } }, icon('close'))),
        body);
    node.addEventListener('close', () => {
        node.remove();
        closed?.();
        if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    });
    // A press that both begins and ends outside closes; selecting text out of a field does not.
    let outside = false;
    node.addEventListener('pointerdown', (event) => { outside = event.target === node; });
    node.addEventListener('click', (event) => { if (outside && event.target === node) node.close(); });
    document.body.append(node);
    node.showModal();
    const first = body.querySelector('[autofocus], input, textarea, select, button');
    // What only scrolls needs the focus to be scrolled by keys.
    if (!first) body.tabIndex = 0;
    if (first instanceof HTMLElement) first.focus();
    else body.focus();
    return { node, body, close: () => node.close() };
}

/**
 * A labelled field, with room for its error.
 * @param {string} label @param {HTMLElement} input  with a name and an id @param {string} [hint]
 */
export function field(label, input, hint = '') {
    const id = input.id || `field-${input.getAttribute('name')}-${count}`;
    input.id = id;
    input.setAttribute('aria-describedby', `${id}-hint`);
    return h('div', { class: 'field', dataset: { field: input.getAttribute('name') ?? '' } },
        h('label', { for: id }, label), input,
        h('p', { class: 'hint', id: `${id}-hint`, dataset: { hint } }, hint));
}

/** A choice by check box. @param {string} name @param {string} label @param {string} hint @param {boolean} checked */
export function checkField(name, label, hint, checked) {
    return h('label', { class: 'check', dataset: { field: name } },
        h('input', { type: 'checkbox', name, checked }),
        h('span', null, h('span', { class: 'check-label' }, label), h('span', { class: 'hint' }, hint)));
}

/**
 * One of a few, by radio buttons. @param {string} name @param {string} title @param {string} chosen
 * @param {[value: string, label: string, hint: string][]} choices
 */
export function choiceField(name, title, chosen, choices) {
    return h('fieldset', { class: 'choices', dataset: { field: name } }, h('legend', { class: 'label' }, title),
        ...choices.map(([value, label, hint]) => h('label', { class: 'check' },
            h('input', { type: 'radio', name, value, checked: value === chosen }),
            h('span', null, h('span', { class: 'check-label' }, label), h('span', { class: 'hint' }, hint)))));
}

/**
 * A form that works: busy while it runs, errors at their fields, the rest on top of the buttons.
 * @param {{submit: string, danger?: boolean, cancel?: () => void, run: (form: HTMLFormElement) => Promise<void>}} options
 * @param {...Child} content
 */
export function workForm({ submit, danger = false, cancel, run }, ...content) {
    const problem = h('p', { class: 'problem', role: 'alert' });
    const button = h('button', { type: 'submit', class: danger ? 'button danger' : 'button' }, submit);
    const form = h('form', { class: 'form', novalidate: true }, ...content, problem,
        h('div', { class: 'form-actions' },
            cancel && h('button', { type: 'button', class: 'button quiet', on: { click: cancel } }, 'Cancel'), button));
    // What is being corrected is no longer wrong until it has been tried.
    form.addEventListener('input', (event) => clearError(/** @type {Element} */ (event.target)));
    let busy = false;
    form.addEventListener('submit', async (event) => {
        event.preventDefault();
        if (busy) return;
        busy = true;
        form.setAttribute('aria-busy', 'true');
        button.disabled = true;
        showErrors(form, problem, null);
        try {
            await run(form);
        } catch (error) {
            showErrors(form, problem, error);
        }
        busy = false;
        form.removeAttribute('aria-busy');
        button.disabled = false;
    });
    return form;
}

/** @param {HTMLFormElement} form @param {HTMLElement} problem @param {unknown} error */
function showErrors(form, problem, error) {
    let rest = error instanceof Error ? error.message : '';
    const errors = error instanceof ApiError ? error.errors : [];
    for (const box of form.querySelectorAll('[data-field]')) {
        const mine = errors.find((one) => one.field === /** @type {HTMLElement} */ (box).dataset.field);
        const input = box.querySelector('input, textarea, select');
        const hint = /** @type {HTMLElement | null} */ (box.querySelector('.hint'));
        input?.toggleAttribute('aria-invalid', Boolean(mine));
        if (!hint) continue;
        hint.classList.toggle('bad', Boolean(mine));
        if (hint.dataset.hint !== undefined) fill(hint, mine ? sentence(mine.detail) : hint.dataset.hint);
        if (mine && errors.length === 1) rest = '';
    }
    fill(problem, rest);
    const first = form.querySelector('[aria-invalid]');
    if (first instanceof HTMLElement) first.focus();
}

/** @param {Element} input */
function clearError(input) {
    const hint = /** @type {HTMLElement | null} */ (input.closest('[data-field]')?.querySelector('.hint.bad'));
    input.removeAttribute('aria-invalid');
    if (hint?.dataset.hint === undefined) return;
    hint.classList.remove('bad');
    fill(hint, hint.dataset.hint);
}

/** @param {string} text */
function sentence(text) {
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** @param {HTMLFormElement} form @param {string} name @returns {string} */
export function valueOf(form, name) {
    const value = new FormData(form).get(name);
    return typeof value === 'string' ? value : '';
}

/**
 * Asks before something that cannot be taken back.
 * @param {{title: string, text: string, submit: string, run: () => Promise<void>}} options
 */
export function confirmDialog({ title, text, submit, run }) {
    const form = workForm({
        submit, danger: true, cancel: () => dialog.close(),
        async run() {
            await run();
            dialog.close();
        },
    }, h('p', { dir: 'auto' }, text));
    const dialog = openDialog({ title }, form);
}
