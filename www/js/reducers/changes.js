/**
 * What I do to a message is shown at once, as a layer over what the server has told; the layer goes when the
 * answer is there. So taking back what was refused is nothing but dropping it. js/actions/messages.js sends.
 */

import { isFewEmoji } from '../lib/text.js';
import { patchMessage } from './held.js';
import { changed, marked, reacted } from './marks.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Change} Change */
/** @typedef {import('../types.js').Message} Message */

/** @param {State} state @param {Change} change @returns {State} */
export function changeBegun(state, change) {
    return { ...state, changes: [...state.changes, change] };
}

/** @param {State} state @param {number} id @returns {State} */
export function changeEnded(state, id) {
    const changes = state.changes.filter((change) => change.id !== id);
    return changes.length === state.changes.length ? state : { ...state, changes };
}

/** The message as it will be. @param {Message} message @param {Change} change @param {string} me @returns {Message} */
export function foreseen(message, change, me) {
    const { text = '', emoji = '', on = true } = change;
    switch (change.do) {
        case 'edit': return message.deleted || message.text === text ? message : { ...message, text, nodes: undefined, big: isFewEmoji(text), edited_at: message.edited_at ?? message.sent_at };
        case 'delete': return changed(message, { event: 'message_deleted' }, me);
        case 'react': return reacted(message, emoji, on, me, me);
        case 'pin': return marked(message, 'pinned', on);
        default: return marked(message, 'saved', on);
    }
}

/** Those of one message, in order. @param {State} state @param {string} room @param {number} seq */
export function changesOf(state, room, seq) {
    return state.changes.filter((change) => change.room === room && change.seq === seq);
}

/** A message as it is to be shown. @param {State} state @param {Message} message @returns {Message} */
export function shownMessage(state, message) {
    return state.changes.length ? changesOf(state, message.room, message.seq).reduce((now, change) => foreseen(now, change, state.me?.id ?? ''), message) : message;
}

/**
 * The server has done it; the stream will tell too. @param {State} state @param {Change} change
 * @param {Message} [answer]  the message as it is now, of an edit @returns {State}
 */
export function changeDone(state, change, answer) {
    const me = state.me?.id ?? '';
    const how = (/** @type {Message} */ message) => (answer ? changed(message, { event: 'message_edited', message: answer }, me) : foreseen(message, change, me));
    return changeEnded(patchMessage(state, change.room, change.seq, how), change.id);
}
