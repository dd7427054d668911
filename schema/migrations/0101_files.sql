-- 0101: attachments.
--
-- Run by `confabctl migrate` as confab_owner, in one transaction. Never edited after landing.

-- An uploaded file. Its bytes lie sealed in the folder `files_dir` under `place` (common/filestore.h);
-- its name is sealed as well. It begins incomplete (type IS NULL), is complete once all its bytes are
-- there and were looked at, is claimed by the message that carries it (seq), and is gone when that was
-- deleted: the row stays until `confabctl work` has removed the bytes.
CREATE TABLE file (
    id           bigint GENERATED ALWAYS AS IDENTITY (START 1001) PRIMARY KEY,
    tenant_id    bigint NOT NULL,
    room_id      bigint NOT NULL,
    owner_id     bigint NOT NULL,
    client_id    uuid NOT NULL,                  -- made by the uploader's client: a retry begins nothing new
    place        uuid NOT NULL,                  -- random: where it lies, and what its bytes are bound to
    key_id       int NOT NULL,
    name         bytea NOT NULL,                 -- sealed
    size         bigint NOT NULL CHECK (size > 0),
    type         text COLLATE "C",               -- as sniffed; NULL until complete
    width        int,                            -- of an image, as it is shown
    height       int,
    thumbnail    bigint NOT NULL DEFAULT 0,      -- its bytes; 0: there is none
    created_at   timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    seq          bigint,                         -- the message that carries it
    gone_at      timestamptz,
    UNIQUE (tenant_id, owner_id, client_id)
);
CREATE INDEX file_message ON file (room_id, seq);
-- What `confabctl work` looks for.
CREATE INDEX file_unclaimed ON file (tenant_id, created_at) WHERE seq IS NULL AND gone_at IS NULL;
CREATE INDEX file_gone ON file (tenant_id, id) WHERE gone_at IS NOT NULL;

-- Bytes that count against a quota: of a person, and (account_id 0) of the tenant. They count from the
-- begin of an upload until they are gone from disk.
CREATE TABLE file_usage (
    tenant_id  bigint NOT NULL,
    account_id bigint NOT NULL,
    bytes      bigint NOT NULL,
    PRIMARY KEY (tenant_id, account_id)
) WITH (fillfactor = 70);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['file', 'file_usage'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON %I TO confab_owner USING (tenant_id = (SELECT current_tenant()))', t);
    END LOOP;
END $$;
