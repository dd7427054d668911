-- Background work, for `confabctl work`.

-- Removes what has run out, in small pieces; returns how many rows went.
CREATE OR REPLACE FUNCTION work_expire(p_tenant bigint, p_limit int) RETURNS int
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE
    v_n   int;
    v_sum int := 0;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at < now() LIMIT p_limit FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_n = ROW_COUNT; v_sum := v_n;
    -- Waits for nobody, as for sessions: who signs in holds several of these rows.
    DELETE FROM bucket b USING (SELECT x.tenant_id, x.what FROM bucket x WHERE x.at < now() - interval '1 day' LIMIT p_limit FOR UPDATE SKIP LOCKED) old
     WHERE b.tenant_id = old.tenant_id AND b.what = old.what;
    GET DIAGNOSTICS v_n = ROW_COUNT;
    RETURN v_sum + v_n;
END $$;

-- A piece of a deleted room: its messages first, so that the content goes; the room's rows last, a
-- month later, when everybody's cursor has passed. True: the job is done; false: there is more to do;
-- NULL: not before the time that the job was put off to.
CREATE OR REPLACE FUNCTION work_purge_room(p_tenant bigint, p_room bigint, p_limit int) RETURNS boolean
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE
    v_n    int;
    v_gone timestamptz;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    PERFORM feed_lock(p_room);
    -- The rows stay, empty, so that the feed has no hole for those who page through it.
    UPDATE message SET body = NULL WHERE (feed_id, seq) IN (
        SELECT m.feed_id, m.seq FROM message m WHERE m.feed_id = p_room AND m.body IS NOT NULL LIMIT p_limit);
    GET DIAGNOSTICS v_n = ROW_COUNT;
    IF v_n > 0 THEN
        RETURN false;
    END IF;
    IF search_purge_feed(p_room, NULL, p_limit) >= p_limit THEN
        RETURN false;
    END IF;
    UPDATE room SET name = NULL WHERE id = p_room AND name IS NOT NULL;
    DELETE FROM mention WHERE (feed_id, seq) IN (SELECT x.feed_id, x.seq FROM mention x WHERE x.feed_id = p_room LIMIT p_limit);
    GET DIAGNOSTICS v_n = ROW_COUNT;
    IF v_n > 0 THEN
        RETURN false;
    END IF;
    DELETE FROM reaction WHERE (feed_id, seq) IN (SELECT x.feed_id, x.seq FROM reaction x WHERE x.feed_id = p_room LIMIT p_limit);
    GET DIAGNOSTICS v_n = ROW_COUNT;
    IF v_n > 0 THEN
        RETURN false;
    END IF;
    DELETE FROM follower WHERE (feed_id, root_seq, account_id) IN (SELECT x.feed_id, x.root_seq, x.account_id FROM follower x WHERE x.feed_id = p_room LIMIT p_limit);
    GET DIAGNOSTICS v_n = ROW_COUNT;
    IF v_n > 0 THEN
        RETURN false;
    END IF;
    DELETE FROM poll WHERE feed_id = p_room;
    DELETE FROM classroom WHERE feed_id = p_room;
    DELETE FROM pin WHERE feed_id = p_room;
    DELETE FROM thread WHERE feed_id = p_room;
    DELETE FROM saved WHERE feed_id = p_room; -- they count against what a person may save
    SELECT r.deleted_at + interval '30 days' INTO v_gone FROM room r WHERE r.id = p_room;
    IF v_gone > now() THEN
        UPDATE job SET run_at = v_gone WHERE kind = 'purge_room' AND subject_id = p_room;
        RETURN NULL;
    END IF;
    -- Without members nobody pages through it any more, and its rows may go piece by piece.
    DELETE FROM member WHERE room_id = p_room;
    DELETE FROM message WHERE (feed_id, seq) IN (SELECT m.feed_id, m.seq FROM message m WHERE m.feed_id = p_room LIMIT p_limit);
    GET DIAGNOSTICS v_n = ROW_COUNT;
    IF v_n > 0 THEN
        RETURN false;
    END IF;
    DELETE FROM event WHERE (feed_id, seq) IN (SELECT e.feed_id, e.seq FROM event e WHERE e.feed_id = p_room LIMIT p_limit);
    GET DIAGNOSTICS v_n = ROW_COUNT;
    IF v_n > 0 THEN
        RETURN false;
    END IF;
    DELETE FROM feed WHERE id = p_room;
    DELETE FROM room WHERE id = p_room;
    RETURN true;
END $$;

-- After a restore: rows of this tenant count as seen by everybody, since the epoch that `confabctl
-- adopt` begins makes every older cursor reset.
CREATE OR REPLACE FUNCTION adopt_tenant(p_tenant bigint) RETURNS void LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    UPDATE message SET xid = '0' WHERE xid <> '0';
    UPDATE event SET xid = '0' WHERE xid <> '0';
    UPDATE member SET joined_xid = '0' WHERE joined_xid <> '0';
    UPDATE feed SET last_xid = '0', pruned_xid = '0';
END $$;

-- Due jobs of a tenant, put off for ten minutes: no other worker takes them meanwhile, and if this one
-- dies they come again.
CREATE OR REPLACE FUNCTION jobs_take(p_tenant bigint, p_limit int) RETURNS TABLE (id bigint, kind text, subject_id bigint)
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    RETURN QUERY UPDATE job j SET run_at = now() + interval '10 minutes'
      WHERE j.id IN (SELECT q.id FROM job q WHERE q.run_at <= now() ORDER BY q.run_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
     RETURNING j.id, j.kind, j.subject_id;
END $$;

-- Puts a job back that was interrupted: it is due at once.
CREATE OR REPLACE FUNCTION job_again(p_tenant bigint, p_job bigint) RETURNS void
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    UPDATE job SET run_at = now() WHERE id = p_job;
END $$;

-- Ends a job, or (p_error) puts it back with a growing delay.
CREATE OR REPLACE FUNCTION job_done(p_tenant bigint, p_job bigint, p_error text) RETURNS void
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    IF p_error IS NULL THEN
        DELETE FROM job WHERE id = p_job;
    ELSE
        UPDATE job SET attempts = attempts + 1, last_error = left(p_error, 500),
               run_at = now() + least(interval '1 hour', interval '10 seconds' * 2 ^ least(attempts, 10)) WHERE id = p_job;
    END IF;
END $$;
