/**
 * What can be done with a message: one row per action. The menu, the bar beside the message, the keyboard and
 * the help overlay (js/view/messagemenu.js, keyhelp.js) take everything from here. To add one: a row.
 */

import { copyText } from '../lib/clipboard.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Message} Message */
/**
 * @typedef {{app: App, message: Message, node: HTMLElement, anchor: HTMLElement}} Target  `node`: the
 *   message's element; `anchor`: where a popup of the action belongs
 * @typedef {object} MessageAction
 * @property {string} id
 * @property {string | ((message: Message, state: State) => string)} label
 * @property {import('../lib/icons.js').IconName} icon
 * @property {string} [shortcut]  a key, pressed while the message has the focus
 * @property {boolean} [quick]  also a button beside the message
 * @property {boolean} [danger]
 * @property {(message: Message, state: State) => boolean} when  may it be done now?
 * @property {(target: Target) => void | Promise<void>} run  what it throws is said to the person
 */

/** The address of a message. @param {Message} message */
export function permalink(message) {
    return `${location.origin}${location.pathname}#/room/${message.room}/${message.seq}`;
}

/** @type {MessageAction[]} */
export const MESSAGE_ACTIONS = [
    {
        id: 'copy', label: 'Copy text', icon: 'copy', shortcut: 'c', quick: true,
        when: (message) => Boolean(message.text),
        async run({ app, message }) {
            await copyText(message.text ?? '');
            app.say('The text has been copied.');
        },
    },
    {
        id: 'link', label: 'Copy link', icon: 'link', shortcut: 'l', quick: true,
        when: () => true,
        async run({ app, message }) {
            await copyText(permalink(message));
            app.say('The link has been copied.');
        },
    },
];

/** @param {MessageAction} action @param {Message} message @param {State} state */
export function labelOf(action, message, state) {
    return typeof action.label === 'string' ? action.label : action.label(message, state);
}

/** @param {Message} message @param {State} state */
export function actionsFor(message, state) {
    return MESSAGE_ACTIONS.filter((action) => action.when(message, state));
}
