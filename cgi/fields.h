/* fields.h - from the bytes of a query or a JSON body to typed values, by the table fields.def.
 *
 *     struct field_env env = {&arena, conf->message_max};
 *     struct field_errors errors = {0};
 *     struct value v[FIELD_COUNT] = {0};
 *     fields_from_object(route->uses, object, &env, v, &errors);      // or fields_from_query
 *     if (errors.n > 0) ...                                           // 422, all of them at once
 *     v[F_text].text
 *
 * Handlers see nothing else of what a client sent. Values live in the arena (a SECRET too: the arena
 * is overwritten when it is reset). No I/O.
 *
 * Invariant: v[f].given only if f is in the route's list and its value passed every check.
 */
#ifndef CONFAB_FIELDS_H
#define CONFAB_FIELDS_H

#include "arena.h"
#include "problem.h"
#include "uuid.h"

struct json_t;

enum field_id {
#define FIELD(id, name, type, least, most, words) F_##id,
#include "fields.def"
#undef FIELD
    FIELD_COUNT
};

struct value {
    bool given;
    bool flag;           /* BOOL */
    int64_t number;      /* INT, SEQ, ID */
    struct slice text;   /* TEXT, SECRET, MESSAGE, NAME, HANDLE, EMOJI, ENUM; NUL-terminated as well. BYTES: the body itself */
    struct uuid uuid;    /* UUID */
    const int64_t *ids;  /* IDS */
    size_t n_ids;
    const struct slice *texts; /* TEXTS */
    size_t n_texts;
    double part;         /* PART */
};

/* What a route takes; a list of them ends with FIELD_COUNT. */
struct field_use {
    enum field_id field;
    bool required;
};

struct field_env {
    struct arena *arena;
    int64_t message_max;
};

/* Errors beyond this many are not told. */
#define FIELD_ERRORS_MOST 20

struct field_errors {
    struct problem_field v[FIELD_ERRORS_MOST];
    size_t n;
};

/* The name on the wire. */
const char *field_name(enum field_id f);
/* Adds an error; handlers use it for what the table cannot say. detail: kept, not copied. */
void field_error(struct field_errors *e, const char *name, const char *detail);

/* object: a JSON object, or NULL for an absent body. */
void fields_from_object(const struct field_use *uses, const struct json_t *object, const struct field_env *env,
                        struct value *values, struct field_errors *errors);
/* Has the route a field of type BYTES, which is the body as it came? Its value is settled then; the rest
 * are the query's (fields_from_query, behind it). */
bool fields_from_bytes(const struct field_use *uses, struct slice body, const struct field_env *env,
                       struct value *values, struct field_errors *errors);
/* False if the query is not well-formed. */
bool fields_from_query(const struct field_use *uses, struct slice query, const struct field_env *env,
                       struct value *values, struct field_errors *errors);

#endif
