/** Events of a room's feed, applied to the summary that the room list shows. */

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Room} Room */
/** @typedef {import('../types.js').Member} Member */
/** @typedef {import('../types.js').WireEvent} WireEvent */

/** @template T @param {Record<string, T>} record @param {string} key @returns {Record<string, T>} */
export function without(record, key) {
    if (!(key in record)) return record;
    const { [key]: _gone, ...rest } = record;
    return rest;
}

/** @param {State} state @param {string} id @param {Partial<Room>} change @returns {State} */
export function patchRoom(state, id, change) {
    const room = state.rooms[id];
    return room ? { ...state, rooms: { ...state.rooms, [id]: { ...room, ...change } } } : state;
}

/** Everything about a room goes. @param {State} state @param {string} id @returns {State} */
export function dropRoom(state, id) {
    return {
        ...state,
        rooms: without(state.rooms, id),
        logs: without(state.logs, id),
        rosters: without(state.rosters, id),
        inside: without(state.inside, id),
        wanted: without(state.wanted, id),
        marker: state.marker?.room === id ? null : state.marker,
    };
}

/** @param {State} state @param {string} room @param {(list: Member[]) => Member[]} change @returns {State} */
function patchRoster(state, room, change) {
    const roster = state.rosters[room];
    if (roster?.status !== 'ready') return state;
    return { ...state, rosters: { ...state.rosters, [room]: { ...roster, list: change(roster.list) } } };
}

/** The person as far as it is known. @param {State} state @param {string} id */
function personOf(state, id) {
    return state.people[id] ?? { id, handle: '', name: '', avatar: '', active: true };
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function message(state, event) {
    const { message: said } = event;
    const room = state.rooms[said.room];
    if (!room) return state;
    if (!(said.no > room.last_no)) return state;
    /** @type {Partial<Room>} */
    const change = { last_no: said.no, last_message: said, active_at: said.sent_at };
    if (said.sender === state.me?.id) {
        change.read_seq = Math.max(room.read_seq, said.seq);
        change.read_no = Math.max(room.read_no, said.no);
    }
    change.unread = Math.max(0, said.no - (change.read_no ?? room.read_no));
    return patchRoom(state, said.room, change);
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function member_joined(state, event) {
    const id = String(event.feed);
    const next = patchRoom(state, id, { members: state.rooms[id].members + 1 });
    return patchRoster(next, id, (list) => [
        ...list.filter((member) => member.person.id !== event.person),
        { person: personOf(state, event.person), role: event.role, joined_at: String(event.at) },
    ]);
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function member_left(state, event) {
    const id = String(event.feed);
    const next = patchRoom(state, id, { members: Math.max(0, state.rooms[id].members - 1) });
    return patchRoster(next, id, (list) => list.filter((member) => member.person.id !== event.person));
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function member_role(state, event) {
    const id = String(event.feed);
    const next = event.person === state.me?.id ? patchRoom(state, id, { role: event.role }) : state;
    return patchRoster(next, id, (list) => list.map(
        (member) => (member.person.id === event.person ? { ...member, role: event.role } : member),
    ));
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function room_changed(state, event) {
    const { kind, visibility, history_open, name, topic, description, archived, notices, receipts } = event;
    return patchRoom(state, event.room, { kind, visibility, history_open, name, topic, description, archived, notices, receipts });
}

/** @param {State} state @param {WireEvent} event @returns {State} */
export function room_deleted(state, event) {
    const room = state.rooms[event.room];
    if (!room) return state;
    const notice = state.room === event.room && event.actor !== state.me?.id ? `“${room.name}” has been deleted.` : state.notice;
    return { ...dropRoom(state, event.room), notice };
}

/** A row that is not for us: it only keeps the count. @param {State} state @returns {State} */
export function hidden(state) {
    return state;
}
