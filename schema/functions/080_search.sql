-- Search: the blind index of messages. What a token is, and why by weeks: common/search.h.
--
-- Nothing here is part of a send. `confabctl work` asks search_due_rows() for messages that are not yet
-- indexed, opens them, and gives their tokens to search_add(). How far a room is done is one number
-- (search_feed): rows of a feed become visible in the order of their numbers, so nothing is passed over.

-- Inside the change or deletion of a message: its tokens go in the same transaction. Safe when search is
-- off, and in any order with the change itself: the lock on the message makes us wait for a worker that is
-- just adding what it read before.
CREATE OR REPLACE FUNCTION search_forget(p_feed bigint, p_seq bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM message m WHERE m.feed_id = p_feed AND m.seq = p_seq FOR NO KEY UPDATE;
    DELETE FROM search_entry e WHERE e.feed_id = p_feed AND e.seq = p_seq;
    DELETE FROM search_queue q WHERE q.feed_id = p_feed AND q.seq = p_seq;
END $$;

-- Behind search_forget, for a message that goes on with another text. Also if it is not indexed yet: a
-- worker may have read the old text just now, and will pass it over.
CREATE OR REPLACE FUNCTION search_due(p_feed bigint, p_seq bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO search_queue (feed_id, seq, tenant_id)
    SELECT p_feed, p_seq, current_tenant() WHERE NOT EXISTS (SELECT FROM search_state s WHERE NOT s.enabled)
    ON CONFLICT DO NOTHING $$;

-- A piece of a room's index, for rooms that are deleted and rows that are pruned (below p_below; NULL:
-- all). Returns how many rows went. Take the content of the messages first: what is empty is never added.
CREATE OR REPLACE FUNCTION search_purge_feed(p_feed bigint, p_below bigint, p_limit int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE v_n int;
BEGIN
    DELETE FROM search_queue q WHERE q.feed_id = p_feed AND (p_below IS NULL OR q.seq < p_below);
    DELETE FROM search_entry WHERE (feed_id, seq) IN (
        SELECT e.feed_id, e.seq FROM search_entry e WHERE e.feed_id = p_feed AND (p_below IS NULL OR e.seq < p_below) LIMIT p_limit);
    GET DIAGNOSTICS v_n = ROW_COUNT;
    IF v_n < p_limit AND p_below IS NULL AND NOT EXISTS (SELECT FROM room r WHERE r.id = p_feed AND r.deleted_at IS NULL) THEN
        DELETE FROM search_feed f WHERE f.feed_id = p_feed;
    END IF;
    RETURN v_n;
END $$;

-- For the worker, in a transaction of its own: with which key are tokens made? The first time with p_key,
-- and from then on with that, until `confabctl search reindex`. No row while search is off.
CREATE OR REPLACE FUNCTION search_begin_work(p_tenant bigint, p_key int) RETURNS TABLE (key_id int)
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    IF NOT EXISTS (SELECT FROM search_state s WHERE s.key_id IS NOT NULL OR NOT s.enabled) THEN
        INSERT INTO search_state AS s (tenant_id, key_id) VALUES (p_tenant, p_key)
        ON CONFLICT (tenant_id) DO UPDATE SET key_id = coalesce(s.key_id, p_key) WHERE s.enabled;
    END IF;
    RETURN QUERY SELECT s.key_id FROM search_state s WHERE s.enabled;
END $$;

-- What is to be indexed next: messages (k = m), and how far each of their
-- rooms is done when these are (k = f). Changed ones first. Nothing: all is done.
CREATE OR REPLACE FUNCTION search_due_rows(p_tenant bigint, p_limit int)
RETURNS TABLE (k "char", feed_id bigint, seq bigint, sender bigint, at timestamptz, client_id uuid, key_id int, version int, body bytea)
LANGUAGE plpgsql STABLE SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_left int := p_limit;
    v_n    int;
    v_last bigint;
    f      record;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    RETURN QUERY SELECT 'm'::"char", m.feed_id, m.seq, m.sender_id, m.sent_at, m.client_id, m.key_id, m.version, m.body
      FROM search_queue q JOIN message m ON m.feed_id = q.feed_id AND m.seq = q.seq WHERE m.body IS NOT NULL LIMIT v_left;
    GET DIAGNOSTICS v_n = ROW_COUNT;
    v_left := v_left - v_n;
    -- At most so many rooms at once: those that had events alone cost a row each.
    FOR f IN SELECT d.id, d.last_seq, coalesce(s.done_seq, 0) AS done
               FROM feed d JOIN room r ON r.id = d.id AND r.deleted_at IS NULL LEFT JOIN search_feed s ON s.feed_id = d.id
              WHERE d.kind = 3 AND d.last_seq > coalesce(s.done_seq, 0) LIMIT p_limit LOOP
        EXIT WHEN v_left <= 0;
        RETURN QUERY SELECT 'm'::"char", m.feed_id, m.seq, m.sender_id, m.sent_at, m.client_id, m.key_id, m.version, m.body
          FROM message m WHERE m.feed_id = f.id AND m.seq > f.done AND m.seq <= f.last_seq AND m.body IS NOT NULL ORDER BY m.seq LIMIT v_left;
        GET DIAGNOSTICS v_n = ROW_COUNT;
        v_last := f.last_seq;
        IF v_n = v_left THEN
            SELECT max(q.seq) INTO v_last FROM (SELECT m.seq FROM message m
             WHERE m.feed_id = f.id AND m.seq > f.done AND m.seq <= f.last_seq AND m.body IS NOT NULL ORDER BY m.seq LIMIT v_left) q;
        END IF;
        v_left := v_left - v_n;
        RETURN QUERY SELECT 'f'::"char", f.id, v_last, NULL::bigint, NULL::timestamptz, NULL::uuid, NULL::int, NULL::int, NULL::bytea;
    END LOOP;
END $$;

-- Stores tokens. p_rows: of each message feed, seq, version, week, how many tokens, the tokens; then of each
-- room that is done so far: feed, seq, 0, 0, 0. A message that was changed or deleted since it was read is
-- left out (it is in the queue, or empty); the lock on its row makes who changes it now wait for us.
CREATE OR REPLACE FUNCTION search_add(p_tenant bigint, p_key int, p_rows bigint[]) RETURNS int
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE
    i      int := 1;
    n      int := coalesce(cardinality(p_rows), 0);
    v_n    int := 0;
    v_lo   int;
    v_hi   int;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    -- Who turns search off, or begins it anew, waits for us; or we see that it happened. Another worker
    -- waits too.
    PERFORM FROM search_state s WHERE s.enabled AND s.key_id = p_key FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    WHILE i <= n LOOP
        IF p_rows[i + 2] = 0 THEN
            INSERT INTO search_feed AS f (feed_id, tenant_id, done_seq) SELECT p_rows[i], p_tenant, p_rows[i + 1]
             WHERE EXISTS (SELECT FROM room r WHERE r.id = p_rows[i] AND r.deleted_at IS NULL)
            ON CONFLICT (feed_id) DO UPDATE SET done_seq = greatest(f.done_seq, EXCLUDED.done_seq);
        ELSE
            INSERT INTO search_entry AS e (feed_id, seq, tenant_id, at, tokens)
            SELECT m.feed_id, m.seq, m.tenant_id, m.sent_at, p_rows[i + 5 : i + 4 + p_rows[i + 4]]::int[]
              FROM message m WHERE m.feed_id = p_rows[i] AND m.seq = p_rows[i + 1] AND m.version = p_rows[i + 2] AND m.body IS NOT NULL FOR SHARE
            ON CONFLICT (feed_id, seq) DO UPDATE SET tokens = EXCLUDED.tokens;
            IF FOUND THEN
                v_n := v_n + 1;
                v_lo := least(v_lo, p_rows[i + 3]);
                v_hi := greatest(v_hi, p_rows[i + 3]);
                DELETE FROM search_queue q WHERE q.feed_id = p_rows[i] AND q.seq = p_rows[i + 1];
            END IF;
        END IF;
        i := i + 5 + p_rows[i + 4]::int;
    END LOOP;
    UPDATE search_state SET first_week = least(first_week, v_lo), last_week = greatest(last_week, v_hi)
     WHERE v_lo IS NOT NULL AND (first_week IS NULL OR v_lo < first_week OR v_hi > last_week);
    RETURN v_n;
END $$;

-- Turns search on or off, or (p_anew) throws the index away to be made again with the newest key. After
-- off or anew search_purge() removes in pieces what there is; only then search_switch(..., true, true)
-- goes on.
CREATE OR REPLACE FUNCTION search_switch(p_tenant bigint, p_on boolean, p_anew boolean) RETURNS void
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    INSERT INTO search_state AS s (tenant_id, enabled) VALUES (p_tenant, p_on)
    ON CONFLICT (tenant_id) DO UPDATE SET enabled = p_on, key_id = CASE WHEN p_anew OR NOT p_on THEN NULL ELSE s.key_id END,
        first_week = CASE WHEN p_anew OR NOT p_on THEN NULL ELSE s.first_week END, last_week = CASE WHEN p_anew OR NOT p_on THEN NULL ELSE s.last_week END;
END $$;
CREATE OR REPLACE FUNCTION search_purge(p_tenant bigint, p_limit int) RETURNS int
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE
    v_n   int;
    v_sum int;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    DELETE FROM search_feed WHERE feed_id IN (SELECT f.feed_id FROM search_feed f LIMIT p_limit);
    GET DIAGNOSTICS v_sum = ROW_COUNT;
    DELETE FROM search_queue WHERE (feed_id, seq) IN (SELECT q.feed_id, q.seq FROM search_queue q LIMIT p_limit);
    GET DIAGNOSTICS v_n = ROW_COUNT; v_sum := v_sum + v_n;
    DELETE FROM search_entry WHERE (feed_id, seq) IN (SELECT e.feed_id, e.seq FROM search_entry e LIMIT p_limit);
    GET DIAGNOSTICS v_n = ROW_COUNT;
    RETURN v_sum + v_n;
END $$;

-- For the operator. waiting: rows of rooms (events among them) that have not been looked at.
CREATE OR REPLACE FUNCTION search_status(p_tenant bigint, OUT enabled boolean, OUT key_id int, OUT messages bigint, OUT waiting bigint)
LANGUAGE plpgsql STABLE SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    SELECT s.enabled, s.key_id INTO enabled, key_id FROM search_state s;
    enabled := coalesce(enabled, true);
    SELECT count(*) INTO messages FROM search_entry;
    SELECT coalesce(sum(f.last_seq - coalesce(s.done_seq, 0)), 0) INTO waiting
      FROM feed f JOIN room r ON r.id = f.id AND r.deleted_at IS NULL LEFT JOIN search_feed s ON s.feed_id = f.id
     WHERE f.kind = 3 AND f.last_seq > coalesce(s.done_seq, 0);
    waiting := waiting + (SELECT count(*) FROM search_queue);
END $$;

-- For a query: is there an index, with which key, of which weeks; and are all my rooms wholly in it?
-- p_room: raises CF404 if I am not in it.
CREATE OR REPLACE FUNCTION search_begin(p_room bigint, OUT enabled boolean, OUT key_id int, OUT first_week int, OUT last_week int, OUT whole boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_me bigint := me();
BEGIN
    IF p_room IS NOT NULL AND NOT EXISTS (SELECT FROM member m JOIN room r ON r.id = m.room_id AND r.deleted_at IS NULL
                                           WHERE m.account_id = me() AND m.room_id = p_room) THEN
        PERFORM fail('CF404', 'There is no such room, or you are not in it.');
    END IF;
    SELECT s.enabled, s.key_id, s.first_week, s.last_week INTO enabled, key_id, first_week, last_week FROM search_state s;
    enabled := coalesce(enabled, true);
    -- last_message_seq does not know of replies in threads, and what was edited waits in the queue.
    SELECT NOT EXISTS (SELECT FROM member m JOIN room r ON r.id = m.room_id AND r.deleted_at IS NULL JOIN feed f ON f.id = m.room_id
                         LEFT JOIN search_feed s ON s.feed_id = m.room_id
                        WHERE m.account_id = v_me AND f.last_seq > coalesce(s.done_seq, 0)
                          AND EXISTS (SELECT FROM message x WHERE x.feed_id = f.id AND x.seq > coalesce(s.done_seq, 0) AND x.body IS NOT NULL))
       AND NOT EXISTS (SELECT FROM search_queue q JOIN member m ON m.account_id = v_me AND m.room_id = q.feed_id) INTO whole;
END $$;

-- Messages that hold all tokens of their week, newest first, of rooms that I may read, with what is needed
-- to open them; whether the words are really there is for the caller to see. p_tokens: as many for each of
-- p_weeks weeks, the newest week first. Fewer rows than p_limit: there are no more in these weeks.
-- The bounds: sent before (p_before, p_feed, p_seq) in that order, and not before p_after.
CREATE OR REPLACE FUNCTION search_page(p_tokens bigint[], p_weeks int, p_before bigint, p_feed bigint, p_seq bigint, p_after bigint, p_limit int)
RETURNS TABLE (room bigint, seq bigint, no bigint, sender bigint, sent_at timestamptz, client_id uuid, thread_seq bigint, thread_no bigint,
               flags smallint, edited_at timestamptz, key_id int, version int, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
    SELECT m.feed_id, m.seq, m.no, m.sender_id, m.sent_at, m.client_id, m.thread_seq, m.thread_no, m.flags, m.edited_at, m.key_id, m.version, m.body
      FROM search_hits(p_tokens::int[], p_weeks, timestamptz 'epoch' + p_before * interval '1 microsecond', p_feed, p_seq,
                       timestamptz 'epoch' + p_after * interval '1 microsecond', p_limit) h
      JOIN message m ON m.feed_id = h.feed_id AND m.seq = h.seq AND m.body IS NOT NULL
     ORDER BY m.sent_at DESC, m.feed_id DESC, m.seq DESC $$;

GRANT EXECUTE ON FUNCTION search_begin(bigint), search_page(bigint[], int, bigint, bigint, bigint, bigint, int) TO confab_api;

-- Owned by the role that sees all tenants, because of a rule of PostgreSQL: under a policy that names the
-- tenant, only operators marked leakproof may use an index, and those of arrays are not. So this one
-- function names the tenant itself, and whoever calls it must be a member to get anything.
GRANT CREATE ON SCHEMA confab TO confab_sight;
SET LOCAL ROLE confab_sight;
CREATE OR REPLACE FUNCTION search_hits(p_tokens int[], p_weeks int, p_before timestamptz, p_feed bigint, p_seq bigint, p_after timestamptz, p_limit int)
RETURNS TABLE (feed_id bigint, seq bigint, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_tenant bigint := current_setting('confab.tenant')::bigint;
    v_me     bigint := current_setting('confab.account')::bigint;
    v_each   int := cardinality(p_tokens) / p_weeks;
    v_left   int := p_limit;
    v_n      int;
BEGIN
    IF v_each = 0 THEN
        RETURN;
    END IF;
    FOR i IN 0 .. p_weeks - 1 LOOP
        -- First the tokens, then the rest: the planner, which cannot know how rare they are, may not turn it round.
        RETURN QUERY WITH e AS MATERIALIZED (
            SELECT x.feed_id, x.seq, x.at FROM search_entry x
             WHERE x.tokens @> p_tokens[i * v_each + 1 : (i + 1) * v_each] AND x.tenant_id = v_tenant
               AND x.at >= p_after AND (x.at, x.feed_id, x.seq) < (p_before, p_feed, p_seq))
        SELECT e.feed_id, e.seq, e.at
          FROM e
          JOIN member m ON m.account_id = v_me AND m.room_id = e.feed_id AND e.seq >= m.visible_from AND m.tenant_id = v_tenant
          JOIN room r ON r.id = e.feed_id AND r.deleted_at IS NULL
         ORDER BY e.at DESC, e.feed_id DESC, e.seq DESC LIMIT v_left;
        GET DIAGNOSTICS v_n = ROW_COUNT;
        v_left := v_left - v_n;
        EXIT WHEN v_left <= 0;
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION search_hits(int[], int, timestamptz, bigint, bigint, timestamptz, int) TO confab_owner;

SET LOCAL ROLE confab_owner;
REVOKE CREATE ON SCHEMA confab FROM confab_sight;
