-- What confabctl asks, as confab_owner. Same form as api.sql.

-- name: tenant_id
SELECT id FROM confab.tenant WHERE slug = $1::text;
-- name: tenants
SELECT id, slug, name, hosts FROM confab.tenant ORDER BY slug;
-- name: tenant_create
SELECT confab.tenant_create($1::text, $2::text, $3::text[]);
-- name: account_create
SELECT confab.account_create($1::bigint, $2::text, $3::text, $4::text);
-- name: account_password
SELECT confab.account_password($1::bigint, $2::text, $3::text);
-- name: account_active
SELECT confab.account_active($1::bigint, $2::text, $3::boolean);
-- name: account_list
SELECT id, handle, name, active, created_at, sessions FROM confab.account_list($1::bigint);
-- name: room_create_for
SELECT confab.room_create_for($1::bigint, $2::text, $3::uuid, $4::text, $5::int, $6::bytea);
-- name: account_id
SELECT id FROM confab.account_list($1::bigint) WHERE handle = $2::text;
-- name: notify
SELECT pg_notify('confab', '');
-- name: boot
SELECT confab.boot();
-- name: future_rows
SELECT confab.future_rows();
-- name: epoch_begin
SELECT confab.epoch_begin($1::boolean);
-- name: adopt_tenant
SELECT confab.adopt_tenant($1::bigint);
-- name: work_expire
SELECT confab.work_expire($1::bigint, $2::int);
-- name: jobs_take
SELECT id, kind, subject_id FROM confab.jobs_take($1::bigint, $2::int);
-- name: job_again
SELECT confab.job_again($1::bigint, $2::bigint);
-- name: job_done
SELECT confab.job_done($1::bigint, $2::bigint, $3::text);
-- name: work_purge_room
SELECT confab.work_purge_room($1::bigint, $2::bigint, $3::int);
-- name: work_files
SELECT id, place FROM confab.work_files($1::bigint, $2::int);
-- name: work_file_removed
SELECT confab.work_file_removed($1::bigint, $2::bigint);
-- name: search_begin_work
SELECT key_id FROM confab.search_begin_work($1::bigint, $2::int);
-- name: search_due_rows
SELECT k, feed_id, seq, sender, at, client_id, key_id, version, body FROM confab.search_due_rows($1::bigint, $2::int);
-- name: search_add
SELECT confab.search_add($1::bigint, $2::int, $3::bigint[]);
-- name: search_switch
SELECT confab.search_switch($1::bigint, $2::boolean, $3::boolean);
-- name: search_purge
SELECT confab.search_purge($1::bigint, $2::int);
-- name: search_status
SELECT enabled, key_id, messages, waiting FROM confab.search_status($1::bigint);
-- name: export_rows
SELECT id, data::text, owner, client, key_id, version, sealed, size, thumbnail FROM confab.export_rows($1::bigint, $2::bigint, $3::text, $4::bigint, $5::bigint);
-- name: export_file_key
SELECT confab.export_file_key($1::bigint, $2::bigint);
-- name: import_find
SELECT confab.import_find($1::bigint, $2::text, $3::text);
-- name: import_lock
SELECT confab.import_lock($1::bigint, $2::text[]);
-- name: import_row
SELECT confab.import_row($1::bigint, $2::bigint, $3::text, $4::text::json, $5::int, $6::bytea, $7::uuid);
