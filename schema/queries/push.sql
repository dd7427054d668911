-- What the pusher asks. Same form as api.sql.

-- name: boot
SELECT confab.boot();
-- name: future_rows
SELECT confab.future_rows();
-- name: schema_version
SELECT max(version), pg_backend_pid() FROM confab.migration;
-- name: listen
LISTEN confab;
-- name: settings
-- The tail's plans must not depend on statistics: its estimates are always wrong (facts in
-- docs/ARCHITECTURE, "The tail"), and just after a restore there are none.
SELECT set_config('jit', 'off', false), set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false),
       set_config('max_parallel_workers_per_gather', '0', false), set_config('plan_cache_mode', 'force_generic_plan', false);
-- name: cursor_now
SELECT epoch, lsn, snapshot FROM confab.cursor_now();
-- name: cursor_fix
-- The tail's own snapshot as it counts in another life of the server; NULL if that life lost rows.
SELECT confab.cursor_fix($1::bigint, '0/0'::pg_lsn + $2::bigint, $3::text::pg_snapshot)::text;
-- name: session_use
SELECT account, session, expires_at, touch FROM confab.session_use($1::bigint, $2::bytea);
-- name: session_seen
SELECT confab.session_seen($1::bigint, $2::bigint[], $3::int);
-- name: my_memberships
SELECT room FROM confab.my_memberships();
-- name: room_size
-- How many would read of each other's reading; none where that is nobody's business (flag 4).
SELECT CASE WHEN flags & 4 = 0 THEN members END FROM confab.room WHERE id = $1::bigint;
-- name: changes
SELECT k, feed_id, seq, xid, at, actor, hidden, kind, subject, target_seq, value, no, client_id, thread_seq, key_id, version, body,
       room_kind, room_visibility, room_history_open, room_created_by, handle, name, avatar, active, word, sender, sent_at, thread_no, flags, edited_at, $5::bigint AS tenant
  FROM confab.changes($1::bigint, $2::bigint, $3::text, $4::int);
-- name: tail
-- Every row that snapshot $1 has not seen, and (k = s) the new snapshot, in one statement: two would
-- lose rows. At most $2 rows a branch; a branch that returns so many means: throw all away, ask
-- `ranges`. LIMIT with ORDER BY also keeps the plan on the index of xid.
SELECT 's'::"char" AS k, (SELECT epoch FROM confab.boot) AS feed_id, confab.wal_position() AS seq, NULL::text AS xid, NULL::timestamptz AS at,
       NULL::bigint AS actor, false AS hidden, pg_current_snapshot()::text AS kind, NULL::bigint AS subject, NULL::bigint AS target_seq, NULL::bigint AS value,
       NULL::bigint AS no, NULL::uuid AS client_id, NULL::bigint AS thread_seq, NULL::int AS key_id, NULL::int AS version, NULL::bytea AS body,
       NULL::text AS room_kind, NULL::text AS room_visibility, NULL::boolean AS room_history_open, NULL::bigint AS room_created_by,
       NULL::text AS handle, NULL::text AS name, NULL::text AS avatar, NULL::boolean AS active,
       NULL::text AS word, NULL::bigint AS sender, NULL::timestamptz AS sent_at, NULL::bigint AS thread_no, NULL::int AS flags, NULL::timestamptz AS edited_at,
       NULL::bigint AS tenant
UNION ALL
SELECT 'm', m.feed_id, m.seq, m.xid::text, m.sent_at, m.sender_id, false, NULL, NULL, NULL, NULL, m.no, m.client_id, m.thread_seq, m.key_id, m.version, m.body,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, m.thread_no, m.flags::int, m.edited_at, m.tenant_id
  FROM ((SELECT * FROM confab.message t WHERE t.xid >= pg_snapshot_xmax($1::pg_snapshot) ORDER BY t.xid LIMIT $2::int)
        UNION ALL
        SELECT r.* FROM pg_snapshot_xip($1::pg_snapshot) x CROSS JOIN LATERAL (SELECT * FROM confab.message t WHERE t.xid = x ORDER BY t.xid LIMIT $2::int) r) m
UNION ALL
SELECT 'e', e.feed_id, e.seq, e.xid::text, e.at, e.actor_id, false, e.kind, e.subject_id, e.target_seq, e.value, t.no, coalesce(t.client_id, r.client_id), t.thread_seq,
       coalesce(t.key_id, r.name_key), coalesce(t.version, r.name_version), coalesce(t.body, CASE WHEN e.kind = 'room_changed' OR r.visibility = 'public' AND r.deleted_at IS NULL THEN r.name END),
       r.kind, r.visibility, r.history_open, r.created_by, a.handle, a.name, a.avatar, a.active,
       e.word, t.sender_id, t.sent_at, t.thread_no, coalesce(t.flags::int, r.flags), t.edited_at, e.tenant_id
  FROM ((SELECT * FROM confab.event t WHERE t.xid >= pg_snapshot_xmax($1::pg_snapshot) ORDER BY t.xid LIMIT $2::int)
        UNION ALL
        SELECT q.* FROM pg_snapshot_xip($1::pg_snapshot) x CROSS JOIN LATERAL (SELECT * FROM confab.event t WHERE t.xid = x ORDER BY t.xid LIMIT $2::int) q) e
  LEFT JOIN confab.message t ON e.kind = 'message_edited' AND e.value = 0 AND t.feed_id = e.feed_id AND t.seq = e.target_seq
  LEFT JOIN confab.room r ON e.kind IN ('room_changed', 'room_listed') AND r.id = e.subject_id
  LEFT JOIN confab.account a ON e.kind = 'profile_changed' AND a.id = e.subject_id;
-- name: ranges
-- A flood: per feed the first and last unseen seq (always one contiguous range), with the new snapshot.
SELECT 's'::"char" AS k, (SELECT epoch FROM confab.boot) AS feed_id, confab.wal_position() AS lo, NULL::bigint AS hi, NULL::bigint AS n, pg_current_snapshot()::text AS snapshot
UNION ALL
SELECT 'r', q.feed_id, min(q.seq), max(q.seq), count(*), NULL FROM (
    SELECT t.feed_id, t.seq FROM confab.message t WHERE t.xid >= pg_snapshot_xmax($1::pg_snapshot)
    UNION ALL SELECT t.feed_id, t.seq FROM pg_snapshot_xip($1::pg_snapshot) x JOIN confab.message t ON t.xid = x
    UNION ALL SELECT t.feed_id, t.seq FROM confab.event t WHERE t.xid >= pg_snapshot_xmax($1::pg_snapshot)
    UNION ALL SELECT t.feed_id, t.seq FROM pg_snapshot_xip($1::pg_snapshot) x JOIN confab.event t ON t.xid = x) q
 GROUP BY q.feed_id;
-- name: range_rows
-- Rows of several ranges, given as feed, lo, hi one after the other (same columns as tail, less the s row).
SELECT q.* FROM generate_series(1, cardinality($1::bigint[]), 3) i CROSS JOIN LATERAL (
    (SELECT 'm'::"char" AS k, m.feed_id, m.seq, m.xid::text AS xid, m.sent_at AS at, m.sender_id AS actor, false AS hidden, NULL::text AS kind,
            NULL::bigint AS subject, NULL::bigint AS target_seq, NULL::bigint AS value, m.no, m.client_id, m.thread_seq, m.key_id, m.version, m.body,
            NULL::text AS room_kind, NULL::text AS room_visibility, NULL::boolean AS room_history_open, NULL::bigint AS room_created_by,
            NULL::text AS handle, NULL::text AS name, NULL::text AS avatar, NULL::boolean AS active, NULL::text AS word, NULL::bigint AS sender,
            NULL::timestamptz AS sent_at, m.thread_no, m.flags::int AS flags, m.edited_at, m.tenant_id AS tenant
       FROM confab.message m WHERE m.feed_id = ($1::bigint[])[i] AND m.seq BETWEEN ($1::bigint[])[i + 1] AND ($1::bigint[])[i + 2])
    UNION ALL
    (SELECT 'e', e.feed_id, e.seq, e.xid::text, e.at, e.actor_id, false, e.kind, e.subject_id, e.target_seq, e.value, t.no, coalesce(t.client_id, r.client_id),
            t.thread_seq, coalesce(t.key_id, r.name_key), coalesce(t.version, r.name_version), coalesce(t.body, CASE WHEN e.kind = 'room_changed' OR r.visibility = 'public' AND r.deleted_at IS NULL THEN r.name END), r.kind, r.visibility,
            r.history_open, r.created_by, a.handle, a.name, a.avatar, a.active, e.word, t.sender_id, t.sent_at, t.thread_no,
            coalesce(t.flags::int, r.flags), t.edited_at, e.tenant_id
       FROM confab.event e
       LEFT JOIN confab.message t ON e.kind = 'message_edited' AND e.value = 0 AND t.feed_id = e.feed_id AND t.seq = e.target_seq
       LEFT JOIN confab.room r ON e.kind IN ('room_changed', 'room_listed') AND r.id = e.subject_id
       LEFT JOIN confab.account a ON e.kind = 'profile_changed' AND a.id = e.subject_id
      WHERE e.feed_id = ($1::bigint[])[i] AND e.seq BETWEEN ($1::bigint[])[i + 1] AND ($1::bigint[])[i + 2])) q;
