#include "problem.h"

struct row {
    const char *name;
    int status;
    const char *sqlstate;
    const char *title;
};

static const struct row rows[PROBLEM_COUNT] = {
    [PROBLEM_NONE] = {"none", 0, "", ""},
#define PROBLEM(name, status, sqlstate, title) [PROBLEM_##name] = {#name, status, sqlstate, title},
#include "problem.def"
#undef PROBLEM
};

enum { NAME_MAX_BYTES = 32 };

/* C's names have '_' where the wire has '-'. */
static char wire_names[PROBLEM_COUNT][NAME_MAX_BYTES];

#define PROBLEM(name, status, sqlstate, title) _Static_assert(sizeof #name <= NAME_MAX_BYTES, "name of a problem");
#include "problem.def"
#undef PROBLEM

static enum problem known(enum problem p)
{
    return (unsigned)p < PROBLEM_COUNT ? p : PROBLEM_internal;
}

int problem_status(enum problem p)
{
    return rows[known(p)].status;
}

const char *problem_title(enum problem p)
{
    return rows[known(p)].title;
}

const char *problem_name(enum problem p)
{
    const char *from = rows[known(p)].name;
    char *to = wire_names[known(p)];

    if (to[0] == '\0') {
        for (size_t i = 0; from[i] != '\0'; i++) to[i] = from[i] == '_' ? '-' : from[i];
    }
    return to;
}

enum problem problem_from_sqlstate(const char *sqlstate)
{
    if (sqlstate == NULL || sqlstate[0] == '\0') return PROBLEM_NONE;
    for (int p = PROBLEM_NONE + 1; p < PROBLEM_COUNT; p++) {
        if (strcmp(rows[p].sqlstate, sqlstate) == 0) return (enum problem)p;
    }
    return PROBLEM_NONE;
}

static void write_type(struct json *j, enum problem p)
{
    static const char prefix[] = "/problems/";
    char type[sizeof prefix + NAME_MAX_BYTES];
    const char *name = problem_name(p);
    size_t n = strlen(name);

    memcpy(type, prefix, sizeof prefix - 1);
    memcpy(type + sizeof prefix - 1, name, n);
    json_kv_text(j, "type", slice_make(type, sizeof prefix - 1 + n));
}

void problem_json(struct json *j, enum problem p, const char *detail, const struct problem_field *fields, size_t n)
{
    json_begin_object(j);
    write_type(j, p);
    json_kv_str(j, "title", problem_title(p));
    json_kv_int(j, "status", problem_status(p));
    if (detail != NULL) json_kv_str(j, "detail", detail);
    if (n > 0) {
        json_key(j, "errors");
        json_begin_array(j);
        for (size_t i = 0; i < n; i++) {
            json_begin_object(j);
            json_kv_str(j, "field", fields[i].field);
            json_kv_str(j, "detail", fields[i].detail);
            json_end(j);
        }
        json_end(j);
    }
    json_end(j);
}
