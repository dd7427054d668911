/** The three transports behind one call, for tests that hold for all of them. */
import { Poll } from './poll.mjs';
import { Sse } from './sse.mjs';
import { Ws } from './ws.mjs';

/** @typedef {'ws' | 'sse' | 'poll'} Transport */
export const TRANSPORTS = /** @type {Transport[]} */ (['ws', 'sse', 'poll']);

/**
 * Opens a stream and waits for its hello. Without a cursor it starts from now (for the poll, which
 * needs one, from a fresh sync).
 * @param {Transport} transport @param {import('./api.mjs').Api} api @param {{cursor?: string, stream?: string}} [options]
 * @returns {Promise<Ws | Sse | Poll>}
 */
export async function openStream(transport, api, options = {}) {
  if (transport === 'ws') return Ws.open(api, options);
  if (transport === 'sse') return Sse.open(api, options);
  return new Poll(api, { ...options, cursor: options.cursor ?? (await api.sync()).cursor });
}
