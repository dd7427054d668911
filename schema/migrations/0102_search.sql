-- 0102: the blind index over sealed messages.
--
-- Run by `confabctl migrate` as confab_owner, in one transaction. Never edited after landing.

-- Of a tenant: is it searched, with which key of the key file were the tokens made (NULL: nothing is
-- indexed yet), and the weeks of the messages that are. No row: nothing has been indexed.
CREATE TABLE search_state (
    tenant_id  bigint PRIMARY KEY,
    enabled    boolean NOT NULL DEFAULT true,
    key_id     int,
    first_week int,
    last_week  int
);

-- How far a room is indexed: all its rows up to done_seq.
CREATE TABLE search_feed (
    feed_id   bigint PRIMARY KEY,
    tenant_id bigint NOT NULL,
    done_seq  bigint NOT NULL
) WITH (fillfactor = 80);

-- A message's tokens (common/search.h). An array under GIN takes about a tenth of what a row for each
-- token would: the index keeps each token once, with a compressed list of rows.
CREATE TABLE search_entry (
    feed_id   bigint NOT NULL,
    seq       bigint NOT NULL,
    tenant_id bigint NOT NULL,
    at        timestamptz NOT NULL,              -- when the message was sent: results come newest first
    tokens    int[] NOT NULL,
    PRIMARY KEY (feed_id, seq)
);
-- New rows wait in a list that every lookup reads, and go into the index together, which takes half the
-- time. The list is short, because lookups should not wait for it.
CREATE INDEX search_entry_tokens ON search_entry USING gin (tokens) WITH (fastupdate = on, gin_pending_list_limit = 512);

-- Messages that changed after they were indexed.
CREATE TABLE search_queue (
    feed_id   bigint NOT NULL,
    seq       bigint NOT NULL,
    tenant_id bigint NOT NULL,
    PRIMARY KEY (feed_id, seq)
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['search_state', 'search_feed', 'search_entry', 'search_queue'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON %I TO confab_owner USING (tenant_id = (SELECT current_tenant()))', t);
    END LOOP;
END $$;

-- The lookup by tokens runs as confab_sight (schema/functions/080_search.sql says why).
CREATE POLICY sight ON search_entry FOR SELECT TO confab_sight USING (true);
GRANT SELECT ON search_entry TO confab_sight;
