/* import: what export wrote, into a tenant. Run again after an interruption, it goes on.
 *
 * The folder may come from a stranger: only regular files are read, nothing through a link, lines are
 * bounded, and what is sealed has the form that our writer gives it, since it is trusted from then on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "content.h"
#include "ctl_export.h"
#include "row.h"

enum { BATCH = 200, SHOW_EVERY = 20000 };
/* The longest line that export writes is of a class with some ten thousand people: about a megabyte. */
enum { LINE_MOST = 64 << 20 };

/* A row on its way; all owned. */
struct item {
    struct pgargs args;
    char *kind, *data, *who; /* who: the person of a member */
    struct buf sealed;
    struct uuid place;
};

struct importer {
    struct ctl *c;
    const char *directory;
    int64_t tenant, room;
    json_t *ids; /* "person ada" -> id, of what was asked for before */
    struct item item[BATCH];
    int n;
    unsigned long line, fresh, files;
};

static void item_free(struct item *i)
{
    pgargs_free(&i->args);
    free(i->kind);
    free(i->who);
    if (i->data)
        crypto_wipe(i->data, strlen(i->data));
    free(i->data);
    buf_wipe(&i->sealed);
    *i = (struct item){0};
}

static bool wrong(const struct importer *m, const char *what)
{
    ctl_fail("%s/%s line %lu: %s", m->directory, EXPORT_FILE, m->line, what);
    return false;
}

/* Members write into the feeds of people: all of these are locked first, in the order that everybody keeps. */
static void queue_lock(struct importer *m)
{
    struct pgargs a = PGARGS_INIT;
    char *who[BATCH];
    size_t n = 0;
    for (int i = 0; i < m->n; i++)
        if (m->item[i].who)
            who[n++] = m->item[i].who;
    pgargs_int8(&a, m->tenant);
    pgargs_text_array(&a, who, n);
    db_queue(m->c->db, Q_CTL_IMPORT_LOCK, &a);
    pgargs_free(&a);
}

/* Sends what is gathered, as one transaction. */
static bool send_all(struct importer *m)
{
    struct db *db = m->c->db;
    unsigned long fresh = 0;
    db_done(db);
    queue_lock(m);
    for (int i = 0; i < m->n; i++) db_queue(db, Q_CTL_IMPORT_ROW, &m->item[i].args);
    db_mark(db);
    bool ok = db_send(db) == DB_OK && db_next(db);
    for (int i = 0; ok && i < m->n; i++) {
        PGresult *r = db_next(db);
        ok = r != NULL;
        if (ok && pgget_bool(r, 0, 0))
            fresh++;
    }
    ok = ok && db_committed(db);
    if (ok)
        m->fresh += fresh;
    return ok;
}

static bool flush(struct importer *m)
{
    struct db *db = m->c->db;
    if (m->n == 0)
        return true;
    bool ok = send_all(m);
    if (!ok)
        wrong(m, db_error(db)->message);
    /* Bytes whose row is surely not there. */
    for (int i = 0; !ok && db_error(db)->status == DB_FAILED && i < m->n; i++)
        if (strcmp(m->item[i].kind, "file") == 0)
            filestore_remove(m->c->conf->files_dir, &m->item[i].place);
    db_done(db);
    for (int i = 0; i < m->n; i++) item_free(&m->item[i]);
    m->n = 0;
    return ok;
}

/* A file of the folder. */
static FILE *open_regular(const char *path)
{
    struct stat st;
    int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        FILE *in = fdopen(fd, "r");
        if (in)
            return in;
    } else {
        errno = EINVAL;
    }
    close(fd);
    return NULL;
}

/* What a name stands for here; 0: nothing. What has just been read is stored first. */
static int64_t find(struct importer *m, const char *kind, const char *key)
{
    struct buf name = BUF_INIT;
    int64_t id = 0;
    buf_str(&name, kind);
    buf_byte(&name, ' ');
    buf_str(&name, key);
    const json_t *known = buf_cstr(&name) ? json_object_get(m->ids, name.data) : NULL;
    if (known) {
        id = json_integer_value(known);
    } else if (flush(m)) {
        struct pgargs a = PGARGS_INIT;
        pgargs_int8(&a, m->tenant);
        pgargs_str(&a, kind);
        pgargs_str(&a, key);
        PGresult *r = ctl_ask(m->c, Q_CTL_IMPORT_FIND, &a, false);
        id = r ? pgget_int8(r, 0, 0) : 0;
        if (id && buf_cstr(&name))
            json_object_set_new(m->ids, name.data, json_integer(id));
    }
    buf_free(&name);
    return id;
}

static const char *text(const json_t *object, const char *member)
{
    const char *s = json_string_value(json_object_get(object, member));
    return s ? s : "";
}

/* The person before the colon of a key. */
static int64_t owner_of(struct importer *m, const char *key)
{
    const char *colon = strchr(key, ':');
    char *handle = colon ? strndup(key, (size_t)(colon - key)) : NULL;
    int64_t id = handle ? find(m, "person", handle) : 0;
    free(handle);
    return id;
}

/* One more row; with ad, `plain` is sealed for its place first. */
static bool put(struct importer *m, const char *kind, const json_t *data, const struct seal_ad *ad, struct slice plain, const struct uuid *place)
{
    if (m->n == BATCH && !flush(m))
        return false;
    struct item *i = &m->item[m->n++];
    int32_t key = keyring_current(m->c->keys);
    *i = (struct item){.kind = strdup(kind), .data = json_dumps(data, JSON_COMPACT)};
    if (strcmp(kind, "member") == 0)
        i->who = strdup(text(data, "person"));
    if (!i->kind || !i->data || (ad && !crypto_seal(m->c->keys, key, ad, plain, &i->sealed)))
        return wrong(m, "cannot be sealed");
    pgargs_int8(&i->args, m->tenant);
    pgargs_int8(&i->args, m->room);
    pgargs_str(&i->args, i->kind);
    pgargs_str(&i->args, i->data);
    pgargs_int4(&i->args, key);
    if (ad)
        pgargs_bytes(&i->args, buf_view(&i->sealed));
    else
        pgargs_null(&i->args);
    if (place) {
        i->place = *place;
        pgargs_uuid(&i->args, &i->place);
    } else {
        pgargs_null(&i->args);
    }
    return true;
}

static bool take_room(struct importer *m, const json_t *line, const json_t *data)
{
    const char *key = text(data, "room"), *colon = strchr(key, ':');
    struct room_label label = {slice_str(text(line, "name")), slice_str(text(line, "topic")), slice_str(text(line, "description"))};
    struct buf plain = BUF_INIT;
    struct uuid client;
    int64_t owner = owner_of(m, key);
    m->room = 0;
    /* A public room is told to the tenant, whose feed is locked before those of people. */
    if (!flush(m))
        return false;
    if (!owner || !uuid_parse(slice_str(colon + 1), &client))
        return wrong(m, "the room's maker is not among the people before it");
    struct seal_ad ad = room_name_ad(m->tenant, owner, &client, (int32_t)json_integer_value(json_object_get(data, "name_version")));
    room_label_write(&plain, &label);
    bool ok = put(m, "room", data, plain.len > 0 ? &ad : NULL, buf_view(&plain), NULL);
    buf_wipe(&plain);
    m->room = ok ? find(m, "room", key) : 0;
    return m->room != 0;
}

/* Seals the bytes of a file into its place. size: as the line says. */
static bool store(struct importer *m, const char *key, const char *suffix, const struct stored_id *id)
{
    char *path = export_path(m->directory, key, suffix);
    FILE *in = open_regular(path);
    struct stored f = STORED_INIT;
    const char *dir = m->c->conf->files_dir;
    static char chunk[STORE_CHUNK];
    bool ok = in && filestore_create(dir, m->c->keys, id) == STORE_OK && filestore_open(&f, dir, m->c->keys, id, true) == STORE_OK;
    for (int64_t n = 0; ok && n < filestore_chunks(id); n++) {
        size_t size = filestore_chunk_size(id, n);
        ok = fread(chunk, 1, size, in) == size && filestore_write(&f, n, slice_make(chunk, size)) == STORE_OK;
    }
    ok = ok && fgetc(in) == EOF;
    filestore_close(&f);
    if (in)
        fclose(in);
    free(path);
    return ok;
}

static bool store_thumbnail(struct importer *m, const char *key, const struct stored_id *id)
{
    char *path = export_path(m->directory, key, ".t"), *bytes = malloc((size_t)id->size + 1);
    FILE *in = bytes ? open_regular(path) : NULL;
    size_t n = in ? fread(bytes, 1, (size_t)id->size + 1, in) : 0;
    bool ok = in && n == (size_t)id->size && filestore_put(m->c->conf->files_dir, m->c->keys, id, slice_make(bytes, n)) == STORE_OK;
    if (in)
        fclose(in);
    free(bytes);
    free(path);
    return ok;
}

static bool take_file(struct importer *m, const json_t *line, const json_t *data)
{
    const char *key = text(data, "file");
    int64_t owner = owner_of(m, key);
    enum { THUMBNAIL_MOST = 16 << 20 };
    struct stored_id id = {STORED_FILE, m->tenant, {{0}}, json_integer_value(json_object_get(data, "size"))};
    struct stored_id small = {STORED_THUMBNAIL, m->tenant, {{0}}, json_integer_value(json_object_get(data, "thumbnail"))};
    if (!owner || !m->room || strchr(key, '/') || id.size < 1 || small.size < 0 || small.size > THUMBNAIL_MOST)
        return wrong(m, "a file of nobody, or of no size");
    if (find(m, "file", key))
        return true;
    if (m->c->conf->files_dir[0] == '\0')
        return wrong(m, "there are files, but files_dir is not set");
    crypto_random(&id.place, sizeof id.place);
    small.place = id.place;
    if (!store(m, key, "", &id) || (small.size > 0 && !store_thumbnail(m, key, &small))) {
        filestore_remove(m->c->conf->files_dir, &id.place);
        return wrong(m, "its file is missing, has another size, or cannot be stored");
    }
    struct seal_ad ad = file_name_ad(m->tenant, m->room, owner, &id.place);
    m->files++;
    return put(m, "file", data, &ad, slice_str(text(line, "name")), &id.place);
}

static bool is_poll(const json_t *poll)
{
    const json_t *choices = json_object_get(poll, "choices");
    size_t n = json_array_size(choices);
    bool ok = n >= 2 && n <= 8 && json_is_boolean(json_object_get(poll, "anonymous"));
    for (size_t i = 0; ok && i < n; i++) ok = json_is_string(json_array_get(choices, i));
    return ok;
}

static bool is_file(const json_t *file)
{
    return json_is_string(json_object_get(file, "name")) && json_is_string(json_object_get(file, "type")) && json_is_integer(json_object_get(file, "size"));
}

/* Ids in the place of keys. */
static bool files_back(struct importer *m, json_t *files, struct buf *out)
{
    json_t *file;
    size_t i;
    bool ok = json_is_array(files);
    json_array_foreach(files, i, file) {
        if (!is_file(file))
            return false;
        int64_t id = find(m, "file", text(file, "file"));
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)id);
        json_t *back = json_pack("{s:s}", "id", number);
        json_object_del(file, "file");
        ok = ok && id && back && json_object_update(back, file) == 0 && json_array_set_new(files, i, back) == 0;
    }
    char *dump = ok ? json_dumps(files, JSON_COMPACT) : NULL;
    if (dump)
        buf_str(out, dump);
    free(dump);
    return ok && dump;
}

static bool take_message(struct importer *m, const json_t *line, const json_t *data)
{
    json_t *files = json_object_get(line, "files"), *poll = json_object_get(line, "poll");
    const json_t *said = json_object_get(line, "text");
    struct buf extra = BUF_INIT, plain = BUF_INIT;
    struct uuid client;
    int64_t sender = find(m, "person", text(data, "sender"));
    bool ok = false;
    if (!sender || !m->room || !uuid_parse(slice_str(text(data, "client_id")), &client)) {
        wrong(m, "a message of nobody, or of no room");
        goto out;
    }
    if (!said) { /* deleted, or damaged */
        ok = put(m, "message", data, NULL, SLICE_NULL, NULL);
        goto out;
    }
    if (!json_is_string(said) || (poll && (files || !is_poll(poll)))) {
        wrong(m, "a message that has no text, or a poll of another form");
        goto out;
    }
    struct content content = {.text = slice_make(json_string_value(said), json_string_length(said))};
    char *dump = poll ? json_dumps(poll, JSON_COMPACT) : NULL;
    if (files && !files_back(m, files, &extra)) {
        wrong(m, "it carries a file that did not come before it, or is none");
        free(dump);
        goto out;
    }
    content.files = buf_view(&extra);
    content.poll = slice_str(dump);
    content_write(&plain, &content);
    struct seal_ad ad = message_ad(m->tenant, m->room, sender, &client, (int32_t)json_integer_value(json_object_get(data, "version")));
    ok = buf_ok(&plain) && put(m, "message", data, &ad, buf_view(&plain), NULL);
    free(dump);
out:
    buf_wipe(&extra);
    buf_wipe(&plain);
    return ok;
}

static bool is_mark(const char *kind)
{
    for (const char *const *k = export_kinds; *k; k++)
        if (strcmp(*k, kind) == 0)
            return true;
    for (const char *const *k = export_last_kinds; *k; k++)
        if (strcmp(*k, kind) == 0)
            return true;
    return false;
}

static bool take_line(struct importer *m, const json_t *line)
{
    const char *kind = text(line, "kind");
    const json_t *data = json_object_get(line, "data");
    if (m->line == 1) {
        if (strcmp(kind, EXPORT_FORM) == 0 && json_integer_value(json_object_get(line, "version")) == EXPORT_VERSION)
            return true;
        return wrong(m, "this is no export of this version of confabctl");
    }
    if (!json_is_object(data))
        return wrong(m, "a line without data");
    if (strcmp(kind, "person") == 0)
        return put(m, kind, data, NULL, SLICE_NULL, NULL);
    if (strcmp(kind, "room") == 0)
        return take_room(m, line, data);
    if (strcmp(kind, "file") == 0)
        return take_file(m, line, data);
    if (strcmp(kind, "message") == 0)
        return take_message(m, line, data);
    if (!is_mark(kind))
        return wrong(m, "a kind of line that this confabctl does not know");
    return m->room ? put(m, kind, data, NULL, SLICE_NULL, NULL) : wrong(m, "it belongs to no room");
}

/* The next line, or what there is of it; nothing at the end. */
static bool read_line(FILE *in, struct buf *line)
{
    int c;
    buf_clear(line);
    while (buf_ok(line) && (c = getc_unlocked(in)) != EOF) {
        buf_byte(line, (char)c);
        if (c == '\n')
            break;
    }
    return line->len > 0;
}

static bool take_all(struct importer *m, FILE *in)
{
    struct buf bytes;
    char err[200];
    bool ok = true;
    buf_init(&bytes, LINE_MOST);
    while (ok && read_line(in, &bytes)) {
        m->line++;
        snprintf(err, sizeof err, "it is longer than any that export writes");
        json_t *line = buf_ok(&bytes) ? json_parse_strict(slice_trim(buf_view(&bytes)), 32, err, sizeof err) : NULL;
        ok = line ? take_line(m, line) : wrong(m, err);
        json_decref(line);
        if (m->line % SHOW_EVERY == 0)
            fprintf(stderr, "\rline %lu", m->line);
    }
    if (m->line >= SHOW_EVERY)
        fputc('\n', stderr);
    buf_wipe(&bytes);
    if (ok && (ferror(in) || m->line == 0))
        ok = wrong(m, m->line == 0 ? "it is empty" : strerror(errno));
    return ok && flush(m);
}

int cmd_import(struct ctl *c, int argc, char **argv)
{
    if (argc != 2)
        return CTL_USAGE;
    struct importer *m = calloc(1, sizeof *m);
    char *path = export_path(argv[1], NULL, "");
    FILE *in = open_regular(path);
    bool ok = false;
    if (!m || !in) {
        ctl_fail("cannot read %s: %s", path ? path : "", strerror(errno));
        goto out;
    }
    m->c = c;
    m->directory = argv[1];
    m->ids = json_object();
    ok = ctl_keys(c) && ctl_db(c) && (m->tenant = ctl_tenant(c, argv[0])) && take_all(m, in);
    for (int i = 0; i < m->n; i++) item_free(&m->item[i]);
    if (ok && ctl_ask(c, Q_CTL_NOTIFY, NULL, false))
        printf("read %lu lines: %lu rows and %lu files are new, the others were there\n", m->line, m->fresh, m->files);
    else if (m->line)
        ctl_fail("not finished. What was read so far is stored; run it again to go on.");
    json_decref(m->ids);
out:
    if (in)
        fclose(in);
    free(path);
    free(m);
    return ok ? CTL_OK : CTL_FAILED;
}
