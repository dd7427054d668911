-- What people put beside messages: reactions, pins, saved ones, threads that they follow.

-- Adds or removes my reaction; true if that changed something. Twice is the same as once.
CREATE OR REPLACE FUNCTION reaction_set(p_room bigint, p_seq bigint, p_emoji text, p_on boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM feed_lock(p_room);
    PERFORM pace('change', 120, 60);
    PERFORM message_find(p_room, p_seq);
    PERFORM room_open(p_room);
    IF p_on THEN
        IF (SELECT count(DISTINCT q.emoji) FROM reaction q WHERE q.feed_id = p_room AND q.seq = p_seq AND q.emoji <> p_emoji) >= 20 THEN
            PERFORM fail('CF409', 'This message has 20 different reactions already: take one of them.');
        END IF;
        INSERT INTO reaction (feed_id, seq, tenant_id, account_id, emoji) VALUES (p_room, p_seq, current_tenant(), me(), p_emoji)
        ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM reaction q WHERE q.feed_id = p_room AND q.seq = p_seq AND q.emoji = p_emoji AND q.account_id = me();
    END IF;
    IF FOUND THEN
        PERFORM feed_event(p_room, CASE WHEN p_on THEN 'reaction_added' ELSE 'reaction_removed' END, me(), NULL, p_seq, NULL, p_emoji);
        RETURN true;
    END IF;
    RETURN false;
END $$;

-- Pins a message for everybody in the room: any member of a group, moderators of a channel or classroom.
CREATE OR REPLACE FUNCTION pin_set(p_room bigint, p_seq bigint, p_on boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_role smallint;
BEGIN
    PERFORM feed_lock(p_room);
    PERFORM pace('change', 120, 60);
    v_role := room_role(p_room);
    PERFORM message_find(p_room, p_seq);
    PERFORM room_open(p_room);
    IF v_role > 3 OR v_role > 2 AND EXISTS (SELECT FROM room r WHERE r.id = p_room AND r.kind IN ('channel', 'classroom')) THEN
        PERFORM fail('CF403', 'Only moderators may pin messages here.');
    END IF;
    IF p_on THEN
        IF (SELECT count(*) FROM pin p WHERE p.feed_id = p_room AND p.seq <> p_seq) >= 100 THEN
            PERFORM fail('CF409', 'A room has at most 100 pinned messages: unpin one first.');
        END IF;
        INSERT INTO pin (feed_id, seq, tenant_id, account_id) VALUES (p_room, p_seq, current_tenant(), me()) ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM pin p WHERE p.feed_id = p_room AND p.seq = p_seq;
    END IF;
    IF FOUND THEN
        PERFORM feed_event(p_room, CASE WHEN p_on THEN 'message_pinned' ELSE 'message_unpinned' END, me(), NULL, p_seq);
        RETURN true;
    END IF;
    RETURN false;
END $$;

-- Newest pin first.
CREATE OR REPLACE FUNCTION pins(p_room bigint) RETURNS SETOF message_row
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_from bigint := room_sight(p_room);
BEGIN
    RETURN QUERY SELECT x.* FROM pin p, LATERAL message_rows(p_room, ARRAY[p.seq]) x
      WHERE p.feed_id = p_room AND p.seq >= v_from ORDER BY p.at DESC, p.seq DESC;
END $$;

-- Saves a message for myself: a row of my own feed, so that my other devices know.
CREATE OR REPLACE FUNCTION saved_set(p_room bigint, p_seq bigint, p_on boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM feed_lock(me());
    PERFORM pace('change', 120, 60);
    IF p_on THEN
        PERFORM message_find(p_room, p_seq);
        IF (SELECT count(*) FROM saved s WHERE s.account_id = me() AND (s.feed_id, s.seq) <> (p_room, p_seq)) >= 10000 THEN
            PERFORM fail('CF409', 'You have 10,000 saved messages: remove one first.');
        END IF;
        INSERT INTO saved (account_id, feed_id, seq, tenant_id) VALUES (me(), p_room, p_seq, current_tenant()) ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM saved s WHERE s.account_id = me() AND s.feed_id = p_room AND s.seq = p_seq;
    END IF;
    IF FOUND THEN
        PERFORM feed_event(me(), CASE WHEN p_on THEN 'message_saved' ELSE 'message_unsaved' END, me(), p_room, p_seq);
        RETURN true;
    END IF;
    RETURN false;
END $$;

-- Of rooms that I am still in; place: where the next page goes on.
CREATE OR REPLACE FUNCTION my_saved(p_before bigint, p_limit int) RETURNS TABLE (place bigint, m message_row)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT s.id, x FROM saved s
      JOIN member b ON b.account_id = me() AND b.room_id = s.feed_id AND s.seq >= b.visible_from
      JOIN room r ON r.id = s.feed_id AND r.deleted_at IS NULL, LATERAL message_rows(s.feed_id, ARRAY[s.seq]) x
     WHERE s.account_id = me() AND s.id < p_before ORDER BY s.id DESC LIMIT p_limit;
END $$;

-- The time of a place: microseconds since 1970; what lies behind the year 9999 is the end.
CREATE OR REPLACE FUNCTION place_time(p_place bigint) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN p_place >= 253402300800000000 THEN 'infinity' ELSE to_timestamp(0) + p_place * interval '1 microsecond' END;
END $$;

-- Messages that mention me or everybody, newest first: mine by their index, those to everybody room by
-- room; of rooms that I am still in, or a room that I left would hide what is older. place: microseconds
-- since 1970, where the next page goes on.
CREATE OR REPLACE FUNCTION my_mentions(p_before bigint, p_limit int) RETURNS TABLE (place bigint, m message_row)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_me     bigint := me();
    v_before timestamptz := place_time(p_before);
BEGIN
    RETURN QUERY SELECT (extract(epoch FROM q.at) * 1000000)::bigint, x FROM (
        (SELECT n.feed_id, n.seq, n.at FROM mention n
           JOIN member b ON b.account_id = v_me AND b.room_id = n.feed_id AND n.seq >= b.visible_from
           JOIN room r ON r.id = n.feed_id AND r.deleted_at IS NULL
          -- (The index leaves 0 out, and PostgreSQL has to be told that this is not 0.)
          WHERE n.account_id = v_me AND n.account_id <> 0 AND n.sender_id <> v_me AND n.at < v_before ORDER BY n.at DESC LIMIT p_limit)
        UNION
        (SELECT e.feed_id, e.seq, e.at FROM member b JOIN room r ON r.id = b.room_id AND r.deleted_at IS NULL, LATERAL (
            SELECT n.* FROM mention n WHERE n.account_id = 0 AND n.feed_id = b.room_id AND n.seq >= b.visible_from
               AND n.sender_id <> v_me AND n.at < v_before ORDER BY n.seq DESC LIMIT p_limit) e
          WHERE b.account_id = v_me ORDER BY e.at DESC LIMIT p_limit)) q,
        LATERAL message_rows(q.feed_id, ARRAY[q.seq]) x
     ORDER BY q.at DESC LIMIT p_limit;
END $$;

-- Threads that I follow, latest activity first. place as in my_mentions.
CREATE OR REPLACE FUNCTION my_threads(p_before bigint, p_limit int)
RETURNS TABLE (place bigint, replies bigint, last_no bigint, last_seq bigint, last_at timestamptz, repliers bigint[], read_no bigint, m message_row)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
DECLARE v_before timestamptz := place_time(p_before);
BEGIN
    RETURN QUERY SELECT (extract(epoch FROM t.last_at) * 1000000)::bigint, t.replies, t.last_no, t.last_seq, t.last_at, t.repliers, f.read_no, x
      FROM follower f JOIN thread t ON t.feed_id = f.feed_id AND t.root_seq = f.root_seq
      JOIN member b ON b.account_id = me() AND b.room_id = f.feed_id AND f.root_seq >= b.visible_from
      JOIN room r ON r.id = f.feed_id AND r.deleted_at IS NULL, LATERAL message_rows(f.feed_id, ARRAY[f.root_seq]) x
     WHERE f.account_id = me() AND f.following AND t.last_at < v_before ORDER BY t.last_at DESC LIMIT p_limit;
END $$;

-- Follow or not, and how far I have read (p_seq; NULL: not asked). One row of my feed for each change.
CREATE OR REPLACE FUNCTION thread_set(p_room bigint, p_root bigint, p_following boolean, p_seq bigint, OUT o_following boolean, OUT o_read_no bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_was follower%ROWTYPE;
    v_no  bigint;
    v_unread boolean;
BEGIN
    PERFORM feed_lock(me());
    PERFORM pace('change', 120, 60);
    PERFORM FROM message m WHERE m.feed_id = p_room AND m.seq = p_root AND m.seq >= room_sight(p_room) AND m.thread_seq IS NULL;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such thread.');
    END IF;
    -- A reply under way sets `unread` for its followers under this row's lock: it comes before us, or after.
    PERFORM FROM thread t WHERE t.feed_id = p_room AND t.root_seq = p_root FOR SHARE;
    SELECT * INTO v_was FROM follower f WHERE f.account_id = me() AND f.feed_id = p_room AND f.root_seq = p_root;
    v_no := greatest(coalesce(v_was.read_no, 0), (SELECT m.thread_no FROM message m
        WHERE m.feed_id = p_room AND m.thread_seq = p_root AND m.seq <= p_seq ORDER BY m.seq DESC LIMIT 1));
    o_following := coalesce(p_following, v_was.following, false);
    o_read_no := v_no;
    IF o_following = coalesce(v_was.following, false) AND v_no = coalesce(v_was.read_no, 0) THEN
        RETURN;
    END IF;
    -- Of a thread without a row there was none to lock: its first reply may be under way.
    v_unread := coalesce((SELECT t.last_no > v_no FROM thread t WHERE t.feed_id = p_room AND t.root_seq = p_root), true);
    INSERT INTO follower (account_id, feed_id, root_seq, tenant_id, following, read_no, unread)
    VALUES (me(), p_room, p_root, current_tenant(), o_following, v_no, v_unread)
    ON CONFLICT (account_id, feed_id, root_seq) DO UPDATE SET following = o_following, read_no = v_no, unread = v_unread;
    PERFORM feed_event(me(), CASE WHEN o_following THEN 'thread_followed' ELSE 'thread_unfollowed' END, me(), p_room, p_root, v_no);
END $$;

-- My settings of a room. NULL leaves a value as it is; muted_until in the past and favourite 0 end them.
CREATE OR REPLACE FUNCTION settings_change(p_room bigint, p_notify smallint, p_muted_until timestamptz, p_favourite int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM feed_lock(me());
    PERFORM pace('change', 120, 60);
    PERFORM room_role(p_room);
    UPDATE member m SET notify = coalesce(p_notify, m.notify),
           muted_until = CASE WHEN p_muted_until IS NULL THEN m.muted_until WHEN p_muted_until > now() THEN p_muted_until END,
           favourite = nullif(coalesce(p_favourite, m.favourite), 0)
     WHERE m.account_id = me() AND m.room_id = p_room
       AND (m.notify, m.muted_until, m.favourite) IS DISTINCT FROM (coalesce(p_notify, m.notify),
            CASE WHEN p_muted_until IS NULL THEN m.muted_until WHEN p_muted_until > now() THEN p_muted_until END, nullif(coalesce(p_favourite, m.favourite), 0));
    IF FOUND THEN
        PERFORM feed_event(me(), 'settings_changed', me(), p_room);
    END IF;
END $$;

GRANT EXECUTE ON FUNCTION reaction_set(bigint, bigint, text, boolean), pin_set(bigint, bigint, boolean), pins(bigint), saved_set(bigint, bigint, boolean),
    my_saved(bigint, int), my_mentions(bigint, int), my_threads(bigint, int), thread_set(bigint, bigint, boolean, bigint),
    settings_change(bigint, smallint, timestamptz, int) TO confab_api;
