/**
 * The final state by SQL alone, past the functions that the product uses: every row of every feed, rooms
 * and members. Messages stay sealed; their texts are compared where clients saw them.
 */

/**
 * @typedef {{feed: string, seq: number, kind: string, actor: string, subject: string, target: number, value: number, client_id: string, no: number, xid: string,
 *   word: string, thread: number | null, counts: boolean, empty: boolean}} Row  counts: a message of the room's own log; empty: its content is gone
 * @typedef {{feeds: {id: string, kind: number, last_seq: number, last_no: number}[], rows: Row[],
 *   rooms: {id: string, kind: string, visibility: string, history_open: boolean, created_by: string, client_id: string, deleted: boolean, members: number}[],
 *   members: {account: string, room: string, role: number, visible_from: number, read_seq: number, read_no: number}[]}} Truth
 */

const QUERY = `
SELECT json_build_object(
  'feeds', (SELECT coalesce(json_agg(json_build_object('id', id::text, 'kind', kind, 'last_seq', last_seq, 'last_no', last_no) ORDER BY id), '[]') FROM confab.feed),
  'rows', (SELECT coalesce(json_agg(json_build_object('feed', feed, 'seq', seq, 'kind', kind, 'actor', actor, 'subject', subject, 'target', target, 'value', value,
             'client_id', client_id, 'no', no, 'xid', xid, 'word', word, 'thread', thread, 'counts', counts, 'empty', empty) ORDER BY feed::bigint, seq), '[]') FROM (
      SELECT feed_id::text AS feed, seq, 'message' AS kind, sender_id::text AS actor, NULL AS subject, NULL::bigint AS target, NULL::bigint AS value, client_id::text, no, xid::text,
             NULL AS word, thread_seq AS thread, thread_seq IS NULL OR flags & 1 = 1 AS counts, body IS NULL AS empty FROM confab.message
      UNION ALL
      SELECT feed_id::text, seq, kind, actor_id::text, subject_id::text, target_seq, value, NULL, NULL, xid::text, word, NULL, false, false FROM confab.event) q),
  'rooms', (SELECT coalesce(json_agg(json_build_object('id', id::text, 'kind', kind, 'visibility', visibility, 'history_open', history_open, 'created_by', created_by::text,
             'client_id', client_id::text, 'deleted', deleted_at IS NOT NULL, 'members', members) ORDER BY id), '[]') FROM confab.room),
  'members', (SELECT coalesce(json_agg(json_build_object('account', account_id::text, 'room', room_id::text, 'role', role, 'visible_from', visible_from,
             'read_seq', read_seq, 'read_no', read_no) ORDER BY account_id, room_id), '[]') FROM confab.member))`;

/** @param {import('../../harness/postgres.mjs').Postgres} postgres @returns {Promise<Truth>} */
export async function readTruth(postgres) {
  return JSON.parse(await postgres.sql(QUERY));
}

/** Rows by feed, ascending. @param {Truth} truth @returns {Map<string, Row[]>} */
export function byFeed(truth) {
  const feeds = new Map(truth.feeds.map((f) => [f.id, /** @type {Row[]} */ ([])]));
  for (const row of truth.rows) {
    if (!feeds.has(row.feed)) feeds.set(row.feed, []);
    feeds.get(row.feed)?.push(row);
  }
  for (const rows of feeds.values()) rows.sort((a, b) => a.seq - b.seq);
  return feeds;
}

export const ROLES = ['', 'owner', 'moderator', 'member', 'guest'];

/**
 * Who was in a room, as intervals of its seq: from the row that tells of the joining (from the beginning,
 * for whom the room was made with) to the row that tells of the leaving.
 * @param {Row[]} rows of a room's feed @returns {Map<string, {from: number, to: number}[]>} by account
 */
export function intervals(rows) {
  /** @type {Map<string, {from: number, to: number}[]>} */
  const of = new Map();
  for (const row of rows) {
    if (row.kind === 'member_joined') of.set(row.subject, [...(of.get(row.subject) ?? []), { from: row.xid === rows[0].xid ? 0 : row.seq, to: Infinity }]);
    if (row.kind === 'member_left') {
      const last = of.get(row.subject)?.at(-1);
      if (last) last.to = row.seq;
    }
  }
  return of;
}
