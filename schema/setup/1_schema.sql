-- The schema and the register of migrations. Run by `confabctl init`; safe to run again.
CREATE SCHEMA IF NOT EXISTS confab AUTHORIZATION confab_owner;
GRANT USAGE ON SCHEMA confab TO confab_sight, confab_api, confab_push;
ALTER DEFAULT PRIVILEGES FOR ROLE confab_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE confab_sight REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SET ROLE confab_owner;
CREATE TABLE IF NOT EXISTS confab.migration (
    version    int PRIMARY KEY,
    name       text NOT NULL,
    digest     text NOT NULL,                    -- of the file as it was applied: it is never edited after
    applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON confab.migration TO confab_api, confab_push;
RESET ROLE;
