/** A tab's end of the shared hub: joins it, follows it when it moves, notices when it missed something. */

import { shareHub } from './share.js';
import { streamId } from '../lib/uuid.js';

const ALIVE_MS = 20_000;
/** So many questions in a row without any word from the hub: it is dead, or its tab is frozen. */
const SILENCE_ALLOWED = 3;

/** @typedef {import('./hub.js').Note} Note */
/** @typedef {import('../types.js').WireEvent} WireEvent */
/** @typedef {import('../types.js').Net} Net */
/** @typedef {import('../types.js').OutEntry} OutEntry */
/** @typedef {import('../types.js').Message} Message */
/**
 * @typedef {object} ClientHandlers
 * @property {(events: WireEvent[], cursor: string) => void} batch
 * @property {(net: Net) => void} net
 * @property {(entries: OutEntry[]) => void} outbox
 * @property {(message: Message) => void} sent
 * @property {(clientId: string) => void} discarded
 * @property {() => void} stale  something was missed: load the state again
 * @property {(account: string) => void} ended
 */
/** @typedef {{account: string, cursor: string, base: string, heartbeatMs: number}} Joining */

export class HubClient {
    tab = streamId();
    mode = '';
    #on;
    /** @type {import('./share.js').Share | null} */
    #share = null;
    #hub = '';
    #n = 0;
    /** The hub that we listened to when our state was loaded. */
    #since = '';
    /** @type {Joining | null} */
    #joined = null;
    #room = '';
    #visible = true;
    #unanswered = 0;

    /** @param {ClientHandlers} on */
    constructor(on) {
        this.#on = on;
    }

    /** @param {string} pinned @param {string} only  both are for tests */
    async attach(pinned, only) {
        this.#share = await shareHub({ tab: this.tab, pinned, hear: (note) => this.#hear(note) }, only);
        this.mode = this.#share.mode;
        setInterval(() => this.#ask(), ALIVE_MS);
    }

    #ask() {
        this.#unanswered += 1;
        if (this.#visible && this.#unanswered > SILENCE_ALLOWED) {
            this.#unanswered = 0;
            this.#share?.revive();
        }
        this.post({ t: 'alive' });
    }

    /** To be called before the state is loaded: what the hub says from now on is not lost. */
    listen() {
        this.#since = this.#hub;
    }

    /** @param {Joining} joining */
    join(joining) {
        this.#joined = joining;
        this.post({ t: 'join', since: this.#since, room: this.#room, visible: this.#visible, ...joining });
    }

    /** The newest cursor that has been applied. @param {string} cursor */
    covered(cursor) {
        if (this.#joined) this.#joined.cursor = cursor;
    }

    forget() {
        this.#joined = null;
    }

    /** @param {string} room @param {boolean} visible */
    view(room, visible) {
        this.#room = room;
        this.#visible = visible;
        if (this.#joined) this.post({ t: 'view', room, visible });
    }

    /** @param {Note} note */
    post(note) {
        this.#share?.post({ ...note, tab: this.tab });
    }

    /** @param {Note} note */
    #hear(note) {
        this.#unanswered = 0;
        switch (note.t) {
            case 'attached': this.#hub = note.hub; this.#n = note.n; break;
            case 'unknown': if (this.#joined) this.join(this.#joined); break;
            case 'born': this.#moved(note.hub); break;
            case 'batch': this.#batch(note); break;
            case 'net': this.#on.net(note.net); break;
            case 'outbox': this.#on.outbox(note.entries); break;
            case 'sent': this.#on.sent(note.message); break;
            case 'discarded': this.#on.discarded(note.id); break;
            case 'stale': this.#on.stale(); break;
            case 'ended': this.#on.ended(note.account); break;
            default: break;
        }
    }

    /** Another tab leads now: it begins from nothing, so we introduce ourselves again. @param {string} hub */
    #moved(hub) {
        this.#hub = hub;
        this.#n = 0;
        if (this.#joined) this.join(this.#joined);
    }

    /** @param {Note} note */
    #batch(note) {
        if (note.n === 0) {
            this.#on.batch(note.events, '');
            return;
        }
        const missed = note.hub !== this.#hub || note.n !== this.#n + 1;
        this.#hub = note.hub;
        this.#n = note.n;
        this.#on.batch(note.events, note.cursor);
        if (missed) this.#on.stale();
    }
}
