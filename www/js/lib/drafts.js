/** Unsent text per room and thread; a thread's place is `room.seq`. */

import { keep, kept } from './kept.js';

/** @param {string} place */
export function loadDraft(place) {
    return kept(`draft.${place}`);
}

/** @param {string} place @param {string} text */
export function saveDraft(place, text) {
    keep(`draft.${place}`, text);
}
