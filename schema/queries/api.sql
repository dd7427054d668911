-- What the handlers ask. Each statement follows its `-- name:` line; schema/embed.awk makes of them
-- the enum and the table in queries.h and queries.c, tests/schema prepares each against a fresh schema.

-- name: boot
SELECT confab.boot();
-- name: future_rows
SELECT confab.future_rows();
-- name: schema_version
SELECT max(version), pg_backend_pid() FROM confab.migration;
-- name: notify
SELECT pg_notify('confab', '');
-- name: tenant_by_host
SELECT id, name FROM confab.tenant_by_host($1::text, $2::text);
-- name: session_use
SELECT account, session, expires_at, touch FROM confab.session_use($1::bigint, $2::bytea);
-- name: session_relay
SELECT account, session, expires_at, touch FROM confab.session_relay($1::bigint, $2::bigint, $3::bigint);
-- name: session_seen
SELECT confab.session_seen($1::bigint, $2::bigint[], $3::int);
-- name: signin_begin
SELECT wait, account, password FROM confab.signin_begin($1::bigint, $2::text, $3::text, $4::int, $5::int);
-- name: signin_hold
SELECT confab.signin_hold($1::bigint, $2::bigint, $3::text);
-- name: signin_done
SELECT session, expires_at FROM confab.signin_done($1::bigint, $2::bigint, $3::bytea, $4::text, $5::text, $6::int);
-- name: my_sessions
SELECT id, created_at, seen_at, expires_at, agent, address, is_current FROM confab.my_sessions();
-- name: session_revoke
SELECT confab.session_revoke($1::bigint);
-- name: my_password
SELECT confab.my_password();
-- name: password_change
SELECT confab.password_change($1::text);
-- name: my_profile
SELECT id, handle, name, avatar, created_at, tenant, tenant_name, session FROM confab.my_profile();
-- name: profile_change
SELECT confab.profile_change($1::text, $2::text);
-- name: people_search
SELECT id, handle, name, avatar, active FROM confab.people_search($1::text, $2::text, $3::int);
-- name: people_get
SELECT id, handle, name, avatar, active FROM confab.people_get($1::bigint[]);
-- name: my_rooms
SELECT id, kind, visibility, history_open, created_by, client_id, name, name_key, name_version, members, created_at, flags,
       other, people, role, visible_from, read_seq, read_no, last_seq, last_no, min_seq, active_at, notify, muted_until, favourite, mentions, threads,
       (m).room, (m).seq, (m).no, (m).sender, (m).sent_at, (m).client_id, (m).thread_seq, (m).thread_no, (m).flags, (m).edited_at, (m).key_id, (m).version, (m).body
  FROM confab.my_rooms($1::bigint);
-- name: public_room
SELECT id, kind, visibility, history_open, created_by, client_id, name, name_key, name_version, members, created_at, flags FROM confab.public_room($1::bigint);
-- name: public_rooms
SELECT id, kind, visibility, history_open, created_by, client_id, name, name_key, name_version, members, created_at, flags, joined
  FROM confab.public_rooms($1::bigint, $2::int);
-- name: room_create
SELECT o_room, fresh FROM confab.room_create($1::uuid, $2::text, $3::text, $4::boolean, $5::int, $6::bytea, $7::bigint[]);
-- name: room_direct
SELECT o_room, fresh FROM confab.room_direct($1::bigint, $2::uuid);
-- name: room_members
SELECT account, role, joined_at, handle, name, avatar, active FROM confab.room_members($1::bigint, $2::bigint, $3::int);
-- name: room_join
SELECT confab.room_join($1::bigint);
-- name: room_leave
SELECT confab.room_leave($1::bigint);
-- name: member_add
SELECT confab.member_add($1::bigint, $2::bigint[]);
-- name: member_remove
SELECT confab.member_remove($1::bigint, $2::bigint);
-- name: member_role_set
SELECT confab.member_role_set($1::bigint, $2::bigint, $3::smallint);
-- name: room_change
SELECT confab.room_change($1::bigint, $2::int, $3::int, $4::bytea, $5::text, $6::boolean, $7::int, $8::int, $9::text);
-- name: room_delete
SELECT confab.room_delete($1::bigint);
-- name: send_message
SELECT fresh, o_seq, o_no, o_at, o_key, o_version, o_body, o_root, o_thread_no, o_flags, o_edited
  FROM confab.send_message($1::bigint, $2::uuid, $3::int, $4::bytea, $5::int, $6::int, $7::bigint, $8::boolean, $9::text[], $10::boolean, $11::bigint[],
                           $12::int, $13::boolean);
-- name: history
SELECT room, seq, no, sender, sent_at, client_id, thread_seq, thread_no, flags, edited_at, key_id, version, body
  FROM confab.history($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::int);
-- name: history_marks
SELECT k, seq, word, n, people, mine, at, value, no, more_after
  FROM confab.history_marks($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::int);
-- name: room_notices
SELECT k, feed_id, seq, xid, at, actor, hidden, kind, subject, target_seq, value, no, client_id, thread_seq, key_id, version, body,
       room_kind, room_visibility, room_history_open, room_created_by, handle, name, avatar, active, word, sender, sent_at, thread_no, flags, edited_at
  FROM confab.room_notices($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::int);
-- name: message_at
SELECT confab.message_at($1::bigint, $2::timestamptz);
-- name: message_get
SELECT room, seq, no, sender, sent_at, client_id, thread_seq, thread_no, flags, edited_at, key_id, version, body
  FROM confab.message_get($1::bigint, $2::bigint);
-- name: edit_message
SELECT room, seq, no, sender, sent_at, client_id, thread_seq, thread_no, flags, edited_at, key_id, version, body
  FROM confab.edit_message($1::bigint, $2::bigint, $3::int, $4::int, $5::bytea, $6::text[], $7::boolean, $8::int);
-- name: delete_message
SELECT confab.delete_message($1::bigint, $2::bigint, $3::int);
-- name: reaction_set
SELECT confab.reaction_set($1::bigint, $2::bigint, $3::text, $4::boolean);
-- name: pin_set
SELECT confab.pin_set($1::bigint, $2::bigint, $3::boolean);
-- name: pins
SELECT room, seq, no, sender, sent_at, client_id, thread_seq, thread_no, flags, edited_at, key_id, version, body
  FROM confab.pins($1::bigint);
-- name: saved_set
SELECT confab.saved_set($1::bigint, $2::bigint, $3::boolean);
-- name: my_saved
SELECT (m).room, (m).seq, (m).no, (m).sender, (m).sent_at, (m).client_id, (m).thread_seq, (m).thread_no, (m).flags, (m).edited_at, (m).key_id, (m).version, (m).body, place
  FROM confab.my_saved($1::bigint, $2::int);
-- name: my_mentions
SELECT (m).room, (m).seq, (m).no, (m).sender, (m).sent_at, (m).client_id, (m).thread_seq, (m).thread_no, (m).flags, (m).edited_at, (m).key_id, (m).version, (m).body, place
  FROM confab.my_mentions($1::bigint, $2::int);
-- name: my_threads
SELECT (m).room, (m).seq, (m).no, (m).sender, (m).sent_at, (m).client_id, (m).thread_seq, (m).thread_no, (m).flags, (m).edited_at, (m).key_id, (m).version, (m).body, place, replies, last_no, last_seq, last_at, repliers, read_no
  FROM confab.my_threads($1::bigint, $2::int);
-- name: thread_set
SELECT o_following, o_read_no FROM confab.thread_set($1::bigint, $2::bigint, $3::boolean, $4::bigint);
-- name: settings_change
SELECT confab.settings_change($1::bigint, $2::smallint, $3::timestamptz, $4::int);
-- name: floor_set
SELECT confab.floor_set($1::bigint, $2::int, $3::int, $4::int);
-- name: desk_set
SELECT confab.desk_set($1::bigint, $2::int, $3::real, $4::real, $5::int, $6::boolean);
-- name: seat_take
SELECT confab.seat_take($1::bigint, $2::bigint, $3::int, $4::int);
-- name: seat_leave
SELECT confab.seat_leave($1::bigint, $2::bigint);
-- name: seats_shuffle
SELECT confab.seats_shuffle($1::bigint, $2::boolean);
-- name: class_lock
SELECT confab.class_lock($1::bigint, $2::boolean);
-- name: hand_raise
SELECT confab.hand_raise($1::bigint);
-- name: hand_lower
SELECT confab.hand_lower($1::bigint, $2::bigint);
-- name: hand_call
SELECT confab.hand_call($1::bigint, $2::bigint);
-- name: hands_lower
SELECT confab.hands_lower($1::bigint);
-- name: check_set
SELECT confab.check_set($1::bigint, $2::boolean);
-- name: check_reply
SELECT confab.check_reply($1::bigint, $2::text);
-- name: class_state
SELECT k, no, seat, x, y, person, at, flag, other, word FROM confab.class_state($1::bigint);
-- name: vote_set
SELECT confab.vote_set($1::bigint, $2::bigint, $3::int);
-- name: poll_close
SELECT confab.poll_close($1::bigint, $2::bigint);
-- name: poll_state
SELECT choice, n, people, mine, anonymous, closed_at FROM confab.poll_state($1::bigint, $2::bigint);
-- name: mark_unread
SELECT o_seq, o_no FROM confab.mark_unread($1::bigint, $2::bigint);
-- name: receipts
SELECT account, seq FROM confab.receipts($1::bigint, $2::int);
-- name: mark_read
SELECT o_seq, o_no, moved FROM confab.mark_read($1::bigint, $2::bigint);
-- name: cursor_now
SELECT epoch, lsn, snapshot FROM confab.cursor_now();
-- name: changes
SELECT k, feed_id, seq, xid, at, actor, hidden, kind, subject, target_seq, value, no, client_id, thread_seq, key_id, version, body,
       room_kind, room_visibility, room_history_open, room_created_by, handle, name, avatar, active, word, sender, sent_at, thread_no, flags, edited_at
  FROM confab.changes($1::bigint, $2::bigint, $3::text, $4::int);
-- name: room_changes
SELECT k, feed_id, seq, xid, at, actor, hidden, kind, subject, target_seq, value, no, client_id, thread_seq, key_id, version, body,
       room_kind, room_visibility, room_history_open, room_created_by, handle, name, avatar, active, word, sender, sent_at, thread_no, flags, edited_at
  FROM confab.room_changes($1::bigint, $2::bigint, $3::int);
-- name: file_begin
SELECT o_id, o_place, o_key, o_complete
  FROM confab.file_begin($1::bigint, $2::uuid, $3::uuid, $4::int, $5::bytea, $6::bigint, $7::bigint, $8::bigint);
-- name: file_upload
SELECT id, room, owner, place, key_id, name, size, type, width, height, thumbnail FROM confab.file_upload($1::bigint);
-- name: file_complete
SELECT confab.file_complete($1::bigint, $2::text, $3::int, $4::int, $5::bigint);
-- name: file_read
SELECT id, room, owner, place, key_id, name, size, type, width, height, thumbnail FROM confab.file_read($1::bigint);
-- name: files_describe
SELECT id, room, owner, place, key_id, name, size, type, width, height, thumbnail FROM confab.files_describe($1::bigint, $2::bigint[]);
-- name: file_cancel
SELECT confab.file_cancel($1::bigint);
-- name: file_removed
SELECT confab.file_removed($1::bigint);
-- name: search_begin
SELECT enabled, key_id, first_week, last_week, whole FROM confab.search_begin($1::bigint);
-- name: search_page
SELECT room, seq, no, sender, sent_at, client_id, thread_seq, thread_no, flags, edited_at, key_id, version, body
  FROM confab.search_page($1::bigint[], $2::int, $3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::int);
