-- Owned by the role that sees all tenants, for what cannot be asked tenant by tenant.
-- It may create only here and now.
GRANT CREATE ON SCHEMA confab TO confab_sight;
SET LOCAL ROLE confab_sight;

-- Rows from the future: their transaction ids lie beyond the server's counter, so this database was
-- copied from another one and every cursor would find them new. Checked at start.
CREATE OR REPLACE FUNCTION future_rows() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = confab, pg_temp AS $$
    SELECT coalesce((SELECT m.xid FROM message m ORDER BY m.xid DESC LIMIT 1) >= pg_snapshot_xmax(pg_current_snapshot()), false)
        OR coalesce((SELECT e.xid FROM event e ORDER BY e.xid DESC LIMIT 1) >= pg_snapshot_xmax(pg_current_snapshot()), false) $$;
GRANT EXECUTE ON FUNCTION future_rows() TO confab_api, confab_push, confab_owner;

SET LOCAL ROLE confab_owner;
REVOKE CREATE ON SCHEMA confab FROM confab_sight;
