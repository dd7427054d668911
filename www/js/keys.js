/**
 * Every keyboard shortcut of the page, in one table, which the help overlay shows (js/view/keyhelp.js). Those of
 * a single message stand with their actions, in js/view/messageactions.js, and are shown there too.
 *
 * A combination is written as `Mod+Shift+K`: Mod is Ctrl, or the command key on a Mac. The last part is
 * `event.key`. Combinations without Mod and Alt do nothing while one writes.
 */

/** @typedef {{id: string, keys: string[], where: 'anywhere' | 'rooms' | 'messages' | 'composer' | 'panel', label: string}} Shortcut */

export const WHERE = { anywhere: 'Anywhere', rooms: 'In the list of conversations', messages: 'On a message', composer: 'While writing', panel: 'Beside the conversation' };

/** @satisfies {Shortcut[]} */
export const SHORTCUTS = /** @type {const} */ ([
    { id: 'switcher', keys: ['Mod+K'], where: 'anywhere', label: 'Go to a conversation' },
    { id: 'search', keys: ['Mod+Shift+F'], where: 'anywhere', label: 'Search messages' },
    { id: 'help', keys: ['?', 'Mod+/'], where: 'anywhere', label: 'This help' },
    { id: 'room-before', keys: ['Alt+ArrowUp'], where: 'anywhere', label: 'Conversation above' },
    { id: 'room-after', keys: ['Alt+ArrowDown'], where: 'anywhere', label: 'Conversation below' },
    { id: 'unread-before', keys: ['Alt+Shift+ArrowUp'], where: 'anywhere', label: 'Unread conversation above' },
    { id: 'unread-after', keys: ['Alt+Shift+ArrowDown'], where: 'anywhere', label: 'Unread conversation below' },
    { id: 'messages', keys: ['Alt+M'], where: 'anywhere', label: 'To the messages' },
    { id: 'compose', keys: ['Alt+W'], where: 'anywhere', label: 'To what you write' },
    { id: 'emoji', keys: ['Alt+E'], where: 'anywhere', label: 'Put an emoji into what you write' },
    { id: 'threads', keys: ['Alt+T'], where: 'anywhere', label: 'Threads that you follow' },
    { id: 'mentions', keys: ['Alt+N'], where: 'anywhere', label: 'Messages that mention you' },
    { id: 'saved', keys: ['Alt+S'], where: 'anywhere', label: 'Messages that you saved' },
    { id: 'panel', keys: ['Alt+P'], where: 'anywhere', label: 'To what stands beside the conversation' },
    { id: 'panel-close', keys: ['Escape'], where: 'panel', label: 'Close it' },
    { id: 'jump', keys: ['Alt+J'], where: 'anywhere', label: 'Go to a day' },
    { id: 'latest', keys: ['Alt+End'], where: 'anywhere', label: 'Latest message' },
    { id: 'rooms-move', keys: ['ArrowUp', 'ArrowDown', 'Home', 'End'], where: 'rooms', label: 'Move in the list' },
    { id: 'rooms-open', keys: ['Enter'], where: 'rooms', label: 'Open the conversation' },
    { id: 'messages-move', keys: ['ArrowUp', 'ArrowDown', 'Home', 'End'], where: 'messages', label: 'Move from message to message' },
    { id: 'messages-menu', keys: ['Enter', 'ContextMenu'], where: 'messages', label: 'What can be done with the message' },
    { id: 'messages-leave', keys: ['Escape'], where: 'messages', label: 'Back to what you write' },
    { id: 'composer-send', keys: ['Enter'], where: 'composer', label: 'Send' },
    { id: 'composer-edit', keys: ['ArrowUp'], where: 'composer', label: 'Edit your last message, if nothing is written' },
    { id: 'composer-line', keys: ['Shift+Enter'], where: 'composer', label: 'New line' },
    { id: 'composer-emoji', keys: [':'], where: 'composer', label: 'Complete an emoji' },
    { id: 'composer-people', keys: ['@'], where: 'composer', label: 'Mention somebody' },
]);

/** @typedef {typeof SHORTCUTS[number]['id']} ShortcutId */

const MAC = typeof navigator === 'object' && /Mac|iPhone|iPad/.test(navigator.platform ?? '');

/** @type {Record<string, string>} */
const SPELT = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', ContextMenu: 'Menu', ' ': 'Space', Mod: MAC ? '⌘' : 'Ctrl', Alt: MAC ? '⌥' : 'Alt', Shift: MAC ? '⇧' : 'Shift' };

/** For people: "Ctrl K" in pieces. @param {string} combination @returns {string[]} */
export function spell(combination) {
    return combination.split('+').map((part) => SPELT[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

/** Is this the combination? @param {KeyboardEvent} event @param {string} combination */
export function pressed(event, combination) {
    const parts = combination.split('+');
    const key = /** @type {string} */ (parts.pop());
    const mod = MAC ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    if (parts.includes('Mod') !== mod && (parts.includes('Mod') || event.ctrlKey || event.metaKey)) return false;
    if (parts.includes('Alt') !== event.altKey) return false;
    // A sign such as ? needs Shift on some keyboards and not on others; a letter or a named key says.
    if ((key.length > 1 || /\p{L}/u.test(key)) && parts.includes('Shift') !== event.shiftKey) return false;
    if (event.key.toLowerCase() === key.toLowerCase()) return true;
    // Alt makes another sign of a letter on some keyboards; the place of the key tells then.
    return event.altKey && /^[a-z]$/i.test(key) && event.code === `Key${key.toUpperCase()}`;
}

/** @param {KeyboardEvent} event @param {ShortcutId} id */
export function isShortcut(event, id) {
    return SHORTCUTS.some((row) => row.id === id && row.keys.some((keys) => pressed(event, keys)));
}

/** Is the person writing there? @param {EventTarget | null} target */
export function isWriting(target) {
    return target instanceof HTMLElement && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName)
        || (target instanceof HTMLInputElement && !/^(checkbox|radio|button|submit|range)$/.test(target.type)));
}

/** Does a combination also hold while one writes? @param {string} combination */
export const holdsWhileWriting = (combination) => /^(Mod|Alt)\+/.test(combination);

/** The shortcut of the whole page that was pressed. @param {KeyboardEvent} event @returns {ShortcutId | ''} */
export function pageShortcut(event) {
    const writing = isWriting(event.target);
    const row = SHORTCUTS.find(({ where, keys }) => where === 'anywhere' && keys.some((one) => pressed(event, one) && (!writing || holdsWhileWriting(one))));
    return row?.id ?? '';
}
