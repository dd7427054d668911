-- Feeds: the lock, the counter, the thin event, and the life of the server.

-- One lock per feed, taken before anything is read that the lock protects, held until commit.
-- Advisory because its queue is fair (row locks are not) and because a statement's snapshot is older
-- than the row lock it waits for. Feed ids own the one-bigint advisory space.
CREATE OR REPLACE FUNCTION feed_lock(p_feed bigint) RETURNS void LANGUAGE sql AS
    $$ SELECT pg_advisory_xact_lock(p_feed) $$;

-- Several feeds: in ascending order, always, so that writers cannot deadlock. Ids come from clients:
-- only this tenant's feeds are locked, since whoever waits for one lock holds the others meanwhile, and
-- must not make another tenant wait with him.
CREATE OR REPLACE FUNCTION feed_lock(p_feeds bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE f bigint;
BEGIN
    FOR f IN SELECT h.id FROM feed h WHERE h.id = ANY (p_feeds) ORDER BY h.id LOOP
        PERFORM pg_advisory_xact_lock(f);
    END LOOP;
END $$;

-- Numbers and writes an event. The caller holds the feed's lock.
CREATE OR REPLACE FUNCTION feed_event(p_feed bigint, p_kind text, p_actor bigint, p_subject bigint DEFAULT NULL,
    p_target bigint DEFAULT NULL, p_value bigint DEFAULT NULL, p_word text DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_seq bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM boot b WHERE b.started = pg_postmaster_start_time()) THEN -- the common case without a function call
        PERFORM boot();
    END IF;
    UPDATE feed SET last_seq = last_seq + 1, last_xid = pg_current_xact_id() WHERE id = p_feed RETURNING last_seq INTO v_seq;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such feed.');
    END IF;
    INSERT INTO event (feed_id, seq, tenant_id, at, actor_id, kind, subject_id, target_seq, value, word)
    VALUES (p_feed, v_seq, current_tenant(), clock_timestamp(), p_actor, p_kind, p_subject, p_target, p_value, p_word);
    RETURN v_seq;
END $$;

-- The life of the server that we are in. Every writer calls it before it numbers a row: a row that
-- was numbered before a new life got its epoch could lie below the epoch's first xid.
CREATE OR REPLACE FUNCTION boot() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_epoch bigint;
    v_sysid bigint;
    v_last  epoch%ROWTYPE;
BEGIN
    SELECT b.epoch INTO v_epoch FROM boot b WHERE b.started = pg_postmaster_start_time();
    IF FOUND THEN
        RETURN v_epoch;
    END IF;
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM fail('CF50A', 'synchronous_commit is off: an acknowledged message could be lost. Set it to on.');
    END IF;
    PERFORM pg_advisory_xact_lock(4711, 1);
    SELECT b.epoch INTO v_epoch FROM boot b WHERE b.started = pg_postmaster_start_time();
    IF FOUND THEN
        RETURN v_epoch;
    END IF;
    SELECT system_identifier INTO v_sysid FROM pg_control_system();
    SELECT * INTO v_last FROM epoch ORDER BY n DESC LIMIT 1;
    IF FOUND AND (v_last.sysid <> v_sysid OR v_last.message_oid <> 'confab.message'::regclass
                  OR v_last.database_oid <> (SELECT oid FROM pg_database WHERE datname = current_database())
                  OR v_last.first_xid > pg_snapshot_xmax(pg_current_snapshot())) THEN
        PERFORM fail('CF50A', 'This database was restored or copied. Run: confabctl adopt');
    END IF;
    RETURN epoch_begin(false);
END $$;

-- Begins a life: under the lock of boot(), or by `confabctl adopt`.
CREATE OR REPLACE FUNCTION epoch_begin(p_forced_reset boolean) RETURNS bigint
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE v_id bigint;
BEGIN
    INSERT INTO epoch (n, id, first_xid, first_lsn, timeline, sysid, database_oid, message_oid, forced_reset)
    SELECT coalesce((SELECT max(n) FROM epoch), 0) + 1, 1 + floor(random() * 4294967295)::bigint,
           pg_snapshot_xmin(pg_current_snapshot()), pg_current_wal_insert_lsn(),
           left(pg_walfile_name(pg_current_wal_lsn()), 8),
           (SELECT system_identifier FROM pg_control_system()),
           (SELECT oid FROM pg_database WHERE datname = current_database()),
           'confab.message'::regclass, p_forced_reset
    RETURNING id INTO v_id;
    DELETE FROM boot;
    INSERT INTO boot (epoch, started) VALUES (v_id, pg_postmaster_start_time());
    RETURN v_id;
END $$;

-- A cursor's snapshot as it counts today, or NULL if the cursor is worthless (the client resets): an
-- unknown life, a promoted standby in between (what a client saw beyond its cursor may be gone), a life
-- that lost log which the cursor had seen, a forced reset, or a snapshot from the future. A snapshot of
-- an earlier life is cut where the first later life began, since the numbers above were given again.
CREATE OR REPLACE FUNCTION cursor_fix(p_epoch bigint, p_lsn pg_lsn, p_snapshot pg_snapshot) RETURNS pg_snapshot
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_n    int;
    v_line text;
    v_next epoch%ROWTYPE;
    v_cut  xid8;
BEGIN
    SELECT e.n, e.timeline INTO v_n, v_line FROM epoch e WHERE e.id = p_epoch;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO v_next FROM epoch e WHERE e.n > v_n ORDER BY e.n LIMIT 1;
    IF NOT FOUND THEN
        RETURN CASE WHEN pg_snapshot_xmax(p_snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) THEN p_snapshot END;
    END IF;
    IF v_next.first_lsn < p_lsn OR EXISTS (SELECT FROM epoch e WHERE e.n > v_n AND (e.forced_reset OR e.timeline <> v_line)) THEN
        RETURN NULL;
    END IF;
    SELECT e.first_xid INTO v_cut FROM epoch e WHERE e.n > v_n ORDER BY e.first_xid LIMIT 1;
    IF pg_snapshot_xmax(p_snapshot) <= v_cut THEN
        RETURN p_snapshot;
    END IF;
    RETURN (CASE WHEN pg_snapshot_xmin(p_snapshot) < v_cut THEN pg_snapshot_xmin(p_snapshot) ELSE v_cut END::text || ':' || v_cut::text || ':' ||
            coalesce((SELECT string_agg(x::text, ',' ORDER BY x) FROM pg_snapshot_xip(p_snapshot) x WHERE x < v_cut), ''))::pg_snapshot;
END $$;

-- What goes into a token beside the snapshot.
CREATE OR REPLACE FUNCTION wal_position() RETURNS bigint LANGUAGE sql VOLATILE AS
    $$ SELECT (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint $$;
