-- 0100: what people do with messages: edits, threads, reactions, mentions, settings, pins. Functions of
-- before take other parameters now, so a new series of versions begins (docs/ARCHITECTURE).
--
-- Run by `confabctl migrate` as confab_owner, in one transaction. Never edited after landing.

-- A word of an event that no number can tell: the emoji of a reaction, what of a room was changed.
ALTER TABLE event ADD COLUMN word text COLLATE "C" CHECK (octet_length(word) <= 64);

-- flags: 1 a reply that is also shown in the room (it raises `no`); 2 it mentions everybody.
-- thread_no numbers the replies of a thread, so that unread replies are a subtraction as well.
ALTER TABLE message
    ADD COLUMN edited_at timestamptz,
    ADD COLUMN thread_no bigint,
    ADD COLUMN flags     smallint NOT NULL DEFAULT 0;
CREATE INDEX message_thread ON message (feed_id, thread_seq, seq) WHERE thread_seq IS NOT NULL;

-- flags: 1 archived (to be read only); 2 notices (joined, renamed ...) are not kept in the log;
-- 4 nobody sees who has read. visible_most: the greatest visible_from that a member was given; a
-- change of a message below it must not carry the message to everybody.
-- The sealed `name` holds name, topic and description with NUL between; one of before has no NUL.
ALTER TABLE room
    ADD COLUMN flags        int NOT NULL DEFAULT 0,
    ADD COLUMN visible_most bigint NOT NULL DEFAULT 0;
-- All tenants: the policy would bind the owner to one.
ALTER TABLE room NO FORCE ROW LEVEL SECURITY;
ALTER TABLE member NO FORCE ROW LEVEL SECURITY;
UPDATE room r SET visible_most = coalesce((SELECT max(m.visible_from) FROM member m WHERE m.room_id = r.id), 0);
ALTER TABLE room FORCE ROW LEVEL SECURITY;
ALTER TABLE member FORCE ROW LEVEL SECURITY;

-- notify: 0 all, 1 mentions, 2 nothing. favourite: the order of favourites, NULL: none.
ALTER TABLE member
    ADD COLUMN notify      smallint NOT NULL DEFAULT 0 CHECK (notify BETWEEN 0 AND 2),
    ADD COLUMN muted_until timestamptz,
    ADD COLUMN favourite   int;

-- A thread begins with the first reply to a message of the room's log.
CREATE TABLE thread (
    feed_id   bigint NOT NULL,
    root_seq  bigint NOT NULL,
    tenant_id bigint NOT NULL,
    last_no   bigint NOT NULL DEFAULT 0,         -- replies ever written
    replies   bigint NOT NULL DEFAULT 0,         -- less those deleted since
    last_seq  bigint NOT NULL DEFAULT 0,
    last_at   timestamptz NOT NULL,
    repliers  bigint[] NOT NULL DEFAULT '{}',    -- the last three persons, newest first
    PRIMARY KEY (feed_id, root_seq)
) WITH (fillfactor = 80);

-- Whose business a thread is: who began it, wrote in it, or was mentioned follows it.
CREATE TABLE follower (
    account_id bigint NOT NULL REFERENCES account,
    feed_id    bigint NOT NULL,
    root_seq   bigint NOT NULL,
    tenant_id  bigint NOT NULL,
    following  boolean NOT NULL DEFAULT true,
    read_no    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, feed_id, root_seq)
) WITH (fillfactor = 80);
CREATE INDEX follower_thread ON follower (feed_id, root_seq);

CREATE TABLE reaction (
    feed_id    bigint NOT NULL,
    seq        bigint NOT NULL,
    tenant_id  bigint NOT NULL,
    account_id bigint NOT NULL REFERENCES account,
    emoji      text COLLATE "C" NOT NULL CHECK (octet_length(emoji) BETWEEN 1 AND 64),
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (feed_id, seq, emoji, account_id)
);

-- Who is mentioned by a message; account 0: everybody in the room, in one row. Mentions that are
-- unread are the rows above the watermark: a short range of the primary key.
CREATE TABLE mention (
    account_id bigint NOT NULL,
    feed_id    bigint NOT NULL,
    seq        bigint NOT NULL,
    tenant_id  bigint NOT NULL,
    sender_id  bigint NOT NULL,
    thread_seq bigint,
    at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, feed_id, seq)
);
CREATE INDEX mention_newest ON mention (account_id, at DESC) WHERE account_id <> 0;
CREATE INDEX mention_message ON mention (feed_id, seq);

CREATE TABLE pin (
    feed_id    bigint NOT NULL,
    seq        bigint NOT NULL,
    tenant_id  bigint NOT NULL,
    account_id bigint NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (feed_id, seq)
);

CREATE TABLE saved (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint NOT NULL REFERENCES account,
    feed_id    bigint NOT NULL,
    seq        bigint NOT NULL,
    tenant_id  bigint NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, feed_id, seq)
);
CREATE INDEX saved_newest ON saved (account_id, id DESC);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['thread', 'follower', 'reaction', 'mention', 'pin', 'saved'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON %I TO confab_owner USING (tenant_id = (SELECT current_tenant()))', t);
    END LOOP;
END $$;

-- Their signatures have changed.
SET LOCAL client_min_messages = warning;
DROP FUNCTION IF EXISTS send_message(bigint, uuid, int, bytea, int, int);
DROP FUNCTION IF EXISTS history(bigint, bigint, bigint, bigint, int);
DROP FUNCTION IF EXISTS my_rooms(bigint);
DROP FUNCTION IF EXISTS room_change(bigint, int, int, bytea, text, boolean);
DROP FUNCTION IF EXISTS public_room(bigint);
DROP FUNCTION IF EXISTS public_rooms(bigint, int);
DROP FUNCTION IF EXISTS feed_event(bigint, text, bigint, bigint, bigint, bigint);
DROP TYPE IF EXISTS feed_row CASCADE;
