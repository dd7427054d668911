-- Attachments: what the database knows of them. The bytes are the handlers' (common/filestore.h).

-- Adds to what counts against the quotas: the person's row, then the tenant's, always in this order.
CREATE OR REPLACE FUNCTION file_count(p_account bigint, p_bytes bigint, OUT person bigint, OUT tenant bigint) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO file_usage AS u (tenant_id, account_id, bytes) VALUES (current_tenant(), p_account, p_bytes)
    ON CONFLICT (tenant_id, account_id) DO UPDATE SET bytes = greatest(0, u.bytes + p_bytes) RETURNING u.bytes INTO person;
    INSERT INTO file_usage AS u (tenant_id, account_id, bytes) VALUES (current_tenant(), 0, p_bytes)
    ON CONFLICT (tenant_id, account_id) DO UPDATE SET bytes = greatest(0, u.bytes + p_bytes) RETURNING u.bytes INTO tenant;
END $$;

-- Begins an upload to a room that I am in. A retry (same client id) returns the one that stands, whose
-- size must be the same. Quotas are in bytes, 0: none. Raises CF404, CF409, CF413, CF429.
CREATE OR REPLACE FUNCTION file_begin(p_room bigint, p_client uuid, p_place uuid, p_key int, p_name bytea, p_size bigint,
    p_person_most bigint, p_tenant_most bigint, OUT o_id bigint, OUT o_place uuid, OUT o_key int, OUT o_complete boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_me   bigint := me();
    v_size bigint;
    v_gone timestamptz;
    v_room bigint;
    v_use  record;
    v_wait double precision;
BEGIN
    PERFORM room_role(p_room);
    -- One at a time for a person: the counters stay right, and a retry finds the first one's row.
    INSERT INTO file_usage (tenant_id, account_id, bytes) VALUES (current_tenant(), v_me, 0) ON CONFLICT DO NOTHING;
    PERFORM FROM file_usage u WHERE u.tenant_id = current_tenant() AND u.account_id = v_me FOR UPDATE;
    SELECT f.id, f.place, f.key_id, f.type IS NOT NULL, f.size, f.gone_at, f.room_id
      INTO o_id, o_place, o_key, o_complete, v_size, v_gone, v_room
      FROM file f WHERE f.tenant_id = current_tenant() AND f.owner_id = v_me AND f.client_id = p_client;
    IF FOUND THEN
        IF v_gone IS NOT NULL OR v_size <> p_size OR v_room <> p_room THEN
            PERFORM fail('CF409', 'This client_id was used for another file.');
        END IF;
        RETURN;
    END IF;
    v_wait := bucket_take('file ' || v_me, 200, 600);
    IF v_wait > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'CF429', MESSAGE = 'You are uploading more files than this server allows.', DETAIL = ceil(v_wait)::text;
    END IF;
    SELECT * INTO v_use FROM file_count(v_me, p_size);
    IF p_person_most > 0 AND v_use.person > p_person_most THEN
        PERFORM fail('CF413', 'Your files take all the room that you have here. Delete messages with files, and try again.');
    ELSIF p_tenant_most > 0 AND v_use.tenant > p_tenant_most THEN
        PERFORM fail('CF413', 'The files of everybody take all the room that there is. Ask the operator.');
    END IF;
    INSERT INTO file (tenant_id, room_id, owner_id, client_id, place, key_id, name, size)
    VALUES (current_tenant(), p_room, v_me, p_client, p_place, p_key, p_name, p_size)
    RETURNING id, place, key_id, false INTO o_id, o_place, o_key, o_complete;
END $$;

-- My own upload, complete or not, to go on with it. CF404 unless I am in its room still.
CREATE OR REPLACE FUNCTION file_upload(p_file bigint)
RETURNS TABLE (id bigint, room bigint, owner bigint, place uuid, key_id int, name bytea, size bigint, type text, width int, height int, thumbnail bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT f.id, f.room_id, f.owner_id, f.place, f.key_id, f.name, f.size, f.type, f.width, f.height, f.thumbnail
      FROM file f JOIN member m ON m.account_id = f.owner_id AND m.room_id = f.room_id JOIN room r ON r.id = f.room_id AND r.deleted_at IS NULL
     WHERE f.id = p_file AND f.owner_id = me() AND f.gone_at IS NULL;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such file.');
    END IF;
END $$;

-- All bytes are there, and this is what they are. The first to say so is heard.
CREATE OR REPLACE FUNCTION file_complete(p_file bigint, p_type text, p_width int, p_height int, p_thumbnail bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM file_upload(p_file);
    UPDATE file f SET type = p_type, width = nullif(p_width, 0), height = nullif(p_height, 0), thumbnail = p_thumbnail, completed_at = now()
     WHERE f.id = p_file AND f.owner_id = me() AND f.gone_at IS NULL AND f.type IS NULL;
END $$;

-- A file that I may read: my own before it is sent; else that of a message that I may read. The message's
-- deletion ends it (gone_at), leaving the room as well.
CREATE OR REPLACE FUNCTION file_read(p_file bigint)
RETURNS TABLE (id bigint, room bigint, owner bigint, place uuid, key_id int, name bytea, size bigint, type text, width int, height int, thumbnail bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT f.id, f.room_id, f.owner_id, f.place, f.key_id, f.name, f.size, f.type, f.width, f.height, f.thumbnail
      FROM file f JOIN member m ON m.account_id = me() AND m.room_id = f.room_id JOIN room r ON r.id = f.room_id AND r.deleted_at IS NULL
     WHERE f.id = p_file AND f.gone_at IS NULL AND f.type IS NOT NULL
       AND CASE WHEN f.seq IS NULL THEN f.owner_id = me()
                ELSE f.seq >= m.visible_from AND EXISTS (SELECT FROM message x WHERE x.feed_id = f.room_id AND x.seq = f.seq AND x.body IS NOT NULL) END;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such file.');
    END IF;
END $$;

-- My complete files of a room, in the order asked for: what a message that carries them will say. Those
-- that a message carries already are told too, since a retry of that message asks again.
CREATE OR REPLACE FUNCTION files_describe(p_room bigint, p_files bigint[])
RETURNS TABLE (id bigint, room bigint, owner bigint, place uuid, key_id int, name bytea, size bigint, type text, width int, height int, thumbnail bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT f.id, f.room_id, f.owner_id, f.place, f.key_id, f.name, f.size, f.type, f.width, f.height, f.thumbnail
      FROM unnest(p_files) WITH ORDINALITY AS q(id, n) JOIN file f ON f.id = q.id
     WHERE f.room_id = p_room AND f.owner_id = me() AND f.gone_at IS NULL AND f.type IS NOT NULL ORDER BY q.n;
END $$;

-- Inside send_message, under the room's lock: these files are the message's from now on.
CREATE OR REPLACE FUNCTION file_claim(p_room bigint, p_files bigint[], p_seq bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE v_n int;
BEGIN
    UPDATE file f SET seq = p_seq
     WHERE f.id = ANY (p_files) AND f.room_id = p_room AND f.owner_id = me() AND f.type IS NOT NULL AND f.seq IS NULL AND f.gone_at IS NULL;
    GET DIAGNOSTICS v_n = ROW_COUNT;
    IF v_n = cardinality(p_files) THEN
        RETURN;
    ELSIF EXISTS (SELECT FROM file f WHERE f.id = ANY (p_files) AND f.room_id = p_room AND f.owner_id = me() AND f.seq IS NOT NULL AND f.seq <> p_seq) THEN
        PERFORM fail('CF409', 'A file was sent with another message already. Upload it anew.');
    ELSE
        -- The handler has looked before: it went in between.
        PERFORM fail('CF409', 'A file is not there any more. Upload it anew.');
    END IF;
END $$;

-- Inside the deletion of a message: its files are read no more from now on, and removed from disk by
-- `confabctl work`.
CREATE OR REPLACE FUNCTION file_forget(p_room bigint, p_seq bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE file f SET gone_at = now() WHERE f.room_id = p_room AND f.seq = p_seq AND f.gone_at IS NULL;
END $$;

-- Cancels an upload of mine that no message carries. Returns where its bytes lie; file_removed follows.
CREATE OR REPLACE FUNCTION file_cancel(p_file bigint) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_place uuid;
BEGIN
    UPDATE file f SET gone_at = now() WHERE f.id = p_file AND f.owner_id = me() AND f.seq IS NULL AND f.gone_at IS NULL RETURNING f.place INTO v_place;
    IF NOT FOUND AND EXISTS (SELECT FROM file f WHERE f.id = p_file AND f.owner_id = me() AND f.seq IS NOT NULL AND f.gone_at IS NULL) THEN
        PERFORM fail('CF409', 'A message carries this file. Delete the message.');
    ELSIF v_place IS NULL THEN
        PERFORM fail('CF404', 'There is no such file.');
    END IF;
    RETURN v_place;
END $$;

-- The bytes of a file that is gone are off the disk: so is its row, and the quota has them back.
CREATE OR REPLACE FUNCTION file_drop(p_file bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_owner bigint;
    v_size  bigint;
BEGIN
    DELETE FROM file f WHERE f.id = p_file AND f.gone_at IS NOT NULL RETURNING f.owner_id, f.size INTO v_owner, v_size;
    IF FOUND THEN
        PERFORM file_count(v_owner, -v_size);
    END IF;
END $$;
CREATE OR REPLACE FUNCTION file_removed(p_file bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM file f WHERE f.id = p_file AND f.owner_id = me()) THEN
        PERFORM file_drop(p_file);
    END IF;
END $$;

-- For `confabctl work`: uploads that no message has claimed for a day are gone, and so are the files of
-- rooms that were deleted; then what is to be removed from disk.
CREATE OR REPLACE FUNCTION work_files(p_tenant bigint, p_limit int) RETURNS TABLE (id bigint, place uuid)
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    UPDATE file f SET gone_at = now() WHERE f.id IN (SELECT q.id FROM file q WHERE q.tenant_id = p_tenant AND q.seq IS NULL AND q.gone_at IS NULL
        AND q.created_at < now() - interval '24 hours' ORDER BY q.created_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
    UPDATE file f SET gone_at = now() WHERE f.id IN (SELECT q.id FROM job j JOIN file q ON q.room_id = j.subject_id AND q.gone_at IS NULL
        WHERE j.kind = 'purge_room' LIMIT p_limit);
    RETURN QUERY SELECT f.id, f.place FROM file f WHERE f.tenant_id = p_tenant AND f.gone_at IS NOT NULL ORDER BY f.id LIMIT p_limit;
END $$;
CREATE OR REPLACE FUNCTION work_file_removed(p_tenant bigint, p_file bigint) RETURNS void
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    PERFORM file_drop(p_file);
END $$;

GRANT EXECUTE ON FUNCTION file_begin(bigint, uuid, uuid, int, bytea, bigint, bigint, bigint), file_upload(bigint),
    file_complete(bigint, text, int, int, bigint), file_read(bigint), files_describe(bigint, bigint[]), file_cancel(bigint),
    file_removed(bigint) TO confab_api;
