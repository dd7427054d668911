/**
 * The lists beside the log: followed threads, mentions, saved and pinned messages. What changes them from
 * outside makes them stale; the panel that shows one loads it again then.
 */

import { mentionsMe } from './marks.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').PanelState} PanelState */
/** @typedef {import('../types.js').MessageList} MessageList */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** Under which name a panel's list is held; '': it has none. @param {PanelState | null} panel */
export function listKey(panel) {
    if (panel?.kind === 'pins') return `pins/${panel.room}`;
    return panel?.kind === 'threads' || panel?.kind === 'mentions' || panel?.kind === 'saved' ? panel.kind : '';
}

/** @param {number} gen @param {MessageList} [old]  stays in sight until the answer comes @returns {MessageList} */
export function loadingList(gen, old) {
    const items = old?.items ?? [];
    return { status: items.length ? 'ready' : 'loading', error: '', items, next: old?.next ?? '', more: '', stale: false, gen };
}

/** @type {Record<string, (state: State, event: WireEvent) => string[]>} */
const TOUCHES = {
    message: (state, { message }) => [message.thread ? 'threads' : '', mentionsMe(message, state.me) ? 'mentions' : ''],
    message_edited: () => ['mentions'],
    message_deleted: (_state, event) => ['mentions', 'saved', `pins/${event.feed}`],
    message_pinned: (_state, event) => [`pins/${event.feed}`],
    message_unpinned: (_state, event) => [`pins/${event.feed}`],
    message_saved: () => ['saved'],
    message_unsaved: () => ['saved'],
    thread_followed: () => ['threads'],
    thread_unfollowed: () => ['threads'],
    room_removed: () => ['threads', 'mentions', 'saved'],
};

/** Lists that this event makes stale. @param {State} state @param {WireEvent} event @returns {State} */
export function touched(state, event) {
    let { lists } = state;
    for (const key of TOUCHES[event.event]?.(state, event) ?? []) {
        if (lists[key] && !lists[key].stale) lists = { ...lists, [key]: { ...lists[key], stale: true } };
    }
    return lists === state.lists ? state : { ...state, lists };
}

/** All lists may lack something. @param {State['lists']} lists @returns {State['lists']} */
export function staleLists(lists) {
    return Object.fromEntries(Object.entries(lists).map(([key, list]) => [key, { ...list, stale: true }]));
}
