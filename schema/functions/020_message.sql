-- Messages.

-- Sends one. A retry (same client id) changes nothing and returns the stored row (fresh = false), so
-- that the handler can compare the text. Raises CF404 (not a member), CF429.
CREATE OR REPLACE FUNCTION send_message(p_room bigint, p_client uuid, p_key int, p_body bytea, p_burst int, p_period_ms int,
    OUT fresh boolean, OUT o_seq bigint, OUT o_no bigint, OUT o_at timestamptz, OUT o_key int, OUT o_version int, OUT o_body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_me   bigint := me();
    v_wait double precision;
BEGIN
    IF NOT EXISTS (SELECT FROM boot b WHERE b.started = pg_postmaster_start_time()) THEN -- the common case without a function call
        PERFORM boot();
    END IF;
    PERFORM pg_advisory_xact_lock(p_room);
    -- Membership first: a retry by someone who has left gets nothing either.
    PERFORM FROM member m WHERE m.account_id = v_me AND m.room_id = p_room;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such room, or you are not in it.');
    END IF;
    SELECT m.seq, m.no, m.sent_at, m.key_id, m.version, m.body INTO o_seq, o_no, o_at, o_key, o_version, o_body
      FROM message m WHERE m.feed_id = p_room AND m.sender_id = v_me AND m.client_id = p_client;
    IF FOUND THEN
        fresh := false;
        RETURN;
    END IF;
    v_wait := bucket_take('send ' || v_me, p_burst, p_period_ms / 1000.0);
    IF v_wait > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'CF429', MESSAGE = 'You are sending faster than this server allows.', DETAIL = ceil(v_wait)::text;
    END IF;
    UPDATE feed f SET last_seq = f.last_seq + 1, last_no = f.last_no + 1, last_xid = pg_current_xact_id(),
           last_message_seq = f.last_seq + 1, last_message_at = clock_timestamp()
     WHERE f.id = p_room AND EXISTS (SELECT FROM room r WHERE r.id = p_room AND r.deleted_at IS NULL)
    RETURNING f.last_seq, f.last_no, f.last_message_at INTO o_seq, o_no, o_at;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'The room was deleted.');
    END IF;
    INSERT INTO message (feed_id, seq, tenant_id, no, sender_id, sent_at, client_id, key_id, body)
    VALUES (p_room, o_seq, current_tenant(), o_no, v_me, o_at, p_client, p_key, p_body);
    -- Who writes has read. Every client draws the same conclusion from the message itself.
    UPDATE member m SET read_seq = o_seq, read_no = o_no WHERE m.account_id = v_me AND m.room_id = p_room;
    fresh := true;
END $$;

-- A page of a room's log, ascending. Exactly one of before, after, around is given, or none (latest).
-- more_before and more_after tell whether pages follow on either side.
CREATE OR REPLACE FUNCTION history(p_room bigint, p_before bigint, p_after bigint, p_around bigint, p_limit int)
RETURNS TABLE (seq bigint, no bigint, sender bigint, sent_at timestamptz, client_id uuid, thread_seq bigint,
               key_id int, version int, body bytea, more_before boolean, more_after boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_from bigint;  -- the least seq that the caller may read
    v_lo   bigint[];
    v_hi   bigint[];
    v_all  bigint[];
    v_n    int;
BEGIN
    SELECT greatest(m.visible_from, f.min_seq, 1) INTO v_from
      FROM member m JOIN feed f ON f.id = m.room_id JOIN room r ON r.id = m.room_id
     WHERE m.account_id = me() AND m.room_id = p_room AND r.deleted_at IS NULL;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such room, or you are not in it.');
    END IF;
    -- Descending from the bound, and ascending from it: one more than asked for tells of a next page.
    IF p_after IS NULL THEN
        v_n := CASE WHEN p_around IS NULL THEN p_limit ELSE (p_limit + 1) / 2 END;
        v_lo := ARRAY(SELECT x.seq FROM message x WHERE x.feed_id = p_room AND x.thread_seq IS NULL AND x.seq >= v_from
                         AND x.seq < coalesce(p_before, p_around, 9223372036854775807)
                       ORDER BY x.seq DESC LIMIT v_n + 1);
        more_before := cardinality(v_lo) > v_n;
        v_lo := v_lo[1:v_n];
    ELSE
        v_lo := '{}';
        more_before := EXISTS (SELECT FROM message x WHERE x.feed_id = p_room AND x.thread_seq IS NULL AND x.seq >= v_from AND x.seq <= p_after);
    END IF;
    IF p_after IS NOT NULL OR p_around IS NOT NULL THEN
        v_n := CASE WHEN p_around IS NULL THEN p_limit ELSE p_limit - cardinality(v_lo) END;
        v_hi := ARRAY(SELECT x.seq FROM message x WHERE x.feed_id = p_room AND x.thread_seq IS NULL AND x.seq >= v_from
                         AND x.seq >= CASE WHEN p_after IS NULL THEN p_around ELSE least(p_after, 9223372036854775806) + 1 END
                       ORDER BY x.seq LIMIT v_n + 1);
        more_after := cardinality(v_hi) > v_n;
        v_hi := v_hi[1:v_n];
    ELSE
        v_hi := '{}';
        more_after := p_before IS NOT NULL AND EXISTS (SELECT FROM message x
            WHERE x.feed_id = p_room AND x.thread_seq IS NULL AND x.seq >= greatest(p_before, v_from));
    END IF;
    v_all := v_lo || v_hi;
    RETURN QUERY SELECT x.seq, x.no, x.sender_id, x.sent_at, x.client_id, x.thread_seq, x.key_id, x.version, x.body,
                        history.more_before, history.more_after
      FROM message x WHERE x.feed_id = p_room AND x.seq = ANY (v_all) ORDER BY x.seq;
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

GRANT EXECUTE ON FUNCTION send_message(bigint, uuid, int, bytea, int, int), history(bigint, bigint, bigint, bigint, int),
    mark_read(bigint, bigint) TO confab_api;
