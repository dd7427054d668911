/** The overlay with all shortcuts. */

import { h } from '../lib/dom.js';
import { SHORTCUTS, WHERE, spell } from '../keys.js';
import { MESSAGE_ACTIONS } from './messageactions.js';
import { openDialog } from './dialog.js';

/** @typedef {import('../keys.js').Shortcut} Shortcut */

/** Everything that keys do, those of messages included. @returns {Shortcut[]} */
export function allShortcuts() {
    return [...SHORTCUTS, ...MESSAGE_ACTIONS.flatMap(({ id, label, shortcut }) => (shortcut ? [{
        id: `message-${id}`, keys: [shortcut], where: /** @type {const} */ ('messages'), label: typeof label === 'string' ? label : label(EXAMPLE, /** @type {any} */ ({})),
    }] : []))];
}

/** An action whose name depends on the message is shown as for this one. @type {import('../types.js').Message} */
const EXAMPLE = { room: '', seq: 0, no: 0, sender: '', sent_at: '', client_id: '', text: '', version: 1 };

/** @param {string} combination */
const caps = (combination) => h('span', { class: 'keys' }, ...spell(combination).map((part) => h('kbd', null, part)));

export function openKeyHelp() {
    if (document.querySelector('dialog[open] .key-help')) return;
    const all = allShortcuts();
    openDialog({ title: 'Keyboard', wide: true }, h('div', { class: 'key-help' },
        ...Object.entries(WHERE).map(([where, title]) => h('section', { class: 'key-group' },
            h('h3', null, title),
            h('dl', null, ...all.filter((row) => row.where === where).map((row) => h('div', { class: 'key-row', dataset: { shortcut: row.id } },
                h('dt', null, row.label), h('dd', null, ...row.keys.map(caps)))))))));
}
