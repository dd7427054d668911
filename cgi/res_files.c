/* Uploads: begin, chunk by chunk, go on after a lost connection, cancel. */
#include <inttypes.h>

#include "examine.h"
#include "files.h"
#include "row.h"
#include "log.h"

static struct json *begin_upload(struct call *c, int status, int64_t id, int64_t offset)
{
    struct json *j = reply_json(&c->reply, status);

    reply_header(&c->reply, "Upload-Offset", "%" PRId64, offset);
    json_begin_object(j);
    json_kv_id(j, "id", id);
    json_kv_int(j, "offset", offset);
    json_kv_int(j, "chunk_max", STORE_CHUNK);
    return j;
}

static void answer_upload(struct call *c, int status, const struct file_row *f, int64_t offset)
{
    struct json *j = begin_upload(c, status, f->id, offset);

    if (f->type.n > 0) {
        json_key(j, "file");
        file_json(j, f);
    }
    json_end(j);
}

/* The caller's own upload of the path. False after answering. */
static bool my_upload(struct call *c, struct file_row *f)
{
    struct pgargs *a;
    PGresult *r;

    if (!files_on(c)) return false;
    a = call_args(c);
    pgargs_int8(a, c->params.file);
    call_queue(c, Q_API_FILE_UPLOAD, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return false;
    file_row_read(c, r, 0, f);
    return true;
}

/* How much of it is on disk. */
static bool offset_of(struct call *c, const struct file_row *f, int64_t *offset)
{
    struct stored_id id = file_stored_id(c, f, STORED_FILE);
    struct stored stored = STORED_INIT;
    enum store_status status;

    *offset = f->size;
    if (f->type.n > 0) return true;
    status = filestore_open(&stored, c->api->conf->files_dir, c->api->keys, &id, false);
    if (status == STORE_OK) status = filestore_offset(&stored, offset);
    filestore_close(&stored);
    if (status != STORE_OK) files_failed(c, status);
    return status == STORE_OK;
}

static bool queue_begin(struct call *c, const struct uuid *place, struct buf *sealed)
{
    const struct conf *conf = c->api->conf;
    int32_t key = keyring_current(c->api->keys);
    struct seal_ad ad = file_name_ad(c->who.tenant, c->params.room, c->who.account, place);
    struct pgargs *a;

    if (!crypto_seal(c->api->keys, key, &ad, c->f[F_file_name].text, sealed)) {
        log_error("file: its name cannot be sealed", "request=%s key=%d", c->req.id, key);
        reply_problem(&c->reply, PROBLEM_internal, NULL);
        return false;
    }
    a = call_args(c);
    pgargs_int8(a, c->params.room);
    pgargs_uuid(a, &c->f[F_client_id].uuid);
    pgargs_uuid(a, place);
    pgargs_int4(a, key);
    pgargs_bytes(a, buf_view(sealed));
    pgargs_int8(a, c->f[F_file_size].number);
    pgargs_int8(a, conf->files_person_mib << 20);
    pgargs_int8(a, conf->files_tenant_mib << 20);
    call_queue(c, Q_API_FILE_BEGIN, a);
    return true;
}

void files_begin(struct call *c)
{
    enum { ID, PLACE };
    const struct conf *conf = c->api->conf;
    struct file_row f = {.size = c->f[F_file_size].number};
    struct buf sealed = BUF_INIT;
    struct stored_id id;
    enum store_status status;
    struct uuid place;
    PGresult *r;

    if (!files_on(c)) return;
    if (f.size > conf->files_size_max) {
        reply_problem(&c->reply, PROBLEM_too_large, arena_fmt(&c->api->arena, "A file may have %" PRId64 " bytes here.", conf->files_size_max));
        return;
    }
    if (!call_know(c)) return;
    crypto_random(place.b, sizeof place.b);
    if (!queue_begin(c, &place, &sealed) || !call_read(c) || (r = call_next(c)) == NULL) goto out;
    f.id = pgget_int8(r, 0, ID);
    (void)pgget_uuid(r, 0, PLACE, &f.place);
    if (!call_committed(c)) goto out;
    /* A retry begins nothing new: where it stands is asked for at ../upload. */
    id = file_stored_id(c, &f, STORED_FILE);
    status = filestore_create(conf->files_dir, c->api->keys, &id);
    if (status == STORE_OK) {
        answer_upload(c, 201, &f, 0);
    } else {
        files_failed(c, status);
    }
out:
    buf_wipe(&sealed);
}

void files_upload(struct call *c)
{
    struct file_row f;
    int64_t offset;

    if (my_upload(c, &f) && offset_of(c, &f, &offset)) answer_upload(c, 200, &f, offset);
}

/* Keeps the thumbnail; a file does without one if that fails. */
static int64_t keep_thumbnail(struct call *c, const struct file_row *f, struct findings *found)
{
    struct file_row with = *f;
    struct stored_id id;

    with.thumbnail = (int64_t)found->thumbnail.len;
    if (with.thumbnail == 0) return 0;
    id = file_stored_id(c, &with, STORED_THUMBNAIL);
    return filestore_put(c->api->conf->files_dir, c->api->keys, &id, buf_view(&found->thumbnail)) == STORE_OK ? with.thumbnail : 0;
}

/* All is there: what is it? */
static bool complete(struct call *c, struct file_row *f, struct stored *stored)
{
    struct findings found = FINDINGS_INIT;
    struct pgargs *a, *b;
    PGresult *r = NULL;
    bool ok;

    examine(stored, &found);
    a = call_args(c);
    b = call_args(c);
    pgargs_int8(a, f->id);
    pgargs_str(a, found.type);
    pgargs_int4(a, found.width);
    pgargs_int4(a, found.height);
    pgargs_int8(a, keep_thumbnail(c, f, &found));
    pgargs_int8(b, f->id);
    call_queue(c, Q_API_FILE_COMPLETE, a);
    call_queue(c, Q_API_FILE_UPLOAD, b);
    /* Nobody sees it yet: no notification. */
    ok = call_read(c) && call_next(c) != NULL && (r = call_next(c)) != NULL;
    if (ok) file_row_read(c, r, 0, f);
    findings_free(&found);
    return ok && call_committed(c);
}

static void refuse_offset(struct call *c, int64_t offset)
{
    reply_problem(&c->reply, PROBLEM_conflict, arena_fmt(&c->api->arena, "The next chunk is the one at offset %" PRId64 ".", offset));
    reply_header(&c->reply, "Upload-Offset", "%" PRId64, offset);
}

/* Writes the chunk if it is the next one; one that is there already is fine. *offset: where it stands then. */
static bool take_chunk(struct call *c, struct stored *stored, int64_t *offset)
{
    struct slice content = c->f[F_content].text;
    int64_t at = c->f[F_offset].number, index = at / STORE_CHUNK;
    struct problem_field wrong = {"content", "is not as long as the chunk at this offset: chunk_max bytes, the last one what is left"};
    enum store_status status = filestore_offset(stored, offset);

    if (status == STORE_OK && (at > *offset || at % STORE_CHUNK != 0 || at >= stored->id.size)) {
        refuse_offset(c, *offset);
        return false;
    }
    if (status == STORE_OK && content.n != filestore_chunk_size(&stored->id, index)) {
        reply_problem_fields(&c->reply, &wrong, 1);
        return false;
    }
    if (status == STORE_OK && at == *offset) {
        status = filestore_write(stored, index, content);
        *offset += (int64_t)content.n;
    }
    if (status != STORE_OK) files_failed(c, status);
    return status == STORE_OK;
}

void files_put(struct call *c)
{
    struct stored stored = STORED_INIT;
    enum store_status status;
    struct stored_id id;
    struct file_row f;
    int64_t offset;

    if (!my_upload(c, &f)) return;
    if (f.type.n > 0) {
        answer_upload(c, 200, &f, f.size);
        return;
    }
    id = file_stored_id(c, &f, STORED_FILE);
    status = filestore_open(&stored, c->api->conf->files_dir, c->api->keys, &id, true);
    if (status != STORE_OK) {
        files_failed(c, status);
    } else if (take_chunk(c, &stored, &offset) && (offset < f.size || complete(c, &f, &stored))) {
        answer_upload(c, 200, &f, offset);
    }
    filestore_close(&stored);
}

void files_cancel(struct call *c)
{
    struct pgargs *a = call_args(c);
    struct uuid place;
    PGresult *r;

    if (!files_on(c)) return;
    pgargs_int8(a, c->params.file);
    call_queue(c, Q_API_FILE_CANCEL, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    (void)pgget_uuid(r, 0, 0, &place);
    if (!call_committed(c)) return;
    /* What fails from here on is done by `confabctl work`. */
    if (filestore_remove(c->api->conf->files_dir, &place) == STORE_OK) {
        a = call_args(c);
        pgargs_int8(a, c->params.file);
        call_queue(c, Q_API_FILE_REMOVED, a);
        if (call_read(c) && call_next(c) != NULL) (void)call_committed(c);
    }
    reply_empty(&c->reply, 204);
}
