/** Events of the tenant's feed: profiles and public rooms. */

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** @param {State} state @param {WireEvent} event @returns {State} */
export function profile_changed(state, event) {
    const { person: id, handle, name, avatar, active } = event;
    const person = { id, handle, name, avatar, active };
    /** @type {State} */
    const next = { ...state };
    if (state.people[id]) next.people = { ...state.people, [id]: person };
    if (state.me && state.me.id === id) next.me = { ...state.me, handle, name, avatar };
    for (const [room, roster] of Object.entries(state.rosters)) {
        if (!roster.list.some((member) => member.person.id === id)) continue;
        const list = roster.list.map((member) => (member.person.id === id ? { ...member, person } : member));
        next.rosters = { ...next.rosters, [room]: { ...roster, list } };
    }
    return next;
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function room_listed(state, event) {
    if (!state.browse) return state;
    const { room: id, kind, visibility, history_open, name, topic, description, archived, notices, receipts } = event;
    const told = { id, kind, visibility, history_open, name, topic, description, archived, notices, receipts };
    const old = state.browse.find((room) => room.id === id);
    const listed = { members: 1, created_at: String(event.at), joined: id in state.rooms, ...old, ...told };
    const browse = old ? state.browse.map((room) => (room.id === id ? listed : room)) : [listed, ...state.browse];
    return { ...state, browse };
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function room_unlisted(state, event) {
    if (!state.browse) return state;
    return { ...state, browse: state.browse.filter((room) => room.id !== event.room) };
}
