-- What a small honest chat needs: who somebody is, where he may write, what was written.
CREATE TABLE session (token_hash bytea PRIMARY KEY, account bigint NOT NULL);
CREATE TABLE membership (account bigint, room bigint, PRIMARY KEY (account, room));
CREATE TABLE message (
    id bigserial PRIMARY KEY,
    room bigint NOT NULL,
    sender bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    body text NOT NULL);
CREATE INDEX ON message (room, id);
-- The adapter's own, as its documentation has it.
CREATE TABLE socket_io_attachments (id bigserial UNIQUE, created_at timestamptz DEFAULT now(), payload bytea);

-- The lists of accounts, as they come: account (counted in each list anew), token, the room of all, rooms.
CREATE TABLE listed (n bigserial, account bigint, token text, big bigint, rooms text);

CREATE PROCEDURE fill() LANGUAGE sql AS $$
    INSERT INTO session SELECT sha256(convert_to(token, 'UTF8')), n FROM listed;
    INSERT INTO membership SELECT n, coalesce(nullif(rooms, '-')::bigint, big) FROM listed;
$$;
