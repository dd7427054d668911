-- The classroom. Its people are the room's members: owner and moderators teach and assist, members are
-- students, guests observe. All that is durable is a row of the room's feed: a seat that is taken, a hand
-- that goes up, an answer. Who is where on the floor at this moment is presence, and not here.

-- My role in a classroom, behind its lock. Raises CF404, CF409 (another kind of room).
CREATE OR REPLACE FUNCTION class_enter(p_room bigint) RETURNS smallint LANGUAGE plpgsql AS $$
DECLARE v_role smallint;
BEGIN
    PERFORM feed_lock(p_room);
    PERFORM pace('change', 120, 60);
    v_role := room_role(p_room);
    IF NOT EXISTS (SELECT FROM classroom c WHERE c.feed_id = p_room) THEN
        PERFORM fail('CF409', 'This room is no classroom.');
    END IF;
    PERFORM room_open(p_room);
    RETURN v_role;
END $$;

CREATE OR REPLACE FUNCTION class_teach(p_room bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF class_enter(p_room) > 2 THEN
        PERFORM fail('CF403', 'Only teachers and assistants may do that.');
    END IF;
END $$;

-- Whom it concerns: myself (p_observer: also one who only looks on), or (moderators) somebody else in the room.
CREATE OR REPLACE FUNCTION class_whom(p_room bigint, p_person bigint, p_observer boolean DEFAULT false) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_role smallint := class_enter(p_room);
BEGIN
    IF p_person IS NULL OR p_person = me() THEN
        IF v_role > 3 AND NOT p_observer THEN
            PERFORM fail('CF403', 'Observers look on.');
        END IF;
        RETURN me();
    ELSIF v_role > 2 THEN
        PERFORM fail('CF403', 'Only teachers and assistants may do that for others.');
    ELSIF NOT EXISTS (SELECT FROM member m WHERE m.room_id = p_room AND m.account_id = p_person) THEN
        PERFORM fail('CF404', 'That person is not in the room.');
    END IF;
    RETURN p_person;
END $$;

-- Desks in rows, anew. Who sat stays seated as far as there are desks of the same number and seat.
CREATE OR REPLACE FUNCTION floor_set(p_room bigint, p_rows int, p_columns int, p_seats int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM class_teach(p_room);
    PERFORM floor_fill(p_room, p_rows, p_columns, p_seats);
    PERFORM feed_event(p_room, 'class_changed', me(), p_room, NULL, NULL, 'floor');
END $$;

CREATE OR REPLACE FUNCTION floor_fill(p_room bigint, p_rows int, p_columns int, p_seats int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO desk (feed_id, no, tenant_id, x, y, seats)
    SELECT p_room, (r - 1) * p_columns + c, current_tenant(), (c - 0.5) / p_columns, 0.1 + 0.74 * (r - 0.5) / p_rows, p_seats
      FROM generate_series(1, p_rows) r, generate_series(1, p_columns) c
    ON CONFLICT (feed_id, no) DO UPDATE SET x = excluded.x, y = excluded.y, seats = excluded.seats;
    DELETE FROM desk d WHERE d.feed_id = p_room AND d.no > p_rows * p_columns;
    DELETE FROM seat s WHERE s.feed_id = p_room AND s.seat > p_seats;
    UPDATE classroom SET last_desk = greatest(last_desk, p_rows * p_columns) WHERE feed_id = p_room;
END $$;

-- One desk: p_no NULL adds it, p_x NULL (with p_seats NULL) removes it, else it moves. Returns its number.
CREATE OR REPLACE FUNCTION desk_set(p_room bigint, p_no int, p_x real, p_y real, p_seats int, p_remove boolean) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_no int := p_no;
BEGIN
    PERFORM class_teach(p_room);
    IF p_no IS NULL THEN
        IF (SELECT count(*) FROM desk d WHERE d.feed_id = p_room) >= 200 THEN
            PERFORM fail('CF409', 'A classroom has at most 200 desks.');
        END IF;
        UPDATE classroom SET last_desk = last_desk + 1 WHERE feed_id = p_room RETURNING last_desk INTO v_no;
        INSERT INTO desk (feed_id, no, tenant_id, x, y, seats) VALUES (p_room, v_no, current_tenant(), p_x, p_y, p_seats);
    ELSIF p_remove THEN
        DELETE FROM desk d WHERE d.feed_id = p_room AND d.no = p_no;
    ELSE
        UPDATE desk SET x = coalesce(p_x, x), y = coalesce(p_y, y), seats = coalesce(p_seats, seats) WHERE feed_id = p_room AND no = p_no;
    END IF;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such desk.');
    END IF;
    DELETE FROM seat s USING desk d WHERE s.feed_id = p_room AND s.desk = p_no AND d.feed_id = p_room AND d.no = p_no AND s.seat > d.seats;
    PERFORM feed_event(p_room, 'class_changed', me(), p_room, NULL, NULL, 'floor');
    RETURN v_no;
END $$;

-- Sits somebody down; whoever sat elsewhere moves. Raises CF409 if somebody else has the seat.
CREATE OR REPLACE FUNCTION seat_take(p_room bigint, p_person bigint, p_desk int, p_seat int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_who bigint := class_whom(p_room, p_person);
    v_has bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM desk d WHERE d.feed_id = p_room AND d.no = p_desk AND p_seat BETWEEN 1 AND d.seats) THEN
        PERFORM fail('CF404', 'There is no such seat.');
    ELSIF room_role(p_room) > 2 AND EXISTS (SELECT FROM classroom c WHERE c.feed_id = p_room AND c.locked) THEN
        PERFORM fail('CF403', 'The seats are locked: ask the teacher.');
    END IF;
    SELECT s.account_id INTO v_has FROM seat s WHERE s.feed_id = p_room AND s.desk = p_desk AND s.seat = p_seat;
    IF v_has = v_who THEN
        RETURN;
    ELSIF v_has IS NOT NULL THEN
        PERFORM fail('CF409', 'Somebody sits there already.');
    END IF;
    DELETE FROM seat s WHERE s.feed_id = p_room AND s.account_id = v_who;
    INSERT INTO seat (feed_id, desk, seat, tenant_id, account_id) VALUES (p_room, p_desk, p_seat, current_tenant(), v_who);
    PERFORM feed_event(p_room, 'seat_taken', me(), v_who, p_desk, p_seat);
END $$;

CREATE OR REPLACE FUNCTION seat_leave(p_room bigint, p_person bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_who bigint := class_whom(p_room, p_person, true);
BEGIN
    DELETE FROM seat s WHERE s.feed_id = p_room AND s.account_id = v_who;
    IF FOUND THEN
        PERFORM feed_event(p_room, 'seat_left', me(), v_who);
    END IF;
END $$;

-- Seats all students (who sit, and p_all: also who stand) at random. One row tells it.
CREATE OR REPLACE FUNCTION seats_shuffle(p_room bigint, p_all boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_who bigint[];
BEGIN
    PERFORM class_teach(p_room);
    v_who := ARRAY(SELECT m.account_id FROM member m WHERE m.room_id = p_room AND m.role = 3
        AND (p_all OR EXISTS (SELECT FROM seat s WHERE s.feed_id = p_room AND s.account_id = m.account_id)) ORDER BY random());
    DELETE FROM seat s WHERE s.feed_id = p_room AND s.account_id = ANY (v_who);
    INSERT INTO seat (feed_id, desk, seat, tenant_id, account_id)
    SELECT p_room, f.no, f.seat, current_tenant(), w.who
      FROM unnest(v_who) WITH ORDINALITY AS w(who, n)
      JOIN (SELECT d.no, g AS seat, row_number() OVER (ORDER BY random()) AS n FROM desk d, generate_series(1, d.seats) g
             WHERE d.feed_id = p_room AND NOT EXISTS (SELECT FROM seat s WHERE s.feed_id = p_room AND s.desk = d.no AND s.seat = g)) f ON f.n = w.n;
    PERFORM feed_event(p_room, 'class_changed', me(), p_room, NULL, NULL, 'seats');
END $$;

CREATE OR REPLACE FUNCTION class_lock(p_room bigint, p_locked boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM class_teach(p_room);
    UPDATE classroom SET locked = p_locked WHERE feed_id = p_room AND locked <> p_locked;
    IF FOUND THEN
        PERFORM feed_event(p_room, 'class_changed', me(), p_room, NULL, NULL, CASE WHEN p_locked THEN 'locked' ELSE 'unlocked' END);
    END IF;
END $$;

-- Raises my hand: at the end of the queue, once.
CREATE OR REPLACE FUNCTION hand_raise(p_room bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_who bigint := class_whom(p_room, NULL);
BEGIN
    IF NOT EXISTS (SELECT FROM hand h WHERE h.feed_id = p_room AND h.account_id = v_who) THEN
        INSERT INTO hand (feed_id, account_id, tenant_id, seq)
        VALUES (p_room, v_who, current_tenant(), feed_event(p_room, 'hand_raised', v_who, v_who));
    END IF;
END $$;

CREATE OR REPLACE FUNCTION hand_lower(p_room bigint, p_person bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_who bigint := class_whom(p_room, p_person, true);
BEGIN
    DELETE FROM hand h WHERE h.feed_id = p_room AND h.account_id = v_who;
    IF FOUND THEN
        PERFORM feed_event(p_room, 'hand_lowered', me(), v_who);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION hand_call(p_room bigint, p_person bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM class_teach(p_room);
    UPDATE hand SET called = true WHERE feed_id = p_room AND account_id = p_person AND NOT called;
    IF FOUND THEN
        PERFORM feed_event(p_room, 'hand_called', me(), p_person);
    ELSIF NOT EXISTS (SELECT FROM hand h WHERE h.feed_id = p_room AND h.account_id = p_person) THEN
        PERFORM fail('CF409', 'That hand is not raised any more.');
    END IF;
END $$;

-- All hands go down, and the check and its answers with them: a fresh start.
CREATE OR REPLACE FUNCTION hands_lower(p_room bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM class_teach(p_room);
    DELETE FROM hand h WHERE h.feed_id = p_room;
    DELETE FROM check_answer a WHERE a.feed_id = p_room;
    UPDATE classroom SET check_open = false WHERE feed_id = p_room;
    PERFORM feed_event(p_room, 'hands_lowered', me());
END $$;

-- A quick check: done, more time, a question? Starting one anew forgets the answers to the last.
CREATE OR REPLACE FUNCTION check_set(p_room bigint, p_open boolean) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_no int;
BEGIN
    PERFORM class_teach(p_room);
    IF p_open THEN
        DELETE FROM check_answer a WHERE a.feed_id = p_room;
        UPDATE classroom SET check_no = check_no + 1, check_at = clock_timestamp(), check_open = true WHERE feed_id = p_room RETURNING check_no INTO v_no;
        PERFORM feed_event(p_room, 'check_started', me(), NULL, NULL, v_no);
    ELSE
        UPDATE classroom SET check_open = false WHERE feed_id = p_room AND check_open RETURNING check_no INTO v_no;
        IF FOUND THEN
            PERFORM feed_event(p_room, 'check_ended', me(), NULL, NULL, v_no);
        END IF;
    END IF;
    RETURN v_no;
END $$;

CREATE OR REPLACE FUNCTION check_reply(p_room bigint, p_answer text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_who bigint := class_whom(p_room, NULL);
    v_no  int;
BEGIN
    SELECT c.check_no INTO v_no FROM classroom c WHERE c.feed_id = p_room AND c.check_open;
    IF NOT FOUND THEN
        PERFORM fail('CF409', 'Nothing is asked at this moment.');
    END IF;
    INSERT INTO check_answer AS a (feed_id, account_id, tenant_id, answer) VALUES (p_room, v_who, current_tenant(), p_answer)
    ON CONFLICT (feed_id, account_id) DO UPDATE SET answer = p_answer, at = clock_timestamp() WHERE a.answer <> p_answer;
    IF FOUND THEN
        PERFORM feed_event(p_room, 'check_answered', v_who, v_who, NULL, v_no, p_answer);
    END IF;
END $$;

-- All of a classroom, row by row: c the state (flag: locked; no: the check; other: is it open; person: the head of
-- the feed that it knows), d a desk,
-- s a seat, h a hand in the order of the queue, a an answer, w a student who has not answered.
CREATE OR REPLACE FUNCTION class_state(p_room bigint)
RETURNS TABLE (k "char", no int, seat smallint, x real, y real, person bigint, at timestamptz, flag boolean, other boolean, word text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM room_role(p_room);
    RETURN QUERY SELECT 'c'::"char", c.check_no, NULL::smallint, NULL::real, NULL::real, f.last_seq, c.check_at, c.locked, c.check_open, NULL::text
      FROM classroom c JOIN feed f ON f.id = c.feed_id WHERE c.feed_id = p_room;
    IF NOT FOUND THEN
        PERFORM fail('CF409', 'This room is no classroom.');
    END IF;
    RETURN QUERY SELECT 'd'::"char", d.no, d.seats, d.x, d.y, NULL::bigint, NULL::timestamptz, false, false, NULL::text FROM desk d WHERE d.feed_id = p_room ORDER BY d.no;
    RETURN QUERY SELECT 's'::"char", s.desk, s.seat, NULL::real, NULL::real, s.account_id, NULL::timestamptz, false, false, NULL::text
      FROM seat s WHERE s.feed_id = p_room ORDER BY s.desk, s.seat;
    RETURN QUERY SELECT 'h'::"char", NULL::int, NULL::smallint, NULL::real, NULL::real, h.account_id, h.at, h.called, false, NULL::text
      FROM hand h WHERE h.feed_id = p_room ORDER BY h.seq;
    RETURN QUERY SELECT 'a'::"char", NULL::int, NULL::smallint, NULL::real, NULL::real, a.account_id, a.at, false, false, a.answer
      FROM check_answer a WHERE a.feed_id = p_room ORDER BY a.at;
    RETURN QUERY SELECT 'w'::"char", NULL::int, NULL::smallint, NULL::real, NULL::real, m.account_id, NULL::timestamptz, false, false, NULL::text
      FROM member m JOIN classroom c ON c.feed_id = p_room AND c.check_open
     WHERE m.room_id = p_room AND m.role = 3 AND NOT EXISTS (SELECT FROM check_answer a WHERE a.feed_id = p_room AND a.account_id = m.account_id)
     ORDER BY m.account_id LIMIT 1000;
END $$;

-- Who leaves the room leaves the class.
CREATE OR REPLACE FUNCTION class_forget(p_room bigint, p_person bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM seat WHERE feed_id = p_room AND account_id = p_person;
    DELETE FROM hand WHERE feed_id = p_room AND account_id = p_person;
    DELETE FROM check_answer WHERE feed_id = p_room AND account_id = p_person $$;

-- Polls. Sending one is sending a message that has choices: send_message calls this.
CREATE OR REPLACE FUNCTION poll_begin(p_room bigint, p_seq bigint, p_choices int, p_anonymous boolean) RETURNS void LANGUAGE sql AS $$
    INSERT INTO poll (feed_id, seq, tenant_id, choices, anonymous) VALUES (p_room, p_seq, current_tenant(), p_choices, p_anonymous) $$;

-- My one vote; p_choice from 1, NULL takes it back. The event does not say whose it was.
CREATE OR REPLACE FUNCTION vote_set(p_room bigint, p_seq bigint, p_choice int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v poll%ROWTYPE;
BEGIN
    PERFORM feed_lock(p_room);
    PERFORM pace('change', 120, 60);
    PERFORM message_find(p_room, p_seq);
    PERFORM room_open(p_room);
    SELECT * INTO v FROM poll p WHERE p.feed_id = p_room AND p.seq = p_seq;
    IF NOT FOUND OR p_choice NOT BETWEEN 1 AND v.choices THEN
        PERFORM fail('CF404', 'There is no such choice.');
    ELSIF v.closed_at IS NOT NULL THEN
        PERFORM fail('CF409', 'The poll is closed.');
    END IF;
    IF p_choice IS NULL THEN
        DELETE FROM vote o WHERE o.feed_id = p_room AND o.seq = p_seq AND o.account_id = me();
    ELSE
        INSERT INTO vote AS o (feed_id, seq, account_id, tenant_id, choice) VALUES (p_room, p_seq, me(), current_tenant(), p_choice)
        ON CONFLICT (feed_id, seq, account_id) DO UPDATE SET choice = p_choice WHERE o.choice <> p_choice;
    END IF;
    IF FOUND THEN
        PERFORM feed_event(p_room, 'poll_voted', (SELECT m.sender_id FROM message m WHERE m.feed_id = p_room AND m.seq = p_seq), NULL, p_seq);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION poll_close(p_room bigint, p_seq bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE v_sender bigint;
BEGIN
    PERFORM feed_lock(p_room);
    PERFORM pace('change', 120, 60);
    PERFORM message_find(p_room, p_seq);
    SELECT m.sender_id INTO v_sender FROM message m WHERE m.feed_id = p_room AND m.seq = p_seq;
    IF v_sender <> me() AND room_role(p_room) > 2 THEN
        PERFORM fail('CF403', 'Only its author or a moderator may close a poll.');
    END IF;
    UPDATE poll SET closed_at = clock_timestamp() WHERE feed_id = p_room AND seq = p_seq AND closed_at IS NULL;
    IF FOUND THEN
        PERFORM feed_event(p_room, 'poll_closed', me(), NULL, p_seq);
    END IF;
END $$;

-- How a poll stands: a row a choice, of a named poll with up to 200 people each.
CREATE OR REPLACE FUNCTION poll_state(p_room bigint, p_seq bigint)
RETURNS TABLE (choice int, n bigint, people bigint[], mine boolean, anonymous boolean, closed_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM message_find(p_room, p_seq);
    RETURN QUERY SELECT g, count(o.account_id), CASE WHEN p.anonymous THEN NULL ELSE (array_agg(o.account_id ORDER BY o.account_id) FILTER (WHERE o.account_id IS NOT NULL))[1:200] END,
           coalesce(bool_or(o.account_id = me()), false), p.anonymous, p.closed_at
      FROM poll p CROSS JOIN generate_series(1, p.choices) g LEFT JOIN vote o ON o.feed_id = p.feed_id AND o.seq = p.seq AND o.choice = g
     WHERE p.feed_id = p_room AND p.seq = p_seq GROUP BY g, p.anonymous, p.closed_at ORDER BY g;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'That message is no poll.');
    END IF;
END $$;

GRANT EXECUTE ON FUNCTION floor_set(bigint, int, int, int), desk_set(bigint, int, real, real, int, boolean), seat_take(bigint, bigint, int, int),
    seat_leave(bigint, bigint), seats_shuffle(bigint, boolean), class_lock(bigint, boolean), hand_raise(bigint), hand_lower(bigint, bigint),
    hand_call(bigint, bigint), hands_lower(bigint), check_set(bigint, boolean), check_reply(bigint, text), class_state(bigint),
    vote_set(bigint, bigint, int), poll_close(bigint, bigint), poll_state(bigint, bigint) TO confab_api;
