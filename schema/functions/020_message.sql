-- Messages: sending, changing, reading them.

-- How often somebody may change things that are not messages; far above what a person does.
CREATE OR REPLACE FUNCTION pace(p_what text, p_burst int, p_seconds int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE v_wait double precision := bucket_take(p_what || ' ' || me(), p_burst, p_seconds);
BEGIN
    IF v_wait > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'CF429', MESSAGE = 'That is faster than this server allows.', DETAIL = ceil(v_wait)::text;
    END IF;
END $$;

-- Takes the next number of a room for a message; raises CF404 and CF409 (archived). p_log: it stands in
-- the room's own log and raises `no`.
CREATE OR REPLACE FUNCTION message_number(p_room bigint, p_log boolean, OUT o_seq bigint, OUT o_no bigint, OUT o_at timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE feed f SET last_seq = f.last_seq + 1, last_xid = pg_current_xact_id(), last_no = f.last_no + p_log::int,
           last_message_seq = CASE WHEN p_log THEN f.last_seq + 1 ELSE f.last_message_seq END,
           last_message_at = CASE WHEN p_log THEN clock_timestamp() ELSE f.last_message_at END
     WHERE f.id = p_room AND EXISTS (SELECT FROM room r WHERE r.id = p_room AND r.deleted_at IS NULL AND r.flags & 1 = 0)
    RETURNING f.last_seq, f.last_no, coalesce(CASE WHEN p_log THEN f.last_message_at END, clock_timestamp()) INTO o_seq, o_no, o_at;
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM room r WHERE r.id = p_room AND r.deleted_at IS NULL) THEN
            PERFORM fail('CF409', 'This room is archived: it can be read, but nothing is added to it.');
        END IF;
        PERFORM fail('CF404', 'The room was deleted.');
    END IF;
END $$;

-- Somebody has a part in a thread, hence follows it, unless they have left, or came after it began and may
-- not see its root: they could never read it. p_read: what they have read of it.
CREATE OR REPLACE FUNCTION thread_follow(p_account bigint, p_room bigint, p_root bigint, p_read bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO follower AS f (account_id, feed_id, root_seq, tenant_id, read_no, unread) SELECT p_account, p_room, p_root, current_tenant(), p_read, p_read = 0
      FROM member m WHERE m.account_id = p_account AND m.room_id = p_room AND p_root >= m.visible_from
    ON CONFLICT (account_id, feed_id, root_seq) DO UPDATE SET following = true, read_no = greatest(f.read_no, p_read), unread = p_read = 0
     WHERE NOT f.following OR f.read_no < p_read $$;

-- Counts a reply in its thread and returns its number there. The caller holds the room's lock.
CREATE OR REPLACE FUNCTION thread_reply(p_room bigint, p_root bigint, p_seq bigint, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_me    bigint := me();
    v_no    bigint;
    v_owner bigint;
BEGIN
    INSERT INTO thread AS t (feed_id, root_seq, tenant_id, last_no, replies, last_seq, last_at, repliers)
    VALUES (p_room, p_root, current_tenant(), 1, 1, p_seq, p_at, ARRAY[v_me])
    ON CONFLICT (feed_id, root_seq) DO UPDATE SET last_no = t.last_no + 1, replies = t.replies + 1, last_seq = p_seq, last_at = p_at,
        repliers = (v_me || array_remove(t.repliers, v_me))[1:3]
    RETURNING t.last_no INTO v_no;
    PERFORM thread_follow(v_me, p_room, p_root, v_no);
    UPDATE follower f SET unread = true WHERE f.feed_id = p_room AND f.root_seq = p_root AND f.account_id <> v_me AND NOT f.unread;
    IF v_no = 1 THEN
        SELECT m.sender_id INTO v_owner FROM message m WHERE m.feed_id = p_room AND m.seq = p_root;
        IF v_owner <> v_me THEN
            PERFORM thread_follow(v_owner, p_room, p_root, 0);
        END IF;
    END IF;
    RETURN v_no;
END $$;

-- Who is meant by a message, anew (it may have been edited). Handles of people who are not in the room
-- mean nobody. Who is newly mentioned in a thread follows it.
CREATE OR REPLACE FUNCTION mentions_set(p_room bigint, p_seq bigint, p_root bigint, p_at timestamptz, p_handles text[], p_everyone boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE v_who bigint;
BEGIN
    FOR v_who IN SELECT a.id FROM account a JOIN member m ON m.account_id = a.id AND m.room_id = p_room
                  WHERE a.tenant_id = current_tenant() AND a.handle = ANY (p_handles) AND p_seq >= m.visible_from
                  UNION SELECT 0 WHERE p_everyone LOOP
        INSERT INTO mention (account_id, feed_id, seq, tenant_id, sender_id, thread_seq, at)
        VALUES (v_who, p_room, p_seq, current_tenant(), me(), p_root, p_at) ON CONFLICT DO NOTHING;
        IF FOUND AND v_who <> 0 AND p_root IS NOT NULL THEN
            PERFORM thread_follow(v_who, p_room, p_root, 0);
        END IF;
    END LOOP;
END $$;

-- In a big room only moderators call everybody: elsewhere @room is a word like another.
CREATE OR REPLACE FUNCTION may_call_all(p_room bigint, p_role smallint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN p_role <= 2 OR p_role = 3 AND (SELECT r.members <= 100 FROM room r WHERE r.id = p_room);
END $$;

-- Sends one. A retry (same client id) changes nothing and returns the stored row (fresh = false), so
-- that the handler can compare the text; also to a sender who has left since. p_root: the message that
-- it answers in a thread; p_in_room: the reply is shown in the room as well. p_handles, p_everyone: whom
-- its text mentions; p_files: uploads that it carries;
-- p_choices: of a poll. Raises CF404 (not a member), CF409, CF422, CF429.
CREATE OR REPLACE FUNCTION send_message(p_room bigint, p_client uuid, p_key int, p_body bytea, p_burst int, p_period_ms int,
    p_root bigint, p_in_room boolean, p_handles text[], p_everyone boolean, p_files bigint[],
    p_choices int, p_anonymous boolean,
    OUT fresh boolean, OUT o_seq bigint, OUT o_no bigint, OUT o_at timestamptz, OUT o_key int, OUT o_version int, OUT o_body bytea,
    OUT o_root bigint, OUT o_thread_no bigint, OUT o_flags smallint, OUT o_edited timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_me   bigint := me();
    v_wait double precision;
    v_role smallint;
BEGIN
    IF NOT EXISTS (SELECT FROM boot b WHERE b.started = pg_postmaster_start_time()) THEN -- the common case without a function call
        PERFORM boot();
    END IF;
    PERFORM pg_advisory_xact_lock(p_room);
    SELECT m.seq, m.no, m.sent_at, m.key_id, m.version, m.body, m.thread_seq, m.thread_no, m.flags, m.edited_at
      INTO o_seq, o_no, o_at, o_key, o_version, o_body, o_root, o_thread_no, o_flags, o_edited
      FROM message m WHERE m.feed_id = p_room AND m.sender_id = v_me AND m.client_id = p_client;
    IF FOUND THEN
        fresh := false;
        RETURN;
    END IF;
    SELECT m.role INTO v_role FROM member m WHERE m.account_id = v_me AND m.room_id = p_room;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such room, or you are not in it.');
    END IF;
    v_wait := bucket_take('send ' || v_me, p_burst, p_period_ms / 1000.0);
    IF v_wait > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'CF429', MESSAGE = 'You are sending faster than this server allows.', DETAIL = ceil(v_wait)::text;
    END IF;
    IF p_root IS NOT NULL THEN
        PERFORM message_find(p_room, p_root);
        IF EXISTS (SELECT FROM message m WHERE m.feed_id = p_room AND m.seq = p_root AND m.thread_seq IS NOT NULL) THEN
            PERFORM fail('CF409', 'That message is itself a reply: answer in its thread.');
        END IF;
    END IF;
    SELECT n.o_seq, n.o_no, n.o_at INTO o_seq, o_no, o_at FROM message_number(p_room, p_root IS NULL OR p_in_room) n;
    p_everyone := p_everyone AND may_call_all(p_room, v_role);
    o_flags := (p_root IS NOT NULL AND p_in_room)::int + p_everyone::int * 2;
    o_root := p_root;
    IF p_root IS NOT NULL THEN
        o_thread_no := thread_reply(p_room, p_root, o_seq, o_at);
    END IF;
    INSERT INTO message (feed_id, seq, tenant_id, no, sender_id, sent_at, client_id, key_id, body, thread_seq, thread_no, flags)
    VALUES (p_room, o_seq, current_tenant(), o_no, v_me, o_at, p_client, p_key, p_body, p_root, o_thread_no, o_flags);
    IF p_everyone OR cardinality(p_handles) > 0 THEN
        PERFORM mentions_set(p_room, o_seq, p_root, o_at, p_handles, p_everyone);
    END IF;
    IF cardinality(p_files) > 0 THEN
        PERFORM file_claim(p_room, p_files, o_seq);
    END IF;
    IF p_choices IS NOT NULL THEN
        PERFORM poll_begin(p_room, o_seq, p_choices, p_anonymous);
    END IF;
    -- Who writes has read; who answers in a thread has read that thread. Every client draws the same
    -- conclusion from the message itself.
    IF p_root IS NULL OR p_in_room THEN
        UPDATE member m SET read_seq = o_seq, read_no = o_no WHERE m.account_id = v_me AND m.room_id = p_room;
    END IF;
    fresh := true;
END $$;

-- What I may read of a room: raises CF404 if nothing.
CREATE OR REPLACE FUNCTION room_sight(p_room bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE v_from bigint;
BEGIN
    SELECT greatest(m.visible_from, f.min_seq, 1) INTO v_from
      FROM member m JOIN feed f ON f.id = m.room_id JOIN room r ON r.id = m.room_id
     WHERE m.account_id = me() AND m.room_id = p_room AND r.deleted_at IS NULL;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such room, or you are not in it.');
    END IF;
    RETURN v_from;
END $$;

-- Is there such a message for me? Raises CF404. (CF409: it was deleted.)
CREATE OR REPLACE FUNCTION message_find(p_room bigint, p_seq bigint) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE v_gone boolean;
BEGIN
    SELECT m.body IS NULL INTO v_gone FROM message m WHERE m.feed_id = p_room AND m.seq = p_seq AND m.seq >= room_sight(p_room);
    IF v_gone IS NULL THEN
        PERFORM fail('CF404', 'There is no such message.');
    ELSIF v_gone THEN
        PERFORM fail('CF409', 'The message was deleted.');
    END IF;
END $$;

-- An archived room is to be read only. Raises CF409.
CREATE OR REPLACE FUNCTION room_open(p_room bigint) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (SELECT FROM room r WHERE r.id = p_room AND r.flags & 1 <> 0) THEN
        PERFORM fail('CF409', 'This room is archived: it can be read, but nothing is changed in it.');
    END IF;
END $$;

-- Messages by number, in the shape that all reading of messages has.
DO $$
BEGIN
    IF to_regtype('confab.message_row') IS NULL THEN
        CREATE TYPE message_row AS (
            room bigint, seq bigint, no bigint, sender bigint, sent_at timestamptz, client_id uuid, thread_seq bigint, thread_no bigint,
            flags smallint, edited_at timestamptz, key_id int, version int, body bytea
        );
    END IF;
END $$;
-- A lookup for each number (OFFSET 0 keeps it so, here and in message_marks): of `seq = ANY (numbers)` the
-- planner makes a filter over all rows of the room, if it believes that rooms are small.
CREATE OR REPLACE FUNCTION message_rows(p_room bigint, p_seqs bigint[]) RETURNS SETOF message_row LANGUAGE sql STABLE AS $$
    SELECT x.feed_id, x.seq, x.no, x.sender_id, x.sent_at, x.client_id, x.thread_seq, x.thread_no, x.flags, x.edited_at, x.key_id, x.version, x.body
      FROM unnest(p_seqs) n, LATERAL (SELECT * FROM message m WHERE m.feed_id = p_room AND m.seq = n OFFSET 0) x ORDER BY x.seq $$;

-- One, to be changed: who wrote it and what seals it.
CREATE OR REPLACE FUNCTION message_get(p_room bigint, p_seq bigint) RETURNS SETOF message_row
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    IF p_seq >= room_sight(p_room) THEN
        RETURN QUERY SELECT * FROM message_rows(p_room, ARRAY[p_seq]);
    END IF;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such message.');
    END IF;
END $$;

-- May I change it? p_seconds: for how long people may change their own (0: for ever). Raises CF403, CF404, CF409.
CREATE OR REPLACE FUNCTION message_mine(p_room bigint, p_seq bigint, p_seconds int, p_moderate boolean) RETURNS message LANGUAGE plpgsql AS $$
DECLARE
    v      message%ROWTYPE;
    v_role smallint := room_role(p_room);
BEGIN
    PERFORM message_find(p_room, p_seq);
    SELECT * INTO v FROM message m WHERE m.feed_id = p_room AND m.seq = p_seq;
    IF p_moderate AND v_role <= 2 AND EXISTS (SELECT FROM room r WHERE r.id = p_room AND r.kind <> 'direct') THEN
        RETURN v;
    ELSIF v.sender_id <> me() THEN
        PERFORM fail('CF403', CASE WHEN p_moderate THEN 'Only its author or a moderator may delete a message.' ELSE 'Only its author may edit a message.' END);
    ELSIF p_seconds > 0 AND v.sent_at < clock_timestamp() - make_interval(secs => p_seconds) THEN
        PERFORM fail('CF403', 'It is too old to be changed now.');
    END IF;
    RETURN v;
END $$;

-- Gives a message another text, sealed for p_version, the one after the present (else CF409: another
-- writer was faster, and the handler reads and seals again). The event carries the new text to everybody,
-- unless there are members who may not see so old a message: then it names it alone.
CREATE OR REPLACE FUNCTION edit_message(p_room bigint, p_seq bigint, p_version int, p_key int, p_body bytea, p_handles text[], p_everyone boolean,
    p_seconds int) RETURNS SETOF message_row
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v message%ROWTYPE;
BEGIN
    PERFORM feed_lock(p_room);
    PERFORM pace('change', 120, 60);
    v := message_mine(p_room, p_seq, p_seconds, false);
    PERFORM room_open(p_room);
    p_everyone := p_everyone AND may_call_all(p_room, room_role(p_room));
    IF v.version + 1 <> p_version THEN
        PERFORM fail('CF409', 'The message was changed at the same time.');
    END IF;
    UPDATE message SET body = p_body, key_id = p_key, version = p_version, edited_at = clock_timestamp(), flags = (flags & ~2) | (p_everyone::int * 2)
     WHERE feed_id = p_room AND seq = p_seq;
    -- A mention that stays is not announced anew; one that is gone is forgotten.
    DELETE FROM mention m WHERE m.feed_id = p_room AND m.seq = p_seq
       AND CASE WHEN m.account_id = 0 THEN NOT p_everyone
                ELSE NOT EXISTS (SELECT FROM account a WHERE a.id = m.account_id AND a.handle = ANY (p_handles)) END;
    PERFORM mentions_set(p_room, p_seq, v.thread_seq, v.sent_at, p_handles, p_everyone);
    PERFORM search_forget(p_room, p_seq);
    PERFORM search_due(p_room, p_seq);
    PERFORM feed_event(p_room, 'message_edited', me(), NULL, p_seq, (SELECT (r.visible_most > p_seq)::int FROM room r WHERE r.id = p_room));
    RETURN QUERY SELECT * FROM message_rows(p_room, ARRAY[p_seq]);
END $$;

-- Its content goes at once and from everywhere; the row stays, so that the feed has no hole and a retry
-- of the send finds it. Deleting what is deleted changes nothing.
CREATE OR REPLACE FUNCTION delete_message(p_room bigint, p_seq bigint, p_seconds int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v message%ROWTYPE;
BEGIN
    PERFORM feed_lock(p_room);
    PERFORM pace('change', 120, 60);
    IF EXISTS (SELECT FROM message m WHERE m.feed_id = p_room AND m.seq = p_seq AND m.body IS NULL AND m.seq >= room_sight(p_room)) THEN
        RETURN;
    END IF;
    v := message_mine(p_room, p_seq, p_seconds, true);
    UPDATE message SET body = NULL, edited_at = NULL, flags = flags & ~2 WHERE feed_id = p_room AND seq = p_seq;
    UPDATE thread SET replies = replies - 1 WHERE feed_id = p_room AND root_seq = v.thread_seq;
    DELETE FROM mention WHERE feed_id = p_room AND seq = p_seq;
    DELETE FROM reaction WHERE feed_id = p_room AND seq = p_seq;
    DELETE FROM pin WHERE feed_id = p_room AND seq = p_seq;
    DELETE FROM poll WHERE feed_id = p_room AND seq = p_seq;
    PERFORM file_forget(p_room, p_seq);
    PERFORM search_forget(p_room, p_seq);
    PERFORM feed_event(p_room, 'message_deleted', me(), NULL, p_seq);
END $$;

-- The numbers of one page, ascending. Exactly one of before, after, around, at is given, or none
-- (latest). p_root: of that thread (its root is not among them), else of the room's own log.
-- Descending from the bound, and ascending from it: one more than asked for tells of a next page.
CREATE OR REPLACE FUNCTION history_page(p_room bigint, p_before bigint, p_after bigint, p_around bigint, p_root bigint, p_limit int,
    OUT seqs bigint[], OUT more_before boolean, OUT more_after boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_from bigint := room_sight(p_room);
    v_most bigint := 9223372036854775807;
    v_lo   bigint[] := '{}';
    v_hi   bigint[] := '{}';
    v_n    int;
BEGIN
    IF p_after IS NULL THEN
        v_n := CASE WHEN p_around IS NULL THEN p_limit ELSE (p_limit + 1) / 2 END;
        v_lo := page_seqs(p_room, v_from, coalesce(p_before, p_around, v_most) - 1, p_root, v_n + 1, true);
        more_before := cardinality(v_lo) > v_n;
        v_lo := v_lo[1:v_n];
    ELSE
        more_before := cardinality(page_seqs(p_room, v_from, p_after, p_root, 1, true)) > 0;
    END IF;
    IF p_after IS NOT NULL OR p_around IS NOT NULL THEN
        v_n := CASE WHEN p_around IS NULL THEN p_limit ELSE p_limit - cardinality(v_lo) END;
        v_hi := page_seqs(p_room, greatest(v_from, CASE WHEN p_after IS NULL THEN p_around ELSE least(p_after, v_most - 1) + 1 END), v_most, p_root, v_n + 1, false);
        more_after := cardinality(v_hi) > v_n;
        v_hi := v_hi[1:v_n];
    ELSE
        more_after := p_before IS NOT NULL AND cardinality(page_seqs(p_room, greatest(p_before, v_from), v_most, p_root, 1, false)) > 0;
    END IF;
    seqs := ARRAY(SELECT q FROM unnest(v_lo || v_hi) q ORDER BY q);
END $$;

-- Up to p_limit numbers from p_lo to p_hi, from either end.
CREATE OR REPLACE FUNCTION page_seqs(p_room bigint, p_lo bigint, p_hi bigint, p_root bigint, p_limit int, p_down boolean) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_root IS NULL AND p_down THEN
        RETURN ARRAY(SELECT x.seq FROM message x WHERE x.feed_id = p_room AND x.seq BETWEEN p_lo AND p_hi
                        AND (x.thread_seq IS NULL OR x.flags & 1 = 1) ORDER BY x.seq DESC LIMIT p_limit);
    ELSIF p_root IS NULL THEN
        RETURN ARRAY(SELECT x.seq FROM message x WHERE x.feed_id = p_room AND x.seq BETWEEN p_lo AND p_hi
                        AND (x.thread_seq IS NULL OR x.flags & 1 = 1) ORDER BY x.seq LIMIT p_limit);
    ELSIF p_down THEN
        RETURN ARRAY(SELECT x.seq FROM message x WHERE x.feed_id = p_room AND x.thread_seq = p_root AND x.seq BETWEEN p_lo AND p_hi
                      ORDER BY x.seq DESC LIMIT p_limit);
    END IF;
    RETURN ARRAY(SELECT x.seq FROM message x WHERE x.feed_id = p_room AND x.thread_seq = p_root AND x.seq BETWEEN p_lo AND p_hi
                  ORDER BY x.seq LIMIT p_limit);
END $$;

-- A page of messages.
CREATE OR REPLACE FUNCTION history(p_room bigint, p_before bigint, p_after bigint, p_around bigint, p_root bigint, p_limit int)
RETURNS SETOF message_row LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT x.* FROM history_page(p_room, p_before, p_after, p_around, p_root, p_limit) h, LATERAL message_rows(p_room, h.seqs) x;
END $$;

-- What belongs to that page, in the same snapshot: k = h (first row: the head of the feed in `seq`, the
-- two answers about neighbours in `mine` and `more_after`), r a reaction (its emoji in `word`, up to 50
-- people in the order in which they reacted), t a thread under its root (people: the last repliers; no:
-- the number of its last reply; mine: I follow; value: what I have read of it), p pinned (people: by
-- whom), s saved by me.
CREATE OR REPLACE FUNCTION history_marks(p_room bigint, p_before bigint, p_after bigint, p_around bigint, p_root bigint, p_limit int)
RETURNS TABLE (k "char", seq bigint, word text, n bigint, people bigint[], mine boolean, at timestamptz, value bigint, no bigint, more_after boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
DECLARE
    h  record;
BEGIN
    SELECT * INTO h FROM history_page(p_room, p_before, p_after, p_around, p_root, p_limit);
    RETURN QUERY SELECT 'h'::"char", f.last_seq, NULL::text, 0::bigint, NULL::bigint[], h.more_before, NULL::timestamptz, r.flags::bigint, NULL::bigint, h.more_after
      FROM feed f JOIN room r ON r.id = f.id WHERE f.id = p_room;
    RETURN QUERY SELECT * FROM message_marks(p_room, h.seqs || p_root);
END $$;

CREATE OR REPLACE FUNCTION message_marks(p_room bigint, p_seqs bigint[])
RETURNS TABLE (k "char", seq bigint, word text, n bigint, people bigint[], mine boolean, at timestamptz, value bigint, no bigint, more_after boolean)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE v_me bigint := me();
BEGIN
    RETURN QUERY SELECT 'r'::"char", q.seq, q.emoji, count(*), (array_agg(q.account_id ORDER BY q.at))[1:50], bool_or(q.account_id = v_me), min(q.at),
           NULL::bigint, NULL::bigint, NULL::boolean
      FROM unnest(p_seqs) x, LATERAL (SELECT * FROM reaction r WHERE r.feed_id = p_room AND r.seq = x OFFSET 0) q
     GROUP BY q.seq, q.emoji ORDER BY q.seq, min(q.at);
    RETURN QUERY SELECT 't'::"char", t.root_seq, NULL::text, t.replies, t.repliers, coalesce(f.following, false), t.last_at, coalesce(f.read_no, 0), t.last_no, NULL::boolean
      FROM unnest(p_seqs) x, LATERAL (SELECT * FROM thread h WHERE h.feed_id = p_room AND h.root_seq = x AND h.replies > 0 OFFSET 0) t
      LEFT JOIN LATERAL (SELECT * FROM follower o WHERE o.account_id = v_me AND o.feed_id = p_room AND o.root_seq = x OFFSET 0) f ON true;
    RETURN QUERY SELECT 'p'::"char", p.seq, NULL::text, 1::bigint, ARRAY[p.account_id], p.account_id = v_me, p.at, NULL::bigint, NULL::bigint, NULL::boolean
      FROM unnest(p_seqs) x, LATERAL (SELECT * FROM pin i WHERE i.feed_id = p_room AND i.seq = x OFFSET 0) p;
    RETURN QUERY SELECT 's'::"char", s.seq, NULL::text, 1::bigint, NULL::bigint[], true, s.at, NULL::bigint, NULL::bigint, NULL::boolean
      FROM unnest(p_seqs) x, LATERAL (SELECT * FROM saved d WHERE d.account_id = v_me AND d.feed_id = p_room AND d.seq = x OFFSET 0) s;
END $$;

-- The first message at or after a moment. Within a feed time grows with seq, so no index is needed.
CREATE OR REPLACE FUNCTION message_at(p_room bigint, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_lo  bigint := room_sight(p_room);
    v_hi  bigint := (SELECT f.last_seq + 1 FROM feed f WHERE f.id = p_room);
    v_mid bigint;
    x     record;
BEGIN
    WHILE v_lo < v_hi LOOP
        v_mid := (v_lo + v_hi) / 2;
        SELECT m.seq, m.sent_at INTO x FROM message m WHERE m.feed_id = p_room AND m.seq >= v_mid ORDER BY m.seq LIMIT 1;
        IF NOT FOUND OR x.sent_at >= p_at THEN
            v_hi := v_mid;
        ELSE
            v_lo := x.seq + 1;
        END IF;
    END LOOP;
    RETURN v_lo;
END $$;

-- Moves my watermark forward, never back, never past the head. The row in my own feed tells my other
-- devices. Returns where it stands now.
CREATE OR REPLACE FUNCTION mark_read(p_room bigint, p_seq bigint, OUT o_seq bigint, OUT o_no bigint, OUT moved boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_me   bigint := me();
    v_from bigint;
BEGIN
    PERFORM feed_lock(v_me);
    SELECT m.read_seq, m.read_no, m.visible_from INTO o_seq, o_no, v_from
      FROM member m JOIN room r ON r.id = m.room_id
     WHERE m.account_id = v_me AND m.room_id = p_room AND r.deleted_at IS NULL;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such room, or you are not in it.');
    END IF;
    moved := false;
    IF p_seq <= o_seq THEN
        RETURN;
    END IF;
    -- The number at that place: of the newest message at or below it.
    SELECT least(p_seq, f.last_seq),
           coalesce((SELECT x.no FROM message x WHERE x.feed_id = p_room AND x.seq <= p_seq ORDER BY x.seq DESC LIMIT 1), o_no)
      INTO o_seq, o_no FROM feed f WHERE f.id = p_room;
    -- One's own send may have moved it meanwhile, under the room's lock: the larger stands.
    UPDATE member m SET read_seq = o_seq, read_no = greatest(m.read_no, o_no)
     WHERE m.account_id = v_me AND m.room_id = p_room AND m.read_seq < o_seq;
    moved := FOUND;
    SELECT m.read_seq, m.read_no INTO o_seq, o_no FROM member m WHERE m.account_id = v_me AND m.room_id = p_room;
    IF moved THEN
        PERFORM feed_event(v_me, 'read_marked', v_me, p_room, o_seq, o_no);
    END IF;
END $$;

-- Moves my watermark back to before a message, because I want to come back to it.
CREATE OR REPLACE FUNCTION mark_unread(p_room bigint, p_seq bigint, OUT o_seq bigint, OUT o_no bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_me  bigint := me();
    v_was bigint;
BEGIN
    PERFORM feed_lock(v_me);
    PERFORM pace('change', 120, 60);
    IF p_seq < room_sight(p_room) THEN
        PERFORM fail('CF404', 'There is no such message.');
    END IF;
    SELECT coalesce(max(x.seq), 0), coalesce(max(x.no), 0) INTO o_seq, o_no FROM (
        SELECT m.seq, m.no FROM message m WHERE m.feed_id = p_room AND m.seq < p_seq ORDER BY m.seq DESC LIMIT 1) x;
    SELECT m.read_seq, m.read_no INTO v_was FROM member m WHERE m.account_id = v_me AND m.room_id = p_room;
    IF o_seq < v_was THEN
        UPDATE member m SET read_seq = o_seq, read_no = o_no WHERE m.account_id = v_me AND m.room_id = p_room;
        PERFORM feed_event(v_me, 'read_marked', v_me, p_room, o_seq, o_no);
    ELSE
        SELECT m.read_seq, m.read_no INTO o_seq, o_no FROM member m WHERE m.account_id = v_me AND m.room_id = p_room;
    END IF;
END $$;

-- How far the others have read: of rooms that are small enough and have not switched it off.
CREATE OR REPLACE FUNCTION receipts(p_room bigint, p_most int) RETURNS TABLE (account bigint, seq bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM room_sight(p_room);
    RETURN QUERY SELECT m.account_id, m.read_seq FROM member m JOIN room r ON r.id = m.room_id
      WHERE m.room_id = p_room AND r.members <= p_most AND r.flags & 4 = 0 ORDER BY m.account_id;
END $$;

GRANT EXECUTE ON FUNCTION send_message(bigint, uuid, int, bytea, int, int, bigint, boolean, text[], boolean, bigint[], int, boolean),
    history(bigint, bigint, bigint, bigint, bigint, int), history_marks(bigint, bigint, bigint, bigint, bigint, int), message_at(bigint, timestamptz),
    message_get(bigint, bigint), edit_message(bigint, bigint, int, int, bytea, text[], boolean, int), delete_message(bigint, bigint, int),
    mark_read(bigint, bigint), mark_unread(bigint, bigint), receipts(bigint, int) TO confab_api;
