/**
 * What this browser remembers of a person besides unsent messages: drafts, recent emoji, how the page is to
 * behave. In localStorage, because it is written at once even while the page goes away. All of it goes when
 * the session ends.
 */

const PREFIX = 'confab.';

/** @template T @param {(storage: Storage) => T} work @param {T} otherwise @returns {T} */
function attempt(work, otherwise) {
    try {
        return work(localStorage);
    } catch {
        // Storage is full or forbidden: what is kept lives as long as the page.
        return otherwise;
    }
}

/** @param {string} key @returns {string}  '' if there is none */
export function kept(key) {
    return attempt((storage) => storage.getItem(PREFIX + key) ?? '', '');
}

/** @param {string} key @param {string} value  '' forgets it */
export function keep(key, value) {
    attempt((storage) => {
        if (value) storage.setItem(PREFIX + key, value);
        else storage.removeItem(PREFIX + key);
    }, undefined);
}

export function wipeKept() {
    attempt((storage) => {
        for (const key of Object.keys(storage)) if (key.startsWith(PREFIX)) storage.removeItem(key);
    }, undefined);
}
