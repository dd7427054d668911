-- 0001: tenants, people, rooms, feeds and what stands in them.
--
-- Run by `confabctl migrate` as confab_owner, in one transaction. Never edited after landing: a
-- change is a new number. Functions are not here but in schema/functions (replaced as a whole by
-- every `confabctl migrate`); a change of a signature takes a new number too.
--
-- Reading guide: docs/ARCHITECTURE, "The schema". In short: a feed is a gapless series of numbered
-- rows (messages and events); every room, account and tenant is one; `xid` on each row makes a
-- database snapshot a cursor over all feeds.

-- Ids of tenants, accounts and rooms: they are feed ids too, so one sequence gives them all. It
-- starts high enough that an id is never taken for a small number.
CREATE SEQUENCE feed_id_seq START 1001;

CREATE TABLE tenant (
    id         bigint PRIMARY KEY,
    slug       text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name       text NOT NULL,
    hosts      text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);

-- The counters of a feed. Narrow and hot: it never gets a second index (updates must stay HOT).
CREATE TABLE feed (
    id               bigint PRIMARY KEY,
    tenant_id        bigint NOT NULL,
    kind             smallint NOT NULL CHECK (kind IN (1, 2, 3)), -- tenant, account, room
    last_seq         bigint NOT NULL DEFAULT 0,  -- of messages and events alike
    last_no          bigint NOT NULL DEFAULT 0,  -- of messages in the room's own log: unread by subtraction
    min_seq          bigint NOT NULL DEFAULT 1,  -- rows below were pruned
    pruned_xid       xid8 NOT NULL DEFAULT '0',  -- of the newest pruned row: older cursors must reset
    last_xid         xid8 NOT NULL DEFAULT '0',  -- of the newest row: a resume skips quiet feeds by it
    last_message_seq bigint NOT NULL DEFAULT 0,
    last_message_at  timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE TABLE account (
    id         bigint PRIMARY KEY,
    tenant_id  bigint NOT NULL,
    handle     text NOT NULL CHECK (handle ~ '^[a-z0-9][a-z0-9._-]{0,31}$'),
    name       text NOT NULL,
    avatar     text NOT NULL DEFAULT '',   -- one emoji, or empty: the client draws initials
    active     boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, handle)
);

-- Apart from account, so that who may read people may not read this.
CREATE TABLE credential (
    account_id bigint PRIMARY KEY REFERENCES account,
    tenant_id  bigint NOT NULL,
    password   text NOT NULL,              -- Argon2id string
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE session (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  bigint NOT NULL,
    account_id bigint NOT NULL REFERENCES account,
    hash       bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    agent      text NOT NULL DEFAULT '',
    address    text NOT NULL DEFAULT ''
) WITH (fillfactor = 80);
CREATE INDEX session_account ON session (account_id);

CREATE TABLE room (
    id           bigint PRIMARY KEY,
    tenant_id    bigint NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('direct', 'group', 'channel')),
    visibility   text NOT NULL CHECK (visibility IN ('public', 'private')),
    history_open boolean NOT NULL DEFAULT true,  -- may new members read what was said before them?
    created_by   bigint NOT NULL,
    client_id    uuid NOT NULL,                  -- made by the creator's client: a retry creates nothing
    name         bytea,                          -- sealed; NULL for direct rooms
    name_key     int,
    name_version int NOT NULL DEFAULT 1,
    direct_low   bigint,
    direct_high  bigint,
    members      int NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL DEFAULT now(),
    deleted_at   timestamptz,
    CHECK ((kind = 'direct') = (direct_low IS NOT NULL AND direct_high IS NOT NULL)),
    CHECK (kind <> 'direct' OR (direct_low <= direct_high AND visibility = 'private')),
    UNIQUE (tenant_id, created_by, client_id),
    UNIQUE (tenant_id, direct_low, direct_high)
);
CREATE INDEX room_public ON room (tenant_id, id) WHERE visibility = 'public' AND deleted_at IS NULL;
CREATE INDEX room_deleted ON room (deleted_at) WHERE deleted_at IS NOT NULL;

-- role: 1 owner, 2 moderator, 3 member, 4 guest. The lower may do more.
CREATE TABLE member (
    account_id   bigint NOT NULL REFERENCES account,
    room_id      bigint NOT NULL REFERENCES room ON DELETE CASCADE,
    tenant_id    bigint NOT NULL,
    role         smallint NOT NULL CHECK (role BETWEEN 1 AND 4),
    joined_at    timestamptz NOT NULL DEFAULT now(),
    joined_xid   xid8 NOT NULL DEFAULT pg_current_xact_id(),
    visible_from bigint NOT NULL DEFAULT 0,      -- rows with a lower seq are hidden from this member
    read_seq     bigint NOT NULL DEFAULT 0,      -- the watermark; it only rises
    read_no      bigint NOT NULL DEFAULT 0,      -- the message number at that seq
    PRIMARY KEY (account_id, room_id)
) WITH (fillfactor = 80);
-- No INCLUDE of the watermarks: that would end their HOT updates.
CREATE INDEX member_room ON member (room_id, account_id);

-- A reply in a thread (thread_seq is its first message) has a seq of the room like every row, but
-- does not raise the room's message number: it counts as unread in its thread, not in its room.
CREATE TABLE message (
    feed_id    bigint NOT NULL,
    seq        bigint NOT NULL,
    tenant_id  bigint NOT NULL,
    no         bigint NOT NULL,
    sender_id  bigint NOT NULL,
    sent_at    timestamptz NOT NULL,
    client_id  uuid NOT NULL,
    thread_seq bigint,
    key_id     int NOT NULL,
    version    int NOT NULL DEFAULT 1,
    xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
    body       bytea,                            -- sealed; NULL when deleted
    PRIMARY KEY (feed_id, seq)
) WITH (fillfactor = 95);
ALTER TABLE message ALTER body SET STORAGE EXTERNAL; -- sealed bytes do not compress
CREATE UNIQUE INDEX message_once ON message (feed_id, sender_id, client_id);
CREATE INDEX message_xid ON message (xid);

-- A thin event names its target and copies no content. Its kinds are the rows of common/event.def.
CREATE TABLE event (
    feed_id    bigint NOT NULL,
    seq        bigint NOT NULL,
    tenant_id  bigint NOT NULL,
    at         timestamptz NOT NULL,
    actor_id   bigint NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    subject_id bigint,                           -- an account, a room or a session, by kind
    target_seq bigint,
    value      bigint,
    xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (feed_id, seq)
);
CREATE INDEX event_xid ON event (xid);

-- Background work, taken by `confabctl work` with SKIP LOCKED.
CREATE TABLE job (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  bigint NOT NULL,
    kind       text NOT NULL,
    subject_id bigint,
    run_at     timestamptz NOT NULL DEFAULT now(),
    attempts   int NOT NULL DEFAULT 0,
    last_error text
);
CREATE INDEX job_due ON job (run_at);

-- Rate limits shared by all handlers. Unlogged: a crash forgives, and a send writes no log for it.
CREATE UNLOGGED TABLE bucket (
    tenant_id bigint NOT NULL,
    what      text COLLATE "C" NOT NULL,
    spent     double precision NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, what)
) WITH (fillfactor = 50);

-- Lives of the database server. Transaction ids are used again after a crash, so a cursor names the
-- life that it was made in. A new one is noticed by `boot`: it is unlogged, hence empty after a crash
-- (also of a single backend) and in a base backup, and it names the start of the server, which tells of
-- a data folder that was put back while the server was down. `id` is random: a life that a restore
-- undid cannot be confused with its successor.
CREATE TABLE epoch (
    n            int PRIMARY KEY,
    id           bigint NOT NULL UNIQUE CHECK (id BETWEEN 1 AND 4294967295),
    first_xid    xid8 NOT NULL,
    first_lsn    pg_lsn NOT NULL,
    timeline     text NOT NULL,                  -- changes when a standby is promoted
    sysid        bigint NOT NULL,
    database_oid oid NOT NULL,
    message_oid  oid NOT NULL,
    forced_reset boolean NOT NULL DEFAULT false, -- begun by `confabctl adopt`: older cursors are worthless
    at           timestamptz NOT NULL DEFAULT now()
);
CREATE UNLOGGED TABLE boot (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch   bigint NOT NULL,
    started timestamptz NOT NULL                 -- pg_postmaster_start_time()
);

-- Row-level security: forced, so that it binds the owner of the functions as well. The tenant is set
-- for one transaction by session_use() and tenant_enter(). The pusher reads across tenants, and only
-- the tables that it is granted.
CREATE FUNCTION current_tenant() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT nullif(current_setting('confab.tenant', true), '')::bigint $$;

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['feed', 'account', 'credential', 'session', 'room', 'member', 'message', 'event', 'job', 'bucket'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON %I TO confab_owner USING (tenant_id = (SELECT current_tenant()))', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['feed', 'account', 'room', 'member', 'message', 'event'] LOOP
        EXECUTE format('CREATE POLICY sight ON %I FOR SELECT TO confab_sight, confab_push USING (true)', t);
        EXECUTE format('GRANT SELECT ON %I TO confab_sight, confab_push', t);
    END LOOP;
END $$;
GRANT SELECT ON epoch, boot TO confab_push;
