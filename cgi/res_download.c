/* Downloads: an uploaded file or its thumbnail, opened chunk by chunk while it is sent. Everything that
 * came from a stranger is shown by the browser only if it is of a short list of types, and even then in
 * a sandbox; all else is saved, under a type that no page can make a script or a style of. */
#include <inttypes.h>

#include "files.h"
#include "log.h"
#include "range.h"
#include "url.h"

static const char *const inline_types[] = {
    "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif",
    "audio/mpeg", "audio/ogg", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/flac", "audio/aac",
    "video/mp4", "video/webm", "video/ogg", "text/plain",
};

struct download {
    struct stored stored;
    struct range range;
    struct buf chunk; /* opened, not yet sent: the one at `index` */
    int64_t index;
};

static const char *inline_type(struct slice type)
{
    for (size_t i = 0; i < sizeof inline_types / sizeof *inline_types; i++) {
        if (slice_eq(type, slice_str(inline_types[i]))) return inline_types[i];
    }
    return NULL;
}

/* The part of the present chunk that is within the range. */
static struct slice wanted(const struct download *d)
{
    int64_t start = d->index * STORE_CHUNK, first = d->range.first > start ? d->range.first - start : 0;
    int64_t end = d->range.last + 1 - start;

    if (end > (int64_t)d->chunk.len) end = (int64_t)d->chunk.len;
    return slice_make(d->chunk.data + first, (size_t)(end - first));
}

static bool write_download(struct io *io, void *arg)
{
    struct download *d = arg;

    for (;;) {
        if (!io_write(io, wanted(d))) return false;
        if (++d->index > d->range.last / STORE_CHUNK) return true;
        buf_clear(&d->chunk);
        /* Damaged in the middle: the answer ends short of its length, and the client knows. */
        if (filestore_read(&d->stored, d->index, &d->chunk) != STORE_OK) return false;
    }
}

static void end_download(void *arg)
{
    struct download *d = arg;

    filestore_close(&d->stored);
    buf_wipe(&d->chunk);
}

/* Two names: one in ASCII for old clients, and the true one (RFC 6266, RFC 8187). */
static void add_disposition(struct call *c, struct slice name, bool shown)
{
    struct buf b = BUF_INIT;

    buf_str(&b, shown ? "inline; filename=\"" : "attachment; filename=\"");
    for (size_t i = 0; i < name.n; i++) {
        char ch = name.p[i];

        if (((unsigned char)ch & 0xC0) == 0x80) continue; /* one sign for a character */
        buf_byte(&b, ch < ' ' || ch > '~' || strchr("\"\\/%;", ch) != NULL ? '_' : ch);
    }
    buf_str(&b, "\"; filename*=UTF-8''");
    url_encode(&b, name);
    reply_header_slice(&c->reply, "Content-Disposition", buf_ok(&b) ? buf_view(&b) : SLICE("attachment"));
    buf_free(&b);
}

/* On 304 as on 200. */
static void add_validators(struct call *c, const char *etag)
{
    reply_header(&c->reply, "ETag", "%s", etag);
    reply_cache(&c->reply, "private, max-age=604800, immutable");
    /* Another person in the same browser asks anew. */
    reply_header(&c->reply, "Vary", "Cookie");
}

static void answer_outside(struct call *c, int64_t size)
{
    reply_problem(&c->reply, PROBLEM_range_not_satisfiable, NULL);
    reply_header(&c->reply, "Content-Range", "bytes */%" PRId64, size);
}

/* type: for the browser. shown: inline. */
static void answer_bytes(struct call *c, const struct stored_id *id, const char *type, struct slice name, bool shown, const char *etag)
{
    struct download *d = arena_alloc(&c->api->arena, sizeof *d);
    bool part_asked = c->req.range.n > 0 && (c->req.if_range.n == 0 || slice_eq(slice_trim(c->req.if_range), slice_str(etag)));
    enum range_found found = range_read(part_asked ? c->req.range : SLICE_NULL, id->size, &d->range);
    enum store_status status;

    if (found == RANGE_OUTSIDE) {
        answer_outside(c, id->size);
        return;
    }
    d->index = d->range.first / STORE_CHUNK;
    d->chunk = (struct buf)BUF_INIT;
    status = filestore_open(&d->stored, c->api->conf->files_dir, c->api->keys, id, false);
    if (status == STORE_OK) status = filestore_read(&d->stored, d->index, &d->chunk);
    if (status != STORE_OK) {
        end_download(d);
        if (status == STORE_ABSENT) log_error("file: its bytes are missing", "request=%s file=%" PRId64, c->req.id, c->params.file);
        files_failed(c, status);
        return;
    }
    reply_stream(&c->reply, found == RANGE_PART ? 206 : 200,
                 &(struct reply_source){type, d->range.last - d->range.first + 1, write_download, end_download, d});
    if (found == RANGE_PART) {
        reply_header(&c->reply, "Content-Range", "bytes %" PRId64 "-%" PRId64 "/%" PRId64, d->range.first, d->range.last, id->size);
    }
    add_validators(c, etag);
    add_disposition(c, name, shown);
    reply_header(&c->reply, "Accept-Ranges", "bytes");
    reply_header(&c->reply, "Content-Security-Policy", "sandbox; default-src 'none'");
}

/* A file that the caller may read now. False after answering. */
static bool readable(struct call *c, struct file_row *f)
{
    struct pgargs *a;
    PGresult *r;

    if (!files_on(c)) return false;
    a = call_args(c);
    pgargs_int8(a, c->params.file);
    call_queue(c, Q_API_FILE_READ, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return false;
    file_row_read(c, r, 0, f);
    return true;
}

static const char *etag_of(struct call *c, const struct file_row *f, const char *what)
{
    char text[UUID_TEXT];

    uuid_text(&f->place, text);
    return arena_fmt(&c->api->arena, "\"%s%s\"", text, what);
}

static bool known(struct call *c, const char *etag)
{
    if (!etag_listed(c->req.if_none_match, slice_str(etag))) return false;
    reply_empty(&c->reply, 304);
    add_validators(c, etag);
    return true;
}

void files_get(struct call *c)
{
    const char *etag, *type;
    struct stored_id id;
    struct file_row f;
    bool shown;

    if (!readable(c, &f)) return;
    etag = etag_of(c, &f, "");
    if (known(c, etag)) return;
    type = inline_type(f.type);
    shown = type != NULL && !c->f[F_download].flag;
    if (type == NULL) type = "application/octet-stream";
    if (strcmp(type, "text/plain") == 0) type = "text/plain; charset=utf-8";
    id = file_stored_id(c, &f, STORED_FILE);
    answer_bytes(c, &id, type, f.name, shown, etag);
}

void files_thumbnail(struct call *c)
{
    struct stored_id id;
    struct file_row f;
    const char *etag;

    if (!readable(c, &f)) return;
    if (f.thumbnail == 0) {
        reply_problem(&c->reply, PROBLEM_not_found, "There is no thumbnail of this file.");
        return;
    }
    etag = etag_of(c, &f, "-t");
    if (known(c, etag)) return;
    id = file_stored_id(c, &f, STORED_THUMBNAIL);
    answer_bytes(c, &id, "image/webp", SLICE("thumbnail.webp"), true, etag);
}
