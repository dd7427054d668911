/**
 * What can be done with a message: one row per action. The menu, the bar beside the message, the keyboard and
 * the help overlay (js/view/messagemenu.js, keyhelp.js) take everything from here. To add one: a row.
 */

import { mayDelete, mayEdit, mayPin } from '../actions/messages.js';
import { copyText } from '../lib/clipboard.js';
import { confirmDialog } from './dialog.js';
import { pickEmoji } from './emojipicker.js';
import { personName } from './names.js';
import { quoteOf } from './quote.js';
import { reactorsDialog } from './reactors.js';

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
    const thread = message.thread && !message.in_room ? `thread/${message.thread}/` : '';
    return `${location.origin}${location.pathname}#/room/${message.room}/${thread}${message.seq}`;
}

/** May something be added to its room? @param {Message} message @param {State} state */
function writable(message, state) {
    const room = state.rooms[message.room];
    return Boolean(room) && !room.archived;
}

/** @type {MessageAction[]} */
export const MESSAGE_ACTIONS = [
    {
        id: 'react', label: 'Add a reaction', icon: 'smile', shortcut: 'r', quick: true,
        when: (message, state) => !message.deleted && message.room in state.rooms,
        async run({ app, message, node, anchor }) {
            const emoji = await pickEmoji(anchor);
            if (emoji) app.messages.react(message, emoji, true);
            node.focus({ preventScroll: true });
        },
    },
    {
        id: 'thread', label: (message) => (message.replies?.count || message.thread ? 'Open thread' : 'Reply in thread'), icon: 'thread', shortcut: 't', quick: true,
        // In the thread itself there is nothing to open.
        when: (message, state) => !(state.panel?.kind === 'thread' && state.panel.room === message.room && state.panel.seq === (message.thread ?? message.seq))
            && (Boolean(message.replies?.count) || Boolean(message.thread) || (!message.deleted && writable(message, state))),
        run: ({ app, message }) => app.panels.thread(message.room, message.thread || message.seq, message.thread ? message.seq : 0),
    },
    {
        id: 'quote', label: 'Quote', icon: 'quote', shortcut: 'q', quick: true,
        when: (message, state) => Boolean(message.text) && writable(message, state),
        run({ app, message, node }) {
            const form = node.closest('section')?.querySelector('form.composer') ?? document.querySelector('.room form.composer');
            form?.dispatchEvent(new CustomEvent('quote', { detail: quoteOf(message, personName(app.people.get(message.sender)), permalink(message)) }));
        },
    },
    {
        id: 'edit', label: 'Edit', icon: 'pencil', shortcut: 'e', quick: true,
        when: mayEdit,
        run: ({ app, message }) => app.messages.beginEdit(message),
    },
    {
        id: 'copy', label: 'Copy text', icon: 'copy', shortcut: 'c',
        when: (message) => Boolean(message.text),
        async run({ app, message }) {
            await copyText(message.text ?? '');
            app.say('The text has been copied.');
        },
    },
    {
        id: 'link', label: 'Copy link', icon: 'link', shortcut: 'l',
        when: () => true,
        async run({ app, message }) {
            await copyText(permalink(message));
            app.say('The link has been copied.');
        },
    },
    {
        id: 'reactors', label: 'Who reacted', icon: 'people', shortcut: 'w',
        when: (message) => Boolean(message.reactions?.length),
        run: ({ app, message }) => reactorsDialog(app, message),
    },
    {
        id: 'save', label: (message) => (message.saved ? 'Remove from saved' : 'Save for later'), icon: 'bookmark', shortcut: 's',
        when: (message) => !message.deleted || Boolean(message.saved),
        run: ({ app, message }) => app.messages.save(message, !message.saved),
    },
    {
        id: 'pin', label: (message) => (message.pinned ? 'Unpin' : 'Pin for everybody'), icon: 'pin', shortcut: 'p',
        when: mayPin,
        run: ({ app, message }) => app.messages.pin(message, !message.pinned),
    },
    {
        id: 'unread', label: 'Mark as unread from here', icon: 'dot', shortcut: 'u',
        when: (message) => !message.thread || Boolean(message.in_room),
        run: ({ app, message }) => app.read.unread(message),
    },
    {
        id: 'delete', label: 'Delete', icon: 'bin', shortcut: 'Delete', danger: true,
        when: mayDelete,
        run({ app, message }) {
            const own = message.sender === app.state.me?.id;
            confirmDialog({
                title: own ? 'Delete your message?' : `Delete the message of ${personName(app.people.get(message.sender))}?`,
                text: 'It goes for everybody, with its files and reactions, and cannot be brought back. A line says that there was one.',
                submit: 'Delete', run: async () => app.messages.remove(message),
            });
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
