-- Rooms and their members. Every change of membership writes two rows: one in the room's feed (the
-- others see it) and one in the person's own (their devices see it).

-- A new feed of that kind.
CREATE OR REPLACE FUNCTION feed_new(p_kind smallint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_id bigint := nextval('feed_id_seq');
BEGIN
    INSERT INTO feed (id, tenant_id, kind) VALUES (v_id, current_tenant(), p_kind);
    RETURN v_id;
END $$;

-- Puts a person into a room. The caller holds both feeds' locks and has decided that it may be.
CREATE OR REPLACE FUNCTION member_put(p_room bigint, p_account bigint, p_role smallint, p_actor bigint, p_open boolean) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE v_seq bigint;
BEGIN
    PERFORM FROM account a WHERE a.id = p_account AND a.active;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such person.');
    END IF;
    PERFORM FROM member m WHERE m.account_id = p_account AND m.room_id = p_room;
    IF FOUND THEN
        RETURN false;
    END IF;
    v_seq := feed_event(p_room, 'member_joined', p_actor, p_account, NULL, p_role);
    INSERT INTO member (account_id, room_id, tenant_id, role, visible_from, read_seq, read_no)
    SELECT p_account, p_room, current_tenant(), p_role, CASE WHEN p_open THEN 0 ELSE v_seq END, f.last_seq, f.last_no
      FROM feed f WHERE f.id = p_room;
    UPDATE room SET members = members + 1, visible_most = CASE WHEN p_open THEN visible_most ELSE v_seq END WHERE id = p_room;
    PERFORM feed_event(p_account, 'room_added', p_actor, p_room);
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION member_take(p_room bigint, p_account bigint, p_actor bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM member m WHERE m.account_id = p_account AND m.room_id = p_room;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'That person is not in the room.');
    END IF;
    -- What is only between the person and the room goes too: who comes back begins anew.
    DELETE FROM follower f WHERE f.account_id = p_account AND f.feed_id = p_room;
    PERFORM class_forget(p_room, p_account);
    UPDATE room SET members = members - 1 WHERE id = p_room;
    PERFORM feed_event(p_room, 'member_left', p_actor, p_account);
    PERFORM feed_event(p_account, 'room_removed', p_actor, p_room);
END $$;

-- My role in a room that exists, for update under its lock; raises CF404 otherwise.
CREATE OR REPLACE FUNCTION room_role(p_room bigint) RETURNS smallint LANGUAGE plpgsql STABLE AS $$
DECLARE v_role smallint;
BEGIN
    SELECT m.role INTO v_role FROM member m JOIN room r ON r.id = m.room_id
     WHERE m.account_id = me() AND m.room_id = p_room AND r.deleted_at IS NULL;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such room, or you are not in it.');
    END IF;
    RETURN v_role;
END $$;

-- Creates a group or channel with its participants in one step. A retry returns the room that stands.
CREATE OR REPLACE FUNCTION room_create(p_client uuid, p_kind text, p_visibility text, p_history_open boolean,
    p_key int, p_name bytea, p_people bigint[], OUT o_room bigint, OUT fresh boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_me     bigint := me();
    v_person bigint;
    v_kind   text;
BEGIN
    PERFORM feed_lock(p_people || v_me || CASE WHEN p_visibility = 'public' THEN current_tenant() END);
    -- Behind my own lock: a retry that comes at the same time finds the room that the first one made.
    SELECT r.id, r.kind INTO o_room, v_kind FROM room r
     WHERE r.tenant_id = current_tenant() AND r.created_by = v_me AND r.client_id = p_client;
    fresh := NOT FOUND;
    IF v_kind = 'direct' THEN
        PERFORM fail('CF409', 'That client_id was used for another room.');
    ELSIF NOT fresh THEN
        RETURN;
    END IF;
    PERFORM pace('rooms', 300, 3600);
    o_room := feed_new(3::smallint);
    -- The tenant's and the people's ids are lower than the new room's: ascending holds.
    PERFORM feed_lock(o_room);
    INSERT INTO room (id, tenant_id, kind, visibility, history_open, created_by, client_id, name, name_key)
    VALUES (o_room, current_tenant(), p_kind, p_visibility, p_history_open, v_me, p_client, p_name, p_key);
    IF p_kind = 'classroom' THEN
        INSERT INTO classroom (feed_id, tenant_id) VALUES (o_room, current_tenant());
        PERFORM floor_fill(o_room, 4, 4, 2);
    END IF;
    PERFORM member_put(o_room, v_me, 1::smallint, v_me, true);
    FOR v_person IN SELECT DISTINCT x FROM unnest(p_people) x WHERE x <> v_me ORDER BY x LOOP
        PERFORM member_put(o_room, v_person, 3::smallint, v_me, true);
    END LOOP;
    IF p_visibility = 'public' THEN
        PERFORM feed_event(current_tenant(), 'room_listed', v_me, o_room);
    END IF;
END $$;

-- The direct room of me and another (or myself: notes); the same one whoever starts.
CREATE OR REPLACE FUNCTION room_direct(p_other bigint, p_client uuid, OUT o_room bigint, OUT fresh boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_me bigint := me();
BEGIN
    PERFORM feed_lock(ARRAY[v_me, p_other]);
    SELECT r.id INTO o_room FROM room r WHERE r.tenant_id = current_tenant()
       AND r.direct_low = least(v_me, p_other) AND r.direct_high = greatest(v_me, p_other);
    fresh := NOT FOUND;
    IF NOT fresh THEN
        -- Nobody leaves it, and it stays readable when the other's account is closed.
        RETURN;
    ELSIF EXISTS (SELECT FROM room r WHERE r.tenant_id = current_tenant() AND r.created_by = v_me AND r.client_id = p_client) THEN
        PERFORM fail('CF409', 'That client_id was used for another room.');
    END IF;
    PERFORM pace('rooms', 300, 3600);
    o_room := feed_new(3::smallint);
    PERFORM feed_lock(o_room);
    INSERT INTO room (id, tenant_id, kind, visibility, created_by, client_id, direct_low, direct_high)
    VALUES (o_room, current_tenant(), 'direct', 'private', v_me, p_client, least(v_me, p_other), greatest(v_me, p_other));
    PERFORM member_put(o_room, v_me, 3::smallint, v_me, true);
    IF p_other <> v_me THEN
        PERFORM member_put(o_room, p_other, 3::smallint, v_me, true);
    END IF;
END $$;

-- (In plpgsql, like all that is called often: a function in SQL is planned anew at every call.)
-- What a client needs to list a room. With p_room, one of them. people: of a group without a name, up to
-- six others, after whom it is called. mentions: unread ones, counted up to 100. threads: unread replies in
-- threads that I follow.
CREATE OR REPLACE FUNCTION my_rooms(p_room bigint DEFAULT NULL)
RETURNS TABLE (id bigint, kind text, visibility text, history_open boolean, created_by bigint, client_id uuid,
    name bytea, name_key int, name_version int, members int, created_at timestamptz, flags int,
    other bigint, people bigint[],
    role smallint, visible_from bigint, read_seq bigint, read_no bigint, last_seq bigint, last_no bigint, min_seq bigint, active_at timestamptz,
    notify smallint, muted_until timestamptz, favourite int, mentions bigint, threads bigint, m message_row)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
DECLARE v_me bigint := me();
BEGIN
    -- MATERIALIZED: once, not once for each room, as the planner likes it that expects a single one.
    RETURN QUERY WITH unread_threads AS MATERIALIZED (
        SELECT f.feed_id, sum(t.last_no - f.read_no)::bigint AS n FROM follower f JOIN thread t ON t.feed_id = f.feed_id AND t.root_seq = f.root_seq
          JOIN member b ON b.account_id = v_me AND b.room_id = f.feed_id AND f.root_seq >= b.visible_from
         WHERE f.account_id = v_me AND f.unread AND f.following AND t.last_no > f.read_no AND (p_room IS NULL OR f.feed_id = p_room) GROUP BY f.feed_id)
    SELECT r.id, r.kind, r.visibility, r.history_open, r.created_by, r.client_id, r.name, r.name_key, r.name_version,
           r.members, r.created_at, r.flags,
           CASE WHEN r.direct_low = v_me THEN r.direct_high ELSE r.direct_low END,
           CASE WHEN r.name IS NULL AND r.kind = 'group' THEN ARRAY(SELECT o.account_id FROM member o WHERE o.room_id = r.id AND o.account_id <> v_me
                                                                      ORDER BY o.account_id LIMIT 6) END,
           b.role, b.visible_from, b.read_seq, b.read_no, f.last_seq, f.last_no, f.min_seq, coalesce(f.last_message_at, r.created_at),
           b.notify, CASE WHEN b.muted_until > now() THEN b.muted_until END, b.favourite,
           CASE WHEN f.last_seq > b.read_seq THEN (SELECT count(*) FROM (
               (SELECT n.seq FROM mention n WHERE n.account_id = v_me AND n.feed_id = r.id AND n.seq > b.read_seq AND n.sender_id <> v_me LIMIT 100)
               UNION
               (SELECT n.seq FROM mention n WHERE n.account_id = 0 AND n.feed_id = r.id AND n.seq > greatest(b.read_seq, b.visible_from) AND n.sender_id <> v_me LIMIT 100)) u)
           ELSE 0 END,
           coalesce(ut.n, 0),
           CASE WHEN x.seq IS NOT NULL THEN (x.feed_id, x.seq, x.no, x.sender_id, x.sent_at, x.client_id, x.thread_seq, x.thread_no, x.flags, x.edited_at,
                                             x.key_id, x.version, x.body)::message_row END
      FROM member b
      JOIN room r ON r.id = b.room_id AND r.deleted_at IS NULL
      JOIN feed f ON f.id = r.id
      LEFT JOIN message x ON x.feed_id = r.id AND x.seq = f.last_message_seq AND x.seq >= b.visible_from
      LEFT JOIN unread_threads ut ON ut.feed_id = r.id
     WHERE b.account_id = v_me AND (p_room IS NULL OR b.room_id = p_room)
     ORDER BY coalesce(f.last_message_at, r.created_at) DESC, r.id DESC;
END $$;

-- A room for somebody who is not in it: public ones only.
CREATE OR REPLACE FUNCTION public_room(p_room bigint)
RETURNS TABLE (id bigint, kind text, visibility text, history_open boolean, created_by bigint, client_id uuid,
    name bytea, name_key int, name_version int, members int, created_at timestamptz, flags int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
    SELECT r.id, r.kind, r.visibility, r.history_open, r.created_by, r.client_id, r.name, r.name_key, r.name_version, r.members, r.created_at, r.flags
      FROM room r WHERE r.id = p_room AND r.visibility = 'public' AND r.deleted_at IS NULL
       AND me() IS NOT NULL $$;

-- Public rooms in order of id, after a given one. Names are sealed, so the handler filters by name.
CREATE OR REPLACE FUNCTION public_rooms(p_after bigint, p_limit int)
RETURNS TABLE (id bigint, kind text, visibility text, history_open boolean, created_by bigint, client_id uuid,
    name bytea, name_key int, name_version int, members int, created_at timestamptz, flags int, joined boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
    SELECT r.id, r.kind, r.visibility, r.history_open, r.created_by, r.client_id, r.name, r.name_key, r.name_version, r.members, r.created_at, r.flags,
           EXISTS (SELECT FROM member m WHERE m.room_id = r.id AND m.account_id = me())
      FROM room r WHERE r.tenant_id = current_tenant() AND r.visibility = 'public' AND r.deleted_at IS NULL AND r.id > p_after
     ORDER BY r.id LIMIT p_limit $$;

CREATE OR REPLACE FUNCTION room_members(p_room bigint, p_after bigint, p_limit int)
RETURNS TABLE (account bigint, role smallint, joined_at timestamptz, handle text, name text, avatar text, active boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM room_role(p_room);
    RETURN QUERY SELECT m.account_id, m.role, m.joined_at, a.handle, a.name, a.avatar, a.active
      FROM member m JOIN account a ON a.id = m.account_id
     WHERE m.room_id = p_room AND m.account_id > p_after ORDER BY m.account_id LIMIT p_limit;
END $$;

CREATE OR REPLACE FUNCTION room_join(p_room bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v room%ROWTYPE;
BEGIN
    PERFORM feed_lock(ARRAY[p_room, me()]);
    SELECT * INTO v FROM room r WHERE r.id = p_room AND r.deleted_at IS NULL
       AND (r.visibility = 'public' OR EXISTS (SELECT FROM member m WHERE m.room_id = p_room AND m.account_id = me()));
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such room.');
    END IF;
    -- Everybody had left: a room never stands without an owner.
    RETURN member_put(p_room, me(), CASE WHEN v.members = 0 THEN 1 ELSE 3 END::smallint, me(), v.history_open);
END $$;

-- Leaving: the last owner hands over to the longest-serving of the highest role left (of those whose
-- account is open, if there is one), so that a room never stands without one.
CREATE OR REPLACE FUNCTION room_leave(p_room bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_role smallint;
    v_heir bigint;
BEGIN
    PERFORM feed_lock(ARRAY[p_room, me()]);
    v_role := room_role(p_room);
    IF EXISTS (SELECT FROM room r WHERE r.id = p_room AND r.kind = 'direct') THEN
        PERFORM fail('CF403', 'A direct conversation cannot be left.');
    END IF;
    PERFORM member_take(p_room, me(), me());
    IF v_role = 1 AND NOT EXISTS (SELECT FROM member m WHERE m.room_id = p_room AND m.role = 1) THEN
        SELECT m.account_id INTO v_heir FROM member m JOIN account a ON a.id = m.account_id
         WHERE m.room_id = p_room ORDER BY a.active DESC, m.role, m.joined_at, m.account_id LIMIT 1;
        IF FOUND THEN
            UPDATE member SET role = 1 WHERE room_id = p_room AND account_id = v_heir;
            PERFORM feed_event(p_room, 'member_role', me(), v_heir, NULL, 1);
        END IF;
    END IF;
END $$;

-- Adding people: any member of a group, moderators of a channel or classroom.
CREATE OR REPLACE FUNCTION member_add(p_room bigint, p_people bigint[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v        room%ROWTYPE;
    v_role   smallint;
    v_person bigint;
    v_n      int := 0;
BEGIN
    PERFORM feed_lock(p_people || p_room);
    v_role := room_role(p_room);
    SELECT * INTO v FROM room r WHERE r.id = p_room;
    IF v.kind = 'direct' THEN
        PERFORM fail('CF403', 'A direct conversation has two people. Make a group instead.');
    ELSIF v_role > 3 OR (v.kind <> 'group' AND v_role > 2) THEN
        PERFORM fail('CF403', 'Only moderators may add people here.');
    END IF;
    FOR v_person IN SELECT DISTINCT x FROM unnest(p_people) x ORDER BY x LOOP
        v_n := v_n + member_put(p_room, v_person, 3::smallint, me(), v.history_open)::int;
    END LOOP;
    RETURN v_n;
END $$;

CREATE OR REPLACE FUNCTION member_remove(p_room bigint, p_account bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_role  smallint;
    v_their smallint;
BEGIN
    PERFORM feed_lock(ARRAY[p_room, p_account]);
    v_role := room_role(p_room);
    SELECT m.role INTO v_their FROM member m WHERE m.room_id = p_room AND m.account_id = p_account;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'That person is not in the room.');
    END IF;
    IF v_role > 2 OR v_their <= v_role OR EXISTS (SELECT FROM room r WHERE r.id = p_room AND r.kind = 'direct') THEN
        PERFORM fail('CF403', 'Only moderators may remove people, and nobody of their own rank.');
    END IF;
    PERFORM member_take(p_room, p_account, me());
END $$;

CREATE OR REPLACE FUNCTION member_role_set(p_room bigint, p_account bigint, p_role smallint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_old smallint;
BEGIN
    PERFORM feed_lock(p_room);
    IF room_role(p_room) <> 1 OR EXISTS (SELECT FROM room r WHERE r.id = p_room AND r.kind = 'direct') THEN
        PERFORM fail('CF403', 'Only an owner may change roles.');
    END IF;
    SELECT m.role INTO v_old FROM member m WHERE m.room_id = p_room AND m.account_id = p_account;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'That person is not in the room.');
    END IF;
    IF v_old = 1 AND p_role > 1 AND NOT EXISTS (SELECT FROM member m WHERE m.room_id = p_room AND m.role = 1 AND m.account_id <> p_account) THEN
        PERFORM fail('CF409', 'The room needs an owner: name another one first.');
    END IF;
    IF v_old <> p_role THEN
        UPDATE member SET role = p_role WHERE room_id = p_room AND account_id = p_account;
        PERFORM feed_event(p_room, 'member_role', me(), p_account, NULL, p_role);
    END IF;
END $$;

-- Name (with topic and description, sealed as one) and settings. The new name was sealed for p_version:
-- another writer in between means CF409, and the handler reads and seals again. NULL leaves a value as it
-- is; p_what names what is changed, for the log; p_mask: which flags p_flags sets.
CREATE OR REPLACE FUNCTION room_change(p_room bigint, p_version int, p_key int, p_name bytea, p_visibility text, p_history_open boolean,
    p_mask int, p_flags int, p_what text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v room%ROWTYPE;
BEGIN
    PERFORM feed_lock(ARRAY[p_room, current_tenant()]);
    PERFORM pace('change', 120, 60);
    IF room_role(p_room) > 2 THEN
        PERFORM fail('CF403', 'Only moderators may change the room.');
    END IF;
    SELECT * INTO v FROM room r WHERE r.id = p_room;
    IF v.kind = 'direct' THEN
        PERFORM fail('CF403', 'A direct conversation has no settings of its own.');
    END IF;
    IF p_name IS NOT NULL AND v.name_version + 1 <> p_version THEN
        PERFORM fail('CF409', 'The room was changed by somebody else at the same time.');
    END IF;
    UPDATE room SET name = coalesce(p_name, name), name_key = coalesce(p_key, name_key),
           name_version = CASE WHEN p_name IS NULL THEN name_version ELSE p_version END,
           visibility = coalesce(p_visibility, visibility), history_open = coalesce(p_history_open, history_open),
           flags = (flags & ~p_mask) | (p_flags & p_mask)
     WHERE id = p_room;
    PERFORM feed_event(p_room, 'room_changed', me(), p_room, NULL, NULL, p_what);
    IF coalesce(p_visibility, v.visibility) = 'public' THEN
        PERFORM feed_event(current_tenant(), 'room_listed', me(), p_room);
    ELSIF v.visibility = 'public' THEN
        PERFORM feed_event(current_tenant(), 'room_unlisted', me(), p_room);
    END IF;
END $$;

-- The room and its content are gone for everybody at once; `confabctl work` removes the rows. The
-- members stay listed until then, so that those who are away learn of it from the room's feed.
CREATE OR REPLACE FUNCTION room_delete(p_room bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_was text;
BEGIN
    PERFORM feed_lock(ARRAY[p_room, current_tenant()]);
    IF room_role(p_room) <> 1 THEN
        PERFORM fail('CF403', 'Only an owner may delete the room.');
    END IF;
    UPDATE room r SET deleted_at = now() WHERE r.id = p_room RETURNING r.visibility INTO v_was;
    PERFORM feed_event(p_room, 'room_deleted', me(), p_room);
    IF v_was = 'public' THEN
        PERFORM feed_event(current_tenant(), 'room_unlisted', me(), p_room);
    END IF;
    INSERT INTO job (tenant_id, kind, subject_id) VALUES (current_tenant(), 'purge_room', p_room);
END $$;

GRANT EXECUTE ON FUNCTION room_create(uuid, text, text, boolean, int, bytea, bigint[]), room_direct(bigint, uuid), my_rooms(bigint),
    public_room(bigint), public_rooms(bigint, int), room_members(bigint, bigint, int), room_join(bigint), room_leave(bigint),
    member_add(bigint, bigint[]), member_remove(bigint, bigint), member_role_set(bigint, bigint, smallint),
    room_change(bigint, int, int, bytea, text, boolean, int, int, text), room_delete(bigint) TO confab_api;
