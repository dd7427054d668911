-- What changed since a cursor. One shape of row for everything that travels to a client; the tail of
-- the pusher (queries/push/tail.sql) yields the same columns, common/row.c reads them.

DO $$
BEGIN
    IF to_regtype('confab.feed_row') IS NULL THEN
        CREATE TYPE feed_row AS (
            k "char",          -- m message, e event, s cursor, R reset of everything, v verdict for a feed
            feed_id bigint,    -- s: the epoch
            seq bigint,        -- s: the WAL position
            xid text,
            at timestamptz,
            actor bigint,
            hidden boolean,
            kind text,         -- e: the kind; s: the snapshot; v: more or reset
            subject bigint,
            target_seq bigint,
            value bigint,
            no bigint,
            client_id uuid,    -- m: the message's; e: the room's (to open its name)
            thread_seq bigint,
            key_id int,
            version int,
            body bytea,        -- m: sealed text; e: sealed name of the room
            room_kind text, room_visibility text, room_history_open boolean, room_created_by bigint,
            handle text, name text, avatar text, active boolean,
            word text,
            sender bigint, sent_at timestamptz,   -- e: of the message as it is now
            thread_no bigint, flags int, edited_at timestamptz -- m, and e as above; flags of a room as well
        );
    END IF;
END $$;

-- A cursor over everything as of now (in a repeatable-read transaction: as of its snapshot).
CREATE OR REPLACE FUNCTION cursor_now(OUT epoch bigint, OUT lsn bigint, OUT snapshot text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    SELECT b.epoch INTO cursor_now.epoch FROM boot b;
    snapshot := pg_current_snapshot()::text;
    lsn := wal_position();
END $$;

-- Messages and events of one feed from seq `p_lo` to `p_hi`, rows below p_visible as empty hidden ones.
-- Whoever hears that a room was listed does not learn its present name, if it is not public any more.
CREATE OR REPLACE FUNCTION feed_rows(p_feed bigint, p_lo bigint, p_hi bigint, p_visible bigint, p_limit int) RETURNS SETOF feed_row
LANGUAGE sql STABLE AS $$
    (SELECT 'm'::"char", m.feed_id, m.seq, m.xid::text, m.sent_at,
            CASE WHEN v.ok THEN m.sender_id END, NOT v.ok, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint,
            CASE WHEN v.ok THEN m.no END, CASE WHEN v.ok THEN m.client_id END, CASE WHEN v.ok THEN m.thread_seq END,
            m.key_id, m.version, CASE WHEN v.ok THEN m.body END,
            NULL::text, NULL::text, NULL::boolean, NULL::bigint, NULL::text, NULL::text, NULL::text, NULL::boolean,
            NULL::text, NULL::bigint, NULL::timestamptz, CASE WHEN v.ok THEN m.thread_no END, CASE WHEN v.ok THEN m.flags::int END, m.edited_at
       FROM message m, LATERAL (SELECT m.seq >= p_visible AS ok) v
      WHERE m.feed_id = p_feed AND m.seq BETWEEN p_lo AND p_hi ORDER BY m.seq LIMIT p_limit)
    UNION ALL
    (SELECT 'e'::"char", e.feed_id, e.seq, e.xid::text, e.at,
            CASE WHEN v.ok THEN e.actor_id END, NOT v.ok, CASE WHEN v.ok THEN e.kind END, CASE WHEN v.ok THEN e.subject_id END,
            CASE WHEN v.ok THEN e.target_seq END, CASE WHEN v.ok THEN e.value END, t.no, coalesce(t.client_id, r.client_id), t.thread_seq,
            coalesce(t.key_id, r.name_key), coalesce(t.version, r.name_version), coalesce(t.body, CASE WHEN e.kind = 'room_changed' OR r.visibility = 'public' AND r.deleted_at IS NULL THEN r.name END),
            r.kind, r.visibility, r.history_open, r.created_by, a.handle, a.name, a.avatar, a.active,
            CASE WHEN v.ok THEN e.word END, t.sender_id, t.sent_at, t.thread_no, coalesce(t.flags::int, r.flags), t.edited_at
       FROM event e CROSS JOIN LATERAL (SELECT e.seq >= p_visible AND coalesce(e.target_seq >= p_visible, true) AS ok) v
       LEFT JOIN message t ON v.ok AND e.kind = 'message_edited' AND e.value = 0 AND t.feed_id = e.feed_id AND t.seq = e.target_seq
       LEFT JOIN room r ON v.ok AND e.kind IN ('room_changed', 'room_listed') AND r.id = e.subject_id
       LEFT JOIN account a ON v.ok AND e.kind = 'profile_changed' AND a.id = e.subject_id
      WHERE e.feed_id = p_feed AND e.seq BETWEEN p_lo AND p_hi ORDER BY e.seq LIMIT p_limit)
    ORDER BY 3 LIMIT p_limit $$;

-- What has happened in a room from p_lo to p_hi that a person would like to read between its messages;
-- nothing if the room does not keep that. The newest p_limit.
CREATE OR REPLACE FUNCTION room_notices(p_room bigint, p_before bigint, p_after bigint, p_around bigint, p_limit int) RETURNS SETOF feed_row
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_from bigint := room_sight(p_room);
    v_most bigint := 9223372036854775807;
    h      record;
    v_lo   bigint;
    v_hi   bigint;
BEGIN
    IF EXISTS (SELECT FROM room r WHERE r.id = p_room AND r.flags & 2 <> 0) THEN
        RETURN;
    END IF;
    SELECT * INTO h FROM history_page(p_room, p_before, p_after, p_around, NULL, p_limit);
    -- On a side without more messages, what lies beyond the last one belongs to the page too; on the side where
    -- the caller has a page already, all up to that one, so that between two pages nothing is lost.
    v_lo := CASE WHEN p_after IS NOT NULL THEN greatest(v_from, least(p_after, v_most - 1) + 1) WHEN NOT h.more_before THEN v_from
                 ELSE coalesce(h.seqs[1], v_from) END;
    v_hi := CASE WHEN p_before IS NOT NULL THEN p_before - 1 WHEN h.more_after THEN coalesce(h.seqs[cardinality(h.seqs)], v_from) ELSE v_most END;
    RETURN QUERY SELECT x.* FROM (
        SELECT e.seq FROM event e WHERE e.feed_id = p_room AND e.seq BETWEEN v_lo AND v_hi
           AND e.kind IN ('member_joined', 'member_left', 'member_role', 'room_changed', 'message_pinned') ORDER BY e.seq DESC LIMIT 200) q,
        LATERAL feed_rows(p_room, q.seq, q.seq, v_from, 1) x WHERE NOT x.hidden ORDER BY q.seq;
END $$;

-- How many rows of a feed a snapshot has not seen, at most p_limit + 1, and the least of them.
-- Visibility grows with seq within a feed (the lock outlives the commit), so a scan back from the
-- head stops at the first seen row.
CREATE OR REPLACE FUNCTION feed_unseen(p_feed bigint, p_min bigint, p_snapshot pg_snapshot, p_limit int, OUT n int, OUT lo bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE r record;
BEGIN
    n := 0;
    FOR r IN SELECT q.seq, q.xid FROM (
            (SELECT m.seq, m.xid FROM message m WHERE m.feed_id = p_feed AND m.seq >= p_min ORDER BY m.seq DESC LIMIT p_limit + 1)
            UNION ALL
            (SELECT e.seq, e.xid FROM event e WHERE e.feed_id = p_feed AND e.seq >= p_min ORDER BY e.seq DESC LIMIT p_limit + 1)) q
            ORDER BY q.seq DESC LIMIT p_limit + 1 LOOP
        EXIT WHEN pg_visible_in_snapshot(r.xid, p_snapshot);
        n := n + 1;
        lo := r.seq;
    END LOOP;
END $$;

-- The change function for an account: all its feeds' rows that the cursor has not seen, the verdicts,
-- and the new cursor, of one snapshot (it must stay STABLE). First the s row; then, if the cursor is
-- worthless, R and nothing else; then v rows; then rows by (feed, seq).
CREATE OR REPLACE FUNCTION changes(p_epoch bigint, p_lsn bigint, p_snapshot text, p_limit int) RETURNS SETOF feed_row
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_me    bigint := me();
    v_s     pg_snapshot;
    v_row   feed_row;
    v_feeds bigint[] := '{}';
    v_los   bigint[] := '{}';
    v_froms bigint[] := '{}';
    f       record;
    u       record;
BEGIN
    v_row.k := 's';
    SELECT c.epoch, c.lsn, c.snapshot INTO v_row.feed_id, v_row.seq, v_row.kind FROM cursor_now() c;
    RETURN NEXT v_row;
    v_row := NULL;
    IF p_snapshot IS NOT NULL THEN
        v_s := cursor_fix(p_epoch, '0/0'::pg_lsn + p_lsn, p_snapshot::pg_snapshot);
    END IF;
    IF v_s IS NULL THEN
        v_row.k := 'R';
        RETURN NEXT v_row;
        RETURN;
    END IF;
    -- My own feed and the tenant's: too much to send means a fresh start.
    FOR f IN SELECT * FROM feed WHERE id IN (v_me, current_tenant()) AND NOT pg_visible_in_snapshot(last_xid, v_s) LOOP
        SELECT * INTO u FROM feed_unseen(f.id, f.min_seq, v_s, p_limit * 4);
        IF u.n > p_limit * 4 OR NOT pg_visible_in_snapshot(f.pruned_xid, v_s) THEN
            v_row.k := 'R';
            RETURN NEXT v_row;
            RETURN;
        ELSIF u.n > 0 THEN
            v_feeds := v_feeds || f.id; v_los := v_los || u.lo; v_froms := v_froms || 0::bigint;
        END IF;
    END LOOP;
    FOR f IN SELECT m.room_id AS id, h.min_seq, h.pruned_xid, h.last_seq, m.joined_xid, r.deleted_at,
                    CASE WHEN r.deleted_at IS NULL THEN m.visible_from ELSE h.last_seq END AS visible
               FROM member m JOIN feed h ON h.id = m.room_id JOIN room r ON r.id = m.room_id
              WHERE m.account_id = v_me AND NOT pg_visible_in_snapshot(h.last_xid, v_s) LOOP
        v_row := NULL; v_row.k := 'v'; v_row.feed_id := f.id; v_row.seq := f.last_seq;
        IF NOT pg_visible_in_snapshot(f.pruned_xid, v_s) THEN
            v_row.kind := 'reset';
            RETURN NEXT v_row;
            CONTINUE;
        END IF;
        SELECT * INTO u FROM feed_unseen(f.id, f.min_seq, v_s, p_limit);
        IF u.n > p_limit OR NOT pg_visible_in_snapshot(f.joined_xid, v_s) THEN
            -- Joined since: the account's feed says so and the client loads the room. If it has the
            -- room already (its cursor lagged), it has to page, for nothing else would tell it.
            v_row.kind := 'more';
            RETURN NEXT v_row;
        ELSIF u.n > 0 THEN
            v_feeds := v_feeds || f.id; v_los := v_los || u.lo; v_froms := v_froms || f.visible;
        END IF;
    END LOOP;
    RETURN QUERY SELECT r.* FROM unnest(v_feeds, v_los, v_froms) AS q(feed, lo, visible),
                        LATERAL feed_rows(q.feed, q.lo, 9223372036854775807, q.visible, p_limit * 4) r;
END $$;

-- A page of one room's feed after a seq: how a client fills a gap. The v row tells `more` when pages
-- follow, `reset` when rows after p_after were pruned, `complete` otherwise; its seq is the head.
CREATE OR REPLACE FUNCTION room_changes(p_room bigint, p_after bigint, p_limit int) RETURNS SETOF feed_row
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_row     feed_row;
    v_head    bigint;
    v_min     bigint;
    v_visible bigint;
    v_next    bigint;
BEGIN
    SELECT h.last_seq, h.min_seq, CASE WHEN r.deleted_at IS NULL THEN m.visible_from ELSE h.last_seq END
      INTO v_head, v_min, v_visible
      FROM member m JOIN feed h ON h.id = m.room_id JOIN room r ON r.id = m.room_id
     WHERE m.account_id = me() AND m.room_id = p_room;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such room, or you are not in it.');
    END IF;
    v_row.k := 'v'; v_row.feed_id := p_room; v_row.seq := v_head;
    v_row.kind := CASE WHEN p_after < v_min - 1 OR p_after > v_head THEN 'reset' WHEN v_head > p_after + p_limit THEN 'more' ELSE 'complete' END;
    RETURN NEXT v_row;
    IF v_row.kind <> 'reset' THEN
        RETURN QUERY SELECT * FROM feed_rows(p_room, p_after + 1, p_after + p_limit, v_visible, p_limit);
    END IF;
END $$;

-- The rooms whose rows I get, for the pusher.
CREATE OR REPLACE FUNCTION my_memberships() RETURNS TABLE (room bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT m.room_id FROM member m JOIN room r ON r.id = m.room_id AND r.deleted_at IS NULL WHERE m.account_id = me() ORDER BY 1;
END $$;

GRANT EXECUTE ON FUNCTION cursor_now(), changes(bigint, bigint, text, int), room_changes(bigint, bigint, int), room_notices(bigint, bigint, bigint, bigint, int), boot() TO confab_api;
GRANT EXECUTE ON FUNCTION cursor_now(), changes(bigint, bigint, text, int), my_memberships(), boot(), wal_position(),
    cursor_fix(bigint, pg_lsn, pg_snapshot) TO confab_push;
