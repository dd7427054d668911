-- 0103: the classroom: desks, seats, hands, checks; and polls, which any room has.
--
-- Run by `confabctl migrate` as confab_owner, in one transaction. Never edited after landing.

ALTER TABLE room DROP CONSTRAINT room_kind_check,
    ADD CONSTRAINT room_kind_check CHECK (kind IN ('direct', 'group', 'channel', 'classroom'));

-- One row for each room of that kind.
CREATE TABLE classroom (
    feed_id    bigint PRIMARY KEY REFERENCES room ON DELETE CASCADE,
    tenant_id  bigint NOT NULL,
    locked     boolean NOT NULL DEFAULT false,   -- only moderators seat people
    last_desk  int NOT NULL DEFAULT 0,           -- desks' numbers are not used again
    check_no   int NOT NULL DEFAULT 0,           -- of the latest quick check
    check_at   timestamptz,
    check_open boolean NOT NULL DEFAULT false
);

-- A desk stands at a place of the floor, 0 to 1 from left and top, and has some seats.
CREATE TABLE desk (
    feed_id   bigint NOT NULL REFERENCES classroom ON DELETE CASCADE,
    no        int NOT NULL,
    tenant_id bigint NOT NULL,
    x         real NOT NULL CHECK (x BETWEEN 0 AND 1),
    y         real NOT NULL CHECK (y BETWEEN 0 AND 1),
    seats     smallint NOT NULL CHECK (seats BETWEEN 1 AND 8),
    PRIMARY KEY (feed_id, no)
);

-- Who sits where: one person a seat, one seat a person.
CREATE TABLE seat (
    feed_id    bigint NOT NULL,
    desk       int NOT NULL,
    seat       smallint NOT NULL,
    tenant_id  bigint NOT NULL,
    account_id bigint NOT NULL,
    PRIMARY KEY (feed_id, desk, seat),
    UNIQUE (feed_id, account_id),
    FOREIGN KEY (feed_id, desk) REFERENCES desk (feed_id, no) ON DELETE CASCADE
);

-- The queue of raised hands. `seq` of the event is its order.
CREATE TABLE hand (
    feed_id    bigint NOT NULL REFERENCES classroom ON DELETE CASCADE,
    account_id bigint NOT NULL,
    tenant_id  bigint NOT NULL,
    seq        bigint NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    called     boolean NOT NULL DEFAULT false,
    PRIMARY KEY (feed_id, account_id)
);

-- Answers to the latest check: done, time, question.
CREATE TABLE check_answer (
    feed_id    bigint NOT NULL REFERENCES classroom ON DELETE CASCADE,
    account_id bigint NOT NULL,
    tenant_id  bigint NOT NULL,
    answer     text COLLATE "C" NOT NULL CHECK (answer IN ('done', 'time', 'question')),
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (feed_id, account_id)
);

-- A poll is a message; its question and choices stand sealed in the body, and here what is counted.
CREATE TABLE poll (
    feed_id   bigint NOT NULL,
    seq       bigint NOT NULL,
    tenant_id bigint NOT NULL,
    choices   smallint NOT NULL CHECK (choices BETWEEN 2 AND 8),
    anonymous boolean NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (feed_id, seq)
);
CREATE TABLE vote (
    feed_id    bigint NOT NULL,
    seq        bigint NOT NULL,
    account_id bigint NOT NULL,
    tenant_id  bigint NOT NULL,
    choice     smallint NOT NULL,
    PRIMARY KEY (feed_id, seq, account_id),
    FOREIGN KEY (feed_id, seq) REFERENCES poll ON DELETE CASCADE
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['classroom', 'desk', 'seat', 'hand', 'check_answer', 'poll', 'vote'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON %I TO confab_owner USING (tenant_id = (SELECT current_tenant()))', t);
    END LOOP;
END $$;
