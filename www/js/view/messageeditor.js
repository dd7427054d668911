/**
 * A message being rewritten where it stands. Enter saves, Escape leaves it as it was; both give the focus back to
 * the message. What was written stays while the log around it is drawn anew.
 */

import { h, setText } from '../lib/dom.js';
import { countPoints, isBlank } from '../lib/text.js';
import { isShortcut } from '../keys.js';
import { Completer } from './complete.js';
import { triggersFor } from './triggers.js';

const COUNTER_FROM = 200;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('./rows.js').MessageRow} MessageRow */

/** @param {App} app @param {string} room @param {MessageRow} row @returns {HTMLElement} */
export function messageEditor(app, room, row) {
    const area = h('textarea', { class: 'edit-area', rows: 1, dir: 'auto', 'aria-label': 'Edit your message', enterkeyhint: 'done', autocomplete: 'off' });
    const left = h('span', { class: 'left' });
    const save = h('button', { type: 'submit', class: 'button small' }, 'Save');
    const completer = new Completer(area, triggersFor(app, () => room));
    const form = h('form', { class: 'edit-form', on: { submit: (/** @type {Event} */ event) => submit(event)} },
        h('div', { class: 'edit-box' }, area, completer.node),
        h('div', { class: 'edit-foot' }, left, h('span', { class: 'edit-hint' }, h('kbd', null, 'Esc'), ' to cancel'),
            h('button', { type: 'button', class: 'button small quiet', on: { click: () => cancel() } }, 'Cancel'), save));
    area.value = row.editing ?? '';

    function grow() {
        area.style.height = 'auto';
        area.style.height = `${area.scrollHeight}px`;
        const limit = app.state.limits.message_max;
        const rest = limit - countPoints(area.value);
        setText(left, rest <= Math.min(COUNTER_FROM, limit / 2) ? String(rest) : '');
        left.classList.toggle('over', rest < 0);
        save.disabled = rest < 0 || (isBlank(area.value) && !row.files?.length);
    }

    function back() {
        const message = /** @type {HTMLElement | null} */ (form.closest('.msg'));
        const composing = form.dataset.from === 'composer';
        const home = composing ? /** @type {HTMLElement | null} */ (form.closest('section')?.querySelector('form.composer textarea')) : message;
        (home ?? message)?.focus({ preventScroll: true });
    }

    function cancel() {
        back();
        app.messages.endEdit();
    }

    /** @param {Event} event */
    function submit(event) {
        event.preventDefault();
        if (save.disabled) return;
        const { state } = app;
        const message = state.editing && { room: state.editing.room, seq: state.editing.seq, text: row.text };
        const text = area.value.trim();
        back();
        if (message) app.messages.edit(message, text);
    }

    area.addEventListener('input', grow);
    area.addEventListener('keydown', (event) => {
        if (completer.key(event)) return;
        event.stopPropagation();
        if (event.isComposing || event.keyCode === 229) return;
        if (isShortcut(event, 'composer-send')) form.requestSubmit();
        else if (event.key === 'Escape') cancel();
        else return;
        event.preventDefault();
    });
    // Once it stands in the page it has a size, and takes the focus.
    requestAnimationFrame(() => {
        grow();
        area.focus({ preventScroll: true });
        area.setSelectionRange(area.value.length, area.value.length);
        form.closest('.msg')?.scrollIntoView({ block: 'nearest' });
    });
    if (document.activeElement?.closest('form.composer')) form.dataset.from = 'composer';
    return form;
}
