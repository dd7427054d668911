/** The sign-in page. */

import { fill, h } from '../lib/dom.js';
import { field, valueOf, workForm } from './dialog.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */

/** @param {App} app @param {State} state */
export function signInView(app, state) {
    const remark = h('p', { class: 'remark', role: 'status', hidden: !state.problem }, state.problem);
    const handle = h('input', { type: 'text', name: 'handle', id: 'handle', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', autofocus: true });
    const password = h('input', { type: 'password', name: 'password', id: 'password', autocomplete: 'current-password' });
    const form = workForm({
        submit: 'Sign in',
        async run(data) {
            fill(remark);
            remark.hidden = true;
            if (!handle.value.trim() || !password.value) {
                (handle.value.trim() ? password : handle).focus();
                throw new Error('Please give your handle and your password.');
            }
            try {
                await app.session.signIn(valueOf(data, 'handle').trim(), valueOf(data, 'password'));
            } catch (error) {
                password.select();
                throw error;
            }
        },
    }, field('Handle', handle), field('Password', password));
    return h('main', { class: 'signin' },
        h('div', { class: 'signin-card' },
            h('img', { class: 'signin-logo', src: 'img/confab.svg', alt: '', width: 64, height: 64 }),
            h('h1', null, 'Confab'),
            h('p', { class: 'faint' }, 'Good to see you. Sign in to go on talking.'),
            remark, form));
}
