/* export: everything of a tenant as JSON Lines and files, opened. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "content.h"
#include "ctl_export.h"
#include "json.h"
#include "row.h"

const char *const export_kinds[] = {"file", "message", "event", "reaction", "mention", "pin", "saved", "thread", "follower", "poll", "vote", NULL};
const char *const export_last_kinds[] = {"class", "member", NULL};

/* export_rows */
enum { X_ID, X_DATA, X_OWNER, X_CLIENT, X_KEY, X_VERSION, X_SEALED, X_SIZE, X_THUMBNAIL };

struct exporter {
    struct ctl *c;
    const char *directory;
    int64_t tenant, room;
    FILE *out;
    unsigned long lines, files, damaged;
};

char *export_path(const char *directory, const char *key, const char *suffix)
{
    struct buf b = BUF_INIT;
    buf_str(&b, directory);
    buf_str(&b, key ? "/files/" : "/");
    buf_str(&b, key ? key : EXPORT_FILE);
    buf_str(&b, suffix);
    char *path = buf_cstr(&b) ? strdup(b.data) : NULL;
    buf_free(&b);
    return path;
}

/* A result that outlives the next question. */
static PGresult *ask_rows(struct exporter *x, int64_t room, const char *kind, int64_t lo, int64_t hi)
{
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, x->tenant);
    pgargs_int8(&a, room);
    pgargs_str(&a, kind);
    pgargs_int8(&a, lo);
    pgargs_int8(&a, hi);
    PGresult *r = ctl_ask(x->c, Q_CTL_EXPORT_ROWS, &a, false), *copy = NULL;
    if (r && !(copy = PQcopyResult(r, PG_COPYRES_TUPLES | PG_COPYRES_ATTRS)))
        ctl_fail("out of memory");
    return copy;
}

static bool put_line(struct exporter *x, struct buf *line)
{
    buf_byte(line, '\n');
    bool ok = buf_ok(line) && fwrite(line->data, 1, line->len, x->out) == line->len;
    if (!ok)
        ctl_fail("cannot write %s/%s: %s", x->directory, EXPORT_FILE, buf_ok(line) ? strerror(errno) : "out of memory");
    x->lines++;
    return ok;
}

static void room_members_json(struct json *j, struct slice plain)
{
    struct room_label label;
    room_label_read(plain, &label);
    json_kv_text(j, "name", label.name);
    json_kv_text(j, "topic", label.topic);
    json_kv_text(j, "description", label.description);
}

/* The key of a file by its id; the id is one of this database. */
static bool put_file_key(struct exporter *x, json_t *file)
{
    const char *id = json_string_value(json_object_get(file, "id"));
    int64_t number;
    struct pgargs a = PGARGS_INIT;
    if (!id || !slice_id(slice_str(id), &number))
        return false;
    pgargs_int8(&a, x->tenant);
    pgargs_int8(&a, number);
    PGresult *r = ctl_ask(x->c, Q_CTL_EXPORT_FILE_KEY, &a, false);
    struct slice key = r ? pgget_text(r, 0, 0) : SLICE_NULL;
    json_object_del(file, "id");
    return r && json_object_set_new(file, "file", json_stringn(key.p ? key.p : "", key.n)) == 0;
}

/* The files of a message, with their keys in the place of ids. */
static bool files_json(struct exporter *x, struct json *j, struct slice files)
{
    char err[160];
    json_t *array = json_parse_strict(files, 8, err, sizeof err), *file;
    size_t i;
    bool ok = json_is_array(array);
    json_array_foreach(array, i, file) ok = ok && put_file_key(x, file);
    char *text = ok ? json_dumps(array, JSON_COMPACT) : NULL;
    if (text) {
        json_key(j, "files");
        json_splice(j, slice_str(text));
    }
    free(text);
    json_decref(array);
    return text != NULL;
}

static bool message_members_json(struct exporter *x, struct json *j, struct slice plain)
{
    struct content content;
    if (!content_read(plain, &content))
        return false;
    json_kv_text(j, "text", content.text);
    if (content.poll.n > 0) {
        json_key(j, "poll");
        json_splice(j, content.poll);
    }
    return content.files.n == 0 || files_json(x, j, content.files);
}

/* What was sealed, opened. Damaged content is told of and left out: the rest is worth having. */
static void sealed_members_json(struct exporter *x, struct json *j, const char *kind, const PGresult *r, int i)
{
    struct slice sealed = pgget_text(r, i, X_SEALED);
    struct buf plain = BUF_INIT;
    struct uuid client;
    struct seal_ad ad;
    if (!sealed.p || !pgget_uuid(r, i, X_CLIENT, &client))
        return;
    int64_t owner = pgget_int8(r, i, X_OWNER);
    int32_t version = pgget_int4(r, i, X_VERSION);
    bool room = strcmp(kind, "room") == 0, file = strcmp(kind, "file") == 0;
    ad = room ? room_name_ad(x->tenant, owner, &client, version)
         : file ? file_name_ad(x->tenant, x->room, owner, &client)
                : message_ad(x->tenant, x->room, owner, &client, version);
    bool ok = row_open(x->c->keys, pgget_int4(r, i, X_KEY), &ad, sealed, &plain) == CRYPTO_OPENED && buf_ok(&plain);
    if (ok && room)
        room_members_json(j, buf_view(&plain));
    else if (ok && file)
        json_kv_text(j, "name", buf_view(&plain));
    else if (ok)
        ok = message_members_json(x, j, buf_view(&plain));
    if (!ok) {
        json_kv_bool(j, "damaged", true);
        x->damaged++;
    }
    buf_wipe(&plain);
}

static bool write_file(const char *path, struct stored *f, const struct stored_id *id)
{
    struct buf chunk = BUF_INIT;
    FILE *out = fopen(path, "wx");
    if (!out && errno == EEXIST)
        return true; /* of an export that was broken off: files are written whole, then renamed */
    bool ok = out != NULL;
    for (int64_t n = 0; ok && n < filestore_chunks(id); n++) {
        buf_clear(&chunk);
        ok = filestore_read(f, n, &chunk) == STORE_OK && buf_ok(&chunk) && fwrite(chunk.data, 1, chunk.len, out) == chunk.len;
    }
    if (out && fclose(out) != 0)
        ok = false;
    buf_wipe(&chunk);
    return ok;
}

/* One stored object, into a name of its own first. */
static bool copy_stored(struct exporter *x, const char *key, const char *suffix, const struct stored_id *id)
{
    struct stored f = STORED_INIT;
    char *path = export_path(x->directory, key, suffix), *part = export_path(x->directory, key, ".part");
    bool ok = path && part;
    if (ok && access(path, F_OK) != 0) {
        unlink(part);
        ok = filestore_open(&f, x->c->conf->files_dir, x->c->keys, id, false) == STORE_OK && write_file(part, &f, id) && rename(part, path) == 0;
        filestore_close(&f);
        if (!ok)
            unlink(part);
    }
    free(path);
    free(part);
    return ok;
}

static char *text_member(const PGresult *r, int i, const char *member)
{
    char err[160];
    json_t *data = json_parse_strict(pgget_text(r, i, X_DATA), 8, err, sizeof err);
    const char *s = json_string_value(json_object_get(data, member));
    char *copy = s ? strdup(s) : NULL;
    json_decref(data);
    return copy;
}

/* The bytes of a file; what cannot be read is told of, and its line stays. */
static void copy_file(struct exporter *x, const PGresult *r, int i)
{
    struct stored_id id = {STORED_FILE, x->tenant, {{0}}, pgget_int8(r, i, X_SIZE)}, small = {STORED_THUMBNAIL, x->tenant, {{0}}, pgget_int8(r, i, X_THUMBNAIL)};
    char *key = text_member(r, i, "file");
    bool ok = key && pgget_uuid(r, i, X_CLIENT, &id.place);
    small.place = id.place;
    ok = ok && copy_stored(x, key, "", &id) && (small.size == 0 || copy_stored(x, key, ".t", &small));
    if (ok) {
        x->files++;
    } else {
        x->damaged++;
        ctl_fail("a file cannot be read and is left out: %s", key ? key : "?");
    }
    free(key);
}

static bool put_row(struct exporter *x, const char *kind, const PGresult *r, int i)
{
    struct buf line = BUF_INIT;
    struct json j;
    json_start(&j, &line);
    json_begin_object(&j);
    json_kv_str(&j, "kind", kind);
    json_key(&j, "data");
    json_splice(&j, pgget_text(r, i, X_DATA));
    sealed_members_json(x, &j, kind, r, i);
    json_end(&j);
    bool ok = put_line(x, &line);
    buf_wipe(&line);
    if (ok && strcmp(kind, "file") == 0)
        copy_file(x, r, i);
    return ok;
}

static bool put_rows(struct exporter *x, const char *kind, int64_t lo, int64_t hi)
{
    PGresult *r = ask_rows(x, x->room, kind, lo, hi);
    bool ok = r != NULL;
    for (int i = 0; ok && i < PQntuples(r); i++) ok = put_row(x, kind, r, i);
    PQclear(r);
    return ok;
}

static bool put_room(struct exporter *x, const PGresult *rooms, int i)
{
    int64_t last = pgget_int8(rooms, i, X_SIZE);
    x->room = pgget_int8(rooms, i, X_ID);
    bool ok = put_row(x, "room", rooms, i);
    for (int64_t lo = 1; ok && lo <= last; lo += EXPORT_WINDOW)
        for (const char *const *kind = export_kinds; ok && *kind; kind++) ok = put_rows(x, *kind, lo, lo + EXPORT_WINDOW - 1);
    for (const char *const *kind = export_last_kinds; ok && *kind; kind++) ok = put_rows(x, *kind, 0, 0);
    fprintf(stderr, "\rroom %d of %d, %lu lines", i + 1, PQntuples(rooms), x->lines);
    return ok;
}

static bool put_all(struct exporter *x)
{
    struct buf head = BUF_INIT;
    buf_fmt(&head, "{\"kind\":\"" EXPORT_FORM "\",\"version\":%d}", EXPORT_VERSION);
    bool ok = put_line(x, &head) && put_rows(x, "person", 0, 0);
    PGresult *rooms = ok ? ask_rows(x, 0, "room", 0, 0) : NULL;
    for (int i = 0; rooms && ok && i < PQntuples(rooms); i++) ok = put_room(x, rooms, i);
    if (rooms && PQntuples(rooms))
        fputc('\n', stderr);
    ok = ok && rooms;
    PQclear(rooms);
    buf_free(&head);
    return ok;
}

static bool make_folders(const char *directory)
{
    struct buf files = BUF_INIT;
    buf_str(&files, directory);
    buf_str(&files, "/files");
    bool ok = buf_cstr(&files) && (mkdir(directory, 0700) == 0 || errno == EEXIST) && (mkdir(files.data, 0700) == 0 || errno == EEXIST);
    if (!ok)
        ctl_fail("cannot make %s: %s", directory, strerror(errno));
    buf_free(&files);
    return ok;
}

int cmd_export(struct ctl *c, int argc, char **argv)
{
    if (argc != 2)
        return CTL_USAGE;
    struct exporter x = {.c = c, .directory = argv[1]};
    /* Everything stands open in it. */
    umask(077);
    if (!ctl_keys(c) || !ctl_db(c) || !(x.tenant = ctl_tenant(c, argv[0])) || !make_folders(x.directory))
        return CTL_FAILED;
    char *path = export_path(x.directory, NULL, ""), *part = export_path(x.directory, NULL, ".part");
    bool ok = path && part && (x.out = fopen(part, "w")) != NULL;
    if (!ok)
        ctl_fail("cannot write into %s: %s", x.directory, strerror(errno));
    ok = ok && put_all(&x);
    if (x.out && (fflush(x.out) != 0 || fsync(fileno(x.out)) != 0 || fclose(x.out) != 0) && ok)
        ok = !ctl_fail("cannot write into %s: %s", x.directory, strerror(errno));
    ok = ok && rename(part, path) == 0;
    if (ok)
        printf("wrote %lu lines and %lu files to %s. Nothing in it is sealed: keep it as you would keep the key file.\n", x.lines, x.files, x.directory);
    if (ok && x.damaged)
        ctl_fail("%lu rows or files could not be opened and stand in it as damaged", x.damaged);
    free(path);
    free(part);
    return ok && !x.damaged ? CTL_OK : CTL_FAILED;
}
