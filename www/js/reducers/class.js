/**
 * A classroom as it is known here, and polls. Events change what was loaded; what is too much for an event
 * (the floor was built anew, somebody voted) marks it as stale, and actions/class.js asks again. Pure.
 */

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').WireEvent} WireEvent */
/** @typedef {import('../types.js').ClassState} ClassState */
/** @typedef {(room: ClassState, event: WireEvent) => ClassState} Change */

/** @param {string} room @param {number | string} seq */
export const pollKey = (room, seq) => `${room}/${seq}`;

/** @param {ClassState} room @param {WireEvent} event @returns {ClassState} */
function seatTaken(room, event) {
    const others = room.seats.filter((one) => one.person !== event.person && !(one.desk === event.desk && one.seat === event.seat));
    return { ...room, seats: [...others, { desk: event.desk, seat: event.seat, person: event.person }] };
}

/** @param {ClassState} room @param {WireEvent} event @returns {ClassState} */
function answered(room, event) {
    const { check } = room;
    if (!check.open || event.check !== check.no) return room;
    const answers = [...check.answers.filter((one) => one.person !== event.person), { person: event.person, answer: event.answer }];
    return { ...room, check: { ...check, answers, waiting: check.waiting.filter((id) => id !== event.person) } };
}

/** @type {Record<string, Change>} */
const CHANGES = {
    class_changed: (room, event) => (event.what === 'locked' || event.what === 'unlocked'
        ? { ...room, locked: event.what === 'locked' } : { ...room, stale: true }),
    seat_taken: seatTaken,
    seat_left: (room, event) => ({ ...room, seats: room.seats.filter((one) => one.person !== event.person) }),
    hand_raised: (room, event) => ({ ...room, hands: [...room.hands.filter((one) => one.person !== event.person), { person: event.person, raised_at: event.at ?? '', called: false }] }),
    hand_lowered: (room, event) => ({ ...room, hands: room.hands.filter((one) => one.person !== event.person) }),
    hand_called: (room, event) => ({ ...room, hands: room.hands.map((one) => (one.person === event.person ? { ...one, called: true } : one)) }),
    hands_lowered: (room) => ({ ...room, hands: [], check: { ...room.check, open: false, answers: [], waiting: [] } }),
    // Who is asked is the server's word.
    check_started: (room) => ({ ...room, stale: true }),
    check_answered: answered,
    check_ended: (room) => ({ ...room, check: { ...room.check, open: false } }),
    // Who leaves, leaves their seat; who comes is asked too.
    member_left: (room, event) => ({
        ...room, seats: room.seats.filter((one) => one.person !== event.person), hands: room.hands.filter((one) => one.person !== event.person),
        check: { ...room.check, waiting: room.check.waiting.filter((id) => id !== event.person) },
    }),
    member_joined: (room) => (room.check.open ? { ...room, stale: true } : room),
};

/** What a room's event means for its class and its polls. @param {State} state @param {WireEvent} event @returns {State} */
export function classEvent(state, event) {
    const id = String(event.feed);
    if (event.event === 'poll_voted' || event.event === 'poll_closed') {
        const key = pollKey(id, event.message_seq);
        return state.polls[key] ? { ...state, polls: { ...state.polls, [key]: { ...state.polls[key], stale: true } } } : state;
    }
    const room = state.classes[id];
    const change = CHANGES[event.event];
    if (!room || room.status !== 'ready' || !change || Number(event.seq) <= room.head) return state;
    return { ...state, classes: { ...state.classes, [id]: { ...change(room, event), head: Number(event.seq) } } };
}


/** @returns {ClassState} */
export function emptyClass() {
    return {
        status: 'loading', error: '', stale: false, head: 0, locked: false, desks: [], seats: [], hands: [],
        check: { no: 0, open: false, answers: [], waiting: [] },
    };
}

/** @param {State} state @param {string} id @param {any} answer @returns {State} */
export function classLoaded(state, id, answer) {
    const old = state.classes[id];
    if (!old) return state;
    // Events that were faster than the answer have to be asked for again.
    const stale = old.head > answer.head;
    return { ...state, classes: { ...state.classes, [id]: { ...answer, status: 'ready', error: '', stale, head: answer.head } } };
}

/**
 * What I have just done to the seats or my hand, shown before the server has answered; its answer wins.
 * @param {State} state @param {string} id @param {(room: ClassState) => ClassState} change @returns {State}
 */
export function classForeseen(state, id, change) {
    const room = state.classes[id];
    return room?.status === 'ready' ? { ...state, classes: { ...state.classes, [id]: change(room) } } : state;
}
