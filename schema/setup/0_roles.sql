-- Run by `confabctl init` as an administrator, outside of any migration; safe to run again.
--
-- confab_owner owns every table and function. It is neither superuser nor BYPASSRLS, so row-level
-- security binds it. confab_sight owns the one function that must see all tenants. confab_api (the
-- handlers) may execute functions and read nothing. confab_push (the pusher) may read feeds, members
-- and profiles of all tenants, and execute a few functions.
DO $$
DECLARE r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['confab_owner NOLOGIN', 'confab_sight NOLOGIN', 'confab_api LOGIN', 'confab_push LOGIN'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = split_part(r, ' ', 1)) THEN
            EXECUTE 'CREATE ROLE ' || r;
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname LIKE 'confab\_%' AND (rolsuper OR rolbypassrls)
                  AND rolname IN ('confab_owner', 'confab_sight', 'confab_api', 'confab_push')) THEN
        RAISE EXCEPTION 'a role of confab is a superuser or may bypass row-level security: take that away first';
    END IF;
END $$;
GRANT confab_owner, confab_sight TO CURRENT_USER;
