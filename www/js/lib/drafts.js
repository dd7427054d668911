/** Unsent text per room. */

import { keep, kept } from './kept.js';

/** @param {string} room */
export function loadDraft(room) {
    return kept(`draft.${room}`);
}

/** @param {string} room @param {string} text */
export function saveDraft(room, text) {
    keep(`draft.${room}`, text);
}
