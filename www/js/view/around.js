/** What drawing a message needs besides its row: who says it, and what its buttons do. The same in log and thread. */

import { oneLine } from '../lib/excerpt.js';
import { heldMessage } from '../reducers/held.js';
import { pickEmoji } from './emojipicker.js';
import { messageEditor } from './messageeditor.js';
import { pollView } from './poll.js';

const ANSWERED_MOST = 60;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('./message.js').Around} Around */

/** What a reply in the room answers. @param {App} app @param {string} room @param {number} seq */
function answered(app, room, seq) {
    const message = heldMessage(app.state, room, seq);
    const text = message && oneLine(message);
    return text ? `Replied to “${text.length > ANSWERED_MOST ? `${[...text].slice(0, ANSWERED_MOST).join('')}…` : text}”` : 'Replied in a thread';
}

/**
 * @param {App} app @param {string} room @param {string} sender
 * @param {boolean} [inside]  it stands in a thread, not in the log @returns {Around}
 */
export function messageAround(app, room, sender, inside = false) {
    const { rooms, people, panels, messages } = app;
    return {
        person: people.get(sender), me: app.state.me?.handle ?? '',
        retry: (id) => rooms.retry(id), discard: (id) => rooms.discard(id),
        people: app.state.people,
        poll: (row) => (row.poll && row.seq ? pollView(app, { room, seq: row.seq, own: row.own, poll: row.poll }) : null),
        marks: {
            me: app.state.me?.id ?? '', person: (id) => people.get(id),
            react: ({ seq }, emoji, on) => messages.react({ room, seq }, emoji, on),
            editor: (row) => messageEditor(app, room, row),
            async pick({ seq }, anchor) {
                const emoji = await pickEmoji(anchor);
                if (emoji) messages.react({ room, seq }, emoji, true);
            },
        },
        thread: { inside, open: (seq, at) => panels.thread(room, seq, at), person: (id) => people.get(id), said: (seq) => answered(app, room, seq) },
    };
}
