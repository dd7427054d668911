/**
 * What must survive a reload: the queue of unsent messages, in IndexedDB. Where the browser offers
 * none (private windows of some), the same shape in memory does, and a reload loses the queue.
 */

const NAME = 'confab';
const VERSION = 1;
const STORE = 'outbox';

/** @typedef {import('../types.js').OutEntry} OutEntry */
/**
 * @typedef {{all: () => Promise<OutEntry[]>, put: (entry: OutEntry) => Promise<void>,
 *   remove: (id: string) => Promise<void>, wipe: () => Promise<void>}} OutboxDb
 */

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

/** @param {IDBFactory} factory @returns {Promise<IDBDatabase>} */
function openDatabase(factory) {
    const request = factory.open(NAME, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'client_id' });
    return done(request);
}

/** @returns {OutboxDb} */
export function memoryDb() {
    /** @type {Map<string, OutEntry>} */
    const rows = new Map();
    return {
        all: async () => [...rows.values()],
        put: async (entry) => void rows.set(entry.client_id, structuredClone(entry)),
        remove: async (id) => void rows.delete(id),
        wipe: async () => rows.clear(),
    };
}

/** @param {IDBFactory | undefined} [factory] @returns {Promise<OutboxDb>} */
export async function openOutboxDb(factory = globalThis.indexedDB) {
    if (!factory) return memoryDb();
    /** @type {IDBDatabase} */
    let database;
    try {
        database = await openDatabase(factory);
    } catch {
        return memoryDb();
    }
    database.onversionchange = () => database.close();
    /** @template T @param {IDBTransactionMode} mode @param {(s: IDBObjectStore) => IDBRequest<T>} work */
    const run = (mode, work) => done(work(database.transaction(STORE, mode).objectStore(STORE)));
    return {
        all: () => run('readonly', (store) => store.getAll()),
        put: async (entry) => void (await run('readwrite', (store) => store.put(entry))),
        remove: async (id) => void (await run('readwrite', (store) => store.delete(id))),
        wipe: async () => void (await run('readwrite', (store) => store.clear())),
    };
}
