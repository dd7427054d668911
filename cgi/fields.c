#include "fields.h"

#include <inttypes.h>
#include <jansson.h>

#include "clock.h"
#include "emoji.h"
#include "url.h"
#include "utf8.h"

enum field_type {
    TYPE_TEXT,
    TYPE_SECRET,
    TYPE_MESSAGE,
    TYPE_NAME,
    TYPE_HANDLE,
    TYPE_EMOJI,
    TYPE_TIME,
    TYPE_PART,
    TYPE_TEXTS,
    TYPE_BOOL,
    TYPE_INT,
    TYPE_SEQ,
    TYPE_ID,
    TYPE_IDS,
    TYPE_UUID,
    TYPE_ENUM,
    TYPE_BYTES,
};

struct field {
    const char *name;
    enum field_type type;
    int64_t least, most;
    const char *words;
};

static const struct field fields[] = {
#define FIELD(id, name, type, least, most, words) {name, TYPE_##type, least, most, words},
#include "fields.def"
#undef FIELD
};
_Static_assert(sizeof fields / sizeof *fields == FIELD_COUNT, "a row for each field");

const char *field_name(enum field_id f)
{
    return fields[f].name;
}

void field_error(struct field_errors *e, const char *name, const char *detail)
{
    if (e->n < FIELD_ERRORS_MOST) e->v[e->n++] = (struct problem_field){name, detail};
}

/* Each check returns NULL, or what is wrong. */
static const char *check_length(const struct field *f, size_t n, int64_t most, const char *unit, const struct field_env *env)
{
    if (n == 0 && f->least > 0) return "is empty";
    if ((int64_t)n < f->least) return arena_fmt(env->arena, "needs at least %" PRId64 " %s", f->least, unit);
    if ((int64_t)n > most) return arena_fmt(env->arena, "may have %" PRId64 " %s, not %zu", most, unit, n);
    return NULL;
}

static const char *check_name(const struct field *f, struct slice s, const struct field_env *env, struct value *v)
{
    struct buf clean = BUF_INIT;
    const char *wrong;

    utf8_clean_name(s, SIZE_MAX, &clean);
    if (!buf_ok(&clean)) {
        wrong = "is too long";
    } else {
        v->text = arena_dup(env->arena, buf_view(&clean));
        wrong = check_length(f, utf8_count(v->text), f->most, "characters", env);
    }
    buf_wipe(&clean);
    return wrong;
}

static const char *check_message(const struct field *f, struct slice s, const struct field_env *env, struct value *v)
{
    const char *wrong = check_length(f, utf8_count(s), env->message_max, "characters", env);

    if (wrong != NULL || !utf8_blank(s)) return wrong;
    v->text = SLICE("");
    return f->least > 0 ? "has nothing to be seen in it" : NULL;
}

static const char *check_handle(const struct field *f, struct slice s, const struct field_env *env, struct value *v)
{
    char *copy = arena_cstr(env->arena, slice_trim(s));

    v->text = slice_str(copy);
    for (char *p = copy; *p != '\0'; p++) {
        if (*p >= 'A' && *p <= 'Z') *p = (char)(*p - 'A' + 'a');
    }
    return check_length(f, utf8_count(v->text), f->most, "characters", env);
}

static const char *check_enum(const struct field *f, struct slice s, const struct field_env *env)
{
    struct slice words = slice_str(f->words), word;

    while (slice_cut(&words, ' ', &word)) {
        if (slice_eq(word, s)) return NULL;
    }
    return arena_fmt(env->arena, "is none of: %s", f->words);
}

/* Fields whose value is a text, in JSON as in a query. */
static const char *check_text(const struct field *f, struct slice s, const struct field_env *env, struct value *v)
{
    if (!utf8_valid(s) || (s.n > 0 && memchr(s.p, '\0', s.n) != NULL)) return "is not text";
    v->text = arena_dup(env->arena, s);
    switch (f->type) {
    case TYPE_TEXT: return check_length(f, utf8_count(s), f->most, "characters", env);
    case TYPE_SECRET: return check_length(f, s.n, f->most, "bytes", env);
    case TYPE_MESSAGE: return check_message(f, s, env, v);
    case TYPE_NAME: return check_name(f, s, env, v);
    case TYPE_HANDLE: return check_handle(f, s, env, v);
    case TYPE_EMOJI: return (s.n == 0 && f->least == 0) || emoji_one(s) ? NULL : "is not one emoji";
    case TYPE_TIME: return clock_parse(s, &v->number) ? NULL : "is not a time like 2026-11-21T12:30:00Z";
    case TYPE_ENUM: return check_enum(f, s, env);
    case TYPE_UUID: return uuid_parse(s, &v->uuid) ? NULL : "is not a UUID";
    case TYPE_ID: return slice_id(s, &v->number) ? NULL : "is not an id";
    default: return "is of the wrong type";
    }
}

static const char *check_number(const struct field *f, int64_t n, const struct field_env *env, struct value *v)
{
    v->number = n;
    if (f->type == TYPE_SEQ) return n >= 0 ? NULL : "is not a number from 0";
    if (n >= f->least && n <= f->most) return NULL;
    return arena_fmt(env->arena, "is not a number from %" PRId64 " to %" PRId64, f->least, f->most);
}

static const char *check_count(const struct field *f, size_t n, const struct field_env *env)
{
    if ((int64_t)n >= f->least && (int64_t)n <= f->most) return NULL;
    return arena_fmt(env->arena, "takes %" PRId64 " to %" PRId64 " ids", f->least, f->most);
}

static const char *ids_from_array(const struct field *f, const json_t *array, const struct field_env *env, struct value *v)
{
    size_t n = json_array_size(array);
    const char *wrong = check_count(f, n, env);
    int64_t *ids;

    if (wrong != NULL) return wrong;
    ids = arena_alloc(env->arena, (n + 1) * sizeof *ids);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(array, i);

        if (!json_is_string(item) || !slice_id(slice_make(json_string_value(item), json_string_length(item)), &ids[i])) {
            return "holds something that is not an id";
        }
    }
    v->ids = ids;
    v->n_ids = n;
    return NULL;
}

static const char *ids_from_text(const struct field *f, struct slice s, const struct field_env *env, struct value *v)
{
    int64_t *ids = arena_alloc(env->arena, ((size_t)f->most + 1) * sizeof *ids);
    struct slice item;
    size_t n = 0;

    while (slice_cut(&s, ',', &item)) {
        if (n >= (size_t)f->most) return check_count(f, n + 1, env);
        if (!slice_id(item, &ids[n++])) return "holds something that is not an id";
    }
    v->ids = ids;
    v->n_ids = n;
    return check_count(f, n, env);
}

enum { TEXTS_ITEM_MOST = 100 };

static const char *texts_from_array(const struct field *f, const json_t *array, const struct field_env *env, struct value *v)
{
    size_t n = json_array_size(array);
    struct slice *texts;

    if ((int64_t)n < f->least || (int64_t)n > f->most) return arena_fmt(env->arena, "takes %" PRId64 " to %" PRId64 " texts", f->least, f->most);
    texts = arena_alloc(env->arena, n * sizeof *texts);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(array, i);

        if (!json_is_string(item)) return "holds something that is not a text";
        texts[i] = arena_dup(env->arena, slice_trim(slice_make(json_string_value(item), json_string_length(item))));
        if (!utf8_valid(texts[i]) || memchr(texts[i].p, '\0', texts[i].n) != NULL || utf8_blank(texts[i])) return "holds a text with nothing to be seen in it";
        if (utf8_count(texts[i]) > TEXTS_ITEM_MOST) return arena_fmt(env->arena, "holds a text of more than %d characters", TEXTS_ITEM_MOST);
    }
    v->texts = texts;
    v->n_texts = n;
    return NULL;
}

static const char *from_json(const struct field *f, const json_t *j, const struct field_env *env, struct value *v)
{
    switch (f->type) {
    case TYPE_BOOL:
        v->flag = json_is_true(j);
        return json_is_boolean(j) ? NULL : "is neither true nor false";
    case TYPE_INT:
    case TYPE_SEQ:
        return json_is_integer(j) ? check_number(f, json_integer_value(j), env, v) : "is not a whole number";
    case TYPE_PART:
        v->part = json_number_value(j);
        return json_is_number(j) && v->part >= 0 && v->part <= 1 ? NULL : "is not a number from 0 to 1";
    case TYPE_TEXTS:
        return json_is_array(j) ? texts_from_array(f, j, env, v) : "is not a list of texts";
    case TYPE_IDS:
        return json_is_array(j) ? ids_from_array(f, j, env, v) : "is not a list of ids";
    default:
        if (!json_is_string(j)) return "is not a string";
        return check_text(f, slice_make(json_string_value(j), json_string_length(j)), env, v);
    }
}

static const char *from_text(const struct field *f, struct slice s, const struct field_env *env, struct value *v)
{
    uint64_t n;

    switch (f->type) {
    case TYPE_BOOL:
        v->flag = slice_eq(s, SLICE("true"));
        return v->flag || slice_eq(s, SLICE("false")) ? NULL : "is neither true nor false";
    case TYPE_INT:
    case TYPE_SEQ:
        return slice_u64(s, INT64_MAX, &n) ? check_number(f, (int64_t)n, env, v) : "is not a whole number";
    case TYPE_IDS:
        return ids_from_text(f, s, env, v);
    default:
        return check_text(f, s, env, v);
    }
}

static const struct field_use *find_use(const struct field_use *uses, struct slice name)
{
    for (; uses->field != FIELD_COUNT; uses++) {
        if (slice_eq(slice_str(fields[uses->field].name), name)) return uses;
    }
    return NULL;
}

/* A client's own word in an answer: short, whole characters. */
static const char *quoted(struct slice name, const struct field_env *env)
{
    enum { MOST = 64 };
    size_t n = 0, one;
    uint32_t cp;

    while ((one = utf8_char(slice_make(name.p + n, name.n - n), &cp)) > 0 && n + one <= MOST) n += one;
    return arena_cstr(env->arena, slice_make(name.p, n));
}

/* Settles one value: given, or an error and untouched. */
static void settle(const struct field *f, const char *wrong, struct value *parsed, struct value *v, struct field_errors *errors)
{
    if (wrong != NULL) {
        field_error(errors, f->name, wrong);
        *v = (struct value){0};
        return;
    }
    *v = *parsed;
    v->given = true;
}

static void report_missing(const struct field_use *uses, const struct value *values, const bool *seen, struct field_errors *errors)
{
    for (; uses->field != FIELD_COUNT; uses++) {
        /* BYTES are the body's: fields_from_bytes has had its say. */
        if (uses->required && !values[uses->field].given && !seen[uses->field] && fields[uses->field].type != TYPE_BYTES) {
            field_error(errors, fields[uses->field].name, "is required");
        }
    }
}

void fields_from_object(const struct field_use *uses, const struct json_t *object, const struct field_env *env,
                        struct value *values, struct field_errors *errors)
{
    bool seen[FIELD_COUNT] = {false};
    json_t *members = (json_t *)(uintptr_t)object; /* jansson's iterators are not const */

    for (void *i = json_object_iter(members); i != NULL; i = json_object_iter_next(members, i)) {
        struct slice name = slice_str(json_object_iter_key(i));
        const struct field_use *use = find_use(uses, name);
        struct value parsed = {0};
        const char *wrong;

        if (use == NULL) {
            field_error(errors, quoted(name, env), "is not known here");
            continue;
        }
        seen[use->field] = true;
        wrong = from_json(&fields[use->field], json_object_iter_value(i), env, &parsed);
        settle(&fields[use->field], wrong, &parsed, &values[use->field], errors);
    }
    report_missing(uses, values, seen, errors);
}

bool fields_from_bytes(const struct field_use *uses, struct slice body, const struct field_env *env,
                       struct value *values, struct field_errors *errors)
{
    for (; uses->field != FIELD_COUNT; uses++) {
        const struct field *f = &fields[uses->field];
        struct value parsed = {.text = body};

        if (f->type != TYPE_BYTES) continue;
        settle(f, check_length(f, body.n, f->most, "bytes", env), &parsed, &values[uses->field], errors);
        return true;
    }
    return false;
}

bool fields_from_query(const struct field_use *uses, struct slice query, const struct field_env *env,
                       struct value *values, struct field_errors *errors)
{
    bool seen[FIELD_COUNT] = {false}, bad = false;
    struct buf scratch = BUF_INIT;
    struct slice name, text;

    (void)buf_reserve(&scratch, query.n + 1);
    while (url_query(&query, &name, &text, &scratch, &bad)) {
        const struct field_use *use = find_use(uses, name);
        struct value parsed = {0};
        const char *wrong;

        if (use == NULL) {
            field_error(errors, quoted(name, env), "is not known here");
            continue;
        }
        if (fields[use->field].type == TYPE_BYTES) {
            field_error(errors, fields[use->field].name, "is the body");
            continue;
        }
        wrong = seen[use->field] ? "is given more than once" : from_text(&fields[use->field], text, env, &parsed);
        seen[use->field] = true;
        settle(&fields[use->field], wrong, &parsed, &values[use->field], errors);
    }
    report_missing(uses, values, seen, errors);
    buf_wipe(&scratch);
    return !bad;
}
