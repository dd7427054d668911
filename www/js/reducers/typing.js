/** Who is writing. Ephemeral: each list supersedes the one before, and all go with the connection. */

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../types.js').Typists} Typists */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** A room's log, or with `thread` that thread. @param {string} room @param {number} [thread] */
export function typingKey(room, thread = 0) {
    return thread ? `${room}/${thread}` : room;
}

/** @param {State} state @param {string} key @param {string[]} people @param {number} count @returns {State} */
function put(state, key, people, count) {
    const { [key]: old, ...rest } = state.typing;
    if (!old && !count) return state;
    return { ...state, typing: count ? { ...rest, [key]: { people, count } } : rest };
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function typing(state, event) {
    return put(state, typingKey(event.room, event.thread), event.people, event.count);
}

/** A room shows its state anew: forget who typed there. @param {State} state @param {string} room @returns {State} */
export function typingForgotten(state, room) {
    const rest = Object.entries(state.typing).filter(([key]) => key !== room && !key.startsWith(`${room}/`));
    return rest.length === Object.keys(state.typing).length ? state : { ...state, typing: Object.fromEntries(rest) };
}

/** What they were writing is there. @param {State} state @param {Message} message @returns {State} */
export function typingDone(state, message) {
    const key = typingKey(message.room, message.thread);
    const old = state.typing[key];
    if (!old?.people.includes(message.sender)) return state;
    return put(state, key, old.people.filter((id) => id !== message.sender), old.count - 1);
}

/** The others who write there now, as far as we can know. @param {State} state @param {string} room @param {number} [thread] @returns {Typists} */
export function typistsOf(state, room, thread = 0) {
    const now = state.net.state === 'online' ? state.typing[typingKey(room, thread)] : undefined;
    if (!now) return { people: [], count: 0 };
    const people = now.people.filter((id) => id !== state.me?.id);
    return { people, count: now.count - (now.people.length - people.length) };
}
