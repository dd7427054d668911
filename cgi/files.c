#include "files.h"

#include "log.h"
#include "row.h"

bool files_configured(const struct conf *conf)
{
    return conf->files_dir[0] != '\0' && conf->body_max >= STORE_CHUNK;
}

bool files_on(struct call *c)
{
    if (files_configured(c->api->conf)) return true;
    reply_problem(&c->reply, PROBLEM_files_off, "The operator has not set this server up to take files.");
    return false;
}

void files_limits_json(struct json *j, const struct conf *conf)
{
    json_key(j, "files");
    if (!files_configured(conf)) {
        json_put_null(j);
        return;
    }
    json_begin_object(j);
    json_kv_int(j, "size_max", conf->files_size_max);
    json_kv_int(j, "count_max", FILES_MOST);
    json_kv_int(j, "chunk_max", STORE_CHUNK);
    json_end(j);
}

struct stored_id file_stored_id(const struct call *c, const struct file_row *f, enum stored_kind kind)
{
    return (struct stored_id){kind, c->who.tenant, f->place, kind == STORED_THUMBNAIL ? f->thumbnail : f->size};
}

void file_row_read(struct call *c, const PGresult *r, int i, struct file_row *f)
{
    enum { ID, ROOM, OWNER, PLACE, KEY, NAME, SIZE, TYPE, WIDTH, HEIGHT, THUMBNAIL };
    struct buf name = BUF_INIT;
    struct seal_ad ad;

    *f = (struct file_row){.id = pgget_int8(r, i, ID), .room = pgget_int8(r, i, ROOM), .owner = pgget_int8(r, i, OWNER),
                           .size = pgget_int8(r, i, SIZE), .thumbnail = pgget_int8(r, i, THUMBNAIL),
                           .width = pgget_int4(r, i, WIDTH), .height = pgget_int4(r, i, HEIGHT)};
    (void)pgget_uuid(r, i, PLACE, &f->place);
    f->type = arena_dup(&c->api->arena, pgget_text(r, i, TYPE));
    ad = file_name_ad(c->who.tenant, f->room, f->owner, &f->place);
    if (row_open(c->api->keys, pgget_int4(r, i, KEY), &ad, pgget_text(r, i, NAME), &name) == CRYPTO_OPENED && buf_ok(&name)) {
        f->name = arena_dup(&c->api->arena, buf_view(&name));
    } else {
        /* The bytes may be well all the same. */
        log_error("file: its name is damaged", "request=%s file=%lld", c->req.id, (long long)f->id);
        f->name = SLICE("file");
    }
    buf_wipe(&name);
}

void file_json(struct json *j, const struct file_row *f)
{
    json_begin_object(j);
    json_kv_id(j, "id", f->id);
    json_kv_text(j, "name", f->name);
    json_kv_text(j, "type", f->type);
    json_kv_int(j, "size", f->size);
    if (f->width > 0 && f->height > 0) {
        json_kv_int(j, "width", f->width);
        json_kv_int(j, "height", f->height);
    }
    if (f->thumbnail > 0) json_kv_bool(j, "thumbnail", true);
    json_end(j);
}

void files_failed(struct call *c, enum store_status status)
{
    switch (status) {
    case STORE_ABSENT: reply_problem(&c->reply, PROBLEM_not_found, "The file is not there any more."); break;
    case STORE_FULL: reply_problem(&c->reply, PROBLEM_unavailable, "The server's disk is full. The operator has to make room."); break;
    case STORE_DAMAGED:
    case STORE_NO_KEY: reply_problem(&c->reply, PROBLEM_internal, "This file is damaged and cannot be shown."); break;
    default: reply_problem(&c->reply, PROBLEM_internal, NULL); break;
    }
}

static bool twice(const int64_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (ids[i] == ids[k]) return true;
        }
    }
    return false;
}

bool files_json(struct call *c, const int64_t *ids, size_t n, struct buf *out)
{
    struct problem_field wrong = {"files", "names one that is not complete, not yours, not for this room, or twice"};
    struct pgargs *a = call_args(c);
    struct json j;
    PGresult *r;

    pgargs_int8(a, c->params.room);
    pgargs_int8_array(a, ids, n);
    call_queue(c, Q_API_FILES_DESCRIBE, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return false;
    if ((size_t)PQntuples(r) != n || twice(ids, n)) {
        reply_problem_fields(&c->reply, &wrong, 1);
        return false;
    }
    json_start(&j, out);
    json_begin_array(&j);
    for (int i = 0; i < PQntuples(r); i++) {
        struct file_row f;

        file_row_read(c, r, i, &f);
        file_json(&j, &f);
    }
    json_end(&j);
    if (json_done(&j)) return true;
    reply_problem(&c->reply, PROBLEM_internal, NULL);
    return false;
}
