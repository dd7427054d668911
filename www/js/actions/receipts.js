/** How far the others have read: asked for when a room is opened and after each absence, told live between. */

import { receiptsTold } from '../reducers/receipts.js';

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').State} State */

/** Does the room tell? Its size alone is known here; the server's word is what counts. @param {State} state @param {string} id */
export function tellsReceipts(state, id) {
    const room = state.rooms[id];
    return Boolean(room) && room.receipts !== false && room.members <= state.limits.receipts_max && room.members > 1;
}

export class ReceiptActions {
    #app;

    /** @param {App} app */
    constructor(app) {
        this.#app = app;
        app.store.subscribe((state, old) => {
            if (!state.room || state.net.state !== 'online') return;
            const tells = tellsReceipts(state, state.room);
            const came = state.room !== old.room || old.net.state !== 'online' || !tellsReceipts(old, state.room);
            if (tells && came) void this.#load(state.room);
        });
    }

    /** @param {string} room */
    async #load(room) {
        const { store, api } = this.#app;
        try {
            const { data } = await api.read(`/api/rooms/${room}/receipts`);
            store.update((state) => (room in state.rooms ? receiptsTold(state, room, data.read) : state));
        } catch {
            /* Pleasant to see, no harm if it does not come. */
        }
    }
}
