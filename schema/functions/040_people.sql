-- People: profiles, search, and what only the operator may do to accounts.

CREATE OR REPLACE FUNCTION my_profile()
RETURNS TABLE (id bigint, handle text, name text, avatar text, created_at timestamptz, tenant bigint, tenant_name text, session bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT a.id, a.handle, a.name, a.avatar, a.created_at, t.id, t.name, my_session()
      FROM account a JOIN tenant t ON t.id = a.tenant_id WHERE a.id = me();
END $$;

CREATE OR REPLACE FUNCTION profile_change(p_name text, p_avatar text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM feed_lock(current_tenant());
    UPDATE account SET name = coalesce(p_name, name), avatar = coalesce(p_avatar, avatar)
     WHERE id = me() AND (name <> coalesce(p_name, name) OR avatar <> coalesce(p_avatar, avatar));
    -- Everybody in the tenant hears of it: not of what stays as it was.
    IF FOUND THEN
        PERFORM feed_event(current_tenant(), 'profile_changed', me(), me());
    END IF;
END $$;

-- By the beginning of the handle or any part of the name; without a query, everybody. Ascending by
-- handle, after a given one.
CREATE OR REPLACE FUNCTION people_search(p_query text, p_after text, p_limit int)
RETURNS TABLE (id bigint, handle text, name text, avatar text, active boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
    SELECT a.id, a.handle, a.name, a.avatar, a.active FROM account a
     WHERE a.tenant_id = current_tenant() AND a.active AND a.handle > p_after AND me() IS NOT NULL
       AND (p_query = '' OR starts_with(a.handle, lower(p_query)) OR position(lower(p_query) IN lower(a.name)) > 0)
     ORDER BY a.handle LIMIT p_limit $$;

CREATE OR REPLACE FUNCTION people_get(p_ids bigint[])
RETURNS TABLE (id bigint, handle text, name text, avatar text, active boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT a.id, a.handle, a.name, a.avatar, a.active FROM account a WHERE a.id = ANY (p_ids) AND me() IS NOT NULL ORDER BY a.id;
END $$;

GRANT EXECUTE ON FUNCTION my_profile(), profile_change(text, text), people_search(text, text, int), people_get(bigint[]) TO confab_api;

-- Below: for confabctl alone (nobody is granted them).

CREATE OR REPLACE FUNCTION tenant_create(p_slug text, p_name text, p_hosts text[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE
    v_id    bigint := nextval('feed_id_seq');
    -- As the handlers look them up.
    v_hosts text[] := ARRAY(SELECT lower(h) FROM unnest(p_hosts) h);
BEGIN
    IF p_slug !~ '^[a-z0-9][a-z0-9-]{0,62}$' THEN
        PERFORM fail('CF422', 'A tenant is named by lower-case letters, digits and hyphens.');
    ELSIF EXISTS (SELECT FROM tenant t WHERE t.slug = p_slug) THEN
        PERFORM fail('CF409', 'There is a tenant of that name.');
    ELSIF EXISTS (SELECT FROM unnest(v_hosts) h WHERE h !~ '^[a-z0-9._-]+$') THEN
        PERFORM fail('CF422', 'A host is a name without scheme, port or path.');
    ELSIF EXISTS (SELECT FROM tenant t WHERE t.hosts && v_hosts) THEN
        PERFORM fail('CF409', 'Another tenant has that host.');
    END IF;
    PERFORM set_config('confab.tenant', v_id::text, true);
    INSERT INTO tenant (id, slug, name, hosts) VALUES (v_id, p_slug, p_name, v_hosts);
    INSERT INTO feed (id, tenant_id, kind) VALUES (v_id, v_id, 1);
    RETURN v_id;
END $$;

CREATE OR REPLACE FUNCTION account_create(p_tenant bigint, p_handle text, p_name text, p_password text) RETURNS bigint
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE v_id bigint;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    PERFORM feed_lock(p_tenant);
    IF p_handle !~ '^[a-z0-9][a-z0-9._-]{0,31}$' THEN
        PERFORM fail('CF422', 'A handle has 1 to 32 lower-case letters, digits, dots, hyphens and underscores.');
    ELSIF EXISTS (SELECT FROM account a WHERE a.tenant_id = p_tenant AND a.handle = p_handle) THEN
        PERFORM fail('CF409', 'That handle is taken.');
    END IF;
    v_id := feed_new(2::smallint);
    INSERT INTO account (id, tenant_id, handle, name) VALUES (v_id, p_tenant, p_handle, p_name);
    INSERT INTO credential (account_id, tenant_id, password) VALUES (v_id, p_tenant, p_password);
    PERFORM feed_event(p_tenant, 'profile_changed', v_id, v_id);
    RETURN v_id;
END $$;

-- Ends every session of an account.
CREATE OR REPLACE FUNCTION account_sign_out(p_account bigint) RETURNS void LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE v_session bigint;
BEGIN
    PERFORM feed_lock(p_account);
    FOR v_session IN DELETE FROM session s WHERE s.account_id = p_account RETURNING s.id LOOP
        PERFORM feed_event(p_account, 'session_revoked', p_account, v_session);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION account_password(p_tenant bigint, p_handle text, p_password text) RETURNS boolean
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE v_id bigint;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    SELECT a.id INTO v_id FROM account a WHERE a.tenant_id = p_tenant AND a.handle = p_handle;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE credential SET password = p_password, changed_at = now() WHERE account_id = v_id;
    PERFORM account_sign_out(v_id);
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION account_active(p_tenant bigint, p_handle text, p_active boolean) RETURNS boolean
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE v_id bigint;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    SELECT a.id INTO v_id FROM account a WHERE a.tenant_id = p_tenant AND a.handle = p_handle;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM feed_lock(ARRAY[p_tenant, v_id]);
    UPDATE account SET active = p_active WHERE id = v_id;
    IF NOT p_active THEN
        PERFORM account_sign_out(v_id);
    END IF;
    PERFORM feed_event(p_tenant, 'profile_changed', v_id, v_id);
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION account_list(p_tenant bigint)
RETURNS TABLE (id bigint, handle text, name text, active boolean, created_at timestamptz, sessions bigint)
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    RETURN QUERY SELECT a.id, a.handle, a.name, a.active, a.created_at,
           (SELECT count(*) FROM session s WHERE s.account_id = a.id AND s.expires_at > now())
      FROM account a WHERE a.tenant_id = p_tenant ORDER BY a.handle;
END $$;

-- A room made by the operator in an account's name (the welcome room).
CREATE OR REPLACE FUNCTION room_create_for(p_tenant bigint, p_handle text, p_client uuid, p_visibility text, p_key int, p_name bytea) RETURNS bigint
LANGUAGE plpgsql SET search_path = confab, pg_temp AS $$
DECLARE
    v_id   bigint;
    v_room bigint;
BEGIN
    PERFORM set_config('confab.tenant', p_tenant::text, true);
    SELECT a.id INTO v_id FROM account a WHERE a.tenant_id = p_tenant AND a.handle = p_handle;
    IF NOT FOUND THEN
        PERFORM fail('CF404', 'There is no such account.');
    END IF;
    PERFORM set_config('confab.account', v_id::text, true);
    SELECT c.o_room INTO v_room FROM room_create(p_client, 'channel', p_visibility, true, p_key, p_name, '{}') c;
    RETURN v_room;
END $$;
