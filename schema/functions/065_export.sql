-- Leaving and coming: all of a tenant as rows of JSON without any number of this database, and back.
--
-- People are named by their handle, rooms and files by who made them and the client id ("ada:0192..."),
-- messages by room and seq. What is sealed is returned beside, with what it is bound to; confabctl opens
-- and seals it. Import inserts what is not there, so it can be broken off and run again; ids grow in the
-- order of the export, so that another export has the same order.

CREATE OR REPLACE FUNCTION handle_of(p_account bigint) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT a.handle FROM account a WHERE a.id = p_account $$;
CREATE OR REPLACE FUNCTION person_of(p_handle text) RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT a.id FROM account a WHERE a.tenant_id = current_tenant() AND a.handle = p_handle $$;
CREATE OR REPLACE FUNCTION room_of(p_key text) RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT r.id FROM room r WHERE r.tenant_id = current_tenant() AND r.created_by = person_of(split_part(p_key, ':', 1)) AND r.client_id = split_part(p_key, ':', 2)::uuid $$;
CREATE OR REPLACE FUNCTION file_of(p_key text) RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT f.id FROM file f WHERE f.tenant_id = current_tenant() AND f.owner_id = person_of(split_part(p_key, ':', 1)) AND f.client_id = split_part(p_key, ':', 2)::uuid $$;
CREATE OR REPLACE FUNCTION handles_of(p_accounts bigint[]) RETURNS text[] LANGUAGE sql STABLE AS
    $$ SELECT coalesce(array_agg(handle_of(x) ORDER BY n), '{}') FROM unnest(p_accounts) WITH ORDINALITY AS q(x, n) $$;
CREATE OR REPLACE FUNCTION people_of(p_handles json) RETURNS bigint[] LANGUAGE sql STABLE AS
    $$ SELECT coalesce(array_agg(person_of(x) ORDER BY n), '{}') FROM json_array_elements_text(p_handles) WITH ORDINALITY AS q(x, n) $$;

-- The rows of one kind: of the tenant (p_room 0: person, room), or of a room with seq from p_lo to p_hi
-- (kinds without a seq come with p_lo = 0). owner, client, key_id, version: what `sealed` is bound to.
CREATE OR REPLACE FUNCTION export_rows(p_tenant bigint, p_room bigint, p_kind text, p_lo bigint, p_hi bigint)
RETURNS TABLE (id bigint, data json, owner bigint, client uuid, key_id int, version int, sealed bytea, size bigint, thumbnail bigint)
LANGUAGE plpgsql SET search_path = confab, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    v_none constant bytea := NULL;
    v_no   constant bigint := 0;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    IF p_kind = 'person' THEN
        RETURN QUERY SELECT a.id, json_build_object('handle', a.handle, 'name', a.name, 'avatar', a.avatar, 'active', a.active, 'created_at', a.created_at, 'password', c.password),
            v_no, NULL::uuid, 0, 0, v_none, v_no, v_no FROM account a LEFT JOIN credential c ON c.account_id = a.id WHERE a.tenant_id = p_tenant ORDER BY a.id;
    ELSIF p_kind = 'room' THEN
        RETURN QUERY SELECT r.id, json_build_object('room', handle_of(r.created_by) || ':' || r.client_id, 'kind', r.kind, 'visibility', r.visibility, 'history_open', r.history_open,
                'flags', r.flags, 'name_version', r.name_version, 'visible_most', r.visible_most, 'created_at', r.created_at, 'low', handle_of(r.direct_low), 'high', handle_of(r.direct_high),
                'last_seq', f.last_seq, 'last_no', f.last_no, 'min_seq', f.min_seq, 'last_message_seq', f.last_message_seq, 'last_message_at', f.last_message_at),
            r.created_by, r.client_id, r.name_key, r.name_version, r.name, f.last_seq, v_no
          FROM room r JOIN feed f ON f.id = r.id WHERE r.tenant_id = p_tenant AND r.deleted_at IS NULL ORDER BY r.id;
    ELSIF p_kind = 'file' THEN
        RETURN QUERY SELECT f.id, json_build_object('file', handle_of(f.owner_id) || ':' || f.client_id, 'size', f.size, 'type', f.type, 'width', f.width, 'height', f.height,
                'thumbnail', f.thumbnail, 'created_at', f.created_at, 'completed_at', f.completed_at, 'seq', f.seq),
            f.owner_id, f.place, f.key_id, 0, f.name, f.size, f.thumbnail
          FROM file f WHERE f.room_id = p_room AND f.seq BETWEEN p_lo AND p_hi AND f.gone_at IS NULL ORDER BY f.seq, f.id;
    ELSIF p_kind = 'message' THEN
        RETURN QUERY SELECT m.seq, json_build_object('seq', m.seq, 'no', m.no, 'sender', handle_of(m.sender_id), 'sent_at', m.sent_at, 'client_id', m.client_id, 'thread', m.thread_seq,
                'thread_no', m.thread_no, 'flags', m.flags, 'edited_at', m.edited_at, 'version', m.version),
            m.sender_id, m.client_id, m.key_id, m.version, m.body, v_no, v_no FROM message m WHERE m.feed_id = p_room AND m.seq BETWEEN p_lo AND p_hi ORDER BY m.seq;
    ELSIF p_kind = 'event' THEN
        RETURN QUERY SELECT e.seq, json_build_object('seq', e.seq, 'at', e.at, 'actor', handle_of(e.actor_id), 'kind', e.kind, 'person', CASE WHEN e.subject_id <> p_room THEN handle_of(e.subject_id) END,
                'target', e.target_seq, 'value', e.value, 'word', e.word), v_no, NULL::uuid, 0, 0, v_none, v_no, v_no FROM event e WHERE e.feed_id = p_room AND e.seq BETWEEN p_lo AND p_hi ORDER BY e.seq;
    ELSE
        RETURN QUERY SELECT q.seq, q.data, v_no, NULL::uuid, 0, 0, v_none, v_no, v_no FROM export_marks(p_room, p_kind, p_lo, p_hi) q;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION export_marks(p_room bigint, p_kind text, p_lo bigint, p_hi bigint) RETURNS TABLE (seq bigint, data json)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    CASE p_kind
    WHEN 'reaction' THEN
        RETURN QUERY SELECT q.seq, json_build_object('seq', q.seq, 'person', handle_of(q.account_id), 'emoji', q.emoji, 'at', q.at)
          FROM reaction q WHERE q.feed_id = p_room AND q.seq BETWEEN p_lo AND p_hi ORDER BY q.seq, q.at, q.account_id;
    WHEN 'mention' THEN
        RETURN QUERY SELECT q.seq, json_build_object('seq', q.seq, 'person', handle_of(nullif(q.account_id, 0)), 'sender', handle_of(q.sender_id), 'thread', q.thread_seq, 'at', q.at)
          FROM mention q WHERE q.feed_id = p_room AND q.seq BETWEEN p_lo AND p_hi ORDER BY q.seq, q.account_id;
    WHEN 'pin' THEN
        RETURN QUERY SELECT q.seq, json_build_object('seq', q.seq, 'person', handle_of(q.account_id), 'at', q.at)
          FROM pin q WHERE q.feed_id = p_room AND q.seq BETWEEN p_lo AND p_hi ORDER BY q.seq;
    WHEN 'saved' THEN
        RETURN QUERY SELECT q.seq, json_build_object('seq', q.seq, 'person', handle_of(q.account_id), 'at', q.at)
          FROM saved q WHERE q.feed_id = p_room AND q.seq BETWEEN p_lo AND p_hi ORDER BY q.seq, q.account_id;
    WHEN 'thread' THEN
        RETURN QUERY SELECT q.root_seq, json_build_object('seq', q.root_seq, 'last_no', q.last_no, 'replies', q.replies, 'last_seq', q.last_seq, 'last_at', q.last_at, 'people', handles_of(q.repliers))
          FROM thread q WHERE q.feed_id = p_room AND q.root_seq BETWEEN p_lo AND p_hi ORDER BY q.root_seq;
    WHEN 'follower' THEN
        RETURN QUERY SELECT q.root_seq, json_build_object('seq', q.root_seq, 'person', handle_of(q.account_id), 'following', q.following, 'read_no', q.read_no)
          FROM follower q WHERE q.feed_id = p_room AND q.root_seq BETWEEN p_lo AND p_hi ORDER BY q.root_seq, q.account_id;
    WHEN 'poll' THEN
        RETURN QUERY SELECT q.seq, json_build_object('seq', q.seq, 'choices', q.choices, 'anonymous', q.anonymous, 'closed_at', q.closed_at)
          FROM poll q WHERE q.feed_id = p_room AND q.seq BETWEEN p_lo AND p_hi ORDER BY q.seq;
    WHEN 'vote' THEN
        RETURN QUERY SELECT q.seq, json_build_object('seq', q.seq, 'person', handle_of(q.account_id), 'choice', q.choice)
          FROM vote q WHERE q.feed_id = p_room AND q.seq BETWEEN p_lo AND p_hi ORDER BY q.seq, q.account_id;
    WHEN 'class' THEN
        RETURN QUERY SELECT 0::bigint, json_build_object('locked', c.locked, 'last_desk', c.last_desk, 'check_no', c.check_no, 'check_at', c.check_at, 'check_open', c.check_open,
            'desks', (SELECT coalesce(json_agg(json_build_array(d.no, d.x, d.y, d.seats) ORDER BY d.no), '[]') FROM desk d WHERE d.feed_id = p_room),
            'seats', (SELECT coalesce(json_agg(json_build_array(s.desk, s.seat, handle_of(s.account_id)) ORDER BY s.desk, s.seat), '[]') FROM seat s WHERE s.feed_id = p_room),
            'hands', (SELECT coalesce(json_agg(json_build_array(handle_of(h.account_id), h.seq, h.at, h.called) ORDER BY h.seq), '[]') FROM hand h WHERE h.feed_id = p_room),
            'answers', (SELECT coalesce(json_agg(json_build_array(handle_of(a.account_id), a.answer, a.at) ORDER BY a.at, a.account_id), '[]') FROM check_answer a WHERE a.feed_id = p_room))
          FROM classroom c WHERE c.feed_id = p_room AND p_lo = 0;
    WHEN 'member' THEN
        RETURN QUERY SELECT 0::bigint, json_build_object('person', handle_of(q.account_id), 'role', q.role, 'joined_at', q.joined_at, 'visible_from', q.visible_from, 'read_seq', q.read_seq,
            'read_no', q.read_no, 'notify', q.notify, 'muted_until', q.muted_until, 'favourite', q.favourite)
          FROM member q WHERE q.room_id = p_room AND p_lo = 0 ORDER BY q.account_id;
    END CASE;
END $$;

-- Stands a row of that number in a room that could go on with it? Raises CF409: the number is none that the room
-- has given, or stands for something else (p_taken) here.
CREATE OR REPLACE FUNCTION import_seq(p_room bigint, p_seq bigint, p_taken boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_taken OR NOT EXISTS (SELECT FROM feed f WHERE f.id = p_room AND p_seq BETWEEN 1 AND f.last_seq) THEN
        PERFORM fail('CF409', 'Its number is none of this room, or another''s: the room has gone on since it was imported.');
    END IF;
END $$;

-- At the beginning of a transaction that puts members in: what it will lock.
CREATE OR REPLACE FUNCTION import_lock(p_tenant bigint, p_handles text[]) RETURNS void LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    PERFORM feed_lock(ARRAY(SELECT a.id FROM account a WHERE a.tenant_id = p_tenant AND a.handle = ANY (p_handles)));
END $$;

-- Puts one row in, unless it is there. p_room: the room it belongs to; p_key, p_sealed: its content, sealed
-- anew. True: it was put in. Raises CF409 where something else stands in its place.
CREATE OR REPLACE FUNCTION import_row(p_tenant bigint, p_room bigint, p_kind text, d json, p_key int, p_sealed bytea, p_place uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE
    v_id bigint;
    v_n  int;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    CASE p_kind
    WHEN 'person' THEN
        IF person_of(d->>'handle') IS NOT NULL THEN
            RETURN false;
        END IF;
        -- What a hash costs stands in it, and every try to sign in pays it: no more than the options allow.
        IF d->>'password' !~ '^\$argon2id\$v=19\$m=[1-9][0-9]{0,6},t=([1-9]|10),p=1\$' THEN
            PERFORM fail('CF422', 'The password is no Argon2id hash, or one of another cost than this server knows.');
        END IF;
        v_id := feed_new(2::smallint);
        INSERT INTO account (id, tenant_id, handle, name, avatar, active, created_at)
        VALUES (v_id, p_tenant, d->>'handle', d->>'name', d->>'avatar', (d->>'active')::boolean, (d->>'created_at')::timestamptz);
        INSERT INTO credential (account_id, tenant_id, password) SELECT v_id, p_tenant, d->>'password' WHERE d->>'password' IS NOT NULL;
    WHEN 'room' THEN
        IF room_of(d->>'room') IS NOT NULL THEN
            RETURN false;
        END IF;
        -- Numbers that all clients can count on from.
        IF ((d->>'last_seq')::bigint BETWEEN 0 AND 9007199254740991 AND (d->>'last_no')::bigint BETWEEN 0 AND (d->>'last_seq')::bigint) IS NOT TRUE THEN
            PERFORM fail('CF422', 'The room has numbers that cannot be.');
        END IF;
        v_id := feed_new(3::smallint);
        UPDATE feed SET last_seq = (d->>'last_seq')::bigint, last_no = (d->>'last_no')::bigint, min_seq = (d->>'min_seq')::bigint, last_xid = pg_current_xact_id(),
               last_message_seq = (d->>'last_message_seq')::bigint, last_message_at = (d->>'last_message_at')::timestamptz WHERE id = v_id;
        INSERT INTO room (id, tenant_id, kind, visibility, history_open, created_by, client_id, name, name_key, name_version, direct_low, direct_high, flags, visible_most, created_at)
        SELECT v_id, p_tenant, d->>'kind', d->>'visibility', (d->>'history_open')::boolean, person_of(split_part(d->>'room', ':', 1)), split_part(d->>'room', ':', 2)::uuid,
               p_sealed, CASE WHEN p_sealed IS NOT NULL THEN p_key END, (d->>'name_version')::int, least(l, h), greatest(l, h), (d->>'flags')::int, (d->>'visible_most')::bigint, (d->>'created_at')::timestamptz
          FROM (SELECT person_of(d->>'low') AS l, person_of(d->>'high') AS h) q;
        IF d->>'visibility' = 'public' THEN
            PERFORM feed_lock(current_tenant());
            PERFORM feed_event(current_tenant(), 'room_listed', person_of(split_part(d->>'room', ':', 1)), v_id);
        END IF;
    WHEN 'file' THEN
        INSERT INTO file (tenant_id, room_id, owner_id, client_id, place, key_id, name, size, type, width, height, thumbnail, created_at, completed_at, seq)
        VALUES (p_tenant, p_room, person_of(split_part(d->>'file', ':', 1)), split_part(d->>'file', ':', 2)::uuid, p_place, p_key, p_sealed, (d->>'size')::bigint, d->>'type', (d->>'width')::int,
            (d->>'height')::int, (d->>'thumbnail')::bigint, (d->>'created_at')::timestamptz, (d->>'completed_at')::timestamptz, (d->>'seq')::bigint) ON CONFLICT DO NOTHING RETURNING owner_id INTO v_id;
        IF FOUND THEN
            PERFORM file_count(v_id, (d->>'size')::bigint);
            RETURN true;
        END IF;
        RETURN false;
    WHEN 'message' THEN
        PERFORM import_seq(p_room, (d->>'seq')::bigint, EXISTS (SELECT FROM event e WHERE e.feed_id = p_room AND e.seq = (d->>'seq')::bigint));
        INSERT INTO message (feed_id, seq, tenant_id, no, sender_id, sent_at, client_id, thread_seq, thread_no, flags, edited_at, version, key_id, body)
        VALUES (p_room, (d->>'seq')::bigint, p_tenant, (d->>'no')::bigint, person_of(d->>'sender'), (d->>'sent_at')::timestamptz, (d->>'client_id')::uuid, (d->>'thread')::bigint,
            (d->>'thread_no')::bigint, (d->>'flags')::smallint, (d->>'edited_at')::timestamptz, (d->>'version')::int, p_key, p_sealed) ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS v_n = ROW_COUNT;
        IF v_n = 0 AND NOT EXISTS (SELECT FROM message m WHERE m.feed_id = p_room AND m.seq = (d->>'seq')::bigint AND m.client_id = (d->>'client_id')::uuid) THEN
            PERFORM fail('CF409', 'Another message stands in its place: the room has gone on since it was imported.');
        ELSIF v_n > 0 AND p_sealed IS NOT NULL THEN
            PERFORM search_due(p_room, (d->>'seq')::bigint);
        END IF;
        RETURN v_n > 0;
    WHEN 'event' THEN
        PERFORM import_seq(p_room, (d->>'seq')::bigint, EXISTS (SELECT FROM message m WHERE m.feed_id = p_room AND m.seq = (d->>'seq')::bigint));
        INSERT INTO event (feed_id, seq, tenant_id, at, actor_id, kind, subject_id, target_seq, value, word)
        VALUES (p_room, (d->>'seq')::bigint, p_tenant, (d->>'at')::timestamptz, person_of(d->>'actor'), d->>'kind',
            CASE WHEN d->>'person' IS NOT NULL THEN person_of(d->>'person') WHEN d->>'kind' IN ('room_changed', 'room_deleted', 'class_changed') THEN p_room END,
            (d->>'target')::bigint, (d->>'value')::bigint, d->>'word') ON CONFLICT DO NOTHING;
        RETURN FOUND;
    ELSE
        RETURN import_mark(p_room, p_kind, d);
    END CASE;
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION import_mark(p_room bigint, p_kind text, d json) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_tenant bigint := current_tenant();
    v_seq    bigint := (d->>'seq')::bigint;
    v_who    bigint := person_of(d->>'person');
    v_at     timestamptz := (d->>'at')::timestamptz;
BEGIN
    CASE p_kind
    WHEN 'reaction' THEN
        INSERT INTO reaction (feed_id, seq, tenant_id, account_id, emoji, at) VALUES (p_room, v_seq, v_tenant, v_who, d->>'emoji', v_at) ON CONFLICT DO NOTHING;
    WHEN 'mention' THEN
        INSERT INTO mention (account_id, feed_id, seq, tenant_id, sender_id, thread_seq, at)
        VALUES (coalesce(v_who, 0), p_room, v_seq, v_tenant, person_of(d->>'sender'), (d->>'thread')::bigint, v_at) ON CONFLICT DO NOTHING;
    WHEN 'pin' THEN
        INSERT INTO pin (feed_id, seq, tenant_id, account_id, at) VALUES (p_room, v_seq, v_tenant, v_who, v_at) ON CONFLICT DO NOTHING;
    WHEN 'saved' THEN
        INSERT INTO saved (account_id, feed_id, seq, tenant_id, at) VALUES (v_who, p_room, v_seq, v_tenant, v_at) ON CONFLICT DO NOTHING;
    WHEN 'thread' THEN
        INSERT INTO thread (feed_id, root_seq, tenant_id, last_no, replies, last_seq, last_at, repliers)
        VALUES (p_room, v_seq, v_tenant, (d->>'last_no')::bigint, (d->>'replies')::bigint, (d->>'last_seq')::bigint, (d->>'last_at')::timestamptz, people_of(d->'people')) ON CONFLICT DO NOTHING;
    WHEN 'follower' THEN
        INSERT INTO follower (account_id, feed_id, root_seq, tenant_id, following, read_no)
        VALUES (v_who, p_room, v_seq, v_tenant, (d->>'following')::boolean, (d->>'read_no')::bigint) ON CONFLICT DO NOTHING;
    WHEN 'poll' THEN
        INSERT INTO poll (feed_id, seq, tenant_id, choices, anonymous, closed_at)
        VALUES (p_room, v_seq, v_tenant, (d->>'choices')::smallint, (d->>'anonymous')::boolean, (d->>'closed_at')::timestamptz) ON CONFLICT DO NOTHING;
    WHEN 'vote' THEN
        INSERT INTO vote (feed_id, seq, account_id, tenant_id, choice) VALUES (p_room, v_seq, v_who, v_tenant, (d->>'choice')::smallint) ON CONFLICT DO NOTHING;
    WHEN 'class' THEN
        INSERT INTO classroom (feed_id, tenant_id, locked, last_desk, check_no, check_at, check_open)
        VALUES (p_room, v_tenant, (d->>'locked')::boolean, (d->>'last_desk')::int, (d->>'check_no')::int, (d->>'check_at')::timestamptz, (d->>'check_open')::boolean) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
        INSERT INTO desk (feed_id, tenant_id, no, x, y, seats) SELECT p_room, v_tenant, (q->>0)::int, (q->>1)::real, (q->>2)::real, (q->>3)::smallint FROM json_array_elements(d->'desks') q;
        INSERT INTO seat (feed_id, tenant_id, desk, seat, account_id) SELECT p_room, v_tenant, (q->>0)::int, (q->>1)::smallint, person_of(q->>2) FROM json_array_elements(d->'seats') q;
        INSERT INTO hand (feed_id, tenant_id, account_id, seq, at, called) SELECT p_room, v_tenant, person_of(q->>0), (q->>1)::bigint, (q->>2)::timestamptz, (q->>3)::boolean FROM json_array_elements(d->'hands') q;
        INSERT INTO check_answer (feed_id, tenant_id, account_id, answer, at) SELECT p_room, v_tenant, person_of(q->>0), q->>1, (q->>2)::timestamptz FROM json_array_elements(d->'answers') q;
        RETURN true;
    WHEN 'member' THEN
        INSERT INTO member (account_id, room_id, tenant_id, role, joined_at, visible_from, read_seq, read_no, notify, muted_until, favourite)
        VALUES (v_who, p_room, v_tenant, (d->>'role')::smallint, (d->>'joined_at')::timestamptz, (d->>'visible_from')::bigint, (d->>'read_seq')::bigint, (d->>'read_no')::bigint,
            (d->>'notify')::smallint, (d->>'muted_until')::timestamptz, (d->>'favourite')::int) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
        UPDATE room SET members = members + 1 WHERE id = p_room;
        PERFORM feed_lock(v_who);
        PERFORM feed_event(v_who, 'room_added', v_who, p_room);
        RETURN true;
    END CASE;
    RETURN FOUND;
END $$;

-- What a name of the export stands for here: of a person, a room or a file; NULL if it is not here.
CREATE OR REPLACE FUNCTION import_find(p_tenant bigint, p_kind text, p_key text) RETURNS bigint LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    RETURN CASE p_kind WHEN 'person' THEN person_of(p_key) WHEN 'room' THEN room_of(p_key) ELSE file_of(p_key) END;
END $$;
CREATE OR REPLACE FUNCTION export_file_key(p_tenant bigint, p_file bigint) RETURNS text LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    RETURN (SELECT handle_of(f.owner_id) || ':' || f.client_id FROM file f WHERE f.id = p_file);
END $$;
