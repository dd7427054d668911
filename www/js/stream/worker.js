/** The SharedWorker: one hub for all tabs, each behind a port. */

import { Hub } from './hub.js';

/** @typedef {import('./hub.js').Note} Note */

const scope = /** @type {any} */ (globalThis);
/** @type {Map<string, MessagePort>} */
const ports = new Map();

const hub = new Hub({
    pinned: new URLSearchParams(scope.location.search).get('transport') ?? '',
    tell(note, to) {
        if (to !== undefined) ports.get(to)?.postMessage(note);
        else for (const port of ports.values()) port.postMessage(note);
    },
});

scope.onconnect = (/** @type {MessageEvent} */ { ports: [port] }) => {
    port.onmessage = (/** @type {MessageEvent<Note>} */ { data }) => {
        if (data.t !== 'leave') ports.set(data.tab, port);
        hub.handle(data);
        if (data.t === 'leave') ports.delete(data.tab);
    };
};
