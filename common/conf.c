#include "conf.h"

#include "buf.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20, NAME_SHOWN = 40 };

enum conf_type { CONF_TYPE_TEXT, CONF_TYPE_INT, CONF_TYPE_BOOL, CONF_TYPE_LIST };

struct row {
    const char *name;
    enum conf_type type;
    size_t offset;
    const char *def;
    int64_t least, most;
    const char *help;
};

static const struct row rows[] = {
#define OPTION(name, type, def, least, most, help) \
    {#name, CONF_TYPE_##type, offsetof(struct conf, name), def, least, most, help},
#include "option.def"
#undef OPTION
};

enum { ROWS = sizeof rows / sizeof *rows };

/* Where errors go, and what they name. */
struct parse {
    const char *path;
    size_t line; /* 0: a default */
    char *err;
    size_t errn;
};

static bool complain(const struct parse *p, const char *name, const char *what)
{
    (void)snprintf(p->err, p->errn, "%s line %zu: %s%s%s", p->path, p->line, name, name[0] != '\0' ? " " : "", what);
    return false;
}

static void *field(struct conf *c, const struct row *r)
{
    return (char *)c + r->offset;
}

static char *copy(struct slice s)
{
    char *p = malloc(s.n + 1);

    if (p == NULL) return NULL;
    if (s.n > 0) memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

static bool set_text(struct conf *c, const struct row *r, struct slice value, const struct parse *p)
{
    char **to = field(c, r), *text = copy(value);

    if (text == NULL) return complain(p, "", "out of memory");
    free(*to);
    *to = text;
    return true;
}

static bool set_int(struct conf *c, const struct row *r, struct slice value, const struct parse *p)
{
    char range[96];
    uint64_t v;

    if (!slice_u64(value, INT64_MAX, &v) || (int64_t)v < r->least || (int64_t)v > r->most) {
        (void)snprintf(range, sizeof range, "must be a number from %" PRId64 " to %" PRId64, r->least, r->most);
        return complain(p, r->name, range);
    }
    *(int64_t *)field(c, r) = (int64_t)v;
    return true;
}

static bool set_bool(struct conf *c, const struct row *r, struct slice value, const struct parse *p)
{
    bool *to = field(c, r);

    if (slice_eq(value, SLICE("yes"))) {
        *to = true;
    } else if (slice_eq(value, SLICE("no"))) {
        *to = false;
    } else {
        return complain(p, r->name, "must be yes or no");
    }
    return true;
}

static void list_free(struct conf_list *l)
{
    for (size_t i = 0; i < l->n; i++) free(l->v[i]);
    free(l->v);
    *l = (struct conf_list){0};
}

/* The next word of *s, which ends at a blank; false when only blanks are left. */
static bool next_word(struct slice *s, struct slice *word)
{
    size_t n = 0;

    *s = slice_trim(*s);
    while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t') n++;
    *word = slice_make(s->p, n);
    *s = slice_make(s->p + n, s->n - n);
    return n > 0;
}

static bool set_list(struct conf *c, const struct row *r, struct slice value, const struct parse *p)
{
    struct conf_list *to = field(c, r), made = {0};
    struct slice rest = value, word;
    size_t count = 0;

    while (next_word(&rest, &word)) count++;
    if (count > 0) {
        made.v = calloc(count, sizeof *made.v);
        if (made.v == NULL) goto failed;
    }
    rest = value;
    while (next_word(&rest, &word)) {
        made.v[made.n] = copy(word);
        if (made.v[made.n] == NULL) goto failed;
        made.n++;
    }
    list_free(to);
    *to = made;
    return true;
failed:
    list_free(&made);
    return complain(p, "", "out of memory");
}

static bool set(struct conf *c, const struct row *r, struct slice value, const struct parse *p)
{
    switch (r->type) {
    case CONF_TYPE_TEXT: return set_text(c, r, value, p);
    case CONF_TYPE_INT: return set_int(c, r, value, p);
    case CONF_TYPE_BOOL: return set_bool(c, r, value, p);
    case CONF_TYPE_LIST: return set_list(c, r, value, p);
    }
    return false;
}

/* Values go to C interfaces and into messages: text without controls, but for the tab, a blank. */
static bool is_text(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c < 0x20 && c != '\t') || c == 0x7F) return false;
    }
    return utf8_valid(s);
}

static bool unknown(const struct parse *p, struct slice name)
{
    char what[NAME_SHOWN + 64];

    if (name.n > NAME_SHOWN) name.n = NAME_SHOWN;
    for (size_t i = 0; i < name.n; i++) {
        /* Cut or odd names are not worth showing: the error must stay text. */
        if (name.p[i] < ' ' || name.p[i] > '~') name.n = 0;
    }
    (void)snprintf(what, sizeof what, "unknown option '%.*s' (confabctl options lists all)", SLICE_FMT(name));
    return complain(p, "", what);
}

static bool parse_line(struct conf *c, struct slice line, bool seen[ROWS], const struct parse *p)
{
    const char *equals;
    struct slice name, value;

    line = slice_trim(line);
    if (line.n == 0 || line.p[0] == '#') return true;
    if (!is_text(line)) return complain(p, "", "it is not UTF-8 text, or has a control character in it");
    equals = memchr(line.p, '=', line.n);
    if (equals == NULL) return complain(p, "", "there is no '=' between name and value");
    name = slice_trim(slice_make(line.p, (size_t)(equals - line.p)));
    value = slice_trim(slice_make(equals + 1, line.n - (size_t)(equals - line.p) - 1));
    for (size_t i = 0; i < ROWS; i++) {
        if (!slice_eq(name, slice_str(rows[i].name))) continue;
        if (seen[i]) return complain(p, rows[i].name, "stands there twice");
        seen[i] = true;
        return set(c, &rows[i], value, p);
    }
    return unknown(p, name);
}

struct conf *conf_parse(struct slice text, const char *path, char *err, size_t errn)
{
    struct parse p = {.path = path, .err = err, .errn = errn};
    bool seen[ROWS] = {false};
    struct conf *c = calloc(1, sizeof *c), *done = NULL;
    struct slice line;

    if (c == NULL || (c->path = copy(slice_str(path))) == NULL) {
        (void)snprintf(err, errn, "out of memory");
        goto out;
    }
    for (size_t i = 0; i < ROWS; i++) {
        if (!set(c, &rows[i], slice_str(rows[i].def), &p)) goto out;
    }
    while (slice_cut(&text, '\n', &line)) {
        p.line++;
        if (!parse_line(c, line, seen, &p)) goto out;
    }
    done = c;
    c = NULL;
out:
    conf_free(c);
    return done;
}

/* The whole file; false with errno set. */
static bool read_file(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = false;

    if (fd < 0) return false;
    for (;;) {
        char *to = buf_reserve(out, 4096);
        ssize_t got;

        if (to == NULL) {
            errno = EFBIG;
            goto out;
        }
        got = read(fd, to, 4096);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) goto out;
        if (got == 0) break;
        out->len += (size_t)got;
    }
    ok = true;
out:
    (void)close(fd);
    return ok;
}

struct conf *conf_load(const char *path, char *err, size_t errn)
{
    struct buf text;
    struct conf *c = NULL;

    buf_init(&text, FILE_MAX);
    if (read_file(path, &text)) {
        c = conf_parse(buf_view(&text), path, err, errn);
    } else {
        (void)snprintf(err, errn, "config file %s cannot be read: %s", path, strerror(errno));
    }
    /* A connection string may hold a password. */
    buf_wipe(&text);
    return c;
}

void conf_free(struct conf *c)
{
    if (c == NULL) return;
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].type == CONF_TYPE_TEXT) free(*(char **)field(c, &rows[i]));
        if (rows[i].type == CONF_TYPE_LIST) list_free(field(c, &rows[i]));
    }
    free(c->path);
    free(c);
}

const char *conf_path(const char *arg, const char *request_value)
{
    const char *from_env = getenv("CONFAB_CONF");

    if (arg != NULL && arg[0] != '\0') return arg;
    if (from_env != NULL && from_env[0] != '\0') return from_env;
    if (request_value != NULL && request_value[0] != '\0') return request_value;
    return CONFAB_SYSCONFDIR "/confab/confab.conf";
}

void conf_print_options(void (*line)(const char *name, const char *type, const char *def, const char *help))
{
    static const char *const types[] = {"text", "int", "bool", "list"};

    for (size_t i = 0; i < ROWS; i++) line(rows[i].name, types[rows[i].type], rows[i].def, rows[i].help);
}
