-- Who is asking: identity is set here and nowhere else, for one transaction.

-- The caller's account and session, as session_use() found them.
CREATE OR REPLACE FUNCTION me() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT current_setting('confab.account')::bigint $$;
CREATE OR REPLACE FUNCTION my_session() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT current_setting('confab.session')::bigint $$;

-- An error that a handler turns into a problem document: common/problem.def lists the codes.
CREATE OR REPLACE FUNCTION fail(p_code text, p_detail text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = p_code, MESSAGE = p_detail;
END $$;

-- Checks a session token (its hash) and sets tenant, account and session for this transaction.
-- Everything else in the same pipeline is skipped when it raises.
CREATE OR REPLACE FUNCTION session_use(p_tenant bigint, p_hash bytea,
    OUT account bigint, OUT session bigint, OUT expires_at timestamptz, OUT touch boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    SELECT s.account_id, s.id, s.expires_at, s.seen_at < now() - interval '1 minute'
      INTO account, session, expires_at, touch
      FROM session s JOIN account a ON a.id = s.account_id
     WHERE s.hash = p_hash AND s.expires_at > now() AND a.active;
    IF NOT FOUND THEN
        PERFORM fail('CF401', 'Sign in first.');
    END IF;
    PERFORM set_config('confab.account', account::text, true), set_config('confab.session', session::text, true);
END $$;

-- The same for a request that the pusher relayed and signed: the session is named by its number.
CREATE OR REPLACE FUNCTION session_relay(p_tenant bigint, p_account bigint, p_session bigint,
    OUT account bigint, OUT session bigint, OUT expires_at timestamptz, OUT touch boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    SELECT s.account_id, s.id, s.expires_at, s.seen_at < now() - interval '1 minute'
      INTO account, session, expires_at, touch
      FROM session s JOIN account a ON a.id = s.account_id
     WHERE s.id = p_session AND s.account_id = p_account AND s.expires_at > now() AND a.active;
    IF NOT FOUND THEN
        PERFORM fail('CF401', 'Sign in first.');
    END IF;
    PERFORM set_config('confab.account', account::text, true), set_config('confab.session', session::text, true);
END $$;

-- A sign of life, in a transaction of its own (never inside a reading one). The pusher calls it with
-- many sessions of one tenant at once.
CREATE OR REPLACE FUNCTION session_seen(p_tenant bigint, p_sessions bigint[], p_days int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    UPDATE session SET seen_at = now(), expires_at = now() + make_interval(days => p_days)
     WHERE id IN (SELECT id FROM session WHERE id = ANY (p_sessions) AND seen_at < now() - interval '1 minute'
                   AND expires_at > now() ORDER BY id FOR UPDATE SKIP LOCKED);
END $$;

-- Sets the tenant alone: for requests before sign-in, and for confabctl.
CREATE OR REPLACE FUNCTION tenant_enter(p_tenant bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
END $$;

CREATE OR REPLACE FUNCTION tenant_by_host(p_host text, p_slug text, OUT id bigint, OUT name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
    SELECT t.id, t.name FROM tenant t WHERE t.slug = p_slug OR p_host = ANY (t.hosts)
     ORDER BY p_host = ANY (t.hosts) DESC LIMIT 1 $$;

-- Rate limiting: takes `p_cost` out of a bucket that holds p_burst and refills in p_period, or
-- returns the seconds to wait (0: taken). A refusal takes nothing.
CREATE OR REPLACE FUNCTION bucket_take(p_what text, p_burst double precision, p_period double precision, p_cost double precision DEFAULT 1)
RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
    v_spent double precision;
    v_now   timestamptz := clock_timestamp();
BEGIN
    INSERT INTO bucket AS b (tenant_id, what, spent, at) VALUES (current_tenant(), p_what, p_cost, v_now)
    ON CONFLICT (tenant_id, what) DO UPDATE
       SET spent = greatest(0, b.spent - extract(epoch FROM v_now - b.at)::float8 * p_burst / p_period) + p_cost, at = v_now
     WHERE greatest(0, b.spent - extract(epoch FROM v_now - b.at)::float8 * p_burst / p_period) + p_cost <= p_burst;
    IF FOUND THEN
        RETURN 0;
    END IF;
    SELECT greatest(0, b.spent - extract(epoch FROM v_now - b.at)::float8 * p_burst / p_period) INTO v_spent
      FROM bucket b WHERE b.tenant_id = current_tenant() AND b.what = p_what;
    RETURN greatest(0.001, (v_spent + p_cost - p_burst) * p_period / p_burst);
END $$;

-- Gives one back.
CREATE OR REPLACE FUNCTION bucket_give(p_what text) RETURNS void LANGUAGE sql AS
    $$ UPDATE bucket SET spent = greatest(0, spent - 1) WHERE tenant_id = current_tenant() AND what = p_what $$;

-- Who counts as one behind an address: with IPv6 that is a network, since every customer has 2^64
-- addresses in his. Text that is no address counts as itself.
CREATE OR REPLACE FUNCTION address_source(p_address text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE v_address inet;
BEGIN
    v_address := p_address::inet;
    RETURN CASE WHEN family(v_address) = 4 THEN host(v_address)
                WHEN v_address << '::ffff:0:0/96' THEN substr(host(v_address), 8) -- IPv4 in the clothes of IPv6
                ELSE network(set_masklen(v_address, 64))::text END;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN p_address;
END $$;

-- Sign-in, step 1: is another try allowed, and what does the password have to match? A try costs one
-- token of the account's and the address's buckets; success gives it back (signin_done). No row of
-- an unknown or closed account: the caller spends the same time all the same.
CREATE OR REPLACE FUNCTION signin_begin(p_tenant bigint, p_handle text, p_address text, p_burst int, p_period_s int,
    OUT wait double precision, OUT account bigint, OUT password text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_source text := 'signin ' || address_source(p_address);
    v_pair   text := v_source || ' ' || p_handle;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    -- One address may try many accounts, and one account may be tried from many addresses: both are
    -- bounded, the single pair tightest. One after the other, and a refusal costs nothing anywhere:
    -- else one address that goes on beyond its own bound would shut the account for everybody, or
    -- fill the table with handles. Always in this order, also in signin_done: the rows stay locked.
    wait := bucket_take(v_source, p_burst * 5, p_period_s);
    IF wait > 0 THEN
        RETURN;
    END IF;
    wait := bucket_take(v_pair, p_burst, p_period_s);
    IF wait > 0 THEN
        PERFORM bucket_give(v_source);
        RETURN;
    END IF;
    wait := bucket_take('signin * ' || p_handle, p_burst * 10, p_period_s);
    IF wait > 0 THEN
        PERFORM bucket_give(v_source), bucket_give(v_pair);
        RETURN;
    END IF;
    SELECT a.id, c.password INTO account, password
      FROM account a JOIN credential c ON c.account_id = a.id
     WHERE a.tenant_id = p_tenant AND a.handle = p_handle AND a.active;
END $$;

-- Sign-in, step 2, in one transaction with step 3: the password that was looked at must still be the
-- one that counts. While it was looked at, somebody may have changed it to shut out who knows the old
-- one; a session begun with that would outlive the change that ends all sessions.
CREATE OR REPLACE FUNCTION signin_hold(p_tenant bigint, p_account bigint, p_password text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    -- Who changes it or closes the account ends its sessions under this lock.
    PERFORM feed_lock(ARRAY[p_account]);
    PERFORM FROM credential c WHERE c.account_id = p_account AND c.password = p_password;
    IF NOT FOUND THEN
        PERFORM fail('CF40A', 'Handle or password is wrong.');
    END IF;
END $$;

-- Sign-in, step 3: the password was right.
CREATE OR REPLACE FUNCTION signin_done(p_tenant bigint, p_account bigint, p_hash bytea, p_agent text, p_address text, p_days int,
    OUT session bigint, OUT expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_source text := 'signin ' || address_source(p_address);
    v_handle text;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    SELECT a.handle INTO v_handle FROM account a WHERE a.id = p_account;
    -- The pair starts afresh; the shared buckets only get this try back, since others spend them too.
    PERFORM bucket_give(v_source);
    DELETE FROM bucket b WHERE b.tenant_id = p_tenant AND b.what = v_source || ' ' || v_handle;
    PERFORM bucket_give('signin * ' || v_handle);
    INSERT INTO session AS s (tenant_id, account_id, hash, expires_at, agent, address)
    SELECT p_tenant, a.id, p_hash, now() + make_interval(days => p_days), left(p_agent, 200), left(p_address, 64)
      FROM account a WHERE a.id = p_account AND a.active
    RETURNING s.id, s.expires_at INTO session, expires_at;
    IF NOT FOUND THEN
        PERFORM fail('CF40A', 'Handle or password is wrong.');
    END IF;
END $$;

CREATE OR REPLACE FUNCTION my_sessions()
RETURNS TABLE (id bigint, created_at timestamptz, seen_at timestamptz, expires_at timestamptz, agent text, address text, is_current boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
    SELECT s.id, s.created_at, s.seen_at, s.expires_at, s.agent, s.address, s.id = my_session()
      FROM session s WHERE s.account_id = me() AND s.expires_at > now() ORDER BY s.seen_at DESC, s.id $$;

-- Ends one session of mine, or (0) all but this one. The row in the account's feed ends its streams.
CREATE OR REPLACE FUNCTION session_revoke(p_session bigint) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
DECLARE
    v_id bigint;
    v_n  int := 0;
BEGIN
    PERFORM feed_lock(me());
    FOR v_id IN DELETE FROM session s WHERE s.account_id = me()
                  AND CASE WHEN p_session = 0 THEN s.id <> my_session() ELSE s.id = p_session END RETURNING s.id LOOP
        PERFORM feed_event(me(), 'session_revoked', me(), v_id);
        v_n := v_n + 1;
    END LOOP;
    IF v_n = 0 AND p_session <> 0 THEN
        PERFORM fail('CF404', 'There is no such session.');
    END IF;
    RETURN v_n;
END $$;

CREATE OR REPLACE FUNCTION my_password() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS
    $$ SELECT c.password FROM credential c WHERE c.account_id = me() $$;

-- Changing the password ends every other session.
CREATE OR REPLACE FUNCTION password_change(p_password text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    UPDATE credential SET password = p_password, changed_at = now() WHERE account_id = me();
    PERFORM session_revoke(0);
END $$;

GRANT EXECUTE ON FUNCTION session_use(bigint, bytea), session_relay(bigint, bigint, bigint), session_seen(bigint, bigint[], int),
    tenant_enter(bigint), tenant_by_host(text, text), signin_begin(bigint, text, text, int, int),
    signin_hold(bigint, bigint, text), signin_done(bigint, bigint, bytea, text, text, int), my_sessions(), session_revoke(bigint), my_password(),
    password_change(text) TO confab_api;
GRANT EXECUTE ON FUNCTION session_use(bigint, bytea), session_seen(bigint, bigint[], int) TO confab_push;
