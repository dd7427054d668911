/** Things of the wire as the tests of the client need them. */

/** @type {import('../../www/js/types.js').Message} */
export const MESSAGE = { room: '50', seq: 7, no: 7, sender: '2', sent_at: '2026-11-20T12:00:00.000Z', client_id: 'c7', text: 'seven', version: 1 };
