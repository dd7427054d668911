/** Unsent text per room. localStorage, because it is written at once even while the page goes away. */

const PREFIX = 'confab.draft.';

/** @param {(storage: Storage) => void} work */
function attempt(work) {
    try {
        work(localStorage);
    } catch {
        /* Storage is full or forbidden: the draft lives as long as the page. */
    }
}

/** @param {string} room */
export function loadDraft(room) {
    let text = '';
    attempt((storage) => { text = storage.getItem(PREFIX + room) ?? ''; });
    return text;
}

/** @param {string} room @param {string} text */
export function saveDraft(room, text) {
    attempt((storage) => {
        if (text) storage.setItem(PREFIX + room, text);
        else storage.removeItem(PREFIX + room);
    });
}

export function wipeDrafts() {
    attempt((storage) => {
        for (const key of Object.keys(storage)) {
            if (key.startsWith(PREFIX)) storage.removeItem(key);
        }
    });
}
