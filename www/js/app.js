/** One tab: its state, its calls, its end of the shared stream, and what can be done. */

import { ClassActions } from './actions/class.js';
import { HistoryActions } from './actions/history.js';
import { MessageActions } from './actions/messages.js';
import { PanelActions } from './actions/panels.js';
import { PeopleActions } from './actions/people.js';
import { ReadActions } from './actions/read.js';
import { ReceiptActions } from './actions/receipts.js';
import { RepairActions } from './actions/repair.js';
import { RoomActions } from './actions/rooms.js';
import { SearchActions } from './actions/search.js';
import { SessionActions } from './actions/session.js';
import { StatusActions } from './actions/status.js';
import { TypingActions } from './actions/typing.js';
import { ThreadActions } from './actions/threads.js';
import { makeApi } from './api.js';
import { openOutboxDb } from './lib/db.js';
import { discarded, queued } from './reducers/outbox.js';
import { sendStored } from './reducers/local.js';
import { Store } from './store.js';
import { HubClient } from './stream/client.js';
import { Uploads } from './upload.js';

export class App {
    store = new Store();
    db = openOutboxDb();
    api = makeApi({ onSignedOut: () => this.session.ended(this.state.me?.id ?? '') });
    hub = new HubClient({
        batch: (events, cursor) => this.session.batch(events, cursor),
        net: (net) => this.store.update((state) => ({ ...state, net })),
        outbox: (entries) => this.store.update((state) => (state.me ? entries.reduce(queued, state) : state)),
        sent: (message) => this.store.update((state) => sendStored(state, message)),
        discarded: (id) => this.store.update((state) => discarded(state, id)),
        stale: () => void this.session.load({ keepLogs: true }),
        ended: (account) => this.session.ended(account),
    });
    uploads = new Uploads(this.api, () => this.state.limits.files);
    session = new SessionActions(this);
    rooms = new RoomActions(this);
    history = new HistoryActions(this);
    people = new PeopleActions(this);
    read = new ReadActions(this);
    repair = new RepairActions(this);
    messages = new MessageActions(this);
    receipts = new ReceiptActions(this);
    typing = new TypingActions(this);
    search = new SearchActions(this);
    threads = new ThreadActions(this);
    panels = new PanelActions(this);
    class = new ClassActions(this);
    status = new StatusActions(this);

    get state() {
        return this.store.state;
    }

    /** Says something in passing. @param {string} notice */
    say(notice) {
        this.store.update((state) => ({ ...state, notice }));
    }
}
